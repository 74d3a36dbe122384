"""The event log in service: Apache Kafka through kafka-python. All of that library is in this package.

Partitions are assigned, never subscribed: positions come from the hub's database, and a lease says
who reads. So no group, no rebalance listener, and none of the traps that come with them. Values are
taken as bytes, since a deserializer that raises would hang `poll()` for ever.
"""

import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import (
    CorruptRecordError,
    KafkaError,
    NoOffsetForPartitionError,
    OffsetOutOfRangeError,
)

from hub.model.position import Place
from hub.stream.log import (
    RETENTION_DAYS,
    LogUnavailable,
    PlacesUnreadable,
    PositionLost,
    Record,
    TopicMissing,
    partition_for,
)

CONNECT_MS = 5000
CLOSE_MS = 1000
PROBE_MS = 1500
MAX_IN_FLIGHT = 2000
"""kafka-python's producer has no bound on memory: we count what is on its way ourselves."""
MAX_BYTES_IN_FLIGHT = 32 << 20
ACKNOWLEDGE_S = 30.0
REPLICAS = 1
DAY_MS = 86_400_000
MAX_REQUEST = 2 << 20
"""Twice what a connector may send: a dead letter carries its original and why it is one."""


class KafkaLog:
    """An `EventLog` on a Kafka broker. Not for several threads at once."""

    def __init__(self, bootstrap: str, *, linger_ms: int = 5) -> None:
        self.bootstrap, self._linger_ms = bootstrap, linger_ms
        self._admin: Any = None
        self._consumer: Any = None
        self._producer: Any = None
        self._next: dict[Place, int] = {}
        self._counts: dict[str, int] = {}

    def topics(self) -> dict[str, int]:
        described = self._ask(lambda admin: admin.describe_topics(admin.list_topics()))
        there = [each for each in described if not each["error_code"]]  # one may just have gone
        names = {each["name"]: len(each["partitions"]) for each in there}
        return {name: count for name, count in sorted(names.items()) if not name.startswith("__")}

    def create(self, topics: Mapping[str, int], *, retention_days: int = RETENTION_DAYS) -> None:
        there = self.topics()
        for topic, count in topics.items():
            if there.get(topic, count) != count:
                raise ValueError(
                    f"{topic} has {there[topic]} partitions, not {count}: key order would break"
                )
        wanted = {
            topic: {
                "num_partitions": count,
                "replication_factor": REPLICAS,
                "configs": {
                    "retention.ms": str(retention_days * DAY_MS),
                    "max.message.bytes": str(MAX_REQUEST),
                },
            }
            for topic, count in topics.items()
            if topic not in there
        }
        if wanted:
            self._ask(lambda admin: admin.create_topics(wanted, wait_for_metadata=True))

    def identities(self, topics: Collection[str]) -> dict[str, str]:
        described = self._ask(lambda admin: admin.describe_topics(sorted(topics)))
        for each in described:
            if each["error_code"]:
                raise TopicMissing(each["name"])
        return {each["name"]: str(each["topic_id"]) for each in described}

    def append(self, topic: str, records: Sequence[Record]) -> None:
        try:
            if self._producer is None:
                self._producer = KafkaProducer(
                    bootstrap_servers=self.bootstrap,
                    bootstrap_timeout_ms=CONNECT_MS,
                    compression_type="lz4",
                    linger_ms=self._linger_ms,
                    batch_size=262_144,
                    max_request_size=MAX_REQUEST,
                    request_timeout_ms=10_000,
                    delivery_timeout_ms=20_000,
                    max_block_ms=10_000,
                )
            sending = Sending(self._producer)
            count = self._partition_count(topic)
            for record in records:
                sending.send(topic, partition_for(record.key, count), record)
            sending.wait()
        except TopicMissing:
            raise
        except LogUnavailable:
            self._drop_producer()  # what it has left must not come after what is sent again
            raise
        except (KafkaError, TimeoutError) as error:
            self._drop_producer()
            raise LogUnavailable(
                f"the broker did not acknowledge: {type(error).__name__}"
            ) from error

    def read(self, at: Mapping[Place, int], limit: int, wait_s: float) -> dict[Place, list[Record]]:
        try:
            consumer = self._reader(at)
            polled = consumer.poll(int(wait_s * 1000), max_records=limit)
        except (OffsetOutOfRangeError, NoOffsetForPartitionError) as error:
            self._drop_consumer()
            raise PositionLost(
                "the broker no longer holds, or does not yet hold, a position of ours in "
                f"{', '.join(sorted({place.topic for place in at}))}: follow hub/README.md, 'A lost log'"
            ) from error
        except CorruptRecordError as error:
            self._drop_consumer()
            raise PlacesUnreadable(self._unreadable(at)) from error
        except (KafkaError, TimeoutError, OSError) as error:
            self._drop_consumer()
            raise LogUnavailable(f"the broker does not answer: {type(error).__name__}") from error
        found = {}
        for tp, batch in polled.items():
            place = Place(tp.topic, tp.partition)
            found[place] = [_record(each) for each in batch]
            self._next[place] = batch[-1].offset + 1
        return found

    def _unreadable(self, at: Mapping[Place, int]) -> list[Place]:
        """Find out in which places the client stumbles, by asking for each by itself.

        kafka-python refuses a whole fetch for one header whose name is no text; who may write to one
        topic must not stop all the others.
        """
        found = []
        for place, offset in at.items():
            consumer = self._new_consumer()
            try:
                consumer.assign([TopicPartition(*place)])
                consumer.seek(TopicPartition(*place), offset)
                consumer.poll(PROBE_MS)
            except CorruptRecordError:
                found.append(place)
            finally:
                consumer.close(autocommit=False, timeout_ms=CLOSE_MS)
        return found

    def start(self, topic: str) -> dict[int, int]:
        found = self._offsets([topic], lambda consumer, tps: consumer.beginning_offsets(tps))
        return {place.partition: offset for place, offset in found.items()}

    def end(self, topic: str) -> dict[int, int]:
        return {place.partition: offset for place, offset in self.ends([topic]).items()}

    def ends(self, topics: Collection[str]) -> dict[Place, int]:
        return self._offsets(topics, lambda consumer, tps: consumer.end_offsets(tps))

    def trim(self, place: Place, before: int) -> None:
        self._ask(lambda admin: admin.delete_records({TopicPartition(*place): before}))

    def close(self) -> None:
        self._drop_consumer()
        self._drop_producer()
        if self._admin is not None:
            self._admin.close()
            self._admin = None

    def _reader(self, at: Mapping[Place, int]) -> Any:  # noqa: ANN401 - kafka-python is untyped
        """Give the consumer, assigned to these partitions and standing at these offsets."""
        if self._consumer is None:
            self._consumer = self._new_consumer()
            self._next = {}
        if self._next.keys() != at.keys():
            self._consumer.assign([TopicPartition(*place) for place in at])
            self._next = {}
        for place, offset in at.items():
            if self._next.get(place) != offset:
                self._consumer.seek(TopicPartition(*place), offset)
                self._next[place] = offset
        return self._consumer

    def _new_consumer(self) -> Any:  # noqa: ANN401 - as above
        return KafkaConsumer(
            bootstrap_servers=self.bootstrap,
            bootstrap_timeout_ms=CONNECT_MS,
            enable_auto_commit=False,
            auto_offset_reset="none",  # the defaults would jump; we halt
            isolation_level="read_committed",
            request_timeout_ms=10_000,
            max_poll_records=5000,
            max_partition_fetch_bytes=4 << 20,
            fetch_max_wait_ms=250,
        )

    def _offsets(self, topics: Iterable[str], ask: Any) -> dict[Place, int]:  # noqa: ANN401 - as above
        places = [
            Place(each, part) for each in topics for part in range(self._partition_count(each))
        ]
        try:
            consumer = self._new_consumer()
            try:
                found = ask(consumer, [TopicPartition(*place) for place in places])
            finally:
                consumer.close(autocommit=False, timeout_ms=CLOSE_MS)
        except (KafkaError, TimeoutError, OSError) as error:
            raise LogUnavailable(f"the broker does not answer: {type(error).__name__}") from error
        return {Place(tp.topic, tp.partition): offset for tp, offset in found.items()}

    def _partition_count(self, topic: str) -> int:
        if topic not in self._counts:
            self._counts = self.topics()
        if topic not in self._counts:
            raise TopicMissing(topic)
        return self._counts[topic]

    def _ask(self, question: Any) -> Any:  # noqa: ANN401 - as above
        try:
            if self._admin is None:
                self._admin = KafkaAdminClient(
                    bootstrap_servers=self.bootstrap,
                    bootstrap_timeout_ms=CONNECT_MS,
                    request_timeout_ms=10_000,
                )
            return question(self._admin)
        except (KafkaError, TimeoutError, OSError) as error:
            if self._admin is not None:
                self._admin.close()
                self._admin = None
            raise LogUnavailable(f"the broker does not answer: {type(error).__name__}") from error

    def _drop_consumer(self) -> None:
        if self._consumer is not None:
            self._consumer.close(autocommit=False, timeout_ms=CLOSE_MS)
            self._consumer = None

    def _drop_producer(self) -> None:
        if self._producer is not None:
            drop(self._producer)
            self._producer = None


def drop(producer: Any) -> None:  # noqa: ANN401 - as above
    """Close a producer at once, with whatever it has left.

    Its own `close` flushes first. Where the broker does not answer that raises, and leaves the
    producer open.
    """
    producer.flush = lambda timeout=None: None  # noqa: ARG005 - the name is kafka-python's
    producer.close(0)


def _record(message: Any) -> Record:  # noqa: ANN401 - kafka-python is untyped
    """Give a record as it came. Other clients may leave the key or a header's value out."""
    headers = tuple((name, value or b"") for name, value in message.headers)
    return Record(message.key or b"", message.value, headers, message.offset, message.timestamp)


class Sending:
    """Records on their way to the broker, with a bound on their number and bytes."""

    def __init__(self, producer: Any) -> None:  # noqa: ANN401 - kafka-python is untyped
        self._producer = producer
        self._records = self._bytes = self._failed = 0
        self._changed = threading.Condition()
        self.futures: list[Any] = []

    def send(self, topic: str, partition: int, record: Record) -> None:
        """Hand over one record, waiting while too much is on its way.

        Raises:
            TimeoutError: the broker takes nothing.
            LogUnavailable: a record handed over earlier was not acknowledged.
        """
        size = len(record.key) + len(record.value or b"")
        with self._changed:
            if not self._changed.wait_for(
                lambda: self._failed or self._has_room(size), ACKNOWLEDGE_S
            ):
                raise TimeoutError
            if self._failed:
                raise LogUnavailable("a record was not acknowledged")
            self._records += 1
            self._bytes += size
        future = self._producer.send(
            topic, record.value, record.key, headers=list(record.headers), partition=partition
        )
        self.futures.append(future)
        future.add_callback(lambda _: self._done(size, failed=False))  # on the IO thread: be brief
        future.add_errback(lambda _: self._done(size, failed=True))

    def wait(self) -> list[int]:
        """Wait until all are acknowledged; give their offsets, in the order they were handed over."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._failed or not self._records, ACKNOWLEDGE_S):
                raise TimeoutError
            if self._failed:
                raise LogUnavailable("a record was not acknowledged")
        return [future.get(1).offset for future in self.futures]

    def _has_room(self, size: int) -> bool:
        few = self._records < MAX_IN_FLIGHT and self._bytes + size <= MAX_BYTES_IN_FLIGHT
        return few or not self._records

    def _done(self, size: int, *, failed: bool) -> None:
        with self._changed:
            self._records -= 1
            self._bytes -= size
            self._failed += failed
            self._changed.notify_all()
