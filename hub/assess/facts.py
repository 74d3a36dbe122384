"""What one event says that a criterion or an agenda may rest on, kept beside the event.

Facts are read once and know no version of any criterion or instrument: when these change, nothing
is read anew. They hold no name, no number of a person, no address and no free text.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date

from hub.model.event import Body, EventType, Value

STATES = {
    "order-recorded": ("state", ("made", "varied", "breached", "ended")),
    "concern-raised": ("state", ("raised", "open", "closed")),
    "case-heard": (
        "outcome",
        ("heard", "deferred", "transferred_in", "transferred_out", "withdrawn"),
    ),
}
"""Events that say how something stands: the field that says it, and its words."""
DISCLOSING = {
    "attendance-recorded": "abuse_disclosed",
    "concern-raised": "domestic_abuse",
    "support-recorded": "abuse_disclosed",
}
"""Events that say whether somebody spoke of abuse, and the field that says it."""
TICKING = ("referral-made", "case-heard")
ASSESSING = ("risk-assessed",)
TELLING = (
    "incident-reported", *ASSESSING, *TICKING, *DISCLOSING, "order-recorded", "evidence-registered",
    "outcome-recorded", "disclosure-application",
)  # fmt: skip
"""Events that tell something of people. Those about records alone tell nothing by themselves."""
HARMED = ("victims", "unresolved")
"""Those an event is about. Whoever's role is in dispute stands in only where no victim is named."""
OUTCODE = re.compile(r"(?!ZZ99)([A-Z]{1,2}[0-9][0-9A-Z]?)[0-9][A-Z]{2}$")
"""The first half of a whole postcode. ZZ99 stands for no fixed abode and the like."""
SETS = ("items", "ticks", "outcodes", "children")
UNKNOWN_BIRTH = "?"


class FactsUnreadable(Exception):
    """What was kept beside an event is no set of facts."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What one event says, whatever is made of it.

    `yes` is how many answers were yes, as stated or as counted, whichever is more; `items` are
    those that were answered so by name. `ticks` are the criteria that a referrer or a meeting
    ticked. `state` is how an order, a concern or a meeting stands. `reference` is the number of a
    crime or an incident. `outcodes` are the first halves of the postcodes where those harmed live,
    `children` the months in which the children were born (`?` where nobody knows).
    """

    instrument: str = ""
    yes: int | None = None
    items: frozenset[str] = frozenset()
    judged: bool = False
    ticks: frozenset[str] = field(default_factory=frozenset)
    grade: str = ""
    disclosed: bool = False
    state: str = ""
    kind: str = ""
    reference: str = ""
    outcodes: frozenset[str] = field(default_factory=frozenset)
    children: frozenset[str] = field(default_factory=frozenset)
    pregnant: bool = False


def facts_in(type_: EventType, body: Body) -> Facts:
    """Read what an event says."""
    items = frozenset(
        str(each["code"]) for each in _records(body.get("answers")) if each.get("answer") == "yes"
    )
    return Facts(
        instrument=_text(body.get("instrument")),
        yes=_yes(body, items),
        items=items,
        judged=body.get("professional_judgement") is True,
        ticks=frozenset(str(each) for each in _list(body.get("criteria"))),
        grade=_text(body.get("risk_grade")),
        disclosed=body.get(DISCLOSING.get(type_, "")) == "yes",
        state=_text(body.get(STATES[type_][0])) if type_ in STATES else "",
        kind=_text(body.get("kind")),
        reference="".join(_text(body.get("crime_reference")).split()).upper(),
        outcodes=_outcodes(body),
        children=frozenset(_month_born(each) for each in _records(body.get("children"))),
        pregnant=body.get("pregnant") == "yes",
    )


def to_text(facts: Facts) -> str:
    """Write facts as JSON: what they have, in a fixed order."""
    content = {
        each.name: sorted(value) if isinstance(value, frozenset) else value
        for each in fields(facts)
        if (value := getattr(facts, each.name)) not in (None, "", False, frozenset())
        or (each.name == "yes" and value == 0)
    }
    return json.dumps(content, sort_keys=True, separators=(",", ":"))


def from_text(text: str) -> Facts:
    """Read facts as `to_text` wrote them.

    Raises:
        FactsUnreadable: the text holds something else.
    """
    try:
        content = json.loads(text)
        for name in SETS:
            content[name] = frozenset(content.get(name, ()))
        return Facts(**content)
    except (ValueError, TypeError, AttributeError):
        raise FactsUnreadable("not written by this hub") from None


def _yes(body: Body, items: frozenset[str]) -> int | None:
    """Count the answers yes. Where a sum is stated beside them, the greater of the two stands."""
    score = body.get("score")
    stated = score if isinstance(score, int) and not isinstance(score, bool) else None
    if stated is None and not _list(body.get("answers")):
        return None
    return max(stated or 0, len(items))


def _outcodes(body: Body) -> frozenset[str]:
    """Give where those harmed live, as roughly as a MARAC's area wants it; never the safe address."""
    people = [each for role in HARMED for each in _records(body.get(role))]
    codes = (
        _text(each.get("postcode")) for one in people for each in _records(one.get("addresses"))
    )
    found = (OUTCODE.match("".join(code.split()).upper()) for code in codes)
    return frozenset(each[1] for each in found if each)


def _month_born(child: Mapping[str, Value]) -> str:
    born = child.get("born")
    if isinstance(born, date) and child.get("born_accuracy") in ("exact", "month"):
        return f"{born:%Y-%m}"
    return UNKNOWN_BIRTH


def _list(value: Value) -> list[Value]:
    return value if isinstance(value, list) else []


def _records(value: Value) -> list[dict[str, Value]]:
    return [each for each in _list(value) if isinstance(each, dict)]


def _text(value: Value) -> str:
    return value if isinstance(value, str) else ""
