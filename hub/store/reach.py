"""Who and what is in reach of a change: from people to their events, to whoever stands there, and on."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from hub.afresh.values import Happening, MaybeSame
from hub.assess.circumstances import Risk, Statement
from hub.assess.facts import Facts
from hub.assess.facts import from_text as facts_from_text
from hub.assess.timeline import REFERRAL, record_of, telling_from
from hub.disclose.conflict import GUARDED
from hub.disclose.verdict import Past
from hub.model.agency import AgencyId
from hub.model.event import EventId, EventType
from hub.model.person import PersonId
from hub.store import bulk
from hub.store.events import event, event_record
from hub.store.moments import from_ms
from hub.store.owners import records_of
from hub.store.people import record

_IN = event_record.c.role.in_(GUARDED)
_WHERE = sa.select(event_record.c.event_id).where(_IN).distinct()
_WHOSE = (
    sa.select(record.c.person_id)
    .where(record.c.agency == event_record.c.agency, record.c.local_id == event_record.c.local_id)
    .scalar_subquery()
)
"""Row by row: as a join it would be a reason to read the whole table, see `owners`."""
_WHO = sa.select(event_record.c.event_id, event_record.c.role, _WHOSE.label("person_id")).where(_IN)
_WHAT = sa.select(
    event.c.event_id, event.c.type, event.c.agency, event.c.occurred_ms, event.c.reported_ms,
    event.c.received_ms, event.c.risk, event.c.consent, event.c.named, event.c.facts, event.c.system,
    event.c.key, event.c.withdrawn,
)  # fmt: skip


class Reach:
    """The events in which people stand, found step by step."""

    def __init__(self, conn: sa.Connection, maybe_same: MaybeSame) -> None:
        self._conn, self._maybe_same = conn, maybe_same
        self._asked: set[PersonId] = set()
        self._looked: set[PersonId] = set()
        self._rows: dict[str, sa.Row[Any]] = {}
        self._stands: dict[str, dict[str, set[PersonId]]] = defaultdict(lambda: defaultdict(set))
        self.people: set[PersonId] = set()
        self.maybe: dict[PersonId, Collection[PersonId]] = {}

    def step(self, people: Collection[PersonId]) -> None:
        """Find the events of these people, and of those whom they may possibly be."""
        self.ask(people)
        self.ask({one for each in people for one in self.maybe.get(each, ())})
        keys = records_of(self._conn, self._asked - self._looked)
        rows = bulk.found(
            self._conn, _WHERE, [event_record.c.agency, event_record.c.local_id], keys
        )
        self._looked |= self._asked
        self.take({row.event_id for row in rows})

    def take(self, events: Collection[str]) -> None:
        """Have these events, and whoever stands in them, in reach."""
        new = set(events) - self._rows.keys()
        for row in bulk.found(self._conn, _WHAT, [event.c.event_id], new):
            self._rows[row.event_id] = row
        for row in bulk.found(self._conn, _WHO, [event_record.c.event_id], new):
            person = PersonId(row.person_id)
            self._stands[row.event_id][row.role].add(person)
            self.people.add(person)

    def ask(self, people: Collection[PersonId]) -> None:
        """Find out who these people may possibly be."""
        new = set(people) - self._asked
        if not new:
            return
        self._asked |= new
        self.people |= new
        found = self._maybe_same(new)
        self.maybe |= found
        self.people.update(one for each in found.values() for one in each)

    def victims_of_referrals(self) -> set[PersonId]:
        """Give whoever a referral is about that names a perpetrator: it may itself be contested."""
        roles = (self._stands[id_] for id_, row in self._rows.items() if row.type == REFERRAL)
        return {
            one
            for each in roles
            if each["perpetrators"]
            for one in each["victims"] | each["unresolved"]
        }

    def about(self, people: Collection[PersonId]) -> list[EventId]:
        """Give the events that are about one of these people."""
        return [
            EventId(id_)
            for id_, roles in self._stands.items()
            if not roles["victims"].isdisjoint(people) or not roles["unresolved"].isdisjoint(people)
        ]

    def happenings(self) -> dict[EventId, Happening]:
        return {EventId(id_): _happening(row, self._stands[id_]) for id_, row in self._rows.items()}


def _happening(row: sa.Row[Any], roles: Mapping[str, set[PersonId]]) -> Happening:
    victims, perpetrators, unresolved = (frozenset(roles.get(role, ())) for role in GUARDED)
    occurred, reported, received = map(from_ms, (row.occurred_ms, row.reported_ms, row.received_ms))
    id_, type_, agency = EventId(row.event_id), EventType(row.type), AgencyId(row.agency)
    telling = telling_from(
        event=id_,
        type_=type_,
        agency=agency,
        record=record_of(row.system, row.key),
        moments=(occurred, reported, received),
        roles=roles,
        facts=_facts(row.facts),
    )
    past = Past(
        id=id_,
        type=type_,
        agency=agency,
        occurred_on=occurred.date(),
        about=tuple(sorted(victims | unresolved)),
        named=ids_in(row.named),
        withdrawn=row.withdrawn,
    )
    statement = Statement(
        event=id_,
        reported_at=min(reported, received),
        risk=None if row.risk is None else Risk(row.risk),
        consent=row.consent,
    )
    return Happening(past, statement, telling, suspects=perpetrators | unresolved)


@lru_cache(maxsize=4096)
def _facts(text: str) -> Facts:
    return facts_from_text(text)


@lru_cache(maxsize=4096)
def ids_in(text: str) -> frozenset[AgencyId]:
    """Read ids of organisations that stand between spaces."""
    return frozenset(AgencyId(each) for each in text.split())


def ids_as_text(ids: Iterable[AgencyId]) -> str:
    return " ".join(sorted(ids))
