"""Enumerate every context that rules can tell apart.

The domain is finite, so a question about all of it is answered, not sampled. Two words that stand
in the same conditions are one class; one word of each is looked at, and one of those that no
condition mentions.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import product

from hub.disclose.rules import Condition
from hub.disclose.vocabulary import LISTS, Vocabulary
from hub.model.enquiry import Context

FLAGS = ("conflict_of_interest", "perpetrator_link")
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
    by_attribute: dict[str, list[frozenset[str | bool]]] = {}
    for condition in (*told_apart_by, *within):
        by_attribute.setdefault(condition.attribute, []).append(condition.allowed)
    choices = [
        [
            value
            for value in _one_of_each(_values(name, agency, vocabulary), by_attribute.get(name, []))
            if all(value in each.allowed for each in within if each.attribute == name)
        ]
        for name in (*LISTS, *FLAGS)
    ]
    for values in product(*choices):
        yield _context(values)


def reaches(conditions: Iterable[Condition], agency: str) -> bool:
    """Tell whether a clause is about a type of agency at all."""
    return all(agency in each.allowed for each in conditions if each.attribute == "agency")


def _values(name: str, agency: str, vocabulary: Vocabulary) -> Sequence[str | bool]:
    if name == "agency":
        return (agency,)
    return (False, True) if name in FLAGS else vocabulary.words[name]


def _one_of_each(
    values: Sequence[str | bool], sets: Sequence[frozenset[str | bool]]
) -> list[str | bool]:
    """Give one value of each class; values in the same sets are one class."""
    found: dict[tuple[bool, ...], str | bool] = {}
    for value in values:
        found.setdefault(tuple(value in each for each in sets), value)
    return list(found.values())


def _context(values: Sequence[str | bool]) -> Context:
    words = dict(zip(LISTS, (str(each) for each in values), strict=False))
    conflict, link = (bool(each) for each in values[len(LISTS) :])
    return Context(**words, conflict_of_interest=conflict, perpetrator_link=link, event_date=NO_DAY)
