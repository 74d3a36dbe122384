"""Read approvals: which widened disclosures somebody signed."""

import re
from dataclasses import dataclass, field
from datetime import date
from typing import TypedDict

from hub.model.strict import Table

HASH = re.compile(r"[0-9a-f]{64}")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
STEPS = ("event", "tag", "vocabulary")
SAID = ("agency", "step", "tag", "from", "to", "rule")
KEYS = ("line", *SAID, "where", "approved_by", "email", "approved_on", "because")


class Signature(TypedDict):
    """Who signed, and when."""

    by: str
    on: str


@dataclass(frozen=True, slots=True)
class Approval:
    """One line that was signed. `said` is what it says, by `SAID`."""

    line: str
    file: str = field(compare=False)
    said: tuple[str, ...]
    where: tuple[str, ...]
    approved_by: str
    email: str
    approved_on: date
    because: str

    @property
    def signature(self) -> Signature:
        return {"by": f"{self.approved_by} <{self.email}>", "on": self.approved_on.isoformat()}


def read_approval(table: Table) -> Approval:
    table.keys(must=KEYS)
    table.word("step", STEPS, "step")
    if not HASH.fullmatch(table.text("line")):
        table.refuse("`line` is no SHA-256", "Have `hub policy approve` write it.")
    if not EMAIL.fullmatch(table.text("email")):
        table.refuse("`email` is no address", "Write whom one can ask: name@organisation.")
    return Approval(
        line=table.text("line"),
        file=table.file,
        said=tuple(table.text(key) for key in SAID),
        where=table.words("where", None, "condition"),
        approved_by=table.text("approved_by"),
        email=table.text("email"),
        approved_on=table.day("approved_on"),
        because=table.text("because"),
    )
