"""An agency's side of OAuth, written by hand so that it can also be wrong in every way.

Nothing here uses the hub's own code for signing or reading: what it makes is an outsider's.
"""

import hashlib
import hmac
import itertools
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

ISSUER = "http://127.0.0.1:8080"
TOKEN_URL = f"{ISSUER}/oauth/token"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

Sign: TypeAlias = Callable[[bytes], bytes]
Claims: TypeAlias = dict[str, Any]
GONE: Any = object()
"""As a claim or a member of a header: leave it out."""

_numbers = itertools.count()


def b64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def compact(header: object, claims: object, sign: Sign) -> str:
    """Put a token together. Python's JSON writes NaN and Infinity as others do who should not."""
    payload = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
    text = f"{b64(json.dumps(header).encode())}.{b64(payload)}"
    return f"{text}.{b64(sign(text.encode()))}"


def _number(value: int, size: int = 32) -> str:
    return b64(value.to_bytes(size, "big"))


@dataclass(frozen=True)
class Key:
    """A key pair: how it signs, and how it is published."""

    algorithm: str
    jwk: Mapping[str, str]
    sign: Sign = field(repr=False)
    private: Mapping[str, str] = field(repr=False, default_factory=dict)

    @property
    def thumbprint(self) -> str:
        """RFC 7638."""
        needed = {
            "EC": ("crv", "kty", "x", "y"),
            "RSA": ("e", "kty", "n"),
            "OKP": ("crv", "kty", "x"),
        }
        members = {name: self.jwk[name] for name in needed[self.jwk["kty"]]}
        text = json.dumps(members, separators=(",", ":"), sort_keys=True)
        return b64(hashlib.sha256(text.encode()).digest())

    def named(self, kid: str) -> dict[str, str]:
        return {**self.jwk, "kid": kid}


def from_jwk(jwk: Mapping[str, str]) -> Key:
    """Take a private P-256 key that somebody else made."""
    number = int.from_bytes(urlsafe_b64decode(jwk["d"] + "=="))
    return es256(private=ec.derive_private_key(number, ec.SECP256R1()))


def es256(
    curve: ec.EllipticCurve | None = None, private: ec.EllipticCurvePrivateKey | None = None
) -> Key:
    private = private or ec.generate_private_key(curve or ec.SECP256R1())
    size = (private.curve.key_size + 7) // 8

    def sign(text: bytes) -> bytes:
        found = private.sign(text, ec.ECDSA(hashes.SHA256()))
        return b"".join(each.to_bytes(size, "big") for each in decode_dss_signature(found))

    public = private.public_key().public_numbers()
    jwk = {
        "kty": "EC", "crv": "P-256" if size == 32 else "P-384",
        "x": _number(public.x, size), "y": _number(public.y, size),
    }  # fmt: skip
    return Key("ES256", jwk, sign, {"d": _number(private.private_numbers().private_value, size)})


def ps256(bits: int = 2048, algorithm: str = "PS256") -> Key:
    private = rsa.generate_private_key(65537, bits)
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), hashes.SHA256.digest_size)
    how = pss if algorithm == "PS256" else padding.PKCS1v15()
    public = private.public_key().public_numbers()
    jwk = {"kty": "RSA", "n": _number(public.n, bits // 8), "e": b64(b"\x01\x00\x01")}
    return Key(algorithm, jwk, lambda text: private.sign(text, how, hashes.SHA256()))


def ed25519_key() -> Key:
    private = ed25519.Ed25519PrivateKey.generate()
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": b64(private.public_key().public_bytes_raw())}
    return Key("Ed25519", jwk, private.sign)


def hs256(secret: bytes) -> Sign:
    return lambda text: hmac.new(secret, text, hashlib.sha256).digest()


def none(_text: bytes) -> bytes:
    return b""


def without_gone(members: Mapping[str, Any]) -> Claims:
    return {name: value for name, value in members.items() if value is not GONE}


@dataclass(frozen=True)
class Agency:
    """A client: its id, the key that shows who it is, and the one that its tokens are bound to."""

    client: str
    key: Key
    proof_key: Key
    now: int
    kid: str = "k1"

    def assertion(
        self, header: Mapping[str, Any] | None = None, sign: Sign | None = None, **changed: Any
    ) -> str:
        members = {"alg": self.key.algorithm, "kid": self.kid, "typ": "JWT", **(header or {})}
        claims = {
            "iss": self.client, "sub": self.client, "aud": ISSUER, "iat": self.now, "exp": self.now + 60,
            "jti": f"assertion-{next(_numbers)}", **changed,
        }  # fmt: skip
        return compact(without_gone(members), without_gone(claims), sign or self.key.sign)

    def fields(self, assertion: str | None = None, **changed: Any) -> Claims:
        return without_gone(
            {
                "grant_type": "client_credentials",
                "scope": "cases.read",
                "client_assertion_type": ASSERTION_TYPE,
                "client_assertion": assertion or self.assertion(),
                **changed,
            }
        )

    def proof(
        self,
        method: str = "POST",
        url: str = TOKEN_URL,
        token: str | None = None,
        *,
        header: Mapping[str, Any] | None = None,
        sign: Sign | None = None,
        **changed: Any,
    ) -> str:
        members = {
            "typ": "dpop+jwt", "alg": self.proof_key.algorithm, "jwk": dict(self.proof_key.jwk),
            **(header or {}),
        }  # fmt: skip
        claims = {
            "htm": method, "htu": url, "iat": self.now, "jti": f"proof-{next(_numbers)}",
            "ath": GONE if token is None else b64(hashlib.sha256(token.encode()).digest()), **changed,
        }  # fmt: skip
        return compact(without_gone(members), without_gone(claims), sign or self.proof_key.sign)
