"""What the rows of CSV exports tell, by format: told in the truth's own numbers, beside the row itself."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from hub.synth.incidents import Incident
from hub.synth.places import LONDON
from hub.synth.sheet import Cells, Entry, Sheet
from hub.synth.told import Telling, Told

SAID_OF = ("born", "nhs")
PLACES = range(1, 10)

People = dict[str, int]
"""Who stands on a row, by the role's name there."""


def remember_row(
    told: Told, sheet: Sheet, entry: Entry, cells: Cells, *, file: str, received_at: datetime
) -> None:
    """Remember one row of a CSV export and everybody on it."""
    columns = sheet.layout.columns
    written = {name: text for name, text in cells.items() if name in columns}
    telling, people = READINGS[sheet.layout.name](sheet, entry, written, file, received_at)
    told.tellings.append(telling)
    for who, person in people.items():
        told.write_down(
            sheet.layout.agency,
            cells.get(f"{who}_id") or derived_id(cells["reference"], who),
            sheet.record(person),
            says={name for name in SAID_OF if f"{who}_{name}" in columns},
            pnc=written.get(f"{who}_pnc", ""),
            postcode=written.get(f"{who}_postcode", ""),
        )


def derived_id(reference: str, who: str) -> str:
    """Give the key of somebody to whom the agency gives none: the row's, and the place on it."""
    role = who.rstrip("0123456789")
    number = who.removeprefix(role) or "1"
    return f"{reference}/{'perpetrator' if role == 'suspect' else role}/{number}"


def _incident(
    sheet: Sheet, entry: Entry, cells: Cells, file: str, received_at: datetime
) -> tuple[Telling, People]:
    incident = sheet.truth.incidents[entry.number]
    dyad = sheet.truth.dyads[incident.dyad]
    is_named, both = entry.suspect == "named", incident.both_alleged
    people = {"victim": dyad.victim} | ({"suspect": dyad.perpetrator} if is_named else {})
    children = _children(incident.children, cells)
    if incident.witness is not None:
        people["witness1"] = incident.witness
    dash = incident.dash if sheet.layout.name == "dash" else None
    telling = Telling(
        agency=sheet.layout.agency,
        key=_key(sheet, cells),
        version=entry.version,
        event_type="risk-assessed" if dash else "incident-reported",
        file=file,
        received_at=received_at,
        occurred_at=incident.occurred_at,
        victim=None if both else dyad.victim,
        perpetrators=(dyad.perpetrator,) if is_named and not both else (),
        unresolved=(dyad.victim, dyad.perpetrator) if both else (),
        children=tuple(children.values()),
        incident=incident.number,
        tells_abuse=True,
        ticks=dash.ticks if dash else 0,
        is_judged=bool(dash and dash.judged_high),
    )
    if dash:
        people.pop("witness1", None)
    return telling, people | children


def _outcome(
    sheet: Sheet, entry: Entry, cells: Cells, file: str, received_at: datetime
) -> tuple[Telling, People]:
    outcome = sheet.truth.outcomes[entry.number]
    dyad = sheet.truth.dyads[sheet.truth.incidents[outcome.incident].dyad]
    telling = Telling(
        agency=sheet.layout.agency,
        key=_key(sheet, cells),
        version=entry.version,
        event_type="outcome-recorded",
        file=file,
        received_at=received_at,
        occurred_at=outcome.decided_at,
        victim=dyad.victim,
        perpetrators=(dyad.perpetrator,),
        incident=outcome.incident,
    )
    return telling, {"victim": dyad.victim, "suspect": dyad.perpetrator}


def _order(
    sheet: Sheet, entry: Entry, cells: Cells, file: str, received_at: datetime
) -> tuple[Telling, People]:
    order = sheet.truth.orders[entry.number]
    dyad = sheet.truth.dyads[order.dyad]
    children = _children(sheet.truth.incidents[order.incident].children, cells)
    telling = Telling(
        agency=sheet.layout.agency,
        key=_key(sheet, cells),
        version=entry.version,
        event_type="order-recorded",
        file=file,
        received_at=received_at,
        occurred_at=order.at,
        victim=dyad.victim,
        perpetrators=(dyad.perpetrator,),
        children=tuple(children.values()),
        incident=order.incident,
        tells_abuse=order.state == "breached",
    )
    return telling, {"victim": dyad.victim, "suspect": dyad.perpetrator, **children}


def _referral(
    sheet: Sheet, entry: Entry, cells: Cells, file: str, received_at: datetime
) -> tuple[Telling, People]:
    referral = sheet.truth.referrals[entry.number]
    incident = sheet.truth.incidents[referral.incident]
    children = _children(referral.children, cells)
    named = {f"perpetrator{place}": each for place, each in enumerate(referral.perpetrators, 1)}
    telling = Telling(
        agency=sheet.layout.agency,
        key=_key(sheet, cells),
        version=entry.version,
        event_type="referral-made",
        file=file,
        received_at=received_at,
        occurred_at=_beginning_of_day(incident),
        victim=referral.victim,
        perpetrators=referral.perpetrators,
        children=tuple(children.values()),
        incident=None if referral.is_turned_round else referral.incident,
        tells_abuse=True,
        criteria=referral.criteria,
        is_judged="professional_judgement" in referral.criteria,
        referred_on=referral.referred_at.astimezone(LONDON).date(),
    )
    return telling, {"victim": referral.victim, **named, **children}


def _note(
    sheet: Sheet, entry: Entry, cells: Cells, file: str, received_at: datetime
) -> tuple[Telling, People]:
    note = sheet.truth.notes[entry.number]
    client = sheet.truth.referrals[note.referral].victim
    telling = Telling(
        agency=sheet.layout.agency,
        key=_key(sheet, cells),
        version=entry.version,
        event_type="support-recorded",
        file=file,
        received_at=received_at,
        occurred_at=datetime.combine(note.happened_on, datetime.min.time(), LONDON),
        victim=client,
        incident=note.incident,
        tells_abuse=note.abuse_disclosed == "yes",
    )
    return telling, {"victim": client}


Reading = Callable[[Sheet, Entry, Cells, str, datetime], tuple[Telling, People]]

READINGS: Mapping[str, Reading] = {
    "incidents": _incident,
    "dash": _incident,
    "outcomes": _outcome,
    "orders": _order,
    "referrals": _referral,
    "support": _note,
}


def _key(sheet: Sheet, cells: Cells) -> str:
    return f"{sheet.layout.name}:{cells['reference']}"


def _children(children: Iterable[int], cells: Cells) -> People:
    """Name those children for whom the row had places."""
    named = {f"child{place}": each for place, each in zip(PLACES, children, strict=False)}
    return {who: each for who, each in named.items() if cells.get(f"{who}_given")}


def _beginning_of_day(incident: Incident) -> datetime:
    """Give the day alone: a charity states no hour of an incident."""
    return incident.occurred_at.astimezone(LONDON).replace(hour=0, minute=0, second=0)
