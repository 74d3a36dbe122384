"""Attacks on the token endpoint: each differs from what is let in by one thing, and is refused."""

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from hub.bootstrap import clients
from tests.unit.auth.kit import (
    GONE,
    ISSUER,
    TOKEN_URL,
    Agency,
    Sign,
    b64,
    compact,
    es256,
    hs256,
    none,
    ps256,
)
from tests.unit.auth.served import CHARITY_KEY, COUNTY, POLICE_KEY, Server, serving, suspended

NAN, INF = float("nan"), float("inf")
STRANGER, WEAK_KEY, P384 = es256(), ps256(1024), es256(ec.SECP384R1())
Make: TypeAlias = Callable[[Agency], str]


def ask(server: Server, fields: Mapping[str, Any], *proofs: str, **more: Any) -> Any:
    headers = [("DPoP", each) for each in proofs]
    return server.http.post("/oauth/token", data=dict(fields), headers=headers, **more)


def header(**changed: Any) -> Make:
    return lambda me: me.assertion(changed)


def claims(**changed: Any) -> Make:
    return lambda me: me.assertion(**changed)


def signed(sign: Sign, **members: Any) -> Make:
    return lambda me: me.assertion(members, sign)


def with_time(**ahead: float) -> Make:
    return lambda me: me.assertion(**{name: me.now + each for name, each in ahead.items()})


PEM_LIKE = json.dumps(POLICE_KEY.jwk).encode()

ASSERTIONS: dict[str, Make] = {
    "no algorithm": signed(none, alg="none"),
    "no algorithm, spelt otherwise": signed(none, alg="nOnE"),
    "no algorithm named": header(alg=GONE),
    "no algorithm, with a signature": header(alg="none"),
    "HS256 with the public key": signed(hs256(PEM_LIKE), alg="HS256"),
    "HS256 with a coordinate of the public key": signed(hs256(POLICE_KEY.jwk["x"].encode()), alg="HS256"),
    "HS256 with nothing": signed(hs256(b""), alg="HS256"),
    "another curve's algorithm": header(alg="ES384"),
    "another kind's algorithm": header(alg="PS256"),
    "the name that says too little": header(alg="EdDSA"),
    "an algorithm that is no text": header(alg=["ES256"]),
    "a stranger's key": signed(STRANGER.sign),
    "a stranger's key brought along": signed(STRANGER.sign, jwk=dict(STRANGER.jwk)),
    "its own key brought along": header(jwk=dict(POLICE_KEY.jwk)),
    "a stranger's key to be fetched": signed(STRANGER.sign, jku="https://keys.example/jwks"),
    "a certificate to be fetched": signed(STRANGER.sign, x5u="https://keys.example/chain"),
    "a certificate brought along": signed(STRANGER.sign, x5c=["AAAA"]),
    "something critical": header(crit=["exp"], exp=1),
    "an unencoded payload": header(crit=["b64"], b64=False),
    "another client's key": signed(CHARITY_KEY.sign),
    "a key that is not there": header(kid="k2"),
    "a key by a path": header(kid="../../../dev/null"),
    "a key by a query": header(kid="' or '1'='1"),
    "a key that is no text": header(kid=["k1"]),
    "an access token by its type": header(typ="at+jwt"),
    "a proof by its type": header(typ="dpop+jwt"),
    "for elsewhere": claims(aud="https://elsewhere.example"),
    "for the token endpoint": claims(aud=TOKEN_URL),
    "for the issuer in a list": claims(aud=[ISSUER]),
    "for the issuer and others": claims(aud=[ISSUER, "https://elsewhere.example"]),
    "for the issuer with a slash": claims(aud=f"{ISSUER}/"),
    "for the API": claims(aud=f"{ISSUER}/v1"),
    "for nobody": claims(aud=GONE),
    "by another client": claims(iss="amber-cases"),
    "by nobody": claims(iss=GONE),
    "about another client": claims(sub="amber-cases"),
    "by and about another client": claims(iss="amber-cases", sub="amber-cases"),
    "about a client that is not there": claims(iss="ghost", sub="ghost"),
    "about nobody": claims(sub=GONE),
    "about a number": claims(sub=7),
    "about what no database takes": claims(iss="a\x00b", sub="a\x00b"),
    "over": with_time(exp=-31),
    "good for too long": with_time(exp=3601),
    "good for ever": claims(exp=INF),
    "over since ever": claims(exp=-INF),
    "over at no number": claims(exp=NAN),
    "over at a truth": claims(exp=True),
    "over at a text": claims(exp="4102444800"),
    "over at nothing": claims(exp=None),
    "over never": claims(exp=GONE),
    "over at a number beyond all": claims(exp=10**400),
    "made in the future": with_time(iat=31),
    "made at no number": claims(iat=NAN),
    "made at a truth": claims(iat=True),
    "made at a text": claims(iat="now"),
    "to begin later": with_time(nbf=31),
    "to begin at no number": claims(nbf=NAN),
    "without an id": claims(jti=GONE),
    "with a number for an id": claims(jti=5),
    "with an empty id": claims(jti=""),
    "with an endless id": claims(jti="x" * 257),
    "claims that are a list": lambda me: compact({"alg": "ES256", "kid": "k1"}, [], me.key.sign),
    "claims that are no JSON": lambda me: compact({"alg": "ES256", "kid": "k1"}, b"{", me.key.sign),
    "claims without a bottom": lambda me: compact(
        {"alg": "ES256", "kid": "k1"}, b"[" * 5000, me.key.sign),
    "too long": lambda me: me.assertion(more="x" * 9000),
    "without its signature": lambda me: me.assertion().rpartition(".")[0] + ".",
    "in two parts": lambda me: me.assertion().rpartition(".")[0],
    "in five parts": lambda me: me.assertion() + ".a.b",
    "another's signature": lambda me: _with_signature_of(me.assertion(), me.assertion()),
    "changed after it was signed": lambda me: _with_claims(me.assertion(), sub="amber-cases"),
    "no base64": lambda me: "%." + me.assertion().partition(".")[2],
    "a proof": lambda me: me.proof(),
}  # fmt: skip


def _with_signature_of(token: str, other: str) -> str:
    return token.rpartition(".")[0] + "." + other.rpartition(".")[2]


def _with_claims(token: str, **claims: Any) -> str:
    first, _, last = token.split(".")
    return ".".join((first, b64(json.dumps(claims).encode()), last))


def test_what_every_attack_differs_from_is_let_in(server: Server, police: Agency) -> None:
    answer = ask(server, police.fields(), police.proof())

    assert answer.status_code == 200
    assert answer.json().keys() == {"access_token", "token_type", "expires_in", "scope"}
    assert answer.json() | {"access_token": ""} == {
        "access_token": "", "token_type": "DPoP", "expires_in": 600, "scope": "cases.read",
    }  # fmt: skip


@pytest.mark.parametrize("make", ASSERTIONS.values(), ids=ASSERTIONS)
def test_an_assertion_is_refused_in_the_one_way(server: Server, police: Agency, make: Make) -> None:
    answer = ask(server, police.fields(make(police)), police.proof())

    assert answer.status_code == 400
    assert answer.json() == {"error": "invalid_client"}


def test_an_access_token_is_no_assertion(server: Server, police: Agency) -> None:
    token = ask(server, police.fields(), police.proof()).json()["access_token"]

    answer = ask(server, police.fields(token), police.proof())

    assert answer.json() == {"error": "invalid_client"}


def test_an_assertion_is_good_once(server: Server, police: Agency) -> None:
    assertion = police.assertion()

    answers = [ask(server, police.fields(assertion), police.proof()) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 400]
    assert answers[1].json() == {"error": "invalid_client"}


@pytest.mark.parametrize(
    "changed",
    [
        {"client_id": "amber-cases"},
        {"client_assertion_type": GONE},
        {"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"},
        {"client_assertion": GONE},
        {"client_assertion": GONE, "client_id": "police-records"},
        {"client_assertion": GONE, "client_id": "police-records", "client_secret": "k1"},
    ],
    ids=str,
)
def test_other_ways_to_show_who_one_is_are_refused(
    server: Server, police: Agency, changed: dict[str, Any]
) -> None:
    fields = police.fields() | changed
    answer = ask(server, {n: v for n, v in fields.items() if v is not GONE}, police.proof())

    assert answer.status_code == 400
    assert answer.json() == {"error": "invalid_client"}


@pytest.mark.parametrize("text", ["Basic cG9saWNlOmsx", "Bearer abc", ""])
def test_an_authorization_header_beside_the_assertion_is_refused(
    server: Server, police: Agency, text: str
) -> None:
    headers = [("DPoP", police.proof()), ("Authorization", text)]

    answer = server.http.post("/oauth/token", data=police.fields(), headers=headers)

    assert answer.json() == {"error": "invalid_client"}


def test_a_disabled_client_gets_no_token(server: Server, police: Agency) -> None:
    clients.disable(server.runtime, "police-records")

    assert ask(server, police.fields(), police.proof()).json() == {"error": "invalid_client"}


def test_a_client_of_a_suspended_organisation_gets_no_token(
    sqlite_url: str, police: Agency, charity: Agency
) -> None:
    with serving(sqlite_url, suspended(COUNTY, "fenmarch-police")) as server:
        refused = ask(server, police.fields(), police.proof())
        given = ask(server, charity.fields(), charity.proof())

    assert refused.json() == {"error": "invalid_client"}
    assert given.json()["scope"] == "cases.read"


REQUESTS: dict[str, tuple[dict[str, Any], str]] = {
    "a repeated scope": ({"scope": ["cases.read", "referrals.write"]}, "invalid_request"),
    "the same scope repeated": ({"scope": ["cases.read", "cases.read"]}, "invalid_request"),
    "a repeated grant": ({"grant_type": ["client_credentials", "client_credentials"]}, "invalid_request"),
    "a repeated parameter that nobody reads": ({"other": ["1", "2"]}, "invalid_request"),
    "no grant": ({"grant_type": GONE}, "invalid_request"),
    "another grant": ({"grant_type": "authorization_code"}, "unsupported_grant_type"),
    "a grant to go on": ({"grant_type": "refresh_token"}, "unsupported_grant_type"),
    "no scope": ({"scope": GONE}, "invalid_scope"),
    "an empty scope": ({"scope": ""}, "invalid_scope"),
    "a scope of others": ({"scope": "meetings.write"}, "invalid_scope"),
    "one of its own and one of others": ({"scope": "cases.read meetings.write"}, "invalid_scope"),
    "a scope that is none": ({"scope": "admin"}, "invalid_scope"),
    "a scope in other letters": ({"scope": "Cases.Read"}, "invalid_scope"),
    "scopes with a line between": ({"scope": "cases.read\nreferrals.write"}, "invalid_scope"),
    "scopes with two spaces": ({"scope": "cases.read  referrals.write"}, "invalid_scope"),
}  # fmt: skip


@pytest.mark.parametrize(("changed", "error"), REQUESTS.values(), ids=REQUESTS)
def test_a_request_is_refused(
    server: Server, police: Agency, changed: dict[str, Any], error: str
) -> None:
    answer = ask(server, police.fields(**changed), police.proof())

    assert answer.status_code == 400
    assert answer.json()["error"] == error
    assert answer.headers["cache-control"] == "no-store"


def test_a_repeated_assertion_is_refused(server: Server, police: Agency) -> None:
    fields = police.fields(client_assertion=[police.assertion(), police.assertion()])

    assert ask(server, fields, police.proof()).json()["error"] == "invalid_request"


def test_nothing_is_read_from_the_address_or_from_another_kind_of_body(
    server: Server, police: Agency
) -> None:
    headers = {"DPoP": police.proof()}
    answers = [
        server.http.post("/oauth/token", params=police.fields(), headers=headers),
        server.http.post("/oauth/token?scope=cases.read", data=police.fields(), headers=headers),
        server.http.post("/oauth/token", json=police.fields(), headers=headers),
        server.http.post("/oauth/token", files={"a": b"b"}, data=police.fields(), headers=headers),
        ask(server, {**police.fields(), **{f"f{n}": "1" for n in range(20)}}, police.proof()),
        ask(server, {**police.fields(), "other": "x" * 33_000}, police.proof()),
        server.http.post(
            "/oauth/token",
            content=urlencode(police.fields()) + "&other=%ff",
            headers={**headers, "Content-Type": "application/x-www-form-urlencoded"},
        ),
    ]

    assert {answer.status_code for answer in answers} == {400}
    assert {answer.json()["error"] for answer in answers} == {"invalid_request"}


def proof(**changed: Any) -> Make:
    return lambda me: me.proof(**changed)


def proof_header(**changed: Any) -> Make:
    return lambda me: me.proof(header=changed)


def proof_signed(sign: Sign, **members: Any) -> Make:
    return lambda me: me.proof(header=members, sign=sign)


def proof_time(ahead: float) -> Make:
    return lambda me: me.proof(iat=me.now + ahead)


PROOFS: dict[str, Make] = {
    "no algorithm": proof_signed(none, alg="none"),
    "HS256 with a secret that it brings": proof_signed(
        hs256(b"secret"), alg="HS256", jwk={"kty": "oct", "k": b64(b"secret")}),
    "HS256 with the public key": proof_signed(hs256(PEM_LIKE), alg="HS256"),
    "another key than it names": proof_signed(STRANGER.sign),
    "a private key": lambda me: me.proof(header={"jwk": {**me.proof_key.jwk, **me.proof_key.private}}),
    "no key": proof_header(jwk=GONE),
    "a key that is a text": proof_header(jwk="k1"),
    "a key that is not on its curve": proof_header(jwk={**POLICE_KEY.jwk, "x": POLICE_KEY.jwk["y"]}),
    "a key of no kind": proof_header(jwk={"kty": ["EC"], "crv": {}}),
    "a weak RSA key": proof_signed(WEAK_KEY.sign, alg="PS256", jwk=dict(WEAK_KEY.jwk)),
    "a curve that is not allowed": proof_signed(P384.sign, alg="ES256", jwk=dict(P384.jwk)),
    "a key by its name": proof_header(jwk=GONE, kid="k1"),
    "a key to be fetched": proof_header(jku="https://keys.example/jwks"),
    "a certificate": proof_header(x5c=["AAAA"]),
    "something critical": proof_header(crit=["exp"]),
    "no type": proof_header(typ=GONE),
    "an assertion's type": proof_header(typ="JWT"),
    "an access token's type": proof_header(typ="at+jwt"),
    "another kind's algorithm": proof_header(alg="PS256"),
    "another method": proof(method="GET"),
    "the method in other letters": proof(method="post"),
    "no method": proof(htm=GONE),
    "another path": proof(url=f"{ISSUER}/oauth/jwks"),
    "another host": proof(url="http://elsewhere.example:8080/oauth/token"),
    "another port": proof(url="http://127.0.0.1:8081/oauth/token"),
    "another scheme": proof(url="https://127.0.0.1:8080/oauth/token"),
    "a user in the address": proof(url="http://me@127.0.0.1:8080/oauth/token"),
    "a port that is none": proof(url="http://127.0.0.1:x/oauth/token"),
    "an address that is a list": proof(url=[TOKEN_URL]),
    "no address": proof(htu=GONE),
    "too old": proof_time(-301),
    "too new": proof_time(301),
    "made at no number": proof(iat=NAN),
    "made at the end of time": proof(iat=INF),
    "made before all time": proof(iat=-INF),
    "made at a number beyond all": proof(iat=10**400),
    "made at a truth": proof(iat=True),
    "made at a text": lambda me: me.proof(iat=str(me.now)),
    "made never": proof(iat=GONE),
    "without an id": proof(jti=GONE),
    "with an empty id": proof(jti=""),
    "with a number for an id": proof(jti=5),
    "with an endless id": proof(jti="x" * 257),
    "too long": proof(more="x" * 9000),
    "in two parts": lambda me: me.proof().rpartition(".")[0],
    "two in one header": lambda me: f"{me.proof()}, {me.proof()}",
    "an assertion": lambda me: me.assertion(),
}  # fmt: skip


@pytest.mark.parametrize("make", PROOFS.values(), ids=PROOFS)
def test_a_proof_is_refused(server: Server, police: Agency, make: Make) -> None:
    answer = ask(server, police.fields(), make(police))

    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_dpop_proof"


def test_no_token_is_given_without_exactly_one_proof(server: Server, police: Agency) -> None:
    answers = [
        ask(server, police.fields()),
        ask(server, police.fields(), police.proof(), police.proof()),
    ]

    assert {answer.json()["error"] for answer in answers} == {"invalid_dpop_proof"}


def test_a_proof_is_good_once(server: Server, police: Agency) -> None:
    once = police.proof()

    answers = [ask(server, police.fields(), once) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 400]
    assert answers[1].json()["error"] == "invalid_dpop_proof"


def test_an_error_repeats_nothing(server: Server, police: Agency) -> None:
    canary = "Wren-Canaryfield"

    answers = [
        ask(server, police.fields(scope=canary), police.proof()),
        ask(server, police.fields(grant_type=canary), police.proof()),
        ask(server, police.fields(police.assertion(sub=canary)), police.proof(htu=canary)),
    ]

    assert not [answer.text for answer in answers if canary in answer.text]
