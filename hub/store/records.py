"""Records, keys and links in SQL."""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date, datetime
from itertools import combinations
from typing import Any

import sqlalchemy as sa

from hub.model.agency import AgencyId
from hub.model.person import Identifier, Identity, Judgement, Name, PersonId, RecordKey
from hub.resolve.compare import Tier
from hub.resolve.link import Link, Pair
from hub.resolve.neighbourhood import Changes, Known, Sharing, Standing
from hub.resolve.part import part
from hub.store import bulk
from hub.store.events import event_record
from hub.store.moments import to_ms
from hub.store.owners import owners_of, records_of
from hub.store.people import link_decision, person_redirect, record, record_key

AUTO_LINK, POSSIBLE_LINK, CANNOT_LINK = "auto_link", "possible_link", "cannot_link"
HUB = "hub"
"""The actor of what the hub finds by itself."""
NO_TIER = 0


A_END = (link_decision.c.a_agency, link_decision.c.a_local_id)
B_END = (link_decision.c.b_agency, link_decision.c.b_local_id)
STANDS = link_decision.c.ended_ms.is_(None)
IS_POSSIBLE = link_decision.c.kind == sa.literal_column(f"'{POSSIBLE_LINK}'")
"""Written out, so that the database sees that its index of possible links will do."""


class SqlPeople:
    """`hub.resolve.neighbourhood.People` inside one transaction. `at` is when decisions are taken."""

    def __init__(self, conn: sa.Connection, at: datetime) -> None:
        self._conn, self._at = conn, at

    def find(self, keys: Collection[RecordKey]) -> dict[RecordKey, Known]:
        return dict(_known(self._rows(sa.select(record), _key(record), keys)))

    def sharing(self, marks: Collection[str]) -> Sharing:
        under: dict[str, set[RecordKey]] = {mark: set() for mark in marks}
        for row in self._rows(sa.select(record_key), [record_key.c.mark], marks):
            under[row.mark].add(RecordKey(AgencyId(row.agency), row.local_id))
        return Sharing(self.find({key for keys in under.values() for key in keys}), under)

    def standing(self, keys: Collection[RecordKey]) -> Standing:
        links: dict[tuple[Pair, int], Link] = {}
        cuts: set[Pair] = set()
        for end in (A_END, B_END):  # one after the other: each has its own index
            for row in self._rows(sa.select(link_decision).where(STANDS), end, keys):
                a, b = ends_of(row)
                if row.kind == CANNOT_LINK:
                    cuts.add(frozenset((a, b)))
                else:
                    links[frozenset((a, b)), row.tier] = Link(a, b, row.reason, Tier(row.tier))
        return Standing(list(links.values()), cuts)

    def together(self, keys: Collection[RecordKey]) -> set[Pair]:
        query = sa.select(event_record.c.event_id, event_record.c.agency, event_record.c.local_id)
        by_event: dict[str, set[RecordKey]] = defaultdict(set)
        for row in self._rows(query, _key(event_record), keys):
            by_event[row.event_id].add(RecordKey(AgencyId(row.agency), row.local_id))
        return {
            frozenset(pair) for both in by_event.values() for pair in combinations(sorted(both), 2)
        }

    def save(self, changes: Changes) -> None:
        """Keep records whole, in the place of what was known of them; end links, then begin others."""
        keys = [each.identity.record for each in changes.records]
        bulk.erase(self._conn, record, _key(record), keys)
        bulk.insert(self._conn, record, [_row(each) for each in changes.records])
        names = ("mark", "agency", "local_id")
        marks = [dict(zip(names, (m, *key), strict=True)) for m, key in sorted(changes.marks)]
        bulk.insert(self._conn, record_key, marks)
        self._end(changes.ended)
        bulk.insert(self._conn, link_decision, self._decisions(changes))
        gone = [{"gone": old, "person_id": new} for old, new in sorted(changes.gone.items())]
        bulk.insert(self._conn, person_redirect, gone)

    def possible(self, keys: Collection[RecordKey]) -> list[Link]:
        """Give the possible links that end at one of these records."""
        found = [each for each in self.standing(keys).links if not each.tier.is_sure]
        return sorted(found, key=lambda each: (each.a, each.b, each.tier))

    def possibly_same(self, persons: Collection[PersonId]) -> dict[PersonId, set[PersonId]]:
        """Give for each of these people who they may be as well, by possible links; only those who may.

        What narrows has to count them. They are one step away: who may be somebody who may be a third is
        not by that the third.
        """
        whose = records_of(self._conn, persons)
        query = sa.select(*A_END, *B_END).where(STANDS, IS_POSSIBLE)
        pairs = {ends_of(row) for end in (A_END, B_END) for row in self._rows(query, end, whose)}
        strangers = {key for pair in pairs for key in pair} - whose.keys()
        owners = whose | owners_of(self._conn, strangers)
        found: dict[PersonId, set[PersonId]] = defaultdict(set)
        for a, b in pairs:
            for here, there in ((a, b), (b, a)):
                if here in whose and owners[here] != owners[there]:
                    found[owners[here]].add(owners[there])
        return dict(found)

    def current(self, person: PersonId) -> PersonId | None:
        """Give who a person is now, who may have been merged with others since; None: nobody ever."""
        while True:
            if self._conn.scalar(sa.select(record.c.agency).where(record.c.person_id == person)):
                return person
            to = sa.select(person_redirect.c.person_id).where(person_redirect.c.gone == person)
            if (found := self._conn.scalar(to)) is None:
                return None
            person = PersonId(found)

    def file(self, person: PersonId) -> list[RecordKey]:
        """Give the records of a person."""
        return sorted(records_of(self._conn, [person]))

    def owners(self, keys: Collection[RecordKey]) -> dict[RecordKey, PersonId]:
        """Give whose records these are."""
        return owners_of(self._conn, keys)

    def cut(
        self, pairs: Collection[Pair], judgement: Judgement, new_id: Callable[[], PersonId]
    ) -> set[PersonId]:
        """Keep that the two of each pair are two people, and give the people whom that touches.

        Their events, and those of whoever may be one of them, have to be decided afresh.
        """
        return part(pairs, judgement, self, new_id)

    def _decisions(self, changes: Changes) -> list[dict[str, object]]:
        found = [
            self._decision(
                AUTO_LINK if each.tier.is_sure else POSSIBLE_LINK,
                (each.a, each.b), each.tier, Judgement(HUB, each.reason),
            )
            for each in changes.added
        ]  # fmt: skip
        if changes.cuts and changes.judgement is None:
            raise ValueError("nobody answers for the cuts")
        for pair in changes.cuts:
            a, b = sorted(pair)
            by = changes.judgement or Judgement("", "")
            found.append(self._decision(CANNOT_LINK, (a, b), NO_TIER, by))
        return found

    def _decision(
        self, kind: str, ends: tuple[RecordKey, RecordKey], tier: int, by: Judgement
    ) -> dict[str, object]:
        (a_agency, a_local_id), (b_agency, b_local_id) = ends
        return {
            "at_ms": to_ms(self._at), "kind": kind, "tier": int(tier),
            "a_agency": a_agency, "a_local_id": a_local_id,
            "b_agency": b_agency, "b_local_id": b_local_id,
            "actor": by.actor, "reason": by.reason,
        }  # fmt: skip

    def _end(self, links: Iterable[Link]) -> None:
        by_tier: dict[Tier, set[tuple[str, ...]]] = defaultdict(set)
        for each in links:
            by_tier[each.tier].add((*each.a, *each.b))
        for tier, quads in sorted(by_tier.items()):
            ending = link_decision.update().where(STANDS, link_decision.c.tier == int(tier))
            ending = ending.values(ended_ms=to_ms(self._at))
            bulk.change(self._conn, ending, [*A_END, *B_END], quads)

    def _rows(
        self, query: sa.Select[Any], columns: bulk.Columns, keys: Collection[Any]
    ) -> list[sa.Row[Any]]:
        return bulk.found(self._conn, query, columns, keys)


def ends_of(row: sa.Row[Any]) -> tuple[RecordKey, RecordKey]:
    """Give the two records of a decision."""
    return (
        RecordKey(AgencyId(row.a_agency), row.a_local_id),
        RecordKey(AgencyId(row.b_agency), row.b_local_id),
    )


def _known(rows: Iterable[sa.Row[Any]]) -> Iterable[tuple[RecordKey, Known]]:
    for row in rows:
        key = RecordKey(AgencyId(row.agency), row.local_id)
        yield key, Known(_from_text(key, row.identity), PersonId(row.person_id))


def _key(table: sa.Table) -> Sequence[sa.Column[Any]]:
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
            "postcodes": identity.postcodes,
            "genders": identity.genders,
        }
    )


def _from_text(key: RecordKey, text: str) -> Identity:
    found = json.loads(text)
    return Identity(
        record=key,
        names=tuple(Name(given, family) for given, family in found["names"]),
        births=tuple(date.fromisoformat(born) for born in found["births"]),
        identifiers=tuple(Identifier(*each) for each in found["identifiers"]),
        postcodes=tuple(found["postcodes"]),
        genders=tuple(found["genders"]),
    )
