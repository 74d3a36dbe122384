"""A pushed referral is the event that a connector would make of the same facts, and loses nothing."""

import csv
import io
from copy import deepcopy
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from hub.api.referral_event import event_body
from hub.api.referral_form import COMPLETE, SMALLEST, NewReferral
from hub.api.referral_gaps import WHY, gaps, why
from hub.bootstrap.connectors import formats_of
from hub.bootstrap.county import load_county
from hub.bootstrap.publisher import LogPublisher
from hub.model.agency import AgencyId
from hub.model.arrival import Arrival
from hub.model.event import Body, Event, EventType
from hub.stream.intake import Intake
from hub.stream.log import Record

AMBER = AgencyId("amber-door")
COUNTY = load_county()
NO_LOG: Any = None
RECEIVED = datetime(2026, 11, 24, 12, tzinfo=UTC)

ROW = {
    "Referral no": "AD/00041", "Date of referral": "24/11/2026 09:30", "Date of last incident": "22/11/2026 21:00",
    "MARAC criteria": "Professional judgement; Repeat", "Risk level": "High", "Consent to share": "No",
    "If no consent, why": "She fears reprisal.", "Client knows of referral": "Yes", "Client wishes": "No visit.",
    "Not safe to tell": "His sister.", "Notes": "He waits outside her work.", "Summary for partners": "Followed.",
    "Landlord": "Fenmarch Homes", "Client ID": "C-1041", "Client first name": "Ada", "Client surname": "Marsh",
    "Client previous surname": "Reed", "Client date of birth": "03/02/1990", "Client gender": "Female",
    "Client NHS number": "999 000 0018", "Client address": "1 Sedge Street", "Client town": "Osham",
    "Client postcode": "zf11ab", "Client phone": "01632 960958267", "Client safe phone": "07700 900123456",
    "Client safe times": "before ten", "Client job": "nurse", "Client employer": "Osham Hospital",
    "Client language": "Polish", "Perpetrator 1 first name": "Rex", "Perpetrator 1 surname": "Harrier",
    "Perpetrator 1 date of birth": "05/06/1988", "Perpetrator 1 gender": "Male",
    "Perpetrator 1 relationship to client": "Parent", "Child 1 first name": "Kit", "Child 1 surname": "Marsh",
    "Child 1 date of birth": "04/05/2018", "Child 1 school": "Osham Primary School",
}  # fmt: skip
"""What a charity's spreadsheet says."""

PUSHED: dict[str, Any] = {
    "system": "referrals.referrals", "reference": "AD/00041",
    "referred_at": "2026-11-24T09:30:00Z", "occurred_at": "2026-11-22T21:00:00Z",
    "criteria": ["professional_judgement", "repeat"], "risk_grade": "high", "consent": "refused",
    "no_consent_reason": "She fears reprisal.", "victim_aware": "yes", "wishes": "No visit.",
    "not_safe_to_tell": "His sister.", "reason": "He waits outside her work.", "shareable_summary": "Followed.",
    "organisations": [{"part": "landlord", "name": "Fenmarch Homes"}],
    "victim": {
        "id": "C-1041",
        "names": [{"given": "Ada", "family": "Marsh"}, {"kind": "former", "given": "Ada", "family": "Reed"}],
        "born": "1990-02-03", "gender": "female",
        "identifiers": [{"scheme": "nhs_number", "value": "999 000 0018", "checked": True}],
        "addresses": [{"line1": "1 Sedge Street", "town": "Osham", "postcode": "zf11ab"}],
        "contacts": [{"channel": "telephone", "value": "01632 960958267"}],
        "safe_contacts": [{"channel": "telephone", "value": "07700 900123456", "hours": "before ten"}],
        "occupation": "nurse", "employer": "Osham Hospital", "language": "Polish",
    },
    "perpetrators": [
        {"names": [{"given": "Rex", "family": "Harrier"}], "born": "1988-06-05", "gender": "male",
         "relationship": "parent"},
    ],
    "children": [
        {"names": [{"given": "Kit", "family": "Marsh"}], "born": "2018-05-04", "school": "Osham Primary School"},
    ],
}  # fmt: skip
"""The same, as its system pushes it."""


def form(said: dict[str, Any]) -> NewReferral:
    return NewReferral.model_validate(said)


def pushed(**changes: Any) -> Any:
    return event_body(form({**deepcopy(COMPLETE), **changes}), AMBER)


def by_connector(row: dict[str, str]) -> Body:
    (referrals,) = formats_of("amber-door", "referrals")
    sheet = io.StringIO()
    writer = csv.DictWriter(sheet, list(row))
    writer.writeheader()
    writer.writerow(row)
    (reading,) = referrals.read_bytes(sheet.getvalue().encode(), RECEIVED)
    assert reading.unreadable is None
    (event,) = reading.events
    assert event.type == "referral-made"
    return event.body


def parts(value: object) -> Any:
    """Give an event without its version, which a spreadsheet does not have."""
    assert isinstance(value, dict)
    source = {name: part for name, part in value["source"].items() if name != "version"}
    return {**value, "source": source}


def test_it_equals_what_the_charitys_connector_makes_of_the_same_facts() -> None:
    assert parts(event_body(form(PUSHED), AMBER)) == parts(by_connector(ROW))


@pytest.mark.parametrize(
    "said", [COMPLETE, SMALLEST, {"reference": "R", "referred_at": "2026-01-02T03:04:05+01:00"}]
)
def test_it_fits_the_schema(said: dict[str, Any]) -> None:
    body = event_body(form(said), AMBER)

    encoded = COUNTY.codec.encode(COUNTY.registry.latest["referral-made"], body)

    assert COUNTY.codec.decode(encoded) == body


def test_an_age_is_a_day_of_birth_by_estimate() -> None:
    (he,) = pushed()["perpetrators"]

    assert he["born_accuracy"] == "estimated"
    assert date(1989, 11, 24) < he["born"] < date(1990, 11, 25)


def test_no_way_is_called_safe_where_contact_is_not() -> None:
    way = {"channel": "telephone", "value": "07700 900123456"}
    asked = form({**SMALLEST, "victim": {"names": [{"given": "Bea"}], "safe_to_contact": "no", "safe_contacts": [way]}})  # fmt: skip

    body: Any = event_body(asked, AMBER)
    (she,) = body["victims"]

    assert she["safe_contacts"] == []
    assert [each["value"] for each in she["contacts"]] == ["07700900123456"]
    assert "/victim/safe_contacts contradicted" in shown(asked)


def test_what_the_event_has_no_field_for_is_in_the_account() -> None:
    way = {"channel": "email", "value": "sam@example.org", "hours": "office hours"}
    body = pushed(
        referrer={"name": "Sam Teasel", "contacts": [way]},
        perpetrators=[{"addresses": [{"line1": "9 Lode Lane", "postcode": "ZF1 9AB"}], "relationship": "partner"}],
        perpetrator_unknown_reason="She would not say.",
        fears="Him and his brother.",
        safe_to_tell="Her mother.",
        victim_aware="no",
        not_aware_reason="She could not be reached.",
        earlier_referral_on="2026-01-05",
        heard_elsewhere=[{"marac": "Dunmoor", "heard_on": "2026-02-05"}, {"marac": "Elsewhere"}],
    )  # fmt: skip

    assert body["perpetrators"] == []
    account = str(body["account"]).splitlines()
    assert account == [
        COMPLETE["reason"],
        "Referred by: Sam Teasel; sam@example.org, office hours",
        "Safe to contact the victim: yes",
        "Perpetrator not named, because: She would not say.",
        "Perpetrator 1, not named: partner, 9 Lode Lane, ZF1 9AB",
        "Whom the victim fears: Him and his brother.",
        "Safe to talk to: Her mother.",
        "The victim does not know, because: She could not be reached.",
        "Referred before on: 2026-01-05",
        "Heard at the MARAC of: Dunmoor, 2026-02-05",
        "Heard at the MARAC of: Elsewhere",
    ]


def test_a_wrong_check_digit_is_not_checked() -> None:
    number = {"scheme": "nhs_number", "value": "9990000019", "checked": True}

    (she,) = pushed(victim={"identifiers": [number]})["victims"]

    assert she["identifiers"] == [
        {"scheme": "nhs_number", "value": "9990000019", "verified": False}
    ]


def test_a_child_of_whom_nothing_is_known_is_a_child() -> None:
    body = pushed(children=[{}])

    (child,) = body["children"]
    assert child["relationships"] == [{"to": "C-1041", "relation": "child"}]


def test_a_child_stands_to_each_perpetrator_in_their_order() -> None:
    two = [{"names": [{"given": "Rex"}]}, {"names": [{"given": "Vic"}]}]

    body = pushed(perpetrators=two, children=[{"to_perpetrators": ["child", "other_family"]}])

    (child,) = body["children"]
    assert child["relationships"][1:] == [
        {"to": f"{COMPLETE['reference']}/perpetrator/1", "relation": "child"},
        {"to": f"{COMPLETE['reference']}/perpetrator/2", "relation": "other_family"},
    ]


def shown(asked: NewReferral) -> list[str]:
    return [f"{each.pointer} {each.code}" for each in gaps(asked)]


EVERY_GAP = [
    "/referrer missing", "/victim/names missing", "/victim/born missing", "/victim/safe_to_contact missing",
    "/victim/safe_contacts missing", "/perpetrators missing", "/children missing", "/reason missing",
    "/criteria missing", "/victim_aware missing", "/consent missing",
]  # fmt: skip


def test_what_is_complete_has_no_gap_and_what_says_nothing_has_every_one() -> None:
    nothing = {name: SMALLEST[name] for name in ("reference", "referred_at")}

    assert shown(form(COMPLETE)) == []
    assert shown(form(nothing)) == EVERY_GAP


GAPS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "no way to the referrer": ({"referrer": {"name": "Sam"}}, ["/referrer/contacts missing"]),
    "an age is enough": ({"victim": {**COMPLETE["victim"], "born": None, "age": 36}}, []),
    "no safe way, and why": (
        {"victim": {**COMPLETE["victim"], "safe_contacts": [], "no_safe_contact_reason": "He reads it."}}, []),
    "no safe way": ({"victim": {**COMPLETE["victim"], "safe_contacts": []}}, ["/victim/safe_contacts missing"]),
    "nobody named, and why": ({"perpetrators": [], "perpetrator_unknown_reason": "She would not say."}, []),
    "nobody named": ({"perpetrators": []}, ["/perpetrators missing"]),
    "a perpetrator without a name": ({"perpetrators": [{"age": 40}]}, ["/perpetrators/0/names not_named"]),
    "no children": ({"children": []}, []),
    "a judgement that is not written out": ({"reason": None}, ["/reason reason_missing"]),
    "no criterion is met": ({"criteria": []}, []),
    "refused, and why": ({"consent": "refused", "no_consent_reason": "A child is in danger."}, []),
    "refused": ({"consent": "refused"}, ["/no_consent_reason reason_missing"]),
    "not aware, and why": ({"victim_aware": "no", "not_aware_reason": "Not reached."}, []),
    "not aware": ({"victim_aware": "no"}, ["/not_aware_reason reason_missing"]),
    "nobody knows whether aware": ({"victim_aware": "unknown"}, ["/victim_aware missing"]),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "found"), GAPS.values(), ids=GAPS)
def test_a_gap_is_found_and_a_reason_fills_it(changes: dict[str, Any], found: list[str]) -> None:
    asked = form({**COMPLETE, **changes})

    assert shown(asked) == found
    assert all(why(each) in WHY.values() for each in gaps(asked))


texts = st.text(max_size=30)
anything = st.fixed_dictionaries(
    {"reference": texts, "reason": texts, "wishes": texts},
    optional={"victim": st.fixed_dictionaries({"id": texts, "employer": texts, "language": texts})},
)


@given(anything)
def test_whatever_is_accepted_can_be_read_by_ingest(said: dict[str, Any]) -> None:
    try:
        asked = form({"referred_at": "2026-11-24T09:30:00Z", **said})
    except ValidationError:
        return
    event = Event(EventType("referral-made"), event_body(asked, AMBER), RECEIVED)
    message = LogPublisher(NO_LOG, COUNTY.codec).event(event)

    found = Intake(COUNTY.codec).read(
        message.topic, Record(message.key, message.value, message.headers)
    )

    assert isinstance(found, Arrival)
    assert found.event == event
