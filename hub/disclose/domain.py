"""Enumerate every context that rules can tell apart.

The domain is finite, so a question about all of it is answered, not sampled. Two words that stand
in the same conditions are one class; one word of each is looked at, and one of those that no
condition mentions.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import product
from typing import TypeAlias

from hub.disclose.rules import Condition
from hub.disclose.vocabulary import LISTS, Vocabulary
from hub.model.enquiry import Context

Value: TypeAlias = str | bool
Classes: TypeAlias = Mapping[str, Sequence[tuple[Value, ...]]]
"""For each attribute of a context its values, those that nothing tells apart together."""

FLAGS = ("conflict_of_interest", "perpetrator_link")
ATTRIBUTES = (*LISTS, *FLAGS)
NO_DAY = date(2000, 1, 1)
"""A decision does not depend on the day of the event."""

NO_EXPIRY = date.min
"""Today, for a question about the table itself: every permit stands."""


def contexts(
    agency: str,
    told_apart_by: Iterable[Condition],
    vocabulary: Vocabulary,
    *,
    within: Sequence[Condition] = (),
) -> Iterator[Context]:
    """Give one context of each class for a type of agency, out of those that meet `within`."""
    told_apart = classes(agency, (*told_apart_by, *within), vocabulary)
    choices = [
        [
            values[0]
            for values in told_apart[name]
            if all(values[0] in each.allowed for each in within if each.attribute == name)
        ]
        for name in ATTRIBUTES
    ]
    for values in product(*choices):
        yield _context(values)


def classes(agency: str, told_apart_by: Iterable[Condition], vocabulary: Vocabulary) -> Classes:
    """Give the classes of each attribute for a type of agency: `contexts` is their product."""
    by_attribute: dict[str, list[frozenset[Value]]] = {}
    for condition in told_apart_by:
        by_attribute.setdefault(condition.attribute, []).append(condition.allowed)
    return {
        name: _classes(_values(name, agency, vocabulary), by_attribute.get(name, []))
        for name in ATTRIBUTES
    }


def reaches(conditions: Iterable[Condition], agency: str) -> bool:
    """Tell whether a clause is about a type of agency at all."""
    return all(agency in each.allowed for each in conditions if each.attribute == "agency")


def _values(name: str, agency: str, vocabulary: Vocabulary) -> Sequence[Value]:
    if name == "agency":
        return (agency,)
    return (False, True) if name in FLAGS else vocabulary.words[name]


def _classes(values: Sequence[Value], sets: Sequence[frozenset[Value]]) -> list[tuple[Value, ...]]:
    """Sort values into classes; those in the same sets are one."""
    found: dict[tuple[bool, ...], list[Value]] = {}
    for value in values:
        found.setdefault(tuple(value in each for each in sets), []).append(value)
    return [tuple(each) for each in found.values()]


def _context(values: Sequence[Value]) -> Context:
    words = dict(zip(LISTS, (str(each) for each in values), strict=False))
    conflict, link = (bool(each) for each in values[len(LISTS) :])
    return Context(**words, conflict_of_interest=conflict, perpetrator_link=link, event_date=NO_DAY)
