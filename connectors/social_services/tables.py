"""The tables of one delivery, each with its heading and where its columns stand."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from typing import BinaryIO

from connectors import csv_rows
from connectors.cells import Row
from connectors.connector import RecordUnreadable, SourceUnusable
from connectors.csv_format import places_of
from connectors.csv_rows import Heading, Record
from connectors.mapping import Layout
from connectors.social_services.archive import Opener, unpack
from connectors.social_services.shapes import PERSON, RECORDS
from hub.model.dead_letter import Reason


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a delivery."""

    layout: Layout
    head: Heading
    places: Mapping[str, int]
    open: Opener

    @property
    def file(self) -> str:
        """The name under which it stands in a dead letter: its pattern's shortest."""
        return self.layout.files.replace("*", "")

    def records(self) -> Iterator[Record]:
        with self.open() as stream:
            stream.seek(len(self.head.raw))
            yield from csv_rows.records(stream, self.head)

    def row(self, record: Record, received_at: datetime) -> Row:
        """Read a record's cells.

        Raises:
            RecordUnreadable: it cannot be split, or lacks what it needs.
        """
        if record.fault:
            raise record.fault
        row = Row(self.layout, self.places, record, received_at)
        row.check_required()
        return row

    def again(self, record: Record, received_at: datetime) -> Row:
        """Read the cells of a record that was kept by its bytes alone."""
        return Row(self.layout, self.places, csv_rows.again(record, self.head), received_at)

    def named(self, fault: RecordUnreadable) -> RecordUnreadable:
        """Say of a fault in which table it is."""
        return RecordUnreadable(fault.reason, f"ssd_{self.layout.name}, {fault.detail}")


def open_tables(stream: BinaryIO, layouts: Mapping[str, Layout]) -> dict[str, Table]:
    """Open a delivery: read the heading of each of its tables that the mapping lays out.

    Raises:
        SourceUnusable: it is no delivery, or a table is there twice or cannot be read at all.
    """
    found: dict[str, Opener] = {}
    for file, opener in unpack(stream):
        for name, layout in layouts.items():
            if fnmatchcase(file.casefold(), layout.files.casefold()):
                if name in found:
                    raise SourceUnusable(Reason.BAD_FORMAT, f"ssd_{name}: table-twice")
                found[name] = opener
    if PERSON.name not in found:
        raise SourceUnusable(Reason.BAD_FORMAT, f"ssd_{PERSON.name}: table-missing")
    if not any(concern.shape.name in found for concern in RECORDS):
        raise SourceUnusable(Reason.BAD_FORMAT, "delivery: no table of records")
    return {name: _table(layouts[name], opener) for name, opener in found.items()}


def _table(layout: Layout, opener: Opener) -> Table:
    try:
        with opener() as stream:
            head = csv_rows.heading(stream, layout.encodings)
        return Table(layout, head, places_of(layout, head), opener)
    except SourceUnusable as fault:
        raise SourceUnusable(fault.reason, f"ssd_{layout.name}, {fault.detail}") from None
