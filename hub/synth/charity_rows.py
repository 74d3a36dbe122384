"""What a charity writes on the rows of its referrals."""

import random
from collections.abc import Iterator

from hub.synth.chance import chance_for, happens
from hub.synth.charity_layouts import CHILDREN
from hub.synth.people import Person
from hub.synth.places import AMBER, FENMARCH, KESTREL, ORGANISATIONS
from hub.synth.referrals import Referral
from hub.synth.sentences import (
    NO_CONSENT,
    NOT_SAFE,
    WISHES,
    account,
    now_and_then,
    summary,
)
from hub.synth.sheet import (
    Cells,
    Entry,
    Sheet,
    address_cells,
    person_cells,
    safety_cells,
)

REFERENCES = {AMBER: "AD/{:05d}", KESTREL: "KL{:06d}"}
WITHOUT_CONSENT = ("refused", "not_asked")
PERPETRATOR_NUMBERED, ADDRESS_IN_REFUGE = 0.7, 0.4
TOLD_IDVA, TOLD_CHILDREN, TOLD_POLICE, TOLD_HOMES = 0.7, 0.5, 0.25, 0.15


def referral_cells(sheet: Sheet, entry: Entry) -> Cells:
    """Write one version of one referral."""
    referral = sheet.truth.referrals[entry.number]
    incident = sheet.truth.incidents[referral.incident]
    chance = chance_for(sheet.truth.seed, "row", sheet.layout.agency, referral.number)
    victim = sheet.record(referral.victim)
    suspect = sheet.record(referral.perpetrators[0])
    told = account(
        chance, incident.kind, victim=victim.given, suspect=suspect.given, place="the flat"
    )
    no_consent = chance.choice(NO_CONSENT)  # drawn in every case: a new version says the same
    return {
        "reference": REFERENCES[sheet.layout.agency].format(referral.number + 1),
        "referred_at": _referred_at(sheet, referral),
        "occurred_at": sheet.local_day(incident.occurred_at),
        "criteria": "; ".join(sheet.code("criteria", each) for each in referral.criteria),
        "risk_grade": sheet.code("risk_grade", entry.risk_grade),
        "consent": sheet.code("consent", entry.consent),
        "no_consent_reason": no_consent if entry.consent in WITHOUT_CONSENT else "",
        "victim_aware": sheet.code("yesno", referral.victim_aware),
        "wishes": now_and_then(chance, 0.7, WISHES),
        "not_safe_to_tell": now_and_then(chance, 0.3, NOT_SAFE),
        "account": f"{told}\n{entry.note}" if entry.note else told,
        "shareable_summary": summary(
            incident.kind, grade=entry.risk_grade, children_present=incident.children_present
        ),
        "landlord": sheet.household(victim).landlord or "",
        "school": _school([sheet.truth.people[each] for each in referral.children]),
        "referred_to": "; ".join(_referred_to(referral, entry, chance)),
        **_client(sheet, referral, chance),
        **_perpetrators(sheet, referral, chance),
        **_children(sheet, referral),
    }


def people_without_id(referral: Referral, cells: Cells) -> Iterator[tuple[str, int]]:
    """Say who stands on a row under no key of the charity's: the role's name there, and the person."""
    roles = {
        **{f"perpetrator{place}": each for place, each in enumerate(referral.perpetrators, 1)},
        **{f"child{place}": each for place, each in zip(CHILDREN, referral.children, strict=False)},
    }
    yield from ((role, person) for role, person in roles.items() if not cells.get(f"{role}_id"))


def _referred_at(sheet: Sheet, referral: Referral) -> str:
    if referral.states_hour:
        return sheet.instant(referral.referred_at)
    return sheet.local_day(referral.referred_at)


def _client(sheet: Sheet, referral: Referral, chance: random.Random) -> Cells:
    day, victim = referral.referred_at.date(), sheet.record(referral.victim)
    cells = person_cells(sheet, "victim", victim, day) | safety_cells("victim", victim)
    if referral.in_refuge and victim.person.refuge is not None:
        cells |= address_cells("victim_safe", victim.person.refuge)
        if not happens(chance, ADDRESS_IN_REFUGE):
            cells |= dict.fromkeys(("victim_line1", "victim_town", "victim_postcode"), "")
    return cells


def _perpetrators(sheet: Sheet, referral: Referral, chance: random.Random) -> Cells:
    cells: Cells = {}
    named = zip(referral.perpetrators, referral.relations, strict=True)
    for place, (number, relation) in enumerate(named, 1):
        who = f"perpetrator{place}"
        cells |= person_cells(sheet, who, sheet.record(number), referral.referred_at.date())
        cells[f"{who}_relationship"] = sheet.code("relationship", relation)
        if not happens(chance, PERPETRATOR_NUMBERED):
            cells[f"{who}_id"] = ""
    return cells


def _children(sheet: Sheet, referral: Referral) -> Cells:
    """Write the children, to whom a charity gives no keys."""
    cells: Cells = {}
    for place, number in zip(CHILDREN, referral.children, strict=False):
        who = f"child{place}"
        cells |= person_cells(sheet, who, sheet.record(number), referral.referred_at.date())
        cells[f"{who}_id"] = ""
    return cells


def _school(children: list[Person]) -> str:
    return next((child.school for child in children if child.school), "")


def _referred_to(referral: Referral, entry: Entry, chance: random.Random) -> list[str]:
    """Say who was sent it; each chance is taken in every case, so that a new version names the same ones."""
    told = {
        "fenmarch-idva": happens(chance, TOLD_IDVA) and entry.risk_grade == "high",
        "fenmarch-children": happens(chance, TOLD_CHILDREN) and bool(referral.children),
        FENMARCH: happens(chance, TOLD_POLICE),
        "fenmarch-homes": happens(chance, TOLD_HOMES),
    }
    return [ORGANISATIONS[agency] for agency, is_told in told.items() if is_told]
