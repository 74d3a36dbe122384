"""Read an event's Avro schema: every type that Avro has, and of our attributes none that is not known."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import NoReturn, TypeAlias
from uuid import UUID

from hub.disclose.read_leaf import LEAF_ATTRIBUTES, kind_of, leaf_of
from hub.disclose.tree import FAMILIES, Again, Branch, Choice, Group, Keyed, Leaf, Many, Node, Tags

Json: TypeAlias = Mapping[str, object]

PRIMITIVE = frozenset({"string", "int", "long", "boolean", "float", "double", "bytes"})
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
"""Plans become code: no other name may come into it."""
NAMED = frozenset({"record", "enum", "fixed"})
TAGS = "confluent:tags"
LENGTH = "hub:length"

TYPES: Mapping[str, type] = {
    "string": str, "enum": str, "uuid": UUID, "bytes": bytes, "fixed": bytes, "decimal": Decimal,
    "boolean": bool, "int": int, "long": int, "float": float, "double": float, "date": date,
    "time": time, "timestamp": datetime, "local-timestamp": datetime,
    "array": list, "map": dict, "record": dict,
}  # fmt: skip
"""As what a value of each kind is read."""


class SchemaUnsupported(Exception):
    """A schema has something that the engine does not know how to withhold. Names the path."""


def refuse(path: str, what: str) -> NoReturn:
    raise SchemaUnsupported(f"{path or 'schema'}: {what}")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in the tree something stands, whatever it will turn out to be."""

    name: str
    path: str
    own: Tags
    tags: Tags


@dataclass(frozen=True, slots=True)
class _Type:
    """A type in full, the namespace that it stands in, and whether it may be null."""

    kind: Json
    space: str
    nullable: bool = False

    @property
    def base(self) -> str:
        return str(self.kind["type"])


class Reader:
    """Walks a schema and remembers its named types, as Avro lets them be used again by name."""

    def __init__(self) -> None:
        self._named: dict[str, Json] = {}
        self._open: dict[tuple[str, Tags], str] = {}
        self._event = ""

    def top(self, schema: Json) -> tuple[Node, ...]:
        """Read the schema of an event: its fields."""
        if schema.get("type") != "record":
            refuse("", "the top is no record")
        self._learn(schema, "", "")
        self._event, _ = self._name(schema, "", "")
        return self._fields(_Type(schema, ""), _Place("", "", frozenset(), frozenset()))

    def _fields(self, of: _Type, at: _Place) -> tuple[Node, ...]:
        full, space = self._name(of.kind, at.path, of.space)
        fields = of.kind.get("fields")
        if not isinstance(fields, list):
            refuse(at.path, "a record without fields")
        self._open[full, at.tags] = at.path
        children = tuple(self._field(each, at, space) for each in fields)
        del self._open[full, at.tags]
        return children

    def _field(self, described: object, above: _Place, space: str) -> Node:
        if not isinstance(described, dict) or not isinstance(described.get("name"), str):
            refuse(above.path, "a field without a name")
        name = described["name"]
        if not NAME.fullmatch(name):
            refuse(above.path, "a field with a name that Avro does not allow")
        path = _below(above.path, name)
        own = _tags(described, path)
        at = _Place(name, path, own, own | above.tags)
        return self._node(self._resolve(described.get("type"), path, space), at, described)

    def _node(self, of: _Type, at: _Place, described: Json) -> Node:
        if not self._holds_records(of, at.path):
            return self._leaf(of, at, described)
        if of.base != "array" and LENGTH in described:
            refuse(at.path, "hub:length belongs on a list of records")
        _only(described, (LENGTH,) if of.base == "array" else (), at.path)
        match of.base:
            case "record":
                return self._record(of, at)
            case "array":
                return self._many(of, at, described.get(LENGTH, ""))
            case "map":
                values = self._resolve(of.kind.get("values"), at.path, of.space)
                return Keyed(at.name, at.path, at.own, at.tags, self._node(values, at, {}))
            case _:
                return self._choice(of, at)

    def _record(self, of: _Type, at: _Place) -> Group | Again:
        full, _ = self._name(of.kind, at.path, of.space)
        if full == self._event:  # its view has a head, which only the top has
            refuse(at.path, "an event within itself: what repeats has to be a record of its own")
        target = self._open.get((full, at.tags))
        if target is not None:
            return Again(at.name, at.path, at.own, at.tags, of.nullable, target)
        children = self._fields(of, at)
        return Group(at.name, at.path, at.own, at.tags, of.nullable, children)

    def _many(self, of: _Type, at: _Place, length: object) -> Many:
        items = self._resolve(of.kind.get("items"), at.path, of.space)
        if length not in ("", "generalise"):
            refuse(at.path, f"{LENGTH} can only say generalise")
        if length and (items.nullable or items.base != "record"):
            refuse(at.path, f"{LENGTH} belongs on a list of records, none of them null")
        item = self._node(items, at, {})
        return Many(at.name, at.path, at.own, at.tags, length == "generalise", item)

    def _choice(self, of: _Type, at: _Place) -> Choice:
        types = self._branches(of, at.path)
        if len({each.rpartition(".")[2] for each in types}) < len(types):
            refuse(at.path, "two types of a union go by one name")
        told = self._told_apart(types, at.path)
        branches = tuple(self._branch(name, told[name], each, at) for name, each in types.items())
        return Choice(at.name, at.path, at.own, at.tags, branches)

    def _branch(self, name: str, told_by: str, of: _Type, at: _Place) -> Branch:
        short = name.rpartition(".")[2]
        place = _Place(short, f"{at.path}.{short}", at.own, at.tags)
        return Branch(name, told_by, told_by == name, self._node(of, place, {}))

    def _leaf(self, of: _Type, at: _Place, described: Json) -> Leaf:
        if of.base in ("array", "map", "union"):
            _only(described, (), at.path)
            kind = "list" if of.base == "array" else of.base
            return Leaf(at.name, at.path, at.own, at.tags, kind)
        _only(described, LEAF_ATTRIBUTES, at.path)
        leaf = Leaf(at.name, at.path, at.own, at.tags, kind_of(of.kind, at.path, refuse))
        return leaf_of(described, leaf, of.kind, refuse)

    def _holds_records(self, of: _Type, path: str) -> bool:
        """Tell whether there is a record in a type; if not, see that all of it can be read."""
        match of.base:
            case "record":
                return True
            case "array" | "map":
                inner = of.kind.get("items" if of.base == "array" else "values")
                return self._holds_records(self._resolve(inner, path, of.space), path)
            case "union":
                types = self._branches(of, path)
                if any([self._holds_records(each, path) for each in types.values()]):  # noqa: C419 - reads all
                    return True
                self._told_apart(types, path)
                return False
            case _:
                kind_of(of.kind, path, refuse)
                return False

    def _branches(self, of: _Type, path: str) -> dict[str, _Type]:
        """Give the types of a union by what Avro calls them."""
        found: dict[str, _Type] = {}
        kinds = of.kind["branches"]
        for kind in kinds if isinstance(kinds, list) else ():
            each = self._resolve(kind, path, of.space)
            name = self._name(each.kind, path, each.space)[0] if each.base in NAMED else each.base
            if found.setdefault(name, each) is not each:
                refuse(path, "a union has one type twice")
        return found

    def _told_apart(self, types: Mapping[str, _Type], path: str) -> dict[str, str]:
        """Say by what a value shows of which type of a union it is; refuse a union where it does not."""
        several = sum(each.base == "record" for each in types.values()) > 1
        told = {
            name: name if several and each.base == "record" else self._family(each, path)
            for name, each in types.items()
        }
        families = [self._family(each, path) for each in types.values()]
        twice = len(set(told.values())) < len(told)
        if twice or (several and any(each.base == "map" for each in types.values())):
            said = ", ".join(sorted({each for each in families if families.count(each) > 1}))
            refuse(path, f"a union in which {said} may be of two types: give each its own field")
        days = [each for each in types.values() if each.kind.get("logicalType") == "date"]
        if days and "a text" in families:  # fastavro reads a text as a day if it can
            refuse(path, "a union in which a text may be a day: give each its own field")
        return told

    def _family(self, of: _Type, path: str) -> str:
        composed = of.base in ("array", "map", "record")
        return FAMILIES[TYPES[of.base if composed else kind_of(of.kind, path, refuse)]]

    def _resolve(self, kind: object, path: str, space: str) -> _Type:
        """Give a type in full."""
        if isinstance(kind, list):
            return self._union(kind, path, space)
        if isinstance(kind, str):
            if kind in PRIMITIVE:
                return _Type({"type": kind}, space)
            full = kind if "." in kind or not space else f"{space}.{kind}"
            if full not in self._named:
                refuse(path, f"the type {kind} is not supported")
            return _Type(self._named[full], full.rpartition(".")[0])
        if not isinstance(kind, dict) or "type" not in kind:
            refuse(path, "not a type")
        if isinstance(kind["type"], list):
            refuse(path, "a union within a type")
        if not isinstance(kind["type"], str):
            return self._resolve(kind["type"], path, space)
        if kind["type"] not in (*PRIMITIVE, *NAMED, "array", "map"):
            return self._resolve(kind["type"], path, space)
        return _Type(kind, space)

    def _union(self, kinds: list[object], path: str, space: str) -> _Type:
        rest = [each for each in kinds if each != "null"]
        if not rest or any(isinstance(each, list) for each in rest):
            refuse(path, "a union of nothing, or within a union")
        nullable = len(rest) < len(kinds)
        if len(rest) > 1:
            return _Type({"type": "union", "branches": rest}, space, nullable)
        found = self._resolve(rest[0], path, space)
        return _Type(found.kind, found.space, nullable)

    def _learn(self, kind: object, path: str, space: str) -> None:
        """Learn the named types in the order in which Avro reads them: none is used before it is defined."""
        if isinstance(kind, list):
            for each in kind:
                self._learn(each, path, space)
        elif isinstance(kind, str) and kind != "null":
            self._resolve(kind, path, space)
        elif isinstance(kind, dict) and kind.get("type") in NAMED:
            self._define(kind, path, space)
            _, space = self._name(kind, path, space)
            fields = kind.get("fields", ())
            for each in fields if isinstance(fields, list) else ():
                if isinstance(each, dict):
                    self._learn(each.get("type"), _below(path, each.get("name")), space)
        elif isinstance(kind, dict):
            inner = kind.get({"array": "items", "map": "values"}.get(str(kind.get("type")), "type"))
            if not isinstance(inner, str) or inner not in PRIMITIVE:
                self._learn(inner, path, space)

    def _define(self, kind: Json, path: str, space: str) -> None:
        full, _ = self._name(kind, path, space)
        if self._named.setdefault(full, kind) is not kind:
            refuse(path, f"the type {full} is defined twice")

    def _name(self, kind: Json, path: str, space: str) -> tuple[str, str]:
        """Give a named type's full name, and the namespace of what is in it."""
        name = kind.get("name")
        if not isinstance(name, str):
            refuse(path, "a named type without a name")
        if not all(NAME.fullmatch(part) for part in name.split(".")):
            refuse(path, "a type with a name that Avro does not allow")
        own = str(kind.get("namespace", space))
        full = name if "." in name or not own else f"{own}.{name}"
        return full, full.rpartition(".")[0]


def _below(path: str, name: object) -> str:
    return f"{path}.{name}" if path else str(name)


def _tags(described: Json, path: str) -> Tags:
    tags = described.get(TAGS, [])
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        refuse(path, f"{TAGS} is no list of names")
    return frozenset(tags)


def _only(described: Json, known: Iterable[str], path: str) -> None:
    """Refuse an attribute of ours that is misspelt or stands where it means nothing."""
    for key in described:
        if key.startswith("hub:") and key not in known:
            refuse(path, f"{key} means nothing here")
