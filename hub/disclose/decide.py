"""Decide at what level a recipient may see an event, a tag, a field.

    event = some live permit matches and no forbid does
    tag   = nothing if a forbid matches or no live permit does,
            else the highest permit, brought down to the lowest cap
    field = the strictest of its tags; no tag, nothing

Order carries no meaning, and one more tag, forbid or cap, or one permit less, never shows more. A
decision names the rules that set it, so that "why was this shown?" can be answered years later.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from hub.disclose.rules import Effect, Rule, Step
from hub.model.enquiry import Context
from hub.model.level import Level


@dataclass(frozen=True, slots=True)
class Decision:
    """The level, and the ids of the rules that set it (none: nothing permits it)."""

    level: Level
    reasons: tuple[str, ...] = ()


def decide_event(context: Context, event_name: str, rules: Iterable[Rule], today: date) -> Decision:
    """Decide whether this kind of event may be sent at all: in full, or not."""
    return _decide("event", event_name, context, rules, today)


def decide_tag(context: Context, tag: str, rules: Iterable[Rule], today: date) -> Decision:
    """Decide at what level a tag may be seen."""
    return _decide("tag", tag, context, rules, today)


def decide_field(tags: Iterable[str], decisions: Mapping[str, Decision]) -> Level:
    """Let the strictest tag stand; a field with no tag, or with one nobody decided, is withheld."""
    levels = [decisions[tag].level if tag in decisions else Level.WITHHOLD for tag in tags]
    return min(levels, default=Level.WITHHOLD)


def nearest_missing(
    context: Context, step: Step, name: str, rules: Sequence[Rule], today: date
) -> str:
    """Say in words what stands between a context and a higher level; nothing when it is full."""
    reached = _decide(step, name, context, rules, today).level
    if reached is Level.FULL:
        return ""
    covering = [rule for rule in rules if rule.covers(step, name)]
    stopping = sorted(
        rule.id
        for rule in covering
        if rule.effect is not Effect.PERMIT and rule.level <= reached and rule.applies(context)
    )
    if stopping:
        return f"held down by {', '.join(stopping)}"
    open_to = [
        _gaps(rule, context, today)
        for rule in covering
        if rule.effect is Effect.PERMIT and rule.level > reached and _speaks_of(rule, context)
    ]
    return min(open_to, default=(0, f"no rule gives {context.agency} more"))[1]


def _decide(
    step: Step, name: str, context: Context, rules: Iterable[Rule], today: date
) -> Decision:
    applying = [
        rule
        for rule in rules
        if rule.covers(step, name) and rule.stands(today) and rule.applies(context)
    ]
    forbids = [rule for rule in applying if rule.effect is Effect.FORBID]
    if forbids:
        return Decision(Level.WITHHOLD, _ids(forbids))
    permits = [rule for rule in applying if rule.effect is Effect.PERMIT]
    caps = [rule for rule in applying if rule.effect is Effect.CAP]
    permitted = max((rule.level for rule in permits), default=Level.WITHHOLD)
    level = min([permitted, *(rule.level for rule in caps)])
    grounds = [rule for rule in permits if rule.level >= level > Level.WITHHOLD]
    bounds = [rule for rule in caps if rule.level == level < permitted]
    return Decision(level, _ids([*grounds, *bounds]))


def _ids(rules: Iterable[Rule]) -> tuple[str, ...]:
    return tuple(sorted(rule.id for rule in rules))


def _speaks_of(rule: Rule, context: Context) -> bool:
    """Tell whether a permit is for this type of agency at all."""
    to = rule.condition("agency")
    return to is None or to.holds(context)


def _gaps(rule: Rule, context: Context, today: date) -> tuple[int, str]:
    gaps = [each.missing(context) for each in rule.conditions if not each.holds(context)]
    if not rule.stands(today):
        gaps.append(f"review was due by {rule.review_by.isoformat()}")
    return len(gaps), f"{'; '.join(gaps)} ({rule.id})"
