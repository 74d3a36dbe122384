"""What an agency wrote down of a person: its own key for them, with gaps and mistakes.

An agency's view of a person does not change from row to row, and depends on nothing but seed, agency
and person. The rates are choices, not measurements.
"""

import random
from dataclasses import dataclass, field, replace
from datetime import date

from hub.synth.chance import chance_for, happens
from hub.synth.identifiers import scattered, with_check_digit
from hub.synth.people import Person
from hub.synth.places import AMBER, CHILDRENS, DUNMOOR, FENMARCH, HOSPITAL, KESTREL, Address

LOCAL_IDS = {
    FENMARCH: "FN{:07d}", DUNMOOR: "DM-{:07d}", AMBER: "AD{:07d}", KESTREL: "KL-{:07d}",
    HOSPITAL: "OG{:07d}", CHILDRENS: "FC{:07d}",
}  # fmt: skip
NHS_KNOWN = {
    FENMARCH: 0.6, DUNMOOR: 0.55, AMBER: 0.7, KESTREL: 0.65, HOSPITAL: 0.95, CHILDRENS: 0.7,
}  # fmt: skip
BIRTH_UNKNOWN = {
    FENMARCH: 0.03, DUNMOOR: 0.03, AMBER: 0.1, KESTREL: 0.12, HOSPITAL: 0.01, CHILDRENS: 0.0,
}  # fmt: skip
MISTYPED_NHS, MISSPELT, FORMER_NAME, SWAPPED_DATE, OLD_ADDRESS = 0.03, 0.04, 0.05, 0.02, 0.1
ALIAS_KNOWN, TELEPHONE_KNOWN = 0.6, 0.85
OTHER_BIRTH_GIVEN, NUMBER_TAKEN, SECOND_HOME_KNOWN = 0.5, 0.5, 0.5
TWELFTH = 12


@dataclass(frozen=True, slots=True)
class Recorded:
    """One agency's record of one person; an empty text is a gap."""

    person: Person
    local_id: str
    given: str
    family: str
    former: str
    alias: str
    born: date | None
    nhs_number: str
    telephone: str
    has_old_address: bool
    has_second_home: bool = False

    def home_on(self, day: date) -> Address:
        if self.has_second_home and self.person.second_home is not None:
            return self.person.second_home
        return self.person.home if self.has_old_address else self.person.home_on(day)

    def as_known(self) -> Person:
        """Give the person as the agency has them in its books, mistakes and all; a gap is filled in."""
        person, second = self.person, self.person.second_home if self.has_second_home else None
        stays = self.has_old_address or second is not None
        return replace(
            person,
            given=self.given,
            family=self.family,
            former=self.former or None,
            alias=self.alias or None,
            born=self.born or person.born,
            nhs_number=self.nhs_number or person.nhs_number,
            telephone=self.telephone or person.telephone,
            home=second or person.home,
            moved_on=None if stays else person.moved_on,
            new_home=None if stays else person.new_home,
        )


@dataclass(slots=True)
class AgencyIndex:
    """The people whom one agency has written down so far, and the keys that it has used for them."""

    seed: int
    agency: str
    start: int
    known: dict[int, Recorded] = field(default_factory=dict)
    keys_used: set[str] = field(default_factory=set)

    def record(self, person: Person) -> Recorded:
        """Give the agency's record of somebody, made at first need."""
        found = self.known.get(person.number)
        if found is None:
            found = self.known[person.number] = self._write_down(person)
        return found

    def _write_down(self, person: Person) -> Recorded:
        chance = chance_for(self.seed, self.agency, person.number)
        given, family, former = person.given, person.family, person.former
        if former and happens(chance, FORMER_NAME):
            family, former = former, family
        if happens(chance, MISSPELT):
            family = misspelt(chance, family)
        if happens(chance, MISSPELT):
            given = misspelt(chance, given)
        born = _born(chance, person.born, unknown=BIRTH_UNKNOWN[self.agency])
        nhs_number = _nhs(chance, person.nhs_number, known=NHS_KNOWN[self.agency])
        alias = (person.alias or "") if happens(chance, ALIAS_KNOWN) else ""
        telephone = person.telephone if happens(chance, TELEPHONE_KNOWN) else ""
        has_old_address = happens(chance, OLD_ADDRESS)
        if person.other_born is not None and happens(chance, OTHER_BIRTH_GIVEN):
            born = person.other_born
        if person.borrowed_nhs is not None and happens(chance, NUMBER_TAKEN):
            nhs_number, born = person.borrowed_nhs, person.born
        return Recorded(
            person=person,
            local_id=LOCAL_IDS[self.agency].format(
                scattered(person.number, start=self.start, size=10**7)
            ),
            given=given,
            family=family,
            former=former or "",
            alias=alias,
            born=born,
            nhs_number=nhs_number,
            telephone=telephone,
            has_old_address=has_old_address,
            has_second_home=happens(chance, SECOND_HOME_KNOWN),
        )


def open_index(seed: int, agency: str) -> AgencyIndex:
    return AgencyIndex(seed, agency, start=chance_for(seed, "index", agency).randrange(10**7))


def misspelt(chance: random.Random, name: str) -> str:
    """Swap, drop or double one letter that is not the first."""
    if len(name) < 4:  # noqa: PLR2004 - too short to be still the same name
        return name
    at = chance.randrange(1, len(name) - 1)
    before, one, other, after = name[:at], name[at], name[at + 1], name[at + 2 :]
    return before + chance.choice((other + one, other, one + one + other)) + after


def _born(chance: random.Random, born: date, *, unknown: float) -> date | None:
    if happens(chance, unknown):
        return None
    if born.day <= TWELFTH and happens(chance, SWAPPED_DATE):
        return born.replace(month=born.day, day=born.month)
    return born


def _nhs(chance: random.Random, number: str, *, known: float) -> str:
    """Give the number, a gap, or one that is valid but nobody's: blocks 998 and 899 are not drawn from first."""
    if not happens(chance, known):
        return ""
    if happens(chance, MISTYPED_NHS):
        return with_check_digit(f"{number[:2]}8{number[3:9]}") or ""
    return number
