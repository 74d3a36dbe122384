"""Wire the authorisation server and the API's door to the database and the register."""

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from hub.auth.assertion import Assertions
from hub.auth.gate import Gate
from hub.auth.keys import new_key
from hub.auth.server import TokenEndpoint
from hub.auth.token import LIFE_S, Issuer
from hub.bootstrap.runtime import Runtime
from hub.model.agency import AgencyId
from hub.model.recipient import Recipient
from hub.store.clients import SqlClients
from hub.store.moments import to_ms
from hub.store.replays import SqlReplays
from hub.store.signing import SqlSigningKeys, rotate, signing_keys
from hub.store.suspensions import is_active

KEPT_MS = (LIFE_S + 60) * 1000
"""How long a signing key is still published after another took its place: until its last token is over."""


@dataclass(frozen=True)
class ActiveOrganisations:
    """The register, as the door asks for it, save those whom a command suspended."""

    register: Mapping[AgencyId, Recipient]
    engine: sa.Engine

    def active(self, id_: AgencyId) -> Recipient | None:
        found = self.register.get(id_)
        with self.engine.connect().execution_options(reading=True) as conn, conn.begin():
            return found if found is not None and is_active(conn, found) else None


@dataclass(frozen=True)
class Access:
    """Both sides of a token: who gives it, and who takes it."""

    issuer: Issuer
    endpoint: TokenEndpoint
    gate: Gate


def open_access(runtime: Runtime, issuer: str) -> Access:
    """Open both. A hub that has no signing key yet gets its first one."""
    _ensure_key(runtime)
    named = Issuer(issuer)
    clients = SqlClients(runtime.engine)
    organisations = ActiveOrganisations(runtime.county.bundle.recipients, runtime.engine)
    keys = SqlSigningKeys(runtime.engine, runtime.now)
    replays = SqlReplays(runtime.engine, runtime.now)
    assertions = Assertions(named, clients, organisations, replays)
    return Access(
        issuer=named,
        endpoint=TokenEndpoint(named, assertions, keys, replays, runtime.now),
        gate=Gate(named, keys, clients, organisations, replays, runtime.now),
    )


def rotate_key(runtime: Runtime, *, at_once: bool) -> str:
    """Sign with a new key from now on, and give its id.

    The one before is published until its last token is over. With `at_once` it is no more: every token
    that it signed stops.
    """
    kid, jwk = new_key()
    now_ms = to_ms(runtime.now())
    until_ms = now_ms if at_once else now_ms + KEPT_MS
    with runtime.engine.begin() as conn:
        rotate(conn, kid, jwk, now_ms=now_ms, old_until_ms=until_ms)
    return kid


def _ensure_key(runtime: Runtime) -> None:
    now_ms = to_ms(runtime.now())
    with runtime.engine.connect().execution_options(reading=True) as conn, conn.begin():
        has_one = any(each.is_current for each in signing_keys(conn, now_ms))
    if not has_one:
        rotate_key(runtime, at_once=False)
