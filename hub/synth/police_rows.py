"""What a police force writes on the rows of its two exports."""

import random

from hub.synth.chance import chance_for, happens
from hub.synth.dyads import Dyad
from hub.synth.incidents import Incident
from hub.synth.layout import DASH_ITEMS
from hub.synth.places import AMBER, CHILDRENS, DUNMOOR, FENMARCH, ORGANISATIONS, PROBATION
from hub.synth.sentences import INJURIES, RATIONALES, account, summary
from hub.synth.sheet import Cells, Entry, Sheet, address_cells, person_cells, safety_cells

CHILDREN = 3  # for so many there are columns
REFERENCES = {
    FENMARCH: {"incidents": "OCC-{year}-{number:06d}", "dash": "DA-{year}-{number:06d}"},
    DUNMOOR: {"incidents": "DM{number:07d}", "dash": "RA{number:07d}"},
}
HURT = ("violence", "sexual")
CHARGED = 0.2
TOLD_CHILDREN, TOLD_IDVA, TOLD_CHARITY, TOLD_OTHER_FORCE, TOLD_SURGERY = 0.9, 0.85, 0.12, 0.06, 0.3


def incident_cells(sheet: Sheet, entry: Entry) -> Cells:
    """Write one version of one incident."""
    incident = sheet.truth.incidents[entry.number]
    dyad = sheet.truth.dyads[incident.dyad]
    chance = chance_for(sheet.truth.seed, "row", sheet.layout.agency, incident.number)
    day, victim = incident.reported_at.date(), sheet.record(dyad.victim)
    home = victim.person.home_on(incident.occurred_at.date())
    cells = _shared(sheet, entry, incident, chance)
    cells |= {
        "reported_at": sheet.instant(incident.reported_at),
        "kind": sheet.code("kind", incident.kind),
        **_crime(incident, chance),
        **address_cells("place", incident.place or home),
        "weapon_used": sheet.code("yesno", incident.weapon_used),
        "children_present": sheet.code("yesno", incident.children_present),
        "victim_role": "P_012" if incident.both_alleged else "P_004",
        "suspect_role": _suspect_role(sheet, entry, incident, chance),
    }
    for place, number in enumerate(incident.children[:CHILDREN], 1):
        cells |= person_cells(sheet, f"child{place}", sheet.record(number), day)
    if incident.witness is not None:
        cells |= person_cells(sheet, "witness1", sheet.record(incident.witness), day)
    return cells


def dash_cells(sheet: Sheet, entry: Entry) -> Cells:
    """Write one version of the assessment that followed an incident.

    Raises:
        ValueError: none followed it.
    """
    incident = sheet.truth.incidents[entry.number]
    if incident.dash is None:
        raise ValueError("this incident has no assessment")
    chance = chance_for(sheet.truth.seed, "row", sheet.layout.agency, incident.number)
    cells = _shared(sheet, entry, incident, chance)
    answers = zip(DASH_ITEMS, incident.dash.answers, strict=True)
    return cells | {
        "incident": _reference(sheet, incident, "incidents"),
        "assessed_at": sheet.instant(incident.dash.assessed_at),
        "professional_judgement": sheet.code("yesno", "yes" if incident.dash.judged_high else "no"),
        "judgement_rationale": chance.choice(RATIONALES) if incident.dash.judged_high else "",
        **{item: sheet.code("answer", answer) for item, answer in answers},
    }


def _shared(sheet: Sheet, entry: Entry, incident: Incident, chance: random.Random) -> Cells:
    """Write what both exports have: who, how grave, whether it may be shared, who was told, what happened."""
    dyad = sheet.truth.dyads[incident.dyad]
    day, victim = incident.reported_at.date(), sheet.record(dyad.victim)
    told = account(
        chance,
        incident.kind,
        victim=victim.given,
        suspect=_spoken_of(sheet, dyad, entry),
        place=victim.home_on(day).line1,
    )
    cells = {
        "reference": _reference(sheet, incident, sheet.layout.name),
        "version": str(entry.version),
        "occurred_at": sheet.instant(incident.occurred_at),
        "risk_grade": sheet.code("risk_grade", entry.risk_grade),
        "consent": sheet.code("consent", entry.consent),
        "account": f"{told}\n{entry.note}" if entry.note else told,
        "shareable_summary": summary(
            incident.kind, grade=entry.risk_grade, children_present=incident.children_present
        ),
        "landlord": sheet.household(victim).landlord or "",
        "notified": "; ".join(_notified(sheet, entry, incident, chance)),
        **person_cells(sheet, "victim", victim, day),
        **safety_cells("victim", victim),
    }
    if entry.suspect == "named":
        cells["relationship"] = sheet.code("relationship", dyad.relation)
        cells |= person_cells(sheet, "suspect", sheet.record(dyad.perpetrator), day)
    return cells


def _reference(sheet: Sheet, incident: Incident, name: str) -> str:
    form = REFERENCES[sheet.layout.agency][name]
    return form.format(year=incident.reported_at.year, number=incident.number + 1)


def _spoken_of(sheet: Sheet, dyad: Dyad, entry: Entry) -> str:
    if entry.suspect != "named":
        return "a person not known"
    record = sheet.record(dyad.perpetrator)
    return f"{record.given} {record.family}"


def _crime(incident: Incident, chance: random.Random) -> Cells:
    cells = {}
    if incident.offence and incident.crime_reference:
        cells = {"offence_code": incident.offence, "crime_reference": incident.crime_reference}
    if incident.kind in HURT and incident.severity > 1:
        cells["injuries"] = chance.choice(INJURIES)
    return cells


def _suspect_role(sheet: Sheet, entry: Entry, incident: Incident, chance: random.Random) -> str:
    if incident.both_alleged:
        return "P_012"
    is_charged = entry.suspect == "named" and happens(chance, CHARGED)
    return sheet.code("suspect_role", "charged" if is_charged else entry.suspect)


def _notified(sheet: Sheet, entry: Entry, incident: Incident, chance: random.Random) -> list[str]:
    """Say who was told; each chance is taken in every case, so that a new version tells the same ones."""
    dyad = sheet.truth.dyads[incident.dyad]
    other_force = DUNMOOR if sheet.layout.agency == FENMARCH else FENMARCH
    surgery = sheet.household(sheet.record(dyad.victim)).surgery
    is_named = entry.suspect == "named"
    told = {
        ORGANISATIONS[CHILDRENS]: incident.children_present == "yes"
        and happens(chance, TOLD_CHILDREN),
        ORGANISATIONS["fenmarch-idva"]: happens(chance, TOLD_IDVA) and entry.risk_grade == "high",
        ORGANISATIONS[AMBER]: happens(chance, TOLD_CHARITY),
        ORGANISATIONS[other_force]: happens(chance, TOLD_OTHER_FORCE),
        surgery: happens(chance, TOLD_SURGERY) and entry.risk_grade != "standard",
        ORGANISATIONS[PROBATION]: is_named
        and sheet.truth.is_supervised(dyad.perpetrator, incident.reported_at),
    }
    return [name for name, is_told in told.items() if is_told]
