"""Suspended at once: by the table that each relay, each decision and each command looks at."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.afresh.values import Outcome
from hub.bootstrap import deciding
from hub.bootstrap.access import ActiveOrganisations
from hub.bootstrap.county import load_county
from hub.bootstrap.publisher import LogPublisher
from hub.model.agency import AgencyId
from hub.model.event import Event
from hub.store import schema, suspensions
from hub.store.disclosures import standing
from hub.store.engine import open_engine
from hub.store.ledger import ledger
from hub.stream.kafka_log import KafkaLog
from hub.stream.topics import out_topic
from tests.contract.sql_hub import SqlHub
from tests.harness import Parts, children, hub, hub_json, until
from tests.made_events import HOMES, IDVA, NHS, body_of, event_of, victim
from tests.recipient import Message, consume, in_order

COUNTY = load_county()
IDVAS, LANDLORDS = out_topic(AgencyId(IDVA)), out_topic(AgencyId(HOMES))
AT_MS = 1_000
BY_POLICE = ("--as", "duty@fenmarch-police", "--reason", "a stolen laptop")


def incident(key: str = "one") -> Event:
    fields = {"risk_grade": "medium", "consent": "given", "named": [IDVA, HOMES]}
    return event_of(body_of(key, victims=[victim("N-1", nhs=NHS)], **fields))  # type: ignore[arg-type]


@pytest.fixture
def sql(database_url: str) -> Iterator[SqlHub]:
    engine = open_engine(database_url)
    schema.upgrade(engine)
    engine.dispose()
    found = SqlHub(database_url, COUNTY)
    yield found
    found.close()


def suspend(sql: SqlHub) -> None:
    with sql.engine.begin() as conn:
        assert suspensions.suspend(conn, AgencyId(IDVA), AT_MS)


def resume(sql: SqlHub) -> None:
    with sql.engine.begin() as conn:
        assert suspensions.resume(conn, AgencyId(IDVA), AT_MS)


def follow(sql: SqlHub) -> Outcome:
    total = Outcome()
    while (outcome := sql.deciding.follow_suspensions()) is not None:
        total.add(outcome)
    return total


def topics_sent(sql: SqlHub) -> list[str]:
    box = sql.outbox()
    return [parcel.place.topic for parcel in box.seal(box.marks(), 1000)]


def test_what_waits_for_one_who_is_suspended_is_not_taken_and_others_get_theirs(
    sql: SqlHub,
) -> None:
    sql.take(incident())
    suspend(sql)

    assert topics_sent(sql) == [LANDLORDS]

    resume(sql)
    assert sorted(topics_sent(sql)) == [LANDLORDS, IDVAS]


def test_what_one_who_is_suspended_has_is_recalled_and_nothing_new_is_given(sql: SqlHub) -> None:
    sql.take(*(incident(str(n)) for n in range(3)))
    box = sql.outbox()
    box.mark({p.place: p.seq for p in box.seal(box.marks(), 1000)})
    suspend(sql)

    outcome = sql.take(incident("new"))
    outcome.add(follow(sql))

    assert IDVA not in outcome.disclosed
    assert outcome.recalled == {IDVA: 3}
    assert {row.recipient for row in sql.rows(standing)} == {HOMES}  # type: ignore[attr-defined]
    assert follow(sql) == Outcome()
    waiting = box.seal(box.marks(), 1000)
    assert [p.place.topic for p in waiting].count(IDVAS) == 3
    assert all(b".recall" in dict(p.headers)["ce_type"] for p in waiting if p.place.topic == IDVAS)


def test_one_who_is_resumed_is_sent_again_though_it_is_killed_after_every_step(
    sql: SqlHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deciding, "CHUNK", 2)
    sql.take(*(incident(str(n)) for n in range(5)))
    suspend(sql)
    assert follow(sql).recalled == {IDVA: 5}
    resume(sql)

    sent = 0
    while sql.deciding.follow_suspensions() is not None:
        sql.decides_by(COUNTY)  # another process goes on
        before, sent = sent, len(sql.rows(standing, standing.c.recipient == IDVA))
        assert before <= sent <= before + 2

    assert sent == 5
    with sql.engine.connect() as conn:
        assert suspensions.suspensions(conn) == {}


def test_one_who_is_suspended_again_while_it_is_resumed_ends_with_nothing(
    sql: SqlHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deciding, "CHUNK", 2)
    sql.take(*(incident(str(n)) for n in range(5)))
    suspend(sql)
    follow(sql)
    resume(sql)
    assert sql.deciding.follow_suspensions() is not None
    suspend(sql)

    follow(sql)

    assert {row.recipient for row in sql.rows(standing)} == {HOMES}  # type: ignore[attr-defined]
    assert set(topics_sent(sql)) == {LANDLORDS}


def test_a_command_suspends_and_every_door_is_shut_at_once(sql: SqlHub, tmp_path: Path) -> None:
    parts = Parts(sql.engine.url.render_as_string(hide_password=False), "", tmp_path)
    parts = Parts(parts.db.replace("+psycopg", ""), "", tmp_path)
    by_idva = ("--as", f"ida@{IDVA}", "--purpose", "support")
    hub(parts, "review", "list", *by_idva)
    at_the_api = ActiveOrganisations(COUNTY.bundle.recipients, sql.engine)
    assert at_the_api.active(AgencyId(IDVA)) is not None

    assert hub_json(parts, "recipients", "suspend", IDVA, *BY_POLICE)["changed"]

    assert not hub_json(parts, "recipients", "suspend", IDVA, *BY_POLICE)["changed"]
    assert at_the_api.active(AgencyId(IDVA)) is None
    hub(parts, "review", "list", *by_idva, code=1)
    hub(parts, "topics", "read", IDVAS, *by_idva, code=1)
    hub(parts, "recipients", "resume", IDVA, "--as", f"ida@{IDVA}", "--reason", "x", code=1)
    hub(parts, "recipients", "suspend", "nobody", *BY_POLICE, code=2)
    assert status(parts) == "suspended"
    assert hub_json(parts, "recipients", "resume", IDVA, *BY_POLICE)["changed"]
    assert status(parts) == "resuming"
    hub(parts, "review", "list", *by_idva)
    entries = sql.rows(ledger, ledger.c.recipient == IDVA, ledger.c.kind != "consulted")
    assert [(row.kind, row.principal, row.reasons) for row in entries] == [  # type: ignore[attr-defined]
        ("suspended", "duty@fenmarch-police", "a stolen laptop"),
        ("resumed", "duty@fenmarch-police", "a stolen laptop"),
    ]


def status(parts: Parts) -> str:
    (found,) = [e for e in hub_json(parts, "recipients", "list") if e["id"] == IDVA]
    return str(found["status"])


def publish(bootstrap: str, stop: threading.Event) -> None:
    """Let one agency tell of fifty incidents a second until told to stop."""
    log = KafkaLog(bootstrap)
    publisher = LogPublisher(log, COUNTY.codec)
    number = 0
    while not stop.wait(0.1):
        keys = range(number, number + 5)
        publisher.send([publisher.event(incident(f"flow-{key}")) for key in keys])
        number += 5
    log.close()


def given(bootstrap: str, topic: str) -> list[Message]:
    return [m for m in consume(bootstrap, topic) if b".recall" not in m.headers["ce_type"]]


def test_a_second_after_the_command_nothing_more_appears_but_recalls(
    empty_kafka: str, postgres_url: str, tmp_path: Path
) -> None:
    parts = Parts(postgres_url, f"kafka://{empty_kafka}", tmp_path / "home")
    hub(parts, "db", "upgrade")
    hub(parts, "topics", "apply")
    stop = threading.Event()
    source = threading.Thread(target=publish, args=(empty_kafka, stop))
    with children(parts, tmp_path, ("ingest", "run"), ("relay", "run")):
        source.start()
        try:
            until(lambda: len(given(empty_kafka, IDVAS)) > 20, seconds=60, what="a flow")
            hub(parts, "recipients", "suspend", IDVA, *BY_POLICE)
            time.sleep(1)  # what the command promises
            after_a_second, others = given(empty_kafka, IDVAS), given(empty_kafka, LANDLORDS)

            engine = sa.create_engine(postgres_url)
            until(lambda: not held(engine), seconds=30, what="everything recalled")
            more = len(others) + 20
            until(
                lambda: len(given(empty_kafka, LANDLORDS)) > more, seconds=30, what="others' flow"
            )
            assert len(given(empty_kafka, IDVAS)) == len(after_a_second)

            hub(parts, "recipients", "resume", IDVA, *BY_POLICE)
            until(lambda: status(parts) == "active", seconds=30, what="sent again")
        finally:
            stop.set()
            source.join()
        until(lambda: sent_all(engine), seconds=30, what="the outbox empty")
        engine.dispose()
    everything = consume(empty_kafka, IDVAS)
    recalled = [m for m in everything if b".recall" in m.headers["ce_type"]]
    assert {m.headers["ce_id"] for m in recalled} == {m.headers["ce_id"] for m in after_a_second}
    assert len(given(empty_kafka, IDVAS)) > 2 * len(after_a_second)
    assert in_order(everything)
    assert in_order(consume(empty_kafka, LANDLORDS))


def held(engine: sa.Engine) -> int:
    with engine.connect() as conn:
        query = sa.select(sa.func.count()).where(standing.c.recipient == IDVA)
        return conn.execute(query.select_from(standing)).scalar_one()


def sent_all(engine: sa.Engine) -> bool:
    with engine.connect() as conn:
        return conn.execute(sa.text("select count(*) from outbox where seq is null")).scalar() == 0
