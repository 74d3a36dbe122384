"""What a recipient may have of an event follows from the event, from what is known, and from the register."""

from dataclasses import replace
from typing import Any

import pytest

from hub.disclose.plan import Planner
from hub.disclose.verdict import Circumstances, Past, Verdict, verdict, verdicts
from hub.model.agency import AgencyId
from hub.model.event import EventId, EventType
from hub.model.recipient import Recipient
from tests.unit.disclose.bodies import BUNDLE, EVENT_DATE, SCHEMAS, TODAY

KIND = EventType("incident-reported")
PLANNER = Planner(BUNDLE, TODAY)
SOURCE = AgencyId("dunmoor-police")
POLICE, SCHOOL, HOMES = (
    BUNDLE.recipients[AgencyId(name)] for name in ("fenmarch-police", "osham-primary", "fenmarch-homes")
)  # fmt: skip
PAST = Past(EventId("e"), KIND, SOURCE, EVENT_DATE, (), frozenset({POLICE.id}))
NOTHING: frozenset[AgencyId] = frozenset()
KNOWN = Circumstances("high", "given", NOTHING, NOTHING, NOTHING)


def decided(
    recipient: Recipient = POLICE, past: Past = PAST, known: Circumstances = KNOWN
) -> Verdict:
    return verdict(past, known, recipient, SCHEMAS[KIND], PLANNER)


def test_who_has_a_part_in_an_event_is_told_of_it() -> None:
    assert decided().discloses


WITHHELD: dict[str, dict[str, Any]] = {
    "what its source took back": {"past": replace(PAST, withdrawn=True)},
    "to a recipient that is suspended": {"recipient": replace(POLICE, status="suspended")},
    "to one with no part in it": {"past": replace(PAST, named=frozenset({HOMES.id}))},
    "near the perpetrator": {"known": replace(KNOWN, perpetrator_links=frozenset({POLICE.id}))},
    "under a conflict": {"known": replace(KNOWN, conflicts=frozenset({POLICE.id}))},
}


@pytest.mark.parametrize("change", WITHHELD.values(), ids=WITHHELD)
def test_it_is_not_disclosed(change: dict[str, Any]) -> None:
    assert not decided(**change).discloses


def test_what_bars_another_bars_nobody_else() -> None:
    others = frozenset({HOMES.id})

    assert decided(known=replace(KNOWN, conflicts=others, perpetrator_links=others)).discloses


INVOLVED: dict[str, tuple[Circumstances, frozenset[AgencyId], str]] = {
    "none": (KNOWN, NOTHING, "none"),
    "another is named": (KNOWN, frozenset({SOURCE}), "none"),
    "named": (KNOWN, frozenset({HOMES.id, SCHOOL.id}), "named"),
    "supplied": (replace(KNOWN, suppliers=frozenset({HOMES.id})), NOTHING, "supplied"),
    "invited": (replace(KNOWN, invited=frozenset({HOMES.id})), NOTHING, "invited"),
}


@pytest.mark.parametrize(("known", "named", "involvement"), INVOLVED.values(), ids=INVOLVED)
def test_an_organisation_is_involved(
    known: Circumstances, named: frozenset[AgencyId], involvement: str
) -> None:
    found = decided(HOMES, replace(PAST, named=named), known)

    assert found.context.involvement == involvement


@pytest.mark.parametrize("part", ["suppliers", "invited"])
def test_a_school_has_no_part_in_an_event_that_does_not_name_it(part: str) -> None:
    known = replace(KNOWN, **{part: frozenset({SCHOOL.id})})

    assert decided(SCHOOL, known=known).context.involvement == "none"
    named = replace(PAST, named=frozenset({SCHOOL.id}))
    assert decided(SCHOOL, named, known).context.involvement != "none"


def test_neither_its_source_nor_who_only_asks_is_sent_an_event() -> None:
    source = BUNDLE.recipients[SOURCE]
    asks_only = replace(HOMES, receives=False)
    told = [source, POLICE, asks_only]

    found = verdicts([(PAST, KNOWN)], told, {KIND: SCHEMAS[KIND]}, PLANNER)

    assert [each.recipient.id for each in found] == [POLICE.id]
