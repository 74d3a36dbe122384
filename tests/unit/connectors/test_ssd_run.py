"""A council's delivery as it is written, and all the way through its connector."""

import csv
import io
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from connectors import desk
from connectors.report import Report
from connectors.spool import Spool
from hub.model.dead_letter import Reason
from hub.synth.places import Address
from hub.synth.ssd_tables import (
    COLUMNS,
    RECORDS,
    Assessment,
    Books,
    Client,
    Episode,
    Plan,
    upn_of,
    write_ssd,
)
from tests.unit.connectors.exports import RECEIVED_AT, files_in, header, keys
from tests.unit.connectors.ssd_exports import COUNCIL, EPISODE, SSD, delivery, people
from tests.unit.connectors.test_connector_run import STEPS, Killed, Place
from tests.unit.connectors.written_people import ANN, BOB, CY

REFUGE = Address("9 Larkfield Close", "Eelwick", "ZB2 9XX")
NEW_HOME = Address("7 Merrow Road", "Osham", "ZF1 2CD")
BOOKS = Books(
    clients=(
        Client(CY, "F1", mother=ANN.local_id, upn=upn_of(CY.person)),
        Client(ANN, "F1"),
        Client(BOB, "F1"),
    ),
    episodes=(
        Episode("R1", CY.local_id, date(2025, 11, 1), "N1", source="1A"),
        Episode("R0", CY.local_id, date(2024, 1, 2), "N5", closed_on=date(2024, 3, 4)),
    ),
    assessments=(
        Assessment(
            "S1", CY.local_id, "R1", date(2025, 11, 2), date(2025, 11, 20), ("3A", "3B", "16A")
        ),
        Assessment("S2", CY.local_id, "R1", date(2025, 12, 2), None, ()),
    ),
    plans=(Plan("P1", CY.local_id, "R1", date(2025, 12, 5), "Neglect", "Emotional abuse"),),
)


def test_what_is_written_is_read_as_it_was() -> None:
    readings = list(SSD.read_bytes(write_ssd(BOOKS), RECEIVED_AT))

    assert [reading.unreadable for reading in readings] == [None] * 4
    assert [code for reading in readings for code in reading.warnings] == ["table-missing"] * 2
    found = [reading.events[0] for reading in readings]
    assert [(event.source.key, event.body["kind"], event.body["state"]) for event in found] == [
        ("R1", "child_in_need", "open"),
        ("R0", "child_in_need", "closed"),
        ("S1", "child_in_need", "raised"),
        ("P1", "child_protection", "open"),
    ]
    assert found[1].body["ended_on"] == date(2024, 3, 4)
    assert (found[2].body["factors"], found[2].body["domestic_abuse"]) == (
        ["16A", "3A", "3B"],
        "yes",
    )
    assert found[3].body["category"] == "Emotional abuse"
    for event in found:
        (child,) = people(event.body, "children")
        assert (child["local_id"], child["born"]) == ("P3", CY.born)
        assert child["school"] == "Osham Primary School"
        assert child["identifiers"] == [
            {"scheme": "upn", "value": "Z000000000003", "verified": False}
        ]
        assert child["relationships"] == [{"to": "P1", "relation": "child"}]
        assert child["addresses"] == [
            {"line1": "12 Sedge Road", "line2": None, "town": "Osham", "postcode": "ZF1 1AB"}
        ]
        mother, man = people(event.body, "unresolved")
        assert (mother["local_id"], man["local_id"]) == ("P1", "P2")
        assert mother["identifiers"] == [
            {"scheme": "nhs_number", "value": "9990000018", "verified": True}
        ]


def test_a_refuge_never_comes_along() -> None:
    moved = replace(ANN.person, refuge=REFUGE, moved_on=date(2025, 12, 1), new_home=NEW_HOME)
    hidden = replace(BOOKS, clients=(BOOKS.clients[0], Client(replace(ANN, person=moved), "F1")))

    readings = list(SSD.read_bytes(write_ssd(hidden), RECEIVED_AT))

    plan = readings[-1].events[0]
    (mother,) = people(plan.body, "unresolved")
    assert [each["line1"] for each in mother["addresses"]] == ["7 Merrow Road"]  # type: ignore[union-attr,index]
    assert all(each.unreadable is None for each in readings)
    assert "Larkfield" not in repr([each.events for each in readings])
    assert b"Larkfield" not in write_ssd(hidden)


def test_the_same_books_give_the_same_bytes() -> None:
    assert write_ssd(BOOKS) == write_ssd(BOOKS)


def test_an_export_of_a_later_day_repeats_what_did_not_change() -> None:
    closed = replace(BOOKS.episodes[0], closed_on=date(2025, 12, 31))
    later = replace(BOOKS, episodes=(closed, BOOKS.episodes[1]))

    first, second = (
        {each.events[0].source.key: each.events[0].id for each in SSD.read_bytes(data, RECEIVED_AT)}
        for data in (write_ssd(BOOKS), write_ssd(later))
    )

    assert {key for key in first if first[key] != second[key]} == {"R1"}


def test_each_table_has_the_columns_of_the_dataset() -> None:
    with zipfile.ZipFile(io.BytesIO(write_ssd(BOOKS))) as packed:
        for name in packed.namelist():
            rows = list(csv.reader(io.StringIO(packed.read(name).decode("utf-8-sig"))))
            assert rows[0] == COLUMNS[name.removesuffix(".csv")].split()
            assert all(len(row) == len(rows[0]) for row in rows)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path, COUNCIL)


def rows_in(data: bytes) -> int:
    """Count the records of a delivery as somebody does who knows nothing of the connector."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        texts = [packed.read(f"{name}.csv").decode("utf-8-sig") for name in RECORDS]
    return sum(len(list(csv.reader(io.StringIO(text)))) - 1 for text in texts)


def test_as_many_events_are_published_as_there_are_rows_of_records(place: Place) -> None:
    data = write_ssd(BOOKS)
    place.write("ssd-2025-12.zip", data)

    report = place.run()

    assert (report.files, report.formats) == (1, ("ssd",))
    assert report.read == report.accepted == report.published == rows_in(data) == 4
    assert report.events == {"concern-raised": 4}
    assert files_in(place.inbox / "read") == ["ssd-2025-12.zip"]


BAD_DELIVERY = delivery(
    ssd_cin_episodes=[{**EPISODE, "cine_person_id": "X"}, EPISODE],
    ssd_family=[{"fami_family_id": "F1", "fami_person_id": "Y"}],
)


def test_what_is_read_is_either_accepted_or_a_dead_letter(place: Place) -> None:
    """A row of people is read only if it is a dead letter."""
    place.write("ssd.zip", BAD_DELIVERY)

    report = place.run()

    assert report.dead_letters == {Reason.BAD_VALUE: 2}
    assert (report.read, report.accepted, report.published) == (5, 3, 3)
    assert report.accepted == rows_in(BAD_DELIVERY) - 1
    assert [header(each, "dlq_error") for each in place.log.letters] == [
        "ssd_family, line 2, column fami_person_id: no-such-person",
        "ssd_cin_episodes, line 2, column cine_person_id: no-such-person",
    ]


@pytest.mark.parametrize("chunk", [1, 2, 200])
@pytest.mark.parametrize(("owner", "step", "time"), STEPS.values(), ids=STEPS)
def test_a_run_that_ends_at_any_step_is_gone_on_with(
    place: Place,
    monkeypatch: pytest.MonkeyPatch,
    owner: object,
    step: str,
    time: int,
    chunk: int,
) -> None:
    monkeypatch.setattr(desk, "CHUNK_RECORDS", chunk)
    place.write("ssd.zip", BAD_DELIVERY)
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

    assert sorted(keys(place.log.events)) == ["P1", "R1", "S1"]
    assert len(place.log.letters) == 2
    assert files_in(place.inbox / "read") == ["ssd.zip"]
    with Spool(place.home / "spool.sqlite") as spool:
        assert spool.names() == []


def test_a_delivery_that_is_still_being_written_waits(place: Place) -> None:
    """A zip ends with its list of contents: what is copied without `.part` is not read half."""
    data = write_ssd(BOOKS)

    def between(poll: int) -> None:
        if poll == 1:
            place.write("ssd.zip", data[: len(data) // 2])
        if poll == 2:
            place.write("ssd.zip", data)

    reports: list[Report] = place.watch(5, between)

    assert sum(report.read for report in reports) == 4
    assert place.log.letters == []


def test_a_delivery_of_no_such_kind_is_one_dead_letter(place: Place) -> None:
    place.write("ssd.zip", b"PK\x03\x04")
    place.write("ssd_person.csv", b"pers_person_id\n1\n")

    report = place.run()

    assert report.dead_letters == {Reason.BAD_FORMAT: 2}
    assert sorted(header(each, "dlq_error") for each in place.log.letters) == [
        "delivery: broken-zip",
        "no format of this agency",
    ]
