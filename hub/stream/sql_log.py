"""The embedded event log: topics in the hub's own database, SQLite or PostgreSQL.

Offsets come from a counter in the partition's own row. Its lock is held until commit, so they have
no gaps and become visible in order. A sequence would not do: its numbers commit out of order, and a
reader would pass by the late ones for ever.
"""

import json
import time
import uuid
from base64 import b64decode, b64encode
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from hub.model.position import Place
from hub.stream.log import (
    RETENTION_DAYS,
    Headers,
    LogUnavailable,
    PositionLost,
    Record,
    TopicMissing,
    partition_for,
)

POLL_S = 0.01
TRIM_AT_ONCE = 5000

metadata = sa.MetaData()
partitions = sa.Table(
    "log_partition",
    metadata,
    sa.Column("tp", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("part", sa.Integer, nullable=False),
    sa.Column("topic_id", sa.Text, nullable=False),
    sa.Column("first_offset", sa.BigInteger, nullable=False),
    sa.Column("next_offset", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("topic", "part"),
)
records = sa.Table(
    "log_record",
    metadata,
    sa.Column("tp", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("offset", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("timestamp_ms", sa.BigInteger, nullable=False),
    sa.Column("key", sa.LargeBinary, nullable=False),
    sa.Column("headers", sa.Text, nullable=False),
    sa.Column("value", sa.LargeBinary),
    sqlite_with_rowid=False,
)
_TAKE = (
    partitions.update()
    .where(partitions.c.tp == sa.bindparam("place"))
    .values(next_offset=partitions.c.next_offset + sa.bindparam("count"))
    .returning(partitions.c.next_offset)
)


class SqlLog:
    """An `EventLog` in SQL. Each call is one transaction, or part of the caller's (`within`)."""

    def __init__(self, engine: sa.Engine, *, _conn: sa.Connection | None = None) -> None:
        self._engine, self._conn = engine, _conn
        self._numbers: dict[Place, int] = {}

    def within(self, conn: sa.Connection) -> "SqlLog":
        """Give the same log inside the caller's transaction."""
        bound = SqlLog(self._engine, _conn=conn)
        bound._numbers = self._numbers
        return bound

    def topics(self) -> dict[str, int]:
        query = sa.select(partitions.c.topic, sa.func.count()).group_by(partitions.c.topic)
        with self._transaction(reading=True) as conn:
            return {row[0]: row[1] for row in conn.execute(query.order_by(partitions.c.topic))}

    def create(self, topics: Mapping[str, int], *, retention_days: int = RETENTION_DAYS) -> None:  # noqa: ARG002 - trimmed by the operator
        with self._transaction() as conn:
            bound = self.within(conn)
            there = bound.topics()
            number = conn.execute(
                sa.select(sa.func.coalesce(sa.func.max(partitions.c.tp), -1))
            ).scalar_one()
            for topic, count in topics.items():
                if there.get(topic, count) != count:
                    raise ValueError(
                        f"{topic} has {there[topic]} partitions, not {count}: key order would break"
                    )
                if topic not in there:
                    identity = str(uuid.uuid4())
                    rows = [
                        {"tp": number + 1 + part, "topic": topic, "part": part, "topic_id": identity,
                         "first_offset": 0, "next_offset": 0}
                        for part in range(count)
                    ]  # fmt: skip
                    number += count
                    conn.execute(partitions.insert(), rows)

    def identities(self, topics: Collection[str]) -> dict[str, str]:
        query = sa.select(partitions.c.topic, partitions.c.topic_id).distinct()
        with self._transaction(reading=True) as conn:
            there = {row.topic: row.topic_id for row in conn.execute(query)}
        for topic in topics:
            if topic not in there:
                raise TopicMissing(topic)
        return {topic: there[topic] for topic in topics}

    def append(self, topic: str, records_: Sequence[Record]) -> None:
        if not records_:
            return
        count = len(self._parts(topic))
        if not count:
            raise TopicMissing(topic)
        grouped: dict[int, list[Record]] = {}
        for record in records_:
            place = Place(topic, partition_for(record.key, count))
            grouped.setdefault(self._numbers[place], []).append(record)
        self.append_at(grouped)

    def append_at(self, grouped: Mapping[int, Sequence[Record]]) -> None:
        """Append to partitions by their numbers in the table."""
        now = time.time_ns() // 1_000_000
        with self._transaction() as conn:
            rows = []
            for number in sorted(grouped):  # always in this order: two writers cannot deadlock
                group = grouped[number]
                after = conn.execute(_TAKE, {"place": number, "count": len(group)}).scalar_one()
                first = after - len(group)
                rows += [
                    {"tp": number, "offset": first + index, "timestamp_ms": now, "key": record.key,
                     "headers": _to_text(record.headers), "value": record.value}
                    for index, record in enumerate(group)
                ]  # fmt: skip
            conn.execute(records.insert(), rows)

    def read(self, at: Mapping[Place, int], limit: int, wait_s: float) -> dict[Place, list[Record]]:
        deadline = time.monotonic() + wait_s
        while True:
            found = self._read_now(at, limit)
            if found or time.monotonic() >= deadline:
                return found
            time.sleep(POLL_S)

    def _read_now(self, at: Mapping[Place, int], limit: int) -> dict[Place, list[Record]]:
        found: dict[Place, list[Record]] = {}
        with self._transaction(reading=True) as conn:
            bounds = conn.execute(sa.select(partitions)).all()
            there = {Place(row.topic, row.part): row for row in bounds}
            for place, offset in sorted(at.items()):
                row = there.get(place)
                if row is None:
                    raise TopicMissing(place.topic)
                if not row.first_offset <= offset <= row.next_offset:
                    raise PositionLost(
                        f"{place.topic}/{place.partition} holds no offset {offset}: "
                        "follow hub/README.md, 'A lost log'"
                    )
                if offset < row.next_offset and limit > 0:
                    found[place] = self._records(conn, row.tp, offset, limit)
                    limit -= len(found[place])
        return found

    def _records(self, conn: sa.Connection, number: int, offset: int, limit: int) -> list[Record]:
        query = (
            sa.select(records)
            .where(records.c.tp == number, records.c.offset >= offset)
            .order_by(records.c.offset)
            .limit(limit)
        )
        return [
            Record(bytes(row.key), None if row.value is None else bytes(row.value), _from_text(row.headers),
                   row.offset, row.timestamp_ms)
            for row in conn.execute(query)
        ]  # fmt: skip

    def start(self, topic: str) -> dict[int, int]:
        return self._bounds(topic, partitions.c.first_offset)

    def end(self, topic: str) -> dict[int, int]:
        return self._bounds(topic, partitions.c.next_offset)

    def ends(self, topics: Collection[str]) -> dict[Place, int]:
        return {
            Place(topic, part): end for topic in topics for part, end in self.end(topic).items()
        }

    def trim(self, place: Place, before: int) -> None:
        number = self._parts(place.topic)[place.partition]
        while True:
            with self._transaction() as conn:
                row = conn.execute(sa.select(partitions).where(partitions.c.tp == number)).one()
                upto = min(before, row.next_offset, row.first_offset + TRIM_AT_ONCE)
                if upto <= row.first_offset:
                    return
                conn.execute(
                    records.delete().where(records.c.tp == number, records.c.offset < upto)
                )
                conn.execute(
                    partitions.update().where(partitions.c.tp == number).values(first_offset=upto)
                )

    def expire(self, place: Place, before_ms: int, upto: int | None = None) -> None:
        """Forget records older than an instant, but not the last one, and none from `upto` on.

        The last one stays because its number tells the relay what readers have.
        """
        number = self._parts(place.topic)[place.partition]
        with self._transaction(reading=True) as conn:
            row = conn.execute(sa.select(partitions).where(partitions.c.tp == number)).one()
            old = records.c.tp == number, records.c.timestamp_ms < before_ms
            newest = conn.scalar(sa.select(sa.func.max(records.c.offset)).where(*old))
        if newest is not None:
            last = row.next_offset - 1
            self.trim(place, min(newest + 1, last, last if upto is None else upto))

    def close(self) -> None:
        """Nothing is held."""

    def _bounds(self, topic: str, column: sa.Column[int]) -> dict[int, int]:
        query = sa.select(partitions.c.part, column).where(partitions.c.topic == topic)
        with self._transaction(reading=True) as conn:
            return {row[0]: row[1] for row in conn.execute(query)}

    def _parts(self, topic: str) -> dict[int, int]:
        """Give a topic's partitions and their numbers in the table; they never change."""
        known = {
            place.partition: number
            for place, number in self._numbers.items()
            if place.topic == topic
        }
        if not known:
            query = sa.select(partitions.c.part, partitions.c.tp).where(partitions.c.topic == topic)
            with self._transaction(reading=True) as conn:
                known = {row.part: row.tp for row in conn.execute(query)}
            self._numbers |= {Place(topic, part): number for part, number in known.items()}
        return known

    @contextmanager
    def _transaction(self, *, reading: bool = False) -> Iterator[sa.Connection]:
        if self._conn is not None:
            yield self._conn
            return
        try:
            with self._engine.connect().execution_options(reading=reading) as conn, conn.begin():
                yield conn
        except OperationalError as error:
            raise LogUnavailable("the database does not answer") from error


def _to_text(headers: Headers) -> str:
    return (
        json.dumps([[name, b64encode(value).decode()] for name, value in headers])
        if headers
        else ""
    )


def _from_text(text: str) -> Headers:
    return tuple((name, b64decode(value)) for name, value in json.loads(text)) if text else ()
