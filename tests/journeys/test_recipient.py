"""What a recipient gets, read by an independent Kafka client that decodes through the registry.

And what it must not get: every text of every event is a canary, and no withheld one may appear in a
key, a header or a value, nor in any log line, dead letter header or error.
"""

import csv
import json
import re
import subprocess
import threading
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
import uvicorn
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

from hub.api.registry import make_app
from hub.bootstrap.county import load_county
from hub.bootstrap.publisher import LogPublisher
from hub.model.event import Body, Event, EventType
from hub.stream.kafka_log import KafkaLog
from hub.stream.log import Record
from hub.synth.extremes import EVENT_TYPES, OCCURRED, fullest
from tests.faults.recipients import RECIPIENTS
from tests.harness import ROOT, Parts, command, hub
from tests.real_parts.ports import free_ports
from tests.recipient import Message, consume, in_order

TOKEN = re.compile(rb"canary[0-9]{5}x")
SOURCES = ("fenmarch-police", "amber-door")


@pytest.fixture
def registry_url() -> Iterator[str]:
    """The address of `hub schema serve`'s application."""
    (port,) = free_ports(1)
    config = uvicorn.Config(
        make_app(load_county().registry), port=port, log_level="critical", ws="none"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            thread.join(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


class Canaries:
    """Gives a text that stands nowhere else for every path, and remembers it."""

    def __init__(self) -> None:
        self.paths: dict[bytes, tuple[str, str]] = {}

    def event(self, agency: str, event_type: str) -> Body:
        def mark(path: str) -> str:
            token = f"canary{len(self.paths):05d}x"
            self.paths[token.encode()] = (event_type, re.sub(r"\[[0-9]+\]", "", path))
            return token

        body = fullest(event_type, mark)
        source = body["source"]
        assert isinstance(source, dict)
        source["agency"] = agency
        if isinstance(organisations := body.get("organisations"), list):
            organisations += [
                {"part": "notified", "name": "-", "organisation_id": each} for each in RECIPIENTS
            ]
        if isinstance(children := body.get("children"), list) and isinstance(children[0], dict):
            children[0]["school"] = "Osham Primary School"
        return body


def publish(bootstrap: str, bodies: list[tuple[str, Body]]) -> None:
    log = KafkaLog(bootstrap)
    publisher = LogPublisher(log, load_county().codec)
    events = [Event(EventType(kind), body, OCCURRED) for kind, body in bodies]
    publisher.send([publisher.event(event) for event in events])
    log.close()


def poison(bootstrap: str, canaries: Canaries) -> None:
    """Put records on an agency's topic that hold canaries and cannot be read."""
    log = KafkaLog(bootstrap)
    publisher = LogPublisher(log, load_county().codec)
    body = canaries.event("kestrel-line", "referral-made")
    whole = publisher.event(Event(EventType("referral-made"), body, OCCURRED))
    broken = [whole.value[:-40], b"\x07" + whole.value[1:], whole.value + b"more"]
    log.append(whole.topic, [Record(whole.key, value, whole.headers) for value in broken])
    log.append("hub.in.kestrel-line.safeguarding.v1", [Record(whole.key, whole.value, ())])
    log.close()


def test_an_independent_client_decodes_what_it_is_given(
    empty_kafka: str, postgres_url: str, registry_url: str, tmp_path: Path
) -> None:
    parts = Parts(postgres_url, f"kafka://{empty_kafka}", tmp_path / "home")
    hub(
        parts, "demo", "--once", "--people", "300", "--as-of", "2026-11-20", "--out", tmp_path / "x",
        "--db", parts.db, "--log", parts.log,
    )  # fmt: skip
    decode = AvroDeserializer(SchemaRegistryClient({"url": registry_url}))

    seen = 0
    for recipient in RECIPIENTS:
        topic = f"hub.out.{recipient}.safeguarding.v1"
        messages = consume(empty_kafka, topic)
        assert in_order(messages)
        for message in messages:
            value = decode(message.value, SerializationContext(topic, MessageField.VALUE))
            seen += 1
            assert message.headers["ce_source"] == b"/hub"
            if message.headers["ce_type"].endswith(b".recall"):
                assert value == {"disclosure_id": message.headers["ce_id"].decode()}
                continue
            head = value["_disclosure"]
            assert head["recipient"] == recipient
            assert head["disclosure_id"] == message.headers["ce_id"].decode()
            assert len(message.key) == 24
    assert seen > 50


def test_no_withheld_canary_reaches_anybody(
    empty_kafka: str, postgres_url: str, tmp_path: Path
) -> None:
    parts = Parts(postgres_url, f"kafka://{empty_kafka}", tmp_path / "home")
    canaries = Canaries()
    hub(parts, "db", "upgrade")
    hub(parts, "topics", "apply")
    publish(
        empty_kafka, [(kind, canaries.event(who, kind)) for who in SOURCES for kind in EVENT_TYPES]
    )
    poison(empty_kafka, canaries)
    said = [ran(parts, *each) for each in (("ingest", "run", "--once"), ("relay", "run", "--once"))]
    said += [ran(parts, "dead-letters", "list", "--json"), ran(parts, "dead-letters", "replay")]

    plans = plans_in(postgres_url)
    disclosed = 0
    for recipient in RECIPIENTS:
        for message in consume(empty_kafka, f"hub.out.{recipient}.safeguarding.v1"):
            disclosed += 1
            assert_only_what_the_plan_gives(message, plans, canaries)
    assert disclosed >= 3 * (len(RECIPIENTS) - 1)
    letters = consume(empty_kafka, "hub.dlq.ingest")
    assert len(letters) == 4
    for letter in letters:
        assert not TOKEN.search(
            json.dumps({k: v.decode() for k, v in letter.headers.items()}).encode()
        )
    assert not [text for text in said if TOKEN.search(text.encode())]


def assert_only_what_the_plan_gives(
    message: Message, plans: dict[str, dict[str, str]], canaries: Canaries
) -> None:
    envelope = message.key + b"".join(message.headers.values())
    assert not TOKEN.search(envelope)
    plan = next(treatments for id_, treatments in plans.items() if id_.encode() in message.value)
    tokens = set(TOKEN.findall(message.value))
    for token in tokens:
        kind, path = canaries.paths[token]
        assert plan[path] == "full", f"{kind}: {path} is {plan[path]}, and its value was sent"
        assert "safe_address" not in path
    assert tokens, "nothing was given: then this proves nothing"


def plans_in(url: str) -> dict[str, dict[str, str]]:
    engine = sa.create_engine(url)
    with engine.connect() as conn:
        found = {
            row.plan_id: json.loads(row.treatments)
            for row in conn.execute(sa.text("select * from plan"))
        }
    engine.dispose()
    return found


def ran(parts: Parts, *arguments: str) -> str:
    """Run a command, and give all that it printed, whatever became of it."""
    done = subprocess.run(
        command(*arguments),
        env=parts.environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.stdout + done.stderr


def test_a_row_full_of_canaries_leaves_none_in_what_the_connector_says(
    tmp_path: Path, sqlite_url: str
) -> None:
    parts = Parts(sqlite_url, "sql:", tmp_path / "home")
    hub(parts, "db", "upgrade")
    hub(parts, "topics", "apply")
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    text = (ROOT / "connectors/charities/mappings/amber-door.toml").read_text("utf-8")
    columns = list(tomllib.loads(text)["referrals"]["columns"].values())
    with (inbox / "referrals.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerow(f"canary{number:05d}x" for number in range(len(columns)))
        writer.writerow(["canary99999x", "too", "few"])

    said = ran(parts, "connector", "run", "amber-door", "--inbox", str(inbox), "--once", "--json")
    said += ran(parts, "ingest", "run", "--once") + ran(parts, "dead-letters", "list", "--json")

    assert '"dead_letters": {"bad_value": 1, "bad_format": 1}' in said
    assert not TOKEN.search(said.encode())
