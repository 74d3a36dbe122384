"""Arrivals: events as they came off the log, with the bytes they were decoded from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hub.model.dead_letter import DeadLetter
from hub.model.event import Event, EventId
from hub.model.position import Move, Place


@dataclass(frozen=True, slots=True)
class Arrival:
    """An event as it came: decoded, and the bytes it was decoded from."""

    id: EventId
    event: Event
    value: bytes
    sha256: str
    key: bytes
    headers: tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """What was read from the log: events, what could not be read, and how far that brings us."""

    arrivals: Sequence[Arrival]
    letters: Sequence[DeadLetter]
    moves: Mapping[Place, Move]
