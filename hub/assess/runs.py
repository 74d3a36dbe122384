"""When a criterion began to stand, and when it lapsed: its days followed one by one.

Between two days on which something came nothing changes but that a window passes. So only those
days are looked at, and of each is said until when it would stand if nothing more came.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from hub.assess.timeline import Telling
from hub.model.event import EventId

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class State:
    """What holds from one day until more is received: until when, if so, and resting on what.

    `news` are the incidents of a repeat: where all of them are new, it begins to stand again.
    """

    until: date
    rests_on: Callable[[date], tuple[Telling, ...]]
    news: frozenset[EventId] = frozenset()


@dataclass(frozen=True, slots=True)
class Run:
    """One time that a criterion stood, or stands still."""

    since: date
    lapsed_on: date | None
    state: State

    def seen_from(self, day: date) -> "Run":
        """Let it lapse, if its window has passed by a day."""
        if self.lapsed_on is None and self.state.until < day:
            return replace(self, lapsed_on=self.state.until + DAY)
        return self


def for_good(tellings: tuple[Telling, ...]) -> State:
    """Give the state of what no window ends."""
    return State(date.max, lambda _day: tellings)


def last_run(days: Iterable[date], state_on: Callable[[date], State | None]) -> Run | None:
    """Follow a criterion from day to day; give the last time that it stood.

    One that never stood, since its window had passed before the last of it was told, is given as
    lapsed: it was an escalation all the same.
    """
    run: Run | None = None
    missed: Run | None = None
    for day in days:
        state = state_on(day)
        stood = run is not None and run.lapsed_on is None and run.state.until >= day - DAY
        if state is not None and state.until >= day:
            goes_on = run is not None and stood and not _is_news(state, run.state)
            run = Run(run.since if run is not None and goes_on else day, None, state)
        elif run is not None and stood:
            run = replace(run, lapsed_on=day)
        elif state is not None:
            since = day if missed is None else missed.since
            missed = Run(since, state.until + DAY, state)
    return run or missed


def _is_news(state: State, before: State) -> bool:
    return bool(state.news) and not state.news & before.news
