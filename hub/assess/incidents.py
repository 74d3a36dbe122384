"""Incidents of abuse out of what was told of them, each counted once.

Several versions of a record tell one incident, and so do records that bear the same number of a
crime. Beyond that nobody can know whether two agencies tell of the same, nor whether an agency that
records a call-out and a breach of that day does: on one day there were as many incidents as the
agency tells that has most records of one type of that day, so that the other's telling adds none.
No part of it depends on the order in which things came.
"""

import calendar
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from hub.assess.cases import groups, in_order
from hub.assess.timeline import Telling
from hub.model.agency import AgencyId
from hub.model.event import EventType

Record = tuple[AgencyId, str]

SHORTEST_MONTH = 28


@dataclass(frozen=True, slots=True)
class Incident:
    """What happened on one day, with all that tells of it."""

    day: date
    tellings: tuple[Telling, ...]


def incidents_in(tellings: Iterable[Telling]) -> list[Incident]:
    """Give what was told as incidents, those that one number joins as one; oldest first."""
    records = by_record(tellings)
    bearing: dict[str, set[Record]] = {}
    for record, versions in records.items():
        for each in versions:
            if each.facts.reference:
                bearing.setdefault(each.facts.reference, set()).add(record)
    joined = groups(frozenset(each) for each in bearing.values() if len(each) > 1)
    apart = records.keys() - frozenset().union(*joined)
    found = [_incident([records[each]]) for each in apart]
    found += [_incident([records[each] for each in several]) for several in joined]
    return sorted(found, key=lambda each: (each.day, each.tellings[0].event))


def _incident(records: Sequence[Sequence[Telling]]) -> Incident:
    told = sorted((each for versions in records for each in versions), key=in_order)
    return Incident(min(map(day_told, records)), tuple(told))


def by_record(tellings: Iterable[Telling]) -> dict[Record, list[Telling]]:
    found: dict[Record, list[Telling]] = {}
    for each in tellings:
        found.setdefault((each.agency, each.record), []).append(each)
    return found


def day_told(versions: Sequence[Telling]) -> date:
    """Give the day that the newest version of a record tells."""
    return newest(versions).on


def newest(versions: Sequence[Telling]) -> Telling:
    """Give the newest version of a record."""
    if len(versions) == 1:
        return versions[0]
    return max(versions, key=lambda e: (e.received_on, e.reported_on, e.on, e.event))


def days_of(incidents: Iterable[Incident]) -> list[date]:
    """Give the day of each incident that is surely another one, newest first."""
    by_source: Counter[tuple[date, AgencyId, EventType]] = Counter()
    for each in incidents:
        by_source.update({(each.day, told.agency, told.type) for told in each.tellings})
    most: dict[date, int] = {}
    for (day, _, _), number in by_source.items():
        most[day] = max(most.get(day, 0), number)
    return [day for day in sorted(most, reverse=True) for _ in range(most[day])]


def last_day(day: date, months: int) -> date:
    """Give the last day within so many months after a day: the same date, if there is one."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    if year > date.max.year:
        return date.max
    if day.day <= SHORTEST_MONTH:
        return date(year, month, day.day)
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
