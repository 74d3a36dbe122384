"""Which kind of event reaches which type of agency, by the shipped policies: one table, looked at whole.

Every event names everybody in the register and comes from a force that does not, so that what an
agency does not get, its rules withhold. The table is written by hand: a rule that widens fails here.
"""

import pytest

from hub.model.event import Body, Event
from hub.model.level import Treatment
from hub.synth.extremes import EVENT_TYPES, smallest
from tests.made_events import (
    AMBER,
    CHILDREN,
    DUNMOOR,
    FENMARCH,
    HOMES,
    HOSPITAL,
    IDVA,
    KESTREL,
    NHS,
    PRACTICE,
    PROBATION,
    REGISTERED,
    SCHOOL,
    body_of,
    event_of,
    person,
    pupil,
    victim,
)
from tests.unit.ingest.memory import HubInMemory

POLICE, CHARITIES = {FENMARCH}, {AMBER, KESTREL}
CARE = {HOSPITAL, PRACTICE}
STATUTORY = POLICE | {CHILDREN}

ASKED_FOR = {  # medium risk, consent given
    "incident-reported": set(REGISTERED) - {DUNMOOR},
    "risk-assessed": STATUTORY | CARE | CHARITIES | {IDVA, HOMES},
    "referral-made": STATUTORY | CARE | CHARITIES | {IDVA, HOMES},
    "attendance-recorded": {CHILDREN, IDVA, PRACTICE},
    "concern-raised": STATUTORY | CARE,
    "support-recorded": STATUTORY | {IDVA},
    "order-recorded": STATUTORY | {IDVA, HOMES, PROBATION},
    "evidence-registered": POLICE,
    "outcome-recorded": POLICE | {PROBATION},
    "disclosure-application": POLICE,
    "case-heard": STATUTORY | {IDVA},
}
REFUSED = {  # medium risk, consent refused: those who act by statute, and the orders that bind him
    "incident-reported": STATUTORY | {SCHOOL},
    "risk-assessed": STATUTORY,
    "referral-made": STATUTORY,
    "attendance-recorded": {CHILDREN},
    "concern-raised": STATUTORY,
    "order-recorded": STATUTORY | {PROBATION},
    "evidence-registered": POLICE,
    "outcome-recorded": POLICE | {PROBATION},
    "disclosure-application": POLICE,
    "case-heard": STATUTORY,
}
OVERRIDDEN = REFUSED | {  # high risk, consent refused
    "incident-reported": set(REGISTERED) - {DUNMOOR},
    "risk-assessed": STATUTORY | CARE | CHARITIES | {IDVA, HOMES, PROBATION},
    "referral-made": STATUTORY | CARE | CHARITIES | {IDVA, HOMES},
    "order-recorded": STATUTORY | {IDVA, HOMES, PROBATION},
    "case-heard": STATUTORY | {IDVA},
}
PUPIL = pupil("N-3")
CASES = {
    "given, medium": ("given", "medium", ASKED_FOR),
    "refused, medium": ("refused", "medium", REFUSED),
    "withdrawn, medium": ("withdrawn", "medium", REFUSED),
    "refused, high": ("refused", "high", OVERRIDDEN),
    "withdrawn, high": ("withdrawn", "high", OVERRIDDEN),
}


def told(kind: str, consent: str, risk: str, **more: object) -> Event:
    """Make an event about Ann that names everybody, as far as its kind can name anybody."""
    ann = {
        "victims": [victim("N-1", nhs=NHS)], "children": [PUPIL], "consent": consent, "risk_grade": risk,
    }  # fmt: skip
    body = body_of("one", kind, agency=DUNMOOR, named=REGISTERED, **{**ann, **more})  # type: ignore[arg-type]
    return event_of({name: body[name] for name in smallest(kind)}, kind)


@pytest.mark.parametrize("kind", EVENT_TYPES)
@pytest.mark.parametrize(("consent", "risk", "reached"), CASES.values(), ids=CASES)
def test_a_kind_of_event_reaches_these_and_nobody_else(
    kind: str, consent: str, risk: str, reached: dict[str, set[str]]
) -> None:
    hub = HubInMemory()

    hub.take(told(kind, consent, risk))

    assert {recipient for recipient, _ in hub.standing} == reached.get(kind, set())


def test_a_school_that_is_named_is_given_the_child_and_the_day_and_no_more() -> None:
    hub = HubInMemory()
    event = told(
        "incident-reported", "refused", "high", perpetrators=[person("N-2", "Bob", "Other")]
    )

    hub.take(event)

    found = hub.has(SCHOOL, event)
    assert found
    given = {
        path for path, how in found.verdict.plan.treatments.items() if how is not Treatment.WITHHOLD
    }
    assert given == {
        "occurred_at", "reported_at", "children_present", "children.names.kind", "children.names.given",
        "children.names.family", "children.born", "children.born_accuracy", "children.gender",
    }  # fmt: skip


BROTHER = pupil("N-4", school="Saltby Church School")
TOO_YOUNG = person("N-5", "Lark", "Example")


def test_a_school_is_given_its_own_pupil_and_neither_a_brother_elsewhere_nor_one_at_none() -> None:
    hub = HubInMemory()
    event = told("incident-reported", "given", "high", children=[BROTHER, PUPIL, TOO_YOUNG])

    hub.take(event)

    found = hub.has(SCHOOL, event)
    assert found
    assert hub.wire.shares[found.value]["children"] == [PUPIL]


@pytest.mark.parametrize(
    "children", [[], [BROTHER], [BROTHER, TOO_YOUNG], [TOO_YOUNG, {**TOO_YOUNG, "local_id": "N-6"}]]
)
def test_a_school_that_is_named_hears_nothing_of_children_who_are_not_surely_its_own(
    children: list[Body],
) -> None:
    hub = HubInMemory()
    event = told("incident-reported", "given", "high", children=children)

    hub.take(event)

    assert hub.has(CHILDREN, event)
    assert not hub.has(SCHOOL, event)


def test_a_school_hears_of_an_only_child_of_whom_the_event_names_no_other_school() -> None:
    hub = HubInMemory()
    event = told("incident-reported", "given", "high", children=[TOO_YOUNG])

    hub.take(event)

    assert hub.has(SCHOOL, event)


@pytest.mark.parametrize("recipient", [HOSPITAL, PRACTICE, PROBATION, SCHOOL])
def test_an_agency_where_he_works_hears_of_nothing_whatever_the_kind(recipient: str) -> None:
    name = next(each.name for each in HubInMemory().hub.recipients if each.id == recipient)
    him = [person("N-2", "Bob", "Other", employer=name)]

    for kind in ASKED_FOR:
        hub = HubInMemory()
        hub.take(told(kind, "given", "high", perpetrators=him))
        assert recipient not in {each for each, _ in hub.standing}
