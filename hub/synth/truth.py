"""The truth about the county, drawn once from a seed; every agency's files are views of it."""

from dataclasses import dataclass
from datetime import date, datetime

from hub.synth.attendances import Attendance, draw_attendances
from hub.synth.dyads import Dyad, draw_dyads
from hub.synth.episodes import Episode, draw_episodes
from hub.synth.hard_cases import employ, keep_two_homes, mix_up, move, put_on_staff, shelter
from hub.synth.households import Household, Relation, draw_population
from hub.synth.incidents import Incident, draw_incidents
from hub.synth.notes import SupportNote, draw_notes
from hub.synth.outcomes import Order, Outcome, Supervision, draw_orders, draw_outcomes, supervisions
from hub.synth.people import Person
from hub.synth.referrals import Referral, draw_referrals


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
    attendances: tuple[Attendance, ...]
    episodes: tuple[Episode, ...]
    outcomes: tuple[Outcome, ...]
    supervisions: tuple[Supervision, ...]
    orders: tuple[Order, ...]
    notes: tuple[SupportNote, ...]

    def is_supervised(self, person: int, at: datetime) -> bool:
        """Tell whether somebody reports to a probation officer at an instant."""
        return any(each.person == person and each.holds_at(at) for each in self.supervisions)


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
    attendances = draw_attendances(seed, population, dyads, incidents, years=years, until=until)
    episodes = draw_episodes(seed, population, dyads, incidents, years=years, until=until)
    employ(population, dyads)
    put_on_staff(population, dyads)
    keep_two_homes(population, dyads)
    mix_up(population, dyads)
    move(seed, population, dyads, incidents)
    shelter(seed, population, referrals)
    outcomes = draw_outcomes(seed, incidents, years=years, until=until)
    return Truth(
        seed=seed,
        people=tuple(population.people),
        households=tuple(population.households),
        relations=tuple(population.relations),
        dyads=tuple(dyads),
        incidents=tuple(incidents),
        referrals=tuple(referrals),
        attendances=tuple(attendances),
        episodes=tuple(episodes),
        outcomes=tuple(outcomes),
        supervisions=tuple(supervisions(outcomes, incidents, dyads)),
        orders=tuple(draw_orders(seed, incidents, years=years, until=until)),
        notes=tuple(draw_notes(seed, referrals, incidents, years=years, until=until)),
    )
