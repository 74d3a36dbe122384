"""The truth about the county, drawn once from a seed; every agency's files are views of it."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from hub.synth.chance import chance_for, happens
from hub.synth.dyads import Dyad, draw_dyads
from hub.synth.households import Household, Population, Relation, draw_population
from hub.synth.incidents import Incident, draw_incidents
from hub.synth.people import Person
from hub.synth.places import CONFLICTING_EMPLOYERS, DUNMOOR, FENMARCH, draw_address
from hub.synth.referrals import Referral, draw_referrals

MOVED = 0.15
EVERY_NTH_WORKS_FOR_AN_AGENCY = 40


@dataclass(frozen=True, slots=True)
class Truth:
    """All that is true in the county, and nothing that only an agency believes."""

    seed: int
    people: tuple[Person, ...]
    households: tuple[Household, ...]
    relations: tuple[Relation, ...]
    dyads: tuple[Dyad, ...]
    incidents: tuple[Incident, ...]
    referrals: tuple[Referral, ...]


def draw_truth(seed: int, *, people: int, years: float, until: date) -> Truth:
    """Draw a county of so many people, and what happened in it in the years before a day.

    Raises:
        ValueError: there are no people, or no time.
    """
    if people < 1 or years <= 0:
        raise ValueError("a county needs at least one person and some time")
    population = draw_population(seed, people=people, until=until)
    dyads = draw_dyads(seed, population, years=years)
    incidents = draw_incidents(seed, population, dyads, years=years, until=until)
    referrals = draw_referrals(seed, population, dyads, incidents, years=years, until=until)
    _employ(population, dyads)
    _move(seed, population, dyads, incidents)
    _shelter(seed, population, referrals)
    return Truth(
        seed=seed,
        people=tuple(population.people),
        households=tuple(population.households),
        relations=tuple(population.relations),
        dyads=tuple(dyads),
        incidents=tuple(incidents),
        referrals=tuple(referrals),
    )


def _employ(population: Population, dyads: list[Dyad]) -> None:
    """Let a few perpetrators work for an organisation that would hear of the case."""
    for turn, dyad in enumerate(dyads[3::EVERY_NTH_WORKS_FOR_AN_AGENCY]):
        employer = CONFLICTING_EMPLOYERS[turn % len(CONFLICTING_EMPLOYERS)]
        person = population.people[dyad.perpetrator]
        population.people[dyad.perpetrator] = replace(
            person, employer=employer, occupation="office clerk"
        )
        if turn % 2 == 0 and employer.startswith("Fenmarch Homes"):
            number = population.people[dyad.victim].household
            population.households[number] = replace(
                population.households[number], landlord="Fenmarch Homes"
            )


def _move(seed: int, population: Population, dyads: list[Dyad], incidents: list[Incident]) -> None:
    """Let some victims move away after an incident, at times into the other force's area."""
    chance, moved = chance_for(seed, "moves"), set[int]()
    for incident in incidents:
        victim = dyads[incident.dyad].victim
        if victim in moved or not happens(chance, MOVED):
            continue
        moved.add(victim)
        person, force = population.people[victim], chance.choice((FENMARCH, FENMARCH, DUNMOOR))
        day = incident.reported_at.date() + timedelta(days=chance.randrange(5, 60))
        population.people[victim] = replace(
            person, moved_on=day, new_home=draw_address(chance, force)
        )


def _shelter(seed: int, population: Population, referrals: list[Referral]) -> None:
    chance = chance_for(seed, "refuges")
    for referral in referrals:
        person = population.people[referral.victim]
        if referral.in_refuge and person.refuge is None:
            refuge = draw_address(chance, chance.choice((FENMARCH, DUNMOOR)))
            population.people[referral.victim] = replace(person, refuge=refuge)
