"""The people of the county, as they truly are: what agencies write of them is in `recorded`."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from hub.synth.chance import chance_for, happens
from hub.synth.identifiers import LANDLINE, nhs_numbers, pnc_ids, telephones
from hub.synth.names import Names, draw_names, in_ascii
from hub.synth.places import EMPLOYERS, OCCUPATIONS, SCHOOLS, Address

ADULT, SCHOOL_AGE = 18, 4
NAMED_AFTER_FATHER = 0.06
OCCUPIED, EMPLOYER_KNOWN, PNC_HELD, ALIAS = 0.75, 0.8, 0.2, 0.1
SAFE_NUMBER, HOURS_SAID, EMAIL, INTERPRETER, NON_BINARY = 0.4, 0.7, 0.5, 0.06, 0.005
SAFE_HOURS = (
    "weekdays 10:00-14:00",
    "after 18:00",
    "mornings, not Fridays",
    "text first, any time",
)
LANGUAGES = ("Polish", "Romanian", "Urdu", "Portuguese", "British Sign Language", "Arabic")
OUT_OF_WORK = ("student", "unemployed")


@dataclass(frozen=True, slots=True)
class Person:
    """One human being."""

    number: int
    household: int
    gender: str
    given: str
    family: str
    former: str | None
    alias: str | None
    born: date
    nhs_number: str
    pnc: str | None
    telephone: str
    safe_telephone: str | None
    safe_hours: str | None
    email: str | None
    occupation: str | None
    employer: str | None
    language: str | None
    school: str | None
    home: Address
    moved_on: date | None = None
    new_home: Address | None = None
    refuge: Address | None = None
    second_home: Address | None = None  # where a perpetrator lives with another family
    borrowed_nhs: str | None = None  # of somebody at home: some agencies took it for theirs
    other_born: date | None = (
        None  # a day of birth that they give now and then, and that is not theirs
    )

    def home_on(self, day: date) -> Address:
        """Say where they lived on a day."""
        if self.new_home is not None and self.moved_on is not None and day >= self.moved_on:
            return self.new_home
        return self.home


@dataclass(frozen=True, slots=True)
class Register:
    """What gives each new person a name and numbers that nobody else has."""

    chance: random.Random
    names: Names
    until: date
    nhs: Iterator[str]
    pnc: Iterator[str]
    mobiles: Iterator[str]
    safe_numbers: Iterator[str]


def open_register(seed: int, *, until: date) -> Register:
    return Register(
        chance=chance_for(seed, "people"),
        names=draw_names(seed),
        until=until,
        nhs=nhs_numbers(seed),
        pnc=pnc_ids(seed),
        mobiles=telephones(seed, "mobile"),
        safe_numbers=telephones(seed, "safe", prefix=LANDLINE),
    )


def adult(
    register: Register,
    number: int,
    *,
    household: int,
    home: Address,
    gender: str,
    born: date,
    family: str | None = None,
    named_after: Person | None = None,
) -> Person:
    """Draw a grown-up. `family` is the name that they took; their own is then a former one."""
    chance = register.chance
    given, own = chance.choice(register.names.given(gender)), chance.choice(register.names.families)
    if named_after is not None:
        given, own = named_after.given, named_after.family
    occupation = chance.choice(OCCUPATIONS) if happens(chance, OCCUPIED) else None
    works = occupation is not None and occupation not in OUT_OF_WORK
    safe = happens(chance, SAFE_NUMBER)
    return Person(
        number=number,
        household=household,
        gender="non_binary" if happens(chance, NON_BINARY) else gender,
        given=given,
        family=family or own,
        former=own if family and family != own else None,
        alias=chance.choice(register.names.given(gender)) if happens(chance, ALIAS) else None,
        born=born,
        nhs_number=next(register.nhs),
        pnc=next(register.pnc) if happens(chance, PNC_HELD) else None,
        telephone=next(register.mobiles),
        safe_telephone=next(register.safe_numbers) if safe else None,
        safe_hours=chance.choice(SAFE_HOURS) if safe and happens(chance, HOURS_SAID) else None,
        email=_email(given, family or own, number) if happens(chance, EMAIL) else None,
        occupation=occupation,
        employer=chance.choice(EMPLOYERS) if works and happens(chance, EMPLOYER_KNOWN) else None,
        language=chance.choice(LANGUAGES) if happens(chance, INTERPRETER) else None,
        school=None,
        home=home,
    )


def child(
    register: Register,
    number: int,
    *,
    mother: Person,
    father: Person,
    born: date,
    force: str,
) -> Person:
    """Draw a child, who lives with the mother and is reached through her."""
    chance = register.chance
    gender = chance.choice(("female", "male"))
    is_namesake = gender == father.gender == "male" and happens(chance, NAMED_AFTER_FATHER)
    given = father.given if is_namesake else chance.choice(register.names.given(gender))
    at_school = born.year + SCHOOL_AGE <= register.until.year
    return Person(
        number=number,
        household=mother.household,
        gender=gender,
        given=given,
        family=father.family if is_namesake else chance.choice((mother.family, father.family)),
        former=None,
        alias=None,
        born=born,
        nhs_number=next(register.nhs),
        pnc=None,
        telephone=mother.telephone,
        safe_telephone=None,
        safe_hours=None,
        email=None,
        occupation=None,
        employer=None,
        language=None,
        school=chance.choice(SCHOOLS[force]) if at_school else None,
        home=mother.home,
    )


def born_between(register: Register, youngest: int, oldest: int) -> date:
    """Draw a day of birth that makes somebody at least `youngest` and at most `oldest` years old."""
    days = register.chance.randrange(youngest * 366 + 1, oldest * 365)
    return register.until - timedelta(days=days)


def is_child(person: Person, day: date) -> bool:
    """Tell whether somebody was born, and was not yet grown up, on a day."""
    return person.born <= day and (day - person.born).days < ADULT * 365


def _email(given: str, family: str, number: int) -> str:
    kept = (
        letter
        for letter in in_ascii(f"{given}.{family}").lower()
        if letter.isalnum() or letter == "."
    )
    return f"{''.join(kept)}.{number}@example.org"
