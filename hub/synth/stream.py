"""Events without files: as many as a bench or a test wants, as the schemas want them.

The county's people are drawn a block at a time and then forgotten, so that a long run needs no more
memory than a short one. Within a block people come back, as they do in life.
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
from hub.synth.incidents import CONSENTS, ITEMS, KINDS, SEVERITIES
from hub.synth.layout import DASH_ITEMS
from hub.synth.people import Person, open_register
from hub.synth.places import AMBER, DUNMOOR, FENMARCH, KESTREL, ORGANISATIONS, Address
from hub.synth.sentences import account, summary

__all__ = ["event_bodies", "fullest", "smallest"]

TYPES = (("incident-reported", 50), ("risk-assessed", 35), ("referral-made", 15))
FAMILIES, EVENTS = 300, 1500  # to a block
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
SECONDS = 300 * 24 * 60 * 60
SYSTEMS = {FENMARCH: "rms", DUNMOOR: "occurrences", AMBER: "referrals", KESTREL: "referrals"}
GRADES = (("standard", 60), ("medium", 25), ("high", 15))
BOTH_ALLEGED, NHS_KNOWN = 0.04, 0.5
BONDS = {
    "couple": ("partner", "partner"),
    "apart": ("ex_partner", "ex_partner"),
    "elder": ("parent", "child"),
    "siblings": ("sibling", "sibling"),
}


@dataclass(frozen=True, slots=True)
class _Block:
    """Some families, and how many people were drawn before them."""

    population: Population
    couples: list[Family]
    before: int


def event_bodies(seed: int, count: int | None = None) -> Iterator[tuple[str, Body]]:
    """Give (event type, body), mixed; without a count, for ever. The same seed gives the same bodies."""
    chance = chance_for(seed, "stream")
    blocks = _blocks(seed)
    for number in count_up() if count is None else range(count):
        if number % EVENTS == 0:
            block = next(blocks)
        yield _event(chance, block, f"S{seed}-{number:09d}", number)


def _blocks(seed: int) -> Iterator[_Block]:
    register, before = open_register(seed, until=FIRST.date()), 0
    while True:
        population = Population()
        for _ in range(FAMILIES):
            draw_family(register, population, room=8)
        couples = [family for family in population.families if len(family.adults) > 1]
        yield _Block(population, couples, before)
        before += len(population.people)


def _event(chance: random.Random, block: _Block, key: str, number: int) -> tuple[str, Body]:
    family = chance.choice(block.couples)
    event_type = weighed(chance, TYPES)
    is_referral = event_type == "referral-made"
    agency = family.force
    if is_referral:
        agency = AMBER if family.force == FENMARCH else KESTREL
    kind = chance.choice(KINDS[weighed(chance, SEVERITIES)])
    grade = weighed(chance, GRADES)
    occurred_at = FIRST + timedelta(seconds=number * 61 % SECONDS)
    victim, other = (block.population.people[each] for each in family.adults)
    told = account(chance, kind, victim=victim.given, suspect=other.given, place=victim.home.line1)
    present = "yes" if family.children else "no"
    return event_type, {
        "source": {"agency": agency, "system": SYSTEMS[agency], "key": key, "version": "1"},
        "occurred_at": occurred_at,
        "occurred_accuracy": "day" if is_referral else "exact",
        "reported_at": occurred_at + timedelta(minutes=chance.randrange(5, 600)),
        **_own(chance, event_type, kind, victim.home, present),
        "risk_grade": grade,
        "consent": weighed(chance, CONSENTS),
        "account": told,
        "shareable_summary": summary(kind, grade=grade, children_present=present),
        "organisations": _organisations(family, grade, present),
        **_people(chance, block, family, agency),
    }


def _own(chance: random.Random, event_type: str, kind: str, home: Address, present: str) -> Body:
    """Give what events of one type alone have."""
    if event_type == "incident-reported":
        return {
            "kind": kind,
            "crime_reference": f"CR/{chance.randrange(10**7):07d}/26",
            "offence_code": None,
            "place": _address(home),
            "weapon_used": chance.choice(("yes", "no", "no", "unknown")),
            "injuries": None,
            "children_present": present,
        }
    if event_type == "risk-assessed":
        answers = chance.choices(("yes", "no", "dont_know", "not_asked"), (30, 60, 6, 4), k=ITEMS)
        return {
            "instrument": "dash-police-2009",
            "answers": [
                {"code": code, "answer": answer}
                for code, answer in zip(DASH_ITEMS, answers, strict=True)
            ],
            "score": answers.count("yes"),
            "professional_judgement": False,
            "judgement_rationale": None,
        }
    return {
        "criteria": [chance.choice(("professional_judgement", "visible_high_risk", "repeat"))],
        "victim_aware": "yes",
        "no_consent_reason": None,
        "wishes": None,
        "not_safe_to_tell": None,
    }


def _organisations(family: Family, grade: str, present: str) -> list[Value]:
    told: list[tuple[str, str]] = [("landlord", "fenmarch-homes")] if family.at_border else []
    if present == "yes":
        told.append(("notified", "fenmarch-children"))
    if grade == "high":
        told.append(("notified", "fenmarch-idva"))
    return [
        {"part": part, "name": ORGANISATIONS[agency], "organisation_id": None}
        for part, agency in told
    ]


def _people(chance: random.Random, block: _Block, family: Family, agency: str) -> Body:
    people, before = block.population.people, block.before
    victim, other = (people[each] for each in family.adults)
    hers, his = BONDS[family.kind]
    told = [_person(chance, victim, before, agency, to=other, relation=hers)]
    accused = [_person(chance, other, before, agency, to=victim, relation=his)]
    children = [
        {
            **_person(chance, people[each], before, agency, to=victim, relation="child"),
            "school": people[each].school,
        }
        for each in family.children
    ]
    safe = [{**each, **_safe(victim)} for each in told]
    both: list[Value] = []
    if happens(chance, BOTH_ALLEGED):
        both = [*safe, *({**each, **_safe(other)} for each in accused)]
    return {
        "victims": [] if both else list[Value](safe),
        "perpetrators": [] if both else list[Value](accused),
        "children": list[Value](children),
        "witnesses": [],
        "unresolved": both,
    }


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
        "addresses": [_address(person.home)],
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
    return f"{agency[:2].upper()}{before + person.number:08d}"


def _address(address: Address) -> Body:
    return {
        "line1": address.line1,
        "line2": None,
        "town": address.town,
        "postcode": address.postcode,
    }
