"""The traps of kafka-python and of the broker that touch us, each on a real broker."""

import contextlib
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import psutil
import pytest
import sqlalchemy as sa
from confluent_kafka import Producer
from kafka import KafkaAdminClient, KafkaProducer

from hub.bootstrap.county import County, load_county
from hub.bootstrap.deciding import Deciding
from hub.bootstrap.ingest import IngestWorker
from hub.model.agency import AgencyId
from hub.model.parcel import Parcel
from hub.model.position import Place
from hub.store import schema
from hub.store.dead_letters import dead_letter
from hub.store.engine import open_engine
from hub.store.events import event
from hub.store.keys import recipient_keys
from hub.store.positions import position
from hub.stream import kafka_log
from hub.stream.kafka_log import MAX_IN_FLIGHT, KafkaLog, Sending
from hub.stream.kafka_output import KafkaOutput
from hub.stream.log import LogReplaced, LogUnavailable, PositionLost, Record, TopicMissing
from hub.stream.topics import in_topic
from tests.harness import until
from tests.made_events import FENMARCH, IDVA, NHS, RECEIVED, body_of, event_of, record_of, victim
from tests.real_parts import kafka
from tests.real_parts.ports import free_ports

COUNTY = load_county()


@pytest.fixture
def log(kafka_address: str) -> Iterator[KafkaLog]:
    found = KafkaLog(kafka_address)
    yield found
    found.close()


@pytest.fixture
def topic(log: KafkaLog) -> str:
    name = f"hub.test.{uuid.uuid4().hex[:8]}.in"
    log.create({name: 1})
    return name


def delete(address: str, *topics: str) -> None:
    admin = KafkaAdminClient(bootstrap_servers=address)
    admin.delete_topics(list(topics))
    until(
        lambda: not set(topics) & set(admin.list_topics()), seconds=20, what="the topics to be gone"
    )
    admin.close()


# Reading

POISON: list[bytes | None] = [
    b"",
    None,
    b"\x00",
    b"\xff" * 100,
    b"\x00\x00\x00\x03\xe7x",
    b"x" * 900_000,
]


def test_a_poison_value_stands_in_nobodys_way(log: KafkaLog, topic: str) -> None:
    for value in POISON:
        log.append(topic, [Record(b"k", value)])
    log.append(topic, [Record(b"k", b"after it")])

    found: list[Record] = []
    while len(found) < len(POISON) + 1:
        got = log.read({Place(topic, 0): len(found)}, 1000, 5)
        assert got
        found += got[Place(topic, 0)]

    assert [each.value for each in found] == [*POISON, b"after it"]


def test_what_another_client_leaves_out_is_empty(log: KafkaLog, topic: str) -> None:
    """A header without a value, and a record without a key: Kafka has both, and no client of ours."""
    producer = Producer({"bootstrap.servers": log.bootstrap})
    producer.produce(topic, b"x", headers=[("ce_id", None), ("ce_source", b"")], partition=0)
    assert producer.flush(10) == 0

    (record,) = log.read({Place(topic, 0): 0}, 10, 10)[Place(topic, 0)]

    assert (record.key, record.value) == (b"", b"x")
    assert record.headers == (("ce_id", b""), ("ce_source", b""))
    assert record.header("ce_id") == ""


@pytest.mark.parametrize("offset", [6, 1 << 40])
def test_a_position_the_log_has_not_reached_halts_and_reading_does_not_jump(
    log: KafkaLog, topic: str, offset: int
) -> None:
    log.append(topic, [Record(b"k", b"%d" % number) for number in range(5)])

    for _ in range(2):
        with pytest.raises(PositionLost):
            log.read({Place(topic, 0): offset}, 10, 5)

    assert log.read({Place(topic, 0): 4}, 10, 5)[Place(topic, 0)][0].value == b"4"


def test_a_position_that_retention_took_halts_and_reading_does_not_jump(
    log: KafkaLog, topic: str
) -> None:
    log.append(topic, [Record(b"k", b"%d" % number) for number in range(5)])
    assert log.read({Place(topic, 0): 1}, 2, 5)
    log.trim(Place(topic, 0), 4)

    for _ in range(2):
        with pytest.raises(PositionLost):
            log.read({Place(topic, 0): 1}, 10, 5)


def test_one_lost_position_among_others_halts_reading(log: KafkaLog, topic: str) -> None:
    other = f"{topic}.other"
    log.create({other: 1})
    log.append(other, [Record(b"k", b"x")] * 3)

    with pytest.raises(PositionLost):
        for _ in range(20):
            log.read({Place(topic, 0): 7, Place(other, 0): 0}, 10, 0.5)


def test_what_an_open_transaction_wrote_is_not_read(log: KafkaLog, topic: str) -> None:
    producer = KafkaProducer(
        bootstrap_servers=log.bootstrap, transactional_id=f"test-{uuid.uuid4()}"
    )
    producer.init_transactions()
    producer.begin_transaction()
    producer.send(topic, b"not yet", partition=0).get(10)

    assert log.read({Place(topic, 0): 0}, 10, 0.3) == {}
    producer.abort_transaction()
    assert log.read({Place(topic, 0): 0}, 10, 0.3) == {}
    producer.close(1)


# A broker that is not there, or does not answer


ASKS: list[Callable[[KafkaLog], object]] = [
    lambda log: log.topics(),
    lambda log: log.identities(["x"]),
    lambda log: log.append("x", [Record(b"k", b"v")]),
    lambda log: log.read({Place("x", 0): 0}, 1, 1),
    lambda log: KafkaOutput(log).open([Place("x", 0)]),
]


def test_a_wrong_address_is_said_within_ten_seconds_whatever_is_asked() -> None:
    address = f"127.0.0.1:{free_ports(1)[0]}"

    def seconds(ask: Callable[[KafkaLog], object]) -> float:
        log, began = KafkaLog(address), time.monotonic()
        with pytest.raises(LogUnavailable, match="the broker does not answer|did not acknowledge"):
            ask(log)
        log.close()
        return time.monotonic() - began

    with ThreadPoolExecutor(len(ASKS)) as pool:  # side by side: each takes its time
        assert max(pool.map(seconds, ASKS)) < 10


@pytest.fixture
def breakable(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[kafka.KafkaBroker]:
    request.getfixturevalue("kafka_needed")
    with kafka.running_kafka(tmp_path) as broker:
        yield broker
        broker.thaw()


def test_a_frozen_broker_lets_nothing_grow_and_loses_nothing(
    breakable: kafka.KafkaBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """kafka-python's producer takes whatever it is given: 200,000 records, 400 MB, and no error."""
    monkeypatch.setattr(kafka_log, "ACKNOWLEDGE_S", 1.0)
    log = KafkaLog(breakable.bootstrap)
    log.create({"hub.test.frozen": 1, "hub.test.out": 1})
    log.append("hub.test.frozen", [Record(b"k", b"before")])
    output = KafkaOutput(log)
    output.open([Place("hub.test.out", 0)])
    producer = log._producer
    process = psutil.Process()
    breakable.freeze()
    before = process.memory_info().rss
    sending, handed_over = Sending(producer), 0

    with pytest.raises(TimeoutError):
        while True:
            sending.send("hub.test.frozen", 0, Record(b"k", b"x" * 1000))
            handed_over += 1
    with pytest.raises(LogUnavailable, match="did not acknowledge"):
        log.append("hub.test.frozen", [Record(b"k", b"refused")])
    with pytest.raises(LogUnavailable, match="did not commit"):
        output.send([Parcel(1, Place("hub.test.out", 0), 0, b"k", b"not committed", ())])
    output.close()

    assert handed_over == MAX_IN_FLIGHT
    assert process.memory_info().rss - before < 40 << 20
    breakable.thaw()
    log.append("hub.test.frozen", [Record(b"k", b"after")])
    found = read_all(log, "hub.test.frozen")
    assert found[0] == b"before"
    assert found[-1] == b"after"
    assert log.read({Place("hub.test.out", 0): 0}, 9, 1) == {}
    log.close()


def read_all(log: KafkaLog, topic: str) -> list[bytes | None]:
    found: list[bytes | None] = []
    while len(found) < log.end(topic)[0]:
        got = log.read({Place(topic, 0): len(found)}, 5000, 5)
        assert got
        found += [each.value for each in got[Place(topic, 0)]]
    return found


class Stuck:
    """A producer whose broker never answers."""

    def __init__(self) -> None:
        self.sent = 0

    def send(self, *_: object, **__: object) -> "Stuck":
        self.sent += 1
        return self

    def add_callback(self, _: object) -> None: ...

    def add_errback(self, _: object) -> None: ...


def test_bytes_on_their_way_are_bounded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka_log, "ACKNOWLEDGE_S", 0.05)
    stuck = Stuck()
    sending = Sending(stuck)

    with pytest.raises(TimeoutError):
        for _ in range(100):
            sending.send("x", 0, Record(b"k", b"x" * (1 << 20)))

    assert stuck.sent < kafka_log.MAX_BYTES_IN_FLIGHT >> 20
    with pytest.raises(TimeoutError):
        sending.wait()


def test_one_record_over_the_bound_still_goes_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka_log, "MAX_BYTES_IN_FLIGHT", 10)
    stuck = Stuck()

    Sending(stuck).send("x", 0, Record(b"k", b"x" * 100))

    assert stuck.sent == 1


# The worker

INPUT = next(topic for topic in COUNTY.topics if topic.name == in_topic(AgencyId(FENMARCH)))


@dataclass
class Desk:
    """An ingest worker on one topic with one partition, and what it keeps."""

    address: str
    engine: sa.Engine
    log: KafkaLog
    county: County

    def worker(self) -> IngestWorker:
        keys = recipient_keys(self.engine, [each.id for each in self.county.recipients])
        deciding = Deciding(self.engine, self.county, keys, lambda: RECEIVED)
        found = IngestWorker(self.engine, self.log, self.county, deciding)
        found.start()
        return found

    def create(self) -> None:
        self.log.create({INPUT.name: 1})

    def append(self, *keys: str) -> None:
        people = {"victims": [victim("N-1", nhs=NHS)], "named": [IDVA]}
        events = [event_of(body_of(key, **people)) for key in keys]  # type: ignore[arg-type]
        self.log.append(INPUT.name, [record_of(each, COUNTY.codec) for each in events])

    def kept(self) -> int:
        return self._count(event)

    def set_aside(self) -> int:
        return self._count(dead_letter)

    def position(self) -> int | None:
        with self.engine.connect() as conn:
            return conn.scalar(sa.select(position.c.next_offset))

    def _count(self, table: sa.Table) -> int:
        with self.engine.connect() as conn:
            return conn.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


@pytest.fixture
def desk(empty_kafka: str, sqlite_url: str) -> Iterator[Desk]:
    engine = open_engine(sqlite_url)
    schema.upgrade(engine)
    log = KafkaLog(empty_kafka)
    one_topic = replace(COUNTY, topics=(replace(INPUT, partitions=1),))
    found = Desk(empty_kafka, engine, log, one_topic)
    found.create()
    yield found
    log.close()
    engine.dispose()


def take_in(worker: IngestWorker, count: int) -> None:
    """Step until so many records were read; the log promises that they come."""
    deadline = time.monotonic() + 20
    while count > 0:
        count -= worker.step(1).read
        assert time.monotonic() < deadline
    assert count == 0


def test_poison_is_set_aside_and_everything_around_it_is_taken_in(desk: Desk) -> None:
    desk.append("one")
    desk.log.append(INPUT.name, [Record(b"k", value) for value in POISON])
    desk.append("two")

    take_in(desk.worker(), len(POISON) + 2)

    assert desk.kept() == 2
    # they all lack ce_source, save what is null: those of equal bytes are one letter
    assert desk.set_aside() == len({value or b"" for value in POISON})
    assert desk.position() == len(POISON) + 2


def test_a_topic_made_again_and_grown_past_our_position_halts_a_running_worker(desk: Desk) -> None:
    """Fetches carry no topic id: a client would read on in the new one, and skip what is below."""
    desk.append("one", "two")
    worker = desk.worker()
    take_in(worker, 2)
    delete(desk.address, INPUT.name)
    desk.create()
    desk.append("three", "four", "five", "six")

    with pytest.raises(LogReplaced, match="nothing was taken in"):
        step_on(worker)

    assert (desk.kept(), desk.set_aside(), desk.position()) == (2, 0, 2)


def test_a_topic_made_again_while_nobody_worked_halts_the_next_worker(desk: Desk) -> None:
    desk.append("one", "two")
    take_in(desk.worker(), 2)
    delete(desk.address, INPUT.name)
    desk.create()
    desk.append("three", "four", "five")

    with pytest.raises(LogReplaced):
        desk.worker()

    assert (desk.kept(), desk.position()) == (2, 2)


def test_a_topic_that_is_gone_is_said_to_be_missing_and_nothing_moves(desk: Desk) -> None:
    desk.append("one")
    worker = desk.worker()
    take_in(worker, 1)
    delete(desk.address, INPUT.name)

    with pytest.raises(TopicMissing, match="topics apply"):
        desk.worker()

    assert (desk.kept(), desk.position()) == (1, 1)


def test_a_position_out_of_range_halts_the_worker_and_moves_nothing(desk: Desk) -> None:
    desk.append("one", "two")
    take_in(desk.worker(), 2)
    with desk.engine.begin() as conn:
        conn.execute(position.update().values(next_offset=7))

    with pytest.raises(PositionLost):
        step_on(desk.worker())

    assert (desk.kept(), desk.position()) == (2, 7)


def step_on(worker: IngestWorker) -> None:
    """Step until something is raised that does not pass by itself."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with contextlib.suppress(LogUnavailable):
            worker.step(0.5)
