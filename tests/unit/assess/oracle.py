"""What stands on a day, found out the long way: every day tried by itself, every pair looked at.

Written without a look at how `criteria.py` goes about it. Windows are of one month, counted as days
by their dates, so that a few weeks hold all that can happen.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations

from hub.assess.timeline import Telling
from hub.model.person import PersonId

Incident = tuple[date, frozenset[tuple[str, str]], frozenset[str]]

ABUSE = {
    "incident-reported": lambda _: True,
    "order-recorded": lambda told: told.facts.state == "breached",
    "attendance-recorded": lambda told: told.facts.disclosed,
    "support-recorded": lambda told: told.facts.disclosed,
    "concern-raised": lambda told: told.facts.disclosed,
}
ANCHORS = {
    "last_referral": lambda told: told.type == "referral-made",
    "last_meeting": lambda told: told.type == "case-heard" and told.facts.state == "heard",
}


@dataclass(frozen=True)
class Seen:
    """What a case met at the end of one day."""

    codes: frozenset[str]
    passed: bool
    news: Mapping[str, frozenset[str]]

    def is_new_to(self, before: "Seen", name: str) -> bool:
        """Tell whether something stands that did not on the day before, or on other incidents."""
        if name not in before.codes or name not in self.codes:
            return name in self.codes
        return name in ANCHORS and not self.news[name] & before.news[name]


def a_month_on(day: date) -> date:
    """Go on day by day until the date comes again, or the next month ends."""
    end = day + timedelta(days=1)
    while end.day != day.day and (end + timedelta(days=1)).month - day.month in {0, 1, -11}:
        end += timedelta(days=1)
    return end


def seen_on(
    day: date, victim: PersonId, told: Sequence[Telling], contested: Collection[str]
) -> dict[frozenset[PersonId], Seen]:
    """Give what stood in each of her cases at the end of a day."""
    known = [
        each
        for each in told
        if each.received_on <= day and victim in each.victims and each.event not in contested
    ]
    named = [each.perpetrators - {victim} for each in known]
    everybody = set().union(*named)
    cases = {_reach(person, named) for person in everybody} or {frozenset()}
    return {
        case: _seen(
            day,
            [each for each in known if case & (each.perpetrators - {victim})],
            [each for each in known if not each.perpetrators - {victim}],
        )
        for case in cases
    }


def _reach(person: PersonId, named: Sequence[frozenset[PersonId]]) -> frozenset[PersonId]:
    reached = {person}
    for _ in range(len(named)):
        for group in named:
            if group & reached:
                reached |= group
    return frozenset(reached)


def _seen(day: date, attributed: Sequence[Telling], unattributed: Sequence[Telling]) -> Seen:
    codes = set()
    for each in (*attributed, *unattributed):
        is_high = each.type == "risk-assessed" and (each.facts.yes or 0) >= 14
        if is_high or (each.type == "referral-made" and "visible_high_risk" in each.facts.ticks):
            codes.add("visible_high_risk")
        if each.type == "risk-assessed" and each.facts.judged:
            codes.add("professional_judgement")
    abuse = [each for each in attributed if each.type in ABUSE and ABUSE[each.type](each)]
    incidents = _incidents(abuse)
    if _number([i for i in incidents if i[0] <= day <= a_month_on(i[0])]) >= 3:
        codes.add("escalation")
    passed = any(
        _number([i for i in incidents if first[0] <= i[0] <= a_month_on(first[0])]) >= 3
        for first in incidents
    )
    news = {}
    for name, is_anchor in ANCHORS.items():
        told = [each for each in attributed if is_anchor(each)]
        pairs = [
            (anchor, events)
            for anchor in {_newest(each, told) for each in told}
            for first, _, events in incidents
            if anchor < first <= a_month_on(anchor)
        ]
        if pairs:
            codes.add(name)
            last = max(anchor for anchor, _ in pairs)
            news[name] = frozenset().union(*(events for anchor, events in pairs if anchor == last))
    return Seen(frozenset(codes), passed, news)


def _newest(one: Telling, told: Sequence[Telling]) -> date:
    """Give the day that the newest version of a record says, of those that count."""
    versions = [each for each in told if (each.agency, each.record) == (one.agency, one.record)]
    newest = max(versions, key=lambda e: (e.received_on, e.reported_on, e.on, e.event))
    told_on = newest.reported_on if newest.type == "referral-made" else newest.occurred_on
    return min(told_on, newest.received_on)


def _incidents(abuse: Sequence[Telling]) -> list[Incident]:
    """Give (day, sources, events) of each incident, by joining tellings in pairs until nothing changes."""
    label = {each.event: each.event for each in abuse}
    for _ in abuse:
        for one, other in combinations(abuse, 2):
            same_record = (one.agency, one.record) == (other.agency, other.record)
            same_number = one.facts.reference and one.facts.reference == other.facts.reference
            if same_record or same_number:
                label[one.event] = label[other.event] = min(label[one.event], label[other.event])
    found = []
    for name in sorted(set(label.values())):
        told = [each for each in abuse if label[each.event] == name]
        found.append(
            (
                min(_newest(each, told) for each in told),
                frozenset((each.agency, each.type) for each in told),
                frozenset(each.event for each in told),
            )
        )
    return found


def _number(incidents: Sequence[Incident]) -> int:
    total = 0
    for day in {day for day, _, _ in incidents}:
        that_day = [sources for other, sources, _ in incidents if other == day]
        everybody = set().union(*that_day)
        total += max(sum(each in sources for sources in that_day) for each in everybody)
    return total
