"""From records of the log to events, or to dead letters that say why not.

The checks stand in the order of what they cost, and none of them trusts the sender: an agency may
speak on its own topic, for itself, under the id that follows from what it says.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from hub.model.agency import AgencyId
from hub.model.arrival import Arrival
from hub.model.dead_letter import DeadLetter, Reason, Stage
from hub.model.event import ROLES, Body, Event, EventType, source_of
from hub.stream.codec import Codec, Undecodable, UnknownSchema
from hub.stream.letters import from_record
from hub.stream.log import Headers, Record
from hub.stream.registry import event_names
from hub.stream.topics import CONNECTOR_LETTERS, owner_of

SOURCE = "/agency/"
TYPE = "uk.safeguarding-hub."
NOBODY = AgencyId("")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ZERO = "\x00"
"""PostgreSQL holds it in no text: one in a key of ours would stop the batch for ever."""


def event_headers(event: Event) -> Headers:
    """Give the CloudEvents headers of an event, as Kafka's binary mode wants them.

    `ce_time` is when the connector accepted the delivery: it belongs to no content, so that an event
    that is sent again has the same bytes.
    """
    return (
        ("ce_specversion", b"1.0"),
        ("ce_id", event.id.encode()),
        ("ce_source", (SOURCE + event.source.agency).encode()),
        ("ce_type", (TYPE + event.type).encode()),
        ("ce_time", event.received_at.astimezone(UTC).isoformat().encode()),
    )


class Refused(Exception):
    """A record is no event that may be taken in."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason, self.detail = reason, detail


class Intake:
    """Reads records with the schemas of one registry."""

    def __init__(self, codec: Codec) -> None:
        self._codec = codec
        self._events = set(event_names(codec.registry))

    def read(self, topic: str, record: Record) -> Arrival | DeadLetter:
        """Give the event in a record, or the dead letter it becomes. Never raises for what is in it."""
        if topic == CONNECTOR_LETTERS:
            return self._connectors_letter(record)
        try:
            return self._event(owner_of(topic), record)
        except Refused as refused:
            return self._letter(topic, record, refused)

    def _event(self, owner: AgencyId | None, record: Record) -> Arrival:
        if owner is None:
            raise Refused(Reason.WRONG_SOURCE, "this is no agency's topic")
        value = record.value
        if value is None:
            raise Refused(
                Reason.DECODE, "a null value says nothing; a retraction is an event of its own"
            )
        if record.header("ce_source") != SOURCE + owner:
            raise Refused(
                Reason.WRONG_SOURCE, f"ce_source is not {SOURCE}{owner}, whose topic this is"
            )
        event = self._decoded(record, value)
        if event.source.agency != owner:
            raise Refused(
                Reason.WRONG_SOURCE, f"the event says it is of another agency than {owner}"
            )
        if record.header("ce_type") != TYPE + event.type:
            raise Refused(
                Reason.BAD_VALUE, "ce_type is not the type of the schema it was written with"
            )
        if record.header("ce_id") != event.id:
            raise Refused(
                Reason.BAD_VALUE, "ce_id is not the id that follows from the event's source"
            )
        return Arrival(
            event.id, event, value, sha256(value).hexdigest(), record.key, record.headers
        )

    def _decoded(self, record: Record, value: bytes) -> Event:
        try:
            subject = self._codec.schema_of(value).subject
            if subject not in self._events:
                raise Refused(
                    Reason.UNKNOWN_SCHEMA, f"{subject} is no event that an agency reports"
                )
            body = self._codec.decode(value)
            source_of(body)
        except UnknownSchema as error:
            raise Refused(Reason.UNKNOWN_SCHEMA, str(error)) from None
        except Undecodable as error:
            raise Refused(Reason.DECODE, str(error)) from None
        if any(ZERO in text for text in _keys(body)):
            raise Refused(
                Reason.BAD_VALUE, "a person's local_id or identifier holds a zero character"
            )
        return Event(EventType(subject), body, _moment(record.header("ce_time")))

    def _connectors_letter(self, record: Record) -> DeadLetter:
        try:
            return from_record(record)
        except ValueError:
            refused = Refused(Reason.BAD_FORMAT, "the headers are not those of a dead letter")
            return self._letter(CONNECTOR_LETTERS, record, refused)

    def _letter(self, topic: str, record: Record, refused: Refused) -> DeadLetter:
        return DeadLetter(
            stage=Stage.INGEST,
            agency=owner_of(topic) or NOBODY,
            reason=refused.reason,
            detail=refused.detail,
            format=topic,
            value=record.value or b"",
            received_at=_stamped(record.timestamp_ms),
            key=record.key,
            headers=record.headers,
        )


def _keys(body: Body) -> Iterator[str]:
    """Give the texts of an event by which the hub finds people again."""
    for role in ROLES:
        people = body.get(role)
        for person in people if isinstance(people, list) else ():
            if isinstance(person, dict):
                yield str(person["local_id"])
                numbers = person["identifiers"]
                for each in numbers if isinstance(numbers, list) else ():
                    yield str(each["value"]) if isinstance(each, dict) else ""


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
        if found.tzinfo is None:
            raise Refused(Reason.BAD_VALUE, "ce_time has no zone")
        return found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Refused(Reason.BAD_VALUE, "ce_time is no instant") from None


def _stamped(milliseconds: int) -> datetime:
    """Give the log's own timestamp; the sender sets it, so it may be anything."""
    try:
        return EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:
        return EPOCH
