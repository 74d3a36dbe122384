"""What we write of single values is what fastavro would, byte for byte."""

import io
from datetime import UTC, date, datetime
from typing import Any

import fastavro
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.stream.avro_bytes import (
    DAYS,
    INSTANTS,
    KEPT,
    SHORT,
    TEXTS,
    Table,
    number,
    text,
    truth,
    whole_number,
)

KINDS: dict[str, tuple[Any, Any]] = {
    "string": ("string", TEXTS.__getitem__),
    "day": ({"type": "int", "logicalType": "date"}, DAYS.__getitem__),
    "instant": ({"type": "long", "logicalType": "timestamp-millis"}, INSTANTS.__getitem__),
    "long": ("long", whole_number),
    "boolean": ("boolean", truth),
}
VALUES = {
    "string": st.text(max_size=100),
    "day": st.dates(),
    "instant": st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    "long": st.integers(-(2**63), 2**63 - 1),
    "boolean": st.booleans(),
}  # fmt: skip


def unaided(kind: Any, value: Any) -> bytes:
    stream = io.BytesIO()
    fastavro.schemaless_writer(stream, fastavro.parse_schema(kind), value)
    return stream.getvalue()


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_a_value_is_written_as_fastavro_writes_it(kind: str, data: st.DataObject) -> None:
    avro, write = KINDS[kind]
    value = data.draw(st.none() | VALUES[kind])

    written = unaided({"type": "record", "name": "r", "fields": [{"name": "f", "type": ["null", avro]}]}, {"f": value})  # fmt: skip

    assert write(value) == written
    assert write(value) == written  # as it was kept


@given(st.integers(-(2**63), 2**63 - 1), st.text())
def test_numbers_and_texts_stand_alone_too(value: int, word: str) -> None:
    assert number(value) == unaided("long", value)
    assert text(word) == unaided("string", word)


@pytest.mark.parametrize(
    ("write", "value"),
    [(TEXTS.__getitem__, 7), (TEXTS.__getitem__, ["a"]), (DAYS.__getitem__, "2026-03-05"), (whole_number, True),
     (whole_number, 1.5), (whole_number, "7"), (truth, 1), (INSTANTS.__getitem__, date(2026, 3, 5))],
)  # fmt: skip
def test_a_value_of_another_type_is_refused(write: Any, value: Any) -> None:
    with pytest.raises((TypeError, AttributeError)):
        write(value)


def test_what_is_kept_has_an_end_and_no_long_text_is() -> None:
    table = Table(text)

    for each in range(KEPT + 10):
        assert table[str(each)] == text(str(each))
    table["x" * SHORT]

    assert len(table) <= KEPT
    assert "x" * SHORT not in table
