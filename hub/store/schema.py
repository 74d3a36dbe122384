"""Bring a database to the form this version wants, and tell whether it is there."""

from functools import cache
from importlib.resources import files

import sqlalchemy as sa

LOCK = 7_306_511_004
"""Of several processes that upgrade at once, one does and the others wait."""
MIGRATIONS = files("hub.store") / "migrations"
VERSION = sa.table("alembic_version", sa.column("version_num", sa.Text))


def upgrade(engine: sa.Engine) -> str:
    """Run the migrations that are missing; give the revision it stands at then."""
    from alembic import command  # noqa: PLC0415 - slow to load, and hardly ever is there one to run
    from alembic.config import Config  # noqa: PLC0415 - likewise

    with engine.begin() as conn:
        if conn.dialect.name == "postgresql":
            conn.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = conn
        command.upgrade(config, "head")
    return newest()


def current(engine: sa.Engine) -> str | None:
    """Give the revision a database stands at, or None for an empty one."""
    with engine.connect().execution_options(reading=True) as conn, conn.begin():
        if not sa.inspect(conn).has_table(VERSION.name):
            return None
        return conn.scalar(sa.select(VERSION.c.version_num))


@cache
def newest() -> str:
    """Give the revision this version of the hub wants: that by which its last migration's name begins."""
    found = [each.name for each in (MIGRATIONS / "versions").iterdir()]
    return max(name for name in found if name.endswith(".py")).split("_")[0]
