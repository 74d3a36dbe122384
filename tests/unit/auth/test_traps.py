"""The eleven traps of OAuth libraries that the hub knows of, each with its test or why it has none.

1  a token lives for ten days by default       below, and `test_a_token_is_good_for_ten_minutes`
2  no `kid` in the token                       below, and with two keys published in test_call_attacks
3  a token without `typ` is accepted           test_call_attacks: "no type"
4  the default algorithms                      test_call_attacks: PS256 and Ed25519 work; HS256, RS256 below
5  the client repeats its first `jti`          an Authlib client's trap; what the hub makes is below
6  whole tokens in the log at DEBUG            below
7  `aud` of an ID token is not checked         nobody signs in by OIDC yet
8  state in a readable cookie                  there are no sessions and no cookies: below
9  a scope is narrowed in silence              test_token_attacks: "one of its own and one of others"
10 the address behind a proxy that ends TLS    below
11 `jwt.encode` adds a type, readers are too strict with headers    below
"""

import json
import logging
from base64 import urlsafe_b64decode
from contextlib import ExitStack
from typing import Any

import pytest
from fastapi.testclient import TestClient

from hub.api.app import make_api
from hub.api.oauth import oauth_routes
from hub.auth.keys import new_key
from hub.auth.present import make_proof, token_fields
from hub.auth.token import Issuer
from hub.bootstrap.access import open_access, rotate_key
from tests.unit.auth.kit import TOKEN_URL, Agency, ps256
from tests.unit.auth.served import RSA_KEY, Server, add_routes, at


def part(token: str, number: int) -> dict[str, Any]:
    text = token.split(".")[number]
    found: dict[str, Any] = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return found


def given(server: Server, me: Agency) -> str:
    answer = server.http.post("/oauth/token", data=me.fields(), headers={"DPoP": me.proof()})
    token: str = answer.json()["access_token"]
    return token


def test_1_a_token_is_over_after_ten_minutes_by_its_own_word(
    server: Server, police: Agency
) -> None:
    claims = part(given(server, police), 1)

    assert claims["exp"] - claims["iat"] == 600
    assert claims["cnf"] == {"jkt": police.proof_key.thumbprint}


def test_2_a_token_names_the_key_that_is_published(server: Server, police: Agency) -> None:
    rotate_key(server.runtime, at_once=False)

    header = part(given(server, police), 0)

    published = [each["kid"] for each in server.http.get("/oauth/jwks").json()["keys"]]
    assert header == {"alg": "ES256", "typ": "at+jwt", "kid": published[0]}
    assert len(published) == 2


@pytest.mark.parametrize("algorithm", ["RS256"])
def test_4_what_libraries_take_by_default_is_not_taken(server: Server, algorithm: str) -> None:
    key = ps256(algorithm=algorithm)
    me = Agency("children-cases", key, key, at(), "rsa")
    good = Agency("children-cases", RSA_KEY, RSA_KEY, at(), "rsa")

    assertion = server.http.post("/oauth/token", data=me.fields(), headers={"DPoP": good.proof()})
    proof = server.http.post("/oauth/token", data=good.fields(), headers={"DPoP": me.proof()})

    assert assertion.json()["error"] == "invalid_client"
    assert proof.json()["error"] == "invalid_dpop_proof"


def test_5_what_the_hub_makes_for_a_client_has_a_new_id_each_time() -> None:
    _, jwk = new_key()
    issuer = Issuer("http://127.0.0.1:8080")

    ids = {
        part(token, 1)["jti"]
        for _ in range(3)
        for token in (
            dict(token_fields("a", jwk, issuer, "cases.read", 0))["client_assertion"],
            make_proof(jwk, "POST", TOKEN_URL, 0),
        )
    }

    assert len(ids) == 6


def test_6_no_token_reaches_a_log_however_much_is_logged(
    server: Server, police: Agency, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        token = given(server, police)
        refused = server.http.post("/oauth/token", data=police.fields(token))

    assert refused.status_code == 400
    assert logging.getLogger("authlib").getEffectiveLevel() == logging.INFO
    signature = token.rpartition(".")[2]
    assert not [line for line in caplog.messages if signature in line or "police" in line]


def test_8_no_answer_sets_a_cookie(server: Server, police: Agency) -> None:
    answers = [
        server.http.post("/oauth/token", data=police.fields(), headers={"DPoP": police.proof()}),
        server.http.get("/v1/whoami"),
        server.http.get("/oauth/jwks"),
    ]

    assert not [answer for answer in answers if "set-cookie" in answer.headers]


def test_10_behind_tls_a_proof_is_made_for_the_address_that_clients_know(
    server: Server, police: Agency
) -> None:
    outside = "https://hub.fenmarch.example"
    with ExitStack() as stack:
        access = open_access(server.runtime, outside)
        app = make_api(
            access.gate,
            [oauth_routes(access.issuer, access.endpoint, access.gate.keys), add_routes],
        )
        http = stack.enter_context(TestClient(app, base_url="http://10.0.0.7:8080"))
        inside, public = (
            http.post(
                "/oauth/token",
                data=police.fields(police.assertion(aud=outside)),
                headers={"DPoP": police.proof(url=f"{place}/oauth/token")},
            )
            for place in ("http://10.0.0.7:8080", outside)
        )
        document = http.get("/.well-known/oauth-authorization-server").json()

    assert inside.json()["error"] == "invalid_dpop_proof"
    assert public.status_code == 200
    assert document["token_endpoint"] == f"{outside}/oauth/token"


@pytest.mark.parametrize(
    "header",
    [{"typ": "client-authentication+jwt"}, {"x5t": "abc"}, {"x5t#S256": "abc"}],
    ids=str,
)
def test_11_members_that_clients_add_and_that_name_no_other_key_are_no_fault(
    server: Server, police: Agency, header: dict[str, str]
) -> None:
    answer = server.http.post(
        "/oauth/token",
        data=police.fields(police.assertion(header)),
        headers={"DPoP": police.proof(header={"kid": "p1"})},
    )

    assert answer.status_code == 200
