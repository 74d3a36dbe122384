"""Build what a plan gives of one event.

The view is built up out of permitted fields; nothing is copied and then pruned, so that a field
that was forgotten is missing and not shown. A list that the plan opens keeps its length; a record
of which nothing is left is null, like one that was never there.

This is the readable path: what compiled plans are held to. The walk is prepared once for each plan
as nested functions; for each event only permitted fields are looked at.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TypeAlias

from hub.disclose.plan import Plan, Treatments
from hub.disclose.schema import Group, Leaf, Many, Node, SourceSchema
from hub.disclose.treat import TRANSFORMS, Run, treat
from hub.model.event import Body, Value
from hub.model.level import Treatment

Make: TypeAlias = Callable[[Value, Run], Value]
Record: TypeAlias = Callable[[Body, Run], Body]


@dataclass(frozen=True, slots=True)
class DisclosureHead:
    """What opens every disclosure: a random id, the bundle, the plan, and who gets it."""

    disclosure_id: str
    policy_version: str
    plan_id: str
    recipient: str


class NothingToDisclose(Exception):
    """The plan gives nothing, or is another schema's: there is no view to build."""


def project(
    body: Body,
    schema: SourceSchema,
    plan: Plan,
    *,
    key: bytes,
    disclosure: DisclosureHead,
    event_date: date,
    failed: Counter[str] | None = None,
) -> Body:
    """Build the disclosed view of an event. `failed` counts, by method, what could not be treated.

    Raises:
        NothingToDisclose: the plan's outcome is not `disclosed`, or it was made for another schema.
    """
    if plan.outcome != "disclosed" or plan.schema_sha256 != schema.sha256:
        raise NothingToDisclose(plan.outcome)
    run = Run(key, event_date, Counter() if failed is None else failed)
    view = _prepared(schema, plan)(body, run)
    view["_disclosure"] = {
        "disclosure_id": disclosure.disclosure_id,
        "policy_version": disclosure.policy_version,
        "plan_id": disclosure.plan_id,
        "recipient": disclosure.recipient,
    }
    return view


@lru_cache(maxsize=4096)
def _prepared(schema: SourceSchema, plan: Plan) -> Record:
    """Prepare the walk of one plan. Both are compared by identity: the planner makes each once."""
    return _record(schema.children, plan.treatments, head=("_disclosure",))


def _record(nodes: tuple[Node, ...], treatments: Treatments, head: tuple[str, ...] = ()) -> Record:
    blank: Body = dict.fromkeys((*head, *(node.name for node in nodes)))
    whole = tuple(
        node.name for node in nodes if isinstance(node, Leaf) and _is_whole(node, treatments)
    )
    made = tuple(
        (node.name, make)
        for node in nodes
        if node.name not in whole and (make := _make(node, treatments)) is not None
    )

    def build(source: Body, run: Run) -> Body:
        built = blank.copy()
        for name in whole:
            built[name] = source.get(name)
        for name, make in made:
            value = source.get(name)
            if value is not None:
                built[name] = make(value, run)
        return built

    return build


def _make(node: Node, treatments: Treatments) -> Make | None:
    """Prepare one field, or nothing if the plan leaves nothing of it."""
    if isinstance(node, Leaf):
        return _obscured(node, treatments[node.path])
    if not _leaves_something(node.children, treatments):
        return None
    build = _record(node.children, treatments)
    return _many(build) if isinstance(node, Many) else _group(build, node)


def _many(build: Record) -> Make:
    def many(value: Value, run: Run) -> Value:
        if not isinstance(value, list):
            return None
        return [build(item, run) if isinstance(item, dict) else build({}, run) for item in value]

    return many


def _group(build: Record, node: Group) -> Make:
    blank: Body = dict.fromkeys(child.name for child in node.children)

    def group(value: Value, run: Run) -> Value:
        if not isinstance(value, dict):
            return None
        built = build(value, run)
        return None if built == blank else built

    return group


def _obscured(leaf: Leaf, treatment: Treatment) -> Make | None:
    if treatment is Treatment.FULL:
        return _listed
    name = leaf.generalise if treatment is Treatment.GENERALISE else leaf.mask
    if treatment is Treatment.WITHHOLD or not name:
        return None
    return treat(TRANSFORMS[name], leaf.domain)


def _listed(value: Value, _run: Run) -> Value:
    return list(value) if isinstance(value, list) else None


def _is_whole(leaf: Leaf, treatments: Treatments) -> bool:
    """Tell whether a single value goes out as it is. A list is built anew."""
    return treatments[leaf.path] is Treatment.FULL and leaf.kind != "list"


def _leaves_something(nodes: Iterable[Node], treatments: Treatments) -> bool:
    return any(
        treatments[node.path] is not Treatment.WITHHOLD
        if isinstance(node, Leaf)
        else _leaves_something(node.children, treatments)
        for node in nodes
    )
