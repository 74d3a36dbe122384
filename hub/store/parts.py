"""Long lists in parts: a statement takes 65,535 values at the most, and some people have many events."""

from collections.abc import Collection, Iterator
from itertools import islice
from typing import Any, TypeVar

T = TypeVar("T", bound=Any)

AT_ONCE = 10_000


def in_parts(values: Collection[T]) -> Iterator[list[T]]:
    """Give the distinct values, sorted, so many at once that a statement can take pairs of them."""
    ordered = iter(sorted(set(values)))
    while part := list(islice(ordered, AT_ONCE)):
        yield part
