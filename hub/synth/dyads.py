"""Who harms whom: a dyad is the same victim and the same perpetrator, whatever happens between them.

Most dyads have one incident; a few make most of the harm (Suffolk: 76 % never repeat, under 2 % make
80 % of the harm). Some people are a victim in one dyad and a perpetrator in another.
"""

import random
from dataclasses import dataclass, field

from hub.synth.chance import chance_for, happens, weighed
from hub.synth.households import BONDS, Family, Population

IN_A_YEAR = 0.6  # share of families of two grown-ups in which something happens
WOMAN_HARMED = 0.92
SHARES = (("once", 76), ("repeats", 22), ("heavy", 2))
REPEATS, HEAVY_REPEATS = (2, 2, 2, 2, 3, 3, 4, 5), (12, 28)
ANOTHER_VICTIM, ANOTHER_ROLE, ACQUAINTED = 0.10, 0.07, 0.05
UNKNOWN_TO_POLICE, WITH_HIM_NOW = 0.1, 0.4
OTHER_BONDS = ("acquaintance", "sibling", "other_family")


@dataclass(frozen=True, slots=True)
class Dyad:
    """One victim and one perpetrator; `relation` is what the victim is to the perpetrator."""

    number: int
    victim: int
    perpetrator: int
    relation: str
    family: int
    is_heavy: bool
    incidents: int
    police_know: bool


@dataclass(slots=True)
class _Drawing:
    """The dyads so far; nobody harms the same person in two of them."""

    chance: random.Random
    years: float
    dyads: list[Dyad] = field(default_factory=list)
    taken: set[tuple[int, int]] = field(default_factory=set)

    def add(self, victim: int, perpetrator: int, relation: str, family: int) -> None:
        if victim == perpetrator or (victim, perpetrator) in self.taken:
            return
        self.taken.add((victim, perpetrator))
        kind = weighed(self.chance, SHARES)
        is_heavy = kind == "heavy"
        police_know = is_heavy or not happens(self.chance, UNKNOWN_TO_POLICE)
        self.dyads.append(
            Dyad(
                number=len(self.dyads),
                victim=victim,
                perpetrator=perpetrator,
                relation=relation,
                family=family,
                is_heavy=is_heavy,
                incidents=_incidents(self.chance, kind, years=self.years),
                police_know=police_know,
            )
        )


def draw_dyads(seed: int, population: Population, *, years: float) -> list[Dyad]:
    """Draw the dyads of families, then those that join two families."""
    chance = chance_for(seed, "dyads")
    drawing = _Drawing(chance, years)
    share = 1 - (1 - IN_A_YEAR) ** years
    for number, family in enumerate(population.families):
        if len(family.adults) > 1 and happens(chance, share):
            drawing.add(*_within(family, woman_harmed=happens(chance, WOMAN_HARMED)), number)
    for dyad in tuple(drawing.dyads):
        if happens(chance, ANOTHER_VICTIM):
            other, family = _some_family(chance, population)
            bond = "partner" if happens(chance, WITH_HIM_NOW) else "ex_partner"
            drawing.add(family.adults[0], dyad.perpetrator, bond, other)
        if happens(chance, ANOTHER_ROLE):
            other, family = _some_family(chance, population)
            drawing.add(family.adults[0], dyad.victim, chance.choice(OTHER_BONDS), other)
        if happens(chance, ACQUAINTED):
            other, family = _some_family(chance, population)
            drawing.add(dyad.victim, family.adults[-1], "acquaintance", dyad.family)
    return drawing.dyads


def _incidents(chance: random.Random, kind: str, *, years: float) -> int:
    match kind:
        case "heavy":
            return max(3, int(chance.randint(*HEAVY_REPEATS) * years))
        case "repeats":
            return chance.choice(REPEATS) + int(chance.random() * max(0, years - 1))
        case _:
            return 1


def _some_family(chance: random.Random, population: Population) -> tuple[int, Family]:
    number = chance.randrange(len(population.families))
    return number, population.families[number]


def _within(family: Family, *, woman_harmed: bool) -> tuple[int, int, str]:
    first, second = family.adults
    if family.kind == "elder":
        return first, second, "parent"
    bond = BONDS[family.kind]
    return (first, second, bond) if woman_harmed else (second, first, bond)
