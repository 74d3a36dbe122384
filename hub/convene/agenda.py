"""What a MARAC hears, in which order and why, and who is invited to each case.

The order is SafeLives': cases with children first, since the children's agencies may then leave.
Triage ranks within these blocks alone. A rank orders work: it closes, hides and lowers nothing.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from hub.assess.book import VISIBLE_HIGH_RISK
from hub.assess.cases import Case
from hub.assess.criteria import Standing
from hub.assess.timeline import Telling
from hub.convene.maracs import Marac
from hub.model.agency import AgencyId

CASE_HEARD, HEARD = "case-heard", "heard"
SCHOOL_AGE = range(4, 19)
"""Years of age in which somebody may be at school."""
CARRIED_MONTHS = 9
LONG_AGO = 10_000
"""So many days, where no incident is known."""


def tellings_of(case: Case) -> tuple[Telling, ...]:
    """Give all that a case tells, unattributed events included."""
    return (*case.attributed, *case.unattributed)


def stands(standing: Standing, on: date) -> bool:
    """Tell whether a criterion stands at the end of a day."""
    return standing.since <= on and (standing.lapsed_on is None or standing.lapsed_on > on)


def is_due(case: Case, standings: Iterable[Standing], on: date) -> bool:
    """Tell whether a case belongs on the next agenda: a criterion stands, and no meeting has heard it since.

    Heard is what an agency says was heard (`case-heard`); deferred and transferred cases were not.
    What came after that day, or rests on what came after it, has to be heard again.
    """
    told = {each.event: each for each in tellings_of(case)}
    heard = max(
        (e.on for e in told.values() if e.type == CASE_HEARD and e.facts.state == HEARD and e.on <= on),
        default=date.min,
    )  # fmt: skip
    return any(
        each.since > heard
        or any(event in told and told[event].received_on > heard for event in each.events)
        for each in standings
        if stands(each, on)
    )


def outcodes_of(case: Case) -> frozenset[str]:
    """Give where the victim lives, by what was told last of it; nothing where nobody said."""
    told = sorted(tellings_of(case), key=lambda e: (e.reported_on, e.received_on, e.event))
    return next((e.facts.outcodes for e in reversed(told) if e.facts.outcodes), frozenset())


def invitees(
    marac: Marac,
    case: Case,
    on: date,
    *,
    named: Collection[AgencyId],
    schools: Collection[AgencyId],
) -> dict[AgencyId, str]:
    """Say who is invited to a case, and why: the first reason that holds.

    `named` are those that its events name. A school is invited only where an event names it and a
    child is of school age on the day of the meeting: a class list is nobody's case list.
    """
    told = tellings_of(case)
    holds = {
        "pregnant": any(_may_be_pregnant(each, on) for each in told),
        "school-age-child": any(_is_of_school_age(each, on) for each in told),
    }
    found: dict[AgencyId, str] = {marac.coordinator: "coordinator"}
    found |= {each: "core" for each in marac.core if each not in found}
    for each in marac.also:
        is_meant = each.organisation not in schools or each.organisation in named
        if holds[each.when] and is_meant:
            found.setdefault(each.organisation, each.when)
    for agency in sorted({each.agency for each in told}):
        found.setdefault(agency, "supplied")
    for agency in sorted(named):
        if agency not in schools:
            found.setdefault(agency, "named")
    return found


@dataclass(frozen=True, slots=True)
class Rank:
    """What orders a case within its block, most pressing first, as far as the reader may know of it.

    `criteria` are the codes of those that stand; `incidents` how many events of abuse of the last
    twelve months are shown; `last_days` how many days ago the last of them was.
    """

    children: bool
    criteria: tuple[str, ...]
    incidents: int
    last_days: int

    def key(self) -> tuple[bool, int, bool, int, int]:
        return (
            not self.children,
            -len(set(self.criteria)),
            VISIBLE_HIGH_RISK not in self.criteria,
            -self.incidents,
            self.last_days,
        )

    def reasons(self) -> list[dict[str, object]]:
        """Say what the rank rests on, in the order in which it counts."""
        found: list[dict[str, object]] = []
        if self.criteria:
            found.append({"code": "criteria", "count": len(set(self.criteria))})
        if VISIBLE_HIGH_RISK in self.criteria:
            found.append({"code": VISIBLE_HIGH_RISK})
        if self.incidents:
            found.append({"code": "incidents_in_12_months", "count": self.incidents})
        if self.last_days < LONG_AGO:
            found.append({"code": "last_incident", "days_ago": self.last_days})
        return found


def rank(*, children: bool, criteria: Sequence[str], days: Sequence[date], on: date) -> Rank:
    """Rank a case by what its reader sees: the criteria that stand, and the days of its incidents."""
    year = [each for each in days if on - timedelta(days=365) <= each <= on]
    last = max((each for each in days if each <= on), default=None)
    return Rank(
        children, tuple(criteria), len(year), LONG_AGO if last is None else (on - last).days
    )


def minutes(marac: Marac, cases: int, capacity: int) -> Mapping[str, int]:
    """Set the minutes that so many cases take against those that there are."""
    used = cases * marac.minutes_per_case
    return {"capacity": capacity, "used": used, "over": max(0, used - capacity)}


def _may_be_pregnant(telling: Telling, on: date) -> bool:
    return telling.facts.pregnant and telling.on >= on - timedelta(days=CARRIED_MONTHS * 31)


def _is_of_school_age(telling: Telling, on: date) -> bool:
    return any(
        _age(month, on) in SCHOOL_AGE for month in telling.facts.children if month[:1].isdigit()
    )


def _age(month_born: str, on: date) -> int:
    year, month = int(month_born[:4]), int(month_born[5:7])
    return on.year - year - (on.month < month)
