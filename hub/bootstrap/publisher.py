"""What connectors publish through: `connectors.publish.Publisher` on the event log."""

from collections.abc import Sequence

from connectors.publish import (
    MAX_MESSAGE_BYTES,
    EventTooLarge,
    EventUnencodable,
    LogUnreachable,
    Message,
)
from hub.model.dead_letter import DeadLetter
from hub.model.event import ROLES, Body, Event
from hub.stream.codec import Codec, Unencodable
from hub.stream.intake import event_headers
from hub.stream.letters import to_record
from hub.stream.log import EventLog, LogUnavailable, Record
from hub.stream.topics import CONNECTOR_LETTERS, in_topic


class LogPublisher:
    """Encodes with the newest schema of each event type."""

    def __init__(self, log: EventLog, codec: Codec) -> None:
        self._log, self._codec = log, codec

    def event(self, event: Event) -> Message:
        registered = self._codec.registry.latest.get(event.type)
        if registered is None:
            raise EventUnencodable(f"no schema is registered for {event.type}")
        try:
            value = self._codec.encode(registered, event.body)
        except Unencodable as error:
            raise EventUnencodable(str(error)) from None
        if len(value) > MAX_MESSAGE_BYTES:
            raise EventTooLarge("too large to travel")
        agency = event.source.agency
        return Message(in_topic(agency), _key(event), value, event_headers(event))

    def dead_letter(self, letter: DeadLetter) -> Message:
        record = to_record(letter)
        return Message(CONNECTOR_LETTERS, record.key, record.value or b"", record.headers)

    def send(self, messages: Sequence[Message]) -> None:
        try:
            for topic in dict.fromkeys(message.topic for message in messages):
                records = [
                    Record(each.key, each.value, each.headers)
                    for each in messages
                    if each.topic == topic
                ]
                self._log.append(topic, records)
        except LogUnavailable as error:
            raise LogUnreachable(str(error)) from error


def _key(event: Event) -> bytes:
    """Name whom the event is about as the agency does, so that their events keep their order."""
    return f"{event.source.agency}:{_first_person(event.body) or event.source.key}".encode()


def _first_person(body: Body) -> str | None:
    for role in ROLES:
        people = body.get(role)
        if isinstance(people, list) and people and isinstance(people[0], dict):
            return str(people[0]["local_id"])
    return None
