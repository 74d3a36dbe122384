"""The level algebra: by example, and by what must hold whatever the rules."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.disclose.decide import (
    Decision,
    decide_event,
    decide_field,
    decide_tag,
    nearest_missing,
)
from hub.disclose.rules import Effect, Rule
from hub.disclose.vocabulary import outside
from hub.model.level import Level
from tests.unit.disclose.bodies import BUNDLE, TODAY, context
from tests.unit.disclose.made import REVIEW, cap, forbid, permit, receive, rule

WITHHOLD, MASK, GENERALISE, FULL = Level.WITHHOLD, Level.MASK, Level.GENERALISE, Level.FULL
ASKING = context("fenmarch-police")

ONE_TAG = {
    "nothing permits": ([], WITHHOLD, ""),
    "a permit gives": ([permit("a", MASK)], MASK, "a"),
    "the most generous permit": ([permit("a", MASK), permit("b", FULL)], FULL, "b"),
    "two that give alike": ([permit("a", MASK), permit("b", MASK)], MASK, "ab"),
    "a cap lowers": ([permit("a", FULL), cap("x", MASK)], MASK, "ax"),
    "the lowest cap": ([permit("a"), cap("x", MASK), cap("y", GENERALISE)], MASK, "ax"),
    "a looser cap": ([permit("a", MASK), cap("x", GENERALISE)], MASK, "a"),
    "a cap at the same level": ([permit("a", MASK), cap("x", MASK)], MASK, "a"),
    "a cap alone": ([cap("x", MASK)], WITHHOLD, ""),
    "a cap that leaves nothing": ([permit("a"), cap("x", WITHHOLD)], WITHHOLD, "x"),
    "a forbid": ([permit("a"), forbid("x")], WITHHOLD, "x"),
    "a forbid alone": ([forbid("x")], WITHHOLD, "x"),
    "a forbid beside a cap": ([permit("a"), forbid("x"), cap("y", MASK)], WITHHOLD, "x"),
    "another tag's permit": ([permit("a", FULL, "CHILD")], WITHHOLD, ""),
    "a forbid on every tag": ([permit("a"), forbid("x", "*")], WITHHOLD, "x"),
    "another agency": ([permit("a", agency="charity")], WITHHOLD, ""),
    "this agency": ([permit("a", agency={"charity", "police"})], FULL, "a"),
    "another role": ([permit("a", role="idva")], WITHHOLD, ""),
    "another purpose": ([permit("a", purpose="support")], WITHHOLD, ""),
    "another basis": ([permit("a", lawful_basis="consent")], WITHHOLD, ""),
    "more risk needed": ([permit("a", risk="high")], WITHHOLD, ""),
    "one condition of two": ([permit("a", purpose="safeguarding", risk="high")], WITHHOLD, ""),
    "both conditions": ([permit("a", purpose="safeguarding", risk="medium")], FULL, "a"),
    "a forbid that does not apply": ([permit("a"), forbid("x", consent="refused")], FULL, "a"),
    "a forbid that applies": ([permit("a"), forbid("x", consent="given")], WITHHOLD, "x"),
}


@pytest.mark.parametrize(("rules", "level", "reasons"), ONE_TAG.values(), ids=ONE_TAG)
def test_a_tag_is_decided(rules: list[Rule], level: Level, reasons: str) -> None:
    decision = decide_tag(ASKING, "VICTIM", rules, TODAY)

    assert decision == Decision(level, tuple(reasons))


@pytest.mark.parametrize(
    ("today", "level"), [(REVIEW, FULL), (REVIEW + timedelta(days=1), WITHHOLD)]
)
def test_a_permit_ends_after_its_review_date(today: date, level: Level) -> None:
    assert decide_tag(ASKING, "VICTIM", [permit("a")], today).level is level


@pytest.mark.parametrize("narrowing", [forbid("x"), cap("x", MASK)])
def test_a_forbid_and_a_cap_never_end(narrowing: Rule) -> None:
    long_lasting = permit("a", review_by=date.max)

    decision = decide_tag(ASKING, "VICTIM", [long_lasting, narrowing], date.max)

    assert decision.level < FULL


@pytest.mark.parametrize("flag", ["conflict_of_interest", "perpetrator_link"])
@pytest.mark.parametrize(("known", "level"), [(False, FULL), (True, WITHHOLD), (None, WITHHOLD)])
def test_an_unknown_conflict_or_link_counts_as_one(
    flag: str, known: bool | None, level: Level
) -> None:
    rules = [permit("a"), forbid("x", **{flag: True})]

    assert decide_tag(context(**{flag: known}), "VICTIM", rules, TODAY).level is level


def test_a_permit_for_those_without_conflict_does_not_reach_the_unknown() -> None:
    rules = [permit("a", conflict_of_interest=False)]

    assert decide_tag(context(conflict_of_interest=None), "VICTIM", rules, TODAY).level is WITHHOLD


EVENT = {
    "nothing permits": ([], WITHHOLD, ()),
    "permitted": ([receive()], FULL, ("receive",)),
    "a permit on a tag is none on an event": ([permit("a")], WITHHOLD, ()),
    "forbidden": (
        [receive(), rule("x", Effect.FORBID, "*", step="event")],
        WITHHOLD,
        ("x",),
    ),
    "another event forbidden": (
        [receive(), rule("x", Effect.FORBID, "recall", step="event")],
        FULL,
        ("receive",),
    ),
    "every tag forbidden": ([receive(), forbid("x", "*")], FULL, ("receive",)),
}


@pytest.mark.parametrize(("rules", "level", "reasons"), EVENT.values(), ids=EVENT)
def test_an_event_is_decided(rules: list[Rule], level: Level, reasons: tuple[str, ...]) -> None:
    assert decide_event(ASKING, "incident-reported", rules, TODAY) == Decision(level, reasons)


def test_the_strictest_tag_wins() -> None:
    decisions = {"VICTIM": Decision(FULL), "VICTIM_LOCATION": Decision(MASK)}

    assert decide_field(("VICTIM", "VICTIM_LOCATION"), decisions) is MASK


@pytest.mark.parametrize("tags", [(), ("VICTIM", "NOBODY_DECIDED")])
def test_no_tag_and_an_unknown_tag_withhold(tags: tuple[str, ...]) -> None:
    assert decide_field(tags, {"VICTIM": Decision(FULL)}) is WITHHOLD


@pytest.mark.parametrize(
    "attribute", ["agency", "role", "purpose", "lawful_basis", "consent", "risk", "involvement"]
)
def test_a_word_outside_the_vocabulary_is_seen(attribute: str) -> None:
    assert outside(ASKING, BUNDLE.vocabulary) == ()
    assert outside(replace(ASKING, **{attribute: "other"}), BUNDLE.vocabulary) == (attribute,)


MISSING = {
    "full": ([permit("a")], ""),
    "no permit": ([], "no rule gives police more"),
    "for others only": ([permit("a", agency="idva")], "no rule gives police more"),
    "one condition": ([permit("a", risk="high")], "risk high needed, was medium (a)"),
    "the nearest of two": (
        [permit("a", risk="high", purpose="marac"), permit("b", risk="high")],
        "risk high needed, was medium (b)",
    ),
    "a higher permit": (
        [permit("a", MASK), permit("b", FULL, consent="refused")],
        "consent refused needed, was given (b)",
    ),
    "held down": ([permit("a"), cap("x", MASK)], "held down by x"),
    "forbidden": ([permit("a"), forbid("x")], "held down by x"),
    "review over": (
        [permit("a", review_by=date(2026, 1, 1))],
        "review was due by 2026-01-01 (a)",
    ),
}


@pytest.mark.parametrize(("rules", "text"), MISSING.values(), ids=MISSING)
def test_what_is_missing_is_said(rules: list[Rule], text: str) -> None:
    assert nearest_missing(ASKING, "tag", "VICTIM", rules, TODAY) == text


def test_an_unknown_conflict_is_said_to_be_unknown() -> None:
    rules = [permit("a", conflict_of_interest=False)]

    found = nearest_missing(context(conflict_of_interest=None), "tag", "VICTIM", rules, TODAY)

    assert found == "conflict_of_interest false needed, was unknown (a)"


TAGS = ("VICTIM", "VICTIM_LOCATION", "CHILD")
tags = st.sampled_from(TAGS) | st.just("*")
levels = st.sampled_from(Level)
when = st.fixed_dictionaries(
    {},
    optional={
        "agency": st.sampled_from(["police", "charity"]),
        "risk": st.sampled_from([frozenset({"medium", "high"}), frozenset({"high"})]),
        "consent": st.sampled_from(["given", "refused"]),
        "conflict_of_interest": st.booleans(),
    },
)
days = st.sampled_from([date(2026, 1, 1), REVIEW])
permits = st.builds(
    lambda name, level, tag, day, when: permit(name, level, tag, review_by=day, **when),
    st.sampled_from("abc"), levels, st.sampled_from(TAGS), days, when,
)  # fmt: skip
narrowings = st.builds(
    lambda name, level, tag, when: cap(name, level, tag, **when),
    st.sampled_from("xy"), levels, tags, when,
) | st.builds(lambda tag, when: forbid("z", tag, **when), tags, when)  # fmt: skip
some_rules = st.lists(permits | narrowings, max_size=6)
contexts = st.builds(
    lambda risk, consent, conflict: context(
        risk=risk, consent=consent, conflict_of_interest=conflict
    ),
    st.sampled_from(["standard", "medium", "high"]),
    st.sampled_from(["given", "refused", "not-asked"]),
    st.sampled_from([True, False, None]),
)


@given(contexts, some_rules, st.permutations(TAGS), st.integers(0, 3))
def test_one_more_tag_never_shows_more(
    asking: object, rules: list[Rule], order: list[str], count: int
) -> None:
    decisions = {tag: decide_tag(asking, tag, rules, TODAY) for tag in TAGS}  # type: ignore[arg-type]

    fewer, more = order[:count], order[: count + 1]

    assert not fewer or decide_field(more, decisions) <= decide_field(fewer, decisions)


@given(contexts, some_rules, narrowings)
def test_one_more_forbid_or_cap_never_shows_more(
    asking: object, rules: list[Rule], narrowing: Rule
) -> None:
    for tag in TAGS:
        before = decide_tag(asking, tag, rules, TODAY).level  # type: ignore[arg-type]
        assert decide_tag(asking, tag, [*rules, narrowing], TODAY).level <= before  # type: ignore[arg-type]


@given(contexts, some_rules, permits)
def test_one_permit_less_never_shows_more(asking: object, rules: list[Rule], more: Rule) -> None:
    for tag in TAGS:
        before = decide_tag(asking, tag, [*rules, more], TODAY).level  # type: ignore[arg-type]
        assert decide_tag(asking, tag, rules, TODAY).level <= before  # type: ignore[arg-type]


@given(contexts, some_rules)
def test_a_day_later_never_shows_more(asking: object, rules: list[Rule]) -> None:
    for tag in TAGS:
        before = decide_tag(asking, tag, rules, TODAY).level  # type: ignore[arg-type]
        assert decide_tag(asking, tag, rules, REVIEW + timedelta(days=1)).level <= before  # type: ignore[arg-type]


@given(contexts, some_rules)
def test_a_forbid_outweighs_everything(asking: object, rules: list[Rule]) -> None:
    found = decide_tag(asking, "VICTIM", [*rules, forbid("last")], TODAY)  # type: ignore[arg-type]

    assert found.level is WITHHOLD
    assert "last" in found.reasons


@given(contexts, st.lists(permits | narrowings, max_size=4))
def test_order_carries_no_meaning(asking: object, rules: list[Rule]) -> None:
    found = {decide_tag(asking, "VICTIM", order, TODAY) for order in permutations(rules)}  # type: ignore[arg-type]

    assert len(found) == 1


@given(contexts, some_rules)
def test_whatever_is_given_rests_on_a_permit(asking: object, rules: list[Rule]) -> None:
    found = decide_tag(asking, "VICTIM", rules, TODAY)  # type: ignore[arg-type]

    if found.level > WITHHOLD:
        assert any(
            each.id in found.reasons and each.effect is Effect.PERMIT and each.level >= found.level
            for each in rules
        )
