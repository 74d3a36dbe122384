"""From links to people: the strongest first, and never across a contradiction.

A person is a projection of the links, so nothing hangs on a person and nothing is lost when one is
undone. The result depends on the records, links and judgements alone, never on the order they came
in: links of one strength are weighed all at once, and where they say things that cannot all be
true none of them is picked.
"""

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeVar

from hub.model.person import Identity, RecordKey
from hub.resolve.compare import Tier, clash, verified
from hub.resolve.keys import MOST
from hub.resolve.link import Link, Pair

Group = frozenset[RecordKey]
Edges = set[frozenset[Group]]
Node = TypeVar("Node", bound=Hashable)

NOBODY: frozenset[Pair] = frozenset()


@dataclass(frozen=True, slots=True)
class Settled:
    """The records of each person, and the possible links that are left where sure ones were refused."""

    groups: list[list[RecordKey]]
    refused: list[Link]


def groups(
    records: Mapping[RecordKey, Identity],
    links: Iterable[Link],
    together: Collection[Pair],
    cuts: Collection[Pair] = NOBODY,
) -> list[list[RecordKey]]:
    """Give the records of each person; see `settle`."""
    return settle(records, links, together, cuts).groups


def settle(
    records: Mapping[RecordKey, Identity],
    links: Iterable[Link],
    together: Collection[Pair],
    cuts: Collection[Pair],
) -> Settled:
    """Group records into people by the sure links between them.

    `together` are pairs of records that stand in one event: whoever reported it held them for two
    people. `cuts` are pairs of which a person judged that they are two. Where links of one strength
    would join two such, or different verified numbers, none of them joins anything, and what they
    would have joined is held: no weaker link adds to it until a person has judged it. A wrong join
    can kill. Where a judgement parted two sides, each side stays as it is, and only what hangs
    between the two is held.
    """
    known = [each for each in links if each.a in records and each.b in records]
    inside: dict[RecordKey, list[Link]] = {}
    found: list[list[RecordKey]] = []
    left: list[Link] = []
    wholes = _joined(records, ((each.a, each.b) for each in known))
    whole_of = {key: whole for whole in wholes for key in whole}
    weighing = _Weighing(records, together, cuts)
    for each in known:
        inside.setdefault(min(whole_of[each.a]), []).append(each)
    for whole in wholes:
        if len(whole) == 1:
            found.append(list(whole))
            continue
        parts = weighing.parts(whole, inside[min(whole)])
        found += [sorted(part) for part in parts]
        if len(parts) > 1:
            left += weighing.refused(parts, inside[min(whole)])
    return Settled(sorted(found), sorted(left, key=lambda each: (each.a, each.b)))


class _Weighing:
    """The weighing of the links of a component, tier by tier."""

    def __init__(
        self,
        records: Mapping[RecordKey, Identity],
        together: Collection[Pair],
        cuts: Collection[Pair],
    ) -> None:
        self._records, self._cuts = records, cuts
        self._judged = _beside(cuts)
        self._apart = _beside((*cuts, *together))
        self._held: set[Group] = set()

    def parts(self, whole: Group, links: Sequence[Link]) -> set[Group]:
        """Give the groups that a component falls into; most often it is one."""
        if self._is_one(whole):
            return {whole}
        parts = {frozenset((key,)) for key in whole}
        for tier in sorted({each.tier for each in links}):
            edges = self._edges(parts, [each for each in links if each.tier == tier])
            for hanging in _joined((part for edge in edges for part in edge), edges):
                parts = (parts - hanging) | self._weigh(hanging, edges)
        return parts

    def refused(self, parts: Collection[Group], links: Collection[Link]) -> list[Link]:
        """Give what narrows has to go on counting.

        Each link that was refused, unless somebody judged those two; and any two groups that would be
        one person if it were not for others. In a tangle of more than fifty groups only the links.
        """
        part_of = {key: part for part in parts for key in part}
        found: dict[Pair, Link] = {}
        for each in links:
            if part_of[each.a] != part_of[each.b] and each.pair not in self._cuts:
                reason = f"held back: {each.reason}"
                found[each.pair] = Link(each.a, each.b, reason, Tier.REFUSED)
        linked = {frozenset(part_of[key] for key in pair) for pair in found}
        for one, other in combinations(parts, 2) if len(parts) <= MOST else ():
            if frozenset((one, other)) not in linked and self._is_one(one | other):
                a, b = sorted((min(one), min(other)))
                reason = "held back: hang together by way of others"
                found[frozenset((a, b))] = Link(a, b, reason, Tier.REFUSED)
        return list(found.values())

    def _edges(self, parts: Collection[Group], links: Iterable[Link]) -> Edges:
        """Give who would be joined to whom, without those who are held and those judged to be two."""
        part_of = {key: part for part in parts for key in part}
        found = {frozenset((part_of[each.a], part_of[each.b])) for each in links}
        return {
            edge
            for edge in found
            if len(edge) > 1 and not edge & self._held and not self._is_cut(*edge)
        }

    def _weigh(self, hanging: frozenset[Group], edges: Edges) -> set[Group]:
        """Give what becomes of parts that hang together by links of one strength."""
        if self._is_one(_union(hanging)):
            return {_union(hanging)}
        judged = frozenset(
            one for one in hanging if any(self._is_cut(one, other) for other in hanging - {one})
        )
        if not judged:
            return self._hold(hanging)
        sides = self._sides(judged, edges)
        free = _joined(hanging - judged, _within(edges, hanging - judged))
        return self._attached(sides, free, edges)

    def _sides(self, judged: frozenset[Group], edges: Edges) -> set[Group]:
        """Give the sides of a judgement: what links join on one of them stays joined."""
        found: set[Group] = set()
        for each in _joined(judged, _within(edges, judged)):
            found |= {_union(each)} if self._is_one(_union(each)) else self._hold(each)
        return found

    def _attached(
        self, sides: set[Group], free: Collection[frozenset[Group]], edges: Edges
    ) -> set[Group]:
        """Let those of whom nobody judged come to the side they hang on, if it is one side."""
        found: set[Group] = set()
        coming: dict[Group, frozenset[Group]] = {}
        bonds: Edges = set()
        for each in free:
            beside = {side for side in sides if any(_leads(edge, each, side) for edge in edges)}
            if beside & self._held or not self._is_one(_union(each | beside)):
                found |= self._hold(each)
                continue
            coming[_union(each)] = each
            bonds |= {frozenset((_union(each), side)) for side in beside}
        for each in _joined([*sides, *coming], bonds):
            if self._is_one(_union(each)):
                found.add(_union(each))
                continue
            found |= each & sides
            for one in each - sides:
                found |= self._hold(coming[one])
        return found

    def _hold(self, parts: frozenset[Group]) -> set[Group]:
        self._held |= parts
        return set(parts)

    def _is_one(self, part: Group) -> bool:
        """Tell whether nothing speaks against these being one person."""
        if _is_any(self._apart, part, part):
            return False
        numbers = {found for key in part if (found := verified(self._records[key]))}
        return not any(clash(ours, theirs) for ours, theirs in combinations(numbers, 2))

    def _is_cut(self, one: Group, other: Group) -> bool:
        return _is_any(self._judged, one, other)


def _beside(pairs: Iterable[Pair]) -> dict[RecordKey, set[RecordKey]]:
    found: dict[RecordKey, set[RecordKey]] = {}
    for a, b in pairs:
        found.setdefault(a, set()).add(b)
        found.setdefault(b, set()).add(a)
    return found


def _is_any(beside: Mapping[RecordKey, set[RecordKey]], one: Group, other: Group) -> bool:
    return any(not beside[key].isdisjoint(other) for key in one if key in beside)


def _union(parts: Iterable[Group]) -> Group:
    return frozenset(key for part in parts for key in part)


def _leads(edge: frozenset[Group], some: Collection[Group], side: Group) -> bool:
    """Tell whether an edge leads from one of these to a part of that side."""
    return any(one in some for one in edge) and any(one <= side for one in edge)


def _within(edges: Edges, some: Collection[Group]) -> Edges:
    return {edge for edge in edges if all(one in some for one in edge)}


def _joined(some: Iterable[Node], edges: Iterable[Iterable[Node]]) -> list[frozenset[Node]]:
    """Give what hangs together by edges."""
    parent = {each: each for each in some}

    def root(each: Node) -> Node:
        while parent[each] != each:
            parent[each] = parent[parent[each]]
            each = parent[each]
        return each

    for one, other in edges:
        parent[root(one)] = root(other)
    found: dict[Node, set[Node]] = {}
    for each in parent:
        found.setdefault(root(each), set()).add(each)
    return [frozenset(each) for each in found.values()]
