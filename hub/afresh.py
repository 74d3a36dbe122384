"""Decided afresh. Whenever something about somebody changed, what each recipient may have follows.

    who is touched → everything that bears on them → who may have what of it now? → to the outbox
    and the ledger

New events, withdrawn events, links cut, judgements and changed policies all come here: a decision is
a function of what is known, never of the way there. Nothing here does I/O: what is needed of the
database and of the wire is stated in the Protocols below, and `bootstrap` fills them.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Protocol

from hub.assess.book import Book
from hub.assess.cases import Case, cases_of
from hub.assess.circumstances import Risk, Statement, consent_of, risk_of
from hub.assess.contested import REFERRAL, contested
from hub.assess.criteria import Standing, standings
from hub.assess.timeline import Telling
from hub.disclose.conflict import NOBODY, Bars, Register
from hub.disclose.plan import Plan, Planner
from hub.disclose.project import DisclosureHead
from hub.disclose.schema import SourceSchema
from hub.disclose.verdict import Circumstances, Past, Verdict, verdicts
from hub.model.agency import AgencyId
from hub.model.dead_letter import Reason, Stage
from hub.model.event import Body, EventId, EventType
from hub.model.level import Treatment
from hub.model.person import PersonId
from hub.model.recipient import Recipient

RECALL = EventType("recall")
"""What the hub says when it takes a disclosure back; policies decide it like any event."""

MaybeSame = Callable[[Collection[PersonId]], Mapping[PersonId, Collection[PersonId]]]
"""Gives, for each of these people, who else they may possibly be."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One event that is kept: what decisions need of it, what it states, and who stands in it.

    `telling` is what cases and criteria look at, if it tells of people at all. `suspects` are those
    who may have done it: somebody unresolved may turn out to be either.
    """

    past: Past
    statement: Statement
    telling: Telling | None
    suspects: frozenset[PersonId]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Events to decide, and all that bears on them: every event of everybody in reach.

    `people` are those whose events are all here, and whose cases may have changed. `maybe` is who
    somebody may possibly be besides, `barred` whom somebody bars who is a suspect, `accepted` the
    contested referrals that a person judged sound.
    """

    people: Collection[PersonId]
    decide: Collection[EventId]
    happenings: Mapping[EventId, Happening]
    maybe: Mapping[PersonId, Collection[PersonId]]
    barred: Mapping[PersonId, Bars]
    accepted: Collection[EventId] = ()


@dataclass(frozen=True, slots=True)
class Assessed:
    """A case, and the criteria that stand in it or stood."""

    case: Case
    standings: Sequence[Standing]


@dataclass(frozen=True, slots=True)
class Given:
    """What a recipient has of an event by now, and the key it was sent under.

    `stopped`: a conflict came up since. Nothing more is sent, and a person decides about the recall.
    """

    plan_id: str
    disclosure_id: str
    key: bytes
    treatments: Mapping[str, Treatment]
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class Disclosed:
    """A disclosure to send. It replaces what was sent before under the same id; `opens`: the first."""

    verdict: Verdict
    disclosure_id: str
    key: bytes
    value: bytes
    opens: bool


@dataclass(frozen=True, slots=True)
class Recalled:
    """A disclosure to take back, under the key it was sent under, so that it cannot overtake it."""

    verdict: Verdict
    disclosure_id: str
    key: bytes
    value: bytes


@dataclass(frozen=True, slots=True)
class Stopped:
    """A disclosure that must not be followed up, nor recalled: near a perpetrator that would tip off."""

    verdict: Verdict
    disclosure_id: str


class TaskKind(StrEnum):
    """What a person has to decide, since no rule can."""

    CONTESTED_REFERRAL = "contested-referral"
    STOPPED_DISCLOSURE = "stopped-disclosure"
    REROUTE = "reroute"


@dataclass(frozen=True, slots=True)
class Task:
    """A question to the duty officer, about an event and, of most kinds, a recipient.

    * A contested referral: its victim is named as perpetrator. Is it sound?
    * A stopped disclosure: a conflict came up after it was sent. Is it to be recalled?
    * Reroute: a whole organisation has a conflict, and would have been told. Who is told instead?
      One task for each organisation and person, at the first event.
    """

    kind: TaskKind
    event: EventId
    recipient: AgencyId | None = None
    about: PersonId | None = None


@dataclass(slots=True)
class Outcome:
    """What became of a batch: counts for people and metrics, no data."""

    read: int = 0
    kept: int = 0
    duplicates: int = 0
    dead_letters: Counter[tuple[Stage, Reason]] = field(default_factory=Counter)
    disclosed: Counter[AgencyId] = field(default_factory=Counter)
    suppressed: Counter[AgencyId] = field(default_factory=Counter)
    recalled: Counter[AgencyId] = field(default_factory=Counter)
    withheld_fields: Counter[AgencyId] = field(default_factory=Counter)

    def add(self, other: "Outcome") -> None:
        """Add another batch's outcome to this one."""
        self.read += other.read
        self.kept += other.kept
        self.duplicates += other.duplicates
        self.dead_letters += other.dead_letters
        self.disclosed += other.disclosed
        self.suppressed += other.suppressed
        self.recalled += other.recalled
        self.withheld_fields += other.withheld_fields


class Known(Protocol):
    """What the hub knows, as far as decisions look at it."""

    def known(self, ids: Collection[EventId]) -> dict[EventId, bytes]:
        """Give the framed values of those that are kept already."""
        ...

    def surroundings(
        self, people: Collection[PersonId], events: Collection[EventId], maybe_same: MaybeSame
    ) -> Surroundings:
        """Give these events, every event that a change in these people bears on, and all that bears on those."""
        ...

    def keep_cases(self, people: Collection[PersonId], found: Sequence[Assessed]) -> None:
        """Keep what these people's cases are now, in the place of what they were."""
        ...

    def ask(self, asked: Collection[Task], settled: Collection[Task]) -> None:
        """Put tasks before a person, each once; drop those that have settled themselves."""
        ...


class Dispatch(Protocol):
    """What was and what is to be given to recipients."""

    def given(self, events: Collection[EventId]) -> dict[tuple[AgencyId, EventId], Given]: ...

    def send(
        self,
        disclosed: Sequence[Disclosed],
        suppressed: Sequence[Verdict],
        recalled: Sequence[Recalled],
        stopped: Sequence[Stopped],
    ) -> None:
        """Put it all into the outbox and the ledger, in this transaction."""
        ...


class Wire(Protocol):
    """How things are written for the log, and names that nobody can guess."""

    def body(self, value: bytes) -> Body:
        """Decode an event that was kept."""
        ...

    def disclosure(self, verdict: Verdict, body: Body, head: DisclosureHead) -> bytes:
        """Project and encode what the verdict's plan gives of a body."""
        ...

    def recall(self, disclosure_id: str) -> bytes: ...

    def pseudonym(self, recipient: AgencyId, of: str) -> bytes:
        """Give the recipient's own name for a person or an event: the key of what it is sent."""
        ...

    def new_id(self) -> str:
        """Give a random id."""
        ...


@dataclass(frozen=True, slots=True)
class Hub:
    """What stays the same from batch to batch: who there is, and by which rules it is decided."""

    recipients: Sequence[Recipient]
    register: Register
    schemas: Mapping[EventType, SourceSchema]
    planner: Planner
    book: Book
    wire: Wire

    @property
    def epoch(self) -> str:
        """Name everything that decides: rules in force, register, criteria. Another name decides afresh."""
        return f"{self.planner.epoch}-{self.book.sha256[:8]}"


class Bodies:
    """The bodies of events, those of this batch and those kept before, each decoded once."""

    def __init__(self, fresh: Mapping[EventId, Body], known: Known, wire: Wire) -> None:
        self.fresh = frozenset(fresh)
        self._bodies = dict(fresh)
        self._known, self._wire = known, wire

    def __getitem__(self, event: EventId) -> Body:
        if event not in self._bodies:
            self._bodies[event] = self._wire.body(self._known.known([event])[event])
        return self._bodies[event]


def decide_afresh(
    around: Surroundings,
    bodies: Bodies,
    *,
    hub: Hub,
    known: Known,
    dispatch: Dispatch,
    outcome: Outcome,
) -> None:
    """Decide every event in question, and send what differs from what was given."""
    picture = _Picture(around, hub.book)
    known.keep_cases(around.people, picture.cases())
    fresh = bodies.fresh
    given = dispatch.given([event for event in around.decide if event not in fresh])
    wanted = [around.happenings[event] for event in sorted(around.decide)]
    events = ((each.past, picture.circumstances(each)) for each in wanted)
    disclosed: list[Disclosed] = []
    suppressed: list[Verdict] = []
    recalled: list[Recalled] = []
    stopped: list[Stopped] = []
    barred: dict[tuple[AgencyId, tuple[PersonId, ...]], Task] = {}
    for verdict in verdicts(events, hub.recipients, hub.schemas, hub.planner):
        has = given.get((verdict.recipient.id, verdict.event.id))
        if not verdict.discloses:
            if has is not None and _may_be_recalled(verdict, hub):
                recalled.append(_recalled(verdict, has, hub.wire))
            elif has is not None and not has.stopped:
                stopped.append(Stopped(verdict, has.disclosure_id))
            elif has is None and verdict.event.id in fresh:
                suppressed.append(verdict)
            if verdict.event.id in fresh and _would_be_told(verdict, hub):
                barred.setdefault((verdict.recipient.id, verdict.event.about), _reroute(verdict))
            continue
        if has is not None and has.plan_id == verdict.plan.id and not has.stopped:
            continue
        if has is not None and _narrows(has, verdict):
            recalled.append(_recalled(verdict, has, hub.wire))
            has = None
        disclosed.append(_disclosed(verdict, has, bodies, hub))
    dispatch.send(disclosed, suppressed, recalled, stopped)
    asked, settled = picture.questions()
    asked += [
        Task(TaskKind.STOPPED_DISCLOSURE, o.verdict.event.id, o.verdict.recipient.id)
        for o in stopped
    ]
    known.ask([*asked, *barred.values()], settled)
    _tally(outcome, disclosed, [*suppressed, *(one.verdict for one in stopped)], recalled)


@dataclass(frozen=True, slots=True)
class _Person:
    """What is known of one person."""

    statements: Sequence[Statement]
    suppliers: frozenset[AgencyId]
    bars: Bars
    cases: Sequence[Assessed]


_MEETS_A_CRITERION = Statement(EventId(""), datetime.min.replace(tzinfo=UTC), Risk.HIGH, None)
"""What the hub itself states of whoever meets a criterion of MARAC."""


class _Picture:
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
        told = [e for e in around.happenings.values() if not e.past.withdrawn]
        tellings = [each.telling for each in told if each.telling]
        self._contested = contested(tellings, self._maybe, around.accepted)

    def cases(self) -> list[Assessed]:
        """Give every case of those people whose cases may have changed."""
        return [case for person in self._around.people for case in self._person(person).cases]

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

    def circumstances(self, happening: Happening) -> Circumstances:
        """Take together what is known of the people an event is about."""
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
        )

    def _person(self, person: PersonId) -> _Person:
        if person not in self._people:
            told = self._told[person]
            also = [each for other in self._maybe(person) for each in self._told[other]]
            cases = self._assessed(person, told)
            statements = [self._sound(each) for each in told]
            if any(case.standings for case in cases):
                statements.append(_MEETS_A_CRITERION)
            self._people[person] = _Person(
                statements=statements,
                suppliers=frozenset(each.past.agency for each in told),
                bars=self._bars_of([*told, *also]),
                cases=cases,
            )
        return self._people[person]

    def _assessed(self, person: PersonId, told: Iterable[Happening]) -> list[Assessed]:
        """Find a person's cases, and the criteria that were ever met: a lapse lowers nothing here."""
        tellings = [each.telling for each in told if each.telling]
        return [
            Assessed(case, standings(case, self._book, date.max, self._contested))
            for case in cases_of(person, tellings)
        ]

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


def _narrows(has: Given, verdict: Verdict) -> bool:
    """Tell whether the new plan gives less of any field than was given."""
    now = verdict.plan.treatments
    return any(
        now.get(path, Treatment.WITHHOLD).level < before.level
        for path, before in has.treatments.items()
    )


def _may_be_recalled(verdict: Verdict, hub: Hub) -> bool:
    """Tell whether the policy lets a recall go out: near a perpetrator it would itself tip off."""
    return hub.planner.plan(hub.schemas[RECALL], verdict.context).outcome == "disclosed"


def _would_be_told(verdict: Verdict, hub: Hub) -> bool:
    """Tell whether nothing but a conflict keeps an organisation from being told."""
    context = verdict.context
    if not (context.conflict_of_interest or context.perpetrator_link) or verdict.event.withdrawn:
        return False
    free = replace(context, conflict_of_interest=False, perpetrator_link=False)
    return hub.planner.plan(hub.schemas[verdict.event.type], free).outcome == "disclosed"


def _reroute(verdict: Verdict) -> Task:
    about = verdict.event.about[0] if verdict.event.about else None
    return Task(TaskKind.REROUTE, verdict.event.id, verdict.recipient.id, about)


def _recalled(verdict: Verdict, has: Given, wire: Wire) -> Recalled:
    return Recalled(verdict, has.disclosure_id, has.key, wire.recall(has.disclosure_id))


def _disclosed(verdict: Verdict, has: Given | None, bodies: Bodies, hub: Hub) -> Disclosed:
    id_ = has.disclosure_id if has else hub.wire.new_id()
    head = DisclosureHead(id_, hub.planner.bundle.version, verdict.plan.id, verdict.recipient.id)
    value = hub.wire.disclosure(verdict, bodies[verdict.event.id], head)
    return Disclosed(verdict, id_, has.key if has else _key(verdict, hub.wire), value, has is None)


def _key(verdict: Verdict, wire: Wire) -> bytes:
    """Name whom it is about as this recipient knows them; an event about nobody goes by itself."""
    about = verdict.event.about
    return wire.pseudonym(verdict.recipient.id, about[0] if about else verdict.event.id)


def _tally(
    outcome: Outcome,
    disclosed: Iterable[Disclosed],
    suppressed: Iterable[Verdict],
    recalled: Iterable[Recalled],
) -> None:
    for one in disclosed:
        recipient, plan = one.verdict.recipient.id, one.verdict.plan
        outcome.disclosed[recipient] += 1
        outcome.withheld_fields[recipient] += _withheld(plan)
    outcome.suppressed.update(verdict.recipient.id for verdict in suppressed)
    outcome.recalled.update(back.verdict.recipient.id for back in recalled)


@lru_cache(maxsize=4096)
def _withheld(plan: Plan) -> int:
    """Count the fields that a plan withholds. The planner makes each plan once."""
    return sum(treatment is Treatment.WITHHOLD for treatment in plan.treatments.values())
