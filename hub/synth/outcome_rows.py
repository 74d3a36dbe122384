"""What a force writes on the rows of outcomes and orders: the call site of `police_outcomes`."""

from datetime import datetime

from hub.synth.chance import chance_for
from hub.synth.dyads import Dyad
from hub.synth.outcomes import Order
from hub.synth.places import DUNMOOR, FENMARCH, ORGANISATIONS, PROBATION
from hub.synth.police_outcomes import Order as OrderRow
from hub.synth.police_outcomes import Outcome as OutcomeRow
from hub.synth.police_outcomes import order_cells, outcome_cells
from hub.synth.recorded import Recorded
from hub.synth.sheet import Cells, Entry, Sheet

REFERENCES = {
    FENMARCH: {"outcomes": "OUT-{year}-{number:06d}", "orders": "ORD-{year}-{number:06d}"},
    DUNMOOR: {"outcomes": "DI{number:07d}", "orders": "DE{number:07d}"},
}
COURTS = {FENMARCH: "Osham Family Court", DUNMOOR: "Crosswold Magistrates' Court"}
NO_COURT = ("bail", "protection_notice")
CONDITIONS = (
    "Not to go to the house, the school or the street between.",
    "No contact, directly or through others.",
    "Not to come within 100 metres of {place}.",
)
STATES = {
    "made": "Order made.",
    "breached": "Order broken; see the incident.",
    "ended": "Order ended.",
}


def outcome_row(sheet: Sheet, entry: Entry) -> Cells:
    """Write one version of what came of an incident."""
    outcome = sheet.truth.outcomes[entry.number]
    incident = sheet.truth.incidents[outcome.incident]
    dyad = sheet.truth.dyads[incident.dyad]
    said = f"{outcome.kind.replace('_', ' ').capitalize()} recorded."
    value = OutcomeRow(
        reference=reference(sheet, outcome.decided_at.year, outcome.number),
        version=entry.version,
        occurred_at=outcome.decided_at,
        recorded_at=outcome.decided_at,
        kind=outcome.kind,
        crime_reference=incident.crime_reference or "",
        offence_code=incident.offence or "",
        victim_supports=outcome.victim_supports,
        reason=outcome.reason or "",
        victim=sheet.record(dyad.victim),
        suspect=sheet.record(dyad.perpetrator),
        relation=dyad.relation,
        consent=entry.consent,
        account=_noted(said, entry),
        notified=_notified(sheet, dyad, outcome.decided_at),
    )
    return outcome_cells(sheet.layout, value, sheet.month)


def order_row(sheet: Sheet, entry: Entry) -> Cells:
    """Write one version of something that happened to an order."""
    order = sheet.truth.orders[entry.number]
    dyad = sheet.truth.dyads[order.dyad]
    chance = chance_for(sheet.truth.seed, "order", order.order)
    victim = sheet.record(dyad.victim)
    place = victim.home_on(order.at.date()).line1
    value = OrderRow(
        reference=reference(sheet, order.at.year, order.number),
        version=entry.version,
        occurred_at=order.at,
        recorded_at=order.recorded_at,
        kind=order.kind,
        state=order.state,
        order_reference=f"FL/{order.order + 1:07d}/{order.expires_on:%y}",
        court="" if order.kind in NO_COURT else COURTS[order.force],
        expires_on=order.expires_on,
        conditions=chance.choice(CONDITIONS).format(place=place),
        victim=victim,
        suspect=sheet.record(dyad.perpetrator),
        relation=dyad.relation,
        children=_children(sheet, order),
        consent=entry.consent,
        account=_noted(STATES[order.state], entry),
        notified=_notified(sheet, dyad, order.recorded_at),
    )
    return order_cells(sheet.layout, value, sheet.month)


def reference(sheet: Sheet, year: int, number: int) -> str:
    return REFERENCES[sheet.layout.agency][sheet.layout.name].format(year=year, number=number + 1)


def _children(sheet: Sheet, order: Order) -> tuple[Recorded, ...]:
    return tuple(map(sheet.record, sheet.truth.incidents[order.incident].children))


def _noted(said: str, entry: Entry) -> str:
    return f"{said}\n{entry.note}" if entry.note else said


def _notified(sheet: Sheet, dyad: Dyad, at: datetime) -> str:
    """Name probation, if the suspect is under its supervision: from the hour of a conviction on."""
    supervised = sheet.truth.is_supervised(dyad.perpetrator, at)
    return ORGANISATIONS[PROBATION] if supervised else ""
