"""From an agency's publish to the recipient's topic, at 20 events a second, on real parts.

Read by another client (confluent-kafka), committed records only. The peer is the floor that the
broker itself sets: the same client reading what a plain transactional producer sends.
"""

import os
import statistics
import time
import uuid
from itertools import count

from confluent_kafka import Consumer, Producer, TopicPartition

from hub.bootstrap.runtime import running
from hub.model.event import ROLES, Event
from hub.stream.topics import out_topic
from tests.bench.parts import RECIPIENTS, processes, real_parts, workload

RATE_PER_S = 20
SECONDS = int(os.environ.get("BENCH_SECONDS", "20"))
WARM_UP = 60
FLOOR = "hub.test.floor.v1"


def run() -> list[dict[str, object]]:
    work = workload("two")
    topic = out_topic(RECIPIENTS[1])
    with real_parts() as options, running(options, work.county, migrate=True) as runtime:
        runtime.create_topics()
        runtime.log.create({FLOOR: 4})
        bootstrap = options.kafka or ""
        with processes(options, work, "ingest", "relay"):
            publisher = runtime.publisher()
            reader = _reader(bootstrap, topic)
            events = map(_of_strangers, work.events(RATE_PER_S * SECONDS + WARM_UP), count())
            took = _paced(reader, lambda: publisher.send([publisher.event(next(events))]))
        producer = Producer(
            {"bootstrap.servers": bootstrap, "transactional.id": "floor", "linger.ms": 0}
        )
        producer.init_transactions()
        floor = _paced(_reader(bootstrap, FLOOR), lambda: _transaction(producer))
    figures, peer = _percentiles(took), _percentiles(floor)
    return [
        {
            "figures": figures,
            "peers": {"one transaction of librdkafka, no hub": peer},
            "ratios": {"p50 hub / floor": round(figures["p50_ms"] / peer["p50_ms"], 1)},
            "workload": f"{RATE_PER_S} events/s for {SECONDS} s, Kafka and PostgreSQL, publish to visible",
        }
    ]


def _of_strangers(event: Event, number: int) -> Event:
    """Make everybody in an event somebody new, so that no event changes what another one discloses.

    Then messages come one for each event, in the order in which these were sent.
    """
    unknown = {"identifiers": [], "addresses": [], "born": None, "born_accuracy": "unknown"}
    people = {
        role: [
            {**each, **unknown, "local_id": f"{number}-{role}-{place}", "relationships": []}
            for place, each in enumerate(event.body[role])  # type: ignore[arg-type]
        ]
        for role in ROLES
    }
    return Event(event.type, {**event.body, **people}, event.received_at)  # type: ignore[dict-item]


def _reader(bootstrap: str, topic: str) -> Consumer:
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": str(uuid.uuid4()),
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "fetch.wait.max.ms": 10,
        }
    )
    consumer.assign([TopicPartition(topic, part, 0) for part in range(4)])
    return consumer


def _paced(reader: Consumer, send: object) -> list[float]:
    """Send at a steady rate; give the milliseconds from each send to its record, in order of arrival."""
    wanted = RATE_PER_S * SECONDS + WARM_UP
    sent: list[float] = []
    took: list[float] = []
    due = time.perf_counter()
    deadline = due + SECONDS + 60
    while len(took) < wanted:
        now = time.perf_counter()
        if now > deadline:
            raise TimeoutError(f"{len(took)} of {wanted} came")
        if now >= due and len(sent) < wanted and (took or not sent):  # the first finds all awake
            sent.append(now)
            send()  # type: ignore[operator]
            due = max(due, now - 1 / RATE_PER_S) + 1 / RATE_PER_S
        message = reader.poll(0.001)
        if message is not None and not message.error():
            took.append((time.perf_counter() - sent[len(took)]) * 1000)
    reader.close()
    return took[WARM_UP:]


def _transaction(producer: Producer) -> None:
    producer.begin_transaction()
    producer.produce(FLOOR, b"x" * 800, b"key")
    producer.commit_transaction()


def _percentiles(took: list[float]) -> dict[str, float]:
    ordered = sorted(took)
    return {
        "p50_ms": round(statistics.median(ordered), 1),
        "p99_ms": round(ordered[int(len(ordered) * 0.99)], 1),
        "max_ms": round(ordered[-1], 1),
    }
