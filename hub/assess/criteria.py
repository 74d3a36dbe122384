"""Which of the four MARAC criteria a case meets, since when, and on which events that rests.

Everything is as of the end of a day, from what had been received by then. So a criterion never
stands a day before what was known sufficed, and reading the same events in another order, or a
week later, gives the same days. Nothing here lowers anything: a criterion that stood and stands no
more is shown as lapsed, with the day.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from hub.assess.book import (
    ESCALATION,
    PROFESSIONAL_JUDGEMENT,
    REPEAT,
    VISIBLE_HIGH_RISK,
    Book,
    Counted,
    Dated,
    Escalation,
    Flagged,
    Repeat,
    in_force,
)
from hub.assess.cases import Case, groups, in_order, named
from hub.assess.incidents import Incident, by_record, day_told, days_of, incidents_in, last_day
from hub.assess.read_book import load_book
from hub.assess.timeline import Telling
from hub.model.event import EventId

__all__ = ["Book", "Standing", "load_book", "standings", "unknown_instruments"]

DAY = timedelta(days=1)


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


@dataclass(frozen=True, slots=True)
class _State:
    """What holds from one day until more is received: until when, if so, and resting on what.

    `news` are the incidents of a repeat: where all of them are new, it begins to stand again.
    """

    until: date
    rests_on: Callable[[date], tuple[Telling, ...]]
    news: frozenset[EventId] = frozenset()


@dataclass(frozen=True, slots=True)
class _Run:
    since: date
    lapsed_on: date | None
    state: _State


StateOn = Callable[[date], _State | None]


def standings(
    case: Case, book: Book, as_of: date, contested: Collection[EventId] = ()
) -> list[Standing]:
    """Give the criteria that stand in a case at the end of a day, and those that stood and lapsed.

    `contested` events are no evidence of anything until a person has judged them.
    """
    known = _without(case, as_of, contested)
    found = [
        *_flag(known, book, as_of, VISIBLE_HIGH_RISK, _assessed_high),
        *_flag(known, book, as_of, PROFESSIONAL_JUDGEMENT, _judged),
        *_escalation(known, book, as_of),
        *_repeat(known, book, as_of),
    ]
    return [replace(each, events=tuple(dict.fromkeys(each.events))) for each in found]


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


def _flag(
    case: Case,
    book: Book,
    as_of: date,
    code: str,
    found: Callable[[Telling, Book], bool],
) -> Iterator[Standing]:
    """Look for one event that is enough: visible high risk, or professional judgement.

    14 yes of the 24, or a judgement that was written out, or a referrer's tick (domain, 1.1). An
    event that names no perpetrator is heard too: the danger is to her, whoever it is from.
    """
    versions = book.versions(code, Flagged)

    def says(telling: Telling, criterion: Flagged) -> bool:
        if telling.type in criterion.ticked_in and code in telling.facts.ticks:
            return True
        return telling.type in criterion.found_in and found(telling, book)

    tellings = sorted((*case.attributed, *case.unattributed), key=in_order)
    saying = [each for each in tellings if any(says(each, version) for version in versions)]

    def state_on(day: date) -> _State | None:
        criterion = in_force(versions, day)
        enough = tuple(e for e in saying if e.received_on <= day and says(e, criterion))
        return _State(date.max, _always(enough)) if enough else None

    days = _days(saying, versions, case, as_of)
    yield from _standing(code, None, _last_run(days, state_on), as_of)


def _assessed_high(telling: Telling, book: Book) -> bool:
    instrument = book.instrument(telling.facts.instrument, telling.on)
    return instrument is not None and instrument.reaches_high(telling.facts)


def _judged(telling: Telling, _book: Book) -> bool:
    return telling.facts.judged


def _escalation(case: Case, book: Book, as_of: date) -> Iterator[Standing]:
    """Count incidents of abuse in a window of months: three in twelve (domain, 1.1).

    It stands as long as so many lie in the months before a day. When the window has passed, it
    stands as lapsed; so it does at once if the last of them was told too late.
    """
    versions = book.versions(ESCALATION, Escalation)
    counting = _counting(case, [what for each in versions for what in each.incidents])

    def state_on(day: date) -> _State | None:
        rule = in_force(versions, day)
        heard = [
            each
            for each in counting
            if each.received_on <= day and book.heard(each.agency, rule.agencies)
        ]
        states = (_in_window(part, rule) for part in _cases_by_then(case, heard, day))
        return max(filter(None, states), key=lambda state: state.until, default=None)

    days = _days(counting, versions, case, as_of)
    yield from _standing(ESCALATION, None, _last_run(days, state_on), as_of)


def _in_window(tellings: Sequence[Telling], rule: Escalation) -> _State | None:
    """Find the newest window that holds as many incidents as it takes."""
    if len(tellings) < rule.count:
        return None
    incidents = incidents_in(tellings, rule.incidents)
    days = days_of(incidents)
    for newest, oldest in zip(days, days[rule.count - 1 :], strict=False):
        until = last_day(oldest, rule.window_months)
        if newest <= until:
            return _State(until, lambda day: _within(incidents, day, rule.window_months))
    return None


def _within(incidents: Iterable[Incident], day: date, months: int) -> tuple[Telling, ...]:
    return tuple(
        telling
        for each in incidents
        if each.day <= day <= last_day(each.day, months)
        for telling in each.tellings
    )


def _repeat(case: Case, book: Book, as_of: date) -> Iterator[Standing]:
    """Look for any abuse between them within twelve months after the last anchor (domain, 1.1).

    The last referral is SafeLives' definition, the last meeting some areas'. It has to have happened
    after the anchor: what happened before and was told later is no repeat. The referral that follows
    a repeat takes nothing back, it is what the repeat calls for; abuse after that one is another
    repeat, and stands from its own day.
    """
    versions = book.versions(REPEAT, Repeat)
    for anchor in sorted({name for each in versions for name in each.anchors}):
        anchoring = [each.anchors[anchor] for each in versions if anchor in each.anchors]
        counting = _counting(case, [what for each in versions for what in each.incidents])
        anchors = _counting(case, anchoring)

        def state_on(
            day: date,
            anchor: str = anchor,
            told: Sequence[Telling] = (*counting, *anchors),
        ) -> _State | None:
            rule = in_force(versions, day)
            known = [each for each in told if each.received_on <= day]
            return _after_the_last(
                _after(part, rule, anchor) for part in _cases_by_then(case, known, day)
            )

        days = _days((*counting, *anchors), versions, case, as_of)
        yield from _standing(REPEAT, anchor, _last_run(days, state_on), as_of)


def _after(tellings: Sequence[Telling], rule: Repeat, anchor: str) -> tuple[date, _State] | None:
    """Find the last anchor that was followed by abuse, and what followed it."""
    what = rule.anchors.get(anchor)
    if what is None:
        return None
    anchors: dict[date, list[Telling]] = {}
    for versions in by_record(e for e in tellings if what.holds(e.type, e.facts)).values():
        anchors.setdefault(day_told(versions), []).extend(versions)
    incidents = incidents_in(tellings, rule.incidents)
    for day in sorted(anchors, reverse=True):
        until = last_day(day, rule.window_months)
        after = [e for each in incidents if day < each.day <= until for e in each.tellings]
        if after:
            rests_on = (*sorted(anchors[day], key=in_order), *after)
            news = frozenset(each.event for each in after)
            return day, _State(date.max, _always(rests_on), news)
    return None


def _after_the_last(found: Iterable[tuple[date, _State] | None]) -> _State | None:
    """Of cases that are one by now, take the one with the later anchor."""
    latest = max(filter(None, found), key=lambda each: each[0], default=None)
    return latest[1] if latest else None


def _counting(case: Case, counted: Iterable[Counted]) -> list[Telling]:
    """Give what may count in this case. What names no perpetrator counts for nobody's (issue 4)."""
    kinds = list(counted)
    return [
        each for each in case.attributed if any(what.holds(each.type, each.facts) for what in kinds)
    ]


def _cases_by_then(case: Case, known: Sequence[Telling], day: date) -> list[list[Telling]]:
    """Part what was known on a day, of what counts, by the cases that there were then.

    Perpetrators whom an event of today names together were two cases until it came, and neither had
    the other's incidents.
    """
    if len(case.perpetrators) == 1:
        return [list(known)]
    then = groups(named(case.victim, e) for e in case.attributed if e.received_on <= day)
    return [[each for each in known if named(case.victim, each) & part] for part in then]


def _days(
    tellings: Iterable[Telling], versions: Iterable[Dated], case: Case, as_of: date
) -> list[date]:
    """Give the days on which a criterion may begin to stand, or end.

    On each something came: what counts, what named perpetrators together, or a new version.
    """
    came = {each.received_on for each in tellings}
    if not came:
        return []
    if len(case.perpetrators) > 1:
        came |= {each.received_on for each in case.attributed}
    days = {max(day, case.opened) for day in came}
    days |= {each.effective_from for each in versions if each.effective_from > min(days)}
    return sorted(day for day in days if day <= as_of)


def _last_run(days: Iterable[date], state_on: StateOn) -> _Run | None:
    """Follow a criterion from day to day; give the last time that it stood.

    One that never stood, since its window had passed before the last of it was told, is given as
    lapsed: it was an escalation all the same.
    """
    run: _Run | None = None
    missed: _Run | None = None
    for day in days:
        state = state_on(day)
        stood = run is not None and run.lapsed_on is None and run.state.until >= day - DAY
        if state is not None and state.until >= day:
            goes_on = run is not None and stood and not _is_news(state, run.state)
            run = _Run(run.since if run is not None and goes_on else day, None, state)
        elif run is not None and stood:
            run = replace(run, lapsed_on=day)
        elif state is not None:
            since = day if missed is None else missed.since
            missed = _Run(since, state.until + DAY, state)
    return run or missed


def _is_news(state: _State, before: _State) -> bool:
    return bool(state.news) and not state.news & before.news


def _always(tellings: tuple[Telling, ...]) -> Callable[[date], tuple[Telling, ...]]:
    return lambda _day: tellings


def _standing(code: str, anchor: str | None, run: _Run | None, as_of: date) -> Iterator[Standing]:
    """Say how a run stands at the end of a day."""
    if run is None:
        return
    lapsed_on = run.lapsed_on
    if lapsed_on is None and run.state.until < as_of:
        lapsed_on = run.state.until + DAY
    rests_on = run.state.rests_on(min(as_of, run.state.until))
    yield Standing(code, run.since, lapsed_on, anchor, tuple(each.event for each in rests_on))
