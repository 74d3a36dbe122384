import csv
import io
import re
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import csv_rows
from connectors.connector import SourceUnusable
from connectors.csv_rows import Record
from hub.model.dead_letter import Reason

UTF8 = ["utf-8-sig"]
EITHER = ["utf-8-sig", "cp1252"]


def split(data: bytes, encodings: list[str] = UTF8) -> list[Record]:
    stream = io.BytesIO(data)
    return list(csv_rows.records(stream, csv_rows.heading(stream, encodings)))


def cells(data: bytes, encodings: list[str] = UTF8) -> list[list[str]]:
    return [list(record.cells) for record in split(data, encodings) if not record.fault]


def faults(data: bytes, encodings: list[str] = UTF8) -> list[str]:
    return [record.fault.detail for record in split(data, encodings) if record.fault]


GOOD = {
    "LF": (b"a,b\n1,2\n", [["1", "2"]]),
    "CRLF": (b"a,b\r\n1,2\r\n", [["1", "2"]]),
    "no line end at the end": (b"a,b\n1,2", [["1", "2"]]),
    "empty cells": (b"a,b,c\n,,\n", [["", "", ""]]),
    "quoted": (b'a,b\n"1","2"\n', [["1", "2"]]),
    "a quoted empty cell": (b'a,b\n"",2\n', [["", "2"]]),
    "a comma inside": (b'a,b\n"1,5",2\n', [["1,5", "2"]]),
    "a quote inside": (b'a,b\n"he said ""no""",2\n', [['he said "no"', "2"]]),
    "a quote alone": (b'a,b\n"""",2\n', [['"', "2"]]),
    "several lines": (b'a,b\r\n"one\r\ntwo\nthree",2\r\n', [["one\r\ntwo\nthree", "2"]]),
    "blank lines": (b"a,b\n1,2\n\n  \n3,4\n\r\n\n", [["1", "2"], ["3", "4"]]),
    "a quoted heading": (b'"a","b"\n1,2\n', [["1", "2"]]),
    "a byte order mark": (b"\xef\xbb\xbfa,b\n1,2\n", [["1", "2"]]),
    "a byte order mark and a quoted heading": (b'\xef\xbb\xbf"a","b"\n1,2\n', [["1", "2"]]),
    "UTF-8": ("a,b\nZoë,2\n".encode(), [["Zoë", "2"]]),
}


@pytest.mark.parametrize(("data", "expected"), GOOD.values(), ids=GOOD)
def test_what_is_well_formed_is_split(data: bytes, expected: list[list[str]]) -> None:
    assert cells(data) == expected
    assert faults(data) == []


BROKEN = {
    "an unclosed quote": (b'1,"x\n', "line 3: unclosed-quote"),
    "a quote within a cell": (b"1,5'6\" tall\n", "line 3: unclosed-quote"),
    "two quotes within a cell": (b'1,a "big" one\n', "line 3: broken-quotes"),
    "text behind a quote": (b'1,"a"b\n', "line 3: broken-quotes"),
    "a cell too few": (b"1\n", "line 3: wrong-number-of-cells"),
    "a cell too many": (b"1,2,3\n", "line 3: wrong-number-of-cells"),
    "another line end": (b"1,2\r3,4\n", "line 3: broken-line-end"),
    "a NUL": (b"1,\x00\n", "line 3: nul-byte"),
    "cp1252": ("1,Zoë\n".encode("cp1252"), "line 3: not-utf-8"),
}


@pytest.mark.parametrize(("broken", "detail"), BROKEN.values(), ids=BROKEN)
def test_a_broken_row_is_set_aside_and_its_neighbours_are_read(broken: bytes, detail: str) -> None:
    data = b"a,b\nbefore,1\n" + broken + b"after,2\n"

    found = split(data)

    assert [list(record.cells) for record in found if not record.fault] == [
        ["before", "1"],
        ["after", "2"],
    ]
    (bad,) = [record for record in found if record.fault]
    assert bad.raw == broken
    assert bad.fault is not None
    assert (bad.fault.reason, bad.fault.detail) == (Reason.BAD_FORMAT, detail)


def test_an_unclosed_quote_does_not_swallow_a_cell_of_several_lines_behind_it() -> None:
    data = b'a,b\n1,"unclosed\n2,"one\ntwo"\n3,x\n'

    assert cells(data) == [["2", "one\ntwo"], ["3", "x"]]
    assert faults(data) == ["line 2: broken-quotes"]


def test_a_row_of_several_lines_with_a_cell_too_many_costs_its_own_lines_alone() -> None:
    data = b'a,b\n1,"one\ntwo",3\n4,x\n'

    assert cells(data) == [["4", "x"]]
    assert [record.raw for record in split(data) if record.fault] == [b'1,"one\n', b'two",3\n']


def test_a_row_of_several_lines_in_another_encoding_is_one_fault() -> None:
    data = b"a,b\n" + '1,"Zoë\nand more"\n'.encode("cp1252") + b"2,x\n"

    assert cells(data) == [["2", "x"]]
    assert faults(data) == ["line 2: not-utf-8"]


def test_lines_are_counted_through_cells_of_several_lines() -> None:
    data = b'a,b\n1,"one\ntwo\nthree"\n2\n3,"x\n4\n'

    assert faults(data) == [
        "line 5: wrong-number-of-cells",
        "line 6: unclosed-quote",
        "line 7: wrong-number-of-cells",
    ]


def test_of_several_encodings_the_first_that_decodes_the_whole_file_is_taken() -> None:
    late = "a,b\nplain,1\nZoë,2\n".encode("cp1252")

    assert cells(late, EITHER) == [["plain", "1"], ["Zoë", "2"]]
    assert cells("a,b\nZoë,2\n".encode(), EITHER) == [["Zoë", "2"]]


def test_a_file_with_a_byte_order_mark_is_utf_8_even_where_another_encoding_would_do() -> None:
    data = b"\xef\xbb\xbf" + "a,b\nZoë,1\n".encode() + "Zoë,2\n".encode("cp1252")

    assert cells(data, EITHER) == [["Zoë", "1"]]
    assert faults(data, EITHER) == ["line 3: not-utf-8"]


def test_where_no_encoding_decodes_the_whole_file_only_the_rows_that_cannot_be_are_lost() -> None:
    data = "a,b\nZoë,1\n".encode() + b"\x81\x8d,2\n"

    assert cells(data, EITHER) == [["Zoë", "1"]]
    assert faults(data, EITHER) == ["line 3: not-utf-8"]


UNUSABLE = {
    "empty": (b"", "empty"),
    "a mark alone": (b"\xef\xbb\xbf", "empty"),
    "a blank line first": (b"\na,b\n", "empty"),
    "a picture": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "not-utf-8"),
    "UTF-16": ("a,b\n1,2\n".encode("utf-16"), "not-text"),
    "a column twice": (b"a,b, a\n1,2,3\n", "column-twice"),
    "a quote unclosed": (b'a,"b\n1,2\n', "broken-quotes"),
    "endless": (b"x" * (csv_rows.MAX_HEADING_BYTES + 1), "not-text"),
}


@pytest.mark.parametrize(("data", "code"), UNUSABLE.values(), ids=UNUSABLE)
def test_a_file_without_a_heading_is_unusable(data: bytes, code: str) -> None:
    with pytest.raises(SourceUnusable) as fault:
        csv_rows.heading(io.BytesIO(data), UTF8)

    assert fault.value.reason is Reason.BAD_FORMAT
    assert fault.value.detail == f"heading: {code}"


def test_columns_without_a_name_may_be_several() -> None:
    assert cells(b"a,,\n1,,\n") == [["1", "", ""]]


LARGE = {
    "one line": b"x" * csv_rows.MAX_RECORD_BYTES,
    "many lines": b"xx\n" * (csv_rows.MAX_RECORD_BYTES // 3 + 1),
    "many quotes": b'""' * (csv_rows.MAX_RECORD_BYTES // 2),
}


@pytest.mark.parametrize("cell", LARGE.values(), ids=LARGE)
def test_a_row_that_is_too_large_is_one_fault(cell: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_rows, "LOOK_AHEAD_LINES", 1_000_000)
    data = b'a,b\n1,2\n3,"' + cell + b'"\n5,6\n'

    assert cells(data) == [["1", "2"], ["5", "6"]]
    (bad,) = [record for record in split(data) if record.fault]
    assert bad.fault is not None
    assert (bad.fault.reason, bad.fault.detail) == (Reason.TOO_LARGE, "line 3: too-large")
    assert bad.raw == b'3,"' + cell + b'"\n'


def test_an_unclosed_quote_before_much_text_costs_one_line() -> None:
    rows = b"1,2\n" * 400_000
    data = b'a,b\n0,"x\n' + rows

    found = split(data)

    assert len(found) == 400_001
    assert [record.raw for record in found if record.fault] == [b'0,"x\n']


def test_a_line_over_the_look_ahead_is_set_aside_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_rows, "LOOK_AHEAD_BYTES", 10)
    data = b"a,b\n1,2\n" + b"x" * 25 + b"\n3,4\n"

    found = split(data)

    assert b"".join(record.raw for record in found) == data.removeprefix(b"a,b\n")
    assert [record.fault.detail for record in found if record.fault] == ["line 3: too-large"] * 3
    assert cells(data) == [["1", "2"], ["3", "4"]]


def test_a_cell_of_50_mb_is_split_in_little_memory() -> None:
    stream = io.BytesIO(b'a,b\n1,2\n3,"' + b"x" * 50_000_000 + b'"\n5,6\n')
    head = csv_rows.heading(stream, UTF8)
    tracemalloc.start()

    reasons = [record.fault.reason for record in csv_rows.records(stream, head) if record.fault]

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert reasons == [Reason.TOO_LARGE]
    assert peak < 130_000_000


texts = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=12)
tables = st.integers(2, 5).flatmap(
    lambda width: st.lists(st.lists(texts, min_size=width, max_size=width), max_size=8)
)


def written(rows: list[list[str]], *, quote_all: bool = False, end: str = "\n") -> bytes:
    out = io.StringIO(newline="")
    if quote_all:
        csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator=end).writerows(rows)
    else:
        csv.writer(out, lineterminator=end).writerows(rows)
    return out.getvalue().encode()


@given(tables, st.booleans(), st.sampled_from(["\n", "\r\n"]))
def test_what_was_written_is_read_and_no_byte_is_missing(
    rows: list[list[str]], quote_all: bool, end: str
) -> None:
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    width = len(rows[0]) if rows else 2
    head = written([[f"column{number}" for number in range(width)]], end=end)
    body = written(rows, quote_all=quote_all, end=end)

    found = split(head + body)

    assert [list(record.cells) for record in found] == rows
    assert b"".join(record.raw for record in found) == body


# A cell that begins with a letter: a quote before it is an opening one, and cannot be taken for the
# closing one that an earlier row lacks. Where it can, the grammar itself has two readings.
plain_cells = st.builds("{}{}".format, st.sampled_from("abc"), st.text('x",\n ', max_size=8))
plain_rows = st.lists(st.lists(plain_cells, min_size=3, max_size=3), max_size=5)
broken_rows = st.sampled_from(
    [
        b'a,"b,c\n',
        b'a,b"c,d\n',
        b'a,b"c"d,e\n',
        b"a,b\n",
        b"a,b,c,d\n",
        b'"a"b,c,d\n',
        b"a,\xff,c\n",
    ]
)


@given(plain_rows, broken_rows, plain_rows)
def test_one_broken_row_loses_no_other(
    before: list[list[str]], broken: bytes, after: list[list[str]]
) -> None:
    data = b"p,q,r\n" + written(before) + broken + written(after)

    found = split(data)

    assert [list(record.cells) for record in found if not record.fault] == before + after
    assert [record.raw for record in found if record.fault] == [broken]


@given(st.binary(max_size=200) | st.text('a,"\r\n', max_size=60).map(str.encode))
def test_whatever_comes_no_byte_is_lost_but_blank_lines(body: bytes) -> None:
    found = split(b"a,b\n" + body)

    kept = b"".join(record.raw for record in found)

    assert re.sub(rb"\s", b"", kept) == re.sub(rb"\s", b"", body)
