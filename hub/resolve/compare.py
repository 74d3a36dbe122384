"""May these two records be of one person? Exact agreement of what was written, after folding.

**Surely**, by one of two rules. A verified number that both carry, where the forename agrees too,
and the date of birth or the family name: a number by itself is no proof, since numbers are mistyped
and borrowed, and a couple's papers get mixed (the cross-check of the NHS Personal Demographics
Service). Or, without a number: all forenames, family name, exact date of birth and postcode. Those who share
a household share the family name, the postcode and the telephone, twins the date of birth as well;
so all four have to agree, an initial is no forename, and two stated genders must not differ.

**Possibly**, where part of that agrees. It joins nobody: what narrows counts it, what widens does not.

Telephone numbers, e-mail and safe addresses never come here. The full comparison belongs to the
linker.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import IntEnum

from hub.model.person import Identity
from hub.resolve.evidence import UNIQUE, Evidence, evidence, fold, verified
from hub.resolve.keys import Kind

__all__ = ["Finding", "Tier", "clash", "compare", "contradict", "fold", "same_person", "verified"]


class Tier(IntEnum):
    """How strong a link is, the strongest first. The database keeps the number."""

    NUMBER_AND_ALL = 1
    """A verified number, the forename, the date of birth and the family name."""
    NUMBER = 2
    """A verified number, the forename, and one of the two."""
    NAME_BIRTH_POSTCODE = 3
    POSSIBLE = 4
    """Something agrees, and not enough does."""
    REFUSED = 5
    """It would be a sure link, and what it would join contradicts itself or was judged to be two."""

    @property
    def is_sure(self) -> bool:
        return self <= Tier.NAME_BIRTH_POSTCODE


@dataclass(frozen=True, slots=True)
class Finding:
    """How two records hang together, and why; the reason names what agrees and no value."""

    tier: Tier
    reason: str


def compare(a: Identity, b: Identity, kinds: Collection[Kind]) -> Finding | None:
    """Compare two records. `kinds` are the kinds of key by which they may be possible links."""
    ours, theirs = evidence(a), evidence(b)
    return _surely(ours, theirs) or _possibly(ours, theirs, kinds)


def same_person(a: Identity, b: Identity) -> str | None:
    """Give the reason why the two surely are one person, or nothing."""
    found = _surely(evidence(a), evidence(b))
    return found.reason if found else None


def contradict(a: Identity, b: Identity) -> bool:
    """Tell whether verified identifiers say that the two are different people."""
    return clash(verified(a), verified(b))


def clash(ours: Collection[tuple[str, str]], theirs: Collection[tuple[str, str]]) -> bool:
    """Tell whether in one scheme both have numbers, and none that both have."""
    for scheme in UNIQUE:
        mine = {value for kind, value in ours if kind == scheme}
        yours = {value for kind, value in theirs if kind == scheme}
        if mine and yours and not mine & yours:
            return True
    return False


def _surely(a: Evidence, b: Evidence) -> Finding | None:
    shared = a.numbers & b.numbers
    birth, family = bool(a.births & b.births), bool(a.family & b.family)
    if shared and a.given & b.given and (birth or family):
        what = "date of birth" if birth else "family name"
        tier = Tier.NUMBER_AND_ALL if birth and family else Tier.NUMBER
        return Finding(tier, f"{min(shared)[0]}, forename and {what} agree")
    if birth and a.whole & b.whole and a.postcodes & b.postcodes and not _differ(a, b):
        return Finding(Tier.NAME_BIRTH_POSTCODE, "name, date of birth and postcode agree")
    return None


def _possibly(a: Evidence, b: Evidence, kinds: Collection[Kind]) -> Finding | None:
    shared = a.numbers & b.numbers
    if Kind.NUMBER in kinds and shared:
        return Finding(Tier.POSSIBLE, f"{min(shared)[0]} agrees, and the cross-check fails")
    name = _name_in_common(a, b)
    birth, postcode = a.births & b.births, a.postcodes & b.postcodes
    if name and Kind.NAME_BIRTH in kinds and birth:
        agree = "date of birth and postcode" if postcode else "date of birth"
        return Finding(Tier.POSSIBLE, f"{name} and {agree} agree")
    if name and Kind.NAME_POSTCODE in kinds and postcode and not (a.births and b.births):
        return Finding(Tier.POSSIBLE, f"{name} and postcode agree, a date of birth is missing")
    return None


def _name_in_common(a: Evidence, b: Evidence) -> str:
    """Say which names agree: as they are, or forename and family name the other way round."""
    if a.names & b.names:
        return "name"
    if a.names & {(family, first) for first, family in b.names}:
        return "name, the other way round,"
    return ""


def _differ(a: Evidence, b: Evidence) -> bool:
    """Tell whether both genders are stated, and none that both have."""
    return bool(a.genders and b.genders and not a.genders & b.genders)
