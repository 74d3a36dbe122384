"""Make an event of one row: a concern about one child.

The child is a child of the event, also with factor 3A. Section 3 of the Domestic Abuse Act 2021 makes
a child who lives with abuse a victim of it, and `domestic_abuse` and the factor say so; but *victim*
here is whose case it is, who is asked for consent and how she may safely be reached, and for a child
others are asked. The grown-ups of the family are *unresolved*: no table says who does what to whom.
Other children of the family have rows of their own, if there is a concern about them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from connectors import people
from connectors.cells import Row
from connectors.connector import RecordUnreadable
from connectors.csv_rows import Record
from connectors.people import Described
from connectors.social_services.cells import domestic_abuse, factors
from connectors.social_services.context import Context
from connectors.social_services.shapes import (
    ADDRESS,
    ASSESSMENT,
    FACTORS,
    FAMILY,
    MOTHER,
    PERSON,
    Concern,
)
from connectors.social_services.tables import Table
from hub.model.event import Body, Value

ADULT_YEARS = 18

Needs = dict[str, list[Record]]
"""The rows that a record needs, by table."""


@dataclass(slots=True)
class Reader:
    """Reads one record; `needs` and `warnings` fill while it does, also if it fails."""

    context: Context
    needs: Needs
    warnings: list[str]

    def body(self, concern: Concern, table: Table, record: Record) -> tuple[str, Body]:
        """Give the record's own key and the body of its event, all but its source.

        Raises:
            RecordUnreadable: the row cannot be read, or refers to what is not there.
        """
        try:
            row = table.row(record, self.context.received_at)
            read = self._assessment if concern.shape is FACTORS else self._span
            body = read(concern, table, row)
        except _Elsewhere as fault:
            raise fault.unreadable from None
        except RecordUnreadable as fault:
            raise table.named(fault) from None
        self.warnings += row.warnings
        return row.required("reference"), body

    def _span(self, concern: Concern, table: Table, row: Row) -> Body:
        """Read an episode or a plan: from when until when, and why."""
        child = self._child(row)
        began, accuracy = _moment(row, "start") or row.refuse("start", "missing")
        ended = row.moment("end")
        refused = row.code("no_further_action", "yesno") == "yes"
        return {
            **_when(began, accuracy),
            "kind": concern.kind,
            "state": "closed" if ended else "raised" if refused else "open",
            "category": row.words("category") or row.words("first_category"),
            "factors": [],
            "domestic_abuse": "unknown",
            "ended_on": _day(table, ended[0]) if ended else None,
            **_NOTHING_SAID,
            **self._people(child, began),
        }

    def _assessment(self, concern: Concern, _table: Table, row: Row) -> Body:
        """Read the factors of an assessment: the concern is raised on the day on which it is done."""
        record = self.context.assessments.get(row.required("reference"))
        if record is None:
            row.refuse("reference", "no-such-assessment")
        self._need(ASSESSMENT.name, [record])
        table = self.context.tables[ASSESSMENT.name]
        assessed = table.again(record, self.context.received_at)
        try:
            child = self._child(assessed)
            done = _moment(assessed, "end")
            began, accuracy = (
                done or _moment(assessed, "start") or assessed.refuse("start", "missing")
            )
            refused = assessed.code("no_further_action", "yesno") == "yes"
        except RecordUnreadable as fault:
            raise _Elsewhere(table.named(fault)) from None
        self.warnings += assessed.warnings
        codes = factors(row)
        listed: list[Value] = [*codes]
        return {
            **_when(began, accuracy),
            "kind": concern.kind,
            "state": "closed" if refused and done else "raised",
            "category": None,
            "factors": listed,
            "domestic_abuse": domestic_abuse(codes),
            "ended_on": _day(table, began) if refused and done else None,
            **_NOTHING_SAID,
            **self._people(child, began),
        }

    def _child(self, row: Row) -> str:
        """Give the id of the child whom a row is about, and take note of all that is known of the family."""
        child = row.required("person_id")
        for each in (child, *self._family(child)):
            self._need(PERSON.name, self.context.rows_of(each))
            self._need(ADDRESS.name, self.context.addresses.get(each, []))
        for rows in self.context.family_of(child).values():
            self._need(FAMILY.name, rows)
        self._need(MOTHER.name, self.context.mothers_of(child).values())
        if child not in self.context.persons:
            is_there = child in self.context.unreadable
            row.refuse("person_id", "person-unreadable" if is_there else "no-such-person")
        return child

    def _family(self, child: str) -> list[str]:
        others = {*self.context.family_of(child), *self.context.mothers_of(child)} - {child}
        return sorted(others)

    def _people(self, child: str, on: datetime) -> Body:
        """Read the child, and those of the family who were grown up on a day, or are a parent."""
        parents = self.context.mothers_of(child)
        grown: list[Value] = []
        for each in self._family(child):
            who, due = self._described(each, on)
            if each in parents or not _is_child(who, due, on.date()):
                ties = [people.relationship(child, "parent")] if each in parents else []
                grown.append(people.unresolved(who, each, ties))
        if self.context.is_no_family(child):
            self.warnings.append("not-a-family")
        who, due = self._described(child, on)
        ties = [people.relationship(each, "child") for each in sorted(parents)]
        body = people.child(who, child, ties)
        if who.born is None and due:
            body |= {"born": due, "born_accuracy": "estimated"}
        return {
            "victims": [],
            "perpetrators": [],
            "children": [body],
            "witnesses": [],
            "unresolved": grown,
        }

    def _described(self, person: str, on: datetime) -> tuple[Described, date | None]:
        """Read somebody, and where they lived on a day or moved later."""
        known = self.context.known(person)
        self.warnings += known.warnings
        homes: list[Value] = [
            home.place for home in known.homes if home.end is None or home.end >= on
        ]
        return replace(known.who, addresses=homes), known.due

    def _need(self, table: str, records: Iterable[Record]) -> None:
        kept = self.needs.setdefault(table, [])
        kept += [record for record in records if record not in kept]


class _Elsewhere(Exception):
    """What cannot be read is a row of another table, which is named already."""

    def __init__(self, unreadable: RecordUnreadable) -> None:
        super().__init__(unreadable.detail)
        self.unreadable = unreadable


_NOTHING_SAID: Body = {
    "risk_grade": None,
    "consent": None,
    "account": None,
    "shareable_summary": None,
    "organisations": [],
}
"""What closes an event: the tables read have none of it."""


def _when(instant: datetime, accuracy: str) -> Body:
    return {"occurred_at": instant, "occurred_accuracy": accuracy, "reported_at": instant}


def _moment(row: Row, name: str) -> tuple[datetime, str] | None:
    found = row.moment(name)
    return (found[0], "exact" if found[1] else "day") if found else None


def _day(table: Table, instant: datetime) -> date:
    return instant.astimezone(table.layout.zone).date()


def _is_child(who: Described, expected: date | None, on: date) -> bool:
    """Tell whether somebody was not yet grown up on a day; of whom nothing is known, nobody can tell."""
    if who.born is None:
        return expected is not None
    before = (on.month, on.day) < (who.born.month, who.born.day)
    return on.year - who.born.year - before < ADULT_YEARS
