"""Events without files: as many as a bench or a test wants, as the schemas want them.

All types that the four kinds of agencies report are mixed. The county's people are drawn a block at a
time and then forgotten, so that a long run needs no more memory than a short one. Within a block
people come back, as they do in life.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count as count_up

from hub.model.event import Body, Value
from hub.synth.chance import chance_for, happens, weighed
from hub.synth.extremes import fullest, smallest
from hub.synth.households import Family, Population, draw_family
from hub.synth.incidents import CONSENTS, KINDS, SEVERITIES
from hub.synth.people import Person, open_register
from hub.synth.places import AMBER, CHILDRENS, DUNMOOR, FENMARCH, HOSPITAL, KESTREL
from hub.synth.sentences import account, summary
from hub.synth.stream_own import Story, address, organisations, own_fields, schools_of

__all__ = ["FIRST", "TYPES", "Block", "blocks", "event_bodies", "event_of", "fullest", "smallest"]

TYPES = (
    ("incident-reported", 36), ("risk-assessed", 24), ("outcome-recorded", 10),
    ("attendance-recorded", 9), ("referral-made", 8), ("concern-raised", 6), ("order-recorded", 4),
    ("support-recorded", 3),
)  # fmt: skip
BY_CHARITIES, BY_DAY = ("referral-made", "support-recorded"), ("referral-made", "concern-raised")
FAMILIES, EVENTS = 300, 1500  # to a block
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
SECONDS = 300 * 24 * 60 * 60
SYSTEMS = {
    FENMARCH: "rms", DUNMOOR: "occurrences", AMBER: "referrals", KESTREL: "referrals", HOSPITAL: "ed",
    CHILDRENS: "ssd",
}  # fmt: skip
LOCAL_IDS = {
    FENMARCH: "FE", DUNMOOR: "DU", AMBER: "AM", KESTREL: "KE", HOSPITAL: "OS", CHILDRENS: "FC",
}  # fmt: skip
GRADES = (("standard", 60), ("medium", 25), ("high", 15))
BOTH_ALLEGED, NHS_KNOWN, DISCLOSED, TENANTS = 0.04, 0.5, 0.5, 0.15
BONDS = {
    "couple": ("partner", "partner"),
    "apart": ("ex_partner", "ex_partner"),
    "elder": ("parent", "child"),
    "siblings": ("sibling", "sibling"),
}


@dataclass(frozen=True, slots=True)
class Block:
    """Some families, and how many people were drawn before them."""

    population: Population
    couples: list[Family]
    parents: list[Family]
    before: int


def event_bodies(seed: int, count: int | None = None) -> Iterator[tuple[str, Body]]:
    """Give (event type, body), mixed; without a count, for ever. The same seed gives the same bodies."""
    chance = chance_for(seed, "stream")
    drawn = blocks(seed)
    for number in count_up() if count is None else range(count):
        if number % EVENTS == 0:
            block = next(drawn)
        yield event_of(
            chance, block, f"S{seed}-{number:09d}", FIRST + timedelta(seconds=number * 61 % SECONDS)
        )


def blocks(seed: int) -> Iterator[Block]:
    """Draw block after block, for ever: the same seed gives the same people."""
    register, before = open_register(seed, until=FIRST.date()), 0
    while True:
        population = Population()
        for _ in range(FAMILIES):
            draw_family(register, population, room=8)
        couples = [family for family in population.families if len(family.adults) > 1]
        parents = [family for family in couples if family.children]
        yield Block(population, couples, parents, before)
        before += len(population.people)


def event_of(
    chance: random.Random, block: Block, key: str, occurred_at: datetime
) -> tuple[str, Body]:
    """Give (event type, body) of something that happened in one of a block's families."""
    event_type = weighed(chance, TYPES)
    family = chance.choice(block.parents if event_type == "concern-raised" else block.couples)
    victim, other = (block.population.people[each] for each in family.adults)
    story = Story(
        event_type=event_type,
        agency=_agency(event_type, family),
        force=family.force,
        kind=chance.choice(KINDS[weighed(chance, SEVERITIES)]),
        grade=weighed(chance, GRADES),
        day=occurred_at.date(),
        home=victim.home,
        schools=schools_of([block.population.people[each].school for each in family.children]),
        has_children=bool(family.children),
        is_tenant=happens(chance, TENANTS),
        discloses=happens(chance, DISCLOSED),
    )
    told = account(
        chance, story.kind, victim=victim.given, suspect=other.given, place=victim.home.line1
    )
    return event_type, {
        "source": {
            "agency": story.agency,
            "system": SYSTEMS[story.agency],
            "key": key,
            "version": "1",
        },
        "occurred_at": occurred_at,
        "occurred_accuracy": "day" if event_type in BY_DAY else "exact",
        "reported_at": occurred_at + timedelta(minutes=chance.randrange(5, 600)),
        **own_fields(chance, story),
        "risk_grade": story.grade,
        "consent": weighed(chance, CONSENTS),
        "account": told,
        "shareable_summary": summary(story.kind, grade=story.grade, children_present=story.present),
        "organisations": organisations(chance, story),
        **_people(chance, block, family, story),
    }


def _agency(event_type: str, family: Family) -> str:
    if event_type in BY_CHARITIES:
        return AMBER if family.force == FENMARCH else KESTREL
    return {"attendance-recorded": HOSPITAL, "concern-raised": CHILDRENS}.get(
        event_type, family.force
    )


def _people(chance: random.Random, block: Block, family: Family, story: Story) -> Body:
    """Put those whom an agency of that kind writes down where it has them."""
    people, before = block.population.people, block.before
    victim, other = (people[each] for each in family.adults)
    hers, his = BONDS[family.kind]
    told = _person(chance, victim, before, story.agency, to=other, relation=hers)
    accused = _person(chance, other, before, story.agency, to=victim, relation=his)
    safe, same = {**told, **_safe(victim)}, {**accused, **_safe(other)}
    children: list[Value] = [
        {
            **_person(chance, people[each], before, story.agency, to=victim, relation="child"),
            "school": people[each].school,
        }
        for each in family.children
    ]
    by_role: dict[str, list[Value]] = {
        "victims": [safe], "perpetrators": [accused], "children": children, "witnesses": [],
        "unresolved": [],
    }  # fmt: skip
    if story.event_type == "concern-raised":
        by_role |= {"victims": [], "perpetrators": [], "unresolved": [safe, same]}
        by_role["children"] = children[:1]
    elif story.event_type == "support-recorded":
        by_role |= {"perpetrators": [], "children": []}
    elif story.event_type == "attendance-recorded":
        by_role |= {"children": []}
        if not story.discloses:
            by_role |= {"victims": [], "perpetrators": [], "unresolved": [safe]}
    elif happens(chance, BOTH_ALLEGED):
        by_role |= {"victims": [], "perpetrators": [], "unresolved": [safe, same]}
    return {**by_role}


def _person(
    chance: random.Random, person: Person, before: int, agency: str, *, to: Person, relation: str
) -> Body:
    """Write what every role has."""
    contacts: list[Value] = [{"channel": "telephone", "value": person.telephone, "hours": None}]
    if person.email:
        contacts.append({"channel": "email", "value": person.email, "hours": None})
    names: list[Value] = [{"kind": "usual", "given": person.given, "family": person.family}]
    if person.former:
        names.append({"kind": "former", "given": None, "family": person.former})
    identifiers: list[Value] = []
    if happens(chance, NHS_KNOWN):
        identifiers.append({"scheme": "nhs_number", "value": person.nhs_number, "verified": True})
    return {
        "local_id": _local_id(person, before, agency),
        "identifiers": identifiers,
        "names": names,
        "born": person.born,
        "born_accuracy": "exact",
        "gender": person.gender,
        "contacts": contacts,
        "addresses": [address(person.home)],
        "relationships": [{"to": _local_id(to, before, agency), "relation": relation}],
        "occupation": person.occupation,
        "employer": person.employer,
    }


def _safe(person: Person) -> Body:
    """Write what only those have who may be a victim."""
    safe: list[Value] = []
    if person.safe_telephone:
        value, hours = person.safe_telephone, person.safe_hours
        safe.append({"channel": "telephone", "value": value, "hours": hours})
    return {"safe_contacts": safe, "safe_address": None, "language": person.language}


def _local_id(person: Person, before: int, agency: str) -> str:
    return f"{LOCAL_IDS[agency]}{before + person.number:08d}"
