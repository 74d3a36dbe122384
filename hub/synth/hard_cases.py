"""What goes wrong in life and with records: the cases that a hub must not get wrong.

Each falls to a few people at fixed turns, so that even a small county has some of most kinds.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from hub.synth.chance import chance_for, happens
from hub.synth.dyads import Dyad
from hub.synth.households import Population
from hub.synth.incidents import Incident
from hub.synth.places import CONFLICTING_EMPLOYERS, DUNMOOR, FENMARCH, STAFF, draw_address
from hub.synth.referrals import Referral

MOVED = 0.15
NTH_WORKS_FOR_AN_AGENCY, NTH_HAS_TWO_BIRTHS, NTH_BORROWS = 40, 12, 12
ABOUT_AS_OLD = 6 * 366  # days between a member of staff and whoever is to be that one


def employ(population: Population, dyads: Sequence[Dyad]) -> None:
    """Let a few perpetrators work for an organisation that would hear of the case."""
    for turn, dyad in enumerate(dyads[3::NTH_WORKS_FOR_AN_AGENCY]):
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


def put_on_staff(population: Population, dyads: Sequence[Dyad]) -> None:
    """Let some perpetrators be those whom an organisation's list of staff names; no record says so."""
    taken, victims = set[int](), {dyad.victim for dyad in dyads}
    for _, given, family, born in STAFF:
        for dyad in dyads:
            person = population.people[dyad.perpetrator]
            is_free = person.number not in taken and person.number not in victims
            fits = person.gender == "male" and abs((person.born - born).days) < ABOUT_AS_OLD
            if is_free and fits and dyad.police_know:
                taken.add(person.number)
                population.people[person.number] = replace(
                    person, given=given, family=family, former=None, alias=None, born=born, email=None
                )  # fmt: skip
                break


def keep_two_homes(population: Population, dyads: Sequence[Dyad]) -> None:
    """Let whoever harms a partner in another family live there too."""
    for dyad in dyads:
        person, victim = population.people[dyad.perpetrator], population.people[dyad.victim]
        is_elsewhere = dyad.perpetrator not in population.families[dyad.family].adults
        if is_elsewhere and dyad.relation == "partner" and person.second_home is None:
            population.people[person.number] = replace(person, second_home=victim.home)


def mix_up(population: Population, dyads: Sequence[Dyad]) -> None:
    """Give some a second day of birth, and some the NHS number of somebody at home."""
    for turn, dyad in enumerate(dyads[5::NTH_HAS_TWO_BIRTHS]):
        person = population.people[dyad.victim if turn % 2 else dyad.perpetrator]
        another = person.born + timedelta(days=367 if person.number % 2 else 9)
        population.people[person.number] = replace(person, other_born=another)
    for turn, dyad in enumerate(dyads):
        person, other = population.people[dyad.perpetrator], population.people[dyad.victim]
        is_namesake = (person.given, person.family) == (other.given, other.family)
        if person.household == other.household and (turn % NTH_BORROWS == 1 or is_namesake):
            population.people[person.number] = replace(person, borrowed_nhs=other.nhs_number)


def move(
    seed: int, population: Population, dyads: Sequence[Dyad], incidents: Sequence[Incident]
) -> None:
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


def shelter(seed: int, population: Population, referrals: Sequence[Referral]) -> None:
    """Give those who were in a refuge its address."""
    chance = chance_for(seed, "refuges")
    for referral in referrals:
        person = population.people[referral.victim]
        if referral.in_refuge and person.refuge is None:
            refuge = draw_address(chance, chance.choice((FENMARCH, DUNMOOR)))
            population.people[referral.victim] = replace(person, refuge=refuge)
