"""What of an identity counts as evidence, brought to one spelling. What says nothing is left out."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from hub.model.person import Identity, Name

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
    folded = [(_first(name), _forenames(name), _family(name)) for name in identity.names]
    return Evidence(
        numbers=frozenset(verified(identity)),
        given=frozenset(first for first, _, _ in folded if first),
        family=frozenset(family for _, _, family in folded if family),
        names=frozenset((first, family) for first, _, family in folded if first and family),
        whole=frozenset((all_, family) for _, all_, family in folded if len(all_) > 1 and family),
        births=frozenset(identity.births) - NO_BIRTHS,
        postcodes=frozenset(identity.postcodes),
        genders=frozenset(identity.genders),
    )


def verified(identity: Identity) -> set[tuple[str, str]]:
    """Give the (scheme, value) of the numbers that the agency checked, of schemes that name one person."""
    return {
        (each.scheme, each.value)
        for each in identity.identifiers
        if each.verified and each.scheme in UNIQUE
    }


@lru_cache(maxsize=16384)
def fold(text: str | None) -> str:
    """Bring a name to plain capital letters: without accents, apostrophes, hyphens and spaces."""
    plain = unicodedata.normalize("NFKD", text or "").casefold()
    return re.sub(r"[^a-z]", "", plain).upper()


def _first(name: Name) -> str:
    words = (name.given or "").split()
    return fold(words[0]) if words and not _is_no_name(name.given) else ""


def _forenames(name: Name) -> str:
    return "" if _is_no_name(name.given) else fold(name.given)


def _family(name: Name) -> str:
    return "" if _is_no_name(name.family) else fold(name.family)


@lru_cache(maxsize=16384)
def _is_no_name(text: str | None) -> bool:
    """Tell whether a word of it, or all of it in one, stands for a name that is not known."""
    words = re.split(r"[\W\d_]+", text or "")
    return fold(text) in NO_NAMES or any(fold(word) in NO_NAMES for word in words)
