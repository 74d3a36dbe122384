"""What a connector needs of the hub: a way to put events on its agency's topic.

`bootstrap` fills it with the event log; a connector knows neither Avro nor Kafka.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from hub.model.dead_letter import DeadLetter
from hub.model.event import Event

MAX_MESSAGE_BYTES = 900_000
"""Kafka takes messages up to 1 MiB as it comes; what is larger stays with the connector."""

DEAD_LETTERS = "hub.dlq.connector"
"""The topic of what no connector could read; every other topic takes events."""


@dataclass(frozen=True, slots=True)
class Message:
    """An event or a dead letter as it goes onto a topic."""

    topic: str
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...]


class EventUnencodable(Exception):
    """The event does not fit its schema, or is too large. The text names a field, never a value."""


class EventTooLarge(EventUnencodable):
    """The event fits its schema, but is over the limit."""


class LogUnreachable(Exception):
    """The event log did not take the messages: keep them and try again."""


class Sender(Protocol):
    """Appends to the event log."""

    def send(self, messages: Sequence[Message]) -> None:
        """Append in order; when this returns they are durable. Some may be sent twice, none is lost.

        Raises:
            LogUnreachable: not all of them were acknowledged.
        """
        ...


class Publisher(Sender, Protocol):
    """Encodes for the event log, and appends to it."""

    def event(self, event: Event) -> Message:
        """Encode an event for its agency's topic.

        Raises:
            EventUnencodable: its body does not fit the schema of its type; `EventTooLarge` if it
                does, but is over the limit.
        """
        ...

    def dead_letter(self, letter: DeadLetter) -> Message:
        """Encode a dead letter for `DEAD_LETTERS`."""
        ...
