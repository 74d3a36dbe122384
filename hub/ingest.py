"""Events in. One batch is one transaction, and this page is all that happens in it.

    the fence → already known? → keep → whose records are these? → what do they say? → who may
    have what of it now? → to the outbox and the ledger

Nothing here does I/O: what is needed of the database and of the wire is stated in the Protocols
below, and `bootstrap` fills them. Whatever fails, the transaction is undone and nothing happened.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol

from hub.assess.circumstances import Risk, Statement, consent_in, consent_of, risk_in, risk_of
from hub.disclose.afresh import Circumstances, Past, Verdict, verdicts
from hub.disclose.conflict import named, standing_of, suspects
from hub.disclose.plan import Plan, Planner
from hub.disclose.project import DisclosureHead
from hub.disclose.schema import SourceSchema
from hub.model.agency import AgencyId
from hub.model.arrival import Arrival, Batch
from hub.model.dead_letter import DeadLetter, Reason, Stage
from hub.model.event import Body, EventId, EventType
from hub.model.level import Treatment
from hub.model.person import Identity, PersonId, RecordKey
from hub.model.position import Move, Place
from hub.model.recipient import Recipient
from hub.resolve.attach import People, attach
from hub.resolve.identity import identities

RECALL = EventType("recall")
"""What the hub says when it takes a disclosure back; policies decide it like any event."""
ABOUT = ("victims", "unresolved")
"""The roles of those an event is about; whoever is unresolved is guarded like a victim."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An event as the hub keeps it, with what decisions need to know of it."""

    arrival: Arrival
    risk: Risk | None
    consent: str | None
    named: frozenset[AgencyId]
    conflicts: frozenset[AgencyId]
    perpetrator_links: frozenset[AgencyId]
    records: tuple[tuple[str, RecordKey], ...]


@dataclass(frozen=True, slots=True)
class Told:
    """One event about a person, and what it states of risk and consent."""

    event: Past
    statement: Statement


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Events to decide, and all that is told of everybody they are about."""

    events: Sequence[Past]
    told: Mapping[PersonId, Sequence[Told]]


@dataclass(frozen=True, slots=True)
class Given:
    """What a recipient has of an event by now, and the key it was sent under."""

    plan_id: str
    disclosure_id: str
    key: bytes
    treatments: Mapping[str, Treatment]


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


class Journal(Protocol):
    """The events the hub keeps."""

    def advance(self, moves: Mapping[Place, Move]) -> None:
        """Move the positions; the fence.

        Raises:
            Fenced: another reader moved on.
        """
        ...

    def known(self, ids: Collection[EventId]) -> dict[EventId, bytes]:
        """Give the framed values of those that are kept already."""
        ...

    def keep(self, events: Sequence[Kept]) -> None: ...

    def set_aside(self, letters: Sequence[DeadLetter]) -> None:
        """Keep dead letters; one that is there already stays as it is."""
        ...

    def surroundings(
        self, people: Collection[PersonId], events: Collection[EventId]
    ) -> Surroundings:
        """Give these events and every event about these people, with all that bears on them."""
        ...


class Dispatch(Protocol):
    """What was and what is to be given to recipients."""

    def given(self, events: Collection[EventId]) -> dict[tuple[AgencyId, EventId], Given]: ...

    def send(
        self,
        disclosed: Sequence[Disclosed],
        suppressed: Sequence[Verdict],
        recalled: Sequence[Recalled],
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
    schemas: Mapping[EventType, SourceSchema]
    planner: Planner
    wire: Wire


def ingest(
    batch: Batch, *, hub: Hub, journal: Journal, people: People, dispatch: Dispatch
) -> Outcome:
    """Take one batch in, inside the caller's transaction.

    Raises:
        Fenced: another worker took this batch; the caller undoes the transaction.
    """
    journal.advance(batch.moves)
    fresh, duplicates, clashes = _sorted(batch.arrivals, journal, hub.wire)
    letters = [*batch.letters, *clashes]
    journal.set_aside(letters)
    read = len(batch.arrivals) + len(batch.letters)
    outcome = Outcome(read=read, kept=len(fresh), duplicates=duplicates)
    outcome.dead_letters.update((letter.stage, letter.reason) for letter in letters)
    said = [list(identities(arrival.event.source.agency, arrival.event.body)) for arrival in fresh]
    journal.keep(
        [
            _kept(arrival, people_in, hub.recipients)
            for arrival, people_in in zip(fresh, said, strict=True)
        ]
    )
    spoken = (identity for people_in in said for _, identity in people_in)
    touched = attach(spoken, people, lambda: PersonId(hub.wire.new_id()))
    around = journal.surroundings(touched, [arrival.id for arrival in fresh])
    bodies = _Bodies({arrival.id: arrival.event.body for arrival in fresh}, journal, hub.wire)
    _disclose(around, bodies, hub, dispatch, outcome)
    return outcome


def _sorted(
    arrivals: Sequence[Arrival], journal: Journal, wire: Wire
) -> tuple[list[Arrival], int, list[DeadLetter]]:
    """Tell new events from repeats, and from others that claim a known one's id."""
    known = journal.known({each.id for each in arrivals})
    fresh: list[Arrival] = []
    clashes: list[DeadLetter] = []
    duplicates = 0
    for each in arrivals:
        if each.id not in known:
            known[each.id] = each.value
            fresh.append(each)
        elif known[each.id] == each.value or wire.body(known[each.id]) == each.event.body:
            duplicates += 1
        else:
            clashes.append(_clash(each))
    return fresh, duplicates, clashes


def _clash(arrival: Arrival) -> DeadLetter:
    return DeadLetter(
        stage=Stage.INGEST,
        agency=arrival.event.source.agency,
        reason=Reason.IDENTITY_CONFLICT,
        detail=f"another event is kept under the id {arrival.id}: ask the source which one is right",
        format=arrival.event.type,
        value=arrival.value,
        received_at=arrival.event.received_at,
        key=arrival.key,
        headers=arrival.headers,
    )


def _kept(
    arrival: Arrival, said: Sequence[tuple[str, Identity]], recipients: Sequence[Recipient]
) -> Kept:
    event = arrival.event
    found = suspects(event.body)
    standings = {each.id: standing_of(found, each) for each in recipients} if found else {}
    return Kept(
        arrival=arrival,
        risk=risk_in(event.body),
        consent=consent_in(event.body),
        named=frozenset(named(event.body, {each.id: each for each in recipients})),
        conflicts=frozenset(id_ for id_, (conflict, _) in standings.items() if conflict),
        perpetrator_links=frozenset(id_ for id_, (_, link) in standings.items() if link),
        records=tuple((role, one.record) for role, one in said),
    )


def _disclose(
    around: Surroundings, bodies: "_Bodies", hub: Hub, dispatch: Dispatch, outcome: Outcome
) -> None:
    """Decide every event of the people touched, and send what differs from what was given."""
    fresh = bodies.fresh
    given = dispatch.given([event.id for event in around.events if event.id not in fresh])
    known = ((event, _circumstances(event, around.told)) for event in around.events)
    decided = verdicts(known, hub.recipients, hub.schemas, hub.planner)
    disclosed: list[Disclosed] = []
    suppressed: list[Verdict] = []
    recalled: list[Recalled] = []
    for verdict in decided:
        has = given.get((verdict.recipient.id, verdict.event.id))
        if not verdict.discloses:
            if has is not None and _may_be_recalled(verdict, hub):
                recalled.append(_recalled(verdict, has, hub.wire))
            elif has is not None or verdict.event.id in fresh:
                suppressed.append(verdict)
            continue
        if has is not None and has.plan_id == verdict.plan.id:
            continue
        if has is not None and _narrows(has, verdict):
            recalled.append(_recalled(verdict, has, hub.wire))
            has = None
        disclosed.append(_disclosed(verdict, has, bodies, hub))
    dispatch.send(disclosed, suppressed, recalled)
    _tally(outcome, disclosed, suppressed, recalled)


def _circumstances(event: Past, told: Mapping[PersonId, Sequence[Told]]) -> Circumstances:
    """Take together what is known of the people this event is about."""
    each = [told[person] for person in event.about]
    statements = [[telling.statement for telling in tellings] for tellings in each]
    suppliers = [{telling.event.agency for telling in tellings} for tellings in each]
    return Circumstances(
        risk=risk_of(statements).word,
        consent=consent_of(statements),
        suppliers=frozenset(set.intersection(*suppliers)) if suppliers else frozenset(),
    )


def _narrows(has: Given, verdict: Verdict) -> bool:
    """Tell whether the new plan gives less of any field than was given."""
    now = verdict.plan.treatments
    return any(
        now.get(path, Treatment.WITHHOLD).level < before.level
        for path, before in has.treatments.items()
    )


def _may_be_recalled(verdict: Verdict, hub: Hub) -> bool:
    """Tell whether the policy lets a recall go out: near a perpetrator it would itself tip off.

    What is not recalled stays with its recipient, and stands, until a person has decided.
    """
    return hub.planner.plan(hub.schemas[RECALL], verdict.context).outcome == "disclosed"


def _recalled(verdict: Verdict, has: Given, wire: Wire) -> Recalled:
    return Recalled(verdict, has.disclosure_id, has.key, wire.recall(has.disclosure_id))


def _disclosed(verdict: Verdict, has: Given | None, bodies: "_Bodies", hub: Hub) -> Disclosed:
    id_ = has.disclosure_id if has else hub.wire.new_id()
    head = DisclosureHead(id_, hub.planner.bundle.version, verdict.plan.id, verdict.recipient.id)
    value = hub.wire.disclosure(verdict, bodies[verdict.event.id], head)
    return Disclosed(verdict, id_, has.key if has else _key(verdict, hub.wire), value, has is None)


def _key(verdict: Verdict, wire: Wire) -> bytes:
    """Name whom it is about as this recipient knows them; an event about nobody goes by itself."""
    about = verdict.event.about
    return wire.pseudonym(verdict.recipient.id, about[0] if about else verdict.event.id)


class _Bodies:
    """The bodies of events, those of this batch and those kept before, each decoded once."""

    def __init__(self, fresh: Mapping[EventId, Body], journal: Journal, wire: Wire) -> None:
        self.fresh = frozenset(fresh)
        self._known = dict(fresh)
        self._journal, self._wire = journal, wire

    def __getitem__(self, event: EventId) -> Body:
        if event not in self._known:
            self._known[event] = self._wire.body(self._journal.known([event])[event])
        return self._known[event]


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
