"""A case as it was known at the end of a day: which incidents there were, and in which case.

Perpetrators whom an event of today names together were two cases until it came, and neither had the
other's incidents. Each day is worked out once, whatever criteria ask for it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from hub.assess.book import Counted
from hub.assess.cases import Case, groups, named
from hub.assess.incidents import Incident, incidents_in
from hub.assess.timeline import Telling
from hub.model.agency import AgencyId
from hub.model.person import PersonId

Key = tuple[date, tuple[Counted, ...], frozenset[AgencyId]]


@dataclass(frozen=True, slots=True)
class Part:
    """What was one case on a day. `perpetrators` is none where it always was the whole."""

    victim: PersonId
    perpetrators: frozenset[PersonId] | None
    incidents: tuple[Incident, ...] = ()

    def has(self, telling: Telling) -> bool:
        return self.perpetrators is None or bool(self.perpetrators & named(self.victim, telling))


@dataclass(slots=True)
class Known:
    """A case, looked at day by day."""

    case: Case
    _counting: dict[tuple[Counted, ...], list[Telling]] = field(default_factory=dict)
    _days: dict[Key, list[Part]] = field(default_factory=dict)

    def counting(self, counted: tuple[Counted, ...]) -> list[Telling]:
        """Give what may count. What names no perpetrator counts for nobody's case (issue 4)."""
        if counted not in self._counting:
            self._counting[counted] = [
                each
                for each in self.case.attributed
                if any(what.holds(each.type, each.facts) for what in counted)
            ]
        return self._counting[counted]

    def on(
        self, day: date, counted: tuple[Counted, ...], unheard: frozenset[AgencyId] = frozenset()
    ) -> list[Part]:
        """Give the cases that there were on a day, with their incidents; some agencies may go unheard."""
        key = day, counted, unheard
        if key not in self._days:
            told = [
                each
                for each in self.counting(counted)
                if each.received_on <= day and each.agency not in unheard
            ]
            self._days[key] = [_with(part, told) for part in self._parts(day)]
        return self._days[key]

    def days(self, told: Iterable[Telling], versions: Iterable[date], as_of: date) -> list[date]:
        """Give the days on which a criterion may begin to stand, or end.

        On each something came: what counts, what named perpetrators together, or a new version.
        """
        came = {each.received_on for each in told}
        if not came:
            return []
        if len(self.case.perpetrators) > 1:
            came |= {each.received_on for each in self.case.attributed}
        days = {max(day, self.case.opened) for day in came}
        days |= {day for day in versions if day > min(days)}
        return sorted(day for day in days if day <= as_of)

    def _parts(self, day: date) -> list[Part]:
        case = self.case
        if len(case.perpetrators) == 1:
            return [Part(case.victim, None)]
        then = groups(named(case.victim, e) for e in case.attributed if e.received_on <= day)
        return [Part(case.victim, part) for part in then]


def _with(part: Part, told: Iterable[Telling]) -> Part:
    incidents = incidents_in(each for each in told if part.has(each))
    return Part(part.victim, part.perpetrators, tuple(incidents))
