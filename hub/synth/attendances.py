"""Who comes to the hospital, after what, and what is written down there.

Some attendances follow an incident of the same night, which police may have been called to as well;
some are signs that nobody has put a name to yet. Few patients name who did it.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from hub.synth.chance import chance_for, happens, weighed
from hub.synth.dyads import Dyad
from hub.synth.households import Population
from hub.synth.incidents import SLIGHT, Incident, window

FEMALE_PREGNANT = 0.06
COMES = {1: 0.0, 2: 0.07, 3: 0.22, 4: 0.5, 5: 0.75}  # chance of coming, by severity
HURTING = ("violence", "sexual")
KINDS = (("emergency", 78), ("minor_injuries", 16), ("maternity", 6))
DISCLOSES = (("yes", 45), ("no", 25), ("unknown", 30))
NAMES_WHO = 0.6  # of those who say that somebody caused it
STATES_CRIME = 0.35  # a crime number is on the notes, of those that police recorded
EARLIER_SIGN, ACCOMPANIED, WITHDRAWN, AMENDED = 0.12, 0.3, 0.04, 0.05
SITES = ("Osham General Hospital", "Staithe Minor Injuries Unit")
COMPLAINTS = {
    "told": (
        "Pushed against a door at home; arm hurts.", "Struck twice in the face.",
        "Held by the throat, hoarse since.", "Kicked in the side, breathing hurts.",
    ),
    "untold": (
        "Fell on the stairs, she says.", "Walked into a door.", "Slipped in the bath, third time.",
        "Headache for days; would not say since when.",
    ),
}  # fmt: skip
INJURIES = (
    "bruising to upper arm",
    "reddening to neck",
    "cut lip",
    "two broken ribs",
    "wrist sprained",
)
DIAGNOSES = ("S40.0", "S10.9", "S01.5", "S22.4", "S63.5")
MALTREATMENT = "T74.1"
COMPANIONS = (
    "A man who answered for the patient.",
    "Partner, who would not leave.",
    "A neighbour.",
)


@dataclass(frozen=True, slots=True)
class Attendance:
    """One visit. `incident`: of which it came; none: a sign alone. `named`: whom the patient accused."""

    number: int
    patient: int
    incident: int | None
    arrived_at: datetime
    written_at: datetime
    kind: str
    site: str
    complaint: str
    injuries: str | None
    diagnoses: tuple[str, ...]
    abuse_disclosed: str
    named: int | None
    pregnant: str
    accompanied_by: str | None
    states_crime_reference: bool
    amended_at: datetime | None  # the notes were corrected, and sent again
    withdrawn_at: datetime | None  # the notes were another patient's: the hospital takes them back


def draw_attendances(
    seed: int,
    population: Population,
    dyads: Sequence[Dyad],
    incidents: Sequence[Incident],
    *,
    years: float,
    until: date,
) -> list[Attendance]:
    """Draw the visits that follow incidents, and some that come before the first one was told."""
    chance, drawn = chance_for(seed, "attendances"), list[Attendance]()
    first, last = window(years=years, until=until)
    for incident in incidents:
        dyad = dyads[incident.dyad]
        share = COMES[incident.severity] * (1 if incident.kind in HURTING else 0.3)
        after = incident.occurred_at + timedelta(minutes=chance.randrange(25, 240))
        if happens(chance, share) and after <= last:
            drawn.append(
                _visit(
                    chance, population, dyad, incident, number=len(drawn), at=after, last=last
                )
            )  # fmt: skip
        if happens(chance, EARLIER_SIGN * (incident.severity > SLIGHT)):
            before = incident.occurred_at - timedelta(minutes=chance.randrange(7 * 1440, 90 * 1440))
            if before > first:
                drawn.append(
                    _visit(
                        chance, population, dyad, None, number=len(drawn), at=before, last=last
                    )
                )  # fmt: skip
    return drawn


def _visit(
    chance: random.Random,
    population: Population,
    dyad: Dyad,
    incident: Incident | None,
    *,
    number: int,
    at: datetime,
    last: datetime,
) -> Attendance:
    patient = population.people[dyad.victim]
    disclosed = weighed(chance, DISCLOSES) if incident is not None else "no"
    tells, names = disclosed == "yes", happens(chance, NAMES_WHO)
    hurt = chance.randrange(len(INJURIES))
    kind = weighed(chance, KINDS)
    is_pregnant = patient.gender == "female" and happens(chance, FEMALE_PREGNANT)
    if kind == "maternity" and not is_pregnant:
        kind = "emergency"
    written_at = min(at + timedelta(minutes=chance.randrange(30, 300)), last)
    amended = written_at + timedelta(minutes=chance.randrange(1440, 30 * 1440))
    withdrawn = written_at + timedelta(minutes=chance.randrange(1440, 60 * 1440))
    is_amended, is_withdrawn = happens(chance, AMENDED), happens(chance, WITHDRAWN)
    return Attendance(
        number=number,
        patient=dyad.victim,
        incident=None if incident is None else incident.number,
        arrived_at=at,
        written_at=written_at,
        kind=kind,
        site=SITES[kind == "minor_injuries"],
        complaint=chance.choice(COMPLAINTS["told" if tells else "untold"]),
        injuries=INJURIES[hurt] if incident is None or incident.kind in HURTING else None,
        diagnoses=(DIAGNOSES[hurt], *([MALTREATMENT] if tells else [])),
        abuse_disclosed=disclosed,
        named=dyad.perpetrator if tells and names else None,
        pregnant="yes" if is_pregnant else chance.choice(("no", "unknown")),
        accompanied_by=chance.choice(COMPANIONS) if happens(chance, ACCOMPANIED) else None,
        states_crime_reference=happens(chance, STATES_CRIME),
        amended_at=amended if is_amended and amended <= last else None,
        withdrawn_at=withdrawn if is_withdrawn and withdrawn <= last else None,
    )
