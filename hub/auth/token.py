"""Access tokens (RFC 9068): signed by the hub, bound to a key of the client's, good for ten minutes.

A token opens nothing by itself: at each call its client and the client's organisation are looked up
afresh (`hub.auth.gate`).
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field

from joserfc import jwt

from hub.auth.signed import ES256, Unsound, header_of, is_id, private_key, verified
from hub.model.client import Client, Scope, SigningKey

LIFE_S = 600
LEEWAY_S = 5
"""Between the clocks of the hub's own machines."""
TYPE = "at+jwt"


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who issues tokens, and for which API: `url` is the hub's own, without a path."""

    url: str

    @property
    def audience(self) -> str:
        """What tokens are for. Not the issuer itself: that is what assertions are for."""
        return f"{self.url}/v1"

    @property
    def token_url(self) -> str:
        return f"{self.url}/oauth/token"


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What a token says, once it is believed. `thumbprint` is of the key that it is bound to."""

    client: str
    organisation: str
    scopes: frozenset[Scope]
    thumbprint: str = field(repr=False)


def issue(
    issuer: Issuer, key: SigningKey, client: Client, scopes: Iterable[Scope], thumbprint: str, now: float
) -> str:  # fmt: skip
    """Sign a token for a client, bound to the key of that thumbprint."""
    issued = int(now)
    claims: dict[str, object] = {
        "iss": issuer.url, "aud": issuer.audience, "sub": client.id, "client_id": client.id,
        "agency": client.organisation, "iat": issued, "exp": issued + LIFE_S, "jti": str(uuid.uuid4()),
        "scope": " ".join(sorted(scopes)), "cnf": {"jkt": thumbprint},
    }  # fmt: skip
    header = {"alg": ES256, "typ": TYPE, "kid": key.kid}
    return jwt.encode(header, claims, private_key(key.jwk), algorithms=[ES256])


def believe(token: str, issuer: Issuer, keys: Iterable[SigningKey], now: float) -> AccessToken:
    """Give what a token says.

    Raises:
        Unsound: it is none of ours, or not for now.
    """
    header = header_of(token)
    if header.keys() != {"alg", "typ", "kid"} or header["typ"] != TYPE:
        raise Unsound("a header of another kind")
    found = [each for each in keys if each.kid == header["kid"]]
    if len(found) != 1:
        raise Unsound("signed with no key of ours")
    claims = verified(token, private_key(found[0].jwk), header)
    if claims.get("iss") != issuer.url or claims.get("aud") != issuer.audience:
        raise Unsound("from somebody else, or for somebody else")
    _check_times(claims.get("iat"), claims.get("exp"), now)
    return _said(claims)


def _check_times(issued: object, expires: object, now: float) -> None:
    if type(issued) is not int or type(expires) is not int:
        raise Unsound("without its times")
    if not issued - LEEWAY_S <= now < expires or expires - issued > LIFE_S:
        raise Unsound("not for now")


def _said(claims: dict[str, object]) -> AccessToken:
    client, organisation, bound = claims.get("client_id"), claims.get("agency"), claims.get("cnf")
    if not isinstance(client, str) or claims.get("sub") != client or not is_id(claims.get("jti")):
        raise Unsound("of no client, or without an id")
    if not isinstance(organisation, str) or not isinstance(scope := claims.get("scope"), str):
        raise Unsound("of no organisation, or without scopes")
    if not isinstance(bound, dict) or bound.keys() != {"jkt"} or not isinstance(bound["jkt"], str):
        raise Unsound("bound to no key")
    try:
        scopes = frozenset(Scope(each) for each in scope.split(" "))
    except ValueError as error:
        raise Unsound("a scope that is not one") from error
    return AccessToken(client, organisation, scopes, bound["jkt"])
