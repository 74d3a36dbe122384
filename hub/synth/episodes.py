"""What children's services do for the children of a family: a spell in need, or a plan to protect.

They know the child, mostly the mother, and seldom who does the harm: nothing here names anybody as
perpetrator.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from hub.synth.chance import chance_for, happens, weighed
from hub.synth.dyads import Dyad
from hub.synth.households import Population
from hub.synth.incidents import SLIGHT, Incident, window

FOLLOWED = {1: 0.04, 2: 0.1, 3: 0.45, 4: 0.7, 5: 0.85}  # chance that work begins, by severity
PLANNED, CLOSED = 0.3, 0.45
SOURCES = (("police", 70), ("school", 15), ("health", 15))
FACTORS = (("3B", 80), ("3A", 35), ("3C", 10), ("4B", 15), ("1B", 20))
"""Of the assessment, in the words of the children in need census: 3A to 3C are domestic abuse."""
CATEGORIES = (("EMO", 60), ("NEG", 22), ("PHY", 15), ("MUL", 3))


@dataclass(frozen=True, slots=True)
class Episode:
    """One spell of work for one child; `incident` is what it followed. Days are London's."""

    number: int
    child: int
    parent: int  # at home with the child: the victim
    incident: int
    opened_on: date
    assessed_on: date | None
    closed_on: date | None
    referred_by: str  # police, school, health
    factors: tuple[str, ...]
    plan_on: date | None  # a child protection plan
    plan_ended_on: date | None
    category: str | None  # of abuse, on the plan
    written_at: datetime


def draw_episodes(
    seed: int,
    population: Population,
    dyads: Sequence[Dyad],
    incidents: Sequence[Incident],
    *,
    years: float,
    until: date,
) -> list[Episode]:
    """Draw the spells of children who were there; a child has one at a time."""
    chance, drawn = chance_for(seed, "episodes"), list[Episode]()
    _, last = window(years=years, until=until)
    busy: dict[int, date] = {}
    for incident in sorted(incidents, key=lambda each: (each.occurred_at, each.number)):
        opened = incident.reported_at + timedelta(minutes=chance.randrange(720, 6 * 1440))
        if not happens(chance, FOLLOWED[incident.severity]) or opened > last:
            continue
        for child in incident.children if incident.children_present == "yes" else ():
            if busy.get(child, date.min) >= opened.date():
                continue
            found = _episode(
                chance, dyads[incident.dyad].victim, child, incident,
                number=len(drawn), opened=opened, last=last,
            )  # fmt: skip
            if population.people[child].born < found.opened_on:
                busy[child] = found.closed_on or date.max
                drawn.append(found)
    return drawn


def _episode(
    chance: random.Random,
    parent: int,
    child: int,
    incident: Incident,
    *,
    number: int,
    opened: datetime,
    last: datetime,
) -> Episode:
    day = opened.date()
    assessed = day + timedelta(days=chance.randrange(10, 45))
    is_planned = incident.severity > SLIGHT and happens(chance, PLANNED)
    plan = assessed + timedelta(days=chance.randrange(1, 15))
    ended = plan + timedelta(days=chance.randrange(60, 200))
    closed = (ended if is_planned else assessed) + timedelta(days=chance.randrange(3, 90))
    is_closed = happens(chance, CLOSED) and closed <= last.date()
    factors = tuple(sorted(code for code, often in FACTORS if happens(chance, often / 100)))
    category = weighed(chance, CATEGORIES)
    has_plan = is_planned and plan <= last.date()
    return Episode(
        number=number,
        child=child,
        parent=parent,
        incident=incident.number,
        opened_on=day,
        assessed_on=assessed if assessed <= last.date() else None,
        closed_on=closed if is_closed else None,
        referred_by=weighed(chance, SOURCES),
        factors=factors or ("3B",),
        plan_on=plan if has_plan else None,
        plan_ended_on=ended if has_plan and ended <= last.date() else None,
        category=category if has_plan else None,
        written_at=opened,
    )
