"""Plans: the structure rules, when nothing is sent, and what makes two plans the same."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from hub.disclose.decide import Decision
from hub.disclose.plan import Plan, Planner, treatments
from hub.disclose.rules import Effect
from hub.disclose.schema import SourceSchema
from hub.model.enquiry import Context
from hub.model.level import Level, Treatment
from tests.unit.disclose.bodies import AVRO, BUNDLE, SCHEMAS, TODAY, context
from tests.unit.disclose.made import bundle, forbid, giving, permit, receive, rule

WITHHOLD, MASK, GENERALISE, FULL = Level.WITHHOLD, Level.MASK, Level.GENERALISE, Level.FULL
INCIDENT = SCHEMAS["incident-reported"]
ASKING = context("fenmarch-police")
SEEN = {"SHAREABLE_SUMMARY": FULL}
"""Something that makes a plan worth sending, whatever else is in it."""


def plan(
    levels: dict[str, Level], asking: Context = ASKING, schema: SourceSchema = INCIDENT
) -> Plan:
    return Planner(giving(SEEN | levels), TODAY).plan(schema, asking)


def shown(found: Plan, start: str = "") -> dict[str, str]:
    """What a plan gives below a path."""
    return {
        path: str(treatment)
        for path, treatment in found.treatments.items()
        if path.startswith(start) and treatment is not Treatment.WITHHOLD
    }


def test_every_leaf_has_a_treatment() -> None:
    found = plan({})

    assert found.treatments.keys() == INCIDENT.leaves.keys()
    assert shown(found) == {"shareable_summary": "full"}


def test_a_field_with_two_tags_needs_both() -> None:
    assert shown(plan({"INCIDENT_LOCATION": FULL}), "place") == {}
    assert "place.line1" in shown(
        plan({"INCIDENT_LOCATION": FULL, "VICTIM_LOCATION": FULL}), "place"
    )


def test_a_field_gets_the_best_treatment_it_declares_at_or_below_its_level() -> None:
    place = {"INCIDENT_LOCATION": FULL}
    name = {"VICTIM": FULL}

    assert shown(plan(place | {"VICTIM_LOCATION": GENERALISE}), "place") == {
        "place.postcode": "generalise"
    }
    assert shown(plan(place | {"VICTIM_LOCATION": MASK}), "place") == {}
    assert shown(plan(name | {"VICTIM_IDENTITY": GENERALISE}), "victims.names") == {
        "victims.names.given": "mask",
        "victims.names.family": "mask",
    }
    assert shown(plan(name | {"LOCAL_KEY": FULL}), "victims.local_id") == {
        "victims.local_id": "full"
    }
    assert shown(plan(name | {"LOCAL_KEY": MASK}), "victims.local_id") == {
        "victims.local_id": "pseudonymise"
    }


def test_enums_and_flags_are_given_in_full_or_not_at_all() -> None:
    found = plan({"VICTIM": FULL, "VICTIM_IDENTIFIER": GENERALISE, "ALLEGATION": GENERALISE})

    assert shown(found, "kind") == {}
    assert shown(found, "victims.identifiers") == {"victims.identifiers.value": "pseudonymise"}


def test_a_list_is_closed_unless_its_own_level_is_full() -> None:
    names = {"VICTIM_IDENTITY": FULL}

    assert shown(plan(names | {"VICTIM": GENERALISE}), "victims") == {}
    assert shown(plan(names | {"VICTIM": FULL}), "victims.names") != {}


def test_a_list_whose_length_may_generalise_is_open_at_generalise_but_not_at_mask() -> None:
    assert shown(plan({"VICTIM": FULL, "VICTIM_IDENTITY": MASK}), "victims.names") == {}
    assert shown(plan({"VICTIM": FULL, "VICTIM_IDENTITY": GENERALISE}), "victims.names") != {}


def test_a_list_without_that_declaration_needs_full() -> None:
    assert shown(plan({"VICTIM": FULL, "VICTIM_CONTACT": GENERALISE}), "victims.contacts") == {}


def test_a_list_of_plain_values_is_given_in_full_or_not_at_all() -> None:
    schema = SCHEMAS["referral-made"]

    assert "criteria" not in shown(plan({"RISK": GENERALISE}, schema=schema))
    assert shown(plan({"RISK": FULL}, schema=schema), "criteria") == {"criteria": "full"}


AGE = {"VICTIM": FULL, "VICTIM_IDENTITY": GENERALISE}


@pytest.mark.parametrize(
    ("time", "born"),
    [(FULL, "generalise"), (GENERALISE, "generalise"), (MASK, None), (WITHHOLD, None)],
)
def test_an_age_band_needs_the_day_of_the_event_in_the_plan(time: Level, born: str | None) -> None:
    found = plan(AGE | {"EVENT_TIME": time})

    assert shown(found).get("victims.born") == born


def test_a_day_that_is_masked_is_not_in_the_plan() -> None:
    def day(name: str, tag: str, **how: object) -> dict[str, object]:
        kind = {"type": "int", "logicalType": "date"}
        return {"name": name, "type": kind, "confluent:tags": [tag], **how}

    on = day("on", "EVENT_TIME", **{"hub:event-date": True, "hub:mask": "fixed"})
    born = day("born", "VICTIM", **{"hub:generalise": "age-band"})
    made = {"type": "record", "name": "Made", "fields": [on, born]}
    schema = SourceSchema.parse("incident-reported", made)

    levels = {"VICTIM": GENERALISE}

    assert treatments_of(schema, levels | {"EVENT_TIME": FULL}) == {
        "on": "full",
        "born": "generalise",
    }
    assert treatments_of(schema, levels | {"EVENT_TIME": GENERALISE})["born"] == "withhold"
    assert treatments_of(schema, levels | {"EVENT_TIME": MASK}) == {
        "on": "mask",
        "born": "withhold",
    }


def treatments_of(schema: SourceSchema, levels: dict[str, Level]) -> dict[str, str]:
    decisions = {tag: Decision(level) for tag, level in levels.items()}
    found = treatments(schema, decisions, BUNDLE.vocabulary)
    return {path: str(treatment) for path, treatment in found.items()}


def test_a_schema_that_does_not_say_which_day_is_the_events_gets_no_age_bands() -> None:
    changed = {**AVRO["incident-reported"]}
    changed["fields"] = [
        {key: value for key, value in field.items() if key != "hub:event-date"}
        for field in changed["fields"]
    ]

    found = plan(
        AGE | {"EVENT_TIME": FULL}, schema=SourceSchema.parse("incident-reported", changed)
    )

    assert "victims.born" not in shown(found)


def test_a_transform_that_the_vocabulary_has_not_is_not_used() -> None:
    made = giving(SEEN | {"INCIDENT_LOCATION": FULL, "VICTIM_LOCATION": GENERALISE})
    poorer = replace(made, vocabulary=replace(made.vocabulary, transforms=frozenset({"hmac"})))

    assert shown(Planner(poorer, TODAY).plan(INCIDENT, ASKING), "place") == {}


def test_a_tag_that_the_vocabulary_has_not_withholds() -> None:
    changed = {**AVRO["incident-reported"]}
    changed["fields"] = [
        {**field, "confluent:tags": [*field["confluent:tags"], "NEW_TAG"]}
        if field["name"] == "risk_grade"
        else field
        for field in changed["fields"]
    ]
    schema = SourceSchema.parse("incident-reported", changed)

    assert "risk_grade" in shown(plan({"RISK": FULL}))
    assert "risk_grade" not in shown(plan({"RISK": FULL}, schema=schema))


TIMES_AND_SOURCE = {"EVENT_TIME": FULL, "SOURCE_AGENCY": FULL, "HUB_INTERNAL": FULL}
ENVELOPES = [
    TIMES_AND_SOURCE | {"VICTIM_LOCATION": FULL},
    TIMES_AND_SOURCE | {"VICTIM": FULL, "LOCAL_KEY": MASK},
]


@pytest.mark.parametrize("levels", ENVELOPES)
def test_an_envelope_alone_is_suppressed(levels: dict[str, Level]) -> None:
    found = Planner(giving(levels), TODAY).plan(INCIDENT, ASKING)

    assert found.outcome == "suppressed"
    assert set(found.treatments.values()) == {Treatment.WITHHOLD}


@pytest.mark.parametrize("levels", ENVELOPES)
def test_one_field_of_content_is_worth_sending(levels: dict[str, Level]) -> None:
    found = Planner(giving(levels | SEEN), TODAY).plan(INCIDENT, ASKING)

    assert found.outcome == "disclosed"
    assert len(shown(found)) > 1


def test_an_event_that_may_not_be_sent_is_suppressed_and_shows_no_field() -> None:
    made = bundle(permit("a", FULL, "SHAREABLE_SUMMARY"))

    found = Planner(made, TODAY).plan(INCIDENT, ASKING)

    assert found.outcome == "suppressed"
    assert set(found.treatments.values()) == {Treatment.WITHHOLD}
    assert found.reasons == {"event": ()}


@pytest.mark.parametrize(
    "attribute", ["agency", "role", "purpose", "lawful_basis", "consent", "risk", "involvement"]
)
def test_a_word_outside_the_vocabulary_is_refused(attribute: str) -> None:
    planner = Planner(giving(SEEN), TODAY)

    found = planner.plan(INCIDENT, replace(ASKING, **{attribute: "unheard-of"}))

    assert planner.plan(INCIDENT, ASKING).outcome == "disclosed"
    assert (found.outcome, found.outside) == ("refused", (attribute,))
    assert set(found.treatments.values()) == {Treatment.WITHHOLD}


def test_a_fact_of_the_hubs_own_is_withheld_in_a_word_outside_the_vocabulary() -> None:
    planner = Planner(giving({"VICTIM": FULL}), TODAY)

    assert planner.level(["VICTIM"], ASKING) is FULL
    assert planner.level(["VICTIM"], replace(ASKING, purpose="curiosity")) is WITHHOLD


def test_reasons_name_the_rules_of_each_step() -> None:
    made = giving(SEEN | {"VICTIM": FULL}, forbid("no-victim"))

    found = Planner(made, TODAY).plan(INCIDENT, ASKING)

    assert found.reasons["event"] == ("receive",)
    assert found.reasons["SHAREABLE_SUMMARY"] == ("gives-shareable_summary",)
    assert found.reasons["VICTIM"] == ("no-victim",)
    assert found.reasons["CHILD"] == ()


def test_a_plan_is_made_once_whatever_the_day_of_the_event() -> None:
    planner = Planner(BUNDLE, TODAY)

    first = planner.plan(INCIDENT, ASKING)

    assert planner.plan(INCIDENT, replace(ASKING, event_date=date(1999, 1, 1))) is first


DIFFERENT = [
    {"risk": "high"}, {"consent": "refused"}, {"involvement": "supplied"}, {"purpose": "marac"},
    {"lawful_basis": "vital-interests"}, {"agency": "idva"}, {"role": "idva"},
    {"conflict_of_interest": True}, {"perpetrator_link": None},
]  # fmt: skip


@pytest.mark.parametrize("change", DIFFERENT)
def test_every_other_attribute_is_part_of_the_question(change: dict[str, object]) -> None:
    made = bundle(
        *(receive(**{name: getattr(ASKING, name)}) for name in change),
        permit("a", FULL, "SHAREABLE_SUMMARY"),
    )
    planner = Planner(made, TODAY)

    assert planner.plan(INCIDENT, ASKING).outcome == "disclosed"
    assert planner.plan(INCIDENT, replace(ASKING, **change)).outcome == "suppressed"  # type: ignore[arg-type]


def test_a_plan_is_named_by_its_treatments_not_by_its_reasons() -> None:
    one = plan({"RISK": FULL})
    other = Planner(bundle(receive(), permit("z", FULL, "RISK", "SHAREABLE_SUMMARY")), TODAY).plan(
        INCIDENT, ASKING
    )

    assert one.id == other.id
    assert one.reasons != other.reasons
    assert plan({}).id != one.id


def test_the_same_treatments_of_another_schema_are_another_plan() -> None:
    changed = {**AVRO["incident-reported"], "doc": "changed"}

    other = plan({}, schema=SourceSchema.parse("incident-reported", changed))

    assert other.treatments == plan({}).treatments
    assert other.id != plan({}).id


def test_a_permit_that_ended_narrows_the_plan() -> None:
    made = giving(SEEN | {"RISK": FULL})
    ends = min(each.review_by for each in made.rules)

    assert Planner(made, ends).plan(INCIDENT, ASKING).outcome == "disclosed"
    assert Planner(made, ends + timedelta(days=1)).plan(INCIDENT, ASKING).outcome == "suppressed"


def test_a_forbid_on_events_leaves_nothing() -> None:

    no = rule("no", Effect.FORBID, "*", step="event", perpetrator_link=True)
    planner = Planner(giving(SEEN, no), TODAY)

    assert planner.plan(INCIDENT, ASKING).outcome == "disclosed"
    for link in (True, None):
        found = planner.plan(INCIDENT, replace(ASKING, perpetrator_link=link))
        assert (found.outcome, found.reasons["event"]) == ("suppressed", ("no",))
