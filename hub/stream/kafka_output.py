"""The relay's output on Kafka: transactions, a barrier, and the tail that readers can see."""

import time
from collections.abc import Sequence
from typing import Any

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaError

from hub.model.parcel import Parcel
from hub.model.position import Place
from hub.stream.kafka_log import CLOSE_MS, CONNECT_MS, MAX_REQUEST, KafkaLog, Sending, drop
from hub.stream.log import LogUnavailable, Record
from hub.stream.relay import OutputLost, Tail

NAME = "hub-relay"
FIRST_LOOK = 200
"""How many offsets from the end are looked at first; markers and aborted records take offsets too."""
TAIL_TIMEOUT_S = 30.0


class KafkaOutput:
    """One relay's transactional producer. `init_transactions` shuts out every earlier one."""

    def __init__(self, log: KafkaLog) -> None:
        self._log = log
        self._producer: Any = None
        self._ends: dict[Place, int] = {}

    def identity(self, topic: str) -> str:
        return self._log.identities([topic])[topic]

    def open(self, places: Sequence[Place]) -> dict[Place, Tail]:
        try:
            self._producer = KafkaProducer(
                bootstrap_servers=self._log.bootstrap,
                bootstrap_timeout_ms=CONNECT_MS,
                transactional_id=NAME,
                compression_type="lz4",
                linger_ms=0,
                batch_size=262_144,
                max_request_size=MAX_REQUEST,
                request_timeout_ms=10_000,
                delivery_timeout_ms=20_000,
                max_block_ms=15_000,
            )
            self._producer.init_transactions()
            self._ends = self._barrier(places)
            return self._tails(places)
        except (KafkaError, TimeoutError, OSError) as error:
            raise LogUnavailable(f"the broker does not answer: {type(error).__name__}") from error

    def send(self, parcels: Sequence[Parcel]) -> None:
        try:
            self._producer.begin_transaction()
            sending = Sending(self._producer)
            for parcel in parcels:
                headers = (*parcel.headers, ("hub_seq", b"%d" % parcel.seq))
                record = Record(parcel.key, parcel.value, headers)
                sending.send(parcel.place.topic, parcel.place.partition, record)
            offsets = sending.wait()
            for parcel, offset in zip(parcels, offsets, strict=True):
                if offset < self._ends[parcel.place]:
                    raise OutputLost(
                        f"{parcel.place.topic} is shorter than it was: it lost records"
                    )
                self._ends[parcel.place] = offset + 1
            self._producer.commit_transaction()
        except (KafkaError, TimeoutError, OSError) as error:
            raise LogUnavailable(f"the broker did not commit: {type(error).__name__}") from error

    def close(self) -> None:
        if self._producer is not None:
            drop(self._producer)
            self._producer = None

    def _barrier(self, places: Sequence[Place]) -> dict[Place, int]:
        """Write one record to each partition in a transaction that is undone; give where the logs end.

        A leader that was deposed could not have taken it; its end marker closes whatever a lost commit
        left open. Nobody who reads committed records ever sees it.
        """
        self._producer.begin_transaction()
        sending = Sending(self._producer)
        for place in places:
            sending.send(place.topic, place.partition, Record(b"", b""))
        ends = {place: offset + 1 for place, offset in zip(places, sending.wait(), strict=True)}
        self._producer.abort_transaction()
        return ends

    def _tails(self, places: Sequence[Place]) -> dict[Place, Tail]:
        consumer = KafkaConsumer(
            bootstrap_servers=self._log.bootstrap,
            bootstrap_timeout_ms=CONNECT_MS,
            enable_auto_commit=False,
            auto_offset_reset="none",
            isolation_level="read_committed",
            max_poll_records=5000,
        )
        try:
            tps = {place: TopicPartition(*place) for place in places}
            first = consumer.beginning_offsets(list(tps.values()))
            starts = {place: first[tp] for place, tp in tps.items()}
            found: dict[Place, Tail] = {}
            look = FIRST_LOOK
            while missing := [place for place in places if place not in found]:
                found |= self._look(consumer, missing, starts, look)
                look *= 10
            return found
        finally:
            consumer.close(autocommit=False, timeout_ms=CLOSE_MS)

    def _look(
        self,
        consumer: Any,  # noqa: ANN401 - kafka-python is untyped
        places: Sequence[Place],
        starts: dict[Place, int],
        look: int,
    ) -> dict[Place, Tail]:
        """Read the last `look` offsets of each; leave out those where nothing was found and more is there."""
        begin = {place: max(starts[place], self._ends[place] - look) for place in places}
        consumer.assign([TopicPartition(*place) for place in places])
        for place, offset in begin.items():
            consumer.seek(TopicPartition(*place), offset)
        last: dict[Place, int] = {}
        deadline = time.monotonic() + TAIL_TIMEOUT_S
        while any(
            consumer.position(TopicPartition(*place)) < self._ends[place] for place in places
        ):
            if time.monotonic() > deadline:
                raise TimeoutError
            for tp, records in consumer.poll(200).items():
                numbers = [int(dict(record.headers)["hub_seq"]) for record in records]
                place = Place(tp.topic, tp.partition)
                last[place] = max([last.get(place, -1), *numbers])
        return {
            place: Tail(last.get(place), emptied=starts[place] > 0)
            for place in places
            if place in last or begin[place] == starts[place]
        }
