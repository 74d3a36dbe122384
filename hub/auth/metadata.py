"""What the authorisation server says of itself (RFC 8414)."""

from authlib.oauth2.rfc8414 import AuthorizationServerMetadata

from hub.auth.server import GRANT, METHOD
from hub.auth.signed import ALGORITHMS
from hub.auth.token import Issuer
from hub.model.client import Scope


def metadata(issuer: Issuer) -> dict[str, object]:
    """Give the document, checked as the standard has it."""
    document: dict[str, object] = {
        "issuer": issuer.url,
        "token_endpoint": issuer.token_url,
        "jwks_uri": f"{issuer.url}/oauth/jwks",
        "scopes_supported": [scope.value for scope in Scope],
        "response_types_supported": [],
        "grant_types_supported": [GRANT],
        "token_endpoint_auth_methods_supported": [METHOD],
        "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
        "dpop_signing_alg_values_supported": list(ALGORITHMS),
    }
    # Authlib refuses the empty list that a server without a browser flow has.
    AuthorizationServerMetadata({**document, "response_types_supported": ["code"]}).validate()
    return document
