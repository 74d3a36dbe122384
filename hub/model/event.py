"""Events: what an agency reports, and the name by which it is known for ever."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import NewType, TypeAlias

from hub.model.agency import AgencyId

EventId = NewType("EventId", str)
EventType = NewType("EventType", str)

Value: TypeAlias = (
    "bool | int | float | str | bytes | date | datetime | list[Value] | dict[str, Value] | None"
)
Body: TypeAlias = dict[str, Value]

EVENTS = uuid.UUID("6b1f0c9e-7f0e-5a43-9d36-2f6a6f1f3c57")
"""The namespace of event ids. It never changes: every id that was ever given rests on it."""

ROLES = ("victims", "perpetrators", "children", "witnesses", "unresolved")
"""The fields of an event that hold people; the field is the role."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where an event comes from: the agency, its system, and the record's key and version there."""

    agency: AgencyId
    system: str
    key: str
    version: str


@dataclass(frozen=True)
class Event:
    """What an agency reports.

    `body` has the fields of `schemas/<type>/v1.avsc`; in it dates are `date`, instants aware UTC
    `datetime`, enums their symbol. `received_at` belongs to the delivery, not to the event: it is
    set once, where the connector accepts the file or message.
    """

    type: EventType
    body: Body
    received_at: datetime

    @cached_property
    def source(self) -> Source:
        return source_of(self.body)

    @cached_property
    def id(self) -> EventId:
        return event_id(self.source)

    @property
    def occurred_at(self) -> datetime:
        return _instant(self.body["occurred_at"])

    @property
    def reported_at(self) -> datetime:
        return _instant(self.body["reported_at"])


def source_of(body: Mapping[str, Value]) -> Source:
    """Read an event's source out of its body.

    Raises:
        KeyError, TypeError: the body is no event's.
    """
    source = body["source"]
    if not isinstance(source, dict):
        raise TypeError("source is not a record")
    parts = (source["agency"], source["system"], source["key"], source["version"])
    agency, system, key, version = (_text(part) for part in parts)
    return Source(AgencyId(agency), system, key, version)


def event_id(source: Source) -> EventId:
    """Name an event by what its source calls it, so that one sent again is known to be the same."""
    parts = (source.agency, source.system, source.key, source.version)
    return EventId(str(uuid.uuid5(EVENTS, "\x1f".join(parts))))


def _instant(value: Value) -> datetime:
    if not isinstance(value, datetime):
        raise TypeError("an instant is missing")
    return value


def _text(value: Value) -> str:
    if not isinstance(value, str):
        raise TypeError("source holds something that is no text")
    return value
