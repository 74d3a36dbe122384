"""What of an identity counts as evidence, brought to one spelling. What says nothing is left out."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from hub.model.person import Identity

UNIQUE = frozenset({"nhs_number", "pnc"})
"""Schemes in which a person has one number, and a number one person."""

NO_NAMES = frozenset(
    (
        "ANON", "ANONYMOUS", "BABY", "BOY", "CHILD", "DUMMY", "FEMALE", "GIRL", "INFANT", "MALE", "NK",
        "NOBODY", "NONAME", "NONE", "NOTGIVEN", "NOTKNOWN", "NOTRECORDED", "NOTSTATED", "NULL", "PERSON",
        "REFUSED", "TBC", "TEST", "TESTING", "TWIN", "UNBORN", "UNK", "UNKNOWN", "UNNAMED", "VICTIM",
        "WITHHELD", "XX", "XXX",
    )
)  # fmt: skip
"""What is written where a name is not known. Somebody who is really called so misses a link, no more."""

NO_BIRTHS = frozenset(
    {date(1899, 12, 30), date(1899, 12, 31), date(1900, 1, 1), date(1901, 1, 1), date(1970, 1, 1)}
)
"""What systems write, as exact, where no date is known. The first of January of other years stays."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What may speak for or against two records being one person.

    `given` holds first forenames; `names` first forename and family name; `whole` all forenames as
    one word and family name, without those of whom only an initial is known.
    """

    numbers: frozenset[tuple[str, str]]
    given: frozenset[str]
    family: frozenset[str]
    names: frozenset[tuple[str, str]]
    whole: frozenset[tuple[str, str]]
    births: frozenset[date]
    postcodes: frozenset[str]
    genders: frozenset[str]


@lru_cache(maxsize=8192)
def evidence(identity: Identity) -> Evidence:
    """Give what an identity tells, once it is brought to one spelling."""
    given, family, names, whole = set(), set(), set(), set()
    for name in identity.names:
        (first, forenames), last = _forenames(name.given), _family(name.family)
        if first:
            given.add(first)
        if last:
            family.add(last)
        if first and last:
            names.add((first, last))
            if len(forenames) > 1:
                whole.add((forenames, last))
    return Evidence(
        numbers=verified(identity),
        given=frozenset(given),
        family=frozenset(family),
        names=frozenset(names),
        whole=frozenset(whole),
        births=frozenset(identity.births) - NO_BIRTHS,
        postcodes=frozenset(identity.postcodes),
        genders=frozenset(identity.genders),
    )


def verified(identity: Identity) -> frozenset[tuple[str, str]]:
    """Give the (scheme, value) of the numbers that the agency checked, of schemes that name one person."""
    return frozenset(
        [
            (each.scheme, each.value)
            for each in identity.identifiers
            if each.verified and each.scheme in UNIQUE
        ]
    )


def fold(text: str | None) -> str:
    """Bring a name to plain capital letters: without accents, apostrophes, hyphens and spaces."""
    plain = unicodedata.normalize("NFKD", text or "").casefold()
    return re.sub(r"[^a-z]", "", plain).upper()


@lru_cache(maxsize=16384)
def _forenames(given: str | None) -> tuple[str, str]:
    """Give the first forename, and all of them as one word."""
    words = (given or "").split()
    return (fold(words[0]), fold(given)) if words and not _is_no_name(given) else ("", "")


@lru_cache(maxsize=16384)
def _family(family: str | None) -> str:
    return "" if _is_no_name(family) else fold(family)


def _is_no_name(text: str | None) -> bool:
    """Tell whether a word of it, or all of it in one, stands for a name that is not known."""
    words = re.split(r"[\W\d_]+", text or "")
    return fold(text) in NO_NAMES or any(fold(word) in NO_NAMES for word in words)
