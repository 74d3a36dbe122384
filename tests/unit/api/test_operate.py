"""Alive, ready, counted: names and numbers, and nothing of what was sent."""

from collections.abc import Iterator, Sequence
from typing import Annotated

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from prometheus_client import CollectorRegistry

from hub.api.access import Caller, needs
from hub.api.app import make_api
from hub.api.operate import Calls, Counted, make_admin, readiness_route
from hub.bootstrap.readiness import MIGRATIONS, POLICY, waits_for
from hub.model.client import Scope
from hub.store.pulse import InForce
from tests.doors import NamedDoor

CANARY = "wren-canaryfield"


class Waiting:
    """What is waited for: set by a test."""

    def __init__(self) -> None:
        self.names: Sequence[str] = ()

    def __call__(self) -> Sequence[str]:
        return self.names


def add_notes(app: FastAPI) -> None:
    @app.get("/v1/notes/{name}")
    def read(_caller: Annotated[Caller, needs(Scope.CASES_READ)], name: str) -> str:
        return name

    @app.get("/v1/falls/{name}")
    def fall(name: str) -> None:
        raise LookupError(name)


@pytest.fixture
def waiting() -> Waiting:
    return Waiting()


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def http(waiting: Waiting, registry: CollectorRegistry) -> Iterator[TestClient]:
    app = make_api(NamedDoor({}), [add_notes, readiness_route(waiting)])
    app.add_middleware(Counted, calls=Calls(registry))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def admin(waiting: Waiting, registry: CollectorRegistry) -> Iterator[TestClient]:
    with TestClient(make_admin(waiting, registry)) as client:
        yield client


def test_who_waits_for_something_is_not_ready_and_says_what_for(
    http: TestClient, admin: TestClient, waiting: Waiting
) -> None:
    assert http.get("/readyz").json() == {"status": "ok", "waits_for": []}

    waiting.names = ["database"]

    for client in (http, admin):
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json()["waits_for"]) == (503, ["database"])
        assert client.get("/livez").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "labels"),
    [
        ("GET", f"/v1/notes/{CANARY}", 'method="GET",route="/v1/notes/{name}",status="401"'),
        ("GET", f"/v1/falls/{CANARY}", 'method="GET",route="/v1/falls/{name}",status="500"'),
        ("GET", f"/{CANARY}", 'method="GET",route="unmatched",status="404"'),
        (CANARY, "/readyz", 'method="other"'),
    ],
)
def test_a_call_is_counted_by_its_routes_template(
    http: TestClient, admin: TestClient, method: str, path: str, labels: str
) -> None:
    http.request(method, f"{path}?q={CANARY}", headers={"X-Note": CANARY})

    text = admin.get("/metrics").text
    assert f"hub_http_requests_total{{{labels}" in text
    assert CANARY not in text.lower()


def test_the_api_has_no_metrics(http: TestClient) -> None:
    assert http.get("/metrics").status_code == 404


OURS = "1-0-abc"
STATES = {
    "before the first event": (True, InForce(None, is_coming=False), []),
    "ours is in force": (True, InForce(OURS, is_coming=False), []),
    "another is in force": (True, InForce("2-0-abc", is_coming=False), [POLICY]),
    "ours comes into force": (True, InForce(OURS, is_coming=True), [POLICY]),
    "an older database": (False, InForce(OURS, is_coming=False), [MIGRATIONS]),
}


@pytest.mark.parametrize(("is_current", "there", "names"), STATES.values(), ids=STATES)
def test_readiness_follows_the_database(is_current: bool, there: InForce, names: list[str]) -> None:
    assert waits_for(is_current=is_current, there=there, ours=OURS) == names
