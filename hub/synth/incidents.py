"""What happens in a dyad over time, and what the police hear, ask and judge of it."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from hub.synth.chance import chance_for, happens, weighed
from hub.synth.dyads import Dyad
from hub.synth.households import Family, Population
from hub.synth.people import is_child
from hub.synth.places import DUNMOOR, FENMARCH, Address, draw_address

LAST_REPORT = time(18, 0, tzinfo=UTC)
"""On the last day nothing is written down later than this, so that the evening's files hold it."""

SEVERITIES = ((1, 45), (2, 30), (3, 20), (4, 4), (5, 1))
HEAVY_SEVERITIES = ((2, 5), (3, 22), (4, 50), (5, 23))
HARM_DAYS = {1: 1, 2: 5, 3: 20, 4: 365, 5: 1460}  # in the manner of Cambridge's harm index
KINDS = {
    1: ("verbal", "verbal", "harassment", "damage", "other"),
    2: ("verbal", "violence", "harassment", "threats", "damage", "breach"),
    3: ("violence", "violence", "stalking", "coercive_control", "threats", "breach"),
    4: ("violence", "coercive_control", "stalking", "sexual", "threats"),
    5: ("violence", "sexual", "coercive_control", "honour_based"),
}
YES = {1: 0.12, 2: 0.23, 3: 0.42, 4: 0.6, 5: 0.7}  # chance of a "yes" to one item of the Dash
CONSENTS = (("given", 55), ("refused", 20), ("not_asked", 22), ("withdrawn", 3))
ITEMS, HIGH, MEDIUM = 24, 14, 10
SUSPECTS = (("named", 95), ("unknown", 3), ("none", 2))
PRESENT = (("yes", 60), ("no", 32), ("unknown", 8))
NO_CHILDREN = (("no", 90), ("unknown", 10))
ARMED = (("yes", 24), ("no", 64), ("unknown", 12))
UNARMED = (("yes", 7), ("no", 79), ("unknown", 14))
SLIGHT = 2  # severity
SOON, DAYS_LATER, TOLD_SOON = 6, 96, 0.8  # hours, hours, share
DASH_DONE, BOTH_ALLEGED, JUDGED_HIGH, GRADED_UP = 0.85, 0.04, 0.11, 0.1
SLOT = (
    3 * 24 * 60
)  # minutes: what happens between two people happens on days that are not neighbours
OFFENCES = {
    "violence": "105A", "sexual": "19F", "coercive_control": "8U", "stalking": "8Q", "harassment": "8L",
    "threats": "3B", "damage": "58B", "breach": "66", "honour_based": "8R",
}  # fmt: skip
CRIME_RECORDED = 0.7
WITNESSED, ELSEWHERE, ACROSS_THE_BORDER = 0.12, 0.15, 0.5


@dataclass(frozen=True, slots=True)
class Dash:
    """One assessment: 24 answers, and whether it was judged high whatever they add up to."""

    assessed_at: datetime
    answers: tuple[str, ...]
    judged_high: bool

    @property
    def ticks(self) -> int:
        return self.answers.count("yes")


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that happened. `force` is the police force that was told; none: police never heard."""

    number: int
    dyad: int
    occurred_at: datetime
    reported_at: datetime
    force: str | None
    kind: str
    severity: int
    place: Address | None  # none: where the victim lived
    children: tuple[int, ...]
    children_present: str
    weapon_used: str
    both_alleged: bool
    suspect: str  # named, unknown or none
    witness: int | None
    consent: str
    risk_grade: str
    dash: Dash | None
    offence: str | None  # Home Office class, if police recorded a crime
    crime_reference: str | None


def window(*, years: float, until: date) -> tuple[datetime, datetime]:
    """Give the first and the last instant at which anything is written down."""
    last = datetime.combine(until, LAST_REPORT)
    return last - timedelta(days=max(1, int(years * 365.25))), last


def draw_incidents(
    seed: int, population: Population, dyads: list[Dyad], *, years: float, until: date
) -> list[Incident]:
    """Draw each dyad's incidents; an incident's number is its place in the list."""
    chance, incidents = chance_for(seed, "incidents"), list[Incident]()
    first, last = window(years=years, until=until)
    for dyad in dyads:
        for occurred_at in _instants(chance, dyad.incidents, first=first, last=last):
            incidents.append(
                _incident(
                    chance,
                    population,
                    dyad,
                    number=len(incidents),
                    occurred_at=occurred_at,
                    last=last,
                )
            )
    return incidents


def _instants(
    chance: random.Random, count: int, *, first: datetime, last: datetime
) -> Iterator[datetime]:
    """Give whole minutes in order, the files having no seconds, each in the first third of a slot of its own.

    So no two incidents of a dyad fall on one day or on two that follow each other (but in a window
    too short for it), and whoever reads of a night from two agencies can tell that it was one.
    """
    minutes = max(count, int((last - first).total_seconds()) // 60 - 120)
    slot = min(SLOT, minutes // count)
    yield from (
        first + timedelta(minutes=each * slot + chance.randrange(max(1, slot // 3)))
        for each in sorted(chance.sample(range(minutes // slot), count))
    )


def _incident(
    chance: random.Random,
    population: Population,
    dyad: Dyad,
    *,
    number: int,
    occurred_at: datetime,
    last: datetime,
) -> Incident:
    family, victim = population.families[dyad.family], population.people[dyad.victim]
    severity = weighed(chance, HEAVY_SEVERITIES if dyad.is_heavy else SEVERITIES)
    hours = SOON if happens(chance, TOLD_SOON) else DAYS_LATER
    reported_at = _later(chance, occurred_at, hours=hours, last=last)
    children = _children(population, family, victim.household, occurred_at.date())
    force = _force(chance, family) if dyad.police_know else None
    both_alleged = happens(chance, BOTH_ALLEGED)
    suspect = "named" if both_alleged else weighed(chance, SUSPECTS)
    dash = None
    is_clear = suspect == "named" and not both_alleged  # else whose risk would it be, from whom?
    if force is not None and is_clear and happens(chance, DASH_DONE):
        dash = _dash(chance, severity, _later(chance, reported_at, hours=30, last=last))
    elsewhere = draw_address(chance, force or family.force)
    kind = chance.choice(KINDS[severity])
    is_crime = force is not None and kind in OFFENCES and happens(chance, CRIME_RECORDED)
    return Incident(
        number=number,
        dyad=dyad.number,
        occurred_at=occurred_at,
        reported_at=reported_at,
        force=force,
        kind=kind,
        severity=severity,
        place=elsewhere if happens(chance, ELSEWHERE) else None,
        children=children,
        children_present=weighed(chance, PRESENT if children else NO_CHILDREN),
        weapon_used=weighed(chance, ARMED if severity > SLIGHT else UNARMED),
        both_alleged=both_alleged,
        suspect=suspect,
        witness=_witness(chance, population, dyad),
        consent=weighed(chance, CONSENTS),
        risk_grade=_grade(chance, severity, dash),
        dash=dash,
        offence=OFFENCES[kind] if is_crime else None,
        crime_reference=f"CR/{number + 1:07d}/{reported_at:%y}" if is_crime else None,
    )


def _later(chance: random.Random, instant: datetime, *, hours: int, last: datetime) -> datetime:
    return min(instant + timedelta(minutes=chance.randrange(1, hours * 60)), last)


def _children(population: Population, family: Family, household: int, day: date) -> tuple[int, ...]:
    """Name the children who lived in that family, and with the victim, on a day."""
    return tuple(
        number
        for number in family.children
        if population.people[number].household == household
        and is_child(population.people[number], day)
    )


def _witness(chance: random.Random, population: Population, dyad: Dyad) -> int | None:
    """Name somebody of another family, say a neighbour, who saw it."""
    if not happens(chance, WITNESSED):
        return None
    family = chance.randrange(len(population.families))
    seen_by = population.families[family].adults[0]
    is_other = family != dyad.family and seen_by not in (dyad.victim, dyad.perpetrator)
    return seen_by if is_other else None


def _force(chance: random.Random, family: Family) -> str:
    if family.at_border and happens(chance, ACROSS_THE_BORDER):
        return DUNMOOR if family.force == FENMARCH else FENMARCH
    return family.force


def _dash(chance: random.Random, severity: int, assessed_at: datetime) -> Dash:
    yes = YES[severity]
    answers = chance.choices(
        ("yes", "no", "dont_know", "not_asked"), weights=(yes, 0.9 - yes, 0.06, 0.04), k=ITEMS
    )
    return Dash(assessed_at, tuple(answers), judged_high=happens(chance, JUDGED_HIGH))


def _grade(chance: random.Random, severity: int, dash: Dash | None) -> str:
    if dash is None:
        return ("standard", "standard", "medium", "high", "high")[severity - 1]
    if dash.ticks >= HIGH or dash.judged_high:
        return "high"
    if dash.ticks >= MEDIUM or happens(chance, GRADED_UP):
        return "medium"
    return "standard"
