"""The event log: topics of partitions of records, behind one small interface.

Two adapters stand behind it, Kafka and SQL; one contract suite holds both to the same promises.
Positions of readers are not here: they live in the hub's database, beside what was made of the
records, and move in the same transaction (`hub/store/positions.py`).
"""

import functools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from hub.model.faults import Halt, Refusal
from hub.model.position import Place
from hub.stream.murmur2 import murmur2

RETENTION_DAYS = 30

Headers = tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True)
class Record:
    """One record as it stands, or is to stand, in the log. `offset` is set by the log."""

    key: bytes
    value: bytes | None
    headers: Headers = ()
    offset: int = -1
    timestamp_ms: int = 0

    def header(self, name: str) -> str:
        """Give a header's text, or nothing where it is absent or no text."""
        found = next((value for key, value in self.headers if key == name), b"")
        return found.decode(errors="replace")


class LogUnavailable(Refusal):
    """The log cannot be reached, or did not acknowledge: pause, and try again. Nothing is decided."""

    told = "the event log cannot be used: {}"


class TopicMissing(LogUnavailable):
    """The log answers, and has no topic of this name. A broker that is just starting may say so too."""

    def __init__(self, topic: str) -> None:
        super().__init__(f"no topic {topic}: run `hub topics apply`")
        self.topic = topic


class LogReplaced(Halt):
    """A topic of this name is there, but it is another one: our positions mean nothing in it. Halt."""


class PlacesUnreadable(Exception):
    """The log holds something in these places that its own client cannot read: leave them out."""

    def __init__(self, places: Collection[Place]) -> None:
        super().__init__(", ".join(f"{place.topic}/{place.partition}" for place in sorted(places)))
        self.places = frozenset(places)


class PositionLost(Halt):
    """The log no longer holds, or does not yet hold, the position asked for. Halt, never jump."""


class EventLog(Protocol):
    """Topics with a fixed number of partitions; a key's records keep their order."""

    def topics(self) -> dict[str, int]:
        """Give the topics there are, and the number of their partitions."""
        ...

    def create(self, topics: Mapping[str, int], *, retention_days: int = RETENTION_DAYS) -> None:
        """Make the topics that are missing (name to number of partitions).

        Raises:
            ValueError: one is there with another number of partitions, which would break key order.
        """
        ...

    def identities(self, topics: Collection[str]) -> dict[str, str]:
        """Give each topic's id, which no other topic ever has, not even one made later by its name.

        Raises:
            TopicMissing: one of them is not there.
        """
        ...

    def append(self, topic: str, records: Sequence[Record]) -> None:
        """Append in order; when this returns all are durable and can be read.

        Raises:
            LogUnavailable: not all were acknowledged; some may be there, and may come twice.
        """
        ...

    def read(self, at: Mapping[Place, int], limit: int, wait_s: float) -> dict[Place, list[Record]]:
        """Read from these positions on, at most `limit` records in all; wait so long for the first.

        Raises:
            PositionLost: a position lies outside what the log holds.
            PlacesUnreadable: what stands in some of these places cannot be read at all.
            LogUnavailable: the log cannot be reached.
        """
        ...

    def start(self, topic: str) -> dict[int, int]:
        """Give the first offset that is still there, for each partition."""
        ...

    def end(self, topic: str) -> dict[int, int]:
        """Give the offset that the next record will have, for each partition."""
        ...

    def ends(self, topics: Collection[str]) -> dict[Place, int]:
        """Give that of every partition of some topics, all asked for at once."""
        ...

    def trim(self, place: Place, before: int) -> None:
        """Forget the records below an offset."""
        ...

    def close(self) -> None: ...


@functools.lru_cache(100_000)
def partition_for(key: bytes, count: int) -> int:
    """Give the partition that every Kafka client would choose, so that both logs order alike."""
    return (murmur2(key) & 0x7FFFFFFF) % count
