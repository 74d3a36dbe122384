"""Attacks on the API's door: forged, borrowed, bent and repeated tokens and proofs.

Some tokens here are signed with the hub's own key, taken from its database: so only the one thing is
wrong that a row names.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeAlias

import pytest

from hub.bootstrap import clients
from hub.bootstrap.access import rotate_key
from tests.unit.auth.kit import (
    GONE,
    ISSUER,
    Agency,
    Sign,
    b64,
    compact,
    es256,
    from_jwk,
    hs256,
    none,
    without_gone,
)
from tests.unit.auth.served import (
    COUNTY,
    ED_KEY,
    NOW,
    POLICE_KEY,
    PROOF_KEY,
    RSA_KEY,
    Server,
    at,
    serving,
    suspended,
)

NAN, INF = float("nan"), float("inf")
WHOAMI = f"{ISSUER}/v1/whoami"
STRANGER = es256()
Forge: TypeAlias = Callable[["Hub"], str]


class Hub:
    """The hub's own key, in the hands of a test."""

    def __init__(self, server: Server, me: Agency) -> None:
        self.me = me
        self.key = server.access.gate.keys.signing_keys()[0]
        self.public = server.http.get("/oauth/jwks").json()["keys"][0]

    def sign(self, text: bytes) -> bytes:
        return from_jwk(json.loads(self.key.jwk)).sign(text)

    def token(
        self, header: dict[str, Any] | None = None, sign: Sign | None = None, **changed: Any
    ) -> str:
        members = {"alg": "ES256", "typ": "at+jwt", "kid": self.key.kid, **(header or {})}
        claims = {
            "iss": ISSUER, "aud": f"{ISSUER}/v1", "sub": self.me.client, "client_id": self.me.client,
            "agency": "fenmarch-police", "iat": at(), "exp": at() + 600, "jti": "t1",
            "scope": "cases.read", "cnf": {"jkt": self.me.proof_key.thumbprint}, **changed,
        }  # fmt: skip
        return compact(without_gone(members), without_gone(claims), sign or self.sign)


def call(
    server: Server,
    me: Agency,
    token: str,
    *proofs: str,
    scheme: str = "DPoP",
    path: str = "/v1/whoami",
) -> Any:
    shown = proofs or (me.proof("GET", f"{ISSUER}{path}", token),)
    headers = [
        ("Authorization", f"{scheme} {token}"), ("Hub-Purpose", "safeguarding"),
        *(("DPoP", each) for each in shown),
    ]  # fmt: skip
    return server.http.get(path, headers=headers)


def given(server: Server, me: Agency, **changed: Any) -> str:
    answer = server.http.post(
        "/oauth/token", data=me.fields(**changed), headers={"DPoP": me.proof()}
    )
    token: str = answer.json()["access_token"]
    return token


def error(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("type", "").removeprefix("/problems/")


INVALID_TOKEN = (401, "invalid-token")
INVALID_PROOF = (401, "invalid-dpop-proof")


def header(**changed: Any) -> Forge:
    return lambda hub: hub.token(changed)


def claims(**changed: Any) -> Forge:
    return lambda hub: hub.token(**changed)


TOKENS: dict[str, Forge] = {
    "no algorithm": lambda hub: hub.token({"alg": "none"}, none),
    "no algorithm, with the signature": header(alg="none"),
    "HS256 with the hub's public key": lambda hub: hub.token(
        {"alg": "HS256"}, hs256(json.dumps(hub.public).encode())),
    "another algorithm": header(alg="PS256"),
    "a stranger's key": lambda hub: hub.token(sign=STRANGER.sign),
    "a stranger's key brought along": lambda hub: hub.token({"jwk": dict(STRANGER.jwk)}, STRANGER.sign),
    "a stranger's key to be fetched": header(jku="https://keys.example/jwks"),
    "a certificate to be fetched": header(x5u="https://keys.example/chain"),
    "something critical": header(crit=["exp"]),
    "the client's own key": lambda hub: hub.token(sign=hub.me.key.sign),
    "no type": header(typ=GONE),
    "an assertion's type": header(typ="JWT"),
    "a proof's type": header(typ="dpop+jwt"),
    "no key named": header(kid=GONE),
    "a key that is not there": header(kid="hub-2"),
    "a key that is no text": header(kid=["x"]),
    "from elsewhere": claims(iss="https://elsewhere.example"),
    "for elsewhere": claims(aud="https://elsewhere.example"),
    "for the authorisation server": claims(aud=ISSUER),
    "for several": claims(aud=[f"{ISSUER}/v1"]),
    "over": claims(iat=at() - 600, exp=at()),
    "good for too long": claims(exp=at() + 601),
    "from the future": claims(iat=at() + 6, exp=at() + 600),
    "over at no number": claims(exp=NAN),
    "over never": claims(exp=INF),
    "over at a truth": claims(exp=True),
    "over at a text": claims(exp=str(at() + 600)),
    "over at part of a second": claims(exp=at() + 599.5),
    "no end": claims(exp=GONE),
    "made at no number": claims(iat=NAN),
    "no beginning": claims(iat=GONE),
    "bound to nothing": claims(cnf=GONE),
    "bound to an empty thing": claims(cnf={}),
    "bound to a certificate": claims(cnf={"x5t#S256": "x"}),
    "bound to two things": claims(cnf={"jkt": PROOF_KEY.thumbprint, "x5t#S256": "x"}),
    "bound to no text": claims(cnf={"jkt": [PROOF_KEY.thumbprint]}),
    "about another client": claims(sub="amber-cases"),
    "of another client": claims(client_id="amber-cases"),
    "of another client, and its organisation": claims(client_id="amber-cases", agency="amber-door"),
    "of another organisation": claims(agency="amber-door"),
    "of another client with this one's organisation": claims(sub="amber-cases", client_id="amber-cases"),
    "of a client that is not there": claims(sub="ghost", client_id="ghost"),
    "of nobody": claims(sub=GONE, client_id=GONE),
    "a scope that is none": claims(scope="admin"),
    "no scope": claims(scope=GONE),
    "scopes in a list": claims(scope=["cases.read"]),
    "without an id": claims(jti=GONE),
    "too long": claims(more="x" * 9000),
    "an assertion": lambda hub: hub.me.assertion(),
    "a proof": lambda hub: hub.me.proof(),
    "no token": lambda _: "abc",
    "claims changed after it was signed": lambda hub: _changed(hub.token()),
}  # fmt: skip


def _changed(token: str) -> str:
    first, _, last = token.split(".")
    return f"{first}.{b64(json.dumps({'scope': 'meetings.read'}).encode())}.{last}"


def test_what_every_attack_differs_from_is_let_in(server: Server, police: Agency) -> None:
    answers = [
        call(server, police, given(server, police)),
        call(server, police, Hub(server, police).token()),
    ]

    assert [answer.json() for answer in answers] == [
        {"principal": "police-records", "organisation": "fenmarch-police"}
    ] * 2


@pytest.mark.parametrize("forge", TOKENS.values(), ids=TOKENS)
def test_a_token_is_refused(server: Server, police: Agency, forge: Forge) -> None:
    answer = call(server, police, forge(Hub(server, police)))

    assert error(answer) == INVALID_TOKEN
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


def test_a_call_without_a_token_is_told_how(server: Server) -> None:
    answer = server.http.get("/v1/whoami", headers={"Hub-Purpose": "safeguarding"})

    assert error(answer) == INVALID_TOKEN
    assert answer.headers["www-authenticate"] == 'DPoP algs="ES256 PS256 Ed25519"'


@pytest.mark.parametrize(
    "scheme", ["Bearer", "bearer", "Basic", "DPoP DPoP", "DPoP\t", "DPoP,", "JWT"]
)
def test_a_bound_token_is_good_under_its_own_scheme_alone(
    server: Server, police: Agency, scheme: str
) -> None:
    assert error(call(server, police, given(server, police), scheme=scheme)) == INVALID_TOKEN


def test_a_bearer_token_under_the_bound_scheme_is_refused(server: Server, police: Agency) -> None:
    unbound = Hub(server, police).token(cnf=GONE)

    assert error(call(server, police, unbound)) == INVALID_TOKEN
    assert error(call(server, police, unbound, scheme="Bearer")) == INVALID_TOKEN


def test_two_authorization_headers_are_refused(server: Server, police: Agency) -> None:
    token = given(server, police)
    proof = police.proof("GET", WHOAMI, token)
    shown = [("Authorization", f"DPoP {token}")]
    rest = [("DPoP", proof), ("Hub-Purpose", "safeguarding")]

    for second in (("Authorization", f"DPoP {token}"), ("Authorization", "Bearer x")):
        answer = server.http.get("/v1/whoami", headers=[*shown, second, *rest])
        assert error(answer) == INVALID_TOKEN
    assert server.http.get("/v1/whoami", headers=[*shown, *rest]).status_code == 200


PROOFS: dict[str, Callable[[Agency, str], tuple[str, ...]]] = {
    "two": lambda me, token: (me.proof("GET", WHOAMI, token), me.proof("GET", WHOAMI, token)),
    "one for no token": lambda me, _: (me.proof("GET", WHOAMI),),
    "one for another token": lambda me, token: (me.proof("GET", WHOAMI, token + "x"),),
    "one for another method": lambda me, token: (me.proof("POST", WHOAMI, token),),
    "one for another route": lambda me, token: (me.proof("GET", f"{ISSUER}/v1/meetings", token),),
    "one for a longer path": lambda me, token: (me.proof("GET", f"{WHOAMI}/", token),),
    "one for another host": lambda me, token: (
        me.proof("GET", "https://elsewhere.example/v1/whoami", token),),
    "one that is old": lambda me, token: (me.proof("GET", WHOAMI, token, iat=me.now - 301),),
    "one made at no number": lambda me, token: (me.proof("GET", WHOAMI, token, iat=NAN),),
    "one without an id": lambda me, token: (me.proof("GET", WHOAMI, token, jti=GONE),),
    "one with another key": lambda me, token: (
        replace(me, proof_key=STRANGER).proof("GET", WHOAMI, token),),
    "one with the key that shows who it is": lambda me, token: (
        replace(me, proof_key=POLICE_KEY).proof("GET", WHOAMI, token),),
    "one with a private key": lambda me, token: (
        me.proof("GET", WHOAMI, token, header={"jwk": {**me.proof_key.jwk, **me.proof_key.private}}),),
    "one that is not signed": lambda me, token: (
        me.proof("GET", WHOAMI, token, header={"alg": "none"}, sign=none),),
    "something else": lambda *_: ("abc",),
}  # fmt: skip


@pytest.mark.parametrize("make", PROOFS.values(), ids=PROOFS)
def test_a_token_is_good_with_its_proof_alone(
    server: Server, police: Agency, make: Callable[[Agency, str], tuple[str, ...]]
) -> None:
    token = given(server, police)

    answer = call(server, police, token, *make(police, token))

    assert error(answer) == INVALID_PROOF
    assert 'error="invalid_dpop_proof"' in answer.headers["www-authenticate"]


def test_a_token_without_any_proof_is_refused(server: Server, police: Agency) -> None:
    headers = {"Authorization": f"DPoP {given(server, police)}", "Hub-Purpose": "safeguarding"}

    assert error(server.http.get("/v1/whoami", headers=headers)) == INVALID_PROOF


def test_a_proof_is_good_for_one_call(server: Server, police: Agency) -> None:
    token = given(server, police)
    proof = police.proof("GET", WHOAMI, token)

    answers = [call(server, police, token, proof) for _ in range(2)]

    assert answers[0].status_code == 200
    assert error(answers[1]) == INVALID_PROOF


def test_a_proof_leaves_the_query_out_and_the_host_that_was_named_does_not_count(
    server: Server, police: Agency
) -> None:
    token = given(server, police)
    headers = {
        "Authorization": f"dpop  {token}", "DPoP": police.proof("GET", WHOAMI, token),
        "Hub-Purpose": "safeguarding", "Host": "elsewhere.example", "X-Forwarded-Proto": "https",
    }  # fmt: skip

    assert server.http.get("/v1/whoami?page=2", headers=headers).status_code == 200


@pytest.mark.parametrize("kid", ["rsa", "ed"])
def test_each_kind_of_key_that_is_allowed_works(server: Server, kid: str) -> None:
    key = {"rsa": RSA_KEY, "ed": ED_KEY}[kid]
    children = Agency("children-cases", key, key, at(), kid)

    assert call(server, children, given(server, children)).status_code == 200


def test_with_several_keys_one_has_to_be_named(server: Server) -> None:
    children = Agency("children-cases", RSA_KEY, RSA_KEY, at(), "rsa")
    unnamed = children.fields(children.assertion({"kid": GONE}))

    answer = server.http.post("/oauth/token", data=unnamed, headers={"DPoP": children.proof()})

    assert answer.json() == {"error": "invalid_client"}


def test_a_token_covers_the_scopes_that_were_asked_for_and_no_more(
    server: Server, police: Agency
) -> None:
    narrow = call(server, police, given(server, police, scope="referrals.write"))
    never = call(server, police, given(server, police), path="/v1/meetings")

    assert error(narrow) == (403, "insufficient-scope")
    assert error(never) == (403, "insufficient-scope")
    assert 'scope="meetings.read"' in never.headers["www-authenticate"]


def test_a_token_gives_no_scope_that_its_client_does_not_have(
    server: Server, police: Agency
) -> None:
    forged = Hub(server, police).token(scope="cases.read meetings.read")

    assert call(server, police, forged).status_code == 200
    assert error(call(server, police, forged, path="/v1/meetings")) == (403, "insufficient-scope")


def test_a_purpose_of_another_agency_is_refused(server: Server, charity: Agency) -> None:
    token = given(server, charity)
    headers = {"Authorization": f"DPoP {token}", "DPoP": charity.proof("GET", WHOAMI, token)}

    answer = server.http.get("/v1/whoami", headers={**headers, "Hub-Purpose": "direct-care"})

    assert error(answer) == (403, "purpose")


def test_a_token_of_a_client_that_is_disabled_stops_at_once(
    server: Server, police: Agency, charity: Agency
) -> None:
    mine, theirs = given(server, police), given(server, charity)
    assert call(server, police, mine).status_code == 200

    clients.disable(server.runtime, "police-records")

    assert error(call(server, police, mine)) == INVALID_TOKEN
    assert error(call(server, charity, theirs)) != INVALID_TOKEN


def test_a_token_of_a_suspended_organisation_stops(sqlite_url: str, police: Agency) -> None:
    with serving(sqlite_url) as server:
        token = given(server, police)
        assert call(server, police, token).status_code == 200
        with serving(sqlite_url, suspended(COUNTY, "fenmarch-police"), is_new=False) as after:
            answer = call(after, police, token)

    assert error(answer) == INVALID_TOKEN


def test_a_token_is_good_for_ten_minutes(server: Server, police: Agency) -> None:
    token = given(server, police)

    statuses = []
    for seconds in (599, 600):
        server.clock.at = NOW + timedelta(seconds=seconds)
        later = replace(police, now=at(server.clock.at))
        statuses.append(call(server, later, token).status_code)

    assert statuses == [200, 401]


def test_after_a_rotation_old_tokens_are_good_until_they_are_over(
    server: Server, police: Agency
) -> None:
    before = given(server, police)
    kid = rotate_key(server.runtime, at_once=False)

    after = given(server, police)

    published = [each["kid"] for each in server.http.get("/oauth/jwks").json()["keys"]]
    assert published[0] == kid
    assert len(published) == 2
    assert [call(server, police, each).status_code for each in (before, after)] == [200, 200]
    server.clock.at = NOW + timedelta(seconds=661)
    assert [each["kid"] for each in server.http.get("/oauth/jwks").json()["keys"]] == [kid]


def test_after_a_rotation_at_once_old_tokens_stop(server: Server, police: Agency) -> None:
    before = given(server, police)

    rotate_key(server.runtime, at_once=True)

    assert error(call(server, police, before)) == INVALID_TOKEN
    assert call(server, police, given(server, police)).status_code == 200
    assert len(server.http.get("/oauth/jwks").json()["keys"]) == 1


def test_no_private_part_is_published(server: Server) -> None:
    (key,) = server.http.get("/oauth/jwks").json()["keys"]

    assert key.keys() == {"kty", "crv", "x", "y", "kid", "use", "alg"}
