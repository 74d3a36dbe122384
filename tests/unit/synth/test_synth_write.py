"""A county on disk: native formats that the mappings know, whole or not there, the same every time."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from county_files import MAPPINGS, ROOT, Export, exports, json_lines

from hub.synth.truth import Truth
from hub.synth.write import CountySummary, FolderTaken, write_county

UNTIL = date(2026, 11, 18)
LONDON = ZoneInfo("Europe/London")
CODED = {
    "kind": ("kind",),
    "risk_grade": ("risk_grade",),
    "consent": ("consent",),
    "yesno": ("weapon_used", "children_present", "professional_judgement", "victim_aware"),
    "role": ("victim_role", "suspect_role"),
}
WHEN = {
    "incidents": "reported_at", "dash": "assessed_at", "outcomes": "recorded_at",
    "orders": "recorded_at", "referrals": "referred_at", "support": "recorded_at",
}  # fmt: skip


@pytest.fixture(scope="module")
def all_exports(county: Path) -> list[Export]:
    return list(exports(county))


def fingerprint(folder: Path) -> dict[str, str]:
    return {
        file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def instant(text: str, forms: list[str]) -> datetime:
    for form in forms:
        try:
            return datetime.strptime(text, form).replace(tzinfo=LONDON)
        except ValueError:
            continue
    raise AssertionError("in none of the agreed forms")


def test_the_same_seed_gives_the_same_bytes_whatever_the_hash_seed(tmp_path: Path) -> None:
    script = (
        "import sys; from datetime import date; from pathlib import Path\n"
        "from hub.synth.write import write_county\n"
        "write_county(Path(sys.argv[1]), seed=4, people=300, years=1, until=date(2026, 11, 18))\n"
    )
    for hash_seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)}
        subprocess.run(
            [sys.executable, "-c", script, str(tmp_path / hash_seed)], env=environment, check=True
        )

    one, two = fingerprint(tmp_path / "1"), fingerprint(tmp_path / "2")
    assert len(one) > 50
    assert one == two


def test_another_seed_gives_other_numbers(
    written: tuple[Path, CountySummary], tmp_path: Path
) -> None:
    _, first = written

    other = write_county(tmp_path / "other", seed=2, people=2000, years=1, until=UNTIL)

    assert other.people == first.people
    assert other.incidents != first.incidents
    assert other.rows != first.rows


def test_the_default_county_is_of_the_size_of_a_demo(
    written: tuple[Path, CountySummary], tmp_path: Path
) -> None:
    out, summary = written

    default = write_county(tmp_path / "default", until=UNTIL)

    assert default == summary
    assert 3000 <= sum(summary.rows.values()) <= 6000
    assert fingerprint(tmp_path / "default") == fingerprint(out)


def test_every_heading_is_known_to_the_mapping_and_none_is_missing(
    all_exports: list[Export],
) -> None:
    for export in all_exports:
        assert Counter(export.headings) == Counter(export.columns.values()), export.file.name


def test_every_code_word_is_known_to_the_mapping(all_exports: list[Export]) -> None:
    seen: Counter[str] = Counter()
    for export in all_exports:
        values = export.layout["values"]
        for row in export.rows:
            for group, word in coded_cells(export, row):
                seen[group] += 1
                assert word in values[group], f"{export.file.name} {group}"

    assert set(seen) == {
        "kind", "risk_grade", "consent", "yesno", "role", "gender", "relationship", "criteria", "answer",
    }  # fmt: skip


def coded_cells(export: Export, row: dict[str, str]) -> list[tuple[str, str]]:
    """Give (group, word) for each cell that holds a code."""
    groups = {name: group for group, names in CODED.items() for name in names}
    groups |= dict.fromkeys(export.layout.get("answers", {}), "answer")
    cells = []
    for name, text in row.items():
        group = groups.get(name)
        for ending in ("gender", "relationship"):
            if name.endswith(ending):
                group = ending
        if name == "criteria":
            cells += [("criteria", word.strip()) for word in text.split(";")]
        elif group and text:
            cells.append((group, text))
    return cells


def test_every_day_and_instant_is_in_an_agreed_form(all_exports: list[Export]) -> None:
    read = 0
    for export in all_exports:
        for row in export.rows:
            for name, text in row.items():
                if text and name.endswith("_born"):
                    instant(text, export.mapping["dates"])
                    read += 1
                elif text and name.endswith("_at"):
                    instant(text, export.mapping["times"])
                    read += 1

    assert read > 5000


def test_what_must_be_in_a_row_is(all_exports: list[Export]) -> None:
    for export in all_exports:
        for name in export.layout["required"]:
            assert all(row[name] for row in export.rows), (export.file.name, name)


def test_counts_equal_an_independent_count(
    county: Path, written: tuple[Path, CountySummary], all_exports: list[Export]
) -> None:
    _, summary = written
    expected = json.loads((county / "truth/expected.json").read_text("utf-8"))
    counted: dict[tuple[str, str], list[int]] = {}
    versions: dict[tuple[str, str], set[tuple[str, ...]]] = {}
    for export in all_exports:
        count = counted.setdefault((export.agency, export.format), [0, 0])
        count[0] += 1
        count[1] += len(export.rows)
        seen = versions.setdefault((export.agency, export.format), set())
        seen.update(tuple(row.values()) for row in export.rows)

    for (agency, name), (files, rows) in counted.items():
        assert expected["agencies"][agency][name] == {
            "files": files, "rows": rows, "distinct": len(versions[agency, name]),
        }  # fmt: skip
    for agency in MAPPINGS:
        formats = expected["agencies"][agency].values()
        assert summary.rows[agency] == sum(each["rows"] for each in formats)
        assert summary.files[agency] == sum(export.agency == agency for export in all_exports)
    every = [each for formats in expected["agencies"].values() for each in formats.values()]
    assert expected["rows"] == sum(each["rows"] for each in every) == sum(summary.rows.values())
    assert expected["distinct"] == sum(each["distinct"] for each in every)


def test_about_one_row_in_a_hundred_is_sent_again_byte_for_byte_by_a_later_file(
    county: Path, all_exports: list[Export]
) -> None:
    expected = json.loads((county / "truth/expected.json").read_text("utf-8"))
    exported = [each for agency in MAPPINGS for each in expected["agencies"][agency].values()]
    rows_in_all = sum(each["rows"] for each in exported)
    earlier: dict[tuple[str, str], set[bytes]] = {}
    repeated = again = 0
    for export in all_exports:
        if export.file.stem.endswith("-again"):
            again += len(export.rows)
            continue
        rows = raw_rows(export.file)
        assert len(rows) == len(export.rows)
        assert len(set(rows)) == len(rows), "no file repeats a row of its own"
        seen = earlier.setdefault((export.agency, export.format), set())
        repeated += len(seen.intersection(rows))
        seen.update(rows)

    assert repeated + again == rows_in_all - sum(each["distinct"] for each in exported)
    assert 0.004 < repeated / rows_in_all < 0.025


def test_some_months_are_exported_whole_once_more_under_another_name(
    county: Path, all_exports: list[Export]
) -> None:
    at = {
        (each["agency"], each["file"]): each["at"]
        for each in json_lines(county / "deliveries.jsonl")
    }
    again = [export.file for export in all_exports if export.file.stem.endswith("-again")]

    for file in again:
        first = file.with_name(file.name.replace("-again", ""))
        assert file.read_bytes() == first.read_bytes()
        assert at[file.parent.name, first.name] < at[file.parent.name, file.name]
    assert {file.parent.name for file in again} == {export.agency for export in all_exports}


def raw_rows(file: Path) -> list[bytes]:
    """Cut a file into its rows without reading them: a line that leaves a quote open goes on."""
    rows, row = [], b""
    for line in file.read_bytes().splitlines(keepends=True)[1:]:
        row += line
        if row.count(b'"') % 2 == 0:
            rows.append(row)
            row = b""
    assert not row
    return rows


def test_some_rows_come_in_a_newer_version(all_exports: list[Export]) -> None:
    versions: dict[tuple[str, str, str], dict[int, dict[str, str]]] = {}
    for export in all_exports:
        if export.format not in ("referrals", "support"):  # their rows have no version
            for row in export.rows:
                key = (export.agency, export.format, row["reference"])
                versions.setdefault(key, {})[int(row["version"])] = row

    several = [each for each in versions.values() if len(each) > 1]
    assert len(several) > 20
    assert all(sorted(each) == list(range(1, len(each) + 1)) for each in versions.values())
    for each in several:
        first, second = each[1], each[2]
        assert first["account"] != second["account"]
        assert first["victim_id"] == second["victim_id"]
        assert (
            first["notified"] in second["notified"] or second["risk_grade"] != first["risk_grade"]
        )


def test_probation_is_told_of_whoever_was_convicted_for_a_year_and_of_nobody_else(
    all_exports: list[Export], truth: Truth
) -> None:
    def perpetrator(number: int) -> int:
        return truth.dyads[truth.incidents[truth.outcomes[number].incident].dyad].perpetrator

    convictions = [each for each in truth.outcomes if each.kind == "conviction"]
    told = {
        int(row["reference"][-6:]) - 1: "Fenmarch Probation" in row["notified"]
        for export in all_exports
        if export.format == "outcomes"
        for row in export.rows
    }

    assert {True, False} == set(told.values())
    for number, is_told in told.items():
        ago = [
            (truth.outcomes[number].decided_at - each.decided_at).days
            for each in convictions
            if perpetrator(each.number) == perpetrator(number)
        ]
        assert is_told == any(0 <= days < 365 for days in ago)


def test_a_force_that_changes_its_forms_shows_them_all(county: Path) -> None:
    marks = {file.read_bytes()[:3] for file in (county / "inbox/fenmarch-police").iterdir()}
    forms = {"T" in text for text in dunmoor_times(county)}

    assert marks == {b"\xef\xbb\xbf", b"OCC", b"DAS", b"OUT", b"ENT"}
    assert forms == {True, False}


def dunmoor_times(county: Path) -> list[str]:
    return [
        row["reported_at"]
        for export in exports(county)
        if export.agency == "dunmoor-police" and export.format == "incidents"
        for row in export.rows
    ]


def test_dunmoor_writes_in_its_code_page(county: Path) -> None:
    beyond_ascii = 0
    for file in (county / "inbox/dunmoor-police").iterdir():
        data = file.read_bytes()
        data.decode("cp1252")
        if not data.isascii():
            beyond_ascii += 1
            with pytest.raises(UnicodeDecodeError):
                data.decode("utf-8")

    assert beyond_ascii > 10


def test_charities_export_as_a_spreadsheet_does(county: Path) -> None:
    several_lines = several_perpetrators = several_children = 0
    for export in exports(county):
        if export.format != "referrals":
            continue
        data = export.file.read_bytes()
        assert data.startswith(b"\xef\xbb\xbf")
        assert data.endswith(b"\r\n")
        several_lines += sum("\n" in row["account"] for row in export.rows)
        several_perpetrators += sum(bool(row["perpetrator2_given"]) for row in export.rows)
        several_children += sum(bool(row["child2_given"]) for row in export.rows)

    assert min(several_lines, several_perpetrators, several_children) > 5


def test_texts_have_commas_quotes_and_letters_beyond_ascii(all_exports: list[Export]) -> None:
    text = "".join(row["account"] for export in all_exports for row in export.rows)
    names = "".join(row["victim_given"] for export in all_exports for row in export.rows)

    assert all(each in text for each in (",", '"', "\n", "é", "ł", "\u2013"))
    assert not names.isascii()


def test_deliveries_are_ordered_complete_and_after_all_that_their_file_reports(
    county: Path, all_exports: list[Export]
) -> None:
    deliveries = json_lines(county / "deliveries.jsonl")
    at = {(each["agency"], each["file"]): datetime.fromisoformat(each["at"]) for each in deliveries}

    instants = [datetime.fromisoformat(each["at"]) for each in deliveries]
    end_of_day = datetime.combine(UNTIL, datetime.min.time(), UTC) + timedelta(days=1)
    assert instants == sorted(instants)
    assert len(set(instants)) == len({(i["at"]) for i in deliveries})
    assert max(instants) < end_of_day
    assert all(each["at"].endswith("Z") for each in deliveries)
    assert {each for each in at if each[0] in MAPPINGS} == {
        (export.agency, export.file.name) for export in all_exports
    }
    for agency in ("osham-hospital", "fenmarch-children"):
        files = {file.name for file in (county / "inbox" / agency).iterdir()}
        assert {name for whose, name in at if whose == agency} == files
    for export in all_exports:
        newest = max(
            instant(row[WHEN[export.format]], export.mapping["times"]) for row in export.rows
        )
        assert newest < at[export.agency, export.file.name], export.file.name


@pytest.mark.parametrize("until", [date(2026, 3, 1), date(2026, 3, 31), date(2026, 1, 15)])
def test_whatever_the_last_day_no_file_is_fetched_before_its_events_or_after_it(
    until: date, tmp_path: Path
) -> None:
    write_county(tmp_path / "out", seed=1, people=400, years=0.3, until=until)

    at = {
        (each["agency"], each["file"]): datetime.fromisoformat(each["at"])
        for each in json_lines(tmp_path / "out/deliveries.jsonl")
    }
    end_of_day = datetime.combine(until, datetime.min.time(), UTC) + timedelta(days=1)
    assert max(at.values()) < end_of_day
    for export in exports(tmp_path / "out"):
        newest = max(
            instant(row[WHEN[export.format]], export.mapping["times"]) for row in export.rows
        )
        assert newest < at[export.agency, export.file.name], export.file.name


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")

    with pytest.raises(FolderTaken, match="new or an empty one"):
        write_county(tmp_path, seed=1, people=20, years=1, until=UNTIL)

    assert [each.name for each in tmp_path.iterdir()] == ["mine.txt"]


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()

    write_county(tmp_path / "out", seed=1, people=50, years=1, until=UNTIL)

    assert sorted(each.name for each in (tmp_path / "out").iterdir()) == [
        "deliveries.jsonl", "inbox", "truth",
    ]  # fmt: skip


KILL_MYSELF = """
import os, signal, sys
from datetime import date
from pathlib import Path
from hub.synth.write import write_county

files = 0

def kill_at(line):
    global files
    files += 1
    if files == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)

write_county(Path(sys.argv[1]), seed=1, people=200, years=1, until=date(2026, 11, 18), progress=kill_at)
"""


def test_killed_while_writing_leaves_no_county_and_may_begin_again(tmp_path: Path) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", KILL_MYSELF, str(tmp_path / "out"), "10"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    assert [each.name for each in tmp_path.iterdir()] == [".out.part"]

    write_county(tmp_path / "out", seed=1, people=200, years=1, until=UNTIL)
    write_county(tmp_path / "undisturbed", seed=1, people=200, years=1, until=UNTIL)

    assert fingerprint(tmp_path / "out") == fingerprint(tmp_path / "undisturbed")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["out", "undisturbed"]


def test_progress_counts_rows_and_names_nobody(tmp_path: Path) -> None:
    told: list[str] = []

    summary = write_county(
        tmp_path / "out", seed=1, people=200, years=1, until=UNTIL, progress=told.append
    )

    rows = sum(int(line.split()[-2]) for line in told)
    names = {each["family"] for each in json_lines(tmp_path / "out/truth/people.jsonl")}
    assert rows == sum(summary.rows.values())
    assert not any(name in line for name in names for line in told)
