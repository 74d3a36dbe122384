"""Derive the schema of what recipients get: the disclosed view of an event.

It follows from the event's schema alone, so that a change of policy never changes it, and every
field may be null, so that withheld and not there are the same bytes. Obscured values have a branch
of their own: nobody dials a masked telephone number.
"""

from collections.abc import Mapping
from typing import TypeAlias

from hub.disclose.read_leaf import LOGICAL
from hub.disclose.schema import Json, SchemaUnsupported, SourceSchema
from hub.disclose.treat import OBSCURABLE

HUB = "uk.safeguarding_hub.disclosed"
OBSCURED = f"{HUB}.Obscured"
DISCLOSURE = f"{HUB}.Disclosure"
HEAD = ("disclosure_id", "policy_version", "plan_id", "recipient")

Avro: TypeAlias = "str | list[Avro] | dict[str, object]"

NUMBERS_OF_A_TYPE = ("logicalType", "precision", "scale", "size", "symbols")
"""What says how a value is written; nothing else of a type is taken over."""


def disclosed_schema(schema: Json) -> dict[str, object]:
    """Give the Avro schema of the disclosed view of an event's schema.

    Raises:
        SchemaUnsupported: the event's schema is not one that the engine reads.
    """
    SourceSchema.parse("", schema)
    return _Writer().root(schema)


def disclosed_name(full: str) -> str:
    """Give the name that a type has in the view."""
    own, _, name = full.rpartition(".")
    return f"{own}.disclosed.{name}" if own else f"disclosed.{name}"


class _Writer:
    """Walks a schema that was found good, and says of each named type once what it is."""

    def __init__(self) -> None:
        self.named: dict[str, Json] = {}
        self.written: set[str] = set()

    def root(self, schema: Json) -> dict[str, object]:
        head: dict[str, object] = {
            "name": "_disclosure",
            "doc": "Which disclosure this is, under which policy and plan, and to whom.",
            "type": {
                "type": "record",
                "name": DISCLOSURE,
                "fields": [{"name": name, "type": "string"} for name in HEAD],
            },
        }
        self.written.add(DISCLOSURE)
        record = self._record(schema, "")
        if not isinstance(record, dict) or not isinstance(record["fields"], list):
            raise SchemaUnsupported("schema: the top is no record")
        return {**record, "fields": [head, *record["fields"]]}

    def _field(self, described: Json, space: str) -> dict[str, object]:
        doc = {"doc": described["doc"]} if "doc" in described else {}
        kinds, _ = _kinds(described["type"])
        branches: list[Avro] = ["null", *(self._type(each, space) for each in kinds)]
        if len(kinds) == 1 and self._is_obscurable(kinds[0], space):
            branches.append(self._obscured())
        return {"name": described["name"], **doc, "type": branches, "default": None}

    def _inner(self, described: object, space: str) -> Avro:
        """Give the type of a list's items or a map's values. A union may always be null."""
        kinds, nullable = _kinds(described)
        found = [self._type(each, space) for each in kinds]
        return ["null", *found] if nullable or len(found) > 1 else found[0]

    def _type(self, described: object, space: str) -> Avro:
        kind, space = self._bare(described, space)
        match kind["type"]:
            case "record":
                return self._record(kind, space)
            case "array":
                return {"type": "array", "items": self._inner(kind["items"], space)}
            case "map":
                return {"type": "map", "values": self._inner(kind["values"], space)}
            case "enum" | "fixed" as base:
                _, name = self._names(kind, space)
                if name in self.written:
                    return name
                self.written.add(name)
                return {"type": base, "name": name, **_numbers(kind)}
            case plain:
                rest = _numbers(kind)
                return {"type": str(plain), **rest} if rest else str(plain)

    def _record(self, kind: Json, space: str) -> Avro:
        source, name = self._names(kind, space)
        if name in self.written:
            return name
        self.written.add(name)
        fields = kind["fields"]
        described = fields if isinstance(fields, list) else []
        space = source.rpartition(".")[0]
        return {
            "type": "record",
            "name": name,
            "fields": [self._field(each, space) for each in described],
        }

    def _names(self, kind: Json, space: str) -> tuple[str, str]:
        """Give a type's full name, in the event's schema and in the view's."""
        name, own = str(kind["name"]), str(kind.get("namespace", space))
        full = name if "." in name else f"{own}.{name}" if own else name
        self.named[full] = kind
        disclosed = disclosed_name(full)
        if disclosed in (OBSCURED, DISCLOSURE):
            raise SchemaUnsupported(f"schema: the name {full} is the view's own")
        return full, disclosed

    def _bare(self, kind: object, space: str) -> tuple[Json, str]:
        """Give a type in full, and the namespace it stands in."""
        if isinstance(kind, list):  # a union of one
            return self._bare(kind[0], space)
        if isinstance(kind, Mapping):
            inner = kind["type"]
            known = isinstance(inner, str) and (inner in _OWN or not self._known(inner, space))
            return (kind, space) if known else self._bare(inner, space)
        full = self._known(str(kind), space)
        if full:
            return self.named[full], full.rpartition(".")[0]
        return {"type": kind}, space

    def _known(self, name: str, space: str) -> str:
        full = name if "." in name or not space else f"{space}.{name}"
        return full if full in self.named else ""

    def _is_obscurable(self, described: object, space: str) -> bool:
        kind, _ = self._bare(described, space)
        base = str(kind["type"])
        return LOGICAL.get((base, str(kind.get("logicalType"))), base) in OBSCURABLE

    def _obscured(self) -> Avro:
        if OBSCURED in self.written:
            return OBSCURED
        self.written.add(OBSCURED)
        fields: list[object] = [{"name": name, "type": "string"} for name in ("method", "value")]
        return {"type": "record", "name": OBSCURED, "fields": fields}


_OWN = frozenset({"record", "enum", "fixed", "array", "map"})


def _kinds(described: object) -> tuple[list[object], bool]:
    """Give the types that something may be of, null aside, and whether it may be null."""
    if not isinstance(described, list):
        return [described], False
    rest = [each for each in described if each != "null"]
    return rest, len(rest) < len(described)


def _numbers(kind: Json) -> dict[str, object]:
    return {key: kind[key] for key in NUMBERS_OF_A_TYPE if key in kind}
