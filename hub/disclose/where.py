"""Conditions in words: in which contexts something stands, for people and exactly."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import product
from typing import TypeAlias

from hub.disclose.boxes import Box, Point, compress
from hub.disclose.domain import ATTRIBUTES, FLAGS, Classes, Value
from hub.disclose.vocabulary import ORDERED, Vocabulary

Where: TypeAlias = Mapping[str, tuple[Value, ...]]
"""For every attribute but the agency, which words it may be: a product of them is meant."""

Words: TypeAlias = Mapping[str, Sequence[Value]]
"""All there are, in the order of the vocabulary."""

ALWAYS = "always"
ASKED = tuple(name for name in ATTRIBUTES if name != "agency")


def points_of(classes: Classes) -> Iterable[Point]:
    """Give the points of a grid of classes, in the order in which `contexts` gives their contexts."""
    return product(*(range(len(classes[name])) for name in ATTRIBUTES))


def wheres(points: Iterable[Point], classes: Classes) -> list[tuple[Where, Box]]:
    """Give the fewest products of words that hold these points, each with its box of the grid."""
    sizes = [len(classes[name]) for name in ATTRIBUTES]
    return [
        (
            {
                name: tuple(sorted((value for at in side for value in classes[name][at]), key=str))
                for name, side in zip(ATTRIBUTES, box, strict=True)
                if name in ASKED
            },
            box,
        )
        for box in compress(points, sizes)
    ]


def in_words(where: Where, words: Words, ordered: Collection[str] = ORDERED) -> str:
    """Say a product in words; what may be anything is left out. In `ordered` lists place is rank."""
    parts = [
        _part(name, frozenset(where[name]), tuple(words[name]), in_order=name in ordered)
        for name in ASKED
    ]
    return ", ".join(filter(None, parts)) or ALWAYS


def words_of(vocabulary: Vocabulary) -> Words:
    return {**vocabulary.words, **dict.fromkeys(FLAGS, (False, True))}


def _part(name: str, allowed: frozenset[Value], words: tuple[Value, ...], *, in_order: bool) -> str:
    if allowed >= frozenset(words):
        return ""
    if name in FLAGS:
        return name if True in allowed else f"no {name}"
    among = tuple(str(word) for word in words if word in allowed)
    others = tuple(str(word) for word in words if word not in allowed)
    return f"{name} {_among(among, others, words, in_order=in_order)}"


def _among(
    among: tuple[str, ...], others: tuple[str, ...], words: tuple[Value, ...], *, in_order: bool
) -> str:
    if len(among) == 1:
        return among[0]
    if in_order and among == words[-len(among) :]:
        return f"{among[0]} or more"
    if in_order and among == words[: len(among)]:
        return f"{among[-1]} or less"
    if 2 * len(others) < len(among) or len(others) == 1:
        return f"other than {' or '.join(others)}"
    return f"in {{{','.join(among)}}}"
