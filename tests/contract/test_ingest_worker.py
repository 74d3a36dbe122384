"""What stops one record, or one topic, must not stop the others."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from kafka import KafkaProducer

import hub.ingest
from hub.afresh.values import Outcome
from hub.assess.circumstances import Risk
from hub.bootstrap.county import load_county
from hub.bootstrap.ingest import SourceHalted
from hub.bootstrap.processes import ingest_until
from hub.bootstrap.runtime import Runtime, running
from hub.model.dead_letter import Reason, Stage
from hub.model.event import Body, Event, EventType
from hub.model.position import Place
from hub.settings import settings
from hub.stream.kafka_log import KafkaLog
from hub.stream.log import PlacesUnreadable, Record
from hub.synth.extremes import OCCURRED
from hub.synth.stream import event_bodies

COUNT = 40


@pytest.fixture
def runtime(sqlite_url: str, tmp_path: Path) -> Iterator[Runtime]:
    options = settings(db=sqlite_url, home=str(tmp_path), environment={})
    with running(options, load_county(), migrate=True) as found:
        found.create_topics()
        yield found


def publish(runtime: Runtime) -> None:
    publisher = runtime.publisher()
    events = (Event(EventType(k), body, OCCURRED) for k, body in event_bodies(seed=2, count=COUNT))
    publisher.send([publisher.event(event) for event in events])


def take_in(runtime: Runtime) -> Outcome:
    return ingest_until(runtime, lambda: False, once=True, seen=lambda _: None)


def test_an_event_that_our_own_code_fails_on_is_set_aside_and_the_others_are_kept(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(runtime)
    seen: Counter[str] = Counter()

    def fails_on_some(body: Body) -> Risk | None:
        key = str(body["source"])
        seen[key] += 1
        if hash_of(key) % 10 == 0:
            raise ZeroDivisionError("Ann Example")
        return None

    monkeypatch.setattr(hub.ingest, "risk_in", fails_on_some)

    outcome = take_in(runtime)

    bad = sum(hash_of(key) % 10 == 0 for key in seen)
    assert 0 < bad < COUNT
    assert outcome.kept == COUNT - bad
    assert outcome.dead_letters == {(Stage.INGEST, Reason.HANDLER_BUG): bad}


def hash_of(text: str) -> int:
    return sum(text.encode())


class NoText(str):
    """A header's name that is no UTF-8, as another client may write it."""

    __slots__ = ()

    def encode(self, *_: object) -> bytes:
        return b"\xff\xfe"


def test_a_record_that_the_client_cannot_read_stops_its_own_place_alone(
    empty_kafka: str, sqlite_url: str, tmp_path: Path
) -> None:
    options = settings(
        db=sqlite_url, log=f"kafka://{empty_kafka}", home=str(tmp_path), environment={}
    )
    with running(options, load_county(), migrate=True) as runtime:
        runtime.create_topics()
        producer = KafkaProducer(bootstrap_servers=empty_kafka)
        bad = "hub.in.fenmarch-police.safeguarding.v1"
        producer.send(bad, b"x", b"key", headers=[(NoText("bad"), b"")], partition=0).get(10)
        producer.close(5)
        publish(runtime)
        log = KafkaLog(empty_kafka)
        others = COUNT - behind(log, bad)
        log.close()

        with pytest.raises(SourceHalted, match=f"{bad}/0.*A record that nobody can read"):
            take_in(runtime)
        with runtime.engine.connect() as conn:
            kept = conn.exec_driver_sql("select count(*) from event").scalar_one()

    assert 0 < others < COUNT
    assert kept == others


def behind(log: KafkaLog, topic: str) -> int:
    """Count the records that stand behind the one that cannot be read."""
    return log.end(topic)[0] - 1


def test_the_log_says_which_place_it_is(empty_kafka: str) -> None:
    log = KafkaLog(empty_kafka)
    log.create({"hub.test.bad.v1": 2})
    log.append("hub.test.bad.v1", [Record(b"%d" % n, b"x") for n in range(20)])
    producer = KafkaProducer(bootstrap_servers=empty_kafka)
    producer.send("hub.test.bad.v1", b"x", headers=[(NoText("bad"), b"")], partition=1).get(10)
    producer.close(5)

    places = {
        Place("hub.test.bad.v1", part): end for part, end in log.end("hub.test.bad.v1").items()
    }
    at = {place: 0 if place.partition == 0 else end - 1 for place, end in places.items()}

    with pytest.raises(PlacesUnreadable) as raised:
        for _ in range(10):
            log.read(at, 100, 2)
    log.close()

    assert raised.value.places == {Place("hub.test.bad.v1", 1)}
