"""Decide in the database: one transaction after the other, whoever has something to decide.

Events, judgements and retractions come from several processes. Their transactions take turns, so
that each looks at what the one before it left; and all of them decide by the policy in force.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from hub.afresh.decide import Bodies, decide_afresh, recall_by_hand
from hub.afresh.needs import Hub
from hub.afresh.picture import Picture
from hub.afresh.values import Outcome
from hub.assess.timeline import day_of
from hub.bootstrap.county import County
from hub.disclose.plan import Planner
from hub.ingest import ingest
from hub.model.agency import AgencyId
from hub.model.arrival import Batch
from hub.model.event import EventId
from hub.model.person import PersonId
from hub.prepare import NotNow
from hub.store import settings, suspensions
from hub.store.dispatch import SqlDispatch
from hub.store.journal import SqlJournal
from hub.store.lease import take_turn
from hub.store.outbox import restamp
from hub.store.records import SqlPeople
from hub.stream.topics import INGEST_LETTERS
from hub.stream.wire import AvroWire

READER = "ingest"
CHUNK = 200
"""So many events are decided in one transaction when a policy comes into force, or a suspension."""
REGISTER, DECISIONS = "register", "decisions"
"""What is done over again when a policy comes into force, in this order."""


class OtherPolicy(NotNow):
    """Another policy is in force than the one this process has read."""


@dataclass(frozen=True)
class Turn:
    """One transaction in which something is decided, or looked at.

    `state` names all that a view of the database rests on, whoever looks: as long as it is the same,
    so is what is found.
    """

    conn: sa.Connection
    state: str
    at: datetime
    hub: Hub
    journal: SqlJournal
    people: SqlPeople
    dispatch: SqlDispatch

    def take_in(self, batch: Batch) -> Outcome:
        return ingest(
            batch, hub=self.hub, journal=self.journal, people=self.people, dispatch=self.dispatch
        )

    def afresh(self, people: Collection[PersonId], events: Collection[EventId]) -> Outcome:
        """Decide what a change in these people and events bears on."""
        outcome = Outcome()
        around = self.journal.surroundings(people, events, self.people.possibly_same)
        bodies = Bodies({}, self.journal, self.hub.wire)
        decide_afresh(
            around,
            bodies,
            hub=self.hub,
            known=self.journal,
            dispatch=self.dispatch,
            outcome=outcome,
        )
        return outcome

    def compare_again(self, events: Collection[EventId]) -> None:
        """Compare whom these events name, and whom their people bar, with the register as it is now."""
        register, wire = self.hub.register, self.hub.wire
        bodies = {id_: wire.body(value) for id_, value in self.journal.known(events).items()}
        self.journal.stand_again(
            {id_: (register.named(body), register.bars(body)) for id_, body in bodies.items()}
        )

    def barred(
        self, events: Collection[EventId], people: Collection[PersonId] = ()
    ) -> dict[EventId, frozenset[AgencyId]]:
        """Give the organisations that a conflict or a perpetrator bars from events.

        From these, and from every event that a change in these people would bear on.
        """
        around = self.journal.surroundings(people, events, self.people.possibly_same)
        picture = Picture(around, self.hub.book)
        found = {each: picture.circumstances(around.happenings[each]) for each in around.decide}
        return {each: known.conflicts | known.perpetrator_links for each, known in found.items()}

    def recall(self, event: EventId, recipient: AgencyId) -> Outcome:
        """Take back what a recipient has of an event, as a person decided, whatever the policy says."""
        outcome = Outcome()
        around = self.journal.surroundings([], [event], self.people.possibly_same)
        recall_by_hand(around, recipient, hub=self.hub, dispatch=self.dispatch, outcome=outcome)
        return outcome


class Deciding:
    """Opens turns, and brings policies into force."""

    def __init__(
        self,
        engine: sa.Engine,
        county: County,
        keys: Mapping[AgencyId, bytes],
        now: Callable[[], datetime],
    ) -> None:
        self._engine, self._county, self._now = engine, county, now
        self.wire = AvroWire(county.codec, county.schemas, keys)
        self._hub = self._decided_on(now())

    @contextmanager
    def turn(self) -> Iterator[Turn]:
        """Open a transaction that decides by the policy in force.

        Raises:
            OtherPolicy: ours is another, and has to be brought into force first.
        """
        with self._open() as turn:
            in_force = settings.read(turn.conn, settings.POLICY)
            if in_force != turn.hub.epoch:
                raise OtherPolicy("another policy is in force than the one in these files")
            yield turn

    @contextmanager
    def look(self) -> Iterator[Turn]:
        """Open a transaction that reads one state of everything, decides nothing, and holds nobody up.

        Raises:
            OtherPolicy: as `turn`, or the one in force has not yet come into force everywhere.
        """
        engine = self._engine.execution_options(reading=True)
        if engine.dialect.name == "postgresql":
            engine = engine.execution_options(isolation_level="REPEATABLE READ")
        with engine.begin() as conn:
            said = settings.read_all(conn)
            turn = self._turn(conn, said.get(settings.STATE, ""))
            if said.get(settings.POLICY) != turn.hub.epoch or settings.COMES_INTO_FORCE in said:
                raise OtherPolicy("another policy is in force than the one in these files")
            yield turn

    def bring_into_force(self, seen: Callable[[int], None]) -> Outcome:
        """Decide everything afresh if the policy is another than the one in force; else nothing.

        From the first moment the relay holds back what was decided under the old one. Killed at any
        moment it goes on where it was. `seen` hears how many events were decided.
        """
        total, done = Outcome(), 0
        while (step := self._begun()) is not None:
            with self._open() as turn:
                phase, _, after = step.partition(" ")
                chunk = suspensions.events_after(turn.conn, EventId(after), CHUNK)
                if phase == REGISTER:
                    turn.compare_again(chunk)
                elif chunk:
                    total.add(turn.afresh([], chunk))
                    restamp(turn.conn, chunk, turn.hub.epoch)
                    done += len(chunk)
                if chunk:
                    settings.write(turn.conn, settings.COMES_INTO_FORCE, f"{phase} {chunk[-1]}")
                elif phase == REGISTER:
                    settings.write(turn.conn, settings.COMES_INTO_FORCE, DECISIONS)
                else:
                    settings.remove(turn.conn, settings.COMES_INTO_FORCE)
            seen(done)
        return total

    def follow_suspensions(self) -> Outcome | None:
        """Take back some of what those hold who are suspended, and send some to those who are resumed.

        None: nothing is left to do. The relay has stopped what waits for the suspended already.

        Raises:
            OtherPolicy: ours is another than the one in force.
        """
        recipients = [each.id for each in self._county.recipients]
        with self._engine.connect().execution_options(reading=True) as conn, conn.begin():
            if not suspensions.still_held(conn, recipients, 1) and not suspensions.resuming(conn):
                return None
        with self.turn() as turn:
            if held := suspensions.still_held(turn.conn, recipients, CHUNK):
                return turn.afresh([], held)
            if (found := suspensions.resuming(turn.conn)) is None:
                return None
            resumed, after = found
            chunk = suspensions.events_after(turn.conn, after, CHUNK)
            outcome = turn.afresh([], chunk) if chunk else Outcome()
            suspensions.came_to(turn.conn, resumed, chunk[-1] if chunk else None)
            return outcome

    def _begun(self) -> str | None:
        """Put our policy in force, and say how far that has come; None: all is decided.

        Whom the events name and bar is compared with the register first, all of them: one event's
        decision rests on what others say.
        """
        with self._open(decides=False) as turn:
            epoch = turn.hub.epoch
            before = settings.read(turn.conn, settings.POLICY)
            if before != epoch:
                settings.write(turn.conn, settings.POLICY, epoch)
                if before is not None:
                    settings.write(turn.conn, settings.COMES_INTO_FORCE, REGISTER)
            return settings.read(turn.conn, settings.COMES_INTO_FORCE)

    @contextmanager
    def _open(self, *, decides: bool = True) -> Iterator[Turn]:
        with self._engine.begin() as conn:
            take_turn(conn)
            state = self.wire.new_id()
            if decides:
                settings.write(conn, settings.STATE, state)
            yield self._turn(conn, state)

    def _turn(self, conn: sa.Connection, decided: str) -> Turn:
        at = self._now()
        if at.date() != self._hub.planner.today:
            self._hub = self._decided_on(at)
        suspended = suspensions.suspended(conn)
        county, hub = self._county, _without(self._hub, suspended)
        dispatch = SqlDispatch(
            conn,
            at=at,
            topics=county.out_topics,
            policy_version=county.bundle.version,
            epoch=hub.epoch,
        )
        journal = SqlJournal(
            conn, reader=READER, letters_topic=INGEST_LETTERS, at=at, new_id=self.wire.new_id
        )
        state = " ".join((decided, hub.epoch, day_of(at).isoformat(), *sorted(suspended)))
        return Turn(conn, state, at, hub, journal, SqlPeople(conn, at), dispatch)

    def _decided_on(self, at: datetime) -> Hub:
        county = self._county
        planner = Planner(county.bundle, at.date())
        return Hub(
            county.recipients, county.register, county.schemas, planner, county.book, self.wire
        )


def _without(hub: Hub, suspended: Collection[AgencyId]) -> Hub:
    """Give nothing to whom a command suspended, as to whom the register's files suspend."""
    if not suspended:
        return hub
    recipients = [
        replace(each, status="suspended") if each.id in suspended else each
        for each in hub.recipients
    ]
    return replace(hub, recipients=recipients)
