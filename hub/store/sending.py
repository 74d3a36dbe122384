"""The outbox in SQL, as the relay sees it. Each call is a transaction of its own."""

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from hub.model.parcel import Parcel
from hub.model.position import Fenced, Place
from hub.store import bulk, settings
from hub.store.disclosures import standing
from hub.store.moments import headers_from_text, to_ms
from hub.store.outbox import CHANNEL, outbox, relay_mark
from hub.store.positions import first_identity
from hub.store.suspensions import IN_FORCE

POLL_S = 0.01
KEEP = timedelta(days=7)
MAX_BYTES = 8 << 20
_MAY_LEAVE = sa.or_(outbox.c.policy == "", outbox.c.recipient.not_in(IN_FORCE))
"""What waits for somebody who is suspended stays where it is, save recalls."""


class SqlOutbox:
    """`hub.stream.relay.Outbox`. `partition` gives the partition of a key among so many."""

    def __init__(
        self,
        engine: sa.Engine,
        topics: Mapping[str, int],
        partition: Callable[[bytes, int], int],
        now: Callable[[], datetime],
    ) -> None:
        self._engine, self._topics, self._partition, self._now = engine, topics, partition, now
        self._token = uuid.uuid4().hex
        self._bell: Any = None

    def marks(self) -> dict[Place, int]:
        places = [
            Place(topic, part) for topic, count in self._topics.items() for part in range(count)
        ]
        with self._engine.begin() as conn:
            known = {
                Place(row.topic, row.part): row.seq for row in conn.execute(sa.select(relay_mark))
            }
            new = [
                {"topic": p.topic, "part": p.partition, "seq": -1} for p in places if p not in known
            ]
            if new:
                conn.execute(relay_mark.insert(), new)
        return {place: known.get(place, -1) for place in places}

    def identity(self, topic: str, topic_id: str) -> str:
        with self._engine.begin() as conn:
            return first_identity(conn, topic, topic_id)

    def unseal(self, after: Mapping[Place, int]) -> None:
        with self._engine.begin() as conn:
            settings.write(conn, settings.RELAY, self._token)  # waits for a zombie that takes rows
            if conn.dialect.name == "postgresql":  # SQLite has one writer at a time anyway
                conn.execute(sa.text("lock table outbox in share row exclusive mode"))
            back: set[str] = set()
            for place, seq in after.items():
                taken = (
                    outbox.update()
                    .where(
                        outbox.c.topic == place.topic,
                        outbox.c.part == place.partition,
                        outbox.c.seq > seq,
                    )
                    .values(seq=None, part=None, sealed_ms=None)
                )
                back |= set(conn.scalars(taken.returning(outbox.c.disclosure_id)))
            _drop_ended(conn, back)

    def sealed(self, place: Place, after: int, upto: int) -> list[Parcel]:
        query = (
            sa.select(outbox)
            .where(
                outbox.c.topic == place.topic,
                outbox.c.part == place.partition,
                outbox.c.seq > after,
                outbox.c.seq <= upto,
            )
            .order_by(outbox.c.seq)
        )
        with self._engine.connect().execution_options(reading=True) as conn, conn.begin():
            return [_parcel(row, place, row.seq) for row in conn.execute(query)]

    def seal(self, at: Mapping[Place, int], limit: int) -> list[Parcel]:
        query = sa.select(outbox).where(
            outbox.c.seq.is_(None), outbox.c.topic.in_(sorted(self._topics)), _MAY_LEAVE
        )
        query = query.order_by(outbox.c.id).limit(limit)
        if not self._is_waiting(query):
            return []
        next_seq = {place: seq + 1 for place, seq in at.items()}
        parcels: list[Parcel] = []
        size = 0
        with self._engine.begin() as conn:
            self._check_token(conn)
            in_force = settings.read(conn, settings.POLICY, lock=True) or ""
            query = query.where(outbox.c.policy.in_(["", in_force]))
            for row in conn.execute(query.with_for_update()):
                place = Place(row.topic, self._partition(bytes(row.key), self._topics[row.topic]))
                parcels.append(_parcel(row, place, next_seq[place]))
                next_seq[place] += 1
                size += len(row.value)
                if size > MAX_BYTES:
                    break
            if parcels:
                _number(conn, parcels, to_ms(self._now()))
        return parcels

    def mark(self, at: Mapping[Place, int]) -> None:
        with self._engine.begin() as conn:
            self._check_token(conn)
            for place, seq in at.items():
                conn.execute(
                    relay_mark.update()
                    .where(relay_mark.c.topic == place.topic, relay_mark.c.part == place.partition)
                    .values(seq=seq)
                )

    def trim(self) -> None:
        """Forget what was acknowledged and is old. What was only taken stays, however old it is."""
        before = to_ms(self._now() - KEEP)
        is_acknowledged = sa.exists().where(
            relay_mark.c.topic == outbox.c.topic,
            relay_mark.c.part == outbox.c.part,
            relay_mark.c.seq >= outbox.c.seq,
        )
        with self._engine.begin() as conn:
            conn.execute(outbox.delete().where(outbox.c.sealed_ms < before, is_acknowledged))

    def wait(self, seconds: float) -> None:
        if self._engine.dialect.name == "sqlite":
            time.sleep(min(seconds, POLL_S))
            return
        driver: Any = self._engine.dialect.dbapi  # psycopg, which is loaded only where it is used
        try:
            if self._bell is None:
                self._bell = driver.connect(_plain_url(self._engine), autocommit=True)
                self._bell.execute(f"listen {CHANNEL}")
                return  # something may have come before we listened
            for _ in self._bell.notifies(timeout=seconds, stop_after=1):
                pass
        except driver.Error:  # the next look at the outbox says whether the database is there
            self.close()
            time.sleep(min(seconds, POLL_S))

    def close(self) -> None:
        if self._bell is not None:
            self._bell.close()
            self._bell = None

    def _check_token(self, conn: sa.Connection) -> None:
        if settings.read(conn, settings.RELAY, lock=True) != self._token:
            raise Fenced("another relay took over")

    def _is_waiting(self, query: sa.Select[Any]) -> bool:
        """Look before locking anything: most of the time nothing is there."""
        with self._engine.connect().execution_options(reading=True) as conn, conn.begin():
            return conn.execute(query.limit(1)).first() is not None


def _drop_ended(conn: sa.Connection, taken_back: set[str]) -> None:
    """Drop what was recalled or stopped between being taken and being taken back: nobody ever saw it.

    A recall is the last row of its disclosure. It goes too, unless an earlier row did leave. What was
    stopped has no recall; if it never left, nothing of it stands.
    """
    wanted = taken_back - {""}
    columns = (standing.c.disclosure_id, standing.c.stopped)
    known = bulk.found(conn, sa.select(*columns), [standing.c.disclosure_id], wanted)
    stands = {row.disclosure_id for row in known if not row.stopped}
    stopped = {row.disclosure_id for row in known if row.stopped}
    rows: dict[str, list[Any]] = {}
    waiting = sa.select(outbox.c.id, outbox.c.disclosure_id, outbox.c.opens)
    waiting = waiting.where(outbox.c.seq.is_(None)).order_by(outbox.c.id)
    for row in bulk.found(conn, waiting, [outbox.c.disclosure_id], wanted):
        rows.setdefault(row.disclosure_id, []).append(row)
    for id_ in rows.keys() - stands:
        never_left = rows[id_][0].opens
        for row in rows[id_] if never_left or id_ in stopped else rows[id_][:-1]:
            conn.execute(outbox.delete().where(outbox.c.id == row.id))
        if never_left and id_ in stopped:
            conn.execute(standing.delete().where(standing.c.disclosure_id == id_))


def _parcel(row: sa.Row[Any], place: Place, seq: int) -> Parcel:
    return Parcel(
        row.id, place, seq, bytes(row.key), bytes(row.value), headers_from_text(row.headers)
    )


def _number(conn: sa.Connection, parcels: Sequence[Parcel], now_ms: int) -> None:
    """Write the numbers into the rows: PostgreSQL takes them as arrays, in one statement."""
    if conn.dialect.name != "postgresql":
        one = outbox.update().where(outbox.c.id == sa.bindparam("row"))
        one = one.values(part=sa.bindparam("to_part"), seq=sa.bindparam("to_seq"), sealed_ms=now_ms)
        rows = [{"row": p.id, "to_part": p.place.partition, "to_seq": p.seq} for p in parcels]
        conn.execute(one, rows)
        return
    columns = zip(*((p.id, p.place.partition, p.seq) for p in parcels), strict=True)
    lists = [sa.literal(list(each), sa.ARRAY(sa.BigInteger)) for each in columns]
    given = sa.func.unnest(*lists).table_valued("id", "part", "seq").render_derived()
    conn.execute(
        outbox.update()
        .where(outbox.c.id == given.c.id)
        .values(part=given.c.part, seq=given.c.seq, sealed_ms=now_ms)
    )


def _plain_url(engine: sa.Engine) -> str:
    return engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
