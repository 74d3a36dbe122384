"""Decided afresh. Whenever something about somebody changed, what each recipient may have follows.

    who is touched → everything that bears on them → who may have what of it now? → to the outbox
    and the ledger

New events, withdrawn events, links cut, judgements and changed policies all come here: a decision is
a function of what is known, never of the way there. Nothing here does I/O: what is needed of the
database and of the wire is stated in the Protocols below, and `bootstrap` fills them.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol

from hub.assess.circumstances import Statement, consent_of, risk_of
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
    """One event that is kept: what decisions need of it, what it states, and who stands in it."""

    past: Past
    statement: Statement
    victims: frozenset[PersonId]
    perpetrators: frozenset[PersonId]
    unresolved: frozenset[PersonId]

    @property
    def suspects(self) -> frozenset[PersonId]:
        """Give those who may have done it: somebody unresolved may turn out to be either."""
        return self.perpetrators | self.unresolved


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Events to decide, and all that bears on them: every event of everybody in reach.

    `maybe` is who somebody may possibly be besides, `barred` whom somebody bars who is a suspect.
    """

    decide: Collection[EventId]
    happenings: Mapping[EventId, Happening]
    maybe: Mapping[PersonId, Collection[PersonId]]
    barred: Mapping[PersonId, Bars]


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
    wire: Wire


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
    around: Surroundings, bodies: Bodies, *, hub: Hub, dispatch: Dispatch, outcome: Outcome
) -> None:
    """Decide every event in question, and send what differs from what was given."""
    picture = _Picture(around)
    fresh = bodies.fresh
    given = dispatch.given([event for event in around.decide if event not in fresh])
    asked = [around.happenings[event] for event in sorted(around.decide)]
    known = ((each.past, picture.circumstances(each)) for each in asked)
    disclosed: list[Disclosed] = []
    suppressed: list[Verdict] = []
    recalled: list[Recalled] = []
    stopped: list[Stopped] = []
    for verdict in verdicts(known, hub.recipients, hub.schemas, hub.planner):
        has = given.get((verdict.recipient.id, verdict.event.id))
        if not verdict.discloses:
            if has is not None and _may_be_recalled(verdict, hub):
                recalled.append(_recalled(verdict, has, hub.wire))
            elif has is not None and not has.stopped:
                stopped.append(Stopped(verdict, has.disclosure_id))
            elif has is None and verdict.event.id in fresh:
                suppressed.append(verdict)
            continue
        if has is not None and has.plan_id == verdict.plan.id and not has.stopped:
            continue
        if has is not None and _narrows(has, verdict):
            recalled.append(_recalled(verdict, has, hub.wire))
            has = None
        disclosed.append(_disclosed(verdict, has, bodies, hub))
    dispatch.send(disclosed, suppressed, recalled, stopped)
    _tally(outcome, disclosed, [*suppressed, *(one.verdict for one in stopped)], recalled)


@dataclass(frozen=True, slots=True)
class _Person:
    """What is known of one person."""

    statements: Sequence[Statement]
    suppliers: frozenset[AgencyId]
    bars: Bars


class _Picture:
    """What is known of everybody in reach, taken together once for each person.

    What widens counts what is surely theirs; what narrows counts also what may possibly be.
    """

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._told: dict[PersonId, list[Happening]] = defaultdict(list)
        for each in around.happenings.values():
            if not each.past.withdrawn:
                for person in each.past.about:
                    self._told[person].append(each)
        self._people: dict[PersonId, _Person] = {}

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
            self._people[person] = _Person(
                statements=[each.statement for each in told],
                suppliers=frozenset(each.past.agency for each in told),
                bars=self._bars_of([*told, *also]),
            )
        return self._people[person]

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
