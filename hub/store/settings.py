"""The few things that the database itself has to remember of how it is used."""

import sqlalchemy as sa

from hub.store.metadata import table

setting = table(
    "setting",
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
    retention="as long as the database",
)

DEMO = "demo"
"""Set where all the people in the database are invented: input topics may then be looked at."""


RELAY = "relay"
"""Which relay may take rows out of the outbox: a token that the newest one wrote."""


POLICY = "policy"
"""The policy by which everything is decided. The relay sends nothing that another one decided."""


COMES_INTO_FORCE = "comes into force"
"""While a policy comes into force: what is being done over again, and after which event to go on."""


STATE = "state"
"""A random name for all that was decided so far. Each transaction that decides anything gives another."""


def read(conn: sa.Connection, name: str, *, lock: bool = False) -> str | None:
    """Give a setting; with `lock` it stays as it is until the transaction ends."""
    query = sa.select(setting.c.value).where(setting.c.name == name)
    found: str | None = conn.scalar(query.with_for_update(read=True) if lock else query)
    return found


def read_all(conn: sa.Connection) -> dict[str, str]:
    """Give every setting that there is, by name."""
    return {row.name: row.value for row in conn.execute(sa.select(setting))}


def write(conn: sa.Connection, name: str, value: str) -> None:
    remove(conn, name)
    conn.execute(setting.insert(), {"name": name, "value": value})


def remove(conn: sa.Connection, name: str) -> None:
    conn.execute(setting.delete().where(setting.c.name == name))
