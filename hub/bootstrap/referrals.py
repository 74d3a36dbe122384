"""Take pushed referrals in: durable with their receipt, or not at all; then on to the event log.

The event waits in the hub's database, in the transaction that keeps its receipt and its key. So what
was acknowledged is on disk whether or not the event log can be reached; ingest sends it on.
"""

import hashlib
import uuid
from collections import defaultdict
from threading import Lock

import sqlalchemy as sa

from hub.bootstrap.runtime import Runtime
from hub.model.agency import AgencyId
from hub.model.event import Body, Event, EventType
from hub.model.referral import (
    Accepted,
    KeyReused,
    Missing,
    NoRoom,
    Receipt,
    Sender,
    VersionTaken,
)
from hub.store import referrals
from hub.store.moments import from_ms, headers_from_text, headers_to_text, to_ms
from hub.stream.log import LogUnavailable, Record

REFERRAL = EventType("referral-made")
MOST_WAITING = 100_000
"""When so many wait for the log, nothing more is taken in: full refuses, and never drops."""
AT_ONCE = 500
TRIM_EVERY_MS = 60_000


class Referrals:
    """Everything that one process does for those who push referrals."""

    def __init__(self, runtime: Runtime, *, most_waiting: int = MOST_WAITING) -> None:
        self._runtime, self._most_waiting = runtime, most_waiting
        self._publisher = runtime.publisher()
        self._trimming, self._trimmed_ms = Lock(), 0

    def push(
        self, sender: Sender, body: Body, *, digest: str, missing: tuple[Missing, ...], key: str
    ) -> Accepted:
        """Take a referral in. When this returns it is on disk, and will be an event.

        `body` is the event's, with its source; `digest` is that of the request.

        Raises:
            KeyReused, VersionTaken, NoRoom: it is not taken.
        """
        at = from_ms(to_ms(self._runtime.now()))  # as it is read back: the answer is the same bytes
        self._trim(to_ms(at))
        hashed = _sha256(key)
        with self._runtime.engine.begin() as conn:
            used = referrals.claim(conn, sender.client, hashed, digest, to_ms(at))
            if used is not None:
                return _as_before(conn, used, digest)
            event = Event(REFERRAL, body, at)
            found = self._take_in(conn, sender.organisation, event, digest, missing)
            referrals.settle(
                conn, sender.client, hashed, receipt=found.receipt, is_new=found.is_new
            )
            return found

    def newest(self, organisation: AgencyId, referral_id: str) -> Receipt | None:
        """Give what is told of a referral, if it is this organisation's."""
        with self._runtime.engine.connect().execution_options(reading=True) as conn, conn.begin():
            found = referrals.newest(conn, referral_id, organisation)
        return None if found is None else found.receipt

    def _take_in(
        self,
        conn: sa.Connection,
        organisation: AgencyId,
        event: Event,
        digest: str,
        missing: tuple[Missing, ...],
    ) -> Accepted:
        source = event.source
        mark = _sha256(f"{organisation}\x1f{source.system}\x1f{source.key}")
        id_ = referrals.id_of(conn, mark, organisation, str(uuid.uuid4()))
        version = int(source.version)
        newest = referrals.newest(conn, id_)
        if newest is not None and version <= newest.receipt.version:
            return _there_already(referrals.one(conn, id_, version), digest)
        if referrals.count_waiting(conn) >= self._most_waiting:
            raise NoRoom
        receipt = Receipt(id_, version, event.received_at, missing)
        at_ms = to_ms(event.received_at)
        referrals.add(conn, receipt, event_id=event.id, digest=digest, at_ms=at_ms)
        message = self._publisher.event(event)
        headers = headers_to_text(message.headers)
        referrals.put(
            conn, topic=message.topic, key=message.key, headers=headers, value=message.value
        )
        return Accepted(receipt, is_new=True)

    def _trim(self, now_ms: int) -> None:
        """Forget keys that are over. A minute late does no harm."""
        with self._trimming:
            if now_ms - self._trimmed_ms < TRIM_EVERY_MS:
                return
            self._trimmed_ms = now_ms
        kept_ms = int(referrals.KEY_KEPT.total_seconds()) * 1000
        with self._runtime.engine.begin() as conn:
            referrals.forget_keys(conn, now_ms - kept_ms)


def send_waiting(runtime: Runtime) -> int:
    """Send on what waits, oldest first, and say how much that was. One topic does not hold up another.

    Killed between sending and forgetting it sends again: the hub knows a repeated event by its id.

    Raises:
        LogUnavailable: the log did not take all of it; what it did not take stays.
    """
    with runtime.engine.connect().execution_options(reading=True) as conn, conn.begin():
        rows = referrals.oldest(conn, AT_ONCE)
    by_topic = defaultdict(list)
    for row in rows:
        by_topic[row.topic].append(row)
    refused: LogUnavailable | None = None
    for topic, some in by_topic.items():
        try:
            runtime.log.append(topic, [_record(row) for row in some])
        except LogUnavailable as error:
            refused = refused or error
            continue
        with runtime.engine.begin() as conn:
            referrals.drop(conn, [row.id for row in some])
    if refused is not None:
        raise refused
    return len(rows)


def _record(row: referrals.Waiting) -> Record:
    return Record(bytes(row.key), bytes(row.value), headers_from_text(row.headers))


def _as_before(conn: sa.Connection, used: referrals.Used, digest: str) -> Accepted:
    """Answer as when the key came first."""
    version = referrals.one(conn, used.referral_id, used.version)
    if version is None or used.digest != digest:
        raise KeyReused
    return Accepted(version.receipt, used.is_new)


def _there_already(version: referrals.Version | None, digest: str) -> Accepted:
    """Answer as when it came first, if it is the very same."""
    if version is None or version.digest != digest:
        raise VersionTaken
    return Accepted(version.receipt, is_new=False)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
