"""The spool: what a connector accepted is on disk before anybody is told, until the log has it.

One SQLite file. Messages and the progress of the file they came from are written in one transaction,
so that after a kill reading goes on at the very next record. While the log is away the spool fills;
when it is full it refuses, and never drops. Killed between sending and deleting it sends again: the
hub knows a repeated event by its id.
"""

import contextlib
import os
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self, TypeAlias

from connectors.publish import Message, Sender

MAX_SENT_BYTES = 32_000_000
"""How much goes to the log at once."""

_OUTGOING = """
create table if not exists outgoing (
    seq integer primary key autoincrement,
    topic text not null, key blob not null, value blob not null, headers blob not null
)"""
_PROGRESS = """
create table if not exists progress (
    digest text not null, name blob not null, received_at text not null,
    records_done integer not null, finished integer not null,
    primary key (digest, name)
) without rowid"""
_WAITING = """
select count(*),
    coalesce(sum(length(topic) + length(key) + length(value) + length(headers)), 0)
from outgoing"""
_OLDEST = "select seq, topic, key, value, headers from outgoing order by seq limit ?"

Packed: TypeAlias = tuple[str, bytes, bytes, bytes]
"""A message as it lies in the table: topic, key, value, headers."""


class SpoolFull(Exception):
    """There is no room. Refuse the input until the log has taken what waits: never drop, never overwrite."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a file was read. `received_at` is set when it is accepted, and never again."""

    digest: str
    name: str
    received_at: datetime
    records_done: int = 0
    finished: bool = False


@dataclass(frozen=True, slots=True)
class Status:
    """What an operator watches: how much waits for the log, and how full the spool is (1: full)."""

    records: int
    bytes: int
    fill: float


class Spool:
    """One file, one writer, one sender. Messages leave in the order in which they came."""

    def __init__(self, path: Path, max_bytes: int = 1 << 30) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))  # its companions take its mode
        path.chmod(0o600)
        self._max_bytes = max_bytes
        self._db = sqlite3.connect(path, isolation_level=None)
        for statement in ("pragma journal_mode=wal", "pragma synchronous=full"):
            self._db.execute(statement)
        self._db.execute(_OUTGOING)
        self._db.execute(_PROGRESS)
        self._records, self._bytes = self._db.execute(_WAITING).fetchone()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._db.close()

    def put(self, messages: Sequence[Message], progress: Progress) -> None:
        """Keep messages together with how far their file was read; on return both are on disk.

        Raises:
            SpoolFull: it has no room for them; nothing was kept.
        """
        rows = [(each.topic, each.key, each.value, _packed(each.headers)) for each in messages]
        size = sum(_size(row) for row in rows)
        if rows and self._bytes + size > self._max_bytes:
            raise SpoolFull(f"{self._records} messages wait for the log; read on when it took some")
        with self._transaction():
            self._db.executemany(
                "insert into outgoing (topic, key, value, headers) values (?, ?, ?, ?)", rows
            )
            self._set(progress)
        self._records += len(rows)
        self._bytes += size

    def drain(self, publisher: Sender, at_most: int = 1000) -> int:
        """Send the oldest messages in order, delete them once the log has them, and say how many.

        Raises:
            LogUnreachable: not all were taken; all of them stay.
        """
        last, rows = self._oldest(at_most)
        if not rows:
            return 0
        publisher.send(
            [Message(topic, key, value, _unpacked(headers)) for topic, key, value, headers in rows]
        )
        with self._transaction():
            self._db.execute("delete from outgoing where seq <= ?", (last,))
        self._records -= len(rows)
        self._bytes -= sum(_size(row) for row in rows)
        return len(rows)

    def progress(self, digest: str, name: str) -> Progress | None:
        """Say how far a file was read, if it was ever accepted."""
        row = self._db.execute(
            "select received_at, records_done, finished from progress where digest=? and name=?",
            (digest, os.fsencode(name)),
        ).fetchone()
        if row is None:
            return None
        return Progress(digest, name, datetime.fromisoformat(row[0]), row[1], bool(row[2]))

    def accept(self, progress: Progress) -> None:
        """Take a file in: from here on its `received_at` stands."""
        with self._transaction():
            self._set(progress)

    def forget(self, digest: str, name: str) -> None:
        """Drop the progress of a file that is out of the inbox: the same bytes again are a new file."""
        with self._transaction():
            self._db.execute(
                "delete from progress where digest=? and name=?", (digest, os.fsencode(name))
            )

    def names(self) -> list[tuple[str, str]]:
        """Give digest and name of each file whose progress is kept."""
        rows = self._db.execute("select digest, name from progress order by name").fetchall()
        return [(digest, os.fsdecode(name)) for digest, name in rows]

    def status(self) -> Status:
        return Status(self._records, self._bytes, self._bytes / self._max_bytes)

    def _oldest(self, at_most: int) -> tuple[int, list[Packed]]:
        """Give the oldest messages, one at least, and no more bytes than go to the log at once."""
        rows: list[Packed] = []
        last, size = 0, 0
        for seq, *row in self._db.execute(_OLDEST, (at_most,)):
            topic, key, value, headers = row
            packed = (topic, key, value, headers)
            size += _size(packed)
            if rows and size > MAX_SENT_BYTES:
                break
            rows.append(packed)
            last = seq
        return last, rows

    def _set(self, progress: Progress) -> None:
        self._db.execute(
            "insert or replace into progress values (?, ?, ?, ?, ?)",
            (
                progress.digest,
                os.fsencode(progress.name),
                progress.received_at.isoformat(),
                progress.records_done,
                progress.finished,
            ),
        )

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            self._db.execute("begin immediate")
            yield
            self._db.execute("commit")
        except sqlite3.OperationalError as error:
            self._roll_back()
            if error.sqlite_errorcode == sqlite3.SQLITE_FULL:
                raise SpoolFull("the disk is full; make room, then read on") from error
            raise
        except BaseException:
            self._roll_back()
            raise

    def _roll_back(self) -> None:
        if self._db.in_transaction:
            self._db.execute("rollback")


def _size(row: Packed) -> int:
    return sum(map(len, row))


def _packed(headers: Sequence[tuple[str, bytes]]) -> bytes:
    """Write headers as lengths and bytes, since a value may hold anything."""
    parts = [part for name, value in headers for part in (name.encode(), value)]
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def _unpacked(data: bytes) -> tuple[tuple[str, bytes], ...]:
    parts, at = [], 0
    while at < len(data):
        end = at + 4 + int.from_bytes(data[at : at + 4], "big")
        parts.append(data[at + 4 : end])
        at = end
    return tuple(
        (name.decode(), value) for name, value in zip(parts[::2], parts[1::2], strict=True)
    )
