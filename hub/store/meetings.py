"""Meetings, the cases on their agendas, and who is invited to each.

A case is held by one record of each of its people, not by who they are taken for: so it follows
whatever is found out of them. Who a record belongs to is looked up each time.
"""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa

from hub.afresh.values import Invited
from hub.model.agency import AgencyId
from hub.model.person import PersonId, RecordKey
from hub.prepare import Listed
from hub.store import bulk
from hub.store.metadata import Moment, table
from hub.store.owners import owners_of, records_of

MEETINGS = uuid.UUID("0c7d1f4e-52d0-5c0b-8d6d-3d1f0a9f6b21")
VICTIM, PERPETRATOR = "victim", "perpetrator"

meeting = table(
    "meeting",
    sa.Column("meeting_id", sa.Text, primary_key=True),
    sa.Column("marac", sa.Text, nullable=False),
    sa.Column("held_on", sa.Text, nullable=False),
    sa.Column("closes_on", sa.Text, nullable=False),
    sa.Column("minutes", sa.Integer, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("created_ms", Moment, nullable=False),
    retention="as the ledger: a meeting has to be answered for",
)
"""Days are ISO dates. `version` rises with each change: two coordinators do not overwrite each other."""

agenda_item = table(
    "agenda_item",
    sa.Column("ref", sa.Text, primary_key=True),
    sa.Column("meeting_id", sa.Text, nullable=False, index=True),
    sa.Column("listed_ms", Moment, nullable=False),
    retention="as its meeting",
)

agenda_person = table(
    "agenda_person",
    sa.Column("ref", sa.Text, primary_key=True),
    sa.Column("agency", sa.Text, primary_key=True),
    sa.Column("local_id", sa.Text, primary_key=True),
    sa.Column("role", sa.Text, nullable=False),
    sa.Index("agenda_person_by_record", "agency", "local_id"),
    retention="as its meeting",
)

invitation = table(
    "invitation",
    sa.Column("ref", sa.Text, primary_key=True),
    sa.Column("organisation", sa.Text, primary_key=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("invited_ms", Moment, nullable=False),
    retention="as its meeting",
)


def meeting_id(marac: str, held_on: date) -> str:
    """Name a meeting by what it is: a MARAC holds one on a day."""
    return str(uuid.uuid5(MEETINGS, f"{marac}\x1f{held_on.isoformat()}"))


def meetings(conn: sa.Connection, *where: sa.ColumnElement[bool]) -> list[sa.Row[Any]]:
    """Give meetings, the latest first."""
    query = sa.select(meeting).where(*where).order_by(meeting.c.held_on.desc(), meeting.c.marac)
    return list(conn.execute(query))


def list_case(
    conn: sa.Connection,
    ref: str,
    meeting_id: str,
    people: Iterable[tuple[str, RecordKey]],
    at_ms: int,
) -> None:
    """Put a case on an agenda. `people` are one record of each, with the role."""
    conn.execute(agenda_item.insert(), {"ref": ref, "meeting_id": meeting_id, "listed_ms": at_ms})
    rows = [
        {"ref": ref, "agency": key.agency, "local_id": key.local_id, "role": role}
        for role, key in people
    ]
    conn.execute(agenda_person.insert(), rows)


def invite(
    conn: sa.Connection, ref: str, whom: Mapping[AgencyId, str], at_ms: int
) -> set[AgencyId]:
    """Invite organisations to a case; give those that were not before."""
    query = sa.select(invitation.c.organisation).where(invitation.c.ref == ref)
    new = {each: reason for each, reason in whom.items() if each not in set(conn.scalars(query))}
    if new:
        conn.execute(
            invitation.insert(),
            [
                {"ref": ref, "organisation": each, "reason": reason, "invited_ms": at_ms}
                for each, reason in sorted(new.items())
            ],
        )
    return set(new)


def listed(conn: sa.Connection, *where: sa.ColumnElement[bool]) -> list[Listed]:
    """Give the cases on agendas, with who their people are now and who is invited."""
    items = conn.execute(sa.select(agenda_item).where(*where)).all()
    refs = {row.ref: row.meeting_id for row in items}
    rows = bulk.found(conn, sa.select(agenda_person), [agenda_person.c.ref], refs)
    keys = {row: RecordKey(AgencyId(row.agency), row.local_id) for row in rows}
    owners = owners_of(conn, set(keys.values()))
    victims = {row.ref: owners[key] for row, key in keys.items() if row.role == VICTIM}
    harming: dict[str, set[PersonId]] = defaultdict(set)
    for row, key in keys.items():
        if row.role == PERPETRATOR:
            harming[row.ref].add(owners[key])
    guests = _guests(conn, refs)
    return [
        Listed(ref, refs[ref], victims[ref], frozenset(harming[ref]), frozenset(guests[ref]))
        for ref in sorted(refs)
        if ref in victims
    ]


def open_to(
    conn: sa.Connection, organisation: AgencyId, *where: sa.ColumnElement[bool]
) -> list[Listed]:
    """Give the cases to which an organisation is invited.

    Nothing else is looked at, so that what one must not know of takes as long as what does not exist.
    """
    theirs = sa.select(invitation.c.ref).where(invitation.c.organisation == organisation)
    return listed(conn, agenda_item.c.ref.in_(theirs), *where)


def invited(conn: sa.Connection, people: Collection[PersonId]) -> dict[PersonId, list[Invited]]:
    """Give who is invited to these people's cases."""
    is_hers = sa.select(agenda_person.c.ref).where(agenda_person.c.role == VICTIM)
    columns = [agenda_person.c.agency, agenda_person.c.local_id]
    refs = {row.ref for row in bulk.found(conn, is_hers, columns, records_of(conn, people))}
    found: dict[PersonId, list[Invited]] = defaultdict(list)
    for each in listed(conn, agenda_item.c.ref.in_(sorted(refs))) if refs else []:
        found[each.victim].append(Invited(each.perpetrators, each.invited))
    return found


def _guests(conn: sa.Connection, refs: Collection[str]) -> dict[str, set[AgencyId]]:
    found: dict[str, set[AgencyId]] = defaultdict(set)
    for row in bulk.found(conn, sa.select(invitation), [invitation.c.ref], refs):
        found[row.ref].add(AgencyId(row.organisation))
    return found
