"""Who lives with whom: families, each in one household or, when the couple parted, in two."""

import random
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from hub.synth.chance import happens, weighed
from hub.synth.people import Person, Register, adult, born_between, child, open_register
from hub.synth.places import DUNMOOR, FENMARCH, LANDLORDS, SURGERIES, Address, draw_address

KINDS = (("couple", 45), ("apart", 35), ("elder", 10), ("siblings", 2), ("single", 8))  # percent
LEAST = {"couple": 2, "apart": 2, "elder": 2, "siblings": 2, "single": 1}
WITH_CHILDREN = {"couple": 0.76, "apart": 0.86}
CHILDREN = (1, 1, 2, 2, 2, 2, 3, 3, 3, 4)
TENANTS, IN_DUNMOOR, AT_THE_BORDER = 0.6, 0.3, 0.12
APART = (330, 1500)  # days between two children
TOOK_HIS_NAME, SAME_SEX, TWINS, GROWN_TWINS = 0.5, 0.04, 0.04, 0.5
ONE_TELEPHONE = {"couple": 0.12, "elder": 0.3, "siblings": 0.2}
ELDER_IS_FATHER, NAMED_AFTER_HIM = 0.35, 0.35
BONDS = {"couple": "partner", "apart": "ex_partner", "siblings": "sibling"}


@dataclass(frozen=True, slots=True)
class Household:
    """An address and those who live there."""

    number: int
    force: str
    home: Address
    landlord: str | None
    surgery: str
    members: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Relation:
    """What one person is to another."""

    person: int
    to: int
    relation: str


@dataclass(frozen=True, slots=True)
class Family:
    """Two grown-ups (or one) and the children of the first, near one border or not."""

    kind: str
    force: str
    at_border: bool
    adults: tuple[int, ...]
    children: tuple[int, ...]


@dataclass(slots=True)
class Population:
    """Everybody; a person's, household's or family's number is its place in the list."""

    people: list[Person] = field(default_factory=list)
    households: list[Household] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    families: list[Family] = field(default_factory=list)


def draw_population(seed: int, *, people: int, until: date) -> Population:
    """Draw families until there are just so many people."""
    register, population = open_register(seed, until=until), Population()
    while (room := people - len(population.people)) > 0:
        draw_family(register, population, room=room)
    return population


def draw_family(register: Register, population: Population, *, room: int) -> Family:
    """Draw one family of at most `room` people."""
    chance = register.chance
    kind = weighed(chance, KINDS)
    if room < LEAST[kind]:
        kind = "single"
    force = DUNMOOR if happens(chance, IN_DUNMOOR) else FENMARCH
    first, rest = len(population.people), []
    adults = _adults(register, population, kind=kind, force=force)
    if kind in WITH_CHILDREN and happens(chance, WITH_CHILDREN[kind]):
        rest = _children(register, adults, force=force, room=room - len(adults))
    population.people += adults + rest
    _house(register, population, adults + rest, force=force)
    family = Family(
        kind=kind,
        force=force,
        at_border=happens(chance, AT_THE_BORDER),
        adults=tuple(range(first, first + len(adults))),
        children=tuple(range(first + len(adults), first + len(adults) + len(rest))),
    )
    population.families.append(family)
    population.relations += _relations(family)
    return family


def _adults(register: Register, population: Population, *, kind: str, force: str) -> list[Person]:
    """Draw the grown-ups: she first, so that the children are hers; of an elder's two, the elder first."""
    chance = register.chance
    number, household = len(population.people), len(population.households)
    home = draw_address(chance, force)
    if kind == "single":
        gender, born = chance.choice(("female", "male")), born_between(register, 18, 80)
        return [adult(register, number, household=household, home=home, gender=gender, born=born)]
    if kind == "elder":
        return _elder_and_child(register, number, household=household, home=home)
    if kind == "siblings":
        return _siblings(register, number, household=household, home=home)
    born = born_between(register, 19, 60)
    later = timedelta(days=chance.randrange(-1500, 1500))
    other = adult(
        register,
        number + 1,
        household=household + (kind == "apart"),
        home=draw_address(chance, force) if kind == "apart" else home,
        gender="female" if happens(chance, SAME_SEX) else "male",
        born=min(born + later, register.until - timedelta(days=18 * 366)),
    )
    she = adult(
        register,
        number,
        household=household,
        home=home,
        gender="female",
        born=born,
        family=other.family if happens(chance, TOOK_HIS_NAME) else None,
    )
    return [she, _one_telephone(chance, she, other, kind)]


def _elder_and_child(
    register: Register, number: int, *, household: int, home: Address
) -> list[Person]:
    """Draw somebody old and a grown-up child at home: at times a father and a son of one name."""
    chance = register.chance
    gender = "male" if happens(chance, ELDER_IS_FATHER) else "female"
    born = born_between(register, 62, 90)
    later = timedelta(days=chance.randrange(20 * 366, 36 * 365))
    elder = adult(
        register, number, household=household, home=home, gender=gender, born=born
    )  # fmt: skip
    is_namesake = gender == "male" and happens(chance, NAMED_AFTER_HIM)
    keeps_name = gender == "male" or happens(chance, TOOK_HIS_NAME)
    young = adult(
        register,
        number + 1,
        household=household,
        home=home,
        gender="female" if not is_namesake and happens(chance, SAME_SEX) else "male",
        born=min(born + later, register.until - timedelta(days=18 * 366)),
        family=elder.family if keeps_name else None,
        named_after=elder if is_namesake else None,
    )
    young = replace(young, former=None)  # the name was theirs from the first
    return [elder, _one_telephone(chance, elder, young, "elder")]


def _siblings(register: Register, number: int, *, household: int, home: Address) -> list[Person]:
    """Draw a grown-up sister and brother, or two of one sex, at one address: every other pair are twins."""
    chance = register.chance
    born = born_between(register, 19, 50)
    apart = 0 if happens(chance, GROWN_TWINS) else chance.randrange(*APART)
    genders = chance.choice((("female", "male"), ("male", "male"), ("female", "female")))
    first = adult(
        register, number, household=household, home=home, gender=genders[0], born=born
    )  # fmt: skip
    second = adult(
        register,
        number + 1,
        household=household,
        home=home,
        gender=genders[1],
        born=born - timedelta(days=apart),
        family=first.family,
    )
    second = replace(second, former=None)
    return [first, _one_telephone(chance, first, second, "siblings")]


def _one_telephone(chance: random.Random, first: Person, second: Person, kind: str) -> Person:
    """Let the second be reached by the first one's telephone, in some homes."""
    if happens(chance, ONE_TELEPHONE.get(kind, 0)):
        return replace(second, telephone=first.telephone)
    return second


def _children(register: Register, adults: list[Person], *, force: str, room: int) -> list[Person]:
    chance, (mother, other), drawn = register.chance, adults, list[Person]()
    oldest = min(17, max(1, register.until.year - mother.born.year - 16))
    born = born_between(register, 0, oldest)
    earliest = register.until - timedelta(days=oldest * 365)
    for _ in range(min(chance.choice(CHILDREN), room)):
        if drawn and not happens(chance, TWINS):  # the youngest was drawn first
            born -= timedelta(days=chance.randrange(*APART))
        if born < earliest:
            break
        drawn.append(
            child(
                register,
                mother.number + 2 + len(drawn),
                mother=mother,
                father=other,
                born=born,
                force=force,
            )
        )
    return drawn


def _house(register: Register, population: Population, people: list[Person], *, force: str) -> None:
    chance = register.chance
    by_household: dict[int, list[Person]] = {}
    for person in people:
        by_household.setdefault(person.household, []).append(person)
    for number, members in by_household.items():
        population.households.append(
            Household(
                number=number,
                force=force,
                home=members[0].home,
                landlord=chance.choice(LANDLORDS) if happens(chance, TENANTS) else None,
                surgery=chance.choice(SURGERIES[force]),
                members=tuple(member.number for member in members),
            )
        )


def _relations(family: Family) -> list[Relation]:
    if len(family.adults) == 1:
        return []
    she, other = family.adults
    if family.kind == "elder":
        return [Relation(she, other, "parent"), Relation(other, she, "child")]
    bond = BONDS[family.kind]
    both = [Relation(she, other, bond), Relation(other, she, bond)]
    return both + [
        relation
        for young in family.children
        for grown in family.adults
        for relation in (Relation(grown, young, "parent"), Relation(young, grown, "child"))
    ]
