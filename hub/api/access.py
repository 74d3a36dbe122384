"""Who may call a route. Every route has `needs(scope)` among its parameters, or is in `OPEN`.

A call states its purpose in the header Hub-Purpose. What no token, no scope or no purpose covers is
refused; there is no route that is open by default, for a test goes through all of them. Nor may a
client call too often, whatever it asks for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Header, Request, Security
from fastapi.security import OAuth2

from hub.api.problems import Problem
from hub.api.rate import Pace
from hub.auth.door import Admitted, Call, Door, TokenRefused
from hub.model.client import MEANING, Scope
from hub.model.recipient import Recipient

PURPOSE = "Hub-Purpose"
ALGORITHMS = "ES256 PS256 Ed25519"

OPEN = {
    ("POST", "/oauth/token"): "here a client shows who it is, by a signed assertion",
    ("GET", "/oauth/jwks"): "public keys",
    ("GET", "/.well-known/oauth-authorization-server"): "where the token endpoint is",
    ("GET", "/openapi.json"): "the description of the API, the same for everybody",
    ("GET", "/problems/{code}"): "what an error means, the same for everybody",
    ("GET", "/livez"): "whether the process lives; tells nothing else",
    ("GET", "/readyz"): "whether it waits for the database or a policy; names, and nothing else",
}
"""The routes that want no principal, and why."""

SCHEME = OAuth2(
    flows={
        "clientCredentials": {
            "tokenUrl": "/oauth/token",
            "scopes": {scope.value: meaning for scope, meaning in MEANING.items()},
        }
    },
    scheme_name="oauth",
    description="Client credentials with private_key_jwt; tokens are DPoP-bound (RFC 9449).",
    auto_error=False,
)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls and what for: what a decision wants to know of whoever asks."""

    principal: str
    organisation: Recipient
    role: str
    purpose: str
    lawful_basis: str
    scopes: frozenset[Scope]


@dataclass(frozen=True, slots=True)
class Needs:
    """The dependency of a route: gives its caller, or refuses the call."""

    scope: Scope

    def __call__(
        self,
        request: Request,
        _described: Annotated[str | None, Security(SCHEME)],
        _purpose: Annotated[
            str | None,
            Header(alias=PURPOSE, description="What for: a purpose of the client's agreement."),
        ] = None,
    ) -> Caller:
        door: Door = request.app.state.door
        admitted = _admitted(door, request)
        pace: Pace = request.app.state.pace
        pace.check(admitted.client.id)
        if self.scope not in admitted.scopes:
            raise _insufficient(self.scope)
        return _caller(admitted, request.headers.getlist(PURPOSE))


def needs(scope: Scope) -> Any:  # noqa: ANN401 - as FastAPI types its own markers
    """Mark the parameter by which a route takes its caller; it is an `Annotated[Caller, …]`."""
    return Security(Needs(scope), scopes=[scope.value])


def _admitted(door: Door, request: Request) -> Admitted:
    call = Call(
        method=request.method,
        path=request.scope["raw_path"].decode("ascii", "replace"),
        authorization=tuple(request.headers.getlist("authorization")),
        proofs=tuple(request.headers.getlist("dpop")),
    )
    try:
        return door.admit(call)
    except TokenRefused as refused:
        shown = f'DPoP error="{refused.error}", ' if call.authorization else "DPoP "
        raise Problem(
            401,
            refused.error.replace("_", "-"),
            "The call shows no valid access token",
            headers={"WWW-Authenticate": f'{shown}algs="{ALGORITHMS}"'},
        ) from None


def _insufficient(scope: Scope) -> Problem:
    challenge = f'DPoP error="insufficient_scope", scope="{scope}", algs="{ALGORITHMS}"'
    return Problem(
        403,
        "insufficient-scope",
        "The access token does not cover this call",
        headers={"WWW-Authenticate": challenge},
    )


def _caller(admitted: Admitted, stated: Sequence[str]) -> Caller:
    """Take the one purpose that was stated, if both the client and its organisation have it."""
    client, organisation = admitted.client, admitted.organisation
    if len(stated) != 1 or stated[0] not in client.purposes & frozenset(organisation.purposes):
        raise Problem(
            403, "purpose", f"State one purpose of the client's agreement in the header {PURPOSE}"
        )
    return Caller(
        principal=client.id,
        organisation=organisation,
        role=client.role,
        purpose=stated[0],
        lawful_basis=client.lawful_basis,
        scopes=admitted.scopes,
    )
