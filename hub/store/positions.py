"""How far each reader has come in each topic, and which topic it was.

A position moves by compare-and-set in the transaction that keeps what was read: that is the fence.
A zombie, a late batch or a reader that went astray changes nothing.
"""

from collections.abc import Mapping

import sqlalchemy as sa

from hub.model.position import Fenced, Move, Place
from hub.store.metadata import table

position = table(
    "position",
    sa.Column("reader", sa.Text, primary_key=True),
    sa.Column("topic", sa.Text, primary_key=True),
    sa.Column("part", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("next_offset", sa.BigInteger, nullable=False),
    retention="as long as the topic: without it the hub would read again from the beginning",
)
topic_identity = table(
    "topic_identity",
    sa.Column("topic", sa.Text, primary_key=True),
    sa.Column("topic_id", sa.Text, nullable=False),
    retention="as long as the topic",
)
_MOVE = (
    position.update()
    .where(
        position.c.reader == sa.bindparam("who"),
        position.c.topic == sa.bindparam("where"),
        position.c.part == sa.bindparam("which"),
        position.c.next_offset == sa.bindparam("before"),
    )
    .values(next_offset=sa.bindparam("after"))
)


def positions(conn: sa.Connection, reader: str, places: Mapping[str, int]) -> dict[Place, int]:
    """Give the reader's next offset in each partition of these topics; a new one begins at 0."""
    rows = conn.execute(sa.select(position).where(position.c.reader == reader))
    known = {Place(row.topic, row.part): row.next_offset for row in rows}
    wanted = [
        Place(topic, part) for topic, count in sorted(places.items()) for part in range(count)
    ]
    missing = [place for place in wanted if place not in known]
    if missing:
        new = [
            {"reader": reader, "topic": p.topic, "part": p.partition, "next_offset": 0}
            for p in missing
        ]
        conn.execute(position.insert(), new)
    return {place: known.get(place, 0) for place in wanted}


def advance(conn: sa.Connection, reader: str, moves: Mapping[Place, Move]) -> None:
    """Move positions, first thing in the transaction.

    Raises:
        Fenced: one of them is not where the reader thought.
    """
    for place, move in sorted(moves.items()):  # always in this order: two readers cannot deadlock
        at = {"who": reader, "where": place.topic, "which": place.partition}
        if conn.execute(_MOVE, {**at, "before": move.before, "after": move.after}).rowcount != 1:
            raise Fenced(f"{reader} is not at {place.topic}/{place.partition} offset {move.before}")


def first_identity(conn: sa.Connection, topic: str, topic_id: str) -> str:
    """Give the id this topic had when it was first seen, which is now if it never was."""
    known = conn.scalar(sa.select(topic_identity.c.topic_id).where(topic_identity.c.topic == topic))
    if known is None:
        conn.execute(topic_identity.insert(), {"topic": topic, "topic_id": topic_id})
    return topic_id if known is None else str(known)
