"""Meetings over the database: list the due cases, invite to them, and show each reader theirs."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple

import sqlalchemy as sa

from hub.afresh.picture import Picture
from hub.afresh.values import Outcome, Task, TaskKind
from hub.assess.cases import Case
from hub.assess.timeline import day_of
from hub.bootstrap.deciding import Deciding, Turn
from hub.bootstrap.due import barred, due, records_of
from hub.bootstrap.runtime import Runtime
from hub.bootstrap.workdays import working_days_before
from hub.convene.agenda import invitees, minutes, tellings_of
from hub.convene.maracs import Marac
from hub.convene.remembered import Remembered
from hub.model.agency import AgencyId, AgencyType
from hub.model.event import Body, EventId
from hub.model.person import PersonId
from hub.model.recipient import Recipient
from hub.prepare import (
    CaseView,
    Changed,
    Document,
    Listed,
    Made,
    NotDone,
    NotFound,
    Reader,
    Readings,
    case_views,
)
from hub.store import meetings
from hub.store.cases import victims_with_criteria
from hub.store.ledger import consulted, viewed
from hub.store.moments import to_ms

MARAC = "marac"
"""The purpose under which meetings are prepared."""


ROOM = 20_000
"""Views are remembered of so many events: some 40 MB, if all are long."""


class _Asked(NamedTuple):
    """All that a view of a case rests on."""

    state: str
    by: Recipient
    item: Listed


def _weight(view: CaseView | None) -> int:
    return 1 + (len(view.seen) if view else 0)


class Meetings:
    """Everything that one process does for meetings."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime, self._county = runtime, runtime.county
        self._deciding: Deciding = runtime.deciding()
        self._readings = Readings()
        self._views = Remembered[_Asked, CaseView | None](ROOM, _weight)

    def create(self, reader: Reader, marac_id: str, held_on: date, capacity: int) -> Made:
        """Make a meeting, and list the cases that are due. Made again it is the same meeting, refreshed.

        Raises:
            NotFound: no MARAC that the reader's organisation prepares has this id.
            NotDone: the day has passed.
        """
        marac = self._prepared_by(reader, marac_id)
        with self._deciding.turn() as turn:
            if held_on < day_of(turn.at):
                raise NotDone("the day of the meeting has passed")
            id_ = meetings.meeting_id(marac.id, held_on)
            there = meetings.meetings(turn.conn, meetings.meeting.c.meeting_id == id_)
            if not there:
                closes = working_days_before(held_on, marac.closes_days_before)
                row = {
                    "meeting_id": id_, "marac": marac.id, "held_on": held_on.isoformat(),
                    "closes_on": closes.isoformat(), "minutes": capacity, "version": 1,
                    "created_ms": to_ms(turn.at),
                }  # fmt: skip
                turn.conn.execute(meetings.meeting.insert(), row)
                self._record(turn.conn, reader, f"meeting {id_}: created")
        return replace(self.refresh(reader, id_), is_new=not there)

    def refresh(self, reader: Reader, meeting_id: str, version: int | None = None) -> Made:
        """List the cases that have become due since, unless the list is closed.

        Raises:
            NotFound: no meeting that the reader's organisation prepares has this id.
            Changed: it is another version by now than the one that was stated.
        """
        listed, outcome = 0, Outcome()
        with self._deciding.look() as turn:  # all who might be, while others go on deciding
            _, marac = self._to_change(turn, reader, meeting_id, version)
            on = day_of(turn.at)
            everybody = victims_with_criteria(turn.conn, on)
            victims = sorted({case.victim for case, _ in due(turn, marac, everybody, on)})
        with self._deciding.turn() as turn:
            row, marac = self._to_change(turn, reader, meeting_id, version)
            if on > date.fromisoformat(row.closes_on):
                return Made(self._meeting(row), listed=0, invited=0, outcome=outcome)
            for case, kept_out in due(turn, marac, victims, on):
                outcome.add(self._list(turn, meeting_id, marac, case, kept_out))
                listed += 1
            return Made(self._changed(turn, row, listed), listed, 0, outcome)

    def circulate(self, reader: Reader, meeting_id: str, version: int | None = None) -> Made:
        """Invite to each case whoever sits there or has a part in it; nobody whom a conflict bars.

        Raises:
            NotFound: no meeting that the reader's organisation prepares has this id.
            Changed: it is another version by now than the one that was stated.
        """
        invited, outcome = 0, Outcome()
        with self._deciding.turn() as turn:
            row, marac = self._to_change(turn, reader, meeting_id, version)
            held_on = date.fromisoformat(row.held_on)
            on_it = meetings.agenda_item.c.meeting_id == meeting_id
            for each in meetings.listed(turn.conn, on_it):
                new = self._invite(turn, each, marac, held_on)
                if new:
                    invited += len(new)
                    outcome.add(turn.afresh([each.victim], []))
            self._record(turn.conn, reader, f"meeting {meeting_id}: circulated")
            return Made(self._changed(turn, row, invited), 0, invited, outcome)

    def all(self, reader: Reader) -> list[Document]:
        """Give the meetings that the reader's organisation prepares or is invited to, the latest first."""
        with self._deciding.look() as turn:
            rows = meetings.meetings(turn.conn)
            items = meetings.open_to(turn.conn, reader.organisation.id)
            views = self._seen_by(reader, turn, items)
        hers = {str(each.document["meeting"]) for each in views}
        self._show(reader, "meetings", [])  # of no event is anything shown
        return [
            self._meeting(row)
            for row in rows
            if row.marac in self._county.maracs  # it may have ended since
            and (row.meeting_id in hers or self._prepares(reader, row.marac))
        ]

    def one(self, reader: Reader, meeting_id: str) -> Document:
        """Give a meeting.

        Raises:
            NotFound: there is none that the reader may know of.
        """
        found = [each for each in self.all(reader) if each["id"] == meeting_id]
        if not found:
            raise NotFound("no such meeting")
        return found[0]

    def agenda(self, reader: Reader, meeting_id: str) -> Document:
        """Give a meeting's agenda as the reader may see it; recorded before it is given.

        Raises:
            NotFound: there is none, or it holds nothing that the reader may know of.
        """
        with self._deciding.look() as turn:
            rows = meetings.meetings(turn.conn, meetings.meeting.c.meeting_id == meeting_id)
            on_it = meetings.agenda_item.c.meeting_id == meeting_id
            items = meetings.open_to(turn.conn, reader.organisation.id, on_it)
            views = self._seen_by(reader, turn, items)
        marac = self._county.maracs.get(rows[0].marac) if rows else None
        is_hers = marac is not None and self._prepares(reader, marac.id)
        self._show(reader, f"agenda {meeting_id}", views)
        if marac is None or not (views or is_hers):
            raise NotFound("no such meeting")
        ordered = sorted(views, key=lambda each: (each.rank.key(), each.ref))
        return {
            "meeting": self._meeting(rows[0]),
            "minutes": minutes(marac, len(ordered), rows[0].minutes),
            "cases": [_item(each, number) for number, each in enumerate(ordered, 1)],
        }

    def case(self, reader: Reader, ref: str) -> Document:
        """Give a case as the reader may see it; recorded before it is given.

        Raises:
            NotFound: there is none under this reference, or the reader must not know of it.
        """
        with self._deciding.look() as turn:
            is_it = meetings.agenda_item.c.ref == ref
            items = meetings.open_to(turn.conn, reader.organisation.id, is_it)
            views = self._seen_by(reader, turn, items)
        self._show(reader, f"case {ref}", views)
        if not views:
            raise NotFound("no such case")
        return dict(views[0].document)

    def _list(
        self, turn: Turn, meeting_id: str, marac: Marac, case: Case, kept_out: Collection[AgencyId]
    ) -> Outcome:
        ref = turn.hub.wire.new_id()
        people = records_of(turn, case)
        meetings.list_case(turn.conn, ref, meeting_id, people, to_ms(turn.at))
        if marac.coordinator in kept_out:
            newest = max(tellings_of(case), key=lambda each: (each.received_on, each.event))
            asked = Task(TaskKind.REROUTE, newest.event, marac.coordinator, case.victim)
            turn.journal.ask([asked], [])
            return Outcome()
        meetings.invite(turn.conn, ref, {marac.coordinator: "coordinator"}, to_ms(turn.at))
        return turn.afresh([case.victim], [])

    def _invite(self, turn: Turn, item: Listed, marac: Marac, held_on: date) -> set[AgencyId]:
        around = turn.journal.surroundings([item.victim], [], turn.people.possibly_same)
        picture = Picture(around, turn.hub.book)
        case = picture.case_of(item.victim, item.perpetrators)
        if case is None:
            return set()
        register = self._county.bundle.recipients
        schools = {each.id for each in register.values() if each.type is AgencyType.EDUCATION}
        named = {
            agency
            for each in tellings_of(case)
            for agency in around.happenings[each.event].past.named
        }
        wanted = invitees(marac, case, held_on, named=named, schools=schools)
        kept_out = barred(case, around, picture)
        active = {each.id for each in turn.hub.recipients if each.status == "active"}
        may = {
            agency: why
            for agency, why in wanted.items()
            if agency in active and agency not in kept_out
        }
        return meetings.invite(turn.conn, item.ref, may, to_ms(turn.at))

    def _seen_by(self, reader: Reader, turn: Turn, items: Sequence[Listed]) -> list[CaseView]:
        """Give the cases that a reader may see, in the order of the items.

        A view rests on what is decided, on the day, on whom the reader speaks for, and on nothing else.
        """
        asked = [_Asked(turn.state, reader.organisation, each) for each in items]
        views = self._views.known(asked)
        new = [each for each in asked if each not in views]
        if new:
            wanted = [each.item for each in new]
            victims = {each.victim for each in wanted}
            around = turn.journal.surroundings(victims, [], turn.people.possibly_same)
            organisation, on = reader.organisation, day_of(turn.at)
            found = case_views(
                wanted, organisation, around, _Kept(turn), self._readings, hub=turn.hub, on=on
            )
            by_ref = {view.ref: view for view in found}
            made = {each: by_ref.get(each.item.ref) for each in new}
            self._views.keep(made)
            views |= made
        return [view for each in asked if (view := views[each]) is not None]

    def _show(self, reader: Reader, what: str, views: Sequence[CaseView]) -> None:
        """Record what is about to be shown. If that fails, nothing may be."""
        with self._runtime.engine.begin() as conn:
            self._record(conn, reader, what)
            viewed(
                conn,
                [each for view in views for each in view.seen],
                at_ms=to_ms(self._runtime.now()),
                asker=reader.organisation,
                principal=reader.principal,
                policy_version=self._county.bundle.version,
            )

    def _record(self, conn: sa.Connection, reader: Reader, what: str) -> None:
        organisation = reader.organisation
        consulted(
            conn,
            at_ms=to_ms(self._runtime.now()),
            organisation=organisation.id,
            principal=reader.principal,
            role=organisation.role,
            purpose=organisation.purpose,
            lawful_basis=organisation.lawful_basis,
            what=what,
            policy_version=self._county.bundle.version,
        )

    def _prepares(self, reader: Reader, marac_id: str) -> bool:
        marac = self._county.maracs.get(marac_id)
        return (
            marac is not None
            and marac.coordinator == reader.organisation.id
            and reader.organisation.purpose == MARAC
        )

    def _prepared_by(self, reader: Reader, marac_id: str) -> Marac:
        if not self._prepares(reader, marac_id):
            raise NotFound("no such MARAC")
        return self._county.maracs[marac_id]

    def _to_change(
        self, turn: Turn, reader: Reader, meeting_id: str, version: int | None
    ) -> tuple[sa.Row[tuple[object]], Marac]:
        rows = meetings.meetings(turn.conn, meetings.meeting.c.meeting_id == meeting_id)
        if not rows or not self._prepares(reader, rows[0].marac):
            raise NotFound("no such meeting")
        if version not in (None, rows[0].version):
            raise Changed("the meeting was changed since")
        return rows[0], self._county.maracs[rows[0].marac]

    def _changed(self, turn: Turn, row: sa.Row[tuple[object]], changes: int) -> Document:
        found = self._meeting(row)
        if changes:
            found["version"] += 1
            is_it = meetings.meeting.c.meeting_id == row.meeting_id
            turn.conn.execute(
                meetings.meeting.update().where(is_it).values(version=found["version"])
            )
        return found

    def _meeting(self, row: sa.Row[tuple[object]]) -> Document:
        return {
            "id": row.meeting_id,
            "marac": row.marac,
            "name": self._county.maracs[row.marac].name,
            "held_on": row.held_on,
            "closes_on": row.closes_on,
            "minutes": row.minutes,
            "version": row.version,
        }


def _item(view: CaseView, number: int) -> dict[str, object]:
    """Give what an agenda says of a case: the reader's own view of it, in brief."""
    criteria = view.document["criteria"]
    standing = [each for each in criteria if each["stands"]] if isinstance(criteria, list) else []
    return {
        "number": number,
        "ref": view.ref,
        "children": view.rank.children,
        "criteria": [
            {
                name: each[name]
                for name in ("code", "standing_since", "anchor", "events")
                if name in each
            }
            for each in standing
        ],
        "reasons": view.rank.reasons(),
        **({"invited": view.document["invited"]} if "invited" in view.document else {}),
    }


class _Kept:
    """`hub.prepare.Kept` over one transaction."""

    def __init__(self, turn: Turn) -> None:
        self._turn = turn

    def bodies(self, events: Collection[EventId]) -> dict[EventId, Body]:
        wire = self._turn.hub.wire
        return {id_: wire.body(value) for id_, value in self._turn.journal.known(events).items()}

    def who(self, events: Collection[EventId]) -> Mapping[EventId, Mapping[str, PersonId]]:
        return self._turn.journal.who(events)
