import hashlib
import json
import re
from datetime import UTC, date, datetime
from itertools import chain
from pathlib import Path

import fastavro
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.csv_format import CsvFormat
from hub.model.dead_letter import Reason
from hub.model.event import Body
from tests.unit.connectors.exports import (
    BOM,
    DASHES,
    INCIDENTS,
    ORDERS,
    OUTCOMES,
    RECEIVED_AT,
    REFERRALS,
    SUPPORT,
    body_of,
    export,
    heading_of,
    read,
    read_row,
)

SCHEMAS = Path(__file__).parents[3] / "schemas"

FULL = {
    "incidents": {
        "version": "3",
        "offence_code": "8N",
        "crime_reference": "CR9",
        "place_line1": "1  High\nStreet",
        "place_town": "Fenby",
        "place_postcode": "zq12ab",
        "weapon_used": "Y",
        "injuries": "bruises",
        "children_present": "N",
        "account": "one\ntwo",
        "shareable_summary": "short",
        "risk_grade": "H",
        "consent": "Y",
        "landlord": "Fenmarch Homes",
        "notified": "Amber Door; Fenmarch IDVA Service ;",
        "victim_role": "P_004",
        "victim_id": "N1",
        "victim_given": "Ann",
        "victim_family": "Lee",
        "victim_alias": "Annie Maria Fox; Nan",
        "victim_born": "02/03/1990",
        "victim_gender": "F",
        "victim_nhs": "999 000 0018",
        "victim_line1": "2 Low Road",
        "victim_town": "Fenby",
        "victim_postcode": "ZQ1 2AC",
        "victim_telephone": "01632 960001",
        "victim_email": "ann@example.org",
        "victim_safe_telephone": "01632 960002",
        "victim_safe_hours": "mornings",
        "victim_occupation": "nurse",
        "victim_employer": "Fenby Infirmary",
        "victim_language": "Polish",
        "relationship": "Child",
        "suspect_role": "P_002",
        "suspect_id": "N2",
        "suspect_given": "Bob",
        "suspect_family": "Lee",
        "suspect_pnc": "1990/12 a",
        "suspect_employer": "Fenmarch Homes",
        "child1_id": "N3",
        "child1_given": "Cy",
        "child1_school": "Fenby Primary",
        "child3_given": "Di",
        "witness1_given": "Ed",
        "witness1_telephone": "01632 960003",
    },
    "dash": {
        "incident": "OCC1",
        "occurred_at": "18/11/2025 22:14",
        "professional_judgement": "Y",
        "judgement_rationale": "fear",
        "risk_grade": "H",
        "victim_id": "N1",
        "suspect_id": "N2",
        "D01": "Y",
        "D02": "N",
        "D03": "DK",
        "D24": "y",
    },
    "outcomes": {
        "occurred_at": "19/11/2025 03:10",
        "crime_reference": "CR9",
        "offence_code": "8N",
        "victim_supports": "N",
        "reason": "16",
        "consent": "N",
        "victim_id": "N1",
        "suspect_id": "N2",
        "relationship": "Partner",
        "child1_given": "Cy",
    },
    "orders": {
        "occurred_at": "20/11/2025 14:00",
        "order_reference": "BO7",
        "court": "Fenmarch Magistrates",
        "expires_on": "20/02/2026",
        "conditions": "not to go to\r\n2 Low Road",
        "victim_id": "N1",
        "suspect_id": "N2",
    },
    "support": {
        "occurred_at": "21/11/2025 10:30",
        "service": "Amber House",
        "abuse_disclosed": "Yes",
        "wishes": "to move",
        "consent": "Yes",
        "victim_id": "C1",
        "victim_given": "Ann",
    },
    "referrals": {
        "occurred_at": "19/11/2025",
        "criteria": "High risk; Repeat",
        "victim_given": "Ann",
        "perpetrator1_given": "Bob",
        "perpetrator2_family": "Lee",
        "child1_given": "Cy",
    },
}
FORMATS = {
    "incidents": INCIDENTS,
    "dash": DASHES,
    "outcomes": OUTCOMES,
    "orders": ORDERS,
    "referrals": REFERRALS,
    "support": SUPPORT,
}


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("is_full", [True, False], ids=["full", "smallest"])
def test_a_body_has_every_field_of_its_schema_and_no_other(name: str, is_full: bool) -> None:
    reading = read_row(FORMATS[name], **(FULL[name] if is_full else {}))

    (event,) = reading.events
    schema = json.loads((SCHEMAS / event.type / "v1.avsc").read_text())
    assert fastavro.validate(event.body, schema, strict=True)


def test_an_incident_is_read() -> None:
    body = body_of(INCIDENTS, **FULL["incidents"])

    assert {name: body[name] for name in list(body)[:16]} == {
        "source": {
            "agency": "fenmarch-police",
            "system": "rms.incidents",
            "key": "OCC1",
            "version": "3",
        },
        "occurred_at": datetime(2025, 11, 18, 22, 14, tzinfo=UTC),
        "occurred_accuracy": "exact",
        "reported_at": datetime(2025, 11, 18, 22, 50, tzinfo=UTC),
        "kind": "violence",
        "crime_reference": "CR9",
        "offence_code": "8N",
        "place": {
            "line1": "1 High Street",
            "line2": None,
            "town": "Fenby",
            "postcode": "ZQ1 2AB",
        },
        "weapon_used": "yes",
        "injuries": "bruises",
        "children_present": "no",
        "risk_grade": "high",
        "consent": "given",
        "account": "one\ntwo",
        "shareable_summary": "short",
        "organisations": [
            {"part": "landlord", "name": "Fenmarch Homes", "organisation_id": None},
            {"part": "notified", "name": "Amber Door", "organisation_id": None},
            {"part": "notified", "name": "Fenmarch IDVA Service", "organisation_id": None},
        ],
    }


def test_the_victim_of_an_incident_is_read() -> None:
    assert body_of(INCIDENTS, **FULL["incidents"])["victims"] == [
        {
            "local_id": "N1",
            "identifiers": [{"scheme": "nhs_number", "value": "9990000018", "verified": True}],
            "names": [
                {"kind": "usual", "given": "Ann", "family": "Lee"},
                {"kind": "alias", "given": "Annie Maria", "family": "Fox"},
                {"kind": "alias", "given": "Nan", "family": None},
            ],
            "born": date(1990, 3, 2),
            "born_accuracy": "exact",
            "gender": "female",
            "contacts": [
                {"channel": "telephone", "value": "01632960001", "hours": None},
                {"channel": "email", "value": "ann@example.org", "hours": None},
            ],
            "addresses": [
                {"line1": "2 Low Road", "line2": None, "town": "Fenby", "postcode": "ZQ1 2AC"}
            ],
            "relationships": [{"to": "N2", "relation": "child"}],
            "occupation": "nurse",
            "employer": "Fenby Infirmary",
            "safe_contacts": [
                {"channel": "telephone", "value": "01632960002", "hours": "mornings"}
            ],
            "safe_address": None,
            "language": "Polish",
        }
    ]


def test_the_others_of_an_incident_are_read() -> None:
    body = body_of(INCIDENTS, **FULL["incidents"])

    (suspect,) = people(body, "perpetrators")
    assert suspect["relationships"] == [{"to": "N1", "relation": "parent"}]
    assert suspect["identifiers"] == [{"scheme": "pnc", "value": "1990/12A", "verified": True}]
    assert [child["local_id"] for child in people(body, "children")] == ["N3", "OCC1/child/3"]
    assert [child["school"] for child in people(body, "children")] == ["Fenby Primary", None]
    assert people(body, "children")[1]["relationships"] == [{"to": "N1", "relation": "child"}]
    assert [witness["local_id"] for witness in people(body, "witnesses")] == ["OCC1/witness/1"]
    assert body["unresolved"] == []


def people(body: Body, role: str) -> list[Body]:
    found = body[role]
    assert isinstance(found, list)
    return [person for person in found if isinstance(person, dict)]


BOTH = {"victim_given": "Ann", "suspect_given": "Bob", "relationship": "Partner"}
ROLES = {
    "as the columns say": ({}, (1, 1, 0), []),
    "as the codes say": ({"victim_role": "P_004", "suspect_role": "P_001"}, (1, 1, 0), []),
    "both alleged": ({"victim_role": "P_012", "suspect_role": "P_012"}, (0, 0, 2), []),
    "one in dispute": ({"suspect_role": "P_012"}, (1, 0, 1), []),
    "swapped": ({"victim_role": "P_002"}, (0, 1, 1), ["unlikely-role"]),
    "a code nobody knows": ({"suspect_role": "P_099"}, (1, 0, 1), ["unknown-code"]),
}


@pytest.mark.parametrize(("row", "counts", "warnings"), ROLES.values(), ids=ROLES)
def test_a_role_that_is_not_plain_is_left_for_a_person_to_judge(
    row: dict[str, str], counts: tuple[int, int, int], warnings: list[str]
) -> None:
    reading = read_row(INCIDENTS, **BOTH, **row)

    body = reading.events[0].body
    found = tuple(len(people(body, role)) for role in ("victims", "perpetrators", "unresolved"))
    ids = {
        person["local_id"]
        for role in ("victims", "perpetrators", "unresolved")
        for person in people(body, role)
    }
    assert found == counts
    assert ids == {"OCC1/victim/1", "OCC1/perpetrator/1"}
    assert list(reading.warnings) == warnings


NOBODY = {
    "nothing": ({}, []),
    "a role": ({"suspect_role": "P_003"}, []),
    "a role and a gender": ({"suspect_role": "P_003", "suspect_gender": "M"}, []),
    "an address": ({"suspect_role": "P_003", "suspect_town": "Fenby"}, ["nobody-named"]),
    "a tie": ({"suspect_role": "P_003", "relationship": "Partner"}, ["relationship-alone"]),
}


@pytest.mark.parametrize(("row", "warnings"), NOBODY.values(), ids=NOBODY)
def test_an_unknown_suspect_is_nobody(row: dict[str, str], warnings: list[str]) -> None:
    reading = read_row(INCIDENTS, victim_given="Ann", **row)

    body = reading.events[0].body
    assert body["perpetrators"] == []
    assert people(body, "victims")[0]["relationships"] == []
    assert list(reading.warnings) == warnings


def test_answers_are_in_the_order_of_the_instrument_and_an_empty_one_was_not_asked() -> None:
    body = body_of(DASHES, **FULL["dash"])

    answers = body["answers"]
    assert isinstance(answers, list)
    assert [answer["code"] for answer in answers if isinstance(answer, dict)] == [
        f"D{number:02}" for number in range(1, 25)
    ]
    assert answers[:4] == [
        {"code": "D01", "answer": "yes"},
        {"code": "D02", "answer": "no"},
        {"code": "D03", "answer": "dont_know"},
        {"code": "D04", "answer": "not_asked"},
    ]
    assert (body["score"], body["instrument"]) == (2, "dash-police-2009")


def test_few_ticks_never_lower_a_grade() -> None:
    body = body_of(DASHES, risk_grade="H", professional_judgement="Y")

    assert (body["score"], body["risk_grade"], body["professional_judgement"]) == (0, "high", True)


def test_a_row_without_a_version_is_known_by_what_it_says() -> None:
    first, again, other = read(
        INCIDENTS,
        export(INCIDENTS, {"version": ""}, {"version": ""}, {"version": "", "injuries": "x"}),
    )

    data = export(INCIDENTS, {"version": ""}).decode().splitlines()[1]
    digest = hashlib.sha256("\x1f".join(data.split(",")).encode()).hexdigest()
    assert first.events[0].source.version == digest
    assert first.events[0].id == again.events[0].id != other.events[0].id


rows = st.fixed_dictionaries(
    {"reference": st.text("ABC123", min_size=1, max_size=5), "version": st.text("12", max_size=1)},
    optional=dict.fromkeys(("account", "victim_given"), st.text('ab\n", é', max_size=8)),
)


@given(st.lists(rows, max_size=5))
def test_the_same_bytes_give_the_same_events(found: list[dict[str, str]]) -> None:
    data = export(INCIDENTS, *found)

    once, again = read(INCIDENTS, data), read(INCIDENTS, BOM + data)

    assert [each.events for each in once] == [each.events for each in again]
    assert [each.events[0].id for each in once] == [each.events[0].id for each in again]


@given(st.lists(rows, max_size=3), st.sampled_from(["version", "", "31/31/2025 99:99"]))
def test_one_unreadable_row_loses_no_other(found: list[dict[str, str]], cell: str) -> None:
    good = read(INCIDENTS, export(INCIDENTS, *found, *found))

    mixed = read(INCIDENTS, export(INCIDENTS, *found, {"reported_at": cell}, *found))

    assert [each.events for each in mixed if not each.unreadable] == [each.events for each in good]
    assert [bool(each.unreadable) for each in mixed].count(True) == 1


def test_what_is_set_aside_is_the_smallest_file_that_holds_it() -> None:
    data = BOM + export(INCIDENTS, {}, {"occurred_at": "bad", "account": "one\ntwo"}, {})

    readings = read(INCIDENTS, data)

    bad = readings[1]
    assert bad.raw.startswith(BOM + heading_of(INCIDENTS))
    assert bad.raw == BOM + export(INCIDENTS, {"occurred_at": "bad", "account": "one\ntwo"})
    assert [reading.raw for reading in readings if not reading.unreadable] == [
        BOM + export(INCIDENTS, {})
    ] * 2


def test_a_column_that_is_missing_or_unknown_is_warned_of_once() -> None:
    data = export(INCIDENTS, {}, {}, without=["victim_nhs"]).replace(b"V_SEX", b"V_GENDER")

    first, second = read(INCIDENTS, data)

    assert first.warnings == ("column-missing", "column-missing", "column-unmapped")
    assert second.warnings == ()


def test_a_fault_of_ours_costs_one_row() -> None:
    def trip(_row: object) -> Body:
        raise KeyError("a secret")

    broken = CsvFormat(INCIDENTS.layout, INCIDENTS.event_type, trip)

    (reading,) = read(broken, export(INCIDENTS, {}))

    assert reading.unreadable is not None
    assert reading.unreadable.reason is Reason.HANDLER_BUG
    assert reading.unreadable.detail == "line 2: KeyError"


def test_a_delivery_without_a_zone_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="zone"):
        list(INCIDENTS.read_bytes(export(INCIDENTS, {}), RECEIVED_AT.replace(tzinfo=None)))


@pytest.mark.parametrize("of", FORMATS.values(), ids=FORMATS)
def test_no_cell_is_found_in_what_is_said_of_a_row(of: CsvFormat) -> None:
    names = {**of.layout.columns, **of.layout.answers}
    every = {name: f"Canary{number}" for number, name in enumerate(names)}
    one_by_one = [{name: every[name]} for name in names]
    broken = export(of, *one_by_one).replace(b"Canary", b'Can"ary')

    readings = [*read(of, export(of, every, *one_by_one)), *read(of, broken)]

    said = [f"{reading.unreadable} {reading.warnings}" for reading in readings]
    assert any(reading.unreadable for reading in readings)
    assert any(reading.warnings for reading in readings)
    assert not [text for text in said if re.search("Can.?ary", text)]
    codes = set(chain.from_iterable(reading.warnings for reading in readings))
    assert all(re.fullmatch("[a-z-]+", code) for code in codes)
