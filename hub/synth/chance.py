"""Seeded chance: the same seed gives the same county, whatever the machine or the hash seed."""

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def chance_for(seed: int, *marks: str | int) -> random.Random:
    """Give a source of chance of its own to one purpose, so that drawing more for one moves no other."""
    return random.Random("/".join(map(str, (seed, *marks))))


def happens(chance: random.Random, share: float) -> bool:
    """Tell whether something happens that does in such a share of all cases."""
    return chance.random() < share


def weighed(chance: random.Random, weighted: Sequence[tuple[T, int]]) -> T:
    """Give one of several, each as often as its weight says."""
    return chance.choices([each for each, _ in weighted], weights=[often for _, often in weighted])[
        0
    ]
