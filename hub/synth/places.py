"""Where the county is: towns, streets and postcodes that do not exist, and whom people deal with there.

Postcode areas begin with Z, which none does but Shetland's ZE. A postcode belongs to a stretch of one
street, as real ones do, so that neighbours share one.
"""

import random
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")

FENMARCH, DUNMOOR = "fenmarch-police", "dunmoor-police"
AMBER, KESTREL = "amber-door", "kestrel-line"
HOSPITAL, CHILDRENS = "osham-hospital", "fenmarch-children"
PROBATION, PRACTICE = "fenmarch-probation", "osham-practice"
AGENCIES = (FENMARCH, DUNMOOR, AMBER, KESTREL, HOSPITAL, CHILDRENS)
"""Those who report, in the order in which their files are fetched."""

ORGANISATIONS = {
    FENMARCH: "Fenmarch Police",
    DUNMOOR: "Dunmoor Police",
    AMBER: "Amber Door",
    KESTREL: "Kestrel Line",
    HOSPITAL: "Osham Hospital Trust",
    CHILDRENS: "Fenmarch Children's Services",
    "fenmarch-idva": "Fenmarch IDVA Service",
    "fenmarch-homes": "Fenmarch Homes",
    PROBATION: "Fenmarch Probation",
    "osham-primary": "Osham Primary School",
    PRACTICE: "The Osham Practice",
}

TOWNS = {
    FENMARCH: (
        ("Fenmarch", "ZF1"), ("Market Osham", "ZF2"), ("Saltby Staithe", "ZF3"), ("Withern Lode", "ZF4"),
        ("Great Harrowmere", "ZM1"), ("Little Harrowmere", "ZM4"), ("Eelwick", "ZB2"),
    ),
    DUNMOOR: (("Dunmoor", "ZD1"), ("Crosswold", "ZD3"), ("Upper Tarnley", "ZH2")),
}  # fmt: skip
STREETS = tuple(
    f"{first} {second}"
    for second in ("Street", "Road", "Lane", "Close", "Avenue", "Drove")
    for first in (
        "Sedge", "Bittern", "Osier", "Quern", "Lapwing", "Tallow", "Merrow", "Thatcher", "Windpump",
        "Causeway", "Plover", "Hollins", "Ropewalk", "Teasel", "Marl", "Heronry", "Larkfield", "Punt",
    )
)  # fmt: skip
HOUSES = 260
NEIGHBOURS = 12
LETTERS = "ABDEFGHJLNPQRSTUWXYZ"

SCHOOLS = {
    FENMARCH: ("Osham Primary School", "Saltby Church School", "Withern Academy", "Harrowmere High School"),
    DUNMOOR: ("Crosswold Primary School", "Dunmoor High School", "Tarnley Infants"),
}  # fmt: skip
SURGERIES = {
    FENMARCH: ("Lode Surgery", "Staithe Health Centre", ORGANISATIONS[PRACTICE]),
    DUNMOOR: ("Crosswold Surgery", "Tarn Medical Centre"),
}
LANDLORDS = (
    "Fenmarch Homes", "Fenmarch Homes", "Fenmarch Homes", "Larkfield Lettings", "Wold & Mere Housing",
    "private landlord",
)  # fmt: skip
EMPLOYERS = (
    "Sedge Foods", "Quernmill Packaging", "Lapwing Logistics", "Fenmarch Growers", "Harrowmere Hospital",
    "Teasel Care Homes", "Osham Market Stores", "Windpump Brewery", "Ropewalk Garages", "self-employed",
)  # fmt: skip
OCCUPATIONS = (
    "warehouse operative", "care assistant", "driver", "chef", "shop assistant", "electrician", "nurse",
    "farm worker", "teaching assistant", "office clerk", "plumber", "cleaner", "student", "unemployed",
)  # fmt: skip
CONFLICTING_EMPLOYERS = (
    "Fenmarch Homes", "Fenmarch Homes Ltd", "Fenmarch Childrens Services", "Fenmarch Police", "Amber Door",
    "FENMARCH HOMES", "Dunmoor Police", "Fenmarch IDVA Service",
)  # fmt: skip
"""Organisations of the county, as a hurried hand writes them: who works there must not hear of the case."""

STAFF = (
    ("fenmarch-homes", "Leopold", "Brackenhythe", date(1968, 12, 5)),
    (CHILDRENS, "Caspian", "Hollowmere", date(1975, 9, 9)),
    (FENMARCH, "Rowan", "Ashdyke", date(1984, 6, 2)),
)
"""Some whom the organisations name as their staff: in a county that is large enough, each does harm."""


@dataclass(frozen=True, slots=True)
class Address:
    """A place that does not exist."""

    line1: str
    town: str
    postcode: str


def draw_address(chance: random.Random, force: str) -> Address:
    """Give an address in the area of a police force."""
    town, outcode = chance.choice(TOWNS[force])
    street, house = chance.randrange(len(STREETS)), chance.randrange(1, HOUSES)
    stretch = street * (HOUSES // NEIGHBOURS + 1) + house // NEIGHBOURS
    return Address(f"{house} {STREETS[street]}", town, f"{outcode} {_inward(stretch)}")


def _inward(stretch: int) -> str:
    second, third = LETTERS[stretch // 10 % 20], LETTERS[stretch // 200 % 20]
    return f"{stretch % 10}{second}{third}"
