"""The API as a process: an agency finds out where to go, gets a token and is answered, over a socket."""

import json
import signal
import time
from pathlib import Path

import httpx
import pytest

from tests.harness import Parts, children, hub, hub_json, until
from tests.real_parts.ports import free_ports
from tests.unit.auth.kit import Agency, es256, from_jwk


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    found = Parts("", "", tmp_path / "home")
    hub(found, "db", "upgrade")
    return found


def is_up(url: str) -> bool:
    try:
        return httpx.get(f"{url}/livez").status_code == 200
    except httpx.TransportError:
        return False


def test_an_agency_comes_from_the_address_alone_to_a_token(parts: Parts, tmp_path: Path) -> None:
    (kid,) = hub_json(
        parts, "clients", "add", "police-records", "--organisation", "fenmarch-police",
        "--scope", "cases.read", "--key-out", tmp_path / "key.json",
    )["keys"]  # fmt: skip
    key = from_jwk(json.loads((tmp_path / "key.json").read_text()))
    port, admin_port = free_ports(2)
    url = f"http://127.0.0.1:{port}"
    now = int(time.time())
    police = Agency("police-records", key, es256(), now, kid)

    with children(
        parts, tmp_path, ("serve", "--port", str(port), "--admin-port", str(admin_port))
    ) as (child,):
        until(lambda: is_up(url), seconds=30, what="the API answers")
        with httpx.Client(base_url=url) as http:
            found = http.get("/.well-known/oauth-authorization-server").json()
            fields = police.fields(police.assertion(aud=found["issuer"]))
            proof = police.proof(url=found["token_endpoint"])
            given = http.post(found["token_endpoint"], data=fields, headers={"DPoP": proof})
            again = http.post(found["token_endpoint"], data=fields, headers={"DPoP": proof})
            published = http.get(found["jwks_uri"])
            missing = http.get("/v1/nowhere")
        assert child.process is not None
        child.process.send_signal(signal.SIGTERM)
        ended = child.process.wait(20)

    assert found["issuer"] == url
    assert given.json()["scope"] == "cases.read"
    assert again.json() == {"error": "invalid_client"}
    assert [each["kid"] for each in published.json()["keys"]] == [
        each["kid"] for each in hub_json(parts, "keys", "list")
    ]
    assert missing.headers["content-type"] == "application/problem+json"
    assert "server" not in missing.headers
    assert ended == 0
    printed = (tmp_path / "child-0.log").read_text()
    assert printed.startswith(f"API at {url}; Ctrl-C ends it\n")
    assert not [word for word in ("police", given.json()["access_token"], proof) if word in printed]
