import fcntl
import stat
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from connectors import desk
from connectors.connector import Format, RecordUnreadable
from connectors.publish import EventTooLarge, EventUnencodable, LogUnreachable, Message
from connectors.registry import agencies
from connectors.report import Report, SourceHalted
from connectors.reread import reread
from connectors.run import AgencyBusy, run_once, watch
from connectors.spool import Spool, SpoolFull
from hub.model.agency import AgencyId
from hub.model.dead_letter import DeadLetter, Reason, Stage
from hub.model.event import Event
from tests.unit.connectors.exports import (
    AMBER,
    BOM,
    DASHES,
    FENMARCH,
    INCIDENTS,
    RECEIVED_AT,
    REFERRALS,
    MemoryLog,
    export,
    files_in,
    header,
    keys,
)


class Place:
    """An agency's inbox and home, and a clock that goes on by a minute whenever it is asked."""

    def __init__(self, folder: Path, agency: AgencyId = FENMARCH) -> None:
        self.agency, self.formats = agency, agencies()[agency]
        self.inbox, self.home = folder / "inbox", folder / "home"
        self.inbox.mkdir()
        self.log = MemoryLog()
        self.time = RECEIVED_AT

    def now(self) -> datetime:
        self.time += timedelta(minutes=1)
        return self.time

    def write(self, name: str, data: bytes) -> Path:
        file = self.inbox / name
        file.write_bytes(data)
        return file

    def run(self, **more: object) -> Report:
        return run_once(
            self.agency, self.formats, self.inbox, self.home, self.log, self.now, **more  # type: ignore[arg-type]
        )  # fmt: skip

    def watch(self, polls: int, between: Callable[[int], None], **more: object) -> list[Report]:
        """Watch for a number of polls, and do something after each."""
        done = 0

        def wait() -> bool:
            nonlocal done
            done += 1
            between(done)
            return done < polls

        watching = watch(
            self.agency, self.formats, self.inbox, self.home, self.log, self.now, wait=wait, **more  # type: ignore[arg-type]
        )  # fmt: skip
        return list(watching)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def references(*numbers: int) -> list[dict[str, str]]:
    return [{"reference": f"OCC{number}"} for number in numbers]


SMALL_SPOOL = 5_000
"""Room for fewer than nine events."""

BAD_ROW = {"reference": "BAD", "occurred_at": "yesterday"}


def test_each_row_is_published_and_each_file_put_away(place: Place) -> None:
    place.write("incidents.csv", export(INCIDENTS, *references(1, 2)))
    place.write("dash.csv", export(DASHES, {}))

    report = place.run()

    assert keys(place.log.events) == ["DASH1", "OCC1", "OCC2"]
    assert (report.files, report.read, report.accepted, report.published) == (2, 3, 3, 3)
    assert report.events == {"incident-reported": 2, "risk-assessed": 1}
    assert report.formats == ("dash", "incidents")
    assert files_in(place.inbox) == []
    assert files_in(place.inbox / "read") == ["dash.csv", "incidents.csv"]


def test_what_is_read_is_either_accepted_or_a_dead_letter(place: Place) -> None:
    data = export(INCIDENTS, *references(1), BAD_ROW, {"victim_nhs": "1"}, *references(2))
    place.write("incidents.csv", data + b'x,"unclosed\n')

    report = place.run()

    assert report.read == 5 == report.accepted + sum(report.dead_letters.values())
    assert report.dead_letters == {Reason.BAD_VALUE: 1, Reason.BAD_FORMAT: 1}
    assert report.warned == {"not-an-nhs-number": 1}
    assert report.published == 3
    assert [header(letter, "dlq_error") for letter in place.log.letters] == [
        "line 3, column OCCURRED: not-a-time",
        "line 6: unclosed-quote",
    ]
    assert place.log.letters[0].value == export(INCIDENTS, BAD_ROW)


def test_a_file_is_received_once_and_all_its_rows_carry_that_time(place: Place) -> None:
    place.write("incidents-1.csv", export(INCIDENTS, *references(1, 2), BAD_ROW))
    place.write("incidents-2.csv", export(INCIDENTS, *references(3)))

    place.run()

    times = [header(event, "ce_time") for event in place.log.events]
    assert times[0] == times[1] == header(place.log.letters[0], "dlq_received_at")
    assert times[0] < times[2]


UNUSABLE = {
    "of no format": ("report.txt", b"a,b\n1,2\n3,4\n", "unknown", "no format of this agency"),
    "empty": ("incidents.csv", b"", "incidents", "heading: empty"),
    "a table of another kind": (
        "incidents.csv",
        b"OCC_NO,X\n1,2\n",
        "incidents",
        "heading: no col",
    ),
    "binary": ("dash.csv", b"PK\x03\x04\x00\x00\n\xff", "dash", "heading: not-text"),
}


@pytest.mark.parametrize(("name", "data", "of", "said"), UNUSABLE.values(), ids=UNUSABLE)
def test_a_file_that_is_no_such_format_is_one_read_and_one_dead_letter(
    place: Place, name: str, data: bytes, of: str, said: str
) -> None:
    place.write(name, data)
    place.write("incidents-good.csv", export(INCIDENTS, *references(1)))

    report = place.run()

    (letter,) = place.log.letters
    assert (report.files, report.read, report.accepted) == (2, 2, 1)
    assert report.dead_letters == {Reason.BAD_FORMAT: 1}
    assert (letter.value, header(letter, "dlq_format")) == (data, of)
    assert header(letter, "dlq_error").startswith(said)
    assert name in files_in(place.inbox / "read")


def test_a_file_with_another_name_is_known_by_its_heading(place: Place) -> None:
    place.write("export.csv", export(DASHES, {}))

    report = place.run()

    assert report.events == {"risk-assessed": 1}


def test_a_file_without_rows_is_read_and_holds_nothing(place: Place) -> None:
    place.write("incidents.csv", export(INCIDENTS))

    report = place.run()

    assert (report.files, report.read) == (1, 0)
    assert files_in(place.inbox / "read") == ["incidents.csv"]


def test_a_file_that_is_put_back_is_read_again_as_the_same_events(place: Place) -> None:
    data = export(INCIDENTS, *references(1), BAD_ROW)
    for _ in range(2):
        place.write("incidents.csv", data)
        assert place.run().read == 2

    assert keys(place.log.events) == ["OCC1", "OCC1"]
    assert len({header(event, "ce_id") for event in place.log.events}) == 1
    assert len({letter.key for letter in place.log.letters}) == 1
    assert files_in(place.inbox / "read") == ["incidents.csv"]


def test_a_large_dead_letter_stays_with_the_connector(place: Place) -> None:
    cell = "x" * 1_000_000
    place.write("incidents.csv", export(INCIDENTS, *references(1), {"account": cell}))
    place.write("other.bin", b"\0" * 1_000_000)

    report = place.run()

    values = [export(INCIDENTS, {"account": cell}), b"\0" * 1_000_000]
    assert report.dead_letters == {Reason.TOO_LARGE: 1, Reason.BAD_FORMAT: 1}
    assert [letter.value for letter in place.log.letters] == [b"", b""]
    for letter, value in zip(place.log.letters, values, strict=True):
        kept = place.home / "oversize" / header(letter, "dlq_held")
        assert kept.read_bytes() == value
        assert kept.name == sha256(value).hexdigest()
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE((place.home / "oversize").stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("error", "reason"),
    [(EventUnencodable, Reason.BAD_VALUE), (EventTooLarge, Reason.TOO_LARGE)],
)
def test_an_event_that_cannot_be_encoded_is_a_dead_letter(
    place: Place, error: type[EventUnencodable], reason: Reason
) -> None:
    class Choosy(MemoryLog):
        def event(self, event: Event) -> Message:
            if event.source.key == "OCC2":
                raise error("field kind")
            return super().event(event)

    place.log = Choosy()
    place.write("incidents.csv", export(INCIDENTS, *references(1, 2, 3)))

    report = place.run()

    (letter,) = place.log.letters
    assert keys(place.log.events) == ["OCC1", "OCC3"]
    assert report.dead_letters == {reason: 1}
    assert letter.value == export(INCIDENTS, *references(2))
    assert header(letter, "dlq_error") == "field kind"


def test_a_dry_run_counts_and_touches_nothing(place: Place) -> None:
    place.write("incidents.csv", export(INCIDENTS, *references(1), BAD_ROW))
    place.write("other.bin", b"\0" * 1_000_000)

    report = place.run(dry_run=True)

    assert (report.files, report.read, report.accepted, report.published) == (2, 3, 1, 0)
    assert files_in(place.inbox) == ["incidents.csv", "other.bin"]
    assert not place.home.exists()
    assert place.log.sent == []


def test_while_the_log_is_away_everything_is_read_and_waits(place: Place) -> None:
    place.write("incidents.csv", export(INCIDENTS, *references(1, 2)))
    place.log.is_away = True

    first = place.run()
    place.log.is_away = False
    second = place.run()

    assert (first.accepted, first.published, first.waiting) == (2, 0, 2)
    assert (second.read, second.published, second.waiting) == (0, 2, 0)
    assert keys(place.log.events) == ["OCC1", "OCC2"]


def test_a_log_that_is_back_before_the_end_of_a_run_gets_all_of_it(place: Place) -> None:
    class BackSoon(MemoryLog):
        def send(self, messages: Sequence[Message]) -> None:
            away, self.is_away = self.is_away, False
            if away:
                raise LogUnreachable
            super().send(messages)

    place.log = BackSoon(is_away=True)
    place.write("incidents.csv", export(INCIDENTS, *references(1, 2)))

    assert place.run().published == 2


def test_a_full_spool_stops_the_run_and_the_next_one_reads_on(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "CHUNK_RECORDS", 2)
    place.write("incidents.csv", export(INCIDENTS, *references(*range(9))))
    place.log.is_away = True

    with pytest.raises(SpoolFull):
        place.run(spool_bytes=SMALL_SPOOL)

    assert files_in(place.inbox) == ["incidents.csv"]
    place.log.is_away = False
    place.run(spool_bytes=SMALL_SPOOL)
    assert keys(place.log.events) == [f"OCC{number}" for number in range(9)]
    assert len({header(event, "ce_time") for event in place.log.events}) == 1


def test_a_spool_smaller_than_a_file_is_emptied_as_it_fills(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "CHUNK_RECORDS", 2)
    place.write("incidents.csv", export(INCIDENTS, *references(*range(9))))

    report = place.run(spool_bytes=SMALL_SPOOL)

    assert report.published == 9


class Killed(BaseException):
    """Stands for the end of the process."""


STEPS = {
    "accepted": (Spool, "accept", 1),
    "rows kept": (Spool, "put", 1),
    "rows sent": (Spool, "drain", 1),
    "all kept": (Spool, "put", 2),
    "put away": (desk, "put_away", 1),
    "forgotten": (Spool, "forget", 1),
}


@pytest.mark.parametrize(("owner", "step", "time"), STEPS.values(), ids=STEPS)
def test_a_run_that_ends_at_any_step_is_gone_on_with(
    place: Place, monkeypatch: pytest.MonkeyPatch, owner: object, step: str, time: int
) -> None:
    place.write("incidents.csv", export(INCIDENTS, *references(1, 2), BAD_ROW))
    real, times = getattr(owner, step), iter(range(1, 99))

    def end_after(*given: object) -> object:
        done = real(*given)
        if next(times) == time:
            raise Killed
        return done

    with monkeypatch.context() as patch:
        patch.setattr(owner, step, end_after)
        with pytest.raises(Killed):
            place.run()
    place.run()

    assert sorted(keys(place.log.events)) == ["OCC1", "OCC2"]
    assert len(place.log.letters) == 1
    assert {header(event, "ce_time") for event in place.log.events} == {
        (RECEIVED_AT + timedelta(minutes=1)).isoformat()
    }
    assert files_in(place.inbox / "read") == ["incidents.csv"]
    with Spool(place.home / "spool.sqlite") as spool:
        assert spool.names() == []


def test_a_file_that_is_written_to_while_it_is_read_is_read_again(place: Place) -> None:
    file = place.write("incidents.csv", export(INCIDENTS, *references(1)))

    def add(_name: str, _records: int) -> None:
        with file.open("ab") as stream:
            stream.write(export(INCIDENTS, *references(2)).split(b"\r\n", 1)[1])

    first = place.run(progress=add)
    second = place.run()

    assert (first.files, second.files, second.read) == (0, 1, 2)
    assert keys(place.log.events) == ["OCC1", "OCC1", "OCC2"]


def test_progress_is_told(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "CHUNK_RECORDS", 2)
    place.write("incidents.csv", export(INCIDENTS, *references(1, 2, 3)))
    told: list[tuple[str, int]] = []

    place.run(progress=lambda name, records: told.append((name, records)))

    assert told == [("incidents.csv", 2), ("incidents.csv", 3)]


def test_two_runs_of_one_agency_do_not_interleave(place: Place) -> None:
    place.home.mkdir()
    with (place.home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(AgencyBusy, match="fenmarch-police's connector is at work; wait"):
            place.run()

    assert place.run().read == 0


def test_only_files_that_are_settled_are_read(place: Place) -> None:
    for name in ("incidents-1.csv", "incidents-2.csv"):
        place.write(name, export(INCIDENTS, {"reference": name}))

    place.run(settled=lambda file: file.name == "incidents-2.csv")

    assert keys(place.log.events) == ["incidents-2.csv"]


def test_a_watch_reads_a_file_once_it_stands_still(place: Place) -> None:
    data = export(INCIDENTS, *references(1, 2))

    def between(poll: int) -> None:
        if poll == 1:
            place.write("incidents.csv", data[:-9])
        if poll == 2:
            place.write("incidents.csv", data)
        if poll == 3:
            assert place.log.sent == []

    (report,) = place.watch(5, between)

    assert report.read == 2
    assert keys(place.log.events) == ["OCC1", "OCC2"]


def test_a_watch_goes_on_when_the_log_comes_back(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "CHUNK_RECORDS", 2)
    place.log.is_away = True
    place.write("incidents.csv", export(INCIDENTS, *references(*range(9))))

    def between(poll: int) -> None:
        place.log.is_away = poll < 4

    reports = place.watch(6, between, spool_bytes=SMALL_SPOOL)

    assert keys(place.log.events) == [f"OCC{number}" for number in range(9)]
    assert reports[0].accepted == reports[0].waiting < 9
    assert sum(report.accepted for report in reports) == 9
    assert sum(report.files for report in reports) == 1
    assert reports[-1].waiting == 0


def many(bad: int, good: int) -> bytes:
    return export(INCIDENTS, *references(*range(good)), *[BAD_ROW] * bad)


@pytest.mark.parametrize(("bad", "good"), [(99, 0), (100, 9_900)])
def test_a_watch_bears_some_bad_rows(place: Place, bad: int, good: int) -> None:
    place.write("incidents.csv", many(bad, good))

    (report,) = place.watch(2, lambda _: None)

    assert report.dead_letters == {Reason.BAD_VALUE: bad}


def test_a_watch_stops_when_too_much_is_bad_and_keeps_what_was_read(place: Place) -> None:
    place.write("incidents.csv", many(600, 50))

    with pytest.raises(SourceHalted, match=r"of the last \d+ records .* start the connector again"):
        place.watch(2, lambda _: None)

    assert len(place.log.events) == 50
    assert files_in(place.inbox) == ["incidents.csv"]
    assert place.run().dead_letters == {Reason.BAD_VALUE: 450}


def test_a_dead_letter_that_was_mended_is_read_again(place: Place) -> None:
    place.write("incidents.csv", BOM + export(INCIDENTS, *references(1), BAD_ROW))
    place.run()
    value = place.log.letters[0].value

    with pytest.raises(RecordUnreadable, match="line 2, column OCCURRED: not-a-time"):
        reread(letter(value), place.formats)
    (event,) = reread(letter(value.replace(b"yesterday", b"18/11/2025 22:14")), place.formats)

    assert (event.source.key, event.received_at) == ("BAD", RECEIVED_AT)


def letter(value: bytes, name: str = "incidents", held: str = "") -> DeadLetter:
    return DeadLetter(
        stage=Stage.CONNECTOR,
        agency=FENMARCH,
        reason=Reason.BAD_VALUE,
        detail="",
        format=name,
        value=value,
        received_at=RECEIVED_AT,
        held=held,
    )


def test_a_file_of_no_known_format_is_known_once_its_heading_was_mended(place: Place) -> None:
    (event,) = reread(letter(export(DASHES, {}), name="unknown"), place.formats)

    assert event.type == "risk-assessed"


NOT_MENDED = {
    "kept elsewhere": (letter(b"", held="f" * 64), Reason.TOO_LARGE),
    "of no format": (letter(b"a,b\n", name="unknown"), Reason.BAD_FORMAT),
    "without a row": (letter(export(INCIDENTS)), Reason.BAD_FORMAT),
    "without a heading": (letter(b""), Reason.BAD_FORMAT),
}


@pytest.mark.parametrize(("still_bad", "reason"), NOT_MENDED.values(), ids=NOT_MENDED)
def test_a_dead_letter_that_was_not_mended_is_refused(
    still_bad: DeadLetter, reason: Reason
) -> None:
    formats: Sequence[Format] = agencies()[FENMARCH]

    with pytest.raises(RecordUnreadable) as fault:
        reread(still_bad, formats)

    assert fault.value.reason is reason


def test_no_cell_is_found_in_what_travels_beside_a_dead_letter(tmp_path: Path) -> None:
    place = Place(tmp_path, AMBER)
    columns = REFERRALS.layout.columns
    rows = [dict.fromkeys(columns, "Canary"), *({name: "Canary"} for name in columns)]
    place.write("Canary.csv", export(REFERRALS, *rows) + b'Canary,"Canary\n')
    place.write("Canary.bin", b"Canary")

    report = place.run()

    assert sum(report.dead_letters.values()) >= 4
    for message in place.log.letters:
        assert "Canary" not in f"{message.topic} {message.key!r} {message.headers}"
    assert "Canary" not in repr(report)


def test_the_log_being_away_is_no_dead_letter(place: Place) -> None:
    place.write("incidents.csv", export(INCIDENTS, *references(1)))
    place.log.is_away = True

    report = place.run()

    assert report.dead_letters == {}
    with pytest.raises(LogUnreachable):
        place.log.send([])
