"""What charities refer to the meeting, some of it about people of whom police never heard."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from hub.synth.chance import chance_for, happens, weighed
from hub.synth.dyads import Dyad
from hub.synth.households import Population
from hub.synth.incidents import CONSENTS, HIGH, SLIGHT, Incident, window
from hub.synth.places import AMBER, FENMARCH, KESTREL, LONDON

REFERRED = {"once": 0.05, "repeats": 0.45, "police_do_not": 0.5}
IN_REFUGE, SECOND_PERPETRATOR, REFERRED_AGAIN, OTHER_CHARITY = 0.12, 0.12, 0.2, 0.15
NTH_REFERS_HIMSELF = 60
INVERSE = {"parent": "child", "child": "parent"}
HOUR_STATED, NEAREST, ALSO_JUDGED = 0.4, 0.7, 0.3
ESCALATION, YEAR = 3, timedelta(days=365)
AWARE = (("yes", 80), ("no", 12), ("unknown", 8))


@dataclass(frozen=True, slots=True)
class Referral:
    """A charity refers its client, naming those who harm her."""

    number: int
    charity: str
    dyad: int
    incident: int
    victim: int
    perpetrators: tuple[int, ...]
    relations: tuple[str, ...]  # what the victim is to each of them
    children: tuple[int, ...]
    referred_at: datetime
    states_hour: bool
    criteria: tuple[str, ...]
    risk_grade: str
    consent: str
    victim_aware: str
    in_refuge: bool
    is_turned_round: bool = False  # the perpetrator of the dyad refers himself, as its victim


def draw_referrals(
    seed: int,
    population: Population,
    dyads: Sequence[Dyad],
    incidents: Sequence[Incident],
    *,
    years: float,
    until: date,
) -> list[Referral]:
    """Draw the referrals of each dyad; a referral's number is its place in the list."""
    chance, referrals = chance_for(seed, "referrals"), list[Referral]()
    _, last = window(years=years, until=until)
    by_dyad: list[list[Incident]] = [[] for _ in dyads]
    for incident in incidents:
        by_dyad[incident.dyad].append(incident)
    for dyad, known in zip(dyads, by_dyad, strict=True):
        times = 1 + happens(chance, REFERRED_AGAIN)
        repeats = "repeats" if len(known) > 1 else "once"
        if not happens(chance, REFERRED[repeats if dyad.police_know else "police_do_not"]):
            continue
        charity = _charity(chance, population.families[dyad.family].force)
        days = _days(known)
        for after in sorted(chance.sample(range(len(known)), min(times, len(known)))):
            referrals.append(
                _referral(
                    chance, population, dyad, known[: after + 1],
                    number=len(referrals), charity=charity, last=last, days=days,
                )
            )  # fmt: skip
            if happens(chance, OTHER_CHARITY):
                charity = KESTREL if charity == AMBER else AMBER
    spoken_for = {each.victim for each in referrals}
    for dyad in _turned_round(dyads, by_dyad, spoken_for):
        known = by_dyad[dyad.number]
        charity = _charity(chance, population.families[dyad.family].force)
        told = _referral(
            chance, population, dyad, known,
            number=len(referrals), charity=charity, last=last, days=_days(known),
        )  # fmt: skip
        referrals.append(
            replace(
                told,
                victim=dyad.perpetrator,
                perpetrators=(dyad.victim,),
                relations=(INVERSE.get(dyad.relation, dyad.relation),),
                children=(),
                criteria=("professional_judgement",),
                in_refuge=False,
                is_turned_round=True,
            )
        )
    return referrals


def _turned_round(
    dyads: Sequence[Dyad], by_dyad: Sequence[Sequence[Incident]], spoken_for: set[int]
) -> list[Dyad]:
    """Choose dyads whose perpetrator refers himself: police have named him, and no charity speaks for her."""
    named = [
        dyad
        for dyad in dyads
        if dyad.victim not in spoken_for
        and any(
            each.force is not None and each.suspect == "named" and not each.both_alleged
            for each in by_dyad[dyad.number]
        )
    ]
    return named[2::NTH_REFERS_HIMSELF]


def _referral(
    chance: random.Random,
    population: Population,
    dyad: Dyad,
    known: list[Incident],
    *,
    number: int,
    charity: str,
    last: datetime,
    days: set[date],
) -> Referral:
    incident = known[-1]
    delay = timedelta(minutes=chance.randrange(60, 20 * 24 * 60))
    second = _second_perpetrator(chance, population, dyad)
    return Referral(
        number=number,
        charity=charity,
        dyad=dyad.number,
        incident=incident.number,
        victim=dyad.victim,
        perpetrators=(dyad.perpetrator, *second),
        relations=(dyad.relation, *(["other_family"] if second else [])),
        children=incident.children,
        referred_at=_not_on(days, incident.reported_at + delay, last=last),
        states_hour=happens(chance, HOUR_STATED),
        criteria=_criteria(chance, known),
        risk_grade=incident.risk_grade,
        consent=weighed(chance, CONSENTS),
        victim_aware=weighed(chance, AWARE),
        in_refuge=incident.severity > SLIGHT and happens(chance, IN_REFUGE * incident.severity),
    )


def _days(known: Sequence[Incident]) -> set[date]:
    return {each.occurred_at.astimezone(LONDON).date() for each in known}


def _not_on(days: set[date], when: datetime, *, last: datetime) -> datetime:
    """Move a referral off the days on which something happened: what came first is then plain to see."""
    when = min(when, last)
    while when.astimezone(LONDON).date() in days and when + timedelta(days=1) <= last:
        when += timedelta(days=1)
    return when


def _charity(chance: random.Random, force: str) -> str:
    usual, other = (AMBER, KESTREL) if force == FENMARCH else (KESTREL, AMBER)
    return usual if happens(chance, NEAREST) else other


def _second_perpetrator(chance: random.Random, population: Population, dyad: Dyad) -> list[int]:
    if not happens(chance, SECOND_PERPETRATOR):
        return []
    other = population.families[chance.randrange(len(population.families))].adults[-1]
    return [] if other in (dyad.victim, dyad.perpetrator) else [other]


def _criteria(chance: random.Random, known: list[Incident]) -> tuple[str, ...]:
    """Tick what holds; where nothing does, a worker's judgement is the reason to refer."""
    newest = known[-1]
    recent = [each for each in known if newest.occurred_at - each.occurred_at < YEAR]
    ticked = []
    if newest.dash is not None and newest.dash.ticks >= HIGH:
        ticked.append("visible_high_risk")
    if not ticked and (len(known) == 1 or happens(chance, ALSO_JUDGED)):
        ticked.append("professional_judgement")
    if len(recent) >= ESCALATION:
        ticked.append("escalation")
    if len(recent) > 1:
        ticked.append("repeat")
    return tuple(ticked or ["professional_judgement"])
