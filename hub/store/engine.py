"""Open the database so that a commit is on disk when it returns."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa

SQLITE_PRAGMAS = (
    "journal_mode=wal",
    "synchronous=full",
    "busy_timeout=30000",
    "cache_size=-65536",
    "foreign_keys=on",
)


def open_engine(url: str) -> sa.Engine:
    """Open a SQLite or PostgreSQL database.

    SQLite's writers queue at their begin, so that none fails half-way; a transaction that only
    reads says so with `execution_options(reading=True)` and waits for nobody.
    """
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite":
        if parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        engine = sa.create_engine(url)
        _prepare_sqlite(engine)
        return engine
    return sa.create_engine(url, pool_pre_ping=False, connect_args={"connect_timeout": 5})


def single(engine: sa.Engine, *, reading: bool = False) -> sa.Engine:
    """Give an engine for work of one statement: in PostgreSQL that is a transaction, and one round trip."""
    if engine.dialect.name == "postgresql":
        return engine.execution_options(isolation_level="AUTOCOMMIT")
    return engine.execution_options(reading=reading)


def exists(url: str) -> bool:
    """Tell whether there is a database to open. To open one of SQLite's would make it."""
    parsed = sa.make_url(url)
    is_file = parsed.get_backend_name() == "sqlite" and parsed.database
    return not is_file or Path(str(parsed.database)).exists()


def _prepare_sqlite(engine: sa.Engine) -> None:
    @sa.event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own
        connection.isolation_level = None  # sqlite3 is not to begin transactions by itself
        for pragma in SQLITE_PRAGMAS:
            connection.execute(f"pragma {pragma}")

    @sa.event.listens_for(engine, "begin")
    def _begun(conn: sa.Connection) -> None:
        reading = conn.get_execution_options().get("reading", False)
        conn.exec_driver_sql("begin" if reading else "begin immediate")
