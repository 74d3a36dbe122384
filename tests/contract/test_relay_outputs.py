"""The relay on what it really writes to: Kafka, and the embedded log on SQLite and PostgreSQL."""

import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from kafka import KafkaAdminClient, KafkaProducer

from hub.model.parcel import Parcel
from hub.model.position import Fenced, Place
from hub.store import schema
from hub.store.engine import open_engine
from hub.store.outbox import outbox, relay_mark
from hub.store.sending import SqlOutbox
from hub.stream import sql_log
from hub.stream.kafka_log import KafkaLog
from hub.stream.kafka_output import FIRST_LOOK, NAME, KafkaOutput
from hub.stream.log import EventLog, LogReplaced, LogUnavailable, partition_for
from hub.stream.relay import Output, Relay, RelayStale
from hub.stream.sql_log import SqlLog
from hub.stream.sql_output import SqlOutput
from tests.recipient import Message, consume, in_order

PARTITIONS = 2
KEYS = [b"key-%d" % number for number in range(6)]
assert {partition_for(key, PARTITIONS) for key in KEYS} == {0, 1}


@dataclass
class Rig:
    """A log, an outbox, one topic of our own, and what a recipient can read of it."""

    engine: sa.Engine
    log: EventLog
    topic: str
    make_output: Callable[[], Output]
    read: Callable[[], list[Message]]
    delete_topic: Callable[[], None]

    def put(self, *keys: bytes) -> None:
        with self.engine.begin() as conn:
            done = conn.scalar(sa.select(sa.func.count()).select_from(outbox)) or 0
            rows = [
                {"topic": self.topic, "key": key, "value": b"value-%d" % (done + n), "headers": "",
                 "recipient": "x", "disclosure_id": "", "opens": True, "policy": ""}
                for n, key in enumerate(keys)
            ]  # fmt: skip
            conn.execute(outbox.insert(), rows)

    def outbox(self) -> SqlOutbox:
        topics = {self.topic: PARTITIONS}
        return SqlOutbox(self.engine, topics, partition_for, lambda: datetime.now(UTC))

    def relay(self, box: SqlOutbox | None = None) -> Relay:
        output = self.make_output()
        self.outputs.append(output)
        found = Relay(box or self.outbox(), output)
        found.start()
        return found

    def __post_init__(self) -> None:
        self.outputs: list[Output] = []

    def values(self) -> list[bytes]:
        """Give what a recipient reads, and see to it that it is in order, once and without a gap."""
        found = self.read()
        assert in_order(found)
        return sorted((each.value for each in found), key=lambda value: int(value[6:]))

    def marks(self) -> dict[int, int]:
        with self.engine.connect() as conn:
            return {row.part: row.seq for row in conn.execute(sa.select(relay_mark))}

    @property
    def places(self) -> list[Place]:
        return [Place(self.topic, part) for part in range(PARTITIONS)]


@pytest.fixture(params=["kafka", "sqlite", "postgresql"])
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    is_postgres = request.param == "postgresql"
    engine = open_engine(request.getfixturevalue("postgres_url" if is_postgres else "sqlite_url"))
    schema.upgrade(engine)
    topic = f"hub.test.{uuid.uuid4().hex[:8]}.out"
    if request.param == "kafka":
        found = on_kafka(request.getfixturevalue("kafka_address"), engine, topic)
    else:
        found = on_sql(engine, topic)
    found.log.create({topic: PARTITIONS})
    yield found
    for each in found.outputs:
        each.close()
    found.log.close()
    engine.dispose()


@pytest.fixture
def kafka(kafka_address: str, sqlite_url: str) -> Iterator[Rig]:
    engine = open_engine(sqlite_url)
    schema.upgrade(engine)
    found = on_kafka(kafka_address, engine, f"hub.test.{uuid.uuid4().hex[:8]}.out")
    found.log.create({found.topic: PARTITIONS})
    yield found
    for each in found.outputs:
        each.close()
    found.log.close()
    engine.dispose()


def on_kafka(address: str, engine: sa.Engine, topic: str) -> Rig:
    log = KafkaLog(address)

    def delete() -> None:
        admin = KafkaAdminClient(bootstrap_servers=address)
        admin.delete_topics([topic])
        admin.close()

    return Rig(
        engine, log, topic, lambda: KafkaOutput(log), lambda: consume(address, topic), delete
    )


def on_sql(engine: sa.Engine, topic: str) -> Rig:
    log = SqlLog(engine)

    def read() -> list[Message]:
        found = log.read({Place(topic, part): 0 for part in range(PARTITIONS)}, 10_000, 0)
        return [
            Message(place.partition, each.offset, each.key, each.value or b"", dict(each.headers))
            for place, records in found.items()
            for each in records
        ]

    def delete() -> None:
        with engine.begin() as conn:
            conn.execute(sql_log.partitions.delete().where(sql_log.partitions.c.topic == topic))

    return Rig(engine, log, topic, lambda: SqlOutput(log, engine), read, delete)


def numbered(first: int, count: int) -> list[bytes]:
    return [b"value-%d" % number for number in range(first, first + count)]


class Died(Exception):
    """The process ended here."""


class Dying(SqlOutbox):
    """The process ends before it can note what the log took."""

    def mark(self, at: object) -> None:
        if hasattr(self, "began"):
            raise Died
        self.began = True  # the first mark belongs to the start
        super().mark(at)  # type: ignore[arg-type]


def dying(rig: Rig) -> Dying:
    return Dying(rig.engine, {rig.topic: PARTITIONS}, partition_for, lambda: datetime.now(UTC))


def test_what_waits_reaches_its_reader_in_order_with_key_and_headers(rig: Rig) -> None:
    rig.put(*KEYS, *KEYS)

    assert rig.relay().step() == 12

    assert rig.values() == numbered(0, 12)
    found = rig.read()
    assert {each.key for each in found} == set(KEYS)
    assert all(partition_for(each.key, PARTITIONS) == each.partition for each in found)
    assert all(each.headers.keys() == {"hub_seq"} for each in found)


def test_a_relay_that_died_between_the_logs_commit_and_its_mark_doubles_nothing(rig: Rig) -> None:
    rig.put(*KEYS)
    with pytest.raises(Died):
        rig.relay(dying(rig)).step()
    assert set(rig.marks().values()) == {-1}
    rig.put(*KEYS)

    relay = rig.relay()
    relay.step()

    assert rig.values() == numbered(0, 12)
    assert relay.refilled == 0


def test_a_relay_that_died_again_and_again_doubles_nothing(rig: Rig) -> None:
    for _ in range(2):
        rig.put(*KEYS)
        with pytest.raises(Died):
            rig.relay(dying(rig)).step()

    rig.relay().step()

    assert rig.values() == numbered(0, 12)


def test_a_mark_behind_the_log_catches_up(rig: Rig) -> None:
    rig.put(*KEYS)
    with pytest.raises(Died):
        rig.relay(dying(rig)).step()

    rig.relay()

    assert sum(mark + 1 for mark in rig.marks().values()) == len(KEYS)


def test_of_two_relays_the_later_one_writes_and_nothing_is_doubled_or_lost(rig: Rig) -> None:
    first = rig.relay()
    rig.put(*KEYS)
    second = rig.relay()

    with pytest.raises((Fenced, LogUnavailable)):
        first.step()
    assert second.step() == len(KEYS)
    rig.put(*KEYS)
    with pytest.raises((Fenced, LogUnavailable)):
        first.step()
    rig.relay().step()

    assert rig.values() == numbered(0, 12)


def test_what_a_relay_had_in_its_hands_when_it_was_replaced_is_not_doubled(rig: Rig) -> None:
    first = rig.relay()
    rig.put(*KEYS)
    taken = first._outbox.seal(first._at, 1000)
    rig.relay().step()

    with pytest.raises((RelayStale, LogUnavailable)):
        first._output.send(taken)

    assert rig.values() == numbered(0, 6)


def test_each_place_goes_on_by_itself(rig: Rig) -> None:
    one, other = (next(k for k in KEYS if partition_for(k, PARTITIONS) == p) for p in (0, 1))
    rig.put(one, one, one)
    with pytest.raises(Died):
        rig.relay(dying(rig)).step()
    rig.put(other)

    rig.relay().step()
    rig.put(other, one)
    rig.relay().step()

    assert rig.values() == numbered(0, 6)
    assert rig.marks() == {0: 3, 1: 1}


def test_another_topic_of_the_same_name_halts_before_anything_is_sent(rig: Rig) -> None:
    rig.put(*KEYS)
    rig.relay().step()
    rig.delete_topic()
    rig.log.create({rig.topic: PARTITIONS})
    rig.put(*KEYS)

    with pytest.raises(LogReplaced, match="nothing was sent"):
        rig.relay()

    assert rig.read() == []


def test_where_nothing_was_ever_written_the_relay_begins_at_zero(rig: Rig) -> None:
    assert rig.relay().step() == 0
    rig.put(KEYS[0])

    assert rig.relay().step() == 1
    assert [each.seq for each in rig.read()] == [0]


# Kafka alone: transactions, and what they leave in the log


def abandoned(rig: Rig, count: int) -> KafkaProducer:
    """Write records of the relay's own in a transaction that nobody ends."""
    producer = KafkaProducer(bootstrap_servers=rig.log.bootstrap, transactional_id=NAME)  # type: ignore[attr-defined]
    producer.init_transactions()
    producer.begin_transaction()
    futures = [
        producer.send(
            rig.topic, b"never", b"x", headers=[("hub_seq", b"999")], partition=number % 2
        )
        for number in range(count)
    ]
    for future in futures:
        future.get(10)
    return producer


def aborted(rig: Rig, count: int) -> None:
    producer = abandoned(rig, count)
    producer.abort_transaction()
    producer.close(1)


def test_the_barrier_is_in_the_log_and_no_reader_of_committed_records_sees_it(kafka: Rig) -> None:
    kafka.relay()

    assert kafka.read() == []
    assert all(end > 0 for end in kafka.log.end(kafka.topic).values())
    kafka.put(*KEYS)
    kafka.relay().step()
    assert kafka.values() == numbered(0, 6)


def test_what_a_dead_relay_left_open_never_becomes_visible(kafka: Rig) -> None:
    kafka.put(*KEYS)
    kafka.relay().step()
    dead = abandoned(kafka, 4)
    kafka.put(*KEYS)

    kafka.relay().step()

    assert kafka.values() == numbered(0, 12)
    dead.close(0)


def test_a_relay_that_was_replaced_cannot_send_even_before_the_new_one_has(kafka: Rig) -> None:
    first = kafka.relay()
    kafka.put(*KEYS)
    taken = first._outbox.seal(first._at, 1000)
    second = kafka.relay()

    with pytest.raises(LogUnavailable):
        first._output.send(taken)

    assert second.step() == len(KEYS)
    assert kafka.values() == numbered(0, 6)


def test_the_tail_is_found_past_many_records_that_were_aborted(kafka: Rig) -> None:
    kafka.put(*KEYS)
    with pytest.raises(Died):
        kafka.relay(dying(kafka)).step()
    aborted(kafka, 3 * FIRST_LOOK)
    kafka.put(*KEYS)

    kafka.relay().step()

    assert kafka.values() == numbered(0, 12)


def test_a_relay_that_died_before_the_logs_commit_sends_it_again(kafka: Rig) -> None:
    kafka.put(*KEYS)
    first = kafka.relay()
    first._output._producer.commit_transaction = _die  # type: ignore[attr-defined]
    with pytest.raises(Died):
        first.step()

    kafka.relay().step()

    assert kafka.values() == numbered(0, 6)


def _die() -> None:
    raise Died


def test_what_the_log_lost_is_sent_again_under_the_same_numbers(kafka: Rig) -> None:
    """As after KAFKA-20734: the mark says it was delivered, and no reader can see it."""
    kafka.put(*KEYS)
    box = kafka.outbox()
    box.unseal(box.marks())
    taken = box.seal(box.marks(), 1000)
    box.mark({parcel.place: parcel.seq for parcel in taken})
    assert kafka.read() == []

    relay = kafka.relay()

    assert relay.refilled == len(KEYS)
    assert kafka.values() == numbered(0, 6)
    assert as_sent(kafka.read()) == as_taken(taken)


def as_sent(messages: Sequence[Message]) -> set[tuple[int, int, bytes, bytes]]:
    return {(each.partition, each.seq, each.key, each.value) for each in messages}


def as_taken(parcels: Sequence[Parcel]) -> set[tuple[int, int, bytes, bytes]]:
    return {(each.place.partition, each.seq, each.key, each.value) for each in parcels}


def test_a_topic_that_retention_emptied_lost_nothing(kafka: Rig) -> None:
    kafka.put(*KEYS)
    kafka.relay().step()
    for place in kafka.places:
        kafka.log.trim(place, kafka.log.end(kafka.topic)[place.partition])
    kafka.put(*KEYS)

    relay = kafka.relay()
    relay.step()

    assert relay.refilled == 0
    assert sorted(each.value for each in kafka.read()) == sorted(numbered(6, 6))
