"""Project and encode in one pass, by functions prepared once for a plan.

`hub.disclose.project` builds a view and `view_writer` writes it: that path can be read, and is what
this one is held to, byte for byte. Here each field goes from the event into the bytes at once. What a
plan withholds is a constant, so it is not even looked at.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from hub.disclose.plan import Plan, Treatments
from hub.disclose.schema import Group, Leaf, Many, Node, SourceSchema
from hub.disclose.treat import TRANSFORMS, Run, Transform
from hub.model.level import Treatment
from hub.stream.view_writer import (
    FIRST,
    NULL,
    SECOND,
    Add,
    Named,
    Write,
    number,
    text,
    types_in,
    writer_of,
)

Event = Mapping[str, Any]
Op = Callable[[Event, Add, Run], None]
"""Writes one field, or a run of fields, of a record."""
SHORT = 64
"""Longer texts are somebody's words, and come once: to keep them would only fill the memory."""
Definitions = dict[str, Mapping[str, Any]]


def plan_writer(
    schema: SourceSchema, plan: Plan, view: Mapping[str, Any]
) -> Callable[[Event, Run], bytes]:
    """Prepare what writes an event's fields as a plan gives them, behind the view's head.

    `view` is the Avro schema of the event's disclosed view. The plan has to be of that event.

    Raises:
        hub.stream.view_writer.ShapeUnknown: `view` is not the schema of a view.
    """
    named, definitions = types_in(view)
    fields = view["fields"][1:]  # behind the head
    ops = _Compiler(plan.treatments, named, definitions).record(schema.children, fields)

    def write(event: Event, run: Run) -> bytes:
        out: list[bytes] = []
        add = out.append
        for op in ops:
            op(event, add, run)
        return b"".join(out)

    return write


class _Compiler:
    """Prepares the fields of one view under one plan."""

    def __init__(self, treatments: Treatments, named: Named, definitions: Definitions) -> None:
        self._treatments, self._named, self._definitions = treatments, named, definitions

    def record(self, nodes: Sequence[Node], fields: Sequence[Mapping[str, Any]]) -> list[Op]:
        """Prepare a record's fields; those next to each other that are withheld are one constant."""
        ops: list[Op] = []
        withheld = 0
        for node, field in zip(nodes, fields, strict=True):
            op = self._field(node, field["type"])
            if op is None:
                withheld += 1
                continue
            if withheld:
                ops.append(_nothing(withheld))
                withheld = 0
            ops.append(op)
        if withheld:
            ops.append(_nothing(withheld))
        return ops

    def _field(self, node: Node, kind: Sequence[Any]) -> Op | None:
        """Prepare one field; nothing if the plan leaves nothing of it."""
        if isinstance(node, Leaf):
            return self._leaf(node, self._treatments[node.path], kind)
        if not self._leaves_something(node):
            return None
        if isinstance(node, Group):
            fields = self._definition(kind[1])["fields"]
            return _group(node.name, self.record(node.children, fields), len(node.children))
        fields = self._definition(kind[1]["items"])["fields"]
        return _many(node.name, self.record(node.children, fields))

    def _leaf(self, leaf: Leaf, treatment: Treatment, kind: Sequence[Any]) -> Op | None:
        if treatment is Treatment.FULL:
            whole = writer_of(kind[1], self._named)
            if leaf.kind == "list":
                return _list(leaf.name, whole)
            return _text(leaf.name) if leaf.kind == "string" else _whole(leaf.name, whole)
        name = leaf.generalise if treatment is Treatment.GENERALISE else leaf.mask
        if treatment is Treatment.WITHHOLD or not name:
            return None
        return _obscured(leaf.name, TRANSFORMS[name], leaf.domain)

    def _leaves_something(self, node: Group | Many) -> bool:
        return any(
            self._treatments[each.path] is not Treatment.WITHHOLD
            if isinstance(each, Leaf)
            else self._leaves_something(each)
            for each in node.children
        )

    def _definition(self, kind: Any) -> Mapping[str, Any]:  # noqa: ANN401 - a schema in JSON's types
        return self._definitions[kind.rpartition(".")[2]] if isinstance(kind, str) else kind


def _nothing(fields: int) -> Op:
    data = NULL * fields
    return lambda _event, add, _run: add(data)  # type: ignore[return-value]


def _text(name: str) -> Op:
    def write(event: Event, add: Add, _run: Run) -> None:
        value = event.get(name)
        if value is None:
            add(NULL)
        elif len(value) < SHORT:
            add(_short(value))
        else:
            add(FIRST + text(value))

    return write


@lru_cache(maxsize=8192)
def _short(value: str) -> bytes:
    """Write a short text. Names, towns and words come again, for the next recipient above all."""
    return FIRST + text(value)


def _whole(name: str, whole: Write) -> Op:
    def write(event: Event, add: Add, _run: Run) -> None:
        value = event.get(name)
        if value is None:
            add(NULL)
        else:
            add(FIRST)
            whole(value, add)

    return write


def _list(name: str, whole: Write) -> Op:
    def write(event: Event, add: Add, _run: Run) -> None:
        value = event.get(name)
        if isinstance(value, list):
            add(FIRST)
            whole(value, add)
        else:
            add(NULL)

    return write


def _obscured(name: str, transform: Transform, domain: str) -> Op:
    method, apply = transform.name, transform.apply
    head = SECOND + number(len(method)) + method.encode()

    def write(event: Event, add: Add, run: Run) -> None:
        value = event.get(name)
        if value is None:
            add(NULL)
            return
        try:
            data = apply(value, run, domain).encode()
        except Exception:  # noqa: BLE001 - total: nothing of the value may surface, by no error
            run.failed[method] += 1
            add(NULL)
        else:
            add(head + number(len(data)) + data)

    return write


def _group(name: str, ops: Sequence[Op], fields: int) -> Op:
    blank = NULL * fields

    def write(event: Event, add: Add, run: Run) -> None:
        value = event.get(name)
        if not isinstance(value, dict):
            add(NULL)
            return
        out: list[bytes] = []
        for op in ops:
            op(value, out.append, run)
        data = b"".join(out)
        if data == blank:  # a record of which nothing is left is like one that was never there
            add(NULL)
        else:
            add(FIRST + data)

    return write


def _many(name: str, ops: Sequence[Op]) -> Op:
    def write(event: Event, add: Add, run: Run) -> None:
        value = event.get(name)
        if not isinstance(value, list):
            add(NULL)
            return
        add(FIRST)
        if value:
            add(number(len(value)))
            for item in value:
                source = item if isinstance(item, dict) else {}
                for op in ops:
                    op(source, add, run)
        add(NULL)

    return write
