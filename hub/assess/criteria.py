"""Which of the four MARAC criteria a case meets, since when, and on which events that rests.

Everything is as of the end of a day, from what had been received by then. So a criterion never
stands a day before what was known sufficed, and reading the same events in another order, or a
week later, gives the same days. Nothing here lowers anything: a criterion that stood and stands no
more is shown as lapsed, with the day.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from hub.assess.book import (
    ESCALATION,
    PROFESSIONAL_JUDGEMENT,
    REPEAT,
    VISIBLE_HIGH_RISK,
    Book,
    Dated,
    Escalation,
    Flagged,
    Repeat,
    in_force,
)
from hub.assess.cases import Case, in_order
from hub.assess.incidents import Incident, by_record, days_of, last_day, newest
from hub.assess.known import Known
from hub.assess.read_book import load_book
from hub.assess.runs import Run, State, for_good, last_run
from hub.assess.timeline import Telling
from hub.model.event import EventId

__all__ = ["Book", "Standing", "load_book", "standings", "unknown_instruments"]


@dataclass(frozen=True, slots=True)
class Standing:
    """A criterion that a case meets, or met until it lapsed.

    `since` is the day on which what had been received first sufficed, after the last lapse if there
    was one; `anchor` says after what a repeat is one; `events` are what it rests on, oldest first.
    """

    code: str
    since: date
    lapsed_on: date | None
    anchor: str | None
    events: tuple[EventId, ...]


def standings(
    case: Case, book: Book, as_of: date, contested: Collection[EventId] = ()
) -> list[Standing]:
    """Give the criteria that stand in a case at the end of a day, and those that stood and lapsed.

    `contested` events are no evidence of anything until a person has judged them.
    """
    known = Known(_without(case, as_of, contested))
    runs = [
        (VISIBLE_HIGH_RISK, None, _flag(known, book, as_of, VISIBLE_HIGH_RISK, _assessed_high)),
        (PROFESSIONAL_JUDGEMENT, None, _flag(known, book, as_of, PROFESSIONAL_JUDGEMENT, _judged)),
        (ESCALATION, None, _escalation(known, book, as_of)),
        *((REPEAT, anchor, run) for anchor, run in _repeats(known, book, as_of)),
    ]
    return [_standing(code, anchor, run, as_of) for code, anchor, run in runs if run is not None]


def unknown_instruments(tellings: Iterable[Telling], book: Book) -> list[EventId]:
    """Give the assessments by an instrument that the book does not have: none of them counts."""
    return sorted(
        each.event
        for each in tellings
        if each.facts.instrument and book.instrument(each.facts.instrument, each.on) is None
    )


def _without(case: Case, as_of: date, contested: Collection[EventId]) -> Case:
    """Leave out what was not yet received, and what is contested."""

    def left(tellings: Iterable[Telling]) -> tuple[Telling, ...]:
        return tuple(
            each for each in tellings if each.received_on <= as_of and each.event not in contested
        )

    return replace(case, attributed=left(case.attributed), unattributed=left(case.unattributed))


def _standing(code: str, anchor: str | None, run: Run, as_of: date) -> Standing:
    """Say how a run stands at the end of a day."""
    seen = run.seen_from(as_of)
    rests_on = run.state.rests_on(min(as_of, run.state.until))
    events = tuple(dict.fromkeys(each.event for each in rests_on))
    return Standing(code, run.since, seen.lapsed_on, anchor, events)


def _flag(
    known: Known,
    book: Book,
    as_of: date,
    code: str,
    found: Callable[[Telling, Book], bool],
) -> Run | None:
    """Look for one event that is enough: visible high risk, or professional judgement.

    14 yes of the 24, or a judgement that was written out, or a referrer's tick (domain, 1.1). An
    event that names no perpetrator is heard too: the danger is to her, whoever it is from.
    """
    versions = book.versions(code, Flagged)

    def says(telling: Telling, criterion: Flagged) -> bool:
        if telling.type in criterion.ticked_in and code in telling.facts.ticks:
            return True
        return telling.type in criterion.found_in and found(telling, book)

    told = (*known.case.attributed, *known.case.unattributed)
    saying = [each for each in told if any(says(each, version) for version in versions)]
    saying.sort(key=in_order)

    def state_on(day: date) -> State | None:
        criterion = in_force(versions, day)
        enough = tuple(e for e in saying if e.received_on <= day and says(e, criterion))
        return for_good(enough) if enough else None

    return last_run(known.days(saying, _from(versions), as_of), state_on)


def _assessed_high(telling: Telling, book: Book) -> bool:
    instrument = book.instrument(telling.facts.instrument, telling.on)
    return instrument is not None and instrument.reaches_high(telling.facts)


def _judged(telling: Telling, _book: Book) -> bool:
    return telling.facts.judged


def _escalation(known: Known, book: Book, as_of: date) -> Run | None:
    """Count incidents of abuse in a window of months: three in twelve (domain, 1.1).

    It stands as long as so many lie in the months before a day. When the window has passed, it
    stands as lapsed; so it does at once if the last of them was told too late.
    """
    versions = book.versions(ESCALATION, Escalation)
    told = [each for rule in versions for each in known.counting(rule.incidents)]
    if len(told) < min(rule.count for rule in versions):
        return None

    def state_on(day: date) -> State | None:
        rule = in_force(versions, day)
        unheard = {e.agency for e in told if not book.heard(e.agency, rule.agencies)}
        parts = known.on(day, rule.incidents, frozenset(unheard))
        states = (_in_window(part.incidents, rule) for part in parts)
        return max(filter(None, states), key=lambda state: state.until, default=None)

    return last_run(known.days(told, _from(versions), as_of), state_on)


def _in_window(incidents: Sequence[Incident], rule: Escalation) -> State | None:
    """Find the newest window that holds as many incidents as it takes."""
    if len(incidents) < rule.count:
        return None
    days = days_of(incidents)
    for latest, oldest in zip(days, days[rule.count - 1 :], strict=False):
        until = last_day(oldest, rule.window_months)
        if latest <= until:
            return State(until, lambda day: _within(incidents, day, rule.window_months))
    return None


def _within(incidents: Iterable[Incident], day: date, months: int) -> tuple[Telling, ...]:
    return tuple(
        telling
        for each in incidents
        if each.day <= day <= last_day(each.day, months)
        for telling in each.tellings
    )


def _repeats(known: Known, book: Book, as_of: date) -> Iterator[tuple[str, Run | None]]:
    """Look for any abuse between them within twelve months after the last anchor (domain, 1.1).

    The last referral is SafeLives' definition, the last meeting some areas'. It has to have happened
    after the anchor: what happened before and was told later is no repeat. The referral that follows
    a repeat takes nothing back, it is what the repeat calls for; abuse after that one is another
    repeat, and stands from its own day.
    """
    versions = book.versions(REPEAT, Repeat)
    told = [each for rule in versions for each in known.counting(rule.incidents)]
    for anchor in sorted({name for rule in versions for name in rule.anchors}):
        what = tuple(rule.anchors[anchor] for rule in versions if anchor in rule.anchors)
        if told and (anchors := known.counting(what)):
            days = known.days([*told, *anchors], _from(versions), as_of)
            yield anchor, last_run(days, partial(_repeat_on, known, versions, anchor, anchors))


def _repeat_on(
    known: Known,
    versions: Sequence[Repeat],
    anchor: str,
    anchors: Sequence[Telling],
    day: date,
) -> State | None:
    """Find the last anchor that was followed by abuse, and what followed it, as known on a day."""
    rule = in_force(versions, day)
    if anchor not in rule.anchors:
        return None
    what = rule.anchors[anchor]
    then = [e for e in anchors if e.received_on <= day and what.holds(e.type, e.facts)]
    parts = known.on(day, rule.incidents)
    found = (_last_repeat([e for e in then if part.has(e)], part.incidents, rule) for part in parts)
    last = max(filter(None, found), key=lambda each: each[0], default=None)
    return last[1] if last else None


def _last_repeat(
    anchors: Iterable[Telling], incidents: Sequence[Incident], rule: Repeat
) -> tuple[date, State] | None:
    by_day = _by_day(anchors)
    for on in sorted(by_day, reverse=True):
        if state := _after(on, by_day[on], incidents, rule.window_months):
            return on, state
    return None


def _by_day(anchors: Iterable[Telling]) -> dict[date, list[Telling]]:
    found: dict[date, list[Telling]] = {}
    for versions in by_record(anchors).values():
        found.setdefault(newest(versions).made_on, []).extend(versions)
    return found


def _after(
    on: date, anchors: Iterable[Telling], incidents: Iterable[Incident], months: int
) -> State | None:
    until = last_day(on, months)
    after = [e for each in incidents if on < each.day <= until for e in each.tellings]
    if not after:
        return None
    whole = for_good((*sorted(anchors, key=in_order), *after))
    return replace(whole, news=frozenset(each.event for each in after))


def _from(versions: Iterable[Dated]) -> list[date]:
    return [each.effective_from for each in versions]
