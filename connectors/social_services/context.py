"""Who the people of a delivery are, where they live and who belongs together.

A row is kept by its bytes, which is little, and read again where a record needs it. One that cannot
be read costs itself: it is set aside here, and whoever it was about is *unreadable*, which is not the
same as *not there*.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from connectors.cells import Row
from connectors.connector import RecordUnreadable
from connectors.csv_rows import Record
from connectors.people import Described, described
from connectors.social_services.cells import address
from connectors.social_services.shapes import ADDRESS, ASSESSMENT, FAMILY, MOTHER, PERSON
from connectors.social_services.tables import Table
from hub.model.dead_letter import Reason
from hub.model.event import Body

MOST_MEMBERS = 30
"""A family with more is none: systems give those without a family one id, and they are strangers."""

MOST_MOTHERS = 3

Bad = tuple[Table, Record, RecordUnreadable]
"""A row that is set aside, and why."""

MOST_REMEMBERED = 50_000


@dataclass(frozen=True, slots=True)
class Home:
    """Where somebody lives, and from when until when."""

    place: Body
    start: datetime | None
    end: datetime | None


@dataclass(frozen=True, slots=True)
class Known:
    """What is said of somebody, the newest home first; `due` is when an unborn child will be born."""

    who: Described
    due: date | None
    homes: tuple[Home, ...]
    warnings: tuple[str, ...]


@dataclass(slots=True)
class Context:
    """What the records of a delivery rest on; by the council's own ids."""

    tables: Mapping[str, Table]
    received_at: datetime
    persons: dict[str, Record] = field(default_factory=dict)
    unreadable: dict[str, Record] = field(default_factory=dict)
    addresses: dict[str, list[Record]] = field(default_factory=dict)
    families: dict[str, list[str]] = field(default_factory=dict)
    members: dict[str, list[tuple[str, Record]]] = field(default_factory=dict)
    mothers: dict[str, list[tuple[str, Record]]] = field(default_factory=dict)
    assessments: dict[str, Record] = field(default_factory=dict)
    remembered: dict[str, Known] = field(default_factory=dict)

    def load(self) -> Iterator[Bad]:
        """Take in all rows that are no records, and give those that cannot be read."""
        takers = {
            PERSON.name: self._take_person,
            ADDRESS.name: self._take_address,
            FAMILY.name: self._take_family,
            MOTHER.name: self._take_mother,
            ASSESSMENT.name: self._take_assessment,
        }
        for name, take in takers.items():
            table = self.tables.get(name)
            if table is None:
                continue
            for record in table.records():
                try:
                    take(table, record)
                except RecordUnreadable as fault:
                    yield table, record, table.named(fault)
                except Exception as fault:  # noqa: BLE001 - one row that trips a fault of ours costs only itself
                    detail = f"ssd_{name}, line {record.line}: {type(fault).__name__}"
                    yield table, record, RecordUnreadable(Reason.HANDLER_BUG, detail)

    def family_of(self, person: str) -> dict[str, list[Record]]:
        """Give those who are in a family with somebody, each with the rows that say so."""
        found: dict[str, list[Record]] = {}
        for family in self.families.get(person, ()):
            if len(self.members[family]) <= MOST_MEMBERS:
                for member, row in self.members[family]:
                    found.setdefault(member, []).append(row)
        return found

    def is_no_family(self, person: str) -> bool:
        """Tell whether somebody is in a family that can be none."""
        return any(len(self.members[each]) > MOST_MEMBERS for each in self.families.get(person, ()))

    def mothers_of(self, child: str) -> dict[str, Record]:
        """Give who is said to be somebody's mother, with the row that says so."""
        return dict(self.mothers.get(child, [])[:MOST_MOTHERS])

    def known(self, person: str) -> Known:
        """Read all that is said of somebody; the last that were read are remembered."""
        found = self.remembered.get(person)
        if found is None:
            if len(self.remembered) >= MOST_REMEMBERED:
                self.remembered.clear()
            found = self.remembered[person] = self._read(person)
        return found

    def rows_of(self, person: str) -> list[Record]:
        """Give the rows of a person, be they readable or not."""
        row = self.persons.get(person) or self.unreadable.get(person)
        return [row] if row else []

    def assessed(self, assessment: Record) -> str:
        """Give the id of the child who was assessed."""
        row = self.tables[ASSESSMENT.name].again(assessment, self.received_at)
        return row.required("person_id")

    def _read(self, person: str) -> Known:
        row = self.tables[PERSON.name].again(self.persons[person], self.received_at)
        who, due = _person(row)
        warnings, homes = row.warnings, list[Home]()
        for record in self.addresses.get(person, ()):
            row = self.tables[ADDRESS.name].again(record, self.received_at)
            if home := _home(row):
                homes.append(home)
            warnings += row.warnings
        homes.sort(key=lambda each: each.start.timestamp() if each.start else 0, reverse=True)
        return Known(who, due, tuple(homes), tuple(warnings))

    def _take_person(self, table: Table, record: Record) -> None:
        try:
            row = table.row(record, self.received_at)
            person = row.required("person_id")
            kept = self.persons.get(person)
            if kept and kept.raw.strip() != record.raw.strip():
                row.refuse("person_id", "reference-twice")
            _person(row)
        except RecordUnreadable:
            self.unreadable.setdefault(_likely_id(table, record), _bare(record))
            raise
        self.persons.setdefault(person, _bare(record))

    def _take_address(self, table: Table, record: Record) -> None:
        row = table.row(record, self.received_at)
        if person := self._known(row, "person_id"):
            _home(row)
            self.addresses.setdefault(person, []).append(_bare(record))

    def _take_family(self, table: Table, record: Record) -> None:
        row = table.row(record, self.received_at)
        family = row.required("family_id")
        if person := self._known(row, "person_id"):
            self.families.setdefault(person, []).append(family)
            self.members.setdefault(family, []).append((person, _bare(record)))

    def _take_mother(self, table: Table, record: Record) -> None:
        row = table.row(record, self.received_at)
        mother, child = self._known(row, "person_id"), self._known(row, "child_id")
        if mother and child:
            self.mothers.setdefault(child, []).append((mother, _bare(record)))

    def _take_assessment(self, table: Table, record: Record) -> None:
        """Keep an assessment; whose it is matters only if it has factors."""
        row = table.row(record, self.received_at)
        self.assessments.setdefault(row.required("reference"), _bare(record))

    def _known(self, row: Row, name: str) -> str | None:
        """Give a person's id if the row can be used: nobody, if that person cannot be read.

        Raises:
            RecordUnreadable: there is no such person.
        """
        person = row.required(name)
        if person in self.persons:
            return person
        if person not in self.unreadable:
            row.refuse(name, "no-such-person")
        return None


def _person(row: Row) -> tuple[Described, date | None]:
    who = described(row, "person")
    if who is None:
        row.refuse("person_id", "missing")
    if who.gender == "unknown":
        who = replace(who, gender=row.code("person_sex", "gender") or "unknown")
    return who, row.day("expected_born")


def _home(row: Row) -> Home | None:
    """Read where somebody lives; what is not called a home, or is protected, is not read."""
    start, end = row.moment("start"), row.moment("end")
    place = address(row) if row.code("type", "place") == "home" else None
    return Home(place, start and start[0], end and end[0]) if place else None


def _bare(record: Record) -> Record:
    return Record(record.line, record.raw, ())


def _likely_id(table: Table, record: Record) -> str:
    """Guess whose row it is that cannot be read, so that others can say why they cannot be either."""
    place = table.places["person_id"]
    cells = record.raw.split(b",", place + 1)
    cell = cells[place] if place < len(cells) else b""
    return " ".join(cell.decode(table.head.encoding, "replace").strip().strip('"').split())
