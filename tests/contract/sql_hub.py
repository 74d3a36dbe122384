"""A hub on a real database: the use case with all its SQL parts, one transaction a batch."""

from collections.abc import Sequence

import sqlalchemy as sa

from hub.afresh.values import Outcome
from hub.bootstrap.county import County
from hub.bootstrap.deciding import READER, Deciding
from hub.model.agency import AgencyId
from hub.model.arrival import Batch
from hub.model.dead_letter import DeadLetter
from hub.model.event import Event, EventId
from hub.model.position import Move, Place
from hub.store.disclosures import standing
from hub.store.engine import open_engine
from hub.store.journal import SqlJournal
from hub.store.keys import recipient_keys
from hub.store.people import record
from hub.store.positions import positions
from hub.store.sending import SqlOutbox
from hub.stream.log import partition_for
from hub.stream.topics import INGEST_LETTERS
from tests.made_events import RECEIVED, arrival_of

INPUT = "hub.in.fenmarch-police.safeguarding.v1"


class SqlHub:
    """Takes events in as the ingest worker does, without a log in front of it.

    The database at `url` has to be upgraded.
    """

    def __init__(self, url: str, county: County) -> None:
        self.engine, self.county = open_engine(url), county
        self.decides_by(county)
        with self.engine.begin() as conn:
            positions(conn, READER, {INPUT: 1})
        self._offset = 0

    def decides_by(self, county: County) -> Outcome:
        """Bring another policy into force, as a worker does that begins."""
        self.county = county
        keys = recipient_keys(self.engine, [each.id for each in county.recipients])
        self.deciding = Deciding(self.engine, county, keys, lambda: RECEIVED)
        return self.deciding.bring_into_force(lambda _: None)

    def take(self, *events: Event, letters: Sequence[DeadLetter] = ()) -> Outcome:
        latest = self.county.registry.latest
        arrivals = [
            arrival_of(each, self.county.codec.encode(latest[each.type], each.body))
            for each in events
        ]
        after = self._offset + len(arrivals) + len(letters)
        batch = Batch(arrivals, letters, {Place(INPUT, 0): Move(self._offset, after)})
        with self.deciding.turn() as turn:
            outcome = turn.take_in(batch)
        self._offset = after
        return outcome

    def journal(self, conn: sa.Connection) -> SqlJournal:
        return SqlJournal(
            conn, reader=READER, letters_topic=INGEST_LETTERS, at=RECEIVED, new_id=lambda: "id"
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
