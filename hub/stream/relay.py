"""The relay: from the outbox to the output topics, each disclosure once and in order.

Readers, not our mark, say what was delivered. A relay that starts first shuts out its predecessor,
then sets a barrier behind which nothing older can become visible, then reads from each output
partition the last number (`hub_seq`) that readers can see, and goes on after *that*. The mark in
the database is behind where a relay died after the log's commit, and ahead where the log lost a
commit that it acknowledged (Kafka 4.3 and 4.4 can, KAFKA-20734): then rows that are still kept in
the outbox are sent again.

A row gets its number only when the relay takes it. Numbers that nobody saw and nobody acknowledged
are taken back at the next start, so what was withdrawn meanwhile does not leave.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from hub.model.faults import Halt
from hub.model.parcel import Parcel
from hub.model.position import Place
from hub.stream.log import LogReplaced

BATCH = 1000
STALE_S = 5.0
"""A relay that stood still for so long between taking rows and sending them begins again."""


@dataclass(frozen=True, slots=True)
class Tail:
    """What readers can see at the end of a partition: the last number, if any.

    `emptied`: nothing is there, but something was; retention took it.
    """

    last: int | None
    emptied: bool


class OutputLost(Halt):
    """The output log holds less than was delivered, and the outbox no longer has what is missing."""


class RelayStale(Exception):
    """Too much time passed between taking rows and sending them: take them again."""


class Outbox(Protocol):
    """The rows that are to leave. Each call is a transaction of its own."""

    def marks(self) -> dict[Place, int]:
        """Give the last number acknowledged in each place; -1 where there is none."""
        ...

    def identity(self, topic: str, topic_id: str) -> str:
        """Give the id the topic had when the relay first saw it."""
        ...

    def unseal(self, after: Mapping[Place, int]) -> None:
        """Take the numbers above these back: the rows are waiting again.

        From here on, every relay that began before is shut out of `seal` and `mark`.
        """
        ...

    def sealed(self, place: Place, after: int, upto: int) -> list[Parcel]:
        """Give the numbered rows in (after, upto], in order."""
        ...

    def seal(self, at: Mapping[Place, int], limit: int) -> list[Parcel]:
        """Give waiting rows, the oldest first, numbered on from `at`.

        Raises:
            Fenced: another relay took over; what is numbered by two would be lost.
        """
        ...

    def mark(self, at: Mapping[Place, int]) -> None:
        """Note what was acknowledged."""
        ...

    def wait(self, seconds: float) -> None:
        """Return when a row is waiting, or after so long."""
        ...


class Output(Protocol):
    """Where parcels go: one writer at a time."""

    def open(self, places: Sequence[Place]) -> dict[Place, Tail]:
        """Shut out whoever wrote before, and tell what readers can see once nothing can change it."""
        ...

    def identity(self, topic: str) -> str: ...

    def send(self, parcels: Sequence[Parcel]) -> None:
        """Make all of them visible, or none.

        Raises:
            OutputLost: the log ends before what is known to be in it.
        """
        ...

    def close(self) -> None: ...


class Relay:
    """One relay's life: `start`, then `step` until something is raised; then a new one."""

    def __init__(
        self, outbox: Outbox, output: Output, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._outbox, self._output, self._clock = outbox, output, clock
        self._at: dict[Place, int] = {}
        self.refilled = 0

    def start(self) -> None:
        """Find out what was delivered, and send again what the log lost.

        Raises:
            LogReplaced, OutputLost: halt; an operator decides.
        """
        marks = self._outbox.marks()
        for topic in sorted({place.topic for place in marks}):
            found = self._output.identity(topic)
            if self._outbox.identity(topic, found) != found:
                raise LogReplaced(
                    f"{topic} is another topic than the one the hub wrote to: nothing was sent. "
                    "Restore it, or decide what its reader has and follow hub/README.md, 'A lost log'"
                )
        tails = self._output.open(sorted(marks))
        seen = {place: _delivered(tails[place], mark) for place, mark in marks.items()}
        self._outbox.unseal({place: max(seen[place], mark) for place, mark in marks.items()})
        for place, mark in marks.items():
            self._refill(place, seen[place], mark)
        self._at = {place: max(seen[place], mark) for place, mark in marks.items()}
        self._outbox.mark(self._at)

    def step(self, wait_s: float = 0.0) -> int:
        """Send what waits, one batch at the most; give how many went."""
        taken = self._clock()
        parcels = self._outbox.seal(self._at, BATCH)
        if not parcels:
            if wait_s:
                self._outbox.wait(wait_s)
            return 0
        if self._clock() - taken > STALE_S:
            raise RelayStale
        self._output.send(parcels)
        last = {parcel.place: parcel.seq for parcel in parcels}
        self._outbox.mark(last)
        self._at |= last
        return len(parcels)

    def _refill(self, place: Place, seen: int, mark: int) -> None:
        while seen < mark:
            lost = self._outbox.sealed(place, seen, min(mark, seen + BATCH))
            if [parcel.seq for parcel in lost] != list(
                range(seen + 1, seen + 1 + len(lost))
            ) or not lost:
                raise OutputLost(
                    f"{place.topic}/{place.partition} ends at number {seen}, {mark} were delivered, and the "
                    "outbox no longer has them: see hub/README.md, 'A lost log'"
                )
            self._output.send(lost)
            self.refilled += len(lost)
            seen = lost[-1].seq


def _delivered(tail: Tail, mark: int) -> int:
    if tail.last is not None:
        return tail.last
    return mark if tail.emptied else -1
