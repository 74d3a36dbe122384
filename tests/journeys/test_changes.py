"""What changes after it was sent: recalls reach whoever was told, by the commands that an operator has."""

import json
from collections import Counter
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.harness import Parts, hub, hub_json


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    """A demonstration's county, all the way through."""
    found = Parts(f"sqlite:///{tmp_path}/hub.sqlite", "", tmp_path / "home")
    hub(
        parts := found, "demo", "--once", "--people", "200", "--as-of", "2026-11-20",
        "--out", tmp_path / "county", "--db", parts.db,
    )  # fmt: skip
    return found


def held(parts: Parts) -> Counter[tuple[str, str]]:
    """Count what stands, by recipient and event."""
    engine = sa.create_engine(parts.db)
    with engine.connect() as conn:
        rows = conn.execute(sa.text("select recipient, event_id from standing where not stopped"))
        found = Counter((row.recipient, row.event_id) for row in rows)
    engine.dispose()
    return found


def messages(parts: Parts, recipient: str, purpose: str) -> list[dict[str, object]]:
    topic = f"hub.out.{recipient}.safeguarding.v1"
    asks = ("--as", f"ann@{recipient}", "--purpose", purpose)
    lines = hub(parts, "topics", "read", topic, *asks).splitlines()
    return [json.loads(line) for line in lines]


def test_an_event_that_is_taken_back_is_recalled_from_whoever_has_it(parts: Parts) -> None:
    before = held(parts)
    event = next(event for recipient, event in sorted(before) if recipient == "fenmarch-idva")
    told = {recipient for recipient, other in before if other == event}
    counts = len(messages(parts, "fenmarch-idva", "support"))

    document = hub_json(parts, "retract", event, "--reason", "entered in error")
    again = hub_json(parts, "retract", event)
    hub(parts, "relay", "run", "--once")

    assert set(document["recalled"]) >= told
    assert again == {"recalled": {}}
    assert not {recipient for recipient, other in held(parts) if other == event}
    new = messages(parts, "fenmarch-idva", "support")
    assert len(new) > counts
    assert any("recall" in json.dumps(each["headers"]) for each in new)


def test_nothing_that_is_not_there_can_be_taken_back(parts: Parts) -> None:
    before = hub_json(parts, "db", "fingerprint")

    hub(parts, "retract", "no-such-event", "--json", code=1)

    assert hub_json(parts, "db", "fingerprint") == before
