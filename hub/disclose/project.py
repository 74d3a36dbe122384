"""Build what a plan gives of one event.

The view is built up out of permitted fields; nothing is copied and then pruned, so that a field
that was forgotten is missing and not shown. A list that the plan opens keeps its length; a record
of which nothing is left is null, like one that was never there.

This is the readable path: what compiled plans are held to. The walk is prepared once for each plan
as nested functions; for each event only permitted fields are looked at.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, TypeAlias

from hub.disclose.plan import Plan, leaves_something
from hub.disclose.schema import SourceSchema
from hub.disclose.treat import TRANSFORMS, Run, treat
from hub.disclose.tree import FAMILIES, Again, Branch, Choice, Group, Keyed, Leaf, Many, Node
from hub.disclose.view import disclosed_name
from hub.model.event import Body
from hub.model.level import Treatment

Make: TypeAlias = Callable[[Any, Run], Any]
"""Gives what is left of a value that is there. Values are those of fastavro, of any type."""

COMPOSED = frozenset({"list", "map", "union"})


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
    head: Body = {
        "disclosure_id": disclosure.disclosure_id,
        "policy_version": disclosure.policy_version,
        "plan_id": disclosure.plan_id,
        "recipient": disclosure.recipient,
    }
    return {"_disclosure": head, **_prepared(schema, plan)(body, run)}


@lru_cache(maxsize=4096)
def _prepared(schema: SourceSchema, plan: Plan) -> Make:
    """Prepare the walk of one plan. Both are compared by identity: the planner makes each once."""
    return _Walk(schema, plan).record("", schema.children)


class _Walk:
    """Prepares the functions of one plan. `_records` are those made so far, by path: some begin anew."""

    def __init__(self, schema: SourceSchema, plan: Plan) -> None:
        self._schema, self._treatments = schema, plan.treatments
        self._records: dict[str, Make] = {}

    def record(self, path: str, children: Iterable[Node]) -> Make:
        nodes = tuple(children)
        blank: dict[str, Any] = dict.fromkeys(node.name for node in nodes)
        makes: list[tuple[str, Make]] = []

        def build(source: Any, run: Run) -> dict[str, Any]:  # noqa: ANN401 - any of Avro's values
            built = blank.copy()
            fields = source if isinstance(source, dict) else {}
            for name, make in makes:
                value = fields.get(name)
                if value is not None:
                    built[name] = make(value, run)
            return built

        self._records[path] = build
        makes += [(each.name, make) for each in nodes if (make := self._field(each)) is not None]
        return build

    def _field(self, node: Node) -> Make | None:
        """Prepare one field, or nothing if the plan leaves nothing of it."""
        if not leaves_something(node, self._treatments, self._schema.records):
            return None
        if isinstance(node, Leaf):
            return _value(node, self._treatments[node.path])
        if isinstance(node, Group | Again):
            return _or_nothing(self._whole(node))
        return self._whole(node)

    def _whole(self, node: Node) -> Make:
        """Prepare a record, list, map or union as such: a record of which nothing is left stays one."""
        match node:
            case Group(path=path, children=children):
                return self.record(path, children)
            case Again(target=target):
                return self._records[target]
            case Many(item=item):
                return _each(self._inner(item))
            case Keyed(item=item):
                return _under_keys(self._inner(item))
            case Choice(branches=branches):
                return _chosen({each.told_by: (each, self._field(each.node)) for each in branches})
            case Leaf():
                return _value(node, self._treatments[node.path])

    def _inner(self, item: Node) -> Make:
        """Prepare what each of a list or a map is. Only a record that may be null stays null."""
        make = self._whole(item)
        if isinstance(item, Group | Again) and not item.nullable:
            return make
        return lambda value, run: None if value is None else make(value, run)


def _value(leaf: Leaf, treatment: Treatment) -> Make:
    if treatment is Treatment.FULL:
        return _built_anew if leaf.kind in COMPOSED else _as_it_is
    name = leaf.generalise if treatment is Treatment.GENERALISE else leaf.mask
    return treat(TRANSFORMS[name], leaf.detail)


def _as_it_is(value: Any, _run: Run) -> Any:  # noqa: ANN401 - any of Avro's values
    return value


def _built_anew(value: Any, run: Run) -> Any:  # noqa: ANN401 - as above
    match value:
        case list():
            return [_built_anew(each, run) for each in value]
        case dict():
            return {key: _built_anew(each, run) for key, each in value.items()}
        case _:
            return value


def _or_nothing(build: Make) -> Make:
    def group(value: Any, run: Run) -> Any:  # noqa: ANN401 - as above
        built = build(value, run)
        return None if all(each is None for each in built.values()) else built

    return group


def _each(make: Make) -> Make:
    def many(value: Any, run: Run) -> Any:  # noqa: ANN401 - as above
        if not isinstance(value, list):
            return None
        return [make(each, run) for each in value]

    return many


def _under_keys(make: Make) -> Make:
    def keyed(value: Any, run: Run) -> Any:  # noqa: ANN401 - as above
        if not isinstance(value, dict):
            return None
        return {key: make(each, run) for key, each in value.items()}

    return keyed


def _chosen(branches: Mapping[str, tuple[Branch, Make | None]]) -> Make:
    """Give a union's value, a record with its name where there are several; nothing of what gives nothing."""

    def chosen(value: Any, run: Run) -> Any:  # noqa: ANN401 - as above
        brought, inner = value if isinstance(value, tuple) else (None, value)
        branch, make = branches.get(brought or FAMILIES.get(type(inner), ""), (None, None))
        if branch is None or make is None:
            return None
        built = make(inner, run)
        return (disclosed_name(branch.name), built) if branch.brings_name and built is not None else built  # fmt: skip

    return chosen
