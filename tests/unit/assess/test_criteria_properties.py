"""Not a day earlier, in no order but the days', never less for more: over random families."""

from dataclasses import replace
from datetime import date, timedelta
from random import Random

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hub.assess.cases import Case, cases_of
from hub.assess.criteria import Standing, standings
from hub.assess.timeline import Telling
from hub.model.person import PersonId
from tests.unit.assess.oracle import Seen, seen_on
from tests.unit.assess.told import ANN, BOB, CAL, DEE, day, telling, with_months

MONTH = with_months(1)
DAYS = 40
Found = dict[frozenset[PersonId], dict[str, Standing]]

perpetrators = st.sampled_from([(BOB,), (BOB,), (BOB,), (CAL,), (), (BOB, CAL), (DEE, CAL)])
kinds = st.sampled_from(
    [
        ("incident-reported", {}),
        ("incident-reported", {}),
        ("incident-reported", {"reference": "CR/1"}),
        ("order-recorded", {"state": "breached"}),
        ("order-recorded", {"state": "made"}),
        ("attendance-recorded", {"disclosed": True}),
        ("attendance-recorded", {}),
        ("referral-made", {}),
        ("referral-made", {"ticks": {"visible_high_risk"}}),
        ("case-heard", {"state": "heard"}),
        ("case-heard", {"state": "deferred"}),
        ("risk-assessed", {"instrument": "dash-police-2009", "yes": 14}),
        ("risk-assessed", {"instrument": "dash-police-2009", "yes": 13, "judged": True}),
    ]
)


@st.composite
def tellings(draw: st.DrawFn, *, apart: bool = False, by_one: bool = False) -> Telling:
    """Tell of something.

    `apart`: each in a record of its own and without a number of a crime. `by_one`: by Bob alone.
    """
    type_, facts = draw(kinds)
    on = draw(st.integers(0, DAYS))
    event = draw(st.text("abcdefghijkl", min_size=4, max_size=6))
    record = event if apart else f"{type_} {draw(st.sampled_from([event, event, 'one', 'two']))}"
    return telling(
        event,
        on,
        type_,
        received=on + draw(st.sampled_from([0, 0, 0, 1, 3, 12, 33, -2])),
        by=(BOB,) if by_one else draw(perpetrators),
        agency=draw(st.sampled_from(["fenmarch-police", "amber-door"])),
        record=record,
        **({} if apart and "reference" in facts else facts),
    )


def lists(each: st.SearchStrategy[Telling]) -> st.SearchStrategy[list[Telling]]:
    return st.lists(each, max_size=12, unique_by=lambda telling: telling.event)


families = lists(tellings())
apart = lists(tellings(apart=True))
by_one = lists(tellings(by_one=True))


def found_on(told: list[Telling], as_of: date, contested: frozenset[str] = frozenset()) -> Found:
    known = [each for each in told if each.received_on <= as_of]
    return {
        case.perpetrators: {
            each.anchor or each.code: each
            for each in standings(case, MONTH, as_of, contested)  # type: ignore[arg-type]
        }
        for case in cases_of(ANN, known)
    }


def every_day(told: list[Telling]) -> list[date]:
    first = min((each.received_on for each in told), default=day(0))
    return [first + timedelta(days=n) for n in range((day(2 * DAYS) - first).days)]


@given(families)
def test_what_stands_on_each_day_is_what_stands_by_looking_at_that_day_alone(
    told: list[Telling],
) -> None:
    for today in every_day(told)[::5]:
        expected = seen_on(today, ANN, told, ())

        for case, found in found_on(told, today).items():
            standing = {name for name, each in found.items() if each.lapsed_on is None}
            assert standing == expected[case].codes, (today, case)


@settings(max_examples=200)
@given(by_one)
def test_the_days_are_those_on_which_it_began_and_ended(told: list[Telling]) -> None:
    """For a case that was one all along: each of its days is looked at by itself."""
    days = every_day(told)
    seen = [next(iter(seen_on(today, ANN, told, ()).values())) for today in days]

    for at in range(0, len(days), 7):
        (found,) = found_on(told, days[at]).values() or [{}]
        for name in ("visible_high_risk", "professional_judgement", "last_referral", "last_meeting", "escalation"):  # fmt: skip
            expected = _run(name, seen[: at + 1], days)
            if name == "escalation" and expected is None:
                expected = _told_too_late(seen[: at + 1], days)
                got = found.get(name)
                assert (got.since if got else None) == expected
                assert got is None or got.lapsed_on is not None
                continue
            got = found.get(name)
            assert (expected and (got and (got.since, got.lapsed_on))) == expected, name
            assert expected is not None or got is None, name


def _run(name: str, seen: list[Seen], days: list[date]) -> tuple[date, date | None] | None:
    """Give when it last began to stand, and when it lapsed."""
    stood = [at for at, each in enumerate(seen) if name in each.codes]
    if not stood:
        return None
    first = last = stood[-1]
    while first > 0 and not seen[first].is_new_to(seen[first - 1], name):
        first -= 1
    return days[first], None if last == len(seen) - 1 else days[last + 1]


def _told_too_late(seen: list[Seen], days: list[date]) -> date | None:
    return next((days[at] for at, each in enumerate(seen) if each.passed), None)


@settings(max_examples=300)
@given(families)
def test_nothing_stands_a_day_earlier_than_it_could_be_known(told: list[Telling]) -> None:
    """However cases were joined since: on the day before, no case that became this one had it."""
    for case, found in found_on(told, day(2 * DAYS)).items():
        for name, each in found.items():
            before = seen_on(each.since - timedelta(days=1), ANN, told, ())
            then = seen_on(each.since, ANN, told, ())
            had = [seen for old, seen in before.items() if old <= case]
            has = [seen for old, seen in then.items() if old <= case]
            assert any(
                (name in now.codes and all(now.is_new_to(old, name) for old in had))
                or (each.lapsed_on is not None and now.passed)
                for now in has
            ), (name, each)


@given(families, st.randoms(use_true_random=False), st.integers(0, 2 * DAYS))
def test_no_order_shows(told: list[Telling], chance: Random, as_of: int) -> None:
    mixed = chance.sample(told, len(told))

    assert found_on(mixed, day(as_of)) == found_on(told, day(as_of))


@given(families, st.integers(0, 2 * DAYS))
def test_what_comes_later_changes_nothing_before(told: list[Telling], as_of: int) -> None:
    known = [each for each in told if each.received_on <= day(as_of)]

    assert found_on(known, day(as_of)) == found_on(told, day(as_of))


@given(families, st.integers(0, 2 * DAYS))
def test_the_same_event_again_changes_nothing(told: list[Telling], as_of: int) -> None:
    assert found_on([*told, *told], day(as_of)) == found_on(told, day(as_of))


@given(families, st.integers(0, 2 * DAYS), st.data())
def test_another_version_that_says_the_same_counts_for_nothing_more(
    told: list[Telling], as_of: int, data: st.DataObject
) -> None:
    assume(told)
    one = data.draw(st.sampled_from(told))
    again = replace(one, event="zz", received_on=one.received_on + timedelta(days=1))  # type: ignore[arg-type]
    assume(one.on == again.on)
    newest = max(
        (each for each in told if (each.agency, each.record) == (one.agency, one.record)),
        key=lambda e: (e.received_on, e.reported_on, e.on, e.event),
    )
    assume(newest == one)

    before, after = found_on(told, day(as_of)), found_on([*told, again], day(as_of))

    for case, found in after.items():
        assert {n: (s.since, s.lapsed_on) for n, s in found.items()} == {
            n: (s.since, s.lapsed_on) for n, s in before[case].items()
        }


@settings(max_examples=300)
@given(apart, apart, st.integers(0, 2 * DAYS))
def test_more_events_take_no_standing_away(
    told: list[Telling], more: list[Telling], as_of: int
) -> None:
    """Nor make it stand any later.

    But for a repeat, which more abuse may begin again; and what was hers before anybody was named is
    of the case that was named first.
    """
    more = [replace(each, event=f"z{each.event}", record=f"z{each.record}") for each in more]  # type: ignore[arg-type]
    before, after = found_on(told, day(as_of)), found_on([*told, *more], day(as_of))

    for case, found in before.items():
        heirs = [those for them, those in after.items() if case <= them]
        assert heirs
        for name, each in found.items():
            if each.lapsed_on is None:
                anywhere = [those[name].since for those in after.values() if name in those]
                assert any(h[name].lapsed_on is None for h in heirs if name in h), name
                assert each.code == "repeat" or min(anywhere) <= each.since, name


@given(families, st.integers(0, 2 * DAYS))
def test_a_standing_rests_on_events_of_its_case_that_were_received(
    told: list[Telling], as_of: int
) -> None:
    for case in cases_of(ANN, told):
        for each in standings(case, MONTH, day(as_of)):
            received = _received(case, as_of)
            assert each.events
            assert set(each.events) <= received
            assert each.since <= day(as_of)
            if each.code in {"escalation", "repeat"}:
                assert set(each.events) <= {told.event for told in case.attributed}


def _received(case: Case, as_of: int) -> set[str]:
    return {
        each.event
        for each in (*case.attributed, *case.unattributed)
        if each.received_on <= day(as_of)
    }


@given(by_one, st.integers(0, 2 * DAYS), st.data())
def test_what_is_contested_might_as_well_not_be_there(
    told: list[Telling], as_of: int, data: st.DataObject
) -> None:
    waiting = data.draw(st.sets(st.sampled_from([e.event for e in told]))) if told else set()
    left = [each for each in told if each.event not in waiting]

    found = found_on(told, day(as_of), frozenset(waiting))
    assert {case: each for case, each in found.items() if each} == {
        case: each for case, each in found_on(left, day(as_of)).items() if each
    }
