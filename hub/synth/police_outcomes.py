"""The exports in which a force says what came of it: outcomes, and what happened to orders.

The rows are given as plain values; whoever draws them says what is true.
"""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from hub.synth.layout import Layout, block
from hub.synth.names import in_code_page
from hub.synth.places import DUNMOOR, FENMARCH, LONDON
from hub.synth.police_layouts import DUNMOOR_TITLES, DUNMOOR_WORDS, FENMARCH_TITLES, FENMARCH_WORDS
from hub.synth.recorded import Recorded
from hub.synth.sheet import Cells

CHILDREN = 3  # for so many there are columns
VICTIM = (
    "role id given family born gender nhs line1 town postcode telephone safe_telephone safe_hours"
)
SUSPECT = "role id given family born gender pnc line1 town postcode employer"
CHILD = "id given family born gender"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a report: an arrest, a charge, or nothing."""

    reference: str
    version: int
    occurred_at: datetime
    recorded_at: datetime
    kind: str
    crime_reference: str
    offence_code: str
    victim_supports: str
    reason: str
    victim: Recorded
    suspect: Recorded | None
    relation: str
    children: tuple[Recorded, ...] = ()
    consent: str = "not_asked"
    account: str = ""
    notified: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """One thing that happened to an order: made, varied, breached or ended. Each has its own reference."""

    reference: str
    version: int
    occurred_at: datetime
    recorded_at: datetime
    kind: str
    state: str
    order_reference: str
    court: str
    expires_on: date | None
    conditions: str
    victim: Recorded
    suspect: Recorded | None
    relation: str
    children: tuple[Recorded, ...] = ()
    consent: str = "not_asked"
    account: str = ""
    notified: str = ""


_FENMARCH_TITLES = {**FENMARCH_TITLES, "role": "ROLE"}
_DUNMOOR_TITLES = {**DUNMOOR_TITLES, "role": "Role"}


def _fenmarch_people() -> dict[str, str]:
    return {
        **block("victim", "V_", _FENMARCH_TITLES, VICTIM),
        "relationship": "V_REL_TO_S",
        **block("suspect", "S_", _FENMARCH_TITLES, SUSPECT),
        **block("child1", "C1_", _FENMARCH_TITLES, CHILD),
        **block("child2", "C2_", _FENMARCH_TITLES, CHILD),
        **block("child3", "C3_", _FENMARCH_TITLES, CHILD),
        "consent": "CONSENT", "landlord": "LANDLORD", "notified": "NOTIFIED",
        "account": "NARRATIVE", "shareable_summary": "SUMMARY",
    }  # fmt: skip


def _dunmoor_people() -> dict[str, str]:
    return {
        **block("victim", "Victim ", _DUNMOOR_TITLES, VICTIM),
        **block("suspect", "Suspect ", _DUNMOOR_TITLES, SUSPECT),
        "relationship": "Relationship",
        **block("child1", "Child 1 ", _DUNMOOR_TITLES, CHILD),
        **block("child2", "Child 2 ", _DUNMOOR_TITLES, CHILD),
        **block("child3", "Child 3 ", _DUNMOOR_TITLES, CHILD),
        "consent": "Consent", "account": "MO", "shareable_summary": "Shareable Summary",
        "landlord": "Landlord", "notified": "Agencies Notified",
    }  # fmt: skip


FENMARCH_OUTCOMES = Layout(
    agency=FENMARCH,
    name="outcomes",
    file="outcomes",
    columns={
        "reference": "OUTCOME_NO", "version": "OUTCOME_VERSION", "occurred_at": "EFFECTIVE",
        "recorded_at": "RECORDED", "kind": "OUTCOME", "crime_reference": "CRIME_NO",
        "offence_code": "HO_CLASS", "victim_supports": "V_SUPPORTS", "reason": "HO_OUTCOME",
        **_fenmarch_people(),
    },
    newline="\r\n",
    encodings=("utf-8-sig", "utf-8"),
    dates=("%d/%m/%Y",),
    times=("%d/%m/%Y %H:%M",),
    words={
        **FENMARCH_WORDS,
        "kind": {
            "arrest": "Arrested", "charge": "Charged", "caution": "Cautioned",
            "no_further_action": "NFA", "prosecution": "Sent to court", "conviction": "Convicted",
            "acquittal": "Acquitted", "discontinued": "Discontinued", "other": "Other",
        },
    },
)  # fmt: skip
FENMARCH_ORDERS = Layout(
    agency=FENMARCH,
    name="orders",
    file="orders",
    columns={
        "reference": "ENTRY_NO", "version": "ENTRY_VERSION", "occurred_at": "EFFECTIVE",
        "recorded_at": "RECORDED", "kind": "ORDER_TYPE", "state": "ORDER_STATE",
        "order_reference": "ORDER_NO", "court": "COURT", "expires_on": "EXPIRES",
        "conditions": "CONDITIONS", **_fenmarch_people(),
    },
    newline="\r\n",
    encodings=("utf-8-sig", "utf-8"),
    dates=("%d/%m/%Y",),
    times=("%d/%m/%Y %H:%M",),
    words={
        **FENMARCH_WORDS,
        "kind": {
            "non_molestation": "NMO", "occupation": "OCC", "restraining": "RO",
            "protection_notice": "DAPN", "protection_order": "DAPO", "stalking_protection": "SPO",
            "bail": "BAIL", "licence": "LICENCE", "other": "OTHER",
        },
        "state": {"made": "MADE", "varied": "VARIED", "breached": "BREACHED", "ended": "ENDED"},
    },
)  # fmt: skip
DUNMOOR_OUTCOMES = Layout(
    agency=DUNMOOR,
    name="outcomes",
    file="disposals",
    columns={
        "reference": "Disposal Reference", "version": "Revision",
        "recorded_at": "Date Time Recorded", "occurred_at": "Date Time From", "kind": "Disposal",
        "crime_reference": "Crime Reference", "offence_code": "HO Class",
        "victim_supports": "Victim Supports Action", "reason": "Outcome Type", **_dunmoor_people(),
    },
    newline="\n",
    encodings=("cp1252",),
    dates=("%Y-%m-%d", "%d-%m-%Y"),
    times=("%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"),
    words={
        **DUNMOOR_WORDS,
        "kind": {
            "arrest": "Arrest", "charge": "Charge or Summons", "caution": "Caution",
            "no_further_action": "No Further Action", "prosecution": "Court Hearing",
            "conviction": "Found Guilty", "acquittal": "Found Not Guilty",
            "discontinued": "Case Discontinued", "other": "Other",
        },
    },
)  # fmt: skip
DUNMOOR_ORDERS = Layout(
    agency=DUNMOOR,
    name="orders",
    file="court orders",
    columns={
        "reference": "Entry Reference", "version": "Revision",
        "recorded_at": "Date Time Recorded", "occurred_at": "Date Time From",
        "kind": "Order Type", "state": "Event", "order_reference": "Order Reference",
        "court": "Court", "expires_on": "Expiry Date", "conditions": "Conditions",
        **_dunmoor_people(),
    },
    newline="\n",
    encodings=("cp1252",),
    dates=("%Y-%m-%d", "%d-%m-%Y"),
    times=("%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"),
    words={
        **DUNMOOR_WORDS,
        "kind": {
            "non_molestation": "Non-Molestation Order", "occupation": "Occupation Order",
            "restraining": "Restraining Order",
            "protection_notice": "Domestic Abuse Protection Notice",
            "protection_order": "Domestic Abuse Protection Order",
            "stalking_protection": "Stalking Protection Order", "bail": "Bail Conditions",
            "licence": "Licence Conditions", "other": "Other",
        },
        "state": {"made": "Made", "varied": "Varied", "breached": "Breach", "ended": "Ended"},
    },
)  # fmt: skip
OUTCOMES: Mapping[str, Layout] = {FENMARCH: FENMARCH_OUTCOMES, DUNMOOR: DUNMOOR_OUTCOMES}
ORDERS: Mapping[str, Layout] = {FENMARCH: FENMARCH_ORDERS, DUNMOOR: DUNMOOR_ORDERS}


def write_outcomes(force: str, outcomes: Iterable[Outcome], month: int) -> bytes:
    """Write a force's file of outcomes. `month` chooses among the ways in which its system writes."""
    layout = OUTCOMES[force]
    return _file(layout, (outcome_cells(layout, each, month) for each in outcomes), month)


def write_orders(force: str, orders: Iterable[Order], month: int) -> bytes:
    """Write a force's file of orders. `month` chooses among the ways in which its system writes."""
    layout = ORDERS[force]
    return _file(layout, (order_cells(layout, each, month) for each in orders), month)


def outcome_cells(layout: Layout, outcome: Outcome, month: int) -> Cells:
    return {
        **_shared(layout, outcome, month),
        "crime_reference": outcome.crime_reference,
        "offence_code": outcome.offence_code,
        "victim_supports": layout.words["yesno"][outcome.victim_supports],
        "reason": outcome.reason,
    }


def order_cells(layout: Layout, order: Order, month: int) -> Cells:
    return {
        **_shared(layout, order, month),
        "state": layout.words["state"][order.state],
        "order_reference": order.order_reference,
        "court": order.court,
        "expires_on": _day(layout, order.expires_on, month),
        "conditions": order.conditions,
    }


def _shared(layout: Layout, entry: Outcome | Order, month: int) -> Cells:
    day = entry.recorded_at.date()
    cells = {
        "reference": entry.reference,
        "version": str(entry.version),
        "occurred_at": _instant(layout, entry.occurred_at, month),
        "recorded_at": _instant(layout, entry.recorded_at, month),
        "kind": layout.words["kind"][entry.kind],
        "consent": layout.words["consent"][entry.consent],
        "account": entry.account,
        "notified": entry.notified,
        "victim_role": "P_004",
        **_person(layout, "victim", entry.victim, day, month),
    }
    if entry.suspect is not None:
        cells["suspect_role"] = "P_002"
        cells["relationship"] = layout.words["relationship"][entry.relation]
        cells |= _person(layout, "suspect", entry.suspect, day, month)
    for place, child in enumerate(entry.children[:CHILDREN], 1):
        cells |= _person(layout, f"child{place}", child, day, month)
    return cells


def _person(layout: Layout, who: str, record: Recorded, on: date, month: int) -> Cells:
    person, home = record.person, record.home_on(on)
    cells = {
        "id": record.local_id,
        "given": record.given,
        "family": record.family,
        "born": _day(layout, record.born, month),
        "gender": layout.words["gender"][person.gender],
        "nhs": record.nhs_number,
        "pnc": person.pnc or "",
        "telephone": record.telephone,
        "safe_telephone": person.safe_telephone or "",
        "safe_hours": person.safe_hours or "",
        "employer": person.employer or "",
        "line1": home.line1,
        "town": home.town,
        "postcode": home.postcode,
    }
    return {f"{who}_{name}": text for name, text in cells.items()}


def _day(layout: Layout, day: date | None, month: int) -> str:
    return "" if day is None else day.strftime(layout.date_form(month))


def _instant(layout: Layout, instant: datetime, month: int) -> str:
    return instant.astimezone(LONDON).strftime(layout.time_form(month))


def _file(layout: Layout, rows: Iterable[Cells], month: int) -> bytes:
    out, encoding = io.StringIO(newline=""), layout.encoding(month)
    writer = csv.writer(out, lineterminator=layout.newline)
    writer.writerow(layout.columns.values())
    for cells in rows:
        writer.writerow([cells.get(name, "") for name in layout.columns])
    text = out.getvalue()
    return (in_code_page(text) if encoding == "cp1252" else text).encode(encoding)
