"""Rules as data: what each says, and whether it speaks of a context.

A rule is a conjunction: no OR (write two rules), no negation, no patterns. Thresholds and `to`
become sets of words when a rule is read, so that everything after asks one thing: is it in the set?
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal, TypeAlias

from hub.model.enquiry import Context
from hub.model.level import Level
from hub.model.strict import EVERY

Step: TypeAlias = Literal["event", "tag"]


class Effect(StrEnum):
    """What a rule does."""

    PERMIT = "permit"
    FORBID = "forbid"
    CAP = "cap"


@dataclass(frozen=True, slots=True)
class Condition:
    """One attribute of the context has to have one of these values; `needs` says it in words."""

    attribute: str
    allowed: frozenset[str | bool]
    needs: str

    def holds(self, context: Context) -> bool:
        """Tell whether it holds; what nobody computed counts as true."""
        value = getattr(context, self.attribute)
        return (True if value is None else value) in self.allowed

    def missing(self, context: Context) -> str:
        value = getattr(context, self.attribute)
        was = "unknown" if value is None else str(value).lower()
        return f"{self.attribute} {self.needs} needed, was {was}"


@dataclass(frozen=True, slots=True)
class Rule:
    """One clause. `level`: the highest a permit gives, the ceiling of a cap, nothing for a forbid."""

    id: str
    file: str
    effect: Effect
    step: Step
    on: frozenset[str]
    conditions: tuple[Condition, ...]
    level: Level
    because: str
    authority: str
    owner: str
    review_by: date
    county_wide_because: str = ""

    def covers(self, step: Step, name: str) -> bool:
        """Tell whether it speaks of an event or of a tag. `*` covers those added next year too."""
        return self.step == step and (name in self.on or EVERY in self.on)

    def applies(self, context: Context) -> bool:
        return all(condition.holds(context) for condition in self.conditions)

    def stands(self, today: date) -> bool:
        """Tell whether it is in force: a permit ends with its review date, what narrows never does."""
        return self.effect is not Effect.PERMIT or today <= self.review_by

    def condition(self, attribute: str) -> Condition | None:
        return next((each for each in self.conditions if each.attribute == attribute), None)


@dataclass(frozen=True, slots=True)
class Never:
    """An assertion over the whole domain: in no context above this level, whatever the rules say."""

    id: str
    file: str
    step: Step
    on: frozenset[str]
    conditions: tuple[Condition, ...]
    above: Level
    because: str
    authority: str
    owner: str
