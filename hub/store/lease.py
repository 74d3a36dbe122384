"""Leases: of each kind of process one works, the others stand by.

The fences keep the data right whatever happens; a lease only keeps two from working against each
other. It ends with the process that holds it, however that ends: no clock is compared.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from hub.model.faults import Refusal

DECIDING = 7_306_511_005
"""The lock under which decisions take turns."""


class LeaseTaken(Refusal):
    """Another process holds this lease."""

    told = "{}: end it first, or leave the work to it"


@contextmanager
def lease(engine: sa.Engine, name: str) -> Iterator[None]:
    """Hold a lease while the block runs.

    Raises:
        LeaseTaken: another process has it.
    """
    if engine.dialect.name == "sqlite":
        with _file_lock(Path(f"{engine.url.database}.{name}.lock"), name):
            yield
        return
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        if not conn.scalar(sa.select(sa.func.pg_try_advisory_lock(number))):
            raise LeaseTaken(f"another process is {name}")
        try:
            yield
        finally:
            conn.scalar(sa.select(sa.func.pg_advisory_unlock(number)))


def take_turn(conn: sa.Connection) -> None:
    """Wait until no other transaction decides anything, for as long as this one lasts.

    In SQLite writers queue at their begin anyway.
    """
    if conn.dialect.name == "postgresql":
        conn.execute(sa.select(sa.func.pg_advisory_xact_lock(DECIDING)))


@contextmanager
def _file_lock(path: Path, name: str) -> Iterator[None]:
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LeaseTaken(f"another process is {name}") from error
        yield
    finally:
        os.close(descriptor)
