"""Since when each criterion stands for each case, and on which tellings, worked out from the story.

The rule is written anew from the guidance, and on purpose in another way than a hub would do it: it
knows which tellings are of one incident and need not guess. As of the end of a day in London, from
what had been received by then:

    visible_high_risk       a Dash with 14 or more ticks, or a referral that says so
    professional_judgement  an assessor who judged it high whatever the ticks, or a referral that says so
    escalation              three incidents within twelve months, as long as these are the last twelve
    repeat                  an incident after a referral (or a meeting) and within twelve months of it;
                            one that comes after a later referral is another repeat

An incident told twice counts once. What names no perpetrator, or leaves open who harmed whom, counts
for neither of the last two; a contested referral counts for nothing. Whatever stood and stands no more
is lapsed, and so is from the first an escalation of which the last was told too late. `COUNTED` are the
tellings that make an incident: a Dash and a referral are about one.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from hub.synth.expected_cases import (
    REFERRAL,
    ExpectedCase,
    Known,
    expected_cases,
    known_on,
    together_in,
)
from hub.synth.told import Telling

HIGH, INCIDENTS, MEETING = 14, 3, "case-heard"
COUNTED = (
    "incident-reported", "attendance-recorded", "support-recorded", "concern-raised", "order-recorded",
)  # fmt: skip
CODES = (
    ("visible_high_risk", None), ("professional_judgement", None), ("escalation", None),
    ("repeat", "last_referral"), ("repeat", "last_meeting"),
)  # fmt: skip
LOOKS_BACK_DAYS = (270, 180, 90, 0)
"""How long before the last day the expectation is given as well: what was known then, not now."""

Code = tuple[str, str | None]
"""A criterion and, of a repeat, what it is counted from."""


@dataclass(frozen=True, slots=True)
class _Found:
    """What a criterion rests on at the end of a day; `gone_on`: it was over by then, since that day.

    `news` are the tellings that make it another repeat than the one before, if none is in both.
    """

    events: tuple[str, ...]
    gone_on: date | None = None
    news: frozenset[str] = frozenset()


@dataclass(slots=True)
class ExpectedCriterion:
    """A criterion of a case as of a day: the last time that it stood.

    `first` are the events that it rested on when it began, `events` those when it was last seen to.
    """

    as_of: date
    case: ExpectedCase
    code: Code
    since: date
    first: tuple[str, ...]
    events: tuple[str, ...]
    lapsed_on: date | None = None


def looks_back(tellings: Sequence[Telling], last: date) -> list[ExpectedCriterion]:
    """Give what stood as of the last day and of some days before it."""
    return [
        criterion
        for days in LOOKS_BACK_DAYS
        for criterion in expected_criteria(known_on(tellings, last - timedelta(days=days)))
    ]


def expected_criteria(known: Known) -> list[ExpectedCriterion]:
    """Give what stands as of a day, or stood and lapsed, case by case."""
    by_victim: dict[int, list[Telling]] = defaultdict(list)
    for telling in known.versions:
        if telling.victim is not None and telling.event not in known.contested:
            by_victim[telling.victim].append(telling)
    return [
        criterion
        for case in expected_cases(known)
        for criterion in _of_case(case, by_victim[case.victim], known.day)
    ]


def criteria_as_json(criteria: Iterable[ExpectedCriterion]) -> Iterator[Mapping[str, object]]:
    for each in criteria:
        code, anchor = each.code
        yield {
            "as_of": each.as_of, "victim": each.case.victim,
            "perpetrators": list(each.case.perpetrators), "code": code, "anchor": anchor,
            "since": each.since, "lapsed_on": each.lapsed_on, "first": list(each.first),
            "events": list(each.events),
        }  # fmt: skip


def _of_case(case: ExpectedCase, story: list[Telling], last: date) -> list[ExpectedCriterion]:
    """Walk through the days on which something was received of her, or ran out."""
    now: dict[Code, ExpectedCriterion] = {}
    news: dict[Code, frozenset[str]] = {}
    for day in _days(story, last):
        on_day = _standing_on(day, set(case.perpetrators), story)
        for code in CODES:
            found, stood = on_day.get(code), now.get(code)
            if found is None or found.gone_on is not None:
                if stood is not None and stood.lapsed_on is None:
                    stood.lapsed_on = day
                elif stood is None and found is not None:
                    now[code] = ExpectedCriterion(
                        last, case, code, day, found.events, found.events, found.gone_on
                    )
                continue
            is_another = bool(found.news) and not found.news & news.get(code, frozenset())
            if stood is None or stood.lapsed_on or is_another:
                now[code] = ExpectedCriterion(last, case, code, day, found.events, found.events)
            else:
                stood.events = found.events
            news[code] = found.news
    return [now[code] for code in CODES if code in now]


def _standing_on(day: date, perpetrators: set[int], story: Sequence[Telling]) -> dict[Code, _Found]:
    """Give the criteria at the end of a day, each with the events that it rests on.

    Perpetrators who are named together only later were two cases on that day.
    """
    newest = {
        each.event: each
        for each in sorted(story, key=lambda each: each.version)
        if each.received_on <= day
    }
    mine = [each for each in newest.values() if perpetrators & set(each.perpetrators)]
    found: dict[Code, list[_Found]] = defaultdict(list)
    for together in together_in(each.perpetrators for each in mine):
        part = [each for each in mine if together & set(each.perpetrators)]
        found["escalation", None] += _escalation(part, day)
        found["repeat", "last_referral"] += _repeat(part, REFERRAL)
        found["repeat", "last_meeting"] += _repeat(part, MEETING)
    heard = [*mine, *(each for each in newest.values() if not each.perpetrators)]
    high = _events(e for e in heard if e.ticks >= HIGH or "visible_high_risk" in e.criteria)
    judged = _events(each for each in heard if each.is_judged)
    found["visible_high_risk", None] = [_Found(high)] if high else []
    found["professional_judgement", None] = [_Found(judged)] if judged else []
    return {code: _best(parts) for code, parts in found.items() if parts}


def _best(parts: Sequence[_Found]) -> _Found:
    """Of cases that are one by now, take one in which the criterion still stands."""
    return min(parts, key=lambda each: each.gone_on is not None)


def _escalation(mine: list[Telling], day: date) -> list[_Found]:
    """Find so many incidents within twelve months: those up to the day, or the newest such time before."""
    known = sorted(_incidents(mine), key=lambda each: each[0])
    ends = [day, *(happened for happened, _ in reversed(known) if happened < day)]
    for end in ends:
        within = [(when, told) for when, told in known if when <= end < a_year_after(when)]
        if len(within) >= INCIDENTS:
            events = _events(each for _, told in within for each in told)
            gone_on = a_year_after(within[-INCIDENTS][0])
            return [_Found(events, None if day < gone_on else gone_on)]
    return []


def _repeat(mine: list[Telling], anchor: str) -> list[_Found]:
    """Find the last anchor that was followed by an incident, and what followed it."""
    anchors = [each for each in mine if each.event_type == anchor]
    incidents = list(_incidents(mine))
    for day in sorted(set(map(_anchored, anchors)), reverse=True):
        after = _events(
            each
            for happened, told in incidents
            if day < happened < a_year_after(day)
            for each in told
        )
        if after:
            begun = _events(each for each in anchors if _anchored(each) == day)
            return [_Found(tuple(sorted({*begun, *after})), news=frozenset(after))]
    return []


def _anchored(telling: Telling) -> date:
    """Give the day of a referral or a meeting: not that of the incident which it was about."""
    return telling.referred_on or telling.occurred_on


def _incidents(mine: list[Telling]) -> Iterator[tuple[date, list[Telling]]]:
    """Give what happened, each once with its day and all that told of it."""
    by_incident: dict[object, list[Telling]] = defaultdict(list)
    for each in mine:
        if each.tells_abuse and each.event_type in COUNTED:
            mark = each.event if each.incident is None else each.incident
            by_incident[mark].append(each)
    for told in by_incident.values():
        yield min(each.occurred_on for each in told), told


def _days(story: Iterable[Telling], last: date) -> list[date]:
    received = {each.received_on for each in story}
    gone = {a_year_after(each.occurred_on) for each in story if each.tells_abuse}
    return sorted(day for day in received | gone if day <= last)


def a_year_after(day: date) -> date:
    """Give the first day on which something is more than twelve months ago."""
    try:
        anniversary = day.replace(year=day.year + 1)
    except ValueError:  # the 29th of February
        anniversary = day.replace(year=day.year + 1, day=28)
    return anniversary + timedelta(days=1)


def _events(tellings: Iterable[Telling]) -> tuple[str, ...]:
    return tuple(sorted({each.event for each in tellings}))
