"""The clients that may call."""

from collections.abc import Collection

import sqlalchemy as sa

from hub.model.agency import AgencyId
from hub.model.client import Client, ClientId, ClientStatus, Scope
from hub.store.engine import single
from hub.store.metadata import Moment, table

client = table(
    "client",
    sa.Column("client_id", sa.Text, primary_key=True),
    sa.Column("organisation", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("lawful_basis", sa.Text, nullable=False),
    sa.Column("purposes", sa.Text, nullable=False),
    sa.Column("scopes", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("jwks", sa.Text, nullable=False),
    sa.Column("added_ms", Moment, nullable=False),
    sa.Column("changed_ms", Moment, nullable=False),
    retention="as the ledger, in which it is a principal: a client is disabled, not removed",
)


class ClientTaken(Exception):
    """There is a client of this name already."""


class SqlClients:
    """Clients in the database, read afresh each time."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = single(engine, reading=True)

    def client(self, id_: str) -> Client | None:
        if "\x00" in id_:  # PostgreSQL knows no such text
            return None
        with self._engine.connect() as conn:
            return find(conn, id_)


def find(conn: sa.Connection, id_: str) -> Client | None:
    """Give a client, whatever its status."""
    row = conn.execute(sa.select(client).where(client.c.client_id == id_)).first()
    return None if row is None else _client(row)


def all_clients(conn: sa.Connection) -> list[Client]:
    return [
        _client(row) for row in conn.execute(sa.select(client).order_by(client.c.client_id)).all()
    ]


def add(conn: sa.Connection, new: Client, at_ms: int) -> None:
    """Keep a new client.

    Raises:
        ClientTaken: its name is in use, or was.
    """
    if find(conn, new.id) is not None:
        raise ClientTaken(f"there is a client {new.id}")
    conn.execute(client.insert(), {"added_ms": at_ms, **_row(new, at_ms)})


def change(conn: sa.Connection, changed: Client, at_ms: int) -> None:
    """Keep a client as it is now."""
    conn.execute(
        client.update().where(client.c.client_id == changed.id).values(_row(changed, at_ms))
    )


def _row(each: Client, at_ms: int) -> dict[str, str | int]:
    return {
        "client_id": each.id,
        "organisation": each.organisation,
        "role": each.role,
        "lawful_basis": each.lawful_basis,
        "purposes": _joined(each.purposes),
        "scopes": _joined(each.scopes),
        "status": each.status,
        "jwks": each.jwks,
        "changed_ms": at_ms,
    }


def _joined(words: Collection[str]) -> str:
    return " ".join(sorted(words))


def _client(row: sa.Row[tuple[str, ...]]) -> Client:
    status: ClientStatus = "active" if row.status == "active" else "disabled"
    return Client(
        id=ClientId(row.client_id),
        organisation=AgencyId(row.organisation),
        role=row.role,
        lawful_basis=row.lawful_basis,
        purposes=frozenset(row.purposes.split()),
        scopes=frozenset(Scope(each) for each in row.scopes.split()),
        status=status,
        jwks=row.jwks,
    )
