"""What is known of everybody in reach of a change, taken together."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from hub.afresh.values import Assessed, Happening, Surroundings, Task, TaskKind
from hub.assess.book import Book
from hub.assess.cases import Case, cases_of
from hub.assess.circumstances import Risk, Statement, consent_of, risk_of
from hub.assess.contested import contested
from hub.assess.criteria import Standing, standings
from hub.assess.timeline import REFERRAL
from hub.disclose.conflict import NOBODY, Bars
from hub.disclose.verdict import Circumstances
from hub.model.agency import AgencyId
from hub.model.event import EventId
from hub.model.person import PersonId


@dataclass(frozen=True, slots=True)
class _Person:
    """What is known of one person."""

    statements: Sequence[Statement]
    suppliers: frozenset[AgencyId]
    bars: Bars
    cases: Sequence[Case]


_MEETS_A_CRITERION = Statement(EventId(""), datetime.min.replace(tzinfo=UTC), Risk.HIGH, None)
"""What the hub itself states of whoever meets a criterion of MARAC."""


class Picture:
    """What is known of everybody in reach, taken together once for each person.

    What widens counts what is surely theirs; what narrows counts also what may possibly be.
    """

    def __init__(self, around: Surroundings, book: Book) -> None:
        self._around, self._book = around, book
        self._told: dict[PersonId, list[Happening]] = defaultdict(list)
        for each in around.happenings.values():
            if not each.past.withdrawn:
                for person in each.past.about:
                    self._told[person].append(each)
        self._people: dict[PersonId, _Person] = {}
        self._standings: dict[PersonId, list[Assessed]] = {}
        self._circumstances: dict[
            tuple[tuple[PersonId, ...], frozenset[PersonId]], Circumstances
        ] = {}
        told = [e for e in around.happenings.values() if not e.past.withdrawn]
        tellings = [each.telling for each in told if each.telling]
        self._contested = contested(tellings, self._maybe, around.accepted)

    def cases(self) -> list[Assessed]:
        """Give every case of those people whose cases may have changed."""
        return [each for person in self._around.people for each in self._assessed(person)]

    def questions(self) -> tuple[list[Task], list[Task]]:
        """Give the questions whether a referral is sound: those that are open, and those that are not."""
        referrals = [
            event
            for event in self._around.decide
            if self._around.happenings[event].past.type == REFERRAL
        ]
        asked: list[Task] = []
        settled: list[Task] = []
        for event in sorted(referrals):
            task = Task(TaskKind.CONTESTED_REFERRAL, event)
            (asked if event in self._contested else settled).append(task)
        return asked, settled

    def cases_of(self, victim: PersonId) -> list[Case]:
        return list(self._person(victim).cases)

    def case_of(self, victim: PersonId, perpetrators: Collection[PersonId]) -> Case | None:
        """Give a victim's case with one of these; where nobody was named, her only one."""
        cases = self.cases_of(victim)
        for case in cases:
            if case.perpetrators.intersection(perpetrators):
                return case
        is_open = len(cases) == 1 and not (cases[0].perpetrators and perpetrators)
        return cases[0] if is_open else None

    def standings(self, case: Case, day: date) -> list[Standing]:
        """Give the criteria that stand in a case at the end of a day, and those that lapsed."""
        return standings(case, self._book, day, self._contested)

    def circumstances(self, happening: Happening) -> Circumstances:
        """Take together what is known of the people an event is about: the same for all that have the same."""
        key = (happening.past.about, happening.suspects)
        if key not in self._circumstances:
            self._circumstances[key] = self._together(happening)
        return self._circumstances[key]

    def _together(self, happening: Happening) -> Circumstances:
        each = [self._person(person) for person in happening.past.about]
        statements = [one.statements for one in each]
        bars = self._bars_of([happening])
        for one in each:
            bars |= one.bars
        return Circumstances(
            risk=risk_of(statements).word,
            consent=consent_of([*statements, *self._refusals(happening.past.about)]),
            suppliers=frozenset.intersection(*(one.suppliers for one in each))
            if each
            else frozenset(),
            conflicts=bars.conflicts,
            perpetrator_links=bars.links,
            invited=self._invited(happening),
        )

    def _invited(self, happening: Happening) -> frozenset[AgencyId]:
        """Give who is invited, for each person it is about, to a case that the event is of."""
        each = [
            frozenset[AgencyId]().union(
                *(
                    one.organisations
                    for one in self._around.invited.get(person, ())
                    if (case := self.case_of(person, one.perpetrators)) is not None
                    and not (
                        happening.suspects and case.perpetrators.isdisjoint(happening.suspects)
                    )
                )
            )
            for person in happening.past.about
        ]
        return frozenset.intersection(*each) if each else frozenset()

    def _person(self, person: PersonId) -> _Person:
        if person not in self._people:
            told = self._told[person]
            also = [each for other in self._maybe(person) for each in self._told[other]]
            statements = [self._sound(each) for each in told]
            self._people[person] = _Person(
                statements=statements,
                suppliers=frozenset(each.past.agency for each in told),
                bars=self._bars_of([*told, *also]),
                cases=cases_of(person, [each.telling for each in told if each.telling]),
            )
            if risk_of([statements]) is not Risk.HIGH and self._meets_a_criterion(person):
                statements.append(_MEETS_A_CRITERION)
        return self._people[person]

    def _assessed(self, person: PersonId) -> list[Assessed]:
        """Give a person's cases, and the criteria that were ever met: a lapse lowers nothing here."""
        if person not in self._standings:
            self._standings[person] = [
                Assessed(case, standings(case, self._book, date.max, self._contested))
                for case in self._person(person).cases
            ]
        return self._standings[person]

    def _meets_a_criterion(self, person: PersonId) -> bool:
        return any(each.standings for each in self._assessed(person))

    def _sound(self, happening: Happening) -> Statement:
        """Give what an event states. A contested referral raises no risk and opens nothing."""
        said = happening.statement
        if happening.past.id not in self._contested:
            return said
        return replace(said, risk=None, consent=None if said.consent == "given" else said.consent)

    def _refusals(self, people: Iterable[PersonId]) -> list[list[Statement]]:
        """Give what those state who may be one of these people, where it refuses."""
        others = {other for person in people for other in self._maybe(person)}
        each = [[told.statement for told in self._told[other]] for other in sorted(others)]
        return [said for said in each if consent_of([said]) in ("refused", "withdrawn")]

    def _bars_of(self, happenings: Iterable[Happening]) -> Bars:
        found = NOBODY
        for suspect in {one for each in happenings for one in each.suspects}:
            for person in (suspect, *self._maybe(suspect)):
                found |= self._around.barred.get(person, NOBODY)
        return found

    def _maybe(self, person: PersonId) -> Collection[PersonId]:
        return self._around.maybe.get(person, ())
