"""Links between records, and which of them hold once keys are weighed; ids that outlive both."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeAlias

from hub.model.person import Identity, PersonId, RecordKey
from hub.resolve.compare import Tier, compare
from hub.resolve.keys import Kind, kind_of, marks

Pair: TypeAlias = frozenset[RecordKey]


@dataclass(frozen=True, slots=True)
class Link:
    """Two records that are one person, or may be, and why. The lesser key comes first."""

    a: RecordKey
    b: RecordKey
    reason: str
    tier: Tier = Tier.NUMBER

    @property
    def pair(self) -> Pair:
        return frozenset((self.a, self.b))


def near(
    records: Iterable[Identity],
    under: Mapping[str, Collection[RecordKey]],
    crowded: Collection[str],
) -> dict[Pair, set[Kind]]:
    """Give the pairs to compare: each of these records with each that shares a key with it.

    With each pair come the kinds of key by which it may be a possible link: those that are not crowded.
    """
    found: dict[Pair, set[Kind]] = {}
    for one in records:
        for mark in marks(one):
            kind = kind_of(mark)
            is_crowded = mark in crowded
            if is_crowded and not kind.is_sure:
                continue
            for other in under.get(mark, ()):
                if other != one.record:
                    kinds = found.setdefault(frozenset((one.record, other)), set())
                    kinds.update(() if is_crowded else (kind,))
    return found


def link(pair: Pair, known: Mapping[RecordKey, Identity], kinds: Collection[Kind]) -> Link | None:
    """Compare two records.

    A link is evidence for, no more: what speaks against it is weighed in `groups`, over all the
    records that hang together, so that the outcome does not depend on what was read first.
    """
    a, b = sorted(pair)
    found = compare(known[a], known[b], kinds)
    return Link(a, b, found.reason, found.tier) if found else None


def shared_marks(pair: Pair, known: Mapping[RecordKey, Identity]) -> frozenset[str]:
    """Give the keys that two records share."""
    a, b = pair
    return marks(known[a]) & marks(known[b])


def pairs(keys: Iterable[RecordKey]) -> Iterator[Pair]:
    return (frozenset(pair) for pair in combinations(sorted(keys), 2))


def keep_ids(
    groups_: Sequence[Sequence[RecordKey]], before: Mapping[RecordKey, PersonId]
) -> list[PersonId | None]:
    """Give each group the id most of its records had; None where it needs a new one.

    Where several had it, the one with most of its records keeps it. No two groups get the same id,
    and an id that nobody keeps does not come back.
    """
    claims = []
    for number, group in enumerate(groups_):
        counts = Counter(before[key] for key in group if key in before)
        claims += [(-count, number, id_) for id_, count in counts.items()]
    found: list[PersonId | None] = [None] * len(groups_)
    taken: set[PersonId] = set()
    for _, number, id_ in sorted(claims):
        if found[number] is None and id_ not in taken:
            found[number] = id_
            taken.add(id_)
    return found


def redirects(
    before: Mapping[RecordKey, PersonId], after: Mapping[RecordKey, PersonId]
) -> dict[PersonId, PersonId]:
    """Say of each id that nobody keeps whose most of its records are now."""
    went: dict[PersonId, Counter[PersonId]] = {}
    for key, old in before.items():
        went.setdefault(old, Counter())[after[key]] += 1
    kept = set(after.values())
    return {
        old: max(sorted(counts), key=lambda id_: counts[id_])
        for old, counts in went.items()
        if old not in kept
    }
