"""Rules made for a test: short words for what a rule file says at length."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from hub.disclose.bundle import Bundle
from hub.disclose.rules import Condition, Effect, Rule, Step
from hub.model.level import Level
from tests.unit.disclose.bodies import BUNDLE, EVENTS

REVIEW = date(2027, 11, 30)


def rule(
    name: str,
    effect: Effect,
    *on: str,
    level: Level = Level.FULL,
    step: Step = "tag",
    review_by: date = REVIEW,
    **when: object,
) -> Rule:
    """Make a rule; a word, a flag or a set of words in `when` becomes a condition."""
    conditions = tuple(
        Condition(attribute, _allowed(value), _needs(value)) for attribute, value in when.items()
    )
    return Rule(
        id=name,
        file="rules/made.toml",
        effect=effect,
        step=step,
        on=frozenset(on),
        conditions=conditions,
        level=Level.WITHHOLD if effect is Effect.FORBID else level,
        because="made for a test",
        authority="none",
        owner="nobody@example.gov.uk",
        review_by=review_by,
    )


def permit(name: str, level: Level = Level.FULL, *on: str, **when: object) -> Rule:
    return rule(name, Effect.PERMIT, *(on or ("VICTIM",)), level=level, **when)  # type: ignore[arg-type]


def cap(name: str, level: Level, *on: str, **when: object) -> Rule:
    return rule(name, Effect.CAP, *(on or ("VICTIM",)), level=level, **when)  # type: ignore[arg-type]


def forbid(name: str, *on: str, **when: object) -> Rule:
    return rule(name, Effect.FORBID, *(on or ("VICTIM",)), **when)  # type: ignore[arg-type]


def receive(**when: object) -> Rule:
    """Permit every event there is."""
    return rule("receive", Effect.PERMIT, *EVENTS, step="event", **when)  # type: ignore[arg-type]


def bundle(*rules: Rule) -> Bundle:
    """Make a bundle with the shipped words and register, and these rules only."""
    return replace(BUNDLE, rules=rules, never=(), tests=())


def giving(levels: dict[str, Level], *more: Rule) -> Bundle:
    """Make a bundle that sends every event and gives each tag this level to everybody."""
    permits = [
        permit(f"gives-{tag.lower()}", level, tag) for tag, level in levels.items() if level > 0
    ]
    return bundle(receive(), *permits, *more)


def _allowed(value: object) -> frozenset[str | bool]:
    if isinstance(value, str | bool):
        return frozenset((value,))
    if isinstance(value, Iterable):
        return frozenset(value)
    raise TypeError(type(value).__name__)


def _needs(value: object) -> str:
    return " or ".join(sorted(map(str, _allowed(value)))).lower()
