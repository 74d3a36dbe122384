"""Read a charity's referrals, as a spreadsheet saves them: one row for each referral.

The columns are those that MARAC referral forms agree on. A referral comes from the victim's side: she
is the client, and what the perpetrator is to her is what the form asks.
"""

import re
from collections.abc import Sequence
from functools import partial

from connectors import people
from connectors.cells import Row
from connectors.charities.support_csv import SUPPORT, support
from connectors.csv_format import CsvFormat
from connectors.event_parts import CLOSING_COLUMNS, CODED, VALUES, closing, opening, yes_no
from connectors.mapping import Layout, Shape, load
from hub.model.event import Body, EventType, Value

_CRITERIA = frozenset({"visible_high_risk", "professional_judgement", "escalation", "repeat"})

REFERRALS = Shape(
    name="referrals",
    columns=re.compile(
        "reference|version|referred_at|occurred_at|criteria|victim_aware|no_consent_reason|wishes"
        rf"|not_safe_to_tell|{CLOSING_COLUMNS}|{people.VICTIM_COLUMNS}|{people.CHILD_COLUMNS}"
        rf"|perpetrator[1-9]_(?:{people.PERSON_COLUMNS}|relationship)"
    ),
    must=frozenset({"reference", "referred_at"}),
    values={**VALUES, "criteria": _CRITERIA},
    coded={**CODED, "criteria": "criteria", "victim_aware": "yesno"},
)


def formats(text: str, file: str) -> tuple[CsvFormat, ...]:
    """Give the formats that a mapping file lays out; referrals last, for they may claim every file.

    Raises:
        MappingFault: it is not as it should be.
    """
    return tuple(_format(layout) for layout in load(text, file, (SUPPORT, REFERRALS)))


def _format(layout: Layout) -> CsvFormat:
    if layout.name == SUPPORT.name:
        return CsvFormat(layout, EventType("support-recorded"), support)
    read_row = partial(
        _referral,
        perpetrators=people.numbers_of(layout.columns, "perpetrator"),
        children=people.numbers_of(layout.columns, "child"),
    )
    return CsvFormat(layout, EventType("referral-made"), read_row)


def _referral(row: Row, *, perpetrators: Sequence[int], children: Sequence[int]) -> Body:
    criteria: list[Value] = [*row.codes("criteria", "criteria")]
    return {
        **opening(row, "referred_at"),
        "criteria": criteria,
        "victim_aware": yes_no(row, "victim_aware"),
        "no_consent_reason": row.account("no_consent_reason"),
        "wishes": row.account("wishes"),
        "not_safe_to_tell": row.account("not_safe_to_tell"),
        **closing(row),
        **_people(row, perpetrators, children),
    }


def _people(row: Row, perpetrators: Sequence[int], children: Sequence[int]) -> Body:
    reference = row.required("reference")
    client = people.described(row, "victim")
    client_id = people.local_id(client, reference, "victim")
    accused: list[Value] = []
    ties: list[Body] = []
    for number in perpetrators:
        who = people.named(row, f"perpetrator{number}")
        who_id = people.local_id(who, reference, "perpetrator", number)
        relation = _relation(row, number, client_id, who_id)
        if relation:
            ties.append(people.relationship(who_id, people.inverse(relation)))
        if who:
            back = [people.relationship(client_id, relation)] if relation else []
            accused.append(people.perpetrator(who, who_id, back))
    return {
        "victims": [people.victim(client, client_id, ties)] if client else [],
        "perpetrators": accused,
        "children": people.children(row, children, reference, client_id),
        "witnesses": [],
        "unresolved": [],
    }


def _relation(row: Row, number: int, client_id: str, who_id: str) -> str | None:
    """Give what a perpetrator is to the client, if both are there to be anything to each other."""
    column = f"perpetrator{number}_relationship"
    relation = row.code(column, "relationship", unknown="unknown")
    if relation and not (client_id and who_id):
        row.warnings.append("relationship-alone")
        return None
    return relation
