"""What a client shows: an assertion of who it is, and proofs that it holds its key.

For `hub token`, which takes the way that every client takes.
"""

import uuid

from joserfc import jwt

from hub.auth.assertion import FORM
from hub.auth.keys import public_part
from hub.auth.proof import TYPE, digest
from hub.auth.server import GRANT
from hub.auth.signed import algorithm_of, private_key
from hub.auth.token import Issuer

SOON_S = 60


def token_fields(
    client: str, jwk: str, issuer: Issuer, scope: str, now: float
) -> list[tuple[str, str]]:
    """Give the fields with which a client asks for a token."""
    key = private_key(jwk)
    algorithm = algorithm_of(key)
    claims: dict[str, object] = {
        "iss": client, "sub": client, "aud": issuer.url, "iat": int(now), "exp": int(now) + SOON_S,
        "jti": str(uuid.uuid4()),
    }  # fmt: skip
    header = {"alg": algorithm, "kid": str(key.kid)}
    return [
        ("grant_type", GRANT),
        ("scope", scope),
        ("client_assertion_type", FORM),
        ("client_assertion", jwt.encode(header, claims, key, algorithms=[algorithm])),
    ]


def make_proof(jwk: str, method: str, url: str, now: float, token: str | None = None) -> str:
    """Make a proof for one call; with a token for the API, without for the token endpoint."""
    key = private_key(jwk)
    algorithm = algorithm_of(key)
    claims: dict[str, object] = {
        "htm": method, "htu": url, "iat": int(now), "jti": str(uuid.uuid4()),
    }  # fmt: skip
    if token is not None:
        claims["ath"] = digest(token)
    header = {"typ": TYPE, "alg": algorithm, "jwk": public_part(jwk)}
    return jwt.encode(header, claims, key, algorithms=[algorithm])
