"""A real API process, operated: counts out of the database, and logs without anybody's data."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from prometheus_client import generate_latest

from hub.bootstrap.clock import utc_now
from hub.bootstrap.county import load_county
from hub.bootstrap.heartbeat import is_beating
from hub.bootstrap.log import MAY_BE_LOGGED
from hub.bootstrap.metrics import registry_of
from hub.bootstrap.readiness import DATABASE, POLICY, not_ready
from hub.bootstrap.runtime import Runtime, running
from hub.settings import settings
from hub.store import settings as kept
from hub.store import suspensions
from hub.store.dead_letters import dead_letter
from hub.store.engine import open_engine
from hub.stream.sql_log import SqlLog
from tests.harness import Parts, children, hub, hub_json, until
from tests.real_parts.ports import free_ports

CANARY = "Wren Canaryfield"


@dataclass(frozen=True)
class Served:
    api: str
    admin: str
    log: Path
    parts: Parts


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    tmp_path = tmp_path_factory.mktemp("served")
    parts = Parts(f"sqlite:///{tmp_path / 'hub.sqlite'}", "", tmp_path / "home")
    hub(parts, "db", "upgrade")
    hub(parts, "topics", "apply")
    port, admin = free_ports(2)
    command = ("run", "--port", str(port), "--admin-port", str(admin))
    with children(parts, tmp_path, command):
        urls = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{admin}"
        found = Served(*urls, tmp_path / "child-0.log", parts)
        until(lambda: all(map(is_ready, urls)), seconds=30, what="both ports")
        yield found


def is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz").status_code == 200
    except httpx.TransportError:
        return False


def test_what_was_sent_is_in_no_log_line_and_no_metric(served: Served) -> None:
    marked = {"Authorization": f"DPoP {CANARY}", "DPoP": CANARY, "Hub-Purpose": CANARY}
    for method, path in (("GET", "/v1/x"), ("POST", "/oauth/token"), ("GET", f"/{CANARY}")):
        httpx.request(
            method, served.api + path, params={"name": CANARY}, headers=marked, content=CANARY
        )
    until(
        lambda: 'route="/oauth/token"' in httpx.get(f"{served.admin}/metrics").text,
        seconds=5,
        what="the count",
    )

    metrics, log = httpx.get(f"{served.admin}/metrics").text, served.log.read_text("utf-8")

    for mark in ("canaryfield", "wren"):
        assert mark not in metrics.lower()
        assert mark not in log.lower()
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    assert {"started", "served"} <= {line["event"] for line in lines}
    assert all(set(line) <= MAY_BE_LOGGED for line in lines)
    assert "/oauth/token" in {line.get("route") for line in lines}


def test_a_supervisor_sees_which_process_works(served: Served) -> None:
    for name in ("ingest", "relay"):
        until(lambda name=name: is_beating(served.parts.home, name), seconds=30, what=name)  # type: ignore[misc]
        assert hub_json(served.parts, "doctor", "--process", name)["ok"]

    hub(served.parts, "doctor", "--process", "connector fenmarch-police", code=1)


@pytest.fixture
def runtime(database_url: str, tmp_path: Path) -> Iterator[Runtime]:
    options = settings(db=database_url, home=str(tmp_path), environment={})
    with running(options, load_county(), migrate=True) as found:
        yield found


def test_counts_come_out_of_the_database(runtime: Runtime) -> None:
    texts = {c.name: "x" for c in dead_letter.columns if isinstance(c.type, sa.Text)}
    row = {**texts, "key": b"", "value": b"", "received_ms": 0, "attempts": 0}
    with runtime.engine.begin() as conn:
        conn.execute(dead_letter.insert(), row)
        suspensions.suspend(conn, runtime.county.recipients[0].id, 1)
        kept.write(conn, kept.COMES_INTO_FORCE, "register ")

    text = generate_latest(registry_of(runtime.engine)).decode()

    for line in (
        "hub_database_up 1.0",
        "hub_events 0.0",
        "hub_outbox_waiting 0.0",
        "hub_messages_sent_total 0.0",
        "hub_suspended 1.0",
        "hub_policy_coming_into_force 1.0",
        'hub_dead_letters{reason="x",stage="x",status="x"} 1.0',
    ):
        assert f"\n{line}\n" in text
    assert not [each.id for each in runtime.county.recipients if each.id in text]
    assert not_ready(runtime) == [POLICY]


def test_a_database_that_is_away_is_told_and_nothing_else(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    url = f"postgresql+psycopg://nobody@127.0.0.1:{port}/hub"
    options = settings(db=url, home=str(tmp_path), environment={})
    engine = open_engine(url)
    runtime = Runtime(options, load_county(), engine, SqlLog(engine), utc_now)

    text = generate_latest(registry_of(engine)).decode()

    assert "\nhub_database_up 0.0\n" in text
    assert "hub_events" not in text
    assert not_ready(runtime) == [DATABASE]
    engine.dispose()
