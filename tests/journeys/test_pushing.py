"""A referral pushed as a system does it: with a token, to a hub that runs, until it is kept."""

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from hub.api.referral_form import COMPLETE
from tests.harness import Parts, children, hub, hub_json, until
from tests.real_parts.ports import free_ports

CLIENT = "amber-cases"
CANARIES = ("Canaryfield", "canary-reference")


@dataclass(frozen=True)
class Running:
    parts: Parts
    port: int
    log: Path

    def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Call as the client: each call shows a proof of its own."""
        options = ("--client", CLIENT, "--port", str(self.port))
        found = hub_json(self.parts, "token", *options, "--call", f"{method} {path}")
        headers = {
            "Authorization": f"DPoP {found['access_token']}", "DPoP": found["proof"],
            "Hub-Purpose": "marac", **more.pop("headers", {}),
        }  # fmt: skip
        url = f"http://127.0.0.1:{self.port}{path}"
        return httpx.request(method, url, headers=headers, **more)


@pytest.fixture
def running_hub(tmp_path: Path) -> Iterator[Running]:
    parts = Parts(f"sqlite:///{tmp_path / 'hub.sqlite'}", "", tmp_path / "home")
    hub(parts, "db", "upgrade")
    hub(parts, "topics", "apply")
    scopes = ("--scope", "referrals.write", "--scope", "referrals.read")
    hub(parts, "clients", "add", CLIENT, "--organisation", "amber-door", *scopes)
    port, admin = free_ports(2)
    with children(parts, tmp_path, ("run", "--port", str(port), "--admin-port", str(admin))):
        found = Running(parts, port, tmp_path / "child-0.log")
        until(lambda: is_alive(port), seconds=30, what="the API")
        yield found


def is_alive(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/livez").status_code == 200
    except httpx.TransportError:
        return False


def test_a_pushed_referral_is_kept_and_nothing_of_it_is_logged(running_hub: Running) -> None:
    said = {**COMPLETE, "reference": CANARIES[1], "wishes": f"Ask Wren {CANARIES[0]}."}
    key = {"Idempotency-Key": uuid.uuid4().hex}

    first = running_hub.call("POST", "/v1/referrals", json=said, headers=key)
    again = running_hub.call("POST", "/v1/referrals", json=said, headers=key)

    assert first.status_code == 201, first.text
    assert again.content == first.content
    location = first.headers["location"]
    until(
        lambda: bool(running_hub.call("GET", location).json()["kept"]),
        seconds=20,
        what="the hub keeps it",
    )
    told = running_hub.log.read_text("utf-8") + first.text + str(first.headers)
    assert not [each for each in CANARIES if each in told]
    served = [json.loads(line) for line in told.splitlines() if '"served"' in line]
    assert "/v1/referrals/{referral_id}" in {each["route"] for each in served}
