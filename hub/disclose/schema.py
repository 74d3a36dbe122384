"""Read an event's Avro schema as a tree of fields with their tags.

A leaf carries its own tags and those of every field above it: what is tagged at the top cannot be
reached by a rule that only speaks of the bottom. What this engine cannot treat safely it refuses to
read at all: a shape that it does not know is never passed on.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NoReturn, TypeAlias

from hub.disclose.treat import TRANSFORMS

PRIMITIVE = {"string": "string", "int": "int", "long": "long", "boolean": "boolean"}
LOGICAL = {("int", "date"): "date", ("long", "timestamp-millis"): "timestamp"}
OBSCURABLE = frozenset({"string", "int", "long", "date", "timestamp"})
"""Kinds of value that some transform takes; the others are given in full or not at all."""

TAGS = "confluent:tags"
LEAF_ATTRIBUTES = ("hub:generalise", "hub:mask", "hub:pseudonym-domain", "hub:event-date")
ARRAY_ATTRIBUTES = ("hub:length",)

Tags: TypeAlias = frozenset[str]
Json: TypeAlias = Mapping[str, object]


class SchemaUnsupported(Exception):
    """A schema has something that the engine does not know how to withhold. Names the path."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A field that holds a value, or a list of plain values (kind `list`)."""

    name: str
    path: str
    own: Tags
    tags: Tags
    kind: str
    generalise: str = ""
    mask: str = ""
    domain: str = ""
    is_event_date: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """A field that holds a record."""

    name: str
    path: str
    own: Tags
    tags: Tags
    nullable: bool
    children: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Many:
    """A field that holds a list of records. Its length is data."""

    name: str
    path: str
    own: Tags
    tags: Tags
    length_generalises: bool
    children: tuple["Node", ...]


Node: TypeAlias = Leaf | Group | Many


@dataclass(frozen=True, slots=True, eq=False)
class SourceSchema:
    """The schema of one type of event. `sha256` is over all of its JSON, tags included."""

    name: str
    sha256: str
    children: tuple[Node, ...]
    leaves: Mapping[str, Tags]
    event_date: Leaf | None = field(default=None)

    @staticmethod
    def parse(name: str, schema: Json) -> "SourceSchema":
        """Read a schema, or refuse it.

        Raises:
            SchemaUnsupported: it has a shape, type or attribute that the engine does not know.
        """
        reader = _Reader()
        children = reader.record(schema, "", frozenset(), "")
        if not isinstance(children, tuple):
            _refuse("", "the top is no record")
        leaves = list(leaves_of(children))
        days = [leaf for leaf in leaves if leaf.is_event_date]
        if len(days) > 1 or (days and "." in days[0].path):
            _refuse(days[-1].path, "hub:event-date belongs on one field at the top, no more")
        return SourceSchema(
            name=name,
            sha256=sha256_of(schema),
            children=children,
            leaves={leaf.path: leaf.tags for leaf in leaves},
            event_date=days[0] if days else None,
        )

    def tags(self) -> Tags:
        """Give every tag that any field of it carries."""
        return frozenset(tag for node in nodes_of(self.children) for tag in node.own)


def sha256_of(schema: Json) -> str:
    """Identify a schema with its tags; Avro's own fingerprint is blind to them."""
    text = json.dumps(schema, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def untagged(schema: SourceSchema) -> list[str]:
    """List leaves, lists and nullable records that have no tag of their own: presence is data too."""
    return [
        node.path
        for node in nodes_of(schema.children)
        if not node.own and not (isinstance(node, Group) and not node.nullable)
    ]


def nodes_of(nodes: Iterable[Node]) -> Iterator[Node]:
    """Walk a tree, each field before those within it."""
    for node in nodes:
        yield node
        if not isinstance(node, Leaf):
            yield from nodes_of(node.children)


def leaves_of(nodes: Iterable[Node]) -> Iterator[Leaf]:
    return (node for node in nodes_of(nodes) if isinstance(node, Leaf))


def _refuse(path: str, what: str) -> NoReturn:
    raise SchemaUnsupported(f"{path or 'schema'}: {what}")


class _Reader:
    """Walks a schema and remembers its named types, as Avro lets them be used again by name."""

    def __init__(self) -> None:
        self.named: dict[str, Json] = {}
        self.open: set[str] = set()

    def record(self, kind: Json, path: str, above: Tags, space: str) -> tuple[Node, ...]:
        if kind.get("type") != "record":
            _refuse(path, "not a record")
        name, space = self._define(kind, path, space)
        if name in self.open:
            _refuse(path, "a record that holds itself is not supported")
        fields = kind.get("fields")
        if not isinstance(fields, list):
            _refuse(path, "a record without fields")
        self.open.add(name)
        children = tuple(self._field(each, path, above, space) for each in fields)
        self.open.discard(name)
        return children

    def _field(self, described: object, path: str, above: Tags, space: str) -> Node:
        if not isinstance(described, dict) or not isinstance(described.get("name"), str):
            _refuse(path, "a field without a name")
        name = described["name"]
        path = f"{path}.{name}" if path else name
        own = _tags(described, path)
        tags = own | above
        kind, space, nullable = self._resolve(described.get("type"), path, space)
        if kind["type"] == "record":
            _only(described, (), path)
            return Group(name, path, own, tags, nullable, self.record(kind, path, tags, space))
        if kind["type"] == "array":
            return self._array(described, kind, Leaf(name, path, own, tags, "list"), space)
        _only(described, LEAF_ATTRIBUTES, path)
        return _leaf(described, Leaf(name, path, own, tags, _kind(kind, path)))

    def _array(self, described: Json, kind: Json, leaf: Leaf, space: str) -> Leaf | Many:
        items, space, nullable = self._resolve(kind.get("items"), leaf.path, space)
        length = described.get("hub:length", "")
        if nullable or items["type"] == "array":
            _refuse(leaf.path, "a list of lists or of nullable items is not supported")
        if length not in ("", "generalise"):
            _refuse(leaf.path, "hub:length can only say generalise")
        if items["type"] != "record":
            _only(described, (), leaf.path)
            _kind(items, leaf.path)
            return leaf
        _only(described, ARRAY_ATTRIBUTES, leaf.path)
        children = self.record(items, leaf.path, leaf.tags, space)
        return Many(leaf.name, leaf.path, leaf.own, leaf.tags, length == "generalise", children)

    def _resolve(self, kind: object, path: str, space: str) -> tuple[Json, str, bool]:
        """Give a type in full, the namespace it stands in, and whether it may be null."""
        if isinstance(kind, list):
            rest = [each for each in kind if each != "null"]
            if len(rest) != 1 or len(kind) != len(rest) + 1:
                _refuse(path, "a union of more than null and one type is not supported")
            found, space, nullable = self._resolve(rest[0], path, space)
            if nullable:
                _refuse(path, "a union within a union")
            return found, space, True
        if isinstance(kind, str):
            if kind in PRIMITIVE:
                return {"type": kind}, space, False
            full = kind if "." in kind else f"{space}.{kind}"
            if full not in self.named:
                _refuse(path, f"the type {kind} is not supported")
            return self.named[full], full.rpartition(".")[0], False
        if not isinstance(kind, dict) or not isinstance(kind.get("type"), str):
            _refuse(path, "not a type")
        if kind["type"] == "enum":
            self._define(kind, path, space)
        return kind, space, False

    def _define(self, kind: Json, path: str, space: str) -> tuple[str, str]:
        """Keep a named type, and give its full name and namespace."""
        name = kind.get("name")
        if not isinstance(name, str):
            _refuse(path, "a named type without a name")
        own = kind.get("namespace", space)
        full = name if "." in name else f"{own}.{name}"
        if self.named.setdefault(full, kind) is not kind:
            _refuse(path, f"the type {full} is defined twice")
        return full, full.rpartition(".")[0]


def _tags(described: Json, path: str) -> Tags:
    tags = described.get(TAGS, [])
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        _refuse(path, f"{TAGS} is no list of names")
    return frozenset(tags)


def _kind(kind: Json, path: str) -> str:
    """Name a leaf's kind of value, or refuse it."""
    base, logical = kind["type"], kind.get("logicalType")
    if base == "enum" and logical is None:
        return "enum"
    found = LOGICAL.get((str(base), str(logical))) if logical else PRIMITIVE.get(str(base))
    if found is None:
        _refuse(path, f"the type {base}{f' as {logical}' if logical else ''} is not supported")
    return found


def _only(described: Json, known: Iterable[str], path: str) -> None:
    """Refuse an attribute of ours that is misspelt or stands where it means nothing."""
    for key in described:
        if key.startswith("hub:") and key not in known:
            _refuse(path, f"{key} means nothing here")


def _leaf(described: Json, leaf: Leaf) -> Leaf:
    generalise = _transform(described, "hub:generalise", "generalise", leaf)
    mask = _transform(described, "hub:mask", "mask", leaf)
    domain = described.get("hub:pseudonym-domain", "")
    if not isinstance(domain, str) or (mask == "hmac") != bool(domain):
        _refuse(leaf.path, "hmac and hub:pseudonym-domain go together")
    is_event_date = described.get("hub:event-date", False)
    if not isinstance(is_event_date, bool) or (is_event_date and leaf.kind not in LOGICAL.values()):
        _refuse(leaf.path, "hub:event-date is true, and on a date or an instant")
    return Leaf(
        name=leaf.name,
        path=leaf.path,
        own=leaf.own,
        tags=leaf.tags,
        kind=leaf.kind,
        generalise=generalise,
        mask=mask,
        domain=domain,
        is_event_date=is_event_date,
    )


def _transform(described: Json, key: str, kind: str, leaf: Leaf) -> str:
    name = described.get(key, "")
    if name == "":
        return ""
    found = TRANSFORMS.get(name) if isinstance(name, str) else None
    if found is None or found.kind != kind or leaf.kind not in found.input:
        _refuse(leaf.path, f"{key} names no transform that takes a {leaf.kind}")
    return found.name
