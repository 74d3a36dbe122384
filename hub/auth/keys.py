"""Keys: what is made, and what is published of it."""

import json

from joserfc.jwk import ECKey

from hub.auth.ports import SigningKeys
from hub.auth.signed import ES256, private_key

CURVE = "P-256"


def new_key() -> tuple[str, str]:
    """Make a key for ES256: its id, which is its thumbprint, and the private key as JSON."""
    key = ECKey.generate_key(CURVE, auto_kid=True)
    fields = key.as_dict(private=True)
    return str(fields["kid"]), json.dumps({**fields, "use": "sig", "alg": ES256})


def public_part(jwk: str) -> dict[str, object]:
    """Give the public part of a private key."""
    return dict(private_key(jwk).as_dict(private=False))


def published(keys: SigningKeys) -> dict[str, object]:
    """Give the keys that tokens may be signed with, as a JSON Web Key Set."""
    return {"keys": [public_part(each.jwk) for each in keys.signing_keys()]}
