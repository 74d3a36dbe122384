"""Which row stands in which month's file: late ones, new versions, and rows that are sent again."""

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta

from hub.synth.chance import chance_for, happens
from hub.synth.incidents import Incident
from hub.synth.layout import Layout
from hub.synth.places import AGENCIES
from hub.synth.referrals import Referral
from hub.synth.sentences import REVISIONS
from hub.synth.sheet import Entry
from hub.synth.truth import Truth

LATE, REVISED, SENT_AGAIN, GRADED_UP = 0.03, 0.04, 0.012, 0.5
FOUND_OUT = 0.6  # of mended rows without a name: who did it has become known
MOST_DAYS = 40  # late, or later
GRAVER = {"standard": "medium", "medium": "high", "high": "high"}
NEXT_CONSENT = {
    "given": ("given", "withdrawn"),
    "refused": ("refused", "given"),
    "not_asked": ("given", "refused"),
    "withdrawn": ("withdrawn",),
}
FETCHED, FETCHED_LAST = time(5, 0, tzinfo=UTC), time(22, 0, tzinfo=UTC)
AFTER_MINUTES = {"dash": 5, "outcomes": 6, "orders": 7, "support": 5}
"""A month's files are fetched on the next morning; those of the last day on its evening."""


@dataclass(slots=True)
class Month:
    """What one file holds: entries of its own, and those of earlier files that it repeats."""

    number: int
    entries: list[Entry] = field(default_factory=list)
    again: list[Entry] = field(default_factory=list)


def plan_months(truth: Truth, layout: Layout, *, last: datetime) -> dict[str, Month]:
    """Say, for each month that has rows, what its file holds; `last` is the last instant of all."""
    chance = chance_for(truth.seed, "plan", layout.agency, layout.name)
    entries = [
        version
        for first in _first_versions(truth, layout)
        for version in _versions(chance, first, last)
    ]
    entries.sort(key=lambda entry: (entry.entered, entry.number, entry.version))
    months: dict[str, Month] = {}
    for entry in entries:
        _month(months, entry.entered).entries.append(entry)
        if happens(chance, SENT_AGAIN):
            later = _next_month(entry.entered)
            if later <= last:
                _month(months, later).again.append(entry)
    return dict(sorted(months.items()))


def fetched_at(month: int, agency: str, name: str, *, until: date) -> datetime:
    """Say when a month's file of one format is fetched: agency by agency, some minutes apart."""
    year, place = divmod(month + 1, 12)
    morning = datetime.combine(date(year, place + 1, 1), FETCHED)
    evening = datetime.combine(until, FETCHED_LAST)
    minutes = 10 * AGENCIES.index(agency) + AFTER_MINUTES.get(name, 0)
    return min(morning, evening) + timedelta(minutes=minutes)


def month_of(instant: datetime) -> int:
    """Give the number of a month, counted through all years."""
    return instant.year * 12 + instant.month - 1


def _first_versions(truth: Truth, layout: Layout) -> Iterator[Entry]:
    """Give the first version of each record that an agency has in one format."""
    return (entry for agency, entry in FIRST[layout.name](truth) if agency == layout.agency)


def _incidents(truth: Truth) -> Iterator[tuple[str | None, Entry]]:
    for each in truth.incidents:
        yield each.force, _of_incident(each.reported_at, each.number, each)


def _assessments(truth: Truth) -> Iterator[tuple[str | None, Entry]]:
    for each in truth.incidents:
        if each.dash is not None:
            yield each.force, _of_incident(each.dash.assessed_at, each.number, each)


def _outcomes(truth: Truth) -> Iterator[tuple[str | None, Entry]]:
    for each in truth.outcomes:
        incident = truth.incidents[each.incident]
        yield incident.force, _of_incident(each.decided_at, each.number, incident)


def _orders(truth: Truth) -> Iterator[tuple[str | None, Entry]]:
    for each in truth.orders:
        incident = truth.incidents[each.incident]
        yield each.force, _of_incident(each.recorded_at, each.number, incident)


def _referrals(truth: Truth) -> Iterator[tuple[str | None, Entry]]:
    for each in truth.referrals:
        yield each.charity, _of_referral(each.referred_at, each.number, each)


def _notes(truth: Truth) -> Iterator[tuple[str | None, Entry]]:
    for each in truth.notes:
        referral = truth.referrals[each.referral]
        yield referral.charity, _of_referral(each.written_at, each.number, referral)


FIRST: Mapping[str, Callable[[Truth], Iterator[tuple[str | None, Entry]]]] = {
    "incidents": _incidents,
    "dash": _assessments,
    "outcomes": _outcomes,
    "orders": _orders,
    "referrals": _referrals,
    "support": _notes,
}
"""By format: all records of that kind, each with the agency whose it is."""


def _of_incident(when: datetime, number: int, incident: Incident) -> Entry:
    return Entry(when, number, 1, incident.consent, incident.risk_grade, incident.suspect)


def _of_referral(when: datetime, number: int, referral: Referral) -> Entry:
    return Entry(when, number, 1, referral.consent, referral.risk_grade, "named")


def _versions(chance: random.Random, first: Entry, last: datetime) -> Iterator[Entry]:
    """Give a record's versions: some are typed late, some mended later."""
    entry = first
    if happens(chance, LATE):
        late = _later(chance, first.entered)
        entry = _moved(first, late) if late <= last else first
    yield entry
    while happens(chance, REVISED):
        when = _later(chance, entry.entered)
        if when > last:
            return
        is_found_out = entry.suspect != "named" and happens(chance, FOUND_OUT)
        graver = GRAVER[entry.risk_grade] if happens(chance, GRADED_UP) else entry.risk_grade
        entry = Entry(
            entered=when,
            number=entry.number,
            version=entry.version + 1,
            consent=chance.choice(NEXT_CONSENT[entry.consent]),
            risk_grade=graver,
            suspect="named" if is_found_out else entry.suspect,
            note=chance.choice(REVISIONS),
        )
        yield entry


def _later(chance: random.Random, instant: datetime) -> datetime:
    return instant + timedelta(minutes=chance.randrange(24 * 60, MOST_DAYS * 24 * 60))


def _moved(entry: Entry, when: datetime) -> Entry:
    return replace(entry, entered=when)


def _month(months: dict[str, Month], instant: datetime) -> Month:
    name = f"{instant:%Y-%m}"
    if name not in months:
        months[name] = Month(month_of(instant))
    return months[name]


def _next_month(instant: datetime) -> datetime:
    return (instant.replace(day=1) + timedelta(days=32)).replace(day=1, hour=0, minute=0)
