"""Which records are one person beyond doubt, and which ones must never be taken for one.

The rule here is the plain one that a first linker has: one number that both agencies checked with its
issuer, with the same forename and (day of birth or surname), and no two days of birth; or the very
same name, day of birth and postcode. `cannot_tell` are pairs of two people whom that rule would join
on what was written of them: nobody who has only the files can know better.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from hub.synth.names import in_ascii
from hub.synth.places import AMBER, CHILDRENS, DUNMOOR, FENMARCH, HOSPITAL
from hub.synth.told import Written
from hub.synth.truth import Truth

TRACED = {
    "nhs_number": frozenset({FENMARCH, DUNMOOR, AMBER, HOSPITAL, CHILDRENS}),
    "pnc": frozenset({FENMARCH, DUNMOOR}),
}
"""Who checks a number with its issuer."""


@dataclass(frozen=True, slots=True)
class ExpectedLink:
    """Two records, and what is to become of them: `link`, `never` or `cannot_tell`."""

    one: tuple[str, str]  # agency, its key
    other: tuple[str, str]
    expect: str
    why: str


def expected_links(truth: Truth, written: Iterable[Written]) -> list[ExpectedLink]:
    """Give every pair of which something is certain, in the order of their keys."""
    records = sorted(written, key=_mark)
    found: dict[tuple[tuple[str, str], tuple[str, str]], ExpectedLink] = {}
    for one, other in _within_one_household(truth, records):
        found[_mark(one), _mark(other)] = _pair(one, other, "never", "one_household")
    for one, other, why in _alike(records):
        is_one = one.person == other.person
        link = _pair(one, other, "link" if is_one else "cannot_tell", why)
        found.setdefault((link.one, link.other), link)
        if not is_one:
            found[link.one, link.other] = link
    return [found[pair] for pair in sorted(found)]


def links_as_json(links: Iterable[ExpectedLink]) -> Iterator[Mapping[str, object]]:
    for each in links:
        yield {
            "one": {"agency": each.one[0], "local_id": each.one[1]},
            "other": {"agency": each.other[0], "local_id": each.other[1]},
            "expect": each.expect,
            "why": each.why,
        }


def _within_one_household(
    truth: Truth, records: Sequence[Written]
) -> Iterator[tuple[Written, Written]]:
    """Give pairs of records of two people who live together."""
    by_home: dict[int, list[Written]] = defaultdict(list)
    for record in records:
        by_home[truth.people[record.person].household].append(record)
    for at_home in by_home.values():
        for one, other in combinations(at_home, 2):
            if one.person != other.person:
                yield one, other


def _alike(records: Sequence[Written]) -> Iterator[tuple[Written, Written, str]]:
    """Give pairs that the plain rule joins; a pair may come more than once, the surest reason first."""
    for scheme, agencies in TRACED.items():
        checked = [each for each in records if each.agency in agencies]
        for one, other in _pairs(checked, lambda each, name=scheme: getattr(each, name)):  # type: ignore[misc]
            if _cross_checked(one, other):
                yield one, other, scheme
    for one, other in _pairs(records, _name_birth_postcode):
        yield one, other, "name_birth_postcode"


def _pairs(
    records: Sequence[Written], key: Callable[[Written], object]
) -> Iterator[tuple[Written, Written]]:
    groups: dict[object, list[Written]] = defaultdict(list)
    for record in records:
        if mark := key(record):
            groups[mark].append(record)
    for group in groups.values():
        yield from combinations(group, 2)


def _cross_checked(one: Written, other: Written) -> bool:
    same_birth = one.born is not None and one.born == other.born
    two_births = None not in (one.born, other.born) and one.born != other.born
    same_family = plain(one.family) == plain(other.family)
    return plain(one.given) == plain(other.given) and not two_births and (same_birth or same_family)


def _name_birth_postcode(record: Written) -> object:
    """Give what has to be alike; None where something is missing, or the address was another one once."""
    if record.born is None or len(record.postcodes) != 1:
        return None
    return plain(record.given), plain(record.family), record.born, *record.postcodes


def plain(name: str) -> str:
    """Give a name's letters A to Z, however an agency's system writes the others."""
    return "".join(letter for letter in in_ascii(name).upper() if letter.isalpha())


def _mark(record: Written) -> tuple[str, str]:
    return record.agency, record.local_id


def _pair(one: Written, other: Written, expect: str, why: str) -> ExpectedLink:
    first, second = sorted((_mark(one), _mark(other)))
    return ExpectedLink(first, second, expect, why)
