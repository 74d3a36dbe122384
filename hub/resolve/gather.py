"""Who is who in a handful of events, worked out in memory: the links of the hub, and no database."""

from collections.abc import Collection, Iterable, Mapping

from hub.model.person import Identity, RecordKey
from hub.resolve.identity import merged
from hub.resolve.link import groups, new_links


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
    links = new_links(records.values(), records.values())
    people = groups(records, links, together)
    return {key: number for number, person in enumerate(people) for key in person}
