"""What each type of event in a stream has of its own, and whom it names as told."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from hub.model.event import Body, Value
from hub.synth.attendances import COMPLAINTS, DIAGNOSES, INJURIES, KINDS, MALTREATMENT, SITES
from hub.synth.chance import happens, weighed
from hub.synth.episodes import FACTORS
from hub.synth.incidents import ITEMS, OFFENCES
from hub.synth.layout import DASH_ITEMS
from hub.synth.notes import KINDS as NOTES
from hub.synth.outcomes import ENDS, HOLDS_DAYS, SUPPORTS
from hub.synth.places import (
    AMBER,
    CHILDRENS,
    DUNMOOR,
    FENMARCH,
    KESTREL,
    ORGANISATIONS,
    SURGERIES,
    Address,
)
from hub.synth.support_rows import SERVICES

INSTRUMENT = "dash-police-2009"
TOLD_CHARITY, TOLD_POLICE, TOLD_PROBATION, GP_NAMED = 0.12, 0.25, 0.5, 0.4
AT_LAW = ("outcome-recorded", "order-recorded")


@dataclass(frozen=True, slots=True)
class Story:
    """What happened, as far as more than one type of event tells of it."""

    event_type: str
    agency: str
    force: str
    kind: str
    grade: str
    day: date
    home: Address
    schools: tuple[str, ...]
    has_children: bool
    is_tenant: bool
    discloses: bool

    @property
    def present(self) -> str:
        return "yes" if self.has_children else "no"


def own_fields(chance: random.Random, story: Story) -> Body:
    """Give what events of one type alone have."""
    return _OWN[story.event_type](chance, story)


def organisations(chance: random.Random, story: Story) -> list[Value]:
    """Name the organisations that deal with the family, and those that were told."""
    dealing: list[tuple[str, str]] = [("school", name) for name in story.schools[:1]]
    if story.is_tenant:
        dealing.append(("landlord", ORGANISATIONS["fenmarch-homes"]))
    if happens(chance, GP_NAMED):
        dealing.append(("gp", chance.choice(SURGERIES[story.force])))
    other_force = DUNMOOR if story.force == FENMARCH else FENMARCH
    told = {
        CHILDRENS: story.has_children,
        "fenmarch-idva": story.grade == "high",
        "fenmarch-probation": story.event_type in AT_LAW and happens(chance, TOLD_PROBATION),
        AMBER: happens(chance, TOLD_CHARITY),
        KESTREL: happens(chance, TOLD_CHARITY),
        story.force: happens(chance, TOLD_POLICE),
        other_force: happens(chance, TOLD_CHARITY),
    }
    named = [
        ("notified", ORGANISATIONS[agency])
        for agency, is_told in told.items()
        if is_told and agency != story.agency
    ]
    return [
        {"part": part, "name": name, "organisation_id": None} for part, name in (*dealing, *named)
    ]


def address(place: Address) -> Body:
    return {
        "line1": place.line1,
        "line2": None,
        "town": place.town,
        "postcode": place.postcode,
    }


def _incident(chance: random.Random, story: Story) -> Body:
    return {
        "kind": story.kind,
        "crime_reference": _crime(chance),
        "offence_code": OFFENCES.get(story.kind),
        "place": address(story.home),
        "weapon_used": chance.choice(("yes", "no", "no", "unknown")),
        "injuries": None,
        "children_present": story.present,
    }


def _assessment(chance: random.Random, _: Story) -> Body:
    answers = chance.choices(("yes", "no", "dont_know", "not_asked"), (30, 60, 6, 4), k=ITEMS)
    return {
        "instrument": INSTRUMENT,
        "answers": [
            {"code": code, "answer": answer}
            for code, answer in zip(DASH_ITEMS, answers, strict=True)
        ],
        "score": answers.count("yes"),
        "professional_judgement": False,
        "judgement_rationale": None,
    }


def _referral(chance: random.Random, _: Story) -> Body:
    return {
        "criteria": [chance.choice(("professional_judgement", "visible_high_risk", "repeat"))],
        "victim_aware": "yes",
        "no_consent_reason": None,
        "wishes": None,
        "not_safe_to_tell": None,
    }


def _attendance(chance: random.Random, story: Story) -> Body:
    hurt = chance.randrange(len(INJURIES))
    found: list[Value] = [DIAGNOSES[hurt], *([MALTREATMENT] if story.discloses else [])]
    flag = "domestic-abuse-victim" if story.discloses else "domestic-abuse-concern"
    return {
        "kind": weighed(chance, KINDS),
        "crime_reference": _crime(chance) if happens(chance, 0.2) else None,
        "site": chance.choice(SITES),
        "complaint": chance.choice(COMPLAINTS["told" if story.discloses else "untold"]),
        "diagnoses": found,
        "injuries": INJURIES[hurt],
        "abuse_disclosed": "yes" if story.discloses else "unknown",
        "pregnant": "unknown",
        "accompanied_by": None,
        "flags": [{"code": flag, "active": True}],
    }


def _concern(chance: random.Random, _: Story) -> Body:
    factors: list[Value] = [code for code, often in FACTORS if happens(chance, often / 100)]
    return {
        "kind": chance.choice(("child_in_need", "child_in_need", "child_protection")),
        "state": chance.choice(("raised", "open", "open", "closed")),
        "category": None,
        "factors": factors,
        "domestic_abuse": "yes"
        if {"3A", "3B", "3C"}.intersection(map(str, factors))
        else "unknown",
        "ended_on": None,
    }


def _support(chance: random.Random, story: Story) -> Body:
    return {
        "kind": weighed(chance, NOTES),
        "service": SERVICES[story.agency],
        "abuse_disclosed": "yes" if story.discloses else "unknown",
        "wishes": None,
    }


def _order(chance: random.Random, story: Story) -> Body:
    kind = chance.choice(tuple(HOLDS_DAYS))
    return {
        "kind": kind,
        "state": chance.choice(("made", "made", "varied", "breached", "ended")),
        "order_reference": f"FL/{chance.randrange(10**7):07d}/26",
        "court": None,
        "expires_on": story.day + timedelta(days=HOLDS_DAYS[kind]),
        "conditions": "No contact, directly or through others.",
    }


def _outcome(chance: random.Random, story: Story) -> Body:
    return {
        "kind": chance.choice(("arrest", weighed(chance, ENDS))),
        "crime_reference": _crime(chance),
        "offence_code": OFFENCES.get(story.kind),
        "victim_supports": weighed(chance, SUPPORTS),
        "reason": None,
    }


_OWN: Mapping[str, Callable[[random.Random, Story], Body]] = {
    "incident-reported": _incident,
    "risk-assessed": _assessment,
    "referral-made": _referral,
    "attendance-recorded": _attendance,
    "concern-raised": _concern,
    "support-recorded": _support,
    "order-recorded": _order,
    "outcome-recorded": _outcome,
}


def _crime(chance: random.Random) -> str:
    return f"CR/{chance.randrange(10**7):07d}/26"


def schools_of(children: Sequence[str | None]) -> tuple[str, ...]:
    """Give the schools of some children, each once."""
    return tuple(dict.fromkeys(filter(None, children)))
