"""Read a council's delivery of tables of the Standard Safeguarding Dataset.

A row of an episode, of a plan or of an assessment's factors is a record and becomes one event or one
dead letter. The rows of the other tables say who is meant; one of these is counted only if it cannot
be read, and is a dead letter then. So the events are as many as the rows of those tables that can be
read, and a run's `read` is its `accepted` and its dead letters.
"""

import hashlib
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import BinaryIO

from connectors.connector import Reading, RecordUnreadable, SourceUnusable
from connectors.csv_format import Column, columns
from connectors.csv_rows import Record
from connectors.mapping import Layout, MappingFault, load
from connectors.social_services.archive import begins, bundle
from connectors.social_services.concern import Needs, Reader
from connectors.social_services.context import Context
from connectors.social_services.shapes import (
    ASSESSMENT,
    CONTEXT,
    FACTORS,
    PERSON,
    RECORDS,
    SHAPES,
    Concern,
)
from connectors.social_services.tables import Table, open_tables
from hub.model.agency import AgencyId
from hub.model.dead_letter import Reason
from hub.model.event import Body, Event, EventType

FILES = "*.zip"
MAX_LOOKED_AT, MOST_GUESSES = 4_000, 5
"""How far a row that cannot be split is searched for ids, and how many rows go with it."""


_PATTERN = re.compile(r"[\w.*-]{1,100}", re.ASCII)
"""Without its stars, it is the name of a table in a dead letter."""


@dataclass(frozen=True, slots=True)
class SsdFormat:
    """The tables of one council, as its mapping lays each of them out."""

    layouts: Mapping[str, Layout]

    @property
    def agency(self) -> AgencyId:
        return self.layouts[PERSON.name].agency

    @property
    def name(self) -> str:
        return "ssd"

    def claims(self, file: Path) -> bool:
        return fnmatchcase(file.name.casefold(), FILES)

    def recognises(self, stream: BinaryIO) -> bool:
        if not begins(stream.read(200)):
            return False
        stream.seek(0)
        try:
            open_tables(stream, self.layouts)
        except SourceUnusable:
            return False
        return True

    def columns(self, file: Path) -> list[Column]:
        with file.open("rb") as stream:
            tables = open_tables(stream, self.layouts)
        found: list[Column] = []
        for name, layout in self.layouts.items():
            if name in tables:
                found += columns(layout, tables[name].head)
        return found

    def read(self, file: Path, received_at: datetime) -> Iterator[Reading]:
        with file.open("rb") as stream:
            yield from self._readings(stream, received_at)

    def read_bytes(self, data: bytes, received_at: datetime) -> Iterator[Reading]:
        yield from self._readings(io.BytesIO(data), received_at)

    def _readings(self, stream: BinaryIO, received_at: datetime) -> Iterator[Reading]:
        if received_at.tzinfo is None:
            raise ValueError("received_at needs a zone")
        tables = open_tables(stream, self.layouts)
        doubts = self._doubts(tables)
        context = Context(tables, received_at)
        for table, record, fault in context.load():
            yield Reading((), doubts, fault, self._smallest(tables, table, record, {}))
            doubts = ()
        for concern in RECORDS:
            if table_of := tables.get(concern.shape.name):
                for record in table_of.records():
                    yield self._reading(concern, table_of, record, context, doubts)
                    doubts = ()

    def _reading(
        self,
        concern: Concern,
        table: Table,
        record: Record,
        context: Context,
        doubts: tuple[str, ...],
    ) -> Reading:
        reader = Reader(context, {}, [])
        fault: RecordUnreadable
        try:
            reference, body = reader.body(concern, table, record)
        except RecordUnreadable as unreadable:
            fault = unreadable
        except Exception as bug:  # noqa: BLE001 - one row that trips a fault of ours costs only itself
            detail = f"ssd_{table.layout.name}, line {record.line}: {type(bug).__name__}"
            fault = RecordUnreadable(Reason.HANDLER_BUG, detail)
        else:
            event = _event(table.layout, reference, body, context.received_at)
            raw = self._smallest(context.tables, table, record, reader.needs)
            return Reading((event,), (*doubts, *reader.warnings), None, raw)
        if record.fault:
            reader.needs = _likely_needs(context, record)
        return Reading(
            (), doubts, fault, self._smallest(context.tables, table, record, reader.needs)
        )

    def _smallest(
        self, tables: Mapping[str, Table], table: Table, record: Record, needs: Needs
    ) -> bytes:
        """Write the smallest delivery that holds a record: its row, what it needs, and all headings."""
        parts: list[tuple[str, list[bytes]]] = []
        for shape in SHAPES:
            each = tables.get(shape.name)
            if each is None or (each is not table and shape not in CONTEXT):
                continue
            rows = [record] if each is table else sorted(needs.get(shape.name, []), key=_line)
            parts.append((each.file, [each.head.raw, *(row.raw for row in rows)]))
        return bundle(parts)

    def _doubts(self, tables: Mapping[str, Table]) -> tuple[str, ...]:
        """Warn of tables and columns that only the mapping has: the dataset has many that it need not."""
        missing = [name for name in self.layouts if name not in tables]
        lacking = [
            column
            for name, table in tables.items()
            for column in columns(self.layouts[name], table.head)
            if column.heading is None
        ]
        return ("table-missing",) * len(missing) + ("column-missing",) * len(lacking)


def formats(text: str, file: str) -> tuple[SsdFormat, ...]:
    """Give the format that a mapping file lays out, table by table.

    Raises:
        MappingFault: it is not as it should be.
    """
    layouts = {layout.name: layout for layout in load(text, file, SHAPES)}
    if PERSON.name not in layouts:
        raise MappingFault(f"{file}: {PERSON.name}: missing; nobody is known without this table")
    if not any(concern.shape.name in layouts for concern in RECORDS):
        raise MappingFault(f"{file}: no table of episodes, factors or plans; add one")
    if FACTORS.name in layouts and ASSESSMENT.name not in layouts:
        raise MappingFault(f"{file}: {ASSESSMENT.name}: missing; it says whose factors they are")
    for layout in layouts.values():
        if not _PATTERN.fullmatch(layout.files):
            raise MappingFault(f"{file}: {layout.name}.files: write it as a name with a star")
    return (SsdFormat(layouts),)


def _event(layout: Layout, reference: str, body: Body, received_at: datetime) -> Event:
    """Name the record by its own key, and by what it says: the dataset has no versions."""
    said = json.dumps(body, sort_keys=True, default=str)
    source: Body = {
        "agency": layout.agency,
        "system": f"{layout.system}.{layout.name}",
        "key": reference,
        "version": hashlib.sha256(said.encode()).hexdigest(),
    }
    return Event(EventType("concern-raised"), {"source": source, **body}, received_at)


def _likely_needs(context: Context, record: Record) -> Needs:
    """Find whom a row that cannot be split may be about, so that it can be read once it is mended."""
    text = record.raw[:MAX_LOOKED_AT].decode("ascii", "replace")
    words = [word.strip().strip('"') for word in text.split(",")]
    assessed = [row for word in words if (row := context.assessments.get(word))][:MOST_GUESSES]
    words += [context.assessed(row) for row in assessed]
    people = [row for word in dict.fromkeys(words) for row in context.rows_of(word)]
    return {PERSON.name: people[:MOST_GUESSES], ASSESSMENT.name: assessed}


def _line(record: Record) -> int:
    return record.line
