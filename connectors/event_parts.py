"""What every event has: when it was, how dangerous it seems, consent, text, organisations.

The fields are those that open and close each schema; what one event alone reports stands between.
"""

from datetime import datetime

from connectors.cells import Row
from connectors.people import GENDERS, RELATIONS, organisations
from hub.model.event import Body

GRADES = frozenset({"standard", "medium", "high"})
CONSENT = frozenset({"given", "refused", "withdrawn", "not_asked"})
YES_NO = frozenset({"yes", "no", "unknown"})

CLOSING_COLUMNS = (
    "risk_grade|consent|account|shareable_summary|landlord|notified|referred_to|school"
)
VALUES = {
    "risk_grade": GRADES,
    "consent": CONSENT,
    "yesno": YES_NO,
    "gender": GENDERS,
    "relationship": RELATIONS,
}
CODED = {
    "risk_grade": "risk_grade",
    "consent": "consent",
    r"\w+_gender": "gender",
    r"(?:\w+_)?relationship": "relationship",
}


def opening(row: Row, reported: str) -> Body:
    """Read when it happened and when the agency was told, which is always known."""
    told = row.moment(reported)
    if told is None:
        row.refuse(reported, "missing")
    happened = row.moment("occurred_at")
    occurred_at, accuracy = _occurred(happened, told[0])
    return {"occurred_at": occurred_at, "occurred_accuracy": accuracy, "reported_at": told[0]}


def closing(row: Row) -> Body:
    """Read what closes an event, but for its people."""
    return {
        "risk_grade": row.code("risk_grade", "risk_grade"),
        "consent": _consent(row),
        "account": row.account("account"),
        "shareable_summary": row.account("shareable_summary"),
        "organisations": organisations(row),
    }


def _consent(row: Row) -> str | None:
    """Read what was said to sharing. A word nobody agreed on may be a refusal: the row is set aside."""
    said = row.code("consent", "consent")
    if said is None and row.text("consent"):
        row.refuse("consent", "unknown-code")
    return said


def yes_no(row: Row, name: str) -> str:
    return row.code(name, "yesno") or "unknown"


def _occurred(happened: tuple[datetime, bool] | None, told: datetime) -> tuple[datetime, str]:
    if happened is None:
        return told, "unknown"
    instant, is_exact = happened
    return instant, "exact" if is_exact else "day"
