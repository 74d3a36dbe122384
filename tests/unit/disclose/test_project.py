"""Building the view of one event: only what the plan gives, and nothing left where nothing is given."""

import io
from collections import Counter
from dataclasses import replace
from datetime import date
from typing import Any

import fastavro
import pytest

from hub.disclose.plan import Plan, Planner
from hub.disclose.project import DisclosureHead, NothingToDisclose, project
from hub.disclose.view import disclosed_schema
from hub.model.enquiry import Context
from hub.model.level import Level, Treatment
from tests.unit.disclose.bodies import (
    AVRO,
    BUNDLE,
    EVENT_DATE,
    EVENTS,
    KEY,
    SCHEMAS,
    TODAY,
    Json,
    canaries,
    context,
    texts,
    typical,
)
from tests.unit.disclose.made import giving

WITHHOLD, MASK, GENERALISE, FULL = Level.WITHHOLD, Level.MASK, Level.GENERALISE, Level.FULL
INCIDENT = SCHEMAS["incident-reported"]
HEAD = DisclosureHead("disclosure-1", BUNDLE.version, "plan-1", "fenmarch-police")
VIEWS = {event: fastavro.parse_schema(disclosed_schema(AVRO[event])) for event in EVENTS}
EVERYTHING = dict.fromkeys(BUNDLE.vocabulary.tags, FULL)


def planned(levels: dict[str, Level], event: str = "incident-reported") -> Plan:
    return Planner(giving({"SHAREABLE_SUMMARY": FULL} | levels), TODAY).plan(
        SCHEMAS[event], context()
    )


def view(body: Json, plan: Plan, event: str = "incident-reported", **more: Any) -> Any:
    arguments = {"key": KEY, "disclosure": HEAD, "event_date": EVENT_DATE} | more
    return project(body, SCHEMAS[event], plan, **arguments)


def encoded(body: Json, plan: Plan, event: str = "incident-reported") -> bytes:
    buffer = io.BytesIO()
    fastavro.schemaless_writer(buffer, VIEWS[event], view(body, plan, event))
    return buffer.getvalue()


def test_it_opens_with_the_disclosure() -> None:
    assert view(typical(), planned({}))["_disclosure"] == {
        "disclosure_id": "disclosure-1",
        "policy_version": BUNDLE.version,
        "plan_id": "plan-1",
        "recipient": "fenmarch-police",
    }


def test_what_is_not_given_is_null_but_there() -> None:
    found = view(typical(), planned({}))

    assert found.pop("_disclosure")
    assert found.pop("shareable_summary") == typical()["shareable_summary"]
    assert found.keys() == {field["name"] for field in AVRO["incident-reported"]["fields"]} - {
        "shareable_summary"
    }
    assert set(found.values()) == {None}


def test_everything_given_is_the_event_itself() -> None:
    found = view(typical(), planned(EVERYTHING))

    assert found.pop("_disclosure")
    assert found == typical()


def test_nothing_given_is_the_events_own_object() -> None:
    body = typical()

    found = view(body, planned(EVERYTHING))
    found["victims"][0]["names"][0]["given"] = "changed"
    found["victims"].append({})

    assert body == typical()


def test_each_value_is_given_as_it_is_treated() -> None:
    levels = EVERYTHING | {
        "VICTIM_IDENTITY": GENERALISE, "LOCAL_KEY": MASK, "INCIDENT_LOCATION": GENERALISE, "EVENT_TIME": GENERALISE,
    }  # fmt: skip

    found = view(typical(), planned(levels))

    victim = found["victims"][0]
    assert victim["born"] == {"method": "age-band", "value": "35-44"}
    assert victim["names"] == [
        {"kind": None, "given": {"method": "initial", "value": "M"}, "family": {"method": "initial", "value": "O"}}
    ]  # fmt: skip
    assert victim["gender"] is None
    assert victim["local_id"]["method"] == "hmac"
    assert len(victim["local_id"]["value"]) == 24
    assert found["place"] == {
        "line1": None, "line2": None, "town": None, "postcode": {"method": "outcode", "value": "ZF1"},
    }  # fmt: skip
    assert found["occurred_at"] == {"method": "day", "value": "2026-03-05"}


def test_one_person_has_one_pseudonym_wherever_she_is_named() -> None:
    body = typical()
    body["perpetrators"][0]["relationships"] = [{"to": "v1", "relation": "ex_partner"}]

    found = view(body, planned(EVERYTHING | {"LOCAL_KEY": MASK}))
    other = view(body, planned(EVERYTHING | {"LOCAL_KEY": MASK}), key=b"another recipient's")

    mine = found["victims"][0]["local_id"]
    assert found["perpetrators"][0]["relationships"][0]["to"] == mine
    assert other["victims"][0]["local_id"] != mine


def test_an_age_band_is_that_of_the_events_day() -> None:
    plan = planned(EVERYTHING | {"VICTIM_IDENTITY": GENERALISE})

    later = view(typical(), plan, event_date=date(2070, 1, 1))

    assert later["victims"][0]["born"]["value"] == "75+"


def test_a_failed_transform_is_null_and_counted() -> None:
    body, failed = typical(), Counter[str]()
    body["place"]["postcode"] = "near the mill"
    levels = EVERYTHING | {"INCIDENT_LOCATION": GENERALISE}

    found = view(body, planned(levels), failed=failed)

    assert found["place"] is None
    assert failed == {"outcode": 1}


def test_a_record_of_which_nothing_is_left_is_as_one_that_is_not_there() -> None:
    plan = planned(EVERYTHING | {"INCIDENT_LOCATION": GENERALISE})
    there, not_there = typical(), typical()
    there["place"]["postcode"] = None
    not_there["place"] = None

    assert encoded(there, plan) == encoded(not_there, plan)


def test_an_open_list_keeps_its_length_and_a_closed_one_is_null() -> None:
    body = typical()
    body["victims"] *= 3

    opened = view(body, planned({"VICTIM": FULL, "LOCAL_KEY": MASK}))

    assert len(opened["victims"]) == 3
    assert view(body, planned({"VICTIM": GENERALISE, "LOCAL_KEY": MASK}))["victims"] is None


def test_a_list_of_which_the_plan_leaves_no_field_is_null() -> None:
    assert view(typical(), planned({"VICTIM": FULL}))["victims"] is None


def test_a_list_of_plain_values_is_given_anew() -> None:
    body = canaries("referral-made")[0]

    found = view(body, planned({"RISK": FULL}, "referral-made"), "referral-made")

    assert found["criteria"] == body["criteria"]
    assert found["criteria"] is not body["criteria"]


def test_a_field_that_an_older_body_lacks_is_null() -> None:
    body = typical()
    del body["crime_reference"], body["victims"][0]["names"], body["place"]

    found = view(body, planned(EVERYTHING))

    assert (found["crime_reference"], found["place"], found["victims"][0]["names"]) == (
        None,
        None,
        None,
    )


def test_what_is_not_of_the_schemas_shape_is_null_not_passed_on() -> None:
    body = typical() | {"place": "12 Sedge Lane", "victims": "Mirela Okonjo", "organisations": {}}

    found = view(body, planned(EVERYTHING))

    assert (found["place"], found["victims"], found["organisations"]) == (None, None, None)


@pytest.mark.parametrize("outcome", ["suppressed", "refused"])
def test_a_plan_that_gives_nothing_builds_nothing(outcome: str) -> None:
    plan = replace(planned(EVERYTHING), outcome=outcome)  # type: ignore[arg-type]

    with pytest.raises(NothingToDisclose):
        view(typical(), plan)


def test_a_plan_of_another_schema_builds_nothing() -> None:
    with pytest.raises(NothingToDisclose):
        view(typical(), planned(EVERYTHING, "risk-assessed"))


CASES: list[Context] = [
    context(recipient, risk=risk, consent=consent, involvement=involvement)
    for recipient in BUNDLE.recipients
    for risk in ("standard", "high")
    for consent in ("given", "refused", "not-asked")
    for involvement in ("named", "supplied")
]
PLANNER = Planner(BUNDLE, TODAY)
NEVER_SENT = {
    event
    for each in BUNDLE.never
    if each.step == "event" and {condition.attribute for condition in each.conditions} <= {"agency"}
    for event in each.on
}


@pytest.mark.parametrize("event", EVENTS)
def test_a_token_in_every_text_appears_only_where_it_is_given_in_full(event: str) -> None:
    body, tokens = canaries(event)
    disclosed = 0
    for asking in CASES:
        plan = PLANNER.plan(SCHEMAS[event], asking)
        if plan.outcome != "disclosed":
            continue
        disclosed += 1
        given = {
            token
            for path, found in tokens.items()
            if plan.treatments[path] is Treatment.FULL
            for token in found
        }
        wire = encoded(body, plan, event)
        assert {
            text for text in texts(view(body, plan, event)) if text.startswith("canary")
        } == given
        assert {t for found in tokens.values() for t in found if t.encode() in wire} == given
    assert disclosed > 5 or (event in NEVER_SENT and not disclosed)


@pytest.mark.parametrize("event", EVENTS)
def test_what_is_built_is_what_a_recipient_reads(event: str) -> None:
    body = canaries(event)[0]
    for asking in CASES:
        plan = PLANNER.plan(SCHEMAS[event], asking)
        if plan.outcome == "disclosed":
            read = fastavro.schemaless_reader(
                io.BytesIO(encoded(body, plan, event)), VIEWS[event], None
            )
            assert read == view(body, plan, event)
