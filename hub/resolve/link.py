"""From pairs of records to people: link what belongs together, and hold what contradicts itself.

A person is a projection of the links, so nothing hangs on a person and nothing is lost when one is
undone. The result depends on the records and links alone, never on the order they came in.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from hub.model.person import Identity, RecordKey
from hub.resolve.compare import contradict, same_person, verified


@dataclass(frozen=True, slots=True)
class Link:
    """Two records that are one person, and why. The lesser key comes first."""

    a: RecordKey
    b: RecordKey
    reason: str


def new_links(said: Iterable[Identity], candidates: Iterable[Identity]) -> list[Link]:
    """Compare each record that was spoken of with each that shares a verified identifier with it.

    A link is evidence for, no more: what speaks against it is weighed in `groups`, over all the
    records that hang together, so that the outcome does not depend on what was read first.
    """
    by_mark: dict[tuple[str, str], list[Identity]] = {}
    for each in candidates:
        for mark in verified(each):
            by_mark.setdefault(mark, []).append(each)
    found = {}
    for one in said:
        for other in (each for mark in sorted(verified(one)) for each in by_mark.get(mark, ())):
            if one.record != other.record and (reason := same_person(one, other)):
                a, b = sorted((one.record, other.record))
                found[a, b] = Link(a, b, reason)
    return [found[pair] for pair in sorted(found)]


def groups(
    records: Mapping[RecordKey, Identity],
    links: Iterable[Link],
    together: Collection[frozenset[RecordKey]],
) -> list[list[RecordKey]]:
    """Give the records of each person, by the links between them.

    `together` are pairs of records that stand in one event: whoever reported it held them for two
    people. A group that contradicts itself, because two of its records stand in one event or carry different
    verified numbers, is taken apart whole until a person has judged it: a wrong join can kill.
    """
    found = []
    for group in _components(records, links):
        pairs = list(combinations(group, 2))
        apart = any(
            frozenset(pair) in together or contradict(records[pair[0]], records[pair[1]])
            for pair in pairs
        )
        found += [[each] for each in group] if apart else [group]
    return sorted(found)


def _components(
    records: Mapping[RecordKey, Identity], links: Iterable[Link]
) -> list[list[RecordKey]]:
    parent = {key: key for key in records}

    def root(key: RecordKey) -> RecordKey:
        while parent[key] != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    for link in links:
        if link.a in parent and link.b in parent:
            low, high = sorted((root(link.a), root(link.b)))
            parent[high] = low
    found: dict[RecordKey, list[RecordKey]] = {}
    for key in sorted(records):
        found.setdefault(root(key), []).append(key)
    return list(found.values())


def keep_ids(
    groups_: Sequence[Sequence[RecordKey]], before: Mapping[RecordKey, str]
) -> list[str | None]:
    """Give each group the id most of its records had; None where it needs a new one.

    No two groups get the same id, and an id that nobody keeps does not come back.
    """
    taken: set[str] = set()
    found: list[str | None] = []
    for group in groups_:
        counts: dict[str, int] = {}
        for key in group:
            if (id_ := before.get(key)) and id_ not in taken:
                counts[id_] = counts.get(id_, 0) + 1
        best = max(sorted(counts), key=lambda id_: counts[id_], default=None)
        if best is not None:
            taken.add(best)
        found.append(best)
    return found
