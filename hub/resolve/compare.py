"""May these two records be of one person? The first, narrow rule.

A shared verified identifier is no proof: numbers are mistyped and borrowed, and a couple's papers
get mixed. So the forename has to agree too, and the date of birth or the family name (the
cross-check of the NHS Personal Demographics Service). Exact agreement of what was written, after
folding accents, case and punctuation: the full comparison belongs to the linker.
"""

import re
import unicodedata

from hub.model.person import Identity, Name

UNIQUE = frozenset({"nhs_number", "pnc"})
"""Schemes in which a person has one number, and a number one person."""


def same_person(a: Identity, b: Identity) -> str | None:
    """Give the reason why the two are one person, or nothing."""
    shared = sorted(verified(a) & verified(b))
    if not shared or not (_given(a) & _given(b)):
        return None
    if set(a.births) & set(b.births):
        return f"{shared[0][0]}, forename and date of birth agree"
    if _family(a) & _family(b):
        return f"{shared[0][0]}, forename and family name agree"
    return None


def contradict(a: Identity, b: Identity) -> bool:
    """Tell whether verified identifiers say that the two are different people."""
    for scheme in UNIQUE:
        ours = {value for kind, value in verified(a) if kind == scheme}
        theirs = {value for kind, value in verified(b) if kind == scheme}
        if ours and theirs and not ours & theirs:
            return True
    return False


def verified(identity: Identity) -> set[tuple[str, str]]:
    """Give the (scheme, value) of the numbers that the agency checked, of schemes that name one person."""
    return {
        (each.scheme, each.value)
        for each in identity.identifiers
        if each.verified and each.scheme in UNIQUE
    }


def _given(identity: Identity) -> set[str]:
    return {folded for name in identity.names if (folded := _first(name))}


def _family(identity: Identity) -> set[str]:
    return {folded for name in identity.names if (folded := fold(name.family))}


def _first(name: Name) -> str:
    words = (name.given or "").split()
    return fold(words[0]) if words else ""


def fold(text: str | None) -> str:
    """Bring a name to plain capital letters: without accents, apostrophes, hyphens and spaces."""
    plain = unicodedata.normalize("NFKD", text or "").casefold()
    return re.sub(r"[^a-z]", "", plain).upper()
