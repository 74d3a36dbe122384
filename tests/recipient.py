"""A recipient as it really is: another Kafka client, which knows nothing of the hub's code."""

import time
from dataclasses import dataclass

from confluent_kafka import Consumer, TopicPartition

TIMEOUT_S = 30


@dataclass(frozen=True)
class Message:
    partition: int
    offset: int
    key: bytes
    value: bytes
    headers: dict[str, bytes]

    @property
    def seq(self) -> int:
        return int(self.headers["hub_seq"])


def consume(bootstrap: str, topic: str) -> list[Message]:
    """Read a topic from its beginning to its end: committed records only."""
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": f"reader-{time.time_ns()}",
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "enable.partition.eof": True,
            "fetch.wait.max.ms": 20,  # at the end of a partition it would wait half a second
        }
    )
    try:
        metadata = consumer.list_topics(topic, timeout=TIMEOUT_S).topics[topic]
        parts = sorted(metadata.partitions)
        consumer.assign([TopicPartition(topic, part, 0) for part in parts])
        found, ended = [], set()
        deadline = time.monotonic() + TIMEOUT_S
        while len(ended) < len(parts):
            assert time.monotonic() < deadline, "the topic was not read to its end"
            message = consumer.poll(0.5)
            if message is None:
                continue
            if message.error():
                assert message.error().code() == -191, message.error()  # the end of a partition
                ended.add(message.partition())
                continue
            headers = dict(message.headers() or [])
            found.append(
                Message(
                    message.partition(), message.offset(), message.key(), message.value(), headers
                )
            )
        return found
    finally:
        consumer.close()


def in_order(messages: list[Message]) -> bool:
    """Tell whether every partition's numbers run from 0 without a gap, a repeat or a swap."""
    by_part: dict[int, list[int]] = {}
    for message in sorted(messages, key=lambda each: (each.partition, each.offset)):
        by_part.setdefault(message.partition, []).append(message.seq)
    return all(numbers == list(range(len(numbers))) for numbers in by_part.values())
