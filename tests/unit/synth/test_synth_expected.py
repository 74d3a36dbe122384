"""What is expected of a hub agrees with itself, and with what the real connectors read out of the files."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from county_files import json_lines

from connectors.connector import format_of
from connectors.registry import agencies
from hub.model.agency import AgencyId
from hub.model.event import Event

Lines = list[dict[str, Any]]
LONDON = ZoneInfo("Europe/London")
FORMATS = {"ed": "messages"}


@dataclass(frozen=True)
class Expected:
    people: dict[tuple[str, str], int]
    links: Lines
    events: dict[str, dict[str, Any]]
    cases: Lines
    criteria: Lines


@pytest.fixture(scope="module")
def expected(county: Path) -> Expected:
    truth = county / "truth"
    people = json_lines(truth / "expected_people.jsonl")
    return Expected(
        people={(each["agency"], each["local_id"]): each["person"] for each in people},
        links=json_lines(truth / "expected_links.jsonl"),
        events={each["event"]: each for each in json_lines(truth / "expected_events.jsonl")},
        cases=json_lines(truth / "expected_cases.jsonl"),
        criteria=json_lines(truth / "expected_criteria.jsonl"),
    )


@pytest.fixture(scope="module")
def read(county: Path) -> list[Event]:
    """Give what the agencies' connectors read out of the inboxes, in the order of the deliveries."""
    events: dict[str, Event] = {}
    for delivery in json_lines(county / "deliveries.jsonl"):
        file = county / "inbox" / delivery["agency"] / delivery["file"]
        layout = format_of(file, agencies()[AgencyId(delivery["agency"])])
        assert layout is not None, file.name
        at = datetime.fromisoformat(delivery["at"]).astimezone(UTC)
        for reading in layout.read(file, at):
            assert reading.unreadable is None, (file.name, reading.unreadable)
            for event in reading.events:
                events.setdefault(str(event.id), event)
    return list(events.values())


def name_of(event: Event) -> str:
    system = event.source.system.rpartition(".")[2]
    return f"{event.source.agency}/{FORMATS.get(system, system)}:{event.source.key}"


def told(read: list[Event]) -> Iterator[tuple[str, Event]]:
    """Give all events but those that take a record back."""
    yield from ((name_of(each), each) for each in read if each.type != "record-retracted")


def test_every_event_that_is_read_is_expected_with_just_its_versions_and_instants(
    read: list[Event], expected: Expected
) -> None:
    found: dict[str, list[datetime]] = defaultdict(list)
    for name, event in told(read):
        assert expected.events[name]["type"] == event.type
        found[name].append(event.received_at)
    for event in read:
        if event.type == "record-retracted":
            found[name_of(event).replace("/retractions:", "/messages:")].append(event.received_at)

    assert found == {
        name: [datetime.fromisoformat(version["received_at"]) for version in each["versions"]]
        for name, each in expected.events.items()
    }


def test_everybody_who_is_read_is_somebody_and_in_the_role_that_is_expected(
    read: list[Event], expected: Expected
) -> None:
    newest = dict(told(read))
    met: set[tuple[str, str]] = set()
    for _, event in told(read):
        agency = str(event.source.agency)
        for role in ("victims", "perpetrators", "children", "witnesses", "unresolved"):
            people: Any = event.body[role]
            met |= {(agency, person["local_id"]) for person in people}
    for name, event in newest.items():
        line = expected.events[name]
        if line["standing"] == "withdrawn":
            continue
        for role in ("victims", "perpetrators", "children", "unresolved"):
            people = event.body[role]
            numbers = [expected.people[line["agency"], each["local_id"]] for each in people]
            victims = [] if line["victim"] is None else [line["victim"]]
            assert sorted(numbers) == sorted(line.get(role, victims)), (name, role)

    assert met == set(expected.people)


def test_every_link_that_is_expected_is_of_one_person_and_no_other(expected: Expected) -> None:
    kinds: dict[str, int] = defaultdict(int)
    for link in expected.links:
        one, other = (
            expected.people[link[end]["agency"], link[end]["local_id"]] for end in ("one", "other")
        )
        kinds[link["expect"]] += 1
        assert (one == other) == (link["expect"] == "link")

    assert kinds["link"] > 300
    assert kinds["never"] > 300


def test_records_that_are_to_be_linked_bear_the_same_number_or_the_same_name(
    read: list[Event], expected: Expected
) -> None:
    """Counted anew out of what the connectors read: verified numbers, names, days of birth, postcodes."""
    by_record: dict[tuple[str, str], dict[str, set[Any]]] = defaultdict(lambda: defaultdict(set))
    for _, event in told(read):
        for role in ("victims", "perpetrators", "children", "witnesses", "unresolved"):
            people: Any = event.body[role]
            for person in people:
                said = by_record[str(event.source.agency), person["local_id"]]
                said["names"] |= {(n["given"], n["family"]) for n in person["names"][:1]}
                said["born"].add(person["born"])
                said["postcodes"] |= {each["postcode"] for each in person["addresses"]}
                said["numbers"] |= {
                    (each["scheme"], each["value"])
                    for each in person["identifiers"]
                    if each["verified"]
                }
    for link in expected.links:
        if link["expect"] == "never":
            continue
        one, other = (
            by_record[link[end]["agency"], link[end]["local_id"]] for end in ("one", "other")
        )
        if link["why"] == "name_birth_postcode":
            assert (one["born"] - {None}) & other["born"], link
            assert one["postcodes"] & other["postcodes"], link
        else:
            schemes = {scheme for scheme, _ in one["numbers"] & other["numbers"]}
            assert link["why"] in schemes, link


def test_no_criterion_is_expected_without_its_events_nor_a_day_before_they_came(
    expected: Expected,
) -> None:
    for criterion in expected.criteria:
        for name in (*criterion["first"], *criterion["events"]):
            line = expected.events[name]
            named = {line["victim"], *line["unresolved"]}
            unnamed_at_first = line["type"] == "attendance-recorded"
            assert criterion["victim"] in named or unnamed_at_first
        assert criterion["first"]
        assert criterion["since"] <= criterion["as_of"]
        came = [
            local_day(version["received_at"])
            for name in criterion["first"]
            for version in expected.events[name]["versions"]
        ]
        assert criterion["since"] in came or criterion["code"] == "escalation"
        assert all(
            local_day(expected.events[name]["versions"][0]["received_at"]) <= criterion["since"]
            for name in criterion["first"]
        )

    assert {each["code"] for each in expected.criteria} == {
        "visible_high_risk", "professional_judgement", "escalation", "repeat",
    }  # fmt: skip


def local_day(instant: str) -> str:
    return datetime.fromisoformat(instant).astimezone(LONDON).date().isoformat()


def test_what_is_expected_of_an_earlier_day_knows_only_what_had_come_by_then(
    expected: Expected,
) -> None:
    days = sorted({each["as_of"] for each in expected.criteria})

    assert len(days) == 4
    for criterion in expected.criteria:
        for name in criterion["events"]:
            first = expected.events[name]["versions"][0]["received_at"]
            assert local_day(first) <= criterion["as_of"]


def test_each_event_of_a_case_names_its_people_and_no_case_has_one_without(
    expected: Expected,
) -> None:
    both: set[str] = set()
    for case in expected.cases:
        for name in (*case["events"], *case["contested"]):
            line = expected.events[name]
            assert line["victim"] == case["victim"]
            assert set(line["perpetrators"]) <= set(case["perpetrators"])
            assert (line["standing"] == "contested") == (name in case["contested"])
            both.add(name)
        for name in case["unattributed"]:
            line = expected.events[name]
            assert case["victim"] in (line["victim"], *line["unresolved"])
            assert line["standing"] in ("unattributed", "unresolved")

    attributed = {
        name
        for name, each in expected.events.items()
        if each["standing"] in ("attributed", "contested")
    }
    assert both == attributed


def test_one_night_told_by_two_agencies_is_there_with_and_without_the_number_of_the_crime(
    county: Path, expected: Expected
) -> None:
    stated = {
        each["number"]: each["states_crime_reference"]
        for each in json_lines(county / "truth/attendances.jsonl")
    }
    incidents = {each["number"]: each for each in json_lines(county / "truth/incidents.jsonl")}
    pairs = [
        (stated[int(name.rpartition("-")[2]) - 1], incidents[expected.events[name]["incident"]])
        for case in expected.cases
        for told in case["told_twice"]
        if {each.partition("/")[0] for each in told} & {"fenmarch-police", "dunmoor-police"}
        for name in told
        if name.startswith("osham-hospital/")
    ]

    with_number = [1 for is_stated, incident in pairs if is_stated and incident["crime_reference"]]
    assert 0 < len(with_number) < len(pairs)


def test_a_contested_referral_raises_nothing(expected: Expected) -> None:
    contested = {name for name, each in expected.events.items() if each["standing"] == "contested"}
    last = max(each["as_of"] for each in expected.criteria)

    assert len(contested) > 5
    for criterion in expected.criteria:
        if criterion["as_of"] == last:
            assert not contested & {*criterion["first"], *criterion["events"]}


def test_expectations_reach_the_end_of_the_last_day(expected: Expected) -> None:
    received = [
        datetime.fromisoformat(version["received_at"])
        for each in expected.events.values()
        for version in each["versions"]
    ]

    end = datetime(2026, 11, 18, tzinfo=LONDON) + timedelta(days=1)
    assert end - timedelta(hours=3) < max(received) < end
