"""Compare two tables of rules: who would see more, who less, and in which contexts exactly.

Every context that either of them tells apart is looked at, so what comes out is all there is. Files,
names, order and comments play no part; nor do review dates: whether a permit should be renewed is
its owner's review, and the matrix lists the dates.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from math import prod
from typing import Literal, TypedDict

from hub.disclose.boxes import Point
from hub.disclose.cells import Cell, Cells
from hub.disclose.decide import Decision
from hub.disclose.domain import ATTRIBUTES, Classes, classes, contexts
from hub.disclose.rules import Condition, Effect, Rule
from hub.disclose.vocabulary import LISTS, ORDERED, Tag, Vocabulary
from hub.disclose.where import ALWAYS, in_words, points_of, wheres, words_of
from hub.model.level import Level

NOT_PROTECTING = ("name", "meaning", "personal", "derived")
PROTECTING = tuple(each.name for each in fields(Tag) if each.name not in NOT_PROTECTING)
"""Marks on a tag by which less goes out, whatever the rules say: without one more does."""

VOCABULARY = "vocabulary"
WORDS = "vocabulary.toml"
"""What gives more or less where a mark changes."""

WIDENS, NARROWS = "WIDENS", "narrows"

Change = TypedDict(
    "Change",
    {
        "agency": str,
        "tag": str,
        "step": str,
        "from": str,
        "to": str,
        "rule": str,
        "held_by": list[str],
        "context_classes": int,
        "where": list[str],
        "contexts": list[dict[str, list[str | bool]]],
        "line": str,
    },
)
"""One cell that changes from one level to another. `tag` names the event where `step` is event.

`rule` has the rules that give the higher of the two levels, `held_by` the forbids and caps of the
other side. `line` is the hash of what the line says: whoever signs it signs that.
"""


class Difference(TypedDict):
    """All that changes, in the order of cells."""

    widens: list[Change]
    narrows: list[Change]


def compare(old: Cells, new: Cells) -> Difference:
    """Give every cell that changes."""
    found: Difference = {"widens": [], "narrows": []}
    both = _Both(old, new)
    for cell in sorted({*old, *new}):
        if not both.same(cell):
            for (before, after), moved in both.moved(cell):
                found["widens" if after > before else "narrows"].append(
                    both.told(cell, before, after, moved)
                )
    for change, kind in _marks(old.vocabulary, new.vocabulary):
        found[kind].append(change)
    return found


def in_lines(change: Change, head: str) -> Iterator[str]:
    """Say a line in words."""
    start = f"{head} {change['agency']}/{change['tag']}: {change['from']} -> {change['to']} by {change['rule']}"
    if change["step"] == VOCABULARY:
        yield start
        return
    yield f"{start} in {change['context_classes']} context classes;"
    for at, where in enumerate(change["where"]):
        yield f"       {'or where' if at else 'where'} {where}"
    if change["held_by"]:
        verb = "now held" if head == NARROWS else "no longer held"
        yield f"       {verb} by {', '.join(change['held_by'])}"


@dataclass(slots=True)
class _Moved:
    """The contexts in which a cell changes in one way, and the rules on either side."""

    points: list[Point]
    giving: set[str]
    holding: set[str]


class _Both:
    """Two tables side by side, over the words of both. Which of them is the old one makes no difference."""

    def __init__(self, old: Cells, new: Cells) -> None:
        self._old, self._new = old, new
        sides = old.vocabulary.words, new.vocabulary.words
        self._ordered = [name for name in ORDERED if sides[0][name] == sides[1][name]]
        words = {
            name: sides[0][name]
            if sides[0][name] == sides[1][name]
            else tuple(sorted({*sides[0][name], *sides[1][name]}))
            for name in LISTS
        }
        self._vocabulary = replace(new.vocabulary, words=words)
        # words that only one of the two has, and the other refuses, are told apart
        self._seam = [
            Condition(name, frozenset(side[name]), "")
            for name in LISTS
            if set(sides[0][name]) != set(sides[1][name])
            for side in sides
        ]

    def same(self, cell: Cell) -> bool:
        """Tell without looking at any context that a cell cannot have changed."""
        old, new = self._old, self._new
        return (
            not self._seam
            and old.knows(cell) == new.knows(cell)
            and _said(old.speaking_of(cell)) == _said(new.speaking_of(cell))
        )

    def moved(self, cell: Cell) -> list[tuple[tuple[Level, Level], _Moved]]:
        """Decide a cell on both sides in every context, and sort those that change by how they do."""
        found: dict[tuple[Level, Level], _Moved] = {}
        every = contexts(cell.agency, self._apart(cell), self._vocabulary)
        for point, context in zip(points_of(self._grid(cell)), every, strict=True):
            before, after = self._old.decide(cell, context), self._new.decide(cell, context)
            if before.level != after.level:
                moved = found.setdefault((before.level, after.level), _Moved([], set(), set()))
                moved.points.append(point)
                widens = after.level > before.level
                moved.giving.update((after if widens else before).reasons)
                moved.holding.update(
                    _holding(before, self._old) if widens else _holding(after, self._new)
                )
        return sorted(found.items())

    def told(self, cell: Cell, before: Level, after: Level, moved: _Moved) -> Change:
        """Say one change of a cell."""
        grid = self._grid(cell)
        found = [where for where, _ in wheres(moved.points, grid)]
        words = words_of(self._vocabulary)
        return _hashed(
            {
                "agency": cell.agency,
                "tag": cell.name,
                "step": cell.step,
                "from": before.name.lower(),
                "to": after.name.lower(),
                "rule": ", ".join(sorted(moved.giving)),
                "held_by": sorted(moved.holding),
                "context_classes": self._count(moved.points, grid, cell.agency),
                "where": [in_words(each, words, self._ordered) for each in found],
                "contexts": [
                    {name: list(values) for name, values in each.items()} for each in found
                ],
                "line": "",
            }
        )

    def _apart(self, cell: Cell) -> list[Condition]:
        return [*self._old.told_apart_by(cell), *self._new.told_apart_by(cell), *self._seam]

    def _grid(self, cell: Cell) -> Classes:
        return classes(cell.agency, self._apart(cell), self._vocabulary)

    def _count(self, points: Iterable[Point], grid: Classes, agency: str) -> int:
        """Count contexts by what any rule of either side tells apart, so that cells can be compared."""
        every = [each for side in (self._old, self._new) for each in side.conditions]
        finest = classes(agency, [*every, *self._seam], self._vocabulary)
        firsts = {name: {values[0] for values in each} for name, each in finest.items()}
        sizes = [
            [len(firsts[name].intersection(values)) for values in grid[name]] for name in ATTRIBUTES
        ]
        return sum(prod(sizes[axis][at] for axis, at in enumerate(point)) for point in points)


def _said(rules: Iterable[Rule]) -> set[tuple[Effect, Level, frozenset[object]]]:
    """Say what rules do, without who wrote them down, where and why."""
    return {
        (
            rule.effect,
            rule.level,
            frozenset(
                (each.attribute, each.allowed)
                for each in rule.conditions
                if each.attribute != "agency"
            ),
        )
        for rule in rules
    }


def _holding(decision: Decision, side: Cells) -> Iterator[str]:
    return (each for each in decision.reasons if side.rules[each].effect is not Effect.PERMIT)


def _marks(
    old: Vocabulary, new: Vocabulary
) -> Iterator[tuple[Change, Literal["widens", "narrows"]]]:
    """Give the tags that lost or got a mark that protects."""
    for name in sorted(old.tags.keys() & new.tags.keys()):
        for mark in PROTECTING:
            before, after = (bool(getattr(each.tags[name], mark)) for each in (old, new))
            if before != after:
                change: Change = {
                    "agency": "*",
                    "tag": name,
                    "step": VOCABULARY,
                    "from": _mark(mark, before),
                    "to": _mark(mark, after),
                    "rule": WORDS,
                    "held_by": [],
                    "context_classes": 1,
                    "where": [ALWAYS],
                    "contexts": [],
                    "line": "",
                }
                yield _hashed(change), "widens" if before else "narrows"


def _mark(mark: str, value: bool) -> str:  # noqa: FBT001 - what the vocabulary says
    return f"{mark} = {str(value).lower()}"


def _hashed(change: Change) -> Change:
    """Name a line by what it says exactly; not by how many classes the contexts were counted in."""
    said: Mapping[str, object] = {
        key: change[key] for key in ("agency", "tag", "step", "from", "to", "rule", "contexts")
    }
    text = json.dumps(said, sort_keys=True, separators=(",", ":"))
    return {**change, "line": hashlib.sha256(text.encode()).hexdigest()}
