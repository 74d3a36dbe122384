"""Events in. One batch is one transaction, and this page is all that happens in it.

    the fence → already known? → keep → what is taken back? → whose records are these? → what do
    they say, and who may have what of it now? (`hub.afresh`)

Nothing here does I/O: what is needed of the database is stated in the Protocols below, and
`bootstrap` fills them. Whatever fails, the transaction is undone and nothing happened.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from hub.afresh.decide import Bodies, decide_afresh
from hub.afresh.needs import Dispatch, Hub, Known, Wire
from hub.afresh.values import Outcome
from hub.assess.circumstances import Risk, consent_in, risk_in
from hub.assess.facts import Facts, facts_in
from hub.assess.notices import notice_of
from hub.disclose.conflict import NOBODY, Bars, Register
from hub.model.agency import AgencyId
from hub.model.arrival import Arrival, Batch
from hub.model.dead_letter import DeadLetter, Reason, Stage
from hub.model.event import Event, EventId
from hub.model.person import Identity, PersonId, RecordKey
from hub.model.position import Move, Place
from hub.resolve.attach import People as Records
from hub.resolve.attach import attach
from hub.resolve.identity import identities


@dataclass(frozen=True, slots=True)
class Stand:
    """Somebody in an event: the role, the agency's record of them, and whom they bar if they did it."""

    role: str
    record: RecordKey
    bars: Bars


@dataclass(frozen=True, slots=True)
class Kept:
    """An event as the hub keeps it, with what decisions need to know of it."""

    arrival: Arrival
    risk: Risk | None
    consent: str | None
    named: frozenset[AgencyId]
    facts: Facts
    stands: tuple[Stand, ...]


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """An agency takes a record of its own back: one version of it, or every one but the one that is spared.

    `by` says what did it.
    """

    agency: AgencyId
    system: str
    key: str
    version: str | None
    by: str
    spares: str | None = None


class Journal(Known, Protocol):
    """The events the hub keeps."""

    def advance(self, moves: Mapping[Place, Move]) -> None:
        """Move the positions; the fence.

        Raises:
            Fenced: another reader moved on.
        """
        ...

    def keep(self, events: Sequence[Kept]) -> None:
        """Keep events; one that was taken back before it came is kept as withdrawn."""
        ...

    def withdraw(self, withdrawals: Sequence[Withdrawal]) -> set[EventId]:
        """Take back what these name, now and whenever it comes; give the events that stood until now."""
        ...

    def people_in(self, events: Collection[EventId]) -> set[PersonId]:
        """Give everybody who stands in these events."""
        ...

    def set_aside(self, letters: Sequence[DeadLetter]) -> None:
        """Keep dead letters; one that is there already stays as it is."""
        ...


class People(Records, Protocol):
    """The records and links that the hub keeps, and who somebody may possibly be."""

    def possibly_same(
        self, persons: Collection[PersonId]
    ) -> Mapping[PersonId, Collection[PersonId]]:
        """Give, for each of these people, who else they may possibly be."""
        ...


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
    journal.keep([_kept(*each, hub.register) for each in zip(fresh, said, strict=True)])
    spoken = (identity for people_in in said for _, identity in people_in)
    touched = attach(spoken, people, lambda: PersonId(hub.wire.new_id()))
    gone = journal.withdraw([each for arrival in fresh if (each := _withdrawal(arrival.event))])
    if gone:
        touched |= journal.people_in(gone)
    events = {arrival.id for arrival in fresh} | gone
    around = journal.surroundings(touched, events, people.possibly_same)
    bodies = Bodies({arrival.id: arrival.event.body for arrival in fresh}, journal, hub.wire)
    decide_afresh(around, bodies, hub=hub, known=journal, dispatch=dispatch, outcome=outcome)
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


def _kept(arrival: Arrival, said: Sequence[tuple[str, Identity]], register: Register) -> Kept:
    body = arrival.event.body
    bars = register.bars(body)
    return Kept(
        arrival=arrival,
        risk=risk_in(body),
        consent=consent_in(body),
        named=register.named(body),
        facts=facts_in(arrival.event.type, body),
        stands=tuple(
            Stand(role, one.record, bars.get(one.record.local_id, NOBODY)) for role, one in said
        ),
    )


def _withdrawal(event: Event) -> Withdrawal | None:
    """Read what an event takes back. Nobody can take back what another agency said."""
    notice = notice_of(event)
    if notice is None:
        return None
    what, instead = notice
    is_same = instead is not None and (instead.system, instead.key) == (what.system, what.key)
    return Withdrawal(
        agency=what.agency,
        system=what.system,
        key=what.key,
        version=what.version,
        by=event.id,
        spares=instead.version if instead and is_same else None,
    )
