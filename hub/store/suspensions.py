"""Who is suspended, as a command said so: in force for whoever decides or sends after it commits.

A row stays while what it asks for is under way. A suspended organisation has everything recalled; one
that is resumed is sent again, event by event, what it may have, and then its row goes.
"""

from collections.abc import Collection

import sqlalchemy as sa

from hub.model.agency import AgencyId
from hub.model.event import EventId
from hub.model.recipient import Recipient
from hub.store.disclosures import standing
from hub.store.events import event
from hub.store.metadata import Moment, table

SUSPENDED, RESUMING = "suspended", "resuming"

suspension = table(
    "suspension",
    sa.Column("recipient", sa.Text, primary_key=True),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("since_ms", Moment, nullable=False),
    sa.Column("after", sa.Text, nullable=False),
    retention="until the organisation was resumed and sent again what it may have; who and why is in the ledger",
)
"""`after`: of one that is resumed, after which event to go on deciding."""

IN_FORCE = sa.select(suspension.c.recipient).where(suspension.c.status == SUSPENDED)


def suspended(conn: sa.Connection) -> frozenset[AgencyId]:
    """Give those who are suspended by a command; whom the register's files suspend is not among them."""
    return frozenset(map(AgencyId, conn.scalars(IN_FORCE)))


def is_active(conn: sa.Connection, organisation: Recipient) -> bool:
    """Tell whether an organisation may ask or get anything now: neither file nor command suspends it."""
    return organisation.status == "active" and organisation.id not in suspended(conn)


def suspensions(conn: sa.Connection) -> dict[AgencyId, tuple[str, int]]:
    """Give status and since when, of everyone with a suspension that is not all over."""
    rows = conn.execute(sa.select(suspension))
    return {AgencyId(row.recipient): (row.status, row.since_ms) for row in rows}


def suspend(conn: sa.Connection, recipient: AgencyId, at_ms: int) -> bool:
    """Suspend an organisation; tell whether that is new."""
    row = {"status": SUSPENDED, "since_ms": at_ms, "after": ""}
    is_it = suspension.c.recipient == recipient
    again = suspension.update().where(is_it, suspension.c.status != SUSPENDED)
    if conn.execute(again.values(row)).rowcount:
        return True
    if conn.scalar(sa.select(suspension.c.status).where(is_it)) is not None:
        return False
    conn.execute(suspension.insert(), {"recipient": recipient, **row})
    return True


def resume(conn: sa.Connection, recipient: AgencyId, at_ms: int) -> bool:
    """End a suspension; tell whether there was one."""
    ended = suspension.update().where(
        suspension.c.recipient == recipient, suspension.c.status == SUSPENDED
    )
    row = {"status": RESUMING, "since_ms": at_ms, "after": ""}
    return conn.execute(ended.values(row)).rowcount > 0


def still_held(conn: sa.Connection, recipients: Collection[AgencyId], limit: int) -> list[EventId]:
    """Give events of which somebody who is suspended has something that was not taken back yet."""
    for recipient in sorted(suspended(conn).intersection(recipients)):
        query = sa.select(standing.c.event_id).order_by(standing.c.event_id).limit(limit)
        query = query.where(standing.c.recipient == recipient, ~standing.c.stopped)
        if found := list(map(EventId, conn.scalars(query))):
            return found
    return []


def resuming(conn: sa.Connection) -> tuple[AgencyId, EventId] | None:
    """Give one who is resumed, and after which event to go on; None: nobody is."""
    query = sa.select(suspension).where(suspension.c.status == RESUMING)
    row = conn.execute(query.order_by(suspension.c.recipient).limit(1)).first()
    return None if row is None else (AgencyId(row.recipient), EventId(row.after))


def events_after(conn: sa.Connection, after: EventId, limit: int) -> list[EventId]:
    query = sa.select(event.c.event_id).where(event.c.event_id > after)
    return list(map(EventId, conn.scalars(query.order_by(event.c.event_id).limit(limit))))


def came_to(conn: sa.Connection, recipient: AgencyId, after: EventId | None) -> None:
    """Note how far one who is resumed was decided afresh; None: to the end. One suspended meanwhile stays so."""
    is_it = sa.and_(suspension.c.recipient == recipient, suspension.c.status == RESUMING)
    if after is None:
        conn.execute(suspension.delete().where(is_it))
    else:
        conn.execute(suspension.update().where(is_it).values(after=after))
