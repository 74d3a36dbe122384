"""Risk only rises, consent is the latest stated, and for several people what opens holds for each."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.assess.circumstances import (
    NARROWEST_FIRST,
    Risk,
    Statement,
    consent_in,
    consent_of,
    risk_in,
    risk_of,
)
from hub.model.event import Body, EventId
from hub.synth.stream import smallest

START = datetime(2026, 3, 5, 21, 0, tzinfo=UTC)


def statement(
    risk: Risk | None = None, consent: str | None = None, *, hour: int = 0, event: str = "e"
) -> Statement:
    return Statement(EventId(event), START + timedelta(hours=hour), risk, consent)


STATED = {
    "nothing": ({}, None),
    "a grade": ({"risk_grade": "medium"}, Risk.MEDIUM),
    "the lowest grade": ({"risk_grade": "standard"}, Risk.STANDARD),
    "the highest grade": ({"risk_grade": "high"}, Risk.HIGH),
    "ticks, which criteria count": ({"score": 14}, None),
    "a judgement, which a criterion heeds": ({"professional_judgement": True}, None),
}


@pytest.mark.parametrize(("said", "risk"), STATED.values(), ids=STATED)
def test_risk_is_read_as_it_was_graded(said: Body, risk: Risk | None) -> None:
    assert risk_in({**smallest("incident-reported"), **said}) is risk


@pytest.mark.parametrize(
    ("said", "word"),
    [(None, None), ("given", "given"), ("not_asked", "not-asked"), ("withdrawn", "withdrawn")],
)
def test_consent_is_read_in_the_words_of_the_vocabulary(said: str | None, word: str | None) -> None:
    assert consent_in({**smallest("incident-reported"), "consent": said}) == word


def test_the_highest_risk_ever_stated_stands() -> None:
    said = [statement(Risk.HIGH), statement(Risk.STANDARD, hour=1), statement(hour=2)]

    assert risk_of([said]) is Risk.HIGH


def test_where_nobody_graded_the_least_is_opened() -> None:
    assert risk_of([[statement()]]) is Risk.STANDARD
    assert risk_of([]) is Risk.STANDARD


def test_risk_has_to_be_high_for_each_of_several_people() -> None:
    high, medium = [statement(Risk.HIGH)], [statement(Risk.MEDIUM)]

    assert risk_of([high, medium]) is Risk.MEDIUM
    assert risk_of([high, []]) is Risk.STANDARD


def test_the_latest_consent_stands_whichever_it_is() -> None:
    given_first = [statement(consent="given"), statement(consent="withdrawn", hour=1)]
    refused_first = [statement(consent="refused"), statement(consent="given", hour=1)]

    assert consent_of([given_first]) == "withdrawn"
    assert consent_of([refused_first]) == "given"


def test_silence_takes_no_consent_back_and_gives_none() -> None:
    assert consent_of([[statement(consent="refused"), statement(hour=1)]]) == "refused"
    assert consent_of([[statement()]]) == "not-asked"
    assert consent_of([]) == "not-asked"


def test_the_narrowest_consent_stands_for_several_people() -> None:
    people = [[statement(consent=each)] for each in ("given", "withdrawn", "not-asked")]

    assert consent_of(people) == "withdrawn"
    assert consent_of([people[0], people[2]]) == "not-asked"
    assert consent_of([*people, [statement(consent="refused")]]) == "refused"


@pytest.mark.parametrize(("first", "second"), [("e1", "e2"), ("e2", "e1")])
def test_of_two_consents_stated_at_one_instant_the_narrower_stands(first: str, second: str) -> None:
    """A record's second version has the first one's time; the ids of the two are in no order."""
    said = [statement(consent="given", event=first), statement(consent="withdrawn", event=second)]

    assert consent_of([said]) == "withdrawn"


statements = st.builds(
    statement,
    st.sampled_from([None, *Risk]),
    st.sampled_from([None, *NARROWEST_FIRST]),
    hour=st.integers(0, 3),
    event=st.sampled_from("abcd"),
)
people = st.lists(st.lists(statements, max_size=5), max_size=3)


@given(people, st.lists(statements, max_size=4))
def test_more_statements_never_lower_the_risk(
    told: list[list[Statement]], more: list[Statement]
) -> None:
    assert risk_of([[*each, *more] for each in told]) >= risk_of(told)


@given(people, st.lists(statements, max_size=4))
def test_one_more_person_never_opens_anything(
    told: list[list[Statement]], one: list[Statement]
) -> None:
    if not told:
        return

    def narrowness(people_: Sequence[Sequence[Statement]]) -> int:
        return NARROWEST_FIRST.index(consent_of(people_))

    assert risk_of([*told, one]) <= risk_of(told)
    assert narrowness([*told, one]) <= narrowness(told)


@given(people, st.randoms(use_true_random=False))
def test_no_order_shows(told: list[list[Statement]], chance: Random) -> None:
    mixed = [chance.sample(each, len(each)) for each in chance.sample(told, len(told))]

    assert risk_of(mixed) is risk_of(told)
    assert consent_of(mixed) == consent_of(told)
