"""What is to leave: rows wait here for the relay, and stay some days after they went.

A row gets its number (`seq`, without gaps in each output partition) only when the relay takes it,
so one that is no longer permitted can be withdrawn before that without leaving a hole. `opens` marks
the first row of a disclosure: where that one never left, there is nothing to recall.
"""

from collections.abc import Collection

import sqlalchemy as sa

from hub.store import bulk
from hub.store.disclosures import standing
from hub.store.metadata import Moment, table

outbox = table(
    "outbox",
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("part", sa.Integer),
    sa.Column("key", sa.LargeBinary, nullable=False),
    sa.Column("value", sa.LargeBinary, nullable=False),
    sa.Column("headers", sa.Text, nullable=False),
    sa.Column("recipient", sa.Text, nullable=False),
    sa.Column("disclosure_id", sa.Text, nullable=False, index=True),
    sa.Column("opens", sa.Boolean, nullable=False),
    sa.Column("policy", sa.Text, nullable=False),
    sa.Column("seq", sa.BigInteger),
    sa.Column("sealed_ms", Moment),
    sa.Index("outbox_by_seq", "topic", "part", "seq"),
    sa.Index(
        "outbox_waiting",
        "id",
        sqlite_where=sa.text("seq is null"),
        postgresql_where=sa.text("seq is null"),
    ),
    retention="seven days after it was sent, so that what Kafka lost can be sent again",
)
"""`policy`: what the row was decided by; empty where it may go whatever the policy."""

relay_mark = table(
    "relay_mark",
    sa.Column("topic", sa.Text, primary_key=True),
    sa.Column("part", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    retention="as long as the topic",
)
"""The last number that Kafka acknowledged. Readers, not this mark, say what was delivered."""

_STANDS = sa.select(standing.c.disclosure_id).where(~standing.c.stopped)

CHANNEL = "hub_outbox"
"""PostgreSQL tells the relay on this channel that something waits."""


def restamp(conn: sa.Connection, events: Collection[str], policy: str) -> None:
    """Say of what stands of these events that this policy permits it, so that the relay may send it."""
    held = bulk.found(conn, _STANDS, [standing.c.event_id], events)
    for each in bulk.among(conn, [outbox.c.disclosure_id], {row.disclosure_id for row in held}):
        conn.execute(outbox.update().where(each, outbox.c.policy != policy).values(policy=policy))


def ring(conn: sa.Connection) -> None:
    """Tell the relay, with the commit of this transaction, that something waits."""
    if conn.dialect.name == "postgresql":
        conn.execute(sa.text(f"notify {CHANNEL}"))
