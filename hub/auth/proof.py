"""DPoP (RFC 9449): a proof that whoever shows a token holds the key that it is bound to."""

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from hub.auth.ports import Replays
from hub.auth.signed import (
    ALGORITHMS,
    Unsound,
    header_of,
    is_id,
    is_number,
    public_key,
    verified,
)

WINDOW_S = 300
"""How far a proof's time may be from ours, either way."""
TYPE = "dpop+jwt"
MEMBERS = frozenset({"typ", "alg", "jwk", "kid"})
DEFAULT_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Shown:
    """What a proof has to be made for. `token` is None where a token is asked for."""

    method: str
    url: str
    token: str | None = None


def prove(proofs: Sequence[str], shown: Shown, now: float, replays: Replays, bound: str | None = None) -> str:  # fmt: skip
    """Check the one proof of a call and give the thumbprint of its key, `bound` if that is given.

    Raises:
        Unsound: the proof does not hold. The last thing that is looked at is whether it was used before.
    """
    if len(proofs) != 1:
        raise Unsound("not exactly one proof")
    header = header_of(proofs[0])
    jwk = header.get("jwk")
    if header.get("typ") != TYPE or not header.keys() <= MEMBERS or not isinstance(jwk, dict):
        raise Unsound("a header of another kind")
    if header.get("alg") not in ALGORITHMS:
        raise Unsound("an algorithm that is not allowed")
    key = public_key(json.dumps(jwk, sort_keys=True))
    claims = verified(proofs[0], key, header)
    _check(claims, shown, now)
    thumbprint: str = key.thumbprint()
    if bound is not None and thumbprint != bound:
        raise Unsound("made with another key")
    until_ms = int((now + 2 * WINDOW_S) * 1000)
    if not replays.is_first(mark("proof", thumbprint, claims["jti"]), until_ms):
        raise Unsound("used before")
    return thumbprint


def mark(kind: str, who: str, id_: object) -> str:
    """Name what may be used once. A hash, since the id may be any text of the sender's."""
    return hashlib.sha256(json.dumps([kind, who, id_]).encode()).hexdigest()


def digest(token: str) -> str:
    """Give a token's hash, as a proof names it in `ath`."""
    raw = hashlib.sha256(token.encode()).digest()
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _check(claims: Mapping[str, object], shown: Shown, now: float) -> None:
    if claims.get("htm") != shown.method or _bare(claims.get("htu")) != _bare(shown.url):
        raise Unsound("made for another call")
    if shown.token is not None and claims.get("ath") != digest(shown.token):
        raise Unsound("made for another token")
    issued = claims.get("iat")
    if not (is_number(issued) and now - WINDOW_S <= issued <= now + WINDOW_S):  # type: ignore[operator]
        raise Unsound("made at another time")
    if not is_id(claims.get("jti")):
        raise Unsound("without an id")


def _bare(url: object) -> tuple[str, str, int | None, str]:
    """Take a URL apart for comparing: without query and fragment, and with its port."""
    if not isinstance(url, str):
        raise Unsound("no URL")
    try:
        parts = urlsplit(url)
        port = parts.port or DEFAULT_PORTS.get(parts.scheme)
    except ValueError as error:
        raise Unsound("no URL") from error
    if parts.username is not None:
        raise Unsound("a URL with a user in it")
    return parts.scheme, parts.hostname or "", port, parts.path or "/"
