"""Find the cases that are due at a MARAC, whom each bars, and by which records its people are found again."""

from collections.abc import Iterator, Sequence
from datetime import date

import sqlalchemy as sa

from hub.afresh.picture import Picture
from hub.afresh.values import Surroundings
from hub.assess.cases import Case
from hub.bootstrap.deciding import Turn
from hub.convene.agenda import is_due, outcodes_of, tellings_of
from hub.convene.maracs import Marac
from hub.model.agency import AgencyId
from hub.model.person import PersonId, RecordKey
from hub.store import bulk, meetings
from hub.store.events import event_record
from hub.store.owners import owners_of

CHUNK = 200
"""So many victims are looked at together when due cases are sought."""


def due(
    turn: Turn, marac: Marac, victims: Sequence[PersonId], on: date
) -> Iterator[tuple[Case, frozenset[AgencyId]]]:
    """Find which of these people's cases are due in an area and on no open agenda, with those whom they bar."""
    waiting = meetings.meeting.c.held_on >= on.isoformat()
    open_ = [each.meeting_id for each in meetings.meetings(turn.conn, waiting)]
    listed: dict[PersonId, list[frozenset[PersonId]]] = {}
    for each in meetings.listed(turn.conn, meetings.agenda_item.c.meeting_id.in_(open_)):
        listed.setdefault(each.victim, []).append(each.perpetrators)
    for start in range(0, len(victims), CHUNK):
        chunk = victims[start : start + CHUNK]
        around = turn.journal.surroundings(chunk, [], turn.people.possibly_same)
        picture = Picture(around, turn.hub.book)
        for victim in chunk:
            for case in picture.cases_of(victim):
                if (
                    marac.serves(outcodes_of(case))
                    and case not in [picture.case_of(victim, e) for e in listed.get(victim, ())]
                    and is_due(case, picture.standings(case, on), on)
                ):
                    yield case, barred(case, around, picture)


def barred(case: Case, around: Surroundings, picture: Picture) -> frozenset[AgencyId]:
    """Give whom a conflict or a perpetrator bars from anything of a case."""
    known = [picture.circumstances(around.happenings[each.event]) for each in tellings_of(case)]
    return frozenset[AgencyId]().union(*(e.conflicts | e.perpetrator_links for e in known))


def records_of(turn: Turn, case: Case) -> list[tuple[str, RecordKey]]:
    """Give one record of each person of a case, by which they are found again."""
    query = sa.select(event_record.c.agency, event_record.c.local_id).distinct()
    events = [each.event for each in tellings_of(case)]
    rows = bulk.found(turn.conn, query, [event_record.c.event_id], events)
    keys = {RecordKey(AgencyId(row.agency), row.local_id) for row in rows}
    first: dict[PersonId, RecordKey] = {}
    for key, person in owners_of(turn.conn, keys).items():
        first[person] = min(first.get(person, key), key)
    return [
        (meetings.VICTIM, first[case.victim]),
        *((meetings.PERPETRATOR, first[each]) for each in sorted(case.perpetrators)),
    ]
