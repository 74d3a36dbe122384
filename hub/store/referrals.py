"""Referrals that were pushed: under which key, what the sender is told of them, and what waits for the log.

None of these tables says who a referral is about, save the event itself while it waits. The sender's
reference may be a name, so it is kept as a hash alone.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from hub.model.agency import AgencyId
from hub.model.referral import Missing, Receipt
from hub.store.events import event
from hub.store.metadata import Moment, table
from hub.store.moments import from_ms

KEY_KEPT = timedelta(days=7)

referral = table(
    "referral",
    sa.Column("mark", sa.Text, primary_key=True),
    sa.Column("referral_id", sa.Text, nullable=False, unique=True),
    sa.Column("organisation", sa.Text, nullable=False),
    retention="as the ledger: what was taken in has to be answered for; it says nothing of anybody",
)
"""`mark`: a hash of what its sender calls it."""

referral_version = table(
    "referral_version",
    sa.Column("referral_id", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("received_ms", Moment, nullable=False),
    sa.Column("missing", sa.Text, nullable=False),
    retention="as the referral",
)
"""`missing`: pointers and codes, as JSON."""

idempotency = table(
    "idempotency",
    sa.Column("client", sa.Text, primary_key=True),
    sa.Column("key_hash", sa.Text, primary_key=True),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("referral_id", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("is_new", sa.Boolean, nullable=False),
    sa.Column("at_ms", Moment, nullable=False, index=True),
    retention="seven days, so that a sender may try again over a long weekend",
)

waiting = table(
    "referral_waiting",
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("key", sa.LargeBinary, nullable=False),
    sa.Column("headers", sa.Text, nullable=False),
    sa.Column("value", sa.LargeBinary, nullable=False),
    retention="until the event log has it, which is less than a second while all is well",
)

Waiting: TypeAlias = sa.Row[tuple[int, str, bytes, str, bytes]]


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a referral as it was taken in."""

    receipt: Receipt
    digest: str


@dataclass(frozen=True, slots=True)
class Used:
    """What an Idempotency-Key was used for."""

    digest: str
    referral_id: str
    version: int
    is_new: bool


def claim(conn: sa.Connection, client: str, key_hash: str, digest: str, at_ms: int) -> Used | None:
    """Take a key for this request; if it is taken, say by what.

    Of two that take it at once one waits for the other's transaction, and sees what came of it.
    """
    row = {
        "client": client, "key_hash": key_hash, "digest": digest, "referral_id": "", "version": 0,
        "is_new": False, "at_ms": at_ms,
    }  # fmt: skip
    if _inserted(conn, idempotency, row):
        return None
    is_it = idempotency.c.client == client, idempotency.c.key_hash == key_hash
    found = conn.execute(sa.select(idempotency).where(*is_it)).one()
    return Used(found.digest, found.referral_id, found.version, bool(found.is_new))


def settle(
    conn: sa.Connection, client: str, key_hash: str, *, receipt: Receipt, is_new: bool
) -> None:
    """Say what came of the request that took a key."""
    conn.execute(
        idempotency.update()
        .where(idempotency.c.client == client, idempotency.c.key_hash == key_hash)
        .values(referral_id=receipt.referral_id, version=receipt.version, is_new=is_new)
    )


def forget_keys(conn: sa.Connection, before_ms: int) -> None:
    conn.execute(idempotency.delete().where(idempotency.c.at_ms < before_ms))


def id_of(conn: sa.Connection, mark: str, organisation: AgencyId, new_id: str) -> str:
    """Give a referral's id, which is `new_id` if this is the first that is heard of it."""
    _inserted(conn, referral, {"mark": mark, "referral_id": new_id, "organisation": organisation})
    query = sa.select(referral.c.referral_id).where(referral.c.mark == mark).with_for_update()
    return str(conn.execute(query).scalar_one())


def add(conn: sa.Connection, receipt: Receipt, *, event_id: str, digest: str, at_ms: int) -> None:
    """Keep a new version."""
    said = [[each.pointer, each.code] for each in receipt.missing]
    row = {
        "referral_id": receipt.referral_id, "version": receipt.version, "event_id": event_id,
        "digest": digest, "received_ms": at_ms, "missing": json.dumps(said),
    }  # fmt: skip
    conn.execute(referral_version.insert(), row)


def newest(
    conn: sa.Connection, referral_id: str, organisation: AgencyId | None = None
) -> Version | None:
    """Give the newest version of a referral, or nothing if it is not this organisation's."""
    query = _versions(referral_id).order_by(referral_version.c.version.desc()).limit(1)
    if organisation is not None:
        query = query.where(referral.c.organisation == organisation)
    row = conn.execute(query).first()
    return None if row is None else _version(row)


def one(conn: sa.Connection, referral_id: str, version: int) -> Version | None:
    """Give one version of a referral."""
    query = _versions(referral_id).where(referral_version.c.version == version)
    row = conn.execute(query).first()
    return None if row is None else _version(row)


def put(conn: sa.Connection, *, topic: str, key: bytes, headers: str, value: bytes) -> None:
    """Let a message wait for the event log."""
    conn.execute(waiting.insert(), {"topic": topic, "key": key, "headers": headers, "value": value})


def oldest(conn: sa.Connection, at_most: int) -> Sequence[Waiting]:
    """Give the messages that have waited longest, in order."""
    return conn.execute(sa.select(waiting).order_by(waiting.c.id).limit(at_most)).all()


def drop(conn: sa.Connection, ids: Iterable[int]) -> None:
    """Forget messages that the log has."""
    conn.execute(waiting.delete().where(waiting.c.id.in_(list(ids))))


def count_waiting(conn: sa.Connection) -> int:
    return conn.scalar(sa.select(sa.func.count()).select_from(waiting)) or 0


def _versions(referral_id: str) -> sa.Select[tuple[object, ...]]:
    is_kept = sa.exists().where(event.c.event_id == referral_version.c.event_id)
    return (
        sa.select(referral_version, is_kept.label("is_kept"))
        .join(referral, referral.c.referral_id == referral_version.c.referral_id)
        .where(referral_version.c.referral_id == referral_id)
    )


def _version(row: sa.Row[tuple[object, ...]]) -> Version:
    found = row._mapping  # noqa: SLF001 - SQLAlchemy's name for it
    missing = tuple(Missing(*each) for each in json.loads(str(found["missing"])))
    receipt = Receipt(
        referral_id=str(found["referral_id"]),
        version=int(found["version"]),
        received_at=from_ms(int(found["received_ms"])),
        missing=missing,
        is_kept=bool(found["is_kept"]),
    )
    return Version(receipt, str(found["digest"]))


def _inserted(conn: sa.Connection, into: sa.Table, row: dict[str, object]) -> bool:
    """Insert a row unless one of its key is there; tell which."""
    dialect = postgresql if conn.dialect.name == "postgresql" else sqlite
    key = into.primary_key.columns.values()[0]
    statement = dialect.insert(into).values(row).on_conflict_do_nothing().returning(key)
    return conn.execute(statement).first() is not None
