"""What an agency took back: records that were retracted or corrected count no more.

A retraction may itself be taken back by a later one; so the latest notice is read first.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hub.model.agency import AgencyId
from hub.model.event import Event, EventId, Source, Value

TAKES_BACK = {"record-retracted": "retracts", "record-corrected": "corrects"}
"""The events that take a record back, and the field that names it."""
IN_ITS_PLACE = "by"


@dataclass(frozen=True, slots=True)
class Named:
    """A record as a notice names it. No version: all of them, whenever they come."""

    agency: AgencyId
    system: str
    key: str
    version: str | None

    def covers(self, source: Source) -> bool:
        return (source.agency, source.system, source.key) == (
            self.agency,
            self.system,
            self.key,
        ) and self.version in (None, source.version)


def notice_of(event: Event) -> tuple[Named, Named | None] | None:
    """Read what an event takes back, and what stands in its place if it says so; most take nothing back."""
    return _what(event) if event.type in TAKES_BACK else None


def taken_back(events: Iterable[Event]) -> set[EventId]:
    """Give those of these events that no longer count, the notices that were taken back included."""
    known = list(events)
    notices = [each for each in known if each.type in TAKES_BACK]
    notices.sort(key=lambda each: (each.received_at, each.id), reverse=True)
    gone: set[EventId] = set()
    for notice in notices:
        if notice.id not in gone:
            what, instead = _what(notice)
            gone |= {
                each.id
                for each in known
                if each.id != notice.id
                and what.covers(each.source)
                and not (instead and instead.covers(each.source))
                and not _later(each, notice)
            }
    return gone


def _what(notice: Event) -> tuple[Named, Named | None]:
    """Read what a notice takes back, and what stands in its place if it says so."""
    agency = notice.source.agency
    what = notice.body[TAKES_BACK[notice.type]]
    instead = notice.body.get(IN_ITS_PLACE)
    if not isinstance(what, dict):
        raise TypeError("a notice names no record")
    return _named(agency, what), _named(agency, instead) if isinstance(instead, dict) else None


def _named(agency: AgencyId, record: Mapping[str, Value]) -> Named:
    version = record.get("version")
    return Named(
        agency,
        str(record["system"]),
        str(record["key"]),
        version if isinstance(version, str) else None,
    )


def _later(event: Event, notice: Event) -> bool:
    """Tell whether an event is a notice that was given after this one: it is not undone by it."""
    return event.type in TAKES_BACK and (event.received_at, event.id) > (
        notice.received_at,
        notice.id,
    )
