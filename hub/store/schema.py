"""Bring a database to the form this version wants, and tell whether it is there."""

from functools import cache
from importlib.resources import files

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

LOCK = 7_306_511_004
"""Of several processes that upgrade at once, one does and the others wait."""


def upgrade(engine: sa.Engine) -> str:
    """Run the migrations that are missing; give the revision it stands at then."""
    with engine.begin() as conn:
        if conn.dialect.name == "postgresql":
            conn.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
        config = _config()
        config.attributes["connection"] = conn
        command.upgrade(config, "head")
    return newest()


def current(engine: sa.Engine) -> str | None:
    """Give the revision a database stands at, or None for an empty one."""
    with engine.connect().execution_options(reading=True) as conn, conn.begin():
        return MigrationContext.configure(conn).get_current_revision()


@cache
def newest() -> str:
    """Give the revision this version of the hub wants."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise LookupError("no migrations are installed")
    return head


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("hub.store") / "migrations"))
    return config
