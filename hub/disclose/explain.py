"""Explain a plan field by field: which tag decided, by which rule, and what would have to change."""

from collections.abc import Iterator, Mapping
from typing import TypedDict

from hub.disclose.decide import Decision, decide_field, nearest_missing
from hub.disclose.plan import Planner, opens
from hub.disclose.schema import SourceSchema
from hub.disclose.tree import Again, Choice, Gate, Group, Keyed, Leaf, Many, Node, within
from hub.model.enquiry import Context
from hub.model.level import Level

EVENT = "event"
"""The binding step of every field when the event itself may not be sent."""

GATES = {Many: "list", Keyed: "map", Choice: "union"}


class Step(TypedDict):
    """The first step: whether the event may be sent at all."""

    level: str
    rules: list[str]
    nearest_missing: str


class Field(TypedDict):
    """One field: each tag's level and the rule that set it, the tag that binds, what is missing."""

    tags: list[str]
    level: str
    levels: dict[str, str]
    treatment: str
    rule: dict[str, str | None]
    reasons: dict[str, list[str]]
    binding: str
    nearest_missing: str


class Explanation(TypedDict):
    """Why a plan is what it is."""

    outcome: str
    plan_id: str
    outside: list[str]
    event: Step
    fields: dict[str, Field]


def explain(planner: Planner, schema: SourceSchema, context: Context) -> Explanation:
    """Explain what a context makes of a schema."""
    plan = planner.plan(schema, context)
    event = planner.decide_event(schema, context)
    decisions = planner.decide_tags(schema, context)
    rules = planner.bundle.rules
    missing = {tag: nearest_missing(context, "tag", tag, rules, planner.today) for tag in decisions}
    step = nearest_missing(context, "event", schema.name, rules, planner.today)
    fields = {}
    for leaf, closed in _leaves(schema.children, decisions):
        holder = closed or leaf
        binding = _binding(holder, decisions)
        nearest = missing.get(binding, "") if binding else "the field has no tag"
        if closed:
            nearest = f"the {GATES[type(closed)]} {closed.path} is closed: {nearest or 'its length may not show'}"
        if plan.outside:
            binding, nearest = EVENT, f"no such word: {', '.join(plan.outside)}"
        elif step:
            binding, nearest = EVENT, step
        fields[leaf.path] = _field(
            leaf, decisions, str(plan.treatments[leaf.path]), binding, nearest
        )
    return {
        "outcome": plan.outcome,
        "plan_id": plan.id,
        "outside": list(plan.outside),
        "event": {
            "level": event.level.name.lower(),
            "rules": list(event.reasons),
            "nearest_missing": step,
        },
        "fields": fields,
    }


def _leaves(
    nodes: tuple[Node, ...], decisions: Mapping[str, Decision], closed: Gate | None = None
) -> Iterator[tuple[Leaf, Gate | None]]:
    """Give each leaf, with the outermost list, map or union above it that may not be sent."""
    for node in nodes:
        if isinstance(node, Leaf):
            yield node, closed
        elif not isinstance(node, Again):
            shut = None if isinstance(node, Group) or opens(node, decisions) else node
            yield from _leaves(within(node), decisions, closed or shut)


def _binding(node: Node, decisions: Mapping[str, Decision]) -> str:
    """Name the strictest tag; of several the field's own before those it inherits, then by name."""
    level = decide_field(node.tags, decisions)
    strictest = [tag for tag in node.tags if decisions[tag].level == level]
    return min(strictest, key=lambda tag: (tag not in node.own, tag), default="")


def _field(
    leaf: Leaf,
    decisions: Mapping[str, Decision],
    treatment: str,
    binding: str,
    nearest: str,
) -> Field:
    tags = sorted(leaf.tags)
    level: Level = decide_field(tags, decisions)
    return {
        "tags": tags,
        "level": level.name.lower(),
        "levels": {tag: decisions[tag].level.name.lower() for tag in tags},
        "treatment": treatment,
        "rule": {tag: next(iter(decisions[tag].reasons), None) for tag in tags},
        "reasons": {tag: list(decisions[tag].reasons) for tag in tags},
        "binding": binding,
        "nearest_missing": nearest,
    }
