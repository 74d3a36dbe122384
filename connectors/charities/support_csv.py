"""Read a charity's support notes: one row for each thing that was done with a client.

A note is about the client alone; others are in her referral.
"""

import re

from connectors import people
from connectors.cells import Row
from connectors.event_parts import CLOSING_COLUMNS, CODED, VALUES, closing, opening, yes_no
from connectors.mapping import Shape
from hub.model.event import Body

_KINDS = frozenset(
    {
        "contact",
        "safety_plan",
        "refuge",
        "advocacy",
        "counselling",
        "helpline",
        "closed",
        "other",
    }
)

SUPPORT = Shape(
    name="support",
    columns=re.compile(
        "reference|version|recorded_at|occurred_at|kind|service|abuse_disclosed|wishes"
        rf"|{CLOSING_COLUMNS}|{people.VICTIM_COLUMNS}"
    ),
    must=frozenset({"reference", "recorded_at", "kind"}),
    values={**VALUES, "kind": _KINDS},
    coded={**CODED, "kind": "kind", "abuse_disclosed": "yesno"},
)


def support(row: Row) -> Body:
    """Make the body of an event of one note."""
    client = people.described(row, "victim")
    client_id = people.local_id(client, row.required("reference"), "victim")
    return {
        **opening(row, "recorded_at"),
        "kind": row.code("kind", "kind", unknown="other") or "other",
        "service": row.words("service"),
        "abuse_disclosed": yes_no(row, "abuse_disclosed"),
        "wishes": row.account("wishes"),
        **closing(row),
        "victims": [people.victim(client, client_id)] if client else [],
        "perpetrators": [],
        "children": [],
        "witnesses": [],
        "unresolved": [],
    }
