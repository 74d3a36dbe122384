"""Read a force's exports: `incidents` and `dash`, and what came of it: `outcomes` and `orders`.

The names are those of the NPCC Minimum POLE Data Standards Dictionary. A suspect who is not named is
nobody; somebody whose role is in dispute is `unresolved`, for a person to judge.
"""

import re
from collections.abc import Callable, Sequence
from functools import partial

from connectors import people
from connectors.cells import Row
from connectors.csv_format import CsvFormat
from connectors.event_parts import CLOSING_COLUMNS, CODED, VALUES, closing, opening, yes_no
from connectors.mapping import Layout, Shape, load
from hub.model.event import Body, EventType, Value

_KINDS = frozenset(
    {
        "violence",
        "sexual",
        "coercive_control",
        "stalking",
        "harassment",
        "threats",
        "damage",
        "breach",
        "honour_based",
        "verbal",
        "other",
    }
)
_OUTCOMES = frozenset(
    {
        "arrest",
        "charge",
        "caution",
        "no_further_action",
        "prosecution",
        "conviction",
        "acquittal",
        "discontinued",
        "other",
    }
)
_ORDERS = frozenset(
    {
        "non_molestation",
        "occupation",
        "restraining",
        "protection_notice",
        "protection_order",
        "stalking_protection",
        "bail",
        "licence",
        "other",
    }
)
_STATES = frozenset({"made", "varied", "breached", "ended"})
_ANSWERS = frozenset({"yes", "no", "dont_know", "not_asked"})
_ROLES = frozenset({"victim", "perpetrator", "unresolved"})

_PEOPLE = (
    rf"{people.VICTIM_COLUMNS}|{people.CHILD_COLUMNS}|suspect_{people.PERSON_COLUMNS}"
    rf"|witness[1-9]_{people.PERSON_COLUMNS}|victim_role|suspect_role|relationship"
)
_CODED = {**CODED, r"\w+_role": "role"}

INCIDENTS = Shape(
    name="incidents",
    columns=re.compile(
        "reference|version|occurred_at|reported_at|kind|offence_code|crime_reference"
        rf"|place_{people.PLACE_COLUMNS}|weapon_used|injuries|children_present"
        rf"|{CLOSING_COLUMNS}|{_PEOPLE}"
    ),
    must=frozenset({"reference", "reported_at", "kind"}),
    values={**VALUES, "kind": _KINDS, "role": _ROLES},
    coded={**_CODED, "kind": "kind", "weapon_used|children_present": "yesno"},
)
DASH = Shape(
    name="dash",
    columns=re.compile(
        "reference|version|incident|occurred_at|assessed_at|professional_judgement"
        rf"|judgement_rationale|{CLOSING_COLUMNS}|{_PEOPLE}"
    ),
    must=frozenset({"reference", "assessed_at"}),
    values={**VALUES, "answer": _ANSWERS, "role": _ROLES},
    coded={**_CODED, "professional_judgement": "yesno"},
    answers=True,
)

OUTCOMES = Shape(
    name="outcomes",
    columns=re.compile(
        "reference|version|occurred_at|recorded_at|kind|crime_reference|offence_code"
        rf"|victim_supports|reason|{CLOSING_COLUMNS}|{_PEOPLE}"
    ),
    must=frozenset({"reference", "recorded_at", "kind"}),
    values={**VALUES, "kind": _OUTCOMES, "role": _ROLES},
    coded={**_CODED, "kind": "kind", "victim_supports": "yesno"},
)
ORDERS = Shape(
    name="orders",
    columns=re.compile(
        "reference|version|occurred_at|recorded_at|kind|state|order_reference|court|expires_on"
        rf"|conditions|{CLOSING_COLUMNS}|{_PEOPLE}"
    ),
    must=frozenset({"reference", "recorded_at", "kind", "state"}),
    values={**VALUES, "kind": _ORDERS, "state": _STATES, "role": _ROLES},
    coded={**_CODED, "kind": "kind", "state": "state"},
)


def formats(text: str, file: str) -> tuple[CsvFormat, ...]:
    """Give the formats that a mapping file lays out.

    Raises:
        MappingFault: it is not as it should be.
    """
    return tuple(
        _format(layout) for layout in load(text, file, (INCIDENTS, DASH, OUTCOMES, ORDERS))
    )


def _format(layout: Layout) -> CsvFormat:
    children = people.numbers_of(layout.columns, "child")
    witnesses = people.numbers_of(layout.columns, "witness")
    everyone = partial(_people, children=children, witnesses=witnesses)
    match layout.name:
        case INCIDENTS.name:
            return CsvFormat(layout, EventType("incident-reported"), partial(_incident, everyone))
        case OUTCOMES.name:
            return CsvFormat(layout, EventType("outcome-recorded"), partial(_outcome, everyone))
        case ORDERS.name:
            return CsvFormat(layout, EventType("order-recorded"), partial(_order, everyone))
        case _:
            read_row = partial(_assessment, everyone, layout.instrument, tuple(layout.answers))
            return CsvFormat(layout, EventType("risk-assessed"), read_row)


def _incident(everyone: Callable[[Row], Body], row: Row) -> Body:
    return {
        **opening(row, "reported_at"),
        "kind": row.code("kind", "kind", unknown="other") or "other",
        "crime_reference": row.words("crime_reference"),
        "offence_code": row.words("offence_code"),
        "place": people.address(row, "place"),
        "weapon_used": yes_no(row, "weapon_used"),
        "injuries": row.account("injuries"),
        "children_present": yes_no(row, "children_present"),
        **closing(row),
        **everyone(row),
    }


def _assessment(
    everyone: Callable[[Row], Body], instrument: str, items: Sequence[str], row: Row
) -> Body:
    """Read a Dash. An empty answer was not asked: a missing tick says nothing, and lowers nothing."""
    answers = [(item, row.code(item, "answer") or "not_asked") for item in items]
    answered: list[Value] = [{"code": item, "answer": answer} for item, answer in answers]
    return {
        **opening(row, "assessed_at"),
        "instrument": instrument,
        "answers": answered,
        "score": sum(answer == "yes" for _, answer in answers),
        "professional_judgement": yes_no(row, "professional_judgement") == "yes",
        "judgement_rationale": row.account("judgement_rationale"),
        **closing(row),
        **everyone(row),
    }


def _outcome(everyone: Callable[[Row], Body], row: Row) -> Body:
    return {
        **opening(row, "recorded_at"),
        "kind": row.code("kind", "kind", unknown="other") or "other",
        "crime_reference": row.words("crime_reference"),
        "offence_code": row.words("offence_code"),
        "victim_supports": yes_no(row, "victim_supports"),
        "reason": row.words("reason"),
        **closing(row),
        **everyone(row),
    }


def _order(everyone: Callable[[Row], Body], row: Row) -> Body:
    """Read what happened to an order. Whether it was made, broken or ended is never taken for granted."""
    return {
        **opening(row, "recorded_at"),
        "kind": row.code("kind", "kind", unknown="other") or "other",
        "state": row.code("state", "state") or row.refuse("state", "unknown-code"),
        "order_reference": row.words("order_reference"),
        "court": row.words("court"),
        "expires_on": row.day("expires_on"),
        "conditions": row.account("conditions"),
        **closing(row),
        **everyone(row),
    }


def _people(row: Row, *, children: Sequence[int], witnesses: Sequence[int]) -> Body:
    """Read everybody in a row into their roles."""
    reference = row.required("reference")
    harmed, suspect = people.described(row, "victim"), people.named(row, "suspect")
    harmed_id = people.local_id(harmed, reference, "victim")
    suspect_id = people.local_id(suspect, reference, "perpetrator")
    forth, back = _ties(row, harmed_id, suspect_id)
    roles: dict[str, list[Value]] = {"victim": [], "perpetrator": [], "unresolved": []}
    if harmed:
        role = _role(row, "victim_role", "victim")
        roles[role].append(_MAKE[role](harmed, harmed_id, forth))
    if suspect:
        role = _role(row, "suspect_role", "perpetrator")
        roles[role].append(_MAKE[role](suspect, suspect_id, back))
    return {
        "victims": roles["victim"],
        "perpetrators": roles["perpetrator"],
        "children": people.children(row, children, reference, harmed_id),
        "witnesses": people.witnesses(row, witnesses, reference),
        "unresolved": roles["unresolved"],
    }


_MAKE = {
    "victim": people.victim,
    "perpetrator": people.perpetrator,
    "unresolved": people.unresolved,
}


def _ties(row: Row, harmed_id: str, suspect_id: str) -> tuple[list[Body], list[Body]]:
    """Give what the victim is to the suspect, as stated, and what the suspect is to the victim."""
    relation = row.code("relationship", "relationship", unknown="unknown")
    if relation is None:
        return [], []
    if not harmed_id or not suspect_id:
        row.warnings.append("relationship-alone")
        return [], []
    forth = people.relationship(suspect_id, relation)
    back = people.relationship(harmed_id, people.inverse(relation))
    return [forth], [back]


def _role(row: Row, column: str, expected: str) -> str:
    """Give the role that a column's person has; one that does not fit the column is in dispute."""
    role = row.code(column, "role", unknown="unresolved") or expected
    if role not in (expected, "unresolved"):
        row.warnings.append("unlikely-role")
        return "unresolved"
    return role
