"""Records and links in SQL."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import combinations
from typing import Any

import sqlalchemy as sa

from hub.model.agency import AgencyId
from hub.model.person import Identifier, Identity, Name, PersonId, RecordKey
from hub.resolve.attach import Known, Pair
from hub.resolve.compare import verified
from hub.resolve.link import Link
from hub.store import bulk
from hub.store.events import event_record
from hub.store.moments import to_ms
from hub.store.people import link_decision, record, record_identifier

AUTO_LINK = "auto_link"


class SqlPeople:
    """`hub.resolve.attach.People` inside one transaction. `at` is when decisions are taken."""

    def __init__(self, conn: sa.Connection, at: datetime) -> None:
        self._conn, self._at = conn, at

    def find(self, keys: Collection[RecordKey]) -> dict[RecordKey, Known]:
        return _known(bulk.found(self._conn, sa.select(record), _key(record), keys))

    def sharing(self, identifiers: Collection[tuple[str, str]]) -> dict[RecordKey, Known]:
        marks = [record_identifier.c.scheme, record_identifier.c.value]
        query = sa.select(record).join(
            record_identifier,
            sa.and_(
                record_identifier.c.agency == record.c.agency,
                record_identifier.c.local_id == record.c.local_id,
            ),
        )
        return _known(bulk.found(self._conn, query, marks, identifiers))

    def links(self, keys: Collection[RecordKey]) -> list[Link]:
        ends = (
            [link_decision.c.a_agency, link_decision.c.a_local_id],
            [link_decision.c.b_agency, link_decision.c.b_local_id],
        )
        query = sa.select(link_decision).where(link_decision.c.kind == AUTO_LINK)
        found = {}
        for end in ends:  # one after the other: each has its own index
            for row in bulk.found(self._conn, query, end, keys):
                a = RecordKey(AgencyId(row.a_agency), row.a_local_id)
                b = RecordKey(AgencyId(row.b_agency), row.b_local_id)
                found[a, b] = Link(a, b, row.reason)
        return [found[pair] for pair in sorted(found)]

    def possibly_same(
        self, people: Collection[PersonId]
    ) -> Mapping[PersonId, Collection[PersonId]]:
        """Give who these people may possibly be besides. No link that is only possible is kept yet."""
        return dict.fromkeys(people, ())

    def together(self, keys: Collection[RecordKey]) -> set[Pair]:
        query = sa.select(event_record.c.event_id, event_record.c.agency, event_record.c.local_id)
        by_event: dict[str, set[RecordKey]] = {}
        for row in bulk.found(self._conn, query, _key(event_record), keys):
            key = RecordKey(AgencyId(row.agency), row.local_id)
            by_event.setdefault(row.event_id, set()).add(key)
        return {
            frozenset(pair) for both in by_event.values() for pair in combinations(sorted(both), 2)
        }

    def save(self, records: Sequence[Known], links: Sequence[Link]) -> None:
        """Keep records whole, in the place of what was known of them."""
        bulk.erase(self._conn, record, _key(record), [each.identity.record for each in records])
        bulk.insert(self._conn, record, [_row(each) for each in records])
        self._keep_identifiers(each.identity for each in records)
        bulk.insert(self._conn, link_decision, [self._link_row(each) for each in links])

    def _keep_identifiers(self, said: Iterable[Identity]) -> None:
        marks = {(*mark, *one.record) for one in said for mark in verified(one)}
        names = ("scheme", "value", "agency", "local_id")
        columns = [record_identifier.c[name] for name in names]
        there = {tuple(row) for row in bulk.found(self._conn, sa.select(*columns), columns, marks)}
        rows = [dict(zip(names, mark, strict=True)) for mark in sorted(marks - there)]
        bulk.insert(self._conn, record_identifier, rows)

    def _link_row(self, link: Link) -> dict[str, object]:
        return {
            "at_ms": to_ms(self._at),
            "kind": AUTO_LINK,
            "a_agency": link.a.agency,
            "a_local_id": link.a.local_id,
            "b_agency": link.b.agency,
            "b_local_id": link.b.local_id,
            "reason": link.reason,
        }


def _known(rows: Iterable[sa.Row[Any]]) -> dict[RecordKey, Known]:
    found = {}
    for row in rows:
        key = RecordKey(AgencyId(row.agency), row.local_id)
        found[key] = Known(_from_text(key, row.identity), PersonId(row.person_id))
    return found


def _key(table: sa.Table) -> bulk.Columns:
    return [table.c.agency, table.c.local_id]


def _row(known: Known) -> dict[str, object]:
    key = known.identity.record
    return {
        "agency": key.agency,
        "local_id": key.local_id,
        "person_id": known.person,
        "identity": _to_text(known.identity),
    }


def _to_text(identity: Identity) -> str:
    return json.dumps(
        {
            "names": [[name.given, name.family] for name in identity.names],
            "births": [born.isoformat() for born in identity.births],
            "identifiers": [
                [each.scheme, each.value, each.verified] for each in identity.identifiers
            ],
        }
    )


def _from_text(key: RecordKey, text: str) -> Identity:
    found = json.loads(text)
    return Identity(
        record=key,
        names=tuple(Name(given, family) for given, family in found["names"]),
        births=tuple(date.fromisoformat(born) for born in found["births"]),
        identifiers=tuple(Identifier(*each) for each in found["identifiers"]),
    )
