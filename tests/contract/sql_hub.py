"""A hub on a real database: the use case with all its SQL parts, one transaction a batch."""

from collections.abc import Sequence
from itertools import count

import sqlalchemy as sa

from hub.afresh import Hub, Outcome
from hub.bootstrap.county import County
from hub.disclose.plan import Planner
from hub.ingest import ingest
from hub.model.agency import AgencyId
from hub.model.arrival import Batch
from hub.model.dead_letter import DeadLetter
from hub.model.event import Event, EventId
from hub.model.position import Move, Place
from hub.store.disclosures import standing
from hub.store.dispatch import SqlDispatch
from hub.store.engine import open_engine
from hub.store.journal import SqlJournal
from hub.store.keys import recipient_keys
from hub.store.people import record
from hub.store.positions import positions
from hub.store.records import SqlPeople
from hub.store.sending import SqlOutbox
from hub.stream.log import partition_for
from hub.stream.topics import INGEST_LETTERS
from hub.stream.wire import AvroWire
from tests.made_events import RECEIVED, TODAY, arrival_of

READER = "ingest"
INPUT = "hub.in.fenmarch-police.safeguarding.v1"


class SqlHub:
    """Takes events in as the ingest worker does, without a log in front of it.

    The database at `url` has to be upgraded.
    """

    def __init__(self, url: str, county: County) -> None:
        self.engine, self.county = open_engine(url), county
        keys = recipient_keys(self.engine, [each.id for each in county.recipients])
        self.wire = AvroWire(county.codec, county.schemas, keys)
        self.hub = Hub(
            county.recipients, county.register, county.schemas,
            Planner(county.bundle, TODAY), self.wire,
        )  # fmt: skip
        self._numbers = count(1)
        with self.engine.begin() as conn:
            positions(conn, READER, {INPUT: 1})
        self._offset = 0

    def take(self, *events: Event, letters: Sequence[DeadLetter] = ()) -> Outcome:
        latest = self.county.registry.latest
        arrivals = [
            arrival_of(each, self.county.codec.encode(latest[each.type], each.body))
            for each in events
        ]
        after = self._offset + len(arrivals) + len(letters)
        with self.engine.begin() as conn:
            outcome = ingest(
                Batch(arrivals, letters, {Place(INPUT, 0): Move(self._offset, after)}),
                hub=self.hub,
                journal=self.journal(conn),
                people=SqlPeople(conn, RECEIVED),
                dispatch=self.dispatch(conn),
            )
        self._offset = after
        return outcome

    def journal(self, conn: sa.Connection) -> SqlJournal:
        return SqlJournal(conn, READER, INGEST_LETTERS)

    def dispatch(self, conn: sa.Connection) -> SqlDispatch:
        return SqlDispatch(
            conn,
            at=RECEIVED,
            topics=self.county.out_topics,
            new_id=lambda: f"entry-{next(self._numbers)}",
            policy_version=self.county.bundle.version,
        )

    def outbox(self) -> SqlOutbox:
        """Give the outbox as a relay sees it that has just begun."""
        found = SqlOutbox(self.engine, self.county.outputs, partition_for, lambda: RECEIVED)
        found.unseal(found.marks())
        return found

    def rows(self, table: sa.Table, *where: sa.ColumnElement[bool]) -> list[sa.Row[tuple[object]]]:
        with self.engine.connect() as conn:
            return list(conn.execute(sa.select(table).where(*where)))

    def standing(self) -> dict[tuple[AgencyId, EventId], str]:
        return {(row.recipient, row.event_id): row.plan_id for row in self.rows(standing)}

    def members(self) -> set[frozenset[tuple[str, str]]]:
        found: dict[str, set[tuple[str, str]]] = {}
        for row in self.rows(record):
            found.setdefault(row.person_id, set()).add((row.agency, row.local_id))
        return {frozenset(each) for each in found.values()}

    def close(self) -> None:
        self.engine.dispose()
