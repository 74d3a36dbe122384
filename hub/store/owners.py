"""Whose a record is, and which records are somebody's: two look-ups, each by its own index.

Other queries use their answers as keys and do not join `record`. Joined to what a batch asks for, it
makes PostgreSQL read whole tables as soon as it expects that to be cheaper, and then an event costs
the more the more people are known.
"""

from collections.abc import Collection

import sqlalchemy as sa

from hub.model.agency import AgencyId
from hub.model.person import PersonId, RecordKey
from hub.store import bulk
from hub.store.people import record

_WHO = sa.select(record.c.agency, record.c.local_id, record.c.person_id)


def records_of(conn: sa.Connection, people: Collection[PersonId]) -> dict[RecordKey, PersonId]:
    """Give the records of these people, each with whose it is."""
    return _found(conn, [record.c.person_id], people)


def owners_of(conn: sa.Connection, keys: Collection[RecordKey]) -> dict[RecordKey, PersonId]:
    """Give whose these records are."""
    return _found(conn, [record.c.agency, record.c.local_id], keys)


def _found(
    conn: sa.Connection, columns: bulk.Columns, keys: Collection[PersonId] | Collection[RecordKey]
) -> dict[RecordKey, PersonId]:
    return {
        RecordKey(AgencyId(row.agency), row.local_id): PersonId(row.person_id)
        for row in bulk.found(conn, _WHO, columns, keys)
    }
