"""Read the decision log: what was decided of some records, by whom, and who was shown what follows from it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from hub.model.agency import AgencyId
from hub.model.person import RecordKey
from hub.store import bulk
from hub.store.events import event_record
from hub.store.ledger import ledger
from hub.store.moments import from_ms
from hub.store.people import link_decision
from hub.store.records import A_END, B_END, ends_of


@dataclass(frozen=True, slots=True)
class Decision:
    """One line of the log. `ended_at` is None for what stands."""

    at: datetime
    ended_at: datetime | None
    kind: str
    a: RecordKey
    b: RecordKey
    actor: str
    reason: str


def decisions(conn: sa.Connection, keys: Collection[RecordKey]) -> list[Decision]:
    """Give all that was ever decided of these records, the oldest first."""
    rows = {
        row.seq: row
        for end in (A_END, B_END)
        for row in bulk.found(conn, sa.select(link_decision), end, keys)
    }
    return [
        Decision(
            at=from_ms(row.at_ms),
            ended_at=None if row.ended_ms is None else from_ms(row.ended_ms),
            kind=row.kind,
            a=ends_of(row)[0],
            b=ends_of(row)[1],
            actor=row.actor,
            reason=row.reason,
        )
        for row in sorted(rows.values(), key=lambda row: (row.at_ms, row.seq))
    ]


def shown_to(conn: sa.Connection, keys: Collection[RecordKey]) -> list[AgencyId]:
    """Give the recipients that were ever given something of an event in which one of these stands."""
    query = (
        sa.select(ledger.c.recipient)
        .join(event_record, event_record.c.event_id == ledger.c.event_id)
        .where(ledger.c.kind == "disclosed")
        .distinct()
    )
    columns = [event_record.c.agency, event_record.c.local_id]
    return sorted({AgencyId(row.recipient) for row in bulk.found(conn, query, columns, keys)})
