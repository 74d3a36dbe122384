"""What changes after it was sent: recalls reach whoever was told, by the commands that an operator has."""

import json
import os
from collections import Counter
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.bootstrap.county import load_county
from hub.bootstrap.runtime import running
from hub.model.agency import AgencyId
from hub.model.person import RecordKey
from hub.settings import settings
from tests.harness import Parts, hub, hub_json
from tests.made_events import AMBER, IDVA, NHS, body_of, event_of, person, victim


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


DUTY = ("--as", "duty@fenmarch-police", "--purpose", "safeguarding")


def test_a_disclosure_that_a_conflict_stopped_waits_for_a_person_and_is_recalled_when_told(
    parts: Parts,
) -> None:
    stopped = stop_one(parts)

    tasks = hub_json(parts, "review", "list", *DUTY)
    (one,) = [each for each in tasks if each["event"] == stopped]
    assert (one["kind"], one["recipient"]) == ("stopped-disclosure", "fenmarch-homes")
    hers = hub_json(
        parts, "review", "list", "--as", "x@fenmarch-homes", "--purpose", "safeguarding"
    )
    assert not [each for each in hers if each["event"] == stopped], (
        "who is barred learns of nothing"
    )
    judge = ("review", "judge", one["id"], "--reason", "it was not told yet")
    hub(
        parts,
        *judge,
        "--verdict",
        "recall",
        "--as",
        "x@fenmarch-homes",
        "--purpose",
        "safeguarding",
        code=1,
    )

    document = hub_json(parts, *judge, "--verdict", "recall", *DUTY)

    assert document["recalled"] == 1
    assert not [e for e in hub_json(parts, "review", "list", *DUTY) if e["id"] == one["id"]]
    hub(parts, *judge, "--verdict", "sound", *DUTY, code=1)


def stop_one(parts: Parts) -> str:
    """Let it come out that a perpetrator works for a landlord that was told; give the event."""
    event_id, suspect = told_and_suspect(parts)
    body = body_of(
        "works", agency=suspect.agency, victims=[],
        perpetrators=[person(suspect.local_id, "Nobody", "Known", employer="Fenmarch Homes")],
    )  # fmt: skip
    with running(settings(db=parts.db, environment={}), load_county()) as runtime:
        runtime.publisher().send([runtime.publisher().event(event_of(body))])
    hub(parts, "ingest", "run", "--once", "--as-of", "2026-11-21")
    return event_id


def told_and_suspect(parts: Parts) -> tuple[str, RecordKey]:
    engine = sa.create_engine(parts.db)
    query = sa.text(
        "select s.event_id, e.agency, e.local_id from standing s join event_record e on e.event_id = s.event_id "
        "where s.recipient = 'fenmarch-homes' and e.role = 'perpetrators' order by 1"
    )
    with engine.connect() as conn:
        row = conn.execute(query).first()
    engine.dispose()
    assert row is not None
    return row.event_id, RecordKey(AgencyId(row.agency), row.local_id)


@pytest.mark.assure
@pytest.mark.parametrize("on", ["embedded", "real"] if os.environ.get("ASSURE") else ["embedded"])
def test_what_a_wrong_link_had_opened_is_recalled_when_the_file_is_parted(
    on: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """And what was decided under it, and waits in the outbox of a relay that stands still, never leaves."""
    parts = Parts(f"sqlite:///{tmp_path}/hub.sqlite", "sql:", tmp_path / "home")
    if on == "real":
        kafka, postgres = map(request.getfixturevalue, ("empty_kafka", "postgres_url"))
        parts = Parts(postgres, f"kafka://{kafka}", tmp_path / "home")
    hub(parts, "db", "upgrade")
    hub(parts, "topics", "apply")
    refused = {"victims": [victim("N-1", nhs=NHS)], "consent": "refused", "named": [IDVA]}
    at_high_risk = {"victims": [victim("A-1", nhs=NHS)], "criteria": ["visible_high_risk"]}
    take_in(parts, ("one", "incident-reported", refused))
    hub(parts, "relay", "run", "--once")
    assert messages(parts, IDVA, "support") == []
    take_in(parts, ("high", "referral-made", {"agency": AMBER, **at_high_risk}))
    hub(parts, "relay", "run", "--once")
    (disclosed,) = messages(parts, IDVA, "support")
    take_in(parts, ("two", "incident-reported", refused))
    assert len([1 for recipient, _ in held(parts) if recipient == IDVA]) == 2

    parted = hub_json(
        parts, "person", "unmerge", person_of(parts, "A-1"), "--record", f"{AMBER}:A-1",
        "--reason", "seen both", "--as", f"mia@{AMBER}",
    )  # fmt: skip
    hub(parts, "relay", "run", "--once")

    assert len(parted["people"]) == 2
    assert IDVA in parted["shown_to"]
    first, *after = messages(parts, IDVA, "support")
    assert first == disclosed
    (recall,) = after
    assert recall["value"] == {"disclosure_id": disclosed["value"]["_disclosure"]["disclosure_id"]}  # type: ignore[index]
    assert not [1 for recipient, _ in held(parts) if recipient == IDVA]


def take_in(parts: Parts, *told: tuple[str, str, dict[str, object]]) -> None:
    with running(settings(db=parts.db, log=parts.log, environment={}), load_county()) as runtime:
        publisher = runtime.publisher()
        for key, kind, fields in told:
            event = event_of(body_of(key, kind, **fields), kind)  # type: ignore[arg-type]
            publisher.send([publisher.event(event)])
    hub(parts, "ingest", "run", "--once")


def person_of(parts: Parts, local_id: str) -> str:
    engine = sa.create_engine(parts.db)
    query = sa.text("select person_id from record where local_id = :id")
    with engine.connect() as conn:
        found = conn.execute(query, {"id": local_id}).scalar_one()
    engine.dispose()
    return str(found)
