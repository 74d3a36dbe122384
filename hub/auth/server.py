"""The authorisation server: Authlib's core, with one grant and one way for a client to show who it is.

No token without a proof of possession, none longer than ten minutes, and none that can be refreshed.
What went wrong goes out as the standard's word, with a sentence of ours: Authlib's own texts would tell
whether a client exists, or repeat what was sent.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from authlib.oauth2 import AuthorizationServer, OAuth2Error, OAuth2Request
from authlib.oauth2.rfc6749 import (
    ClientMixin,
    InvalidClientError,
    InvalidScopeError,
    OAuth2Payload,
)
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant

from hub.auth.assertion import Assertions
from hub.auth.ports import Replays, SigningKeys
from hub.auth.proof import Shown, prove
from hub.auth.signed import Unsound
from hub.auth.token import LIFE_S, Issuer, issue
from hub.model.client import Client, Scope

logging.getLogger("authlib").setLevel(logging.INFO)  # at DEBUG it writes whole tokens

METHOD = "private_key_jwt"
GRANT = "client_credentials"
TEXTS = {
    "invalid_request": "A parameter is missing, repeated or not of the form it should have.",
    "invalid_scope": "Ask for one or more scopes, each of which the client has.",
    "unsupported_grant_type": "The only grant is client_credentials.",
    "invalid_dpop_proof": "Exactly one fresh DPoP proof for this call is needed.",
}


class InvalidProof(OAuth2Error):  # type: ignore[misc]
    """RFC 9449."""

    error = "invalid_dpop_proof"


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """What came to the token endpoint. `fields` as they came, repeated ones too."""

    fields: Sequence[tuple[str, str]] = field(repr=False)
    proofs: tuple[str, ...] = field(repr=False)
    authorization: tuple[str, ...] = field(repr=False, default=())


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """What goes back: a token, or an error of RFC 6749."""

    status: int
    body: Mapping[str, object] = field(repr=False)


@dataclass(frozen=True)
class TokenEndpoint:
    """Gives tokens to clients."""

    issuer: Issuer
    assertions: Assertions
    keys: SigningKeys
    replays: Replays
    now: Callable[[], datetime]

    def answer(self, request: TokenRequest) -> TokenAnswer:
        names = [name for name, _ in request.fields]
        if "grant_type" not in names or len(names) != len(set(names)):
            return _refusal("invalid_request")
        server = _Server(self)
        answer: TokenAnswer = server.create_token_response(_Request(self.issuer, request))
        return answer


class _Payload(OAuth2Payload):  # type: ignore[misc]
    """The fields of a request, as Authlib reads them."""

    def __init__(self, fields: Sequence[tuple[str, str]]) -> None:
        self._fields = fields

    @property
    def data(self) -> dict[str, str]:
        return dict(self._fields)

    @property
    def datalist(self) -> defaultdict[str, list[str]]:
        values = defaultdict(list)
        for name, value in self._fields:
            values[name].append(value)
        return values


class _Request(OAuth2Request):  # type: ignore[misc]
    """A token request, as Authlib reads it. Its address is the one that clients know."""

    def __init__(self, issuer: Issuer, request: TokenRequest) -> None:
        super().__init__(method="POST", uri=issuer.token_url)
        self.payload = _Payload(request.fields)
        self.came = request
        self.thumbprint = ""

    @property
    def form(self) -> dict[str, str]:
        return dict(self.came.fields)

    @property
    def args(self) -> dict[str, str]:
        return {}


class _Known(ClientMixin):  # type: ignore[misc]
    """A client that was authenticated, as Authlib asks about it."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def get_client_id(self) -> str:
        return self.client.id

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == GRANT

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == METHOD and endpoint == "token"


class _Server(AuthorizationServer):  # type: ignore[misc]
    """Authlib's server, of one request."""

    def __init__(self, endpoint: TokenEndpoint) -> None:
        super().__init__(scopes_supported=[scope.value for scope in Scope])
        self.endpoint = endpoint
        self.register_client_auth_method(METHOD, self._authenticate)
        self.register_grant(_ClientCredentials)

    def query_client(self, client_id: str) -> None:  # noqa: ARG002 - nobody is known by a name alone
        return None

    def save_token(self, token: Mapping[str, object], request: _Request) -> None:
        """Nothing is kept: what a token opens is looked up at each call."""

    def send_signal(self, name: str, *args: object, **more: object) -> None:
        """Nobody listens."""

    def create_oauth2_request(self, request: _Request) -> _Request:
        return request

    def handle_response(
        self, status: int, body: Mapping[str, object], _headers: object
    ) -> TokenAnswer:
        error = body.get("error")
        return TokenAnswer(status, body) if error is None else _refusal(str(error))

    def _authenticate(self, _query: object, request: _Request) -> _Known:
        if request.came.authorization:  # two ways to show who it is
            raise InvalidClientError
        try:
            now = self.endpoint.now().timestamp()
            return _Known(self.endpoint.assertions.client(request.form, now))
        except Unsound:
            raise InvalidClientError from None


class _ClientCredentials(ClientCredentialsGrant):  # type: ignore[misc]
    """The only grant: a system that acts for its organisation."""

    TOKEN_ENDPOINT_AUTH_METHODS = (METHOD,)

    def validate_token_request(self) -> None:
        super().validate_token_request()
        endpoint: TokenEndpoint = self.server.endpoint
        shown = Shown("POST", endpoint.issuer.token_url)
        now = endpoint.now().timestamp()
        try:
            self.request.thumbprint = prove(self.request.came.proofs, shown, now, endpoint.replays)
        except Unsound:
            raise InvalidProof from None

    def validate_requested_scope(self) -> None:
        """Refuse what the client does not have; to narrow in silence would hide a mistake."""
        _scopes(self.request.payload.scope, self.request.client.client)

    def generate_token(self, *_: object, **__: object) -> dict[str, Any]:
        """Sign a token. Authlib's own generator sees no request, and so no key to bind it to."""
        endpoint: TokenEndpoint = self.server.endpoint
        client: Client = self.request.client.client
        scopes = _scopes(self.request.payload.scope, client)
        key = endpoint.keys.signing_keys()[0]
        now = endpoint.now().timestamp()
        token = issue(endpoint.issuer, key, client, scopes, self.request.thumbprint, now)
        return {
            "access_token": token,
            "token_type": "DPoP",
            "expires_in": LIFE_S,
            "scope": " ".join(sorted(scopes)),
        }


def _refusal(error: str) -> TokenAnswer:
    text = TEXTS.get(error)
    return TokenAnswer(400, {"error": error} | ({"error_description": text} if text else {}))


def _scopes(asked: str | None, client: Client) -> frozenset[Scope]:
    words = (asked or "").split(" ")
    if not set(words) <= {scope.value for scope in client.scopes}:
        raise InvalidScopeError
    return frozenset(map(Scope, words))
