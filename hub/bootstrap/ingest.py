"""The ingest process: read a batch, take it in, in one transaction, for ever.

The database or the broker being away is no dead letter: pause, and try again. A log that was
replaced, or that lost our position, halts the process: an operator decides.
"""

from collections import Counter, deque
from collections.abc import Callable, Collection, Mapping

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError

from hub.afresh.values import Outcome
from hub.bootstrap.county import County
from hub.bootstrap.deciding import READER, Deciding, OtherPolicy
from hub.model.agency import AgencyId
from hub.model.arrival import Arrival, Batch
from hub.model.dead_letter import DeadLetter, Reason, Stage
from hub.model.faults import Halt
from hub.model.position import Fenced, Move, Place
from hub.store.moments import from_ms
from hub.store.positions import first_identity, positions
from hub.stream.intake import Intake
from hub.stream.log import EventLog, LogReplaced, LogUnavailable, PlacesUnreadable, Record
from hub.stream.topics import owner_of

BATCH = 1000
"""So many events at most to a transaction: under load, what a batch costs by itself is shared by more."""
WINDOW = 10_000
MOST_DEAD = 100
MOST_DEAD_SHARE = 0.01


class SourceHalted(Halt):
    """Too much of a topic cannot be read: that is a bad deploy, not bad data."""


class IngestWorker:
    """One worker's life: `start`, then `step` until something is raised; then a new one."""

    def __init__(
        self,
        engine: sa.Engine,
        log: EventLog,
        county: County,
        deciding: Deciding,
        *,
        batch: int = BATCH,
    ) -> None:
        self._engine, self._log, self._county, self._batch = engine, log, county, batch
        self._intake = Intake(county.codec)
        self._deciding = deciding
        self._at: dict[Place, int] = {}
        self._identities: dict[str, str] = {}
        self.stuck: frozenset[Place] = frozenset()
        self._windows: dict[str, deque[tuple[int, int]]] = {}

    def start(self, seen: Callable[[int], None] = lambda _: None) -> Outcome:
        """Find where we stand, and decide everything afresh if the policy is another than before.

        `seen` hears how many events were decided afresh so far.

        Raises:
            LogReplaced: a topic is not the one that was read before.
        """
        self._check_identity(self._county.inputs)
        with self._engine.begin() as conn:
            self._at = positions(conn, READER, self._county.inputs)
        return self._deciding.bring_into_force(seen)

    def follow(self) -> Outcome | None:
        """Carry out a part of what a suspension or its end asks for; None: nothing is asked."""
        return self._deciding.follow_suspensions()

    def lag(self) -> int:
        """Count what was published and not yet taken in."""
        ends = self._log.ends(self._county.inputs)
        return sum(
            max(0, ends[place] - at) for place, at in self._at.items() if place not in self.stuck
        )

    def step(self, wait_s: float) -> Outcome:
        """Take in one batch, if anything is there.

        Raises:
            Fenced, OtherPolicy, LogUnavailable, sqlalchemy.exc.DBAPIError: begin again with a new worker.
            LogReplaced, PositionLost: halt; an operator decides.
        """
        readable = {place: at for place, at in self._at.items() if place not in self.stuck}
        try:
            found = self._log.read(readable, self._batch, wait_s)
        except PlacesUnreadable as error:
            self.stuck |= error.places
            return Outcome()
        # afterwards, so that it vouches for what came
        self._check_identity({place.topic for place in found})
        if not found:
            return Outcome()
        try:
            return self._take_in(found)
        except Exception as error:
            if _will_pass(error):
                raise
            return self._one_by_one(found)  # a bug of ours: find the record that brings it out

    def _take_in(self, found: Mapping[Place, list[Record]]) -> Outcome:
        """Take all of it in, in one transaction."""
        moves = {place: _move(place, self._at[place], records) for place, records in found.items()}
        arrivals, letters = self._decoded(found)
        return self._commit(Batch(arrivals, letters, moves))

    def _one_by_one(self, found: Mapping[Place, list[Record]]) -> Outcome:
        """Take each record in by itself, and set aside the one that our own code stumbles over."""
        total = Outcome()
        for place, records in sorted(found.items()):
            for record in records:
                try:
                    total.add(self._take_in({place: [record]}))
                except Exception as error:
                    if _will_pass(error):
                        raise
                    move = {place: _move(place, self._at[place], [record])}
                    total.add(self._commit(Batch([], [_bug(place, record, error)], move)))
        return total

    def _commit(self, batch: Batch) -> Outcome:
        with self._deciding.turn() as turn:
            outcome = turn.take_in(batch)
        self._at |= {place: move.after for place, move in batch.moves.items()}
        return outcome

    def halt_on_bad_deploy(self) -> None:
        """Stop where too much of one topic was unreadable lately.

        Raises:
            SourceHalted: over one in a hundred and at least a hundred, of the last ten thousand.
        """
        for topic, window in self._windows.items():
            read, dead = (sum(column) for column in zip(*window, strict=True))
            if dead >= MOST_DEAD and dead > MOST_DEAD_SHARE * read:
                raise SourceHalted(
                    f"{dead} of the last {read} records of {topic} could not be read: look at "
                    "`hub dead-letters list`, mend the source or the schema, and start again"
                )

    def _decoded(
        self, found: Mapping[Place, list[Record]]
    ) -> tuple[list[Arrival], list[DeadLetter]]:
        arrivals: list[Arrival] = []
        letters: list[DeadLetter] = []
        dead: Counter[str] = Counter()
        for place, records in sorted(found.items()):
            for record in records:
                read = self._intake.read(place.topic, record)
                if isinstance(read, Arrival):
                    arrivals.append(read)
                else:
                    letters.append(read)
                    dead[place.topic] += read.stage == "ingest"
            self._watch(place.topic, len(records), dead.pop(place.topic, 0))
        return arrivals, letters

    def _watch(self, topic: str, read: int, dead: int) -> None:
        window = self._windows.setdefault(topic, deque())
        window.append((read, dead))
        while sum(count for count, _ in window) - window[0][0] >= WINDOW:
            window.popleft()

    def _check_identity(self, topics: Collection[str]) -> None:
        """See that these are the topics our positions are in; fetches do not say which they read."""
        for topic, found in sorted(self._log.identities(topics).items() if topics else ()):
            if topic not in self._identities:
                with self._engine.begin() as conn:
                    self._identities[topic] = first_identity(conn, topic, found)
            if self._identities[topic] != found:
                raise LogReplaced(
                    f"{topic} is another topic than the one the hub read before: nothing was taken in. "
                    "Restore it, or follow hub/README.md, 'A lost log'"
                )


def _move(place: Place, at: int, records: list[Record]) -> Move:
    if records[0].offset != at:
        raise Fenced(
            f"{place.topic}/{place.partition} was read from {records[0].offset}, not from {at}"
        )
    return Move(at, records[-1].offset + 1)


def _will_pass(error: Exception) -> bool:
    """Tell whether something was away or quicker, so that the same batch may go through later."""
    if isinstance(error, DBAPIError):
        return isinstance(error, (OperationalError, InterfaceError, InternalError))
    return isinstance(error, (Fenced, LogUnavailable, OtherPolicy))


def _bug(place: Place, record: Record, error: Exception) -> DeadLetter:
    return DeadLetter(
        stage=Stage.INGEST,
        agency=owner_of(place.topic) or AgencyId(""),
        reason=Reason.HANDLER_BUG,
        detail=f"our own code failed on it: {type(error).__name__}",  # its text may hold data
        format=place.topic,
        value=record.value or b"",
        received_at=from_ms(record.timestamp_ms),
        key=record.key,
        headers=record.headers,
    )
