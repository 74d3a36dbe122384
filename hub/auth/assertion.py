"""How a client shows who it is: an assertion that it signed with a key of its own (private_key_jwt).

RFC 7523, as narrow as FAPI 2.0 wants it. Whatever fails, the client learns no more than that it is not
known: the reasons are for tests.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from hub.auth.ports import Clients, Organisations, Replays
from hub.auth.proof import mark
from hub.auth.signed import (
    Key,
    Unsound,
    header_of,
    is_id,
    is_number,
    payload_of,
    public_key,
    verified,
)
from hub.auth.standing import standing
from hub.auth.token import Issuer
from hub.model.client import Client

FORM = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
TYPES = (None, "JWT", "client-authentication+jwt")
MEMBERS = frozenset({"alg", "typ", "kid", "x5t", "x5t#S256"})
LONGEST_S = 3600
LEEWAY_S = 30
"""Between an agency's clock and ours."""


@dataclass(frozen=True)
class Assertions:
    """Tells which client made an assertion."""

    issuer: Issuer
    clients: Clients
    organisations: Organisations
    replays: Replays

    def client(self, fields: Mapping[str, str], now: float) -> Client:
        """Give the client that the fields of a token request show.

        Raises:
            Unsound: they show none. Whether the assertion was used before is looked at last.
        """
        assertion = fields.get("client_assertion", "")
        if fields.get("client_assertion_type") != FORM:
            raise Unsound("no assertion of the one form")
        header = header_of(assertion)
        if not header.keys() <= MEMBERS or header.get("typ") not in TYPES:
            raise Unsound("a header of another kind")
        said = payload_of(assertion).get("sub")
        client = self.clients.client(said) if isinstance(said, str) else None
        if client is None or client.status != "active":
            raise Unsound("no active client")
        claims = verified(assertion, _key(client, header), header)
        self._check(claims, client, now)
        if fields.get("client_id", client.id) != client.id:
            raise Unsound("another client is named beside it")
        if standing(self.organisations, client) is None:
            raise Unsound("no active organisation")
        until_ms = int((now + LONGEST_S + 2 * LEEWAY_S) * 1000)
        if not self.replays.is_first(mark("assertion", client.id, claims["jti"]), until_ms):
            raise Unsound("used before")
        return client

    def _check(self, claims: Mapping[str, object], client: Client, now: float) -> None:
        if claims.get("iss") != client.id or claims.get("sub") != client.id:
            raise Unsound("by or about somebody else")
        if claims.get("aud") != self.issuer.url:
            raise Unsound("not for the issuer alone")
        expires, issued = claims.get("exp"), claims.get("iat", now)
        begins = claims.get("nbf", now)
        if not (is_number(expires) and is_number(issued) and is_number(begins)):
            raise Unsound("times that are no numbers")
        # Only "not x <= y" refuses NaN, which JSON may hold and with which nothing compares.
        if not now - LEEWAY_S <= expires <= now + LONGEST_S:  # type: ignore[operator]
            raise Unsound("over, or good for too long")
        if not (issued <= now + LEEWAY_S and begins <= now + LEEWAY_S):  # type: ignore[operator]
            raise Unsound("from the future")
        if not is_id(claims.get("jti")):
            raise Unsound("without an id")


def public_keys(jwks: str) -> dict[str | None, Key]:
    """Read a client's keys by their ids; only one that stands alone may have none.

    Raises:
        Unsound: one of them cannot be used.
    """
    try:
        found = json.loads(jwks)["keys"]
        keys = {each.get("kid"): public_key(json.dumps(each, sort_keys=True)) for each in found}
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Unsound("no set of keys") from error
    if len(keys) != len(found) or (len(keys) > 1 and not all(map(is_id, keys))):
        raise Unsound("keys that cannot be told apart")
    return keys


def _key(client: Client, header: Mapping[str, object]) -> Key:
    """Take the key that is named; none may be named where there is but one."""
    keys = public_keys(client.jwks)
    named = header.get("kid")
    if named is None and len(keys) == 1:
        return next(iter(keys.values()))
    if not isinstance(named, str) or named not in keys:
        raise Unsound("no key of the client's")
    return keys[named]
