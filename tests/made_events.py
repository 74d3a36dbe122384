"""Events made by hand: the smallest of their type, with what a test is about put in."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

from hub.model.agency import AgencyId
from hub.model.arrival import Arrival
from hub.model.event import Body, Event, EventType, Value
from hub.stream.codec import Codec
from hub.stream.intake import event_headers
from hub.stream.log import Record
from hub.synth.stream import smallest

FENMARCH, DUNMOOR = "fenmarch-police", "dunmoor-police"
AMBER, KESTREL = "amber-door", "kestrel-line"
CHILDREN, IDVA, HOMES = "fenmarch-children", "fenmarch-idva", "fenmarch-homes"
HOSPITAL, PRACTICE = "osham-hospital", "osham-practice"
PROBATION, SCHOOL = "fenmarch-probation", "osham-primary"
REGISTERED = (
    FENMARCH, DUNMOOR, AMBER, KESTREL, CHILDREN, IDVA, HOMES, HOSPITAL, PRACTICE, PROBATION, SCHOOL,
)  # fmt: skip
"""Everybody in the register."""

NHS, OTHER_NHS = "9990000018", "9990000026"
BORN = date(1990, 3, 2)
OCCURRED = datetime(2026, 3, 5, 21, 0, tzinfo=UTC)
RECEIVED = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
TODAY = RECEIVED.date()


def person(
    local_id: str,
    given: str = "Ann",
    family: str = "Example",
    nhs: str | None = None,
    **more: Value,
) -> Body:
    """Make somebody of whom an agency knows a name, a date of birth and perhaps a checked number."""
    return {
        "local_id": local_id,
        "identifiers": [{"scheme": "nhs_number", "value": nhs, "verified": True}] if nhs else [],
        "names": [{"kind": "usual", "given": given, "family": family}],
        "born": BORN,
        "born_accuracy": "exact",
        "gender": "unknown",
        "contacts": [],
        "addresses": [],
        "relationships": [],
        "occupation": None,
        "employer": None,
        **more,
    }


def victim(
    local_id: str, given: str = "Ann", family: str = "Example", nhs: str | None = None
) -> Body:
    safe: Body = {"safe_contacts": [], "safe_address": None, "language": None}
    return person(local_id, given, family, nhs, **safe)


def pupil(local_id: str, *, school: str = "Osham Primary School") -> Body:
    """Make a child that goes to school, by default to the one in the register."""
    return {**person(local_id, "Kit", "Example"), "school": school}


def body_of(
    key: str,
    kind: str = "incident-reported",
    *,
    agency: str = FENMARCH,
    version: str = "1",
    hour: int = 0,
    named: Sequence[str] = (),
    **fields: Value,
) -> Body:
    """Make an event. `hour` sets when it was reported, `named` the organisations it names."""
    organisations: list[Value] = [
        {"part": "notified", "name": each, "organisation_id": each} for each in named
    ]
    return {
        **smallest(kind),
        "source": {"agency": agency, "system": "rms", "key": key, "version": version},
        "occurred_at": OCCURRED,
        "reported_at": OCCURRED + timedelta(hours=hour),
        "organisations": organisations,
        **fields,
    }


def event_of(
    body: Body, kind: str = "incident-reported", received_at: datetime = RECEIVED
) -> Event:
    return Event(EventType(kind), body, received_at)


def arrival_of(event: Event, value: bytes) -> Arrival:
    return Arrival(event.id, event, value, sha256(value).hexdigest(), b"key", event_headers(event))


def record_of(event: Event, codec: Codec) -> Record:
    """Write an event as its agency's connector does."""
    value = codec.encode(codec.registry.latest[event.type], event.body)
    return Record(AgencyId(event.source.agency).encode(), value, event_headers(event))
