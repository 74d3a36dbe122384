"""Register clients, change their keys, shut them out. Each rests on an entry of the register."""

import json
import os
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

import sqlalchemy as sa

from hub.auth.assertion import public_keys
from hub.auth.keys import new_key, public_part
from hub.auth.signed import Unsound
from hub.bootstrap.runtime import Runtime
from hub.model.agency import AgencyId
from hub.model.client import Client, ClientId, Scope
from hub.model.faults import Refusal
from hub.model.strict import SLUG
from hub.store import clients as kept
from hub.store.ledger import admitted
from hub.store.moments import to_ms

NEWEST = 2
"""So many keys a client has at most: the one it uses and the one that it goes over to."""


class ClientRefused(Refusal):
    """A client cannot be registered or changed like this. The text says why."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an operator wants a client to be. What is None or empty is as in its organisation's entry."""

    id: str
    organisation: str
    role: str | None
    lawful_basis: str | None
    purposes: Collection[str]
    scopes: Collection[str]


def key_file(home: Path, client: str) -> Path:
    """Name the file for a private key that the hub made for a client."""
    return home / "clients" / f"{client}.json"


def named(runtime: Runtime, id_: str) -> Client:
    """Give the client of that name.

    Raises:
        ClientRefused: there is none.
    """
    with runtime.engine.connect().execution_options(reading=True) as conn, conn.begin():
        return _found(kept.find(conn, id_))


def check(runtime: Runtime, wanted: Wanted) -> None:
    """Tell beforehand whether a client could be added, so that no key is made for one that cannot.

    Raises:
        ClientRefused: it could not.
    """
    _allowed(runtime, wanted, "")
    with runtime.engine.connect().execution_options(reading=True) as conn, conn.begin():
        if kept.find(conn, wanted.id) is not None:
            raise ClientRefused(f"there is a client {wanted.id}")


def add(runtime: Runtime, wanted: Wanted, jwks: str) -> Client:
    """Register a client with its public keys.

    Raises:
        ClientRefused: it asks for what its organisation does not have, or its name is taken.
    """
    client = _allowed(runtime, wanted, _public(jwks))
    try:
        with runtime.engine.begin() as conn:
            kept.add(conn, client, to_ms(runtime.now()))
            _record(conn, runtime, client, "client-added")
    except kept.ClientTaken as error:
        raise ClientRefused(str(error)) from error
    return client


def rotate(runtime: Runtime, id_: str, jwks: str, *, at_once: bool) -> Client:
    """Add keys to those a client has, the newest of which stays valid beside them; with `at_once`, none does.

    Raises:
        ClientRefused: no such client, or keys that cannot be used.
    """
    new = json.loads(_public(jwks))["keys"]
    with runtime.engine.begin() as conn:
        client = _found(kept.find(conn, id_))
        old = [] if at_once else json.loads(client.jwks)["keys"][: NEWEST - 1]
        changed = replace(client, jwks=_public(json.dumps({"keys": [*new, *old]})))
        kept.change(conn, changed, to_ms(runtime.now()))
        _record(conn, runtime, changed, "client-key-rotated")
    return changed


def disable(runtime: Runtime, id_: str) -> Client:
    """Shut a client out, from its next call on.

    Raises:
        ClientRefused: no such client.
    """
    with runtime.engine.begin() as conn:
        changed = replace(_found(kept.find(conn, id_)), status="disabled")
        kept.change(conn, changed, to_ms(runtime.now()))
        _record(conn, runtime, changed, "client-disabled")
    return changed


def make_key(path: Path) -> str:
    """Make a key, write the private one to a file that its owner alone may read, give the public one as JWKS.

    Raises:
        ClientRefused: there is such a file; the key in it may be in use.
    """
    _, private = new_key()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise ClientRefused(f"{path.name} is there already: move it away first") from error
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(private + "\n")
    return json.dumps({"keys": [public_part(private)]})


def _record(conn: sa.Connection, runtime: Runtime, client: Client, kind: str) -> None:
    admitted(
        conn,
        at_ms=to_ms(runtime.now()),
        kind=kind,
        client=client.id,
        organisation=client.organisation,
        policy_version=runtime.county.bundle.version,
    )


def _found(client: Client | None) -> Client:
    if client is None:
        raise ClientRefused("there is no such client: `hub clients list` has them")
    return client


def _allowed(runtime: Runtime, wanted: Wanted, jwks: str) -> Client:
    organisation = runtime.county.bundle.recipients.get(AgencyId(wanted.organisation))
    if organisation is None:
        raise ClientRefused("there is no such organisation: `hub agencies list` has them")
    if not SLUG.fullmatch(wanted.id) or wanted.id in runtime.county.bundle.recipients:
        raise ClientRefused("a client's name is lower case with hyphens, and no organisation's")
    client = Client(
        id=ClientId(wanted.id),
        organisation=organisation.id,
        role=wanted.role or organisation.role,
        lawful_basis=wanted.lawful_basis or organisation.lawful_basis,
        purposes=frozenset(wanted.purposes or organisation.purposes),
        scopes=frozenset(map(Scope, wanted.scopes)),
        status="active",
        jwks=jwks,
    )
    for what, has, may in (
        ("role", {client.role}, organisation.roles),
        ("lawful basis", {client.lawful_basis}, organisation.bases),
        ("purpose", client.purposes, organisation.purposes),
    ):
        if not has <= set(may):
            raise ClientRefused(f"{organisation.id} has another {what}: {', '.join(may)}")
    if not client.scopes:
        raise ClientRefused("a client needs a scope, or it can call nothing")
    return client


def _public(jwks: str) -> str:
    try:
        if not public_keys(jwks):
            raise ClientRefused("there is no key in the set")
    except Unsound as error:
        raise ClientRefused(f"the keys cannot be used: {error}") from error
    return jwks
