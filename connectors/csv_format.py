"""One format of one sender that comes as CSV: a row is a record, and becomes one event.

What a row means is the business of the police's and the charities' own modules; here is what all of
them share: whose file it is, and that a row which cannot be read costs only itself.
"""

import hashlib
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import BinaryIO

from connectors import csv_rows
from connectors.cells import Row
from connectors.connector import Reading, RecordUnreadable, SourceUnusable
from connectors.csv_rows import Heading, Record
from connectors.mapping import Layout
from hub.model.agency import AgencyId
from hub.model.dead_letter import Reason
from hub.model.event import Body, Event, EventType

ReadRow = Callable[[Row], Body]
"""Makes the body of an event of a row, all but its source."""


@dataclass(frozen=True, slots=True)
class CsvFormat:
    """One format of one sender: how it is laid out, and what is made of a row."""

    layout: Layout
    event_type: EventType
    read_row: ReadRow

    @property
    def agency(self) -> AgencyId:
        return self.layout.agency

    @property
    def name(self) -> str:
        return self.layout.name

    def claims(self, file: Path) -> bool:
        return fnmatchcase(file.name.casefold(), self.layout.files.casefold())

    def recognises(self, stream: BinaryIO) -> bool:
        try:
            places_of(self.layout, csv_rows.heading(stream, self.layout.encodings[:1]))
        except SourceUnusable:
            return False
        return True

    def read(self, file: Path, received_at: datetime) -> Iterator[Reading]:
        with file.open("rb") as stream:
            yield from self._readings(stream, received_at)

    def read_bytes(self, data: bytes, received_at: datetime) -> Iterator[Reading]:
        yield from self._readings(io.BytesIO(data), received_at)

    def _readings(self, stream: BinaryIO, received_at: datetime) -> Iterator[Reading]:
        if received_at.tzinfo is None:
            raise ValueError("received_at needs a zone")
        head = csv_rows.heading(stream, self.layout.encodings)
        places = places_of(self.layout, head)
        doubts = _doubts(self.layout, head)
        for record in csv_rows.records(stream, head):
            yield self._reading(record, head, places, received_at, doubts)
            doubts = ()

    def _reading(
        self,
        record: Record,
        head: Heading,
        places: Mapping[str, int],
        received_at: datetime,
        doubts: tuple[str, ...],
    ) -> Reading:
        raw = _smallest_file(head, record)
        if record.fault:
            return Reading((), doubts, record.fault, raw)
        row = Row(self.layout, places, record, received_at)
        try:
            row.check_required()
            body = self.read_row(row)
            source = _source(self.layout, row, record)
        except RecordUnreadable as fault:
            return Reading((), doubts, fault, raw)
        except Exception as fault:  # noqa: BLE001 - one row that trips a fault of ours costs only itself
            detail = f"line {record.line}: {type(fault).__name__}"
            return Reading((), doubts, RecordUnreadable(Reason.HANDLER_BUG, detail), raw)
        event = Event(self.event_type, {"source": source, **body}, received_at)
        return Reading((event,), (*doubts, *row.warnings), None, raw)

    def columns(self, file: Path) -> list["Column"]:
        with file.open("rb") as stream:
            return columns(self.layout, csv_rows.heading(stream, self.layout.encodings))


@dataclass(frozen=True, slots=True)
class Column:
    """Where a heading of a file goes: `heading` in the file, `name` with us; either may be missing."""

    heading: str | None
    name: str | None
    is_required: bool = False


def columns(layout: Layout, head: Heading) -> list[Column]:
    """Say which heading of a file maps where, which are not mapped, and which are not there."""
    name_of = {heading: name for name, heading in {**layout.columns, **layout.answers}.items()}
    found = [
        Column(heading, name_of.get(heading), name_of.get(heading) in layout.required)
        for heading in head.names
        if heading
    ]
    missing = [
        Column(None, name, name in layout.required)
        for heading, name in name_of.items()
        if heading not in head.names
    ]
    return found + missing


def places_of(layout: Layout, head: Heading) -> dict[str, int]:
    """Say where in a row each of our columns stands.

    Raises:
        SourceUnusable: one that is required is not there.
    """
    at = {name: place for place, name in enumerate(head.names) if name}
    named = {**layout.columns, **layout.answers}
    missing = [named[name] for name in layout.required if named[name] not in at]
    if missing:
        detail = f"heading: no column {', '.join(missing)}"
        raise SourceUnusable(Reason.BAD_FORMAT, detail[:500])
    return {name: at[heading] for name, heading in named.items() if heading in at}


def _doubts(layout: Layout, head: Heading) -> tuple[str, ...]:
    """Give a warning for each column that the mapping knows and the file lacks, and the reverse."""
    known = {*layout.columns.values(), *layout.answers.values()}
    there = {name for name in head.names if name}
    return ("column-missing",) * len(known - there) + ("column-unmapped",) * len(there - known)


def _smallest_file(head: Heading, record: Record) -> bytes:
    return head.raw + record.raw


def _source(layout: Layout, row: Row, record: Record) -> Body:
    """Name the row: by its reference and version, or by what it says where it states no version."""
    version = row.words("version")
    if version is None:
        version = hashlib.sha256("\x1f".join(record.cells).encode()).hexdigest()
    return {
        "agency": layout.agency,
        "system": f"{layout.system}.{layout.name}",
        "key": row.required("reference"),
        "version": version,
    }
