"""Read a signed token (JWS, compact) with nothing left to its sender: not the algorithm, not the key.

Each key has one algorithm, which follows from its kind. A header holds only members that this kind of
token has; those that bring or point to a key (jwk, jku, x5u, x5c) or that want to be understood (crit)
are among them nowhere but in a DPoP proof, where `jwk` is the point.
"""

import binascii
import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from functools import lru_cache
from typing import TypeAlias

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

Key: TypeAlias = ECKey | RSAKey | OKPKey
Claims: TypeAlias = Mapping[str, object]

ES256, PS256, ED25519 = "ES256", "PS256", "Ed25519"
ALGORITHMS = (ES256, PS256, ED25519)
"""Those of FAPI 2.0. The first is the hub's own."""

MOST_CHARACTERS = 8192
MOST_ID = 256
RSA_BITS = (2048, 4096)
PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
KINDS: Mapping[tuple[object, object], tuple[type[Key], str]] = {
    ("EC", "P-256"): (ECKey, ES256),
    ("RSA", None): (RSAKey, PS256),
    ("OKP", "Ed25519"): (OKPKey, ED25519),
}


class _Registry(jws.JWSRegistry):
    """joserfc's bound of 512 bytes for a header is too little for a proof with an RSA key in it."""

    max_header_length = MOST_CHARACTERS


class Unsound(Exception):
    """A token or a key is not what it should be. The text says in what, and nothing of it."""


def header_of(token: str) -> dict[str, object]:
    """Read a token's header, before anything about it is believed.

    Raises:
        Unsound: there is none, or the token is no text of three parts and bounded length.
    """
    if len(token) > MOST_CHARACTERS:
        raise Unsound("too long")
    parts = token.split(".")
    if len(parts) != len(("header", "payload", "signature")) or not all(parts):
        raise Unsound("not in three parts")
    return _object(parts[0])


def payload_of(token: str) -> dict[str, object]:
    """Read a token's claims without believing them: to find out whose they are said to be."""
    header_of(token)
    return _object(token.split(".")[1])


def verified(token: str, key: Key, header: Mapping[str, object]) -> dict[str, object]:
    """Give the claims of a token that this key signed.

    Raises:
        Unsound: it did not, or another algorithm is named than the key's.
    """
    algorithm = algorithm_of(key)
    if header.get("alg") != algorithm:
        raise Unsound("another algorithm")
    try:
        found = jws.deserialize_compact(
            token.encode("ascii"),
            key,
            registry=_Registry(algorithms=[algorithm], strict_check_header=False),
        )
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise Unsound("the signature does not hold") from error
    return _claims(found.payload)


@lru_cache(maxsize=1024)
def public_key(jwk: str) -> Key:
    """Read a public key out of JSON.

    Raises:
        Unsound: it is private, of another kind than those allowed, or too weak.
    """
    fields = json.loads(jwk)
    if not isinstance(fields, dict) or PRIVATE & fields.keys():
        raise Unsound("no public key")
    return _imported(fields)


@lru_cache(maxsize=16)
def private_key(jwk: str) -> Key:
    """Read a private key out of JSON."""
    fields = json.loads(jwk)
    if not isinstance(fields, dict) or "d" not in fields:
        raise Unsound("no private key")
    return _imported(fields)


def algorithm_of(key: Key) -> str:
    """Give the one algorithm that a key is used with."""
    return next(algorithm for kind, algorithm in KINDS.values() if isinstance(key, kind))


def is_number(value: object) -> bool:
    """Tell whether a claim is a number. It may still be NaN: compare with `not x <= y`."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_id(value: object) -> bool:
    """Tell whether a claim can be the id of a token: a text that is not empty and not endless."""
    return isinstance(value, str) and 0 < len(value) <= MOST_ID


def _imported(fields: dict[str, object]) -> Key:
    kind, algorithm = _kind(fields)
    if fields.get("alg", algorithm) != algorithm or fields.get("use", "sig") != "sig":
        raise Unsound("a key for something else")
    if kind is RSAKey and not RSA_BITS[0] <= _bits(fields.get("n")) <= RSA_BITS[1]:
        raise Unsound("an RSA key of a size that is not allowed")
    try:
        key: Key = kind.import_key(fields)  # type: ignore[arg-type]
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise Unsound("no key") from error
    return key


def _bits(number: object) -> int:
    if not isinstance(number, str):
        raise Unsound("no key")
    return int.from_bytes(_decoded(number)).bit_length()


def _kind(fields: Mapping[str, object]) -> tuple[type[Key], str]:
    curve = fields.get("crv")
    found = KINDS.get((fields.get("kty"), curve)) if _is_plain(fields, curve) else None
    if found is None:
        raise Unsound("a kind of key that is not allowed")
    return found


def _is_plain(fields: Mapping[str, object], curve: object) -> bool:
    return isinstance(fields.get("kty"), str) and isinstance(curve, str | None)


def _object(part: str) -> dict[str, object]:
    return _claims(_decoded(part))


def _decoded(part: str) -> bytes:
    try:
        return urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (binascii.Error, ValueError) as error:
        raise Unsound("not in base64url") from error


def _claims(payload: bytes) -> dict[str, object]:
    try:
        found = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise Unsound("no JSON") from error
    if not isinstance(found, dict):
        raise Unsound("no JSON object")
    return found
