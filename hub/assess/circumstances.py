"""Risk and consent, as the events about a person state them; criteria are in a module of their own.

Risk only ever rises: a lower grade, fewer ticks or silence take nothing back. Where several people
were harmed, what opens a field has to be true of each of them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from hub.model.event import Body, EventId


class Risk(IntEnum):
    """How high, lowest first. Nobody's grade counts as standard: it opens the least."""

    STANDARD = 0
    MEDIUM = 1
    HIGH = 2

    @property
    def word(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Statement:
    """What one event says of risk and of consent, if anything."""

    event: EventId
    reported_at: datetime
    risk: Risk | None
    consent: str | None


def risk_in(body: Body) -> Risk | None:
    """Read the grade that an agency gave. What its answers and ticks amount to, criteria say."""
    grade = body.get("risk_grade")
    return Risk[grade.upper()] if isinstance(grade, str) else None


def consent_in(body: Body) -> str | None:
    """Read what an event states of consent, in the words of the policy vocabulary."""
    consent = body.get("consent")
    return consent.replace("_", "-") if isinstance(consent, str) else None


def risk_of(people: Sequence[Iterable[Statement]]) -> Risk:
    """Give the risk that stands for all of these people: for each the highest ever stated."""
    each = [
        max((said.risk for said in statements if said.risk is not None), default=Risk.STANDARD)
        for statements in people
    ]
    return min(each, default=Risk.STANDARD)


NARROWEST_FIRST = ("refused", "withdrawn", "not-asked", "given")


def consent_of(people: Sequence[Iterable[Statement]]) -> str:
    """Give the consent that stands for all: for each the latest stated, and of these the narrowest."""
    each = [_latest(statements) for statements in people]
    return min(each, key=NARROWEST_FIRST.index, default="not-asked")


def _latest(statements: Iterable[Statement]) -> str:
    """Give what was stated last. Two versions of a record bear one time: the narrower of them stands."""
    said = [
        (each.reported_at, -NARROWEST_FIRST.index(each.consent), each.consent)
        for each in statements
        if each.consent
    ]
    return max(said)[2] if said else "not-asked"
