"""Say in few conditions which points of a grid are meant, exactly.

A box is a product: of each attribute some of its values. A set of contexts becomes few boxes that
together hold all of it and nothing else; they may overlap, as two sentences joined by "or" may.
What comes out depends on the set alone, not on how finely the grid that it lies in was cut.
"""

from collections.abc import Iterable, Sequence
from itertools import product
from typing import TypeAlias

Point: TypeAlias = tuple[int, ...]
Box: TypeAlias = tuple[frozenset[int], ...]


def expand(boxes: Iterable[Box]) -> frozenset[Point]:
    """Give every point of the boxes."""
    return frozenset(point for box in boxes for point in product(*map(sorted, box)))


def compress(points: Iterable[Point], sizes: Sequence[int]) -> tuple[Box, ...]:
    """Give boxes that hold these points of a grid and no other, the largest first."""
    wanted = frozenset(points)
    if not wanted:
        return ()
    whole = tuple(frozenset(point[axis] for point in wanted) for axis in range(len(sizes)))
    if _count(whole) == len(wanted):
        return (whole,)
    alike = [_alike(wanted, axis, size) for axis, size in enumerate(sizes)]
    place = [{value: at for at, group in enumerate(groups) for value in group} for groups in alike]
    smaller = {tuple(map(dict.__getitem__, place, point)) for point in wanted}
    found = [
        tuple(
            frozenset(value for at in box[axis] for value in groups[at])
            for axis, groups in enumerate(alike)
        )
        for box in _Grid(smaller, [len(groups) for groups in alike]).cover()
    ]
    return tuple(sorted(found, key=lambda box: (-_count(box), [sorted(each) for each in box])))


def _count(box: Box) -> int:
    count = 1
    for each in box:
        count *= len(each)
    return count


def _alike(points: Iterable[Point], axis: int, size: int) -> list[list[int]]:
    """Put together the values of an attribute that the set does not tell apart."""
    slices: dict[int, set[Point]] = {value: set() for value in range(size)}
    for point in points:
        slices[point[axis]].add(point[:axis] + point[axis + 1 :])
    groups: dict[frozenset[Point], list[int]] = {}
    for value, cut in slices.items():
        groups.setdefault(frozenset(cut), []).append(value)
    return list(groups.values())


class _Grid:
    """A set of points as the bits of one number, so that a box is tested in one step."""

    def __init__(self, points: Iterable[Point], sizes: Sequence[int]) -> None:
        self._axes = [axis for axis, size in enumerate(sizes) if size > 1]
        self._sizes = sizes
        every = list(product(*map(range, sizes)))
        self._slabs = [
            [
                sum(1 << at for at, point in enumerate(every) if point[axis] == value)
                for value in range(size)
            ]
            for axis, size in enumerate(sizes)
        ]
        self._points = sorted(points)
        numbers = {point: at for at, point in enumerate(every)}
        self._bits = {point: 1 << numbers[point] for point in self._points}
        self._wanted = sum(self._bits.values())

    def cover(self) -> list[Box]:
        """Cover all points: each time by the largest box of several around the first one left."""
        boxes: list[tuple[Box, int]] = []
        left = self._wanted
        for point in self._points:
            if self._bits[point] & left:
                box, bits = max(
                    self._around(point),
                    key=lambda each: ((each[1] & left).bit_count(), each[1].bit_count()),
                )
                boxes.append((box, bits))
                left &= ~bits
        return self._needed(boxes)

    def _needed(self, boxes: list[tuple[Box, int]]) -> list[Box]:
        """Drop each box that the others cover, the smallest first."""
        kept = sorted(boxes, key=lambda each: each[1].bit_count())
        for box in tuple(kept):
            others = 0
            for other in kept:
                others |= other[1] if other is not box else 0
            if others == self._wanted:
                kept.remove(box)
        return [box for box, _ in kept]

    def _around(self, point: Point) -> Iterable[tuple[Box, int]]:
        """Grow a point into boxes that cannot grow further, one for each order of the attributes."""
        turns = [self._axes[at:] + self._axes[:at] for at in range(len(self._axes))]
        for order in (*turns, *(each[::-1] for each in turns)):
            yield self._grown(point, order)

    def _grown(self, point: Point, order: Sequence[int]) -> tuple[Box, int]:
        box = [{value} for value in point]
        sides = [self._slabs[axis][value] for axis, value in enumerate(point)]
        for axis in order:
            across = -1
            for other, side in enumerate(sides):
                across &= side if other != axis else -1
            for value, slab in enumerate(self._slabs[axis]):
                if not across & slab & ~self._wanted:
                    box[axis].add(value)
                    sides[axis] |= slab
        bits = self._wanted
        for side in sides:
            bits &= side
        return tuple(map(frozenset, box)), bits
