"""Which criterion began to stand on which day, and how it ended: a case looked back on.

The hub's view is taken up again at each day on which something came, and compared with the one
before. So what was retracted, a link that was found later, or perpetrators who turned out to be one
case show from their own day on, and nothing is known before it was known.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from hub.assess.book import Book
from hub.assess.cases import Case
from hub.assess.criteria import Standing, standings
from hub.model.event import EventId
from hub.model.person import PersonId, RecordKey

Name = tuple[int, str, str | None]
"""A standing: the number of its case, the criterion, the anchor."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What there was from a day on, until something more came the day after `last`.

    `records` are those of each person: by them cases are known again, whatever ids people have.
    """

    day: date
    last: date
    cases: tuple[Case, ...]
    records: Mapping[PersonId, frozenset[RecordKey]]
    contested: Collection[EventId] = ()


@dataclass(frozen=True, slots=True)
class Begun:
    """One time that a criterion began to stand in a case.

    It ends in one of three ways, or not at all: it lapsed; until some day, what it rested on was
    taken back; or its case became one with another in which the criterion stood before. A repeat
    that is followed by another goes on, and the other one has its own entry.
    """

    on: date
    case: int
    code: str
    anchor: str | None
    events: tuple[EventId, ...]
    unattributed: tuple[EventId, ...]
    lapsed_on: date | None = None
    until: date | None = None
    joined_case: int | None = None


def history(moments: Iterable[Moment], book: Book) -> list[Begun]:
    """Give every time that a criterion began to stand, by day. Moments come in the order of days."""
    told = _Told(book)
    for moment in moments:
        told.go_on(moment)
    return sorted(told.entries, key=lambda e: (e.on, e.case, e.code, e.anchor or ""))


@dataclass(slots=True)
class _Told:
    """What was told so far: entries, which of them stand, and the cases of the moment before."""

    book: Book
    entries: list[Begun] = field(default_factory=list)
    standing: dict[Name, int] = field(default_factory=dict)
    cases: dict[int, Case] = field(default_factory=dict)
    records: Mapping[PersonId, frozenset[RecordKey]] = field(default_factory=dict)
    numbers: int = 0

    def go_on(self, moment: Moment) -> None:
        """Compare a moment with the one before, at its first day and at its last."""
        self._number(moment)
        for day in (moment.day, moment.last):
            found: set[Name] = set()
            for number, case in self.cases.items():
                for each in standings(case, self.book, day, moment.contested):
                    found.add((number, each.code, each.anchor))
                    self._see(number, case, each, moment)
            for gone in self.standing.keys() - found:
                self._end(gone, until=day)

    def _number(self, moment: Moment) -> None:
        """Give each case the number that it had; of several that became one, the lowest."""
        cases: dict[int, Case] = {}
        heirs: dict[int, int] = {}
        for case in moment.cases:
            before = [
                number
                for number, other in sorted(self.cases.items())
                if number not in heirs and self._goes_on(other, case, moment.records)
            ]
            self.numbers += not before
            number = before[0] if before else self.numbers
            cases[number] = case
            heirs |= dict.fromkeys(before, number)
        self.cases, self.records = cases, moment.records
        for name in sorted(self.standing, key=lambda name: name[0]):
            if heirs.get(name[0], name[0]) != name[0]:
                self._hand_over(name, heirs[name[0]])

    def _goes_on(
        self, before: Case, now: Case, records: Mapping[PersonId, frozenset[RecordKey]]
    ) -> bool:
        if not self.records[before.victim] & records[now.victim]:
            return False
        if not before.perpetrators or not now.perpetrators:
            return True
        they = frozenset().union(*(self.records[each] for each in before.perpetrators))
        return any(they & records[each] for each in now.perpetrators)

    def _hand_over(self, name: Name, number: int) -> None:
        """Let what stood in a case stand in the one that it became, if it does not already."""
        heir = (number, *name[1:])
        entry = self.standing.pop(name)
        if heir in self.standing:
            self.entries[entry] = replace(self.entries[entry], joined_case=number)
        else:
            self.standing[heir] = entry

    def _see(self, number: int, case: Case, each: Standing, moment: Moment) -> None:
        name = (number, each.code, each.anchor)
        if each.lapsed_on is None:
            if name not in self.standing or self._is_another(name, each, moment):
                self.standing[name] = len(self.entries)
                self._begin(number, case, each, max(each.since, moment.day))
        elif name in self.standing:
            self._end(name, lapsed_on=each.lapsed_on)
        elif each.since == moment.day and each.lapsed_on <= moment.day and not self._has(name):
            self._begin(number, case, each, moment.day)

    def _is_another(self, name: Name, each: Standing, moment: Moment) -> bool:
        """Tell whether it began to stand anew on this day, although it stood the day before."""
        return each.since >= moment.day and self.entries[self.standing[name]].on < each.since

    def _has(self, name: Name) -> bool:
        return any((each.case, each.code, each.anchor) == name for each in self.entries)

    def _begin(self, number: int, case: Case, each: Standing, on: date) -> None:
        unattributed = {telling.event for telling in case.unattributed}
        self.entries.append(
            Begun(
                on=on,
                case=number,
                code=each.code,
                anchor=each.anchor,
                events=each.events,
                unattributed=tuple(event for event in each.events if event in unattributed),
                lapsed_on=each.lapsed_on,
            )
        )

    def _end(self, name: Name, *, lapsed_on: date | None = None, until: date | None = None) -> None:
        entry = self.standing.pop(name)
        self.entries[entry] = replace(self.entries[entry], lapsed_on=lapsed_on, until=until)
