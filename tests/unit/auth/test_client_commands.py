"""`hub clients`, `hub keys`, `hub token`: who may call, from the command line."""

import json
import socket
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from hub.store.engine import open_engine
from hub.store.ledger import ledger
from tests.harness import Parts, hub, hub_json
from tests.unit.auth.kit import ed25519_key, es256, from_jwk, ps256

ADD = ("--organisation", "fenmarch-police", "--scope", "cases.read")


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    found = Parts("", "", tmp_path / "home")
    hub(found, "db", "upgrade")
    return found


def add(parts: Parts, name: str = "police-records", *more: str | Path, code: int = 0) -> Any:
    if code:
        return hub(parts, "clients", "add", name, *ADD, *more, code=code)
    return hub_json(parts, "clients", "add", name, *ADD, *more)


def test_a_client_has_what_its_organisation_has_unless_less_is_said(parts: Parts) -> None:
    whole = add(parts)
    less = add(parts, "police-meetings", "--purpose", "marac", "--scope", "meetings.read")

    (key,) = whole.pop("keys")
    assert len(key) == 43
    assert whole == {
        "id": "police-records", "organisation": "fenmarch-police", "role": "officer",
        "lawful_basis": "public-task", "purposes": ["marac", "safeguarding"], "scopes": ["cases.read"],
        "status": "active",
    }  # fmt: skip
    assert less["purposes"] == ["marac"]
    assert less["scopes"] == ["cases.read", "meetings.read"]


@pytest.mark.parametrize(
    "more",
    [
        ("--purpose", "direct-care"),
        ("--role", "idva"),
        ("--basis", "consent"),
        ("--organisation", "nowhere"),
    ],
    ids=str,
)
def test_what_its_organisation_does_not_have_a_client_does_not_get(
    parts: Parts, more: tuple[str, ...]
) -> None:
    add(parts, "police-records", *more, code=1)

    assert hub_json(parts, "clients", "list") == []
    assert not (parts.home / "clients").exists()


@pytest.mark.parametrize("name", ["Police", "police records", "fenmarch-police", "a\x00b", "../up"])
def test_a_name_that_could_be_taken_for_something_else_is_refused(parts: Parts, name: str) -> None:
    add(parts, name, code=1)


def test_a_name_is_given_once_even_after_it_was_shut_out(parts: Parts) -> None:
    add(parts)
    hub(parts, "clients", "disable", "police-records")

    add(parts, "police-records", "--key-out", parts.home / "other.json", code=1)

    assert [each["status"] for each in hub_json(parts, "clients", "list")] == ["disabled"]
    assert not (parts.home / "other.json").exists()


def test_a_key_that_is_made_is_its_readers_alone_and_is_never_written_over(parts: Parts) -> None:
    add(parts)
    file = parts.home / "clients" / "police-records.json"
    before = file.read_text()

    hub(parts, "clients", "rotate", "police-records", code=1)

    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert file.read_text() == before
    assert from_jwk(json.loads(before)).jwk["x"] == json.loads(before)["x"]


def test_the_hub_keeps_no_private_key_of_a_client(parts: Parts) -> None:
    add(parts)
    private = json.loads((parts.home / "clients" / "police-records.json").read_text())["d"]

    database = b"".join(each.read_bytes() for each in parts.home.glob("hub.sqlite*"))

    assert b"police-records" in database
    assert private.encode() not in database


GOOD, RSA, ED = es256(), ps256(), ed25519_key()
KEY_SETS: dict[str, tuple[Any, bool]] = {
    "one key": ({"keys": [dict(GOOD.jwk)]}, True),
    "three kinds": ({"keys": [GOOD.named("a"), RSA.named("b"), ED.named("c")]}, True),
    "a private key": ({"keys": [{**GOOD.jwk, **GOOD.private}]}, False),
    "two without names": ({"keys": [dict(GOOD.jwk), dict(ED.jwk)]}, False),
    "two of one name": ({"keys": [GOOD.named("a"), ED.named("a")]}, False),
    "a weak key": ({"keys": [dict(ps256(1024).jwk)]}, False),
    "a secret": ({"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}, False),
    "a key for another algorithm": ({"keys": [{**RSA.jwk, "alg": "RS256"}]}, False),
    "a key to encrypt with": ({"keys": [{**GOOD.jwk, "use": "enc"}]}, False),
    "no key": ({"keys": []}, False),
    "a key and no set": (dict(GOOD.jwk), False),
    "a list": ([dict(GOOD.jwk)], False),
}


@pytest.mark.parametrize(("keys", "is_good"), KEY_SETS.values(), ids=KEY_SETS)
def test_a_client_may_bring_public_keys_that_can_be_used(
    parts: Parts, tmp_path: Path, keys: Any, is_good: bool
) -> None:
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps(keys))

    add(parts, "police-records", "--jwks", file, code=0 if is_good else 1)

    assert len(hub_json(parts, "clients", "list")) == int(is_good)


def test_a_rotation_leaves_the_key_before_and_no_older_one(parts: Parts, tmp_path: Path) -> None:
    (first,) = add(parts)["keys"]
    out = [tmp_path / f"{n}.json" for n in range(3)]

    second = hub_json(parts, "clients", "rotate", "police-records", "--key-out", out[0])["keys"]
    third = hub_json(parts, "clients", "rotate", "police-records", "--key-out", out[1])["keys"]
    alone = hub_json(
        parts, "clients", "rotate", "police-records", "--key-out", out[2], "--at-once"
    )["keys"]

    assert second[1:] == [first]
    assert third[1:] == [second[0]]
    assert len(alone) == 1
    assert alone[0] not in {first, *second, *third}


def token(parts: Parts, *more: str | Path, code: int = 0) -> Any:
    if code:
        return hub(parts, "token", "--client", "police-records", *more, code=code)
    return hub_json(parts, "token", "--client", "police-records", *more)


def test_a_token_is_what_the_endpoint_answers(parts: Parts) -> None:
    add(parts, "police-records", "--scope", "meetings.read")

    whole, less = token(parts), token(parts, "--scope", "meetings.read")

    assert whole.keys() == {"access_token", "token_type", "expires_in", "scope"}
    assert (whole["token_type"], whole["expires_in"]) == ("DPoP", 600)
    assert whole["scope"] == "cases.read meetings.read"
    assert less["scope"] == "meetings.read"


def test_nobody_gets_a_token_without_the_clients_key(parts: Parts, tmp_path: Path) -> None:
    add(parts, "police-records", "--key-out", tmp_path / "key.json")
    stranger = {**GOOD.jwk, **GOOD.private, "kid": "k1"}
    (tmp_path / "other.json").write_text(json.dumps(stranger))
    (tmp_path / "public.json").write_text(json.dumps(GOOD.jwk))

    token(parts, code=1)
    token(parts, "--key", tmp_path / "other.json", code=1)
    token(parts, "--key", tmp_path / "public.json", code=1)
    token(parts, "--scope", "meetings.read", "--key", tmp_path / "key.json", code=1)

    assert token(parts, "--key", tmp_path / "key.json")["scope"] == "cases.read"


def test_who_is_shut_out_gets_no_token(parts: Parts) -> None:
    add(parts)
    hub(parts, "clients", "disable", "police-records")

    token(parts, code=1)


@pytest.mark.parametrize("verb", ["rotate", "disable"])
def test_a_client_that_is_not_there_is_told(parts: Parts, verb: str) -> None:
    hub(parts, "clients", verb, "ghost", code=1)

    assert not (parts.home / "clients").exists()


def test_the_signing_key_is_rotated(parts: Parts) -> None:
    first = hub_json(parts, "keys", "rotate")["kid"]
    second = hub_json(parts, "keys", "rotate")["kid"]
    listed = hub_json(parts, "keys", "list")
    third = hub_json(parts, "keys", "rotate", "--at-once")["kid"]

    assert listed == [{"kid": second, "current": True}, {"kid": first, "current": False}]
    assert hub_json(parts, "keys", "list") == [{"kid": third, "current": True}]


def test_each_change_of_a_client_is_in_the_ledger(parts: Parts, tmp_path: Path) -> None:
    add(parts)
    hub(parts, "clients", "rotate", "police-records", "--key-out", tmp_path / "new.json")
    hub(parts, "clients", "disable", "police-records")

    engine = open_engine(f"sqlite:///{parts.home / 'hub.sqlite'}")
    with engine.begin() as conn:
        rows = conn.execute(sa.select(ledger).order_by(ledger.c.entry)).all()
    engine.dispose()

    kinds = ["client-added", "client-key-rotated", "client-disabled"]
    assert [(row.kind, row.recipient) for row in rows] == [(k, "fenmarch-police") for k in kinds]
    assert {row.reasons for row in rows} == {"police-records"}


def test_the_api_says_when_somebody_else_listens(parts: Parts) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        hub(parts, "serve", "--port", str(taken.getsockname()[1]), code=2)


def test_the_api_refuses_to_listen_in_the_open(parts: Parts) -> None:
    hub(parts, "serve", "--host", "0.0.0.0", code=2)  # noqa: S104 - what must be refused
