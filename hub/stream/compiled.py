"""Compile a plan: Python that projects an event and writes it in Avro in one pass.

`hub.disclose.project` builds a view and fastavro writes it: that path can be read, and is what this
one is held to, byte for byte. Here a record is one expression, each permitted field goes from the event
into the bytes at once, and what the plan withholds is a constant: it is not even looked at. A plan holds
no key and nothing of a case, so recipients share it; its source can be read, and is kept beside its id.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from hub.disclose.plan import Plan, leaves_something
from hub.disclose.project import COMPOSED
from hub.disclose.schema import SourceSchema
from hub.disclose.treat import TRANSFORMS, Run
from hub.disclose.tree import FAMILIES, Again, Choice, Group, Keyed, Leaf, Many, Node
from hub.disclose.view import disclosed_name
from hub.model.level import Treatment
from hub.stream.avro_bytes import (
    DAYS,
    FIRST,
    INSTANTS,
    NULL,
    TEXTS,
    bare_items,
    bare_pairs,
    items,
    number,
    obscuring,
    pairs,
    symbols,
    truth,
    whole_number,
)

Kind: TypeAlias = Any
"""A piece of an Avro schema, in JSON's types."""
Unaided: TypeAlias = Callable[[Kind], Callable[[Any], bytes]]
"""Gives fastavro's writer of a type, for what is too rare to be written by ourselves."""

RUNTIME = {
    "FAMILIES": FAMILIES, "TEXTS": TEXTS, "DAYS": DAYS, "INSTANTS": INSTANTS, "NULL": NULL, "FIRST": FIRST,
    "items": items, "pairs": pairs, "bare_items": bare_items, "bare_pairs": bare_pairs,
    "whole_number": whole_number, "truth": truth,
}  # fmt: skip
"""All that compiled code may use, beside what its own plan brings."""


OWN = {
    "string": "TEXTS[{}]", "date": "DAYS[{}]", "timestamp": "INSTANTS[{}]", "boolean": "truth({})",
    "int": "whole_number({})", "long": "whole_number({})",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Compiled:
    """A plan as code. `write` gives the bytes behind the view's head."""

    source: str
    write: Callable[[Mapping[str, Any], Run], bytes]


def compiled(
    schema: SourceSchema, plan: Plan, view: Mapping[str, Any], unaided: Unaided
) -> Compiled:
    """Compile what a plan gives of an event. `view` is the Avro schema of the event's disclosed view."""
    source = _Source(schema, plan, definitions_of(view), unaided)
    fields = view["fields"][1:]  # behind the head
    name = source.record("", schema.children, fields)
    text = "\n\n".join(source.functions) + "\n"
    namespace: dict[str, Any] = {"__builtins__": {"isinstance": isinstance, "dict": dict, "type": type,
                                                  "tuple": tuple}, **RUNTIME, **source.brought}  # fmt: skip
    exec(compile(text, f"<plan {plan.id[:12]}>", "exec"), namespace)  # noqa: S102 - names are ours, literals by repr
    return Compiled(text, namespace[name])


class _Source:
    """Writes the functions of one plan. `brought`: what they use, by name."""

    def __init__(
        self,
        schema: SourceSchema,
        plan: Plan,
        definitions: Mapping[str, Mapping[str, Any]],
        unaided: Unaided,
    ) -> None:
        self._schema, self._treatments = schema, plan.treatments
        self._definitions, self._unaided = definitions, unaided
        self._records: dict[str, tuple[str, int]] = {}
        self.functions: list[str] = []
        self.brought: dict[str, object] = {}

    def record(self, path: str, nodes: Sequence[Node], fields: Sequence[Mapping[str, Any]]) -> str:
        """Write the function of a record, and give its name. Fields next to each other that are withheld are one constant."""
        name = f"record_{len(self._records)}"
        self._records[path] = name, len(nodes)
        parts: list[str] = []
        withheld = 0
        for node, field in zip(nodes, fields, strict=True):
            if not leaves_something(node, self._treatments, self._schema.records):
                withheld += 1
                continue
            if withheld:
                parts.append(repr(NULL * withheld))
            withheld = 0
            parts.append(self._field(node, field["type"]))
        if withheld:
            parts.append(repr(NULL * withheld))
        body = "".join(f"        {part},\n" for part in parts)
        self.functions.append(
            f"def {name}(event, run):  # {path or 'the event'}\n"
            "    field = (event if isinstance(event, dict) else {}).get\n"
            f"    return b''.join((\n{body}    ))"
        )
        return name

    def _field(self, node: Node, kind: Kind) -> str:
        """Write the expression of one field, of which the plan leaves something."""
        value = f"field({node.name!r})"
        match node:
            case Leaf():
                return self._leaf(node, value, kind)
            case Group() | Again():
                return self._or_null(node, f"value := {value}", kind[1])
            case Many(item=item):
                return f"items({value}, {self._item(item, kind[1]['items'])}, run)"
            case Keyed(item=item):
                return f"pairs({value}, {self._item(item, kind[1]['values'])}, run)"
            case Choice():
                return f"{self._choice(node, kind)}({value}, run)"

    def _or_null(self, node: Group | Again, value: str, kind: Kind) -> str:
        """Write a record, or null if nothing is left of it: like one that was never there."""
        name, fields = self._group(node, kind)
        return (
            f"(NULL if not isinstance({value}, dict) or "
            f"(written := {name}(value, run)) == {NULL * fields!r} else FIRST + written)"
        )

    def _group(self, node: Group | Again, kind: Kind) -> tuple[str, int]:
        """Give the function of a record and how many fields it has."""
        if isinstance(node, Again):
            return self._records[node.target]
        fields = self._definition(kind)["fields"]
        return self.record(node.path, node.children, fields), len(node.children)

    def _item(self, node: Node, kind: Kind) -> str:
        """Give the function of a list's items or a map's values."""
        if isinstance(node, Choice):
            return self._choice(node, kind)
        nullable = isinstance(kind, list)
        bare = kind[1] if isinstance(kind, list) else kind
        match node:
            case Group() | Again():
                name, _ = self._group(node, bare)
                if not nullable:
                    return name
                whole = f"FIRST + {name}(value, run)"
            case Many(item=item):
                write = "items" if nullable else "bare_items"
                whole = f"{write}(value, {self._item(item, bare['items'])}, run)"
            case Keyed(item=item):
                write = "pairs" if nullable else "bare_pairs"
                whole = f"{write}(value, {self._item(item, bare['values'])}, run)"
            case _:
                raise TypeError("plain items are part of a leaf")
        return self._function("item", "value", f"NULL if value is None else {whole}" if nullable else whole)  # fmt: skip

    def _choice(self, node: Choice, kind: Sequence[Kind]) -> str:
        """Write the function of a union, and give its name: a case for each type of which something is left."""
        places = {_called(each): place for place, each in enumerate(kind)}
        cases = []
        for branch in node.branches:
            if leaves_something(branch.node, self._treatments, self._schema.records):
                defined = isinstance(branch.node, Group | Again) or branch.name not in places
                place = places[disclosed_name(branch.name) if defined else branch.name]
                cases.append(
                    f"    if told == {branch.told_by!r}:\n"
                    f"        written = {self._branch(branch.node, kind[place])}\n"
                    f"        return NULL if written == NULL else {number(place)!r} + written[1:]\n"
                )
        name = f"choice_{len(self.functions)}"
        self.functions.append(
            f"def {name}(value, run):  # {node.path}\n"
            "    told, value = value if isinstance(value, tuple) else (FAMILIES.get(type(value)), value)\n"
            f"{''.join(cases)}    return NULL"
        )
        return name

    def _branch(self, node: Node, kind: Kind) -> str:
        """Write one type of a union as if it were the only one: behind the number of the first branch."""
        match node:
            case Leaf():
                return self._leaf(node, "value", ["null", kind])
            case Group() | Again():
                return self._or_null(node, "value", kind)
            case Many(item=item):
                return f"items(value, {self._item(item, kind['items'])}, run)"
            case Keyed(item=item):
                return f"pairs(value, {self._item(item, kind['values'])}, run)"
            case Choice():
                raise TypeError("a union within a union")

    def _leaf(self, leaf: Leaf, value: str, kind: Sequence[Kind]) -> str:
        treatment = self._treatments[leaf.path]
        if treatment is not Treatment.FULL:
            name = leaf.generalise if treatment is Treatment.GENERALISE else leaf.mask
            return (
                f"{self._bring('obscured', obscuring(TRANSFORMS[name], leaf.detail))}({value}, run)"
            )
        if leaf.kind in COMPOSED:
            return f"{self._bring('unaided', self._unaided(kind))}({value})"
        own = self._own(leaf, self._definition(kind[1]))
        return (
            own.format(value) if own else f"{self._bring('unaided', self._unaided(kind))}({value})"
        )

    def _own(self, leaf: Leaf, kind: Kind) -> str:
        """Give how we write a common kind of value ourselves, or nothing."""
        match leaf.kind, kind:
            case "enum", {"symbols": names}:
                return f"{self._bring('symbols', symbols(names))}[{{}}]"
            case "timestamp", {"logicalType": "timestamp-micros"}:
                return ""
            case (("int" | "long"), dict()):  # nanoseconds
                return ""
            case name, _:
                return OWN.get(name, "")

    def _bring(self, what: str, brought: object) -> str:
        name = f"{what}_{len(self.brought)}"
        self.brought[name] = brought
        return name

    def _function(self, what: str, of: str, expression: str) -> str:
        name = f"{what}_{len(self.functions)}"
        self.functions.append(f"def {name}({of}, run):\n    return {expression}")
        return name

    def _definition(self, kind: Kind) -> Any:  # noqa: ANN401 - a schema in JSON's types
        return self._definitions.get(kind, kind) if isinstance(kind, str) else kind


def _called(kind: Kind) -> str:
    """Give what Avro calls a type of a union: its own name, or that of what it is made of."""
    return kind if isinstance(kind, str) else str(kind.get("name", kind["type"]))


def definitions_of(kind: Kind) -> dict[str, Mapping[str, Any]]:
    """Give the named types of a schema by their full names, as every view writes them."""
    found: dict[str, Mapping[str, Any]] = {}
    if isinstance(kind, list):
        for each in kind:
            found |= definitions_of(each)
    elif isinstance(kind, Mapping):
        if "name" in kind:
            found[kind["name"]] = kind
        for inner in ("items", "values"):
            found |= definitions_of(kind.get(inner))
        for field in kind.get("fields", ()):
            found |= definitions_of(field["type"])
    return found
