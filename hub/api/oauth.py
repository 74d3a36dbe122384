"""The authorisation server's own routes. Their errors are those of RFC 6749, as OAuth clients read them."""

from collections.abc import Callable
from typing import Annotated, Literal
from urllib.parse import parse_qsl

from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from hub.auth.keys import published
from hub.auth.metadata import metadata
from hub.auth.ports import SigningKeys
from hub.auth.server import TokenEndpoint, TokenRequest
from hub.auth.token import Issuer

FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 20
MOST_BYTES = 32 * 1024

FIELDS = {
    "type": "object",
    "required": ["grant_type", "scope", "client_assertion_type", "client_assertion"],
    "properties": {
        "grant_type": {"type": "string", "enum": ["client_credentials"]},
        "scope": {"type": "string", "examples": ["referrals.write referrals.read"]},
        "client_assertion_type": {
            "type": "string",
            "enum": ["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"],
        },
        "client_assertion": {
            "type": "string",
            "description": "A JWT: `iss` and `sub` the client's id, `aud` the issuer, `exp` at most an "
            "hour ahead, `jti` new each time; signed with ES256, PS256 or Ed25519.",
        },
        "client_id": {"type": "string"},
    },
}
PROOF = {
    "in": "header",
    "name": "DPoP",
    "required": True,
    "schema": {"type": "string"},
    "description": "A proof of possession of the key that the token is to be bound to (RFC 9449).",
}


class Token(BaseModel):
    """An access token, and what it is good for."""

    access_token: str
    token_type: Literal["DPoP"]
    expires_in: int = Field(description="Seconds", examples=[600])
    scope: str


class OAuthError(BaseModel):
    """An error of the token endpoint (RFC 6749)."""

    error: str
    error_description: str | None = None


async def _came(request: Request) -> TokenRequest:
    """Take the request as it came. What is no form of bounded size has no fields."""
    body = await request.body()
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    is_form = kind == FORM and len(body) <= MOST_BYTES and not request.url.query
    return TokenRequest(
        fields=_fields(body) if is_form else (),
        proofs=tuple(request.headers.getlist("dpop")),
        authorization=tuple(request.headers.getlist("authorization")),
    )


def _fields(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError:
        return []


def oauth_routes(
    issuer: Issuer, endpoint: TokenEndpoint, keys: SigningKeys
) -> Callable[[FastAPI], None]:
    """Give what adds them."""
    document = metadata(issuer)

    def add(app: FastAPI) -> None:
        @app.post(
            "/oauth/token",
            summary="Get an access token",
            response_model=Token,
            responses={400: {"model": OAuthError, "description": "No token, and why"}},
            openapi_extra={
                "requestBody": {"required": True, "content": {FORM: {"schema": FIELDS}}},
                "parameters": [PROOF],
            },
        )
        def token(came: Annotated[TokenRequest, Depends(_came)]) -> JSONResponse:
            answer = endpoint.answer(came)
            return JSONResponse(dict(answer.body), answer.status)

        @app.get("/oauth/jwks", summary="The keys with which access tokens are signed")
        def jwks() -> dict[str, object]:
            return published(keys)

        @app.get(
            "/.well-known/oauth-authorization-server", summary="Where everything is (RFC 8414)"
        )
        def discovery() -> dict[str, object]:
            return document

    return add
