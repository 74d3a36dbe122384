"""What the county's hospital writes is what its connector reads: the same facts, and nobody in a wrong role."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from connectors.registry import agencies
from hub.model.agency import AgencyId
from hub.model.event import Event
from hub.synth.health_messages import RELATIONS, Accused, Attendance, bundle
from hub.synth.households import draw_population
from hub.synth.people import Person
from hub.synth.places import Address

RECEIVED_AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
ATTENDED_AT = datetime(2026, 7, 18, 22, 14, tzinfo=UTC)
PEOPLE = draw_population(3, people=300, until=date(2026, 11, 1)).people
SHE = replace(
    next(each for each in PEOPLE if each.gender == "female" and each.former and each.occupation),
    alias="Addie",
    email="she@example.org",
    safe_telephone="01632 9600000001",
    safe_hours="after 18:00",
    language="Polish",
    moved_on=date(2026, 7, 1),
    new_home=Address("3 Quiet Row", "Fenmarch", "ZF1 3AB"),
    refuge=Address("4 Quiet Row", "Fenmarch", "ZF1 4AB"),
)
HE = next(each for each in PEOPLE if each.gender == "male" and each.occupation)
CHILD = next(each for each in PEOPLE if each.born > date(2012, 1, 1))
ANY = Attendance(
    number="ED-000001",
    version="1",
    person=SHE,
    patient_number="OH0001",
    attended_at=ATTENDED_AT,
    written_at=ATTENDED_AT + timedelta(minutes=40),
    sent_at=ATTENDED_AT + timedelta(hours=2),
    site="Osham General Hospital",
)
FULL = replace(
    ANY,
    kind="minor_injuries",
    reason="Pain in the arm after a fall, she says.",
    diagnoses=("S40.0", "T74.1"),
    injuries="bruising to upper arm",
    flags=(("777996001", True), ("child-protection-plan", False)),
    disclosed="yes",
    pregnant="no",
    accompanied_by="A man who answered for her.",
    gp_practice="Lode Surgery",
    referred_to=("Fenmarch Children's Services", "Fenmarch IDVA Service"),
    crime_reference="CR/0000001/26",
    risk_grade="high",
    consent="refused",
    note="She said it was the third time.\n“Not at home,” she said.",
    summary="Physical assault reported.",
    accused=(Accused(HE, "ex_partner", "OH0002"),),
    children=(CHILD,),
    is_in_refuge=True,
)


def event_of(attendance: Attendance) -> Event:
    (messages,) = agencies()[AgencyId("osham-hospital")]
    (reading,) = messages.read_bytes(bundle(attendance).encode(), RECEIVED_AT)
    assert reading.unreadable is None, reading.unreadable
    (event,) = reading.events
    allowed = {"role-unstated", "temporary-address"}
    assert set(reading.warnings) <= allowed, reading.warnings
    return event


def those(event: Event, role: str) -> list[dict[str, Any]]:
    found = event.body[role]
    assert isinstance(found, list)
    return [dict(each) for each in found if isinstance(each, Mapping)]


def test_the_facts_come_back() -> None:
    body = dict(event_of(FULL).body)

    for role in ("victims", "perpetrators", "children"):
        assert body.pop(role)
    assert body == {
        "source": {"agency": "osham-hospital", "system": "ed.messages", "key": "ED-000001", "version": "1"},
        "occurred_at": ATTENDED_AT,
        "occurred_accuracy": "exact",
        "reported_at": FULL.written_at,
        "kind": "minor_injuries",
        "crime_reference": "CR/0000001/26",
        "site": "Osham General Hospital",
        "complaint": FULL.reason,
        "diagnoses": ["S40.0", "T74.1"],
        "injuries": "bruising to upper arm",
        "abuse_disclosed": "yes",
        "pregnant": "no",
        "accompanied_by": FULL.accompanied_by,
        "flags": [{"code": "777996001", "active": True}, {"code": "child-protection-plan", "active": False}],
        "risk_grade": "high",
        "consent": "refused",
        "account": FULL.note,
        "shareable_summary": FULL.summary,
        "organisations": [
            {"part": "gp", "name": "Lode Surgery", "organisation_id": None},
            {"part": "referred_to", "name": "Fenmarch Children's Services", "organisation_id": None},
            {"part": "referred_to", "name": "Fenmarch IDVA Service", "organisation_id": None},
        ],
        "witnesses": [],
        "unresolved": [],
    }  # fmt: skip


def test_the_patient_comes_back() -> None:
    (victim,) = those(event_of(FULL), "victims")

    assert victim == {
        "local_id": "OH0001",
        "identifiers": [{"scheme": "nhs_number", "value": SHE.nhs_number, "verified": True}],
        "names": [
            {"kind": "usual", "given": SHE.given, "family": SHE.family},
            {"kind": "former", "given": SHE.given, "family": SHE.former},
            {"kind": "alias", "given": "Addie", "family": None},
        ],
        "born": SHE.born,
        "born_accuracy": "exact",
        "gender": "female",
        "contacts": [
            {"channel": "telephone", "value": SHE.telephone.replace(" ", ""), "hours": None},
            {"channel": "email", "value": "she@example.org", "hours": None},
        ],
        "addresses": [place("3 Quiet Row", "ZF1 3AB"), address(SHE.home)],
        "relationships": [
            {"to": "OH0002", "relation": "ex_partner"},
            {"to": "ED-000001/related/2", "relation": "parent"},
        ],
        "occupation": None,
        "employer": None,
        "safe_contacts": [
            {"channel": "telephone", "value": "016329600000001", "hours": "after 18:00"}
        ],
        "safe_address": place("4 Quiet Row", "ZF1 4AB"),
        "language": "Polish",
    }


def place(line1: str, postcode: str) -> dict[str, str | None]:
    return {"line1": line1, "line2": None, "town": "Fenmarch", "postcode": postcode}


def address(home: Address) -> dict[str, str | None]:
    return {"line1": home.line1, "line2": None, "town": home.town, "postcode": home.postcode}


def named(person: Person) -> list[str]:
    return [person.given, person.family]


def test_the_accused_and_the_child_come_back() -> None:
    event = event_of(FULL)

    (he,), (child,) = those(event, "perpetrators"), those(event, "children")
    assert [he["names"][0][part] for part in ("given", "family")] == named(HE)
    assert (he["local_id"], he["identifiers"][0]["verified"]) == ("OH0002", False)
    assert he["addresses"] == [address(HE.home)]
    assert he["relationships"] == [{"to": "OH0001", "relation": "ex_partner"}]
    assert (child["born"], child["addresses"]) == (CHILD.born, [])


@pytest.mark.parametrize("relation", RELATIONS)
def test_what_the_accused_is_to_the_patient_comes_back(relation: str) -> None:
    event = event_of(replace(ANY, accused=(Accused(HE, relation),)))

    assert those(event, "perpetrators")[0]["relationships"][0]["relation"] == relation


def test_what_nobody_said_is_unknown() -> None:
    event = event_of(ANY)

    (person,) = those(event, "unresolved")
    assert person["local_id"] == "OH0001"
    assert (event.body["abuse_disclosed"], event.body["pregnant"]) == ("unknown", "unknown")
    assert event.body["risk_grade"] is event.body["consent"] is event.body["account"] is None


def test_a_later_version_is_another_version_of_the_same_record() -> None:
    first, second = event_of(FULL), event_of(replace(FULL, version="2", sent_at=RECEIVED_AT))

    assert first.source.key == second.source.key
    assert first.id != second.id
    assert first.reported_at == second.reported_at


def test_what_is_withdrawn_takes_the_record_back() -> None:
    attended, event = event_of(ANY), event_of(replace(ANY, version="2", withdrawn=True))

    assert event.type == "record-retracted"
    assert event.body["retracts"] == {
        "system": attended.source.system,
        "key": attended.source.key,
        "version": None,
    }


def test_the_same_attendance_gives_the_same_bytes_on_one_line() -> None:
    assert bundle(FULL) == bundle(replace(FULL))
    assert "\n" not in bundle(FULL)


def test_every_resource_is_where_it_is_pointed_at() -> None:
    message = json.loads(bundle(FULL))
    there = {entry["fullUrl"] for entry in message["entry"]}

    pointed_at = set(references(message))

    assert pointed_at
    assert pointed_at <= there
    assert len(there) == len(message["entry"])


def references(value: object) -> list[str]:
    if isinstance(value, list):
        return [found for each in value for found in references(each)]
    if isinstance(value, dict):
        own = [value["reference"]] if "reference" in value else []
        return own + [found for each in value.values() for found in references(each)]
    return []


@pytest.mark.parametrize("kind", ["emergency", "minor_injuries", "maternity"])
def test_the_department_comes_back(kind: str) -> None:
    assert event_of(replace(ANY, kind=kind)).body["kind"] == kind
