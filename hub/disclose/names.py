"""Bring names of organisations and people to one form, so that spelling does not decide.

Two uses, two strictnesses. What narrows (a conflict) may match loosely: a typo or a longer form of
the name counts. What widens (being named) has to be the same name once case, accents, punctuation
and words that carry nothing are gone.
"""

import re
import unicodedata
from functools import lru_cache
from typing import TypeAlias

Words: TypeAlias = tuple[str, ...]
"""A name as it is compared."""

NOISE = frozenset(
    {"ltd", "limited", "plc", "llp", "cic", "the", "service", "services", "council", "and", "of"}
)
"""Words that one writer adds and the next leaves out."""

TYPO_FROM = 6
"""Shorter names are one letter from too many others."""

CONTAINED_FROM = 2
"""One word within a longer name is a coincidence (Kestrel Bakery); two are the same place."""

WORD = re.compile(r"[^\W_]+")
APOSTROPHE = re.compile(r"['\u2018\u2019\u02bc`]")


@lru_cache(maxsize=16384)
def words_of(text: str) -> Words:
    """Give the words of a text without case, accents and punctuation."""
    plain = unicodedata.normalize("NFKD", APOSTROPHE.sub("", text).casefold())
    return tuple(WORD.findall("".join(char for char in plain if not unicodedata.combining(char))))


def name_of(organisation: str) -> Words:
    """Give an organisation's name as it is compared; empty if it is made of noise alone."""
    return tuple(word for word in words_of(organisation) if word not in NOISE)


def may_be_same(one: Words, other: Words) -> bool:
    """Tell loosely whether two names may mean one organisation: for what narrows, never to widen."""
    if not one or not other:
        return False
    if one == other:
        return True
    fewer, more = sorted((set(one), set(other)), key=len)
    if len(fewer) >= CONTAINED_FROM and fewer <= more:
        return True
    joined, joined_other = "".join(one), "".join(other)
    return min(len(joined), len(joined_other)) >= TYPO_FROM and one_typo(joined, joined_other)


def one_typo(one: str, other: str) -> bool:
    """Tell whether one letter changed, missing, added or swapped with the next makes the other."""
    if abs(len(one) - len(other)) > 1:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    rest, rest_other = one[start:], other[start:]
    swapped = len(rest) > 1 and rest[1] + rest[0] + rest[2:] == rest_other
    added, missing = rest == rest_other[1:], rest[1:] == rest_other
    return swapped or added or missing or rest[1:] == rest_other[1:]
