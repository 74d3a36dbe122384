"""Who is who in a handful of events, worked out in memory: the links of the hub, and no database."""

from collections.abc import Collection, Iterable, Mapping

from hub.model.person import Identity, RecordKey
from hub.resolve.group import groups
from hub.resolve.identity import merged
from hub.resolve.keys import MOST, marks
from hub.resolve.link import Link, link, near


def gather(
    said: Iterable[Identity], together: Collection[frozenset[RecordKey]] = ()
) -> Mapping[RecordKey, int]:
    """Give each record the number of its person, counted from 0 in the order of their records.

    `together` are pairs of records that stand in one event as two people.
    """
    records: dict[RecordKey, Identity] = {}
    for one in said:
        known = records.get(one.record)
        records[one.record] = one if known is None else merged(known, one)
    people = groups(records, _links(records), together)
    return {key: number for number, person in enumerate(people) for key in person}


def _links(records: Mapping[RecordKey, Identity]) -> list[Link]:
    """Give the sure links between records."""
    under: dict[str, set[RecordKey]] = {}
    for one in records.values():
        for mark in marks(one):
            under.setdefault(mark, set()).add(one.record)
    crowded = {mark for mark, keys in under.items() if len(keys) > MOST}
    found = (
        link(pair, records, kinds) for pair, kinds in near(records.values(), under, crowded).items()
    )
    return [each for each in found if each and each.tier.is_sure]
