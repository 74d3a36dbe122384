"""Derive the schema of what recipients get: the disclosed view of an event.

It follows from the event's schema alone, so that a change of policy never changes it, and every
field may be null, so that withheld and not there are the same bytes. Obscured values have a branch
of their own: nobody dials a masked telephone number.
"""

from collections.abc import Mapping
from typing import TypeAlias

from hub.disclose.schema import OBSCURABLE, Json, SchemaUnsupported, SourceSchema

HUB = "uk.safeguarding_hub.disclosed"
OBSCURED = f"{HUB}.Obscured"
DISCLOSURE = f"{HUB}.Disclosure"
HEAD = ("disclosure_id", "policy_version", "plan_id", "recipient")

Avro: TypeAlias = "str | list[Avro] | dict[str, object]"

_LOGICAL = {"date", "timestamp-millis"}


def disclosed_schema(schema: Json) -> dict[str, object]:
    """Give the Avro schema of the disclosed view of an event's schema.

    Raises:
        SchemaUnsupported: the event's schema is not one that the engine reads.
    """
    SourceSchema.parse("", schema)
    return _Writer().root(schema)


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
        kind, space = self._bare(described["type"], space)
        branches: list[Avro] = ["null", self._type(kind, space)]
        if _is_obscurable(kind):
            branches.append(self._obscured())
        return {"name": described["name"], **doc, "type": branches, "default": None}

    def _type(self, kind: Json, space: str) -> Avro:
        match kind["type"]:
            case "record":
                return self._record(kind, space)
            case "array":
                items, space = self._bare(kind["items"], space)
                return {"type": "array", "items": self._type(items, space)}
            case "enum":
                return self._enum(kind, space)
            case base if kind.get("logicalType") in _LOGICAL:
                return {"type": base, "logicalType": kind["logicalType"]}
            case base:
                return str(base)

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

    def _enum(self, kind: Json, space: str) -> Avro:
        _, name = self._names(kind, space)
        if name in self.written:
            return name
        self.written.add(name)
        return {"type": "enum", "name": name, "symbols": kind["symbols"]}

    def _names(self, kind: Json, space: str) -> tuple[str, str]:
        """Give a type's full name, in the event's schema and in the view's."""
        name, own = str(kind["name"]), str(kind.get("namespace", space))
        full = name if "." in name else f"{own}.{name}" if own else name
        self.named[full] = kind
        own, _, name = full.rpartition(".")
        disclosed = f"{own}.disclosed.{name}" if own else f"disclosed.{name}"
        if disclosed in (OBSCURED, DISCLOSURE):
            raise SchemaUnsupported(f"schema: the name {full} is the view's own")
        return full, disclosed

    def _bare(self, kind: object, space: str) -> tuple[Json, str]:
        """Give a type in full, without its null, and the namespace it stands in."""
        if isinstance(kind, list):
            return self._bare(next(each for each in kind if each != "null"), space)
        if isinstance(kind, Mapping):
            return kind, space
        full = str(kind) if "." in str(kind) else f"{space}.{kind}"
        if full in self.named:
            return self.named[full], full.rpartition(".")[0]
        return {"type": kind}, space

    def _obscured(self) -> Avro:
        if OBSCURED in self.written:
            return OBSCURED
        self.written.add(OBSCURED)
        fields: list[object] = [{"name": name, "type": "string"} for name in ("method", "value")]
        return {"type": "record", "name": OBSCURED, "fields": fields}


def _is_obscurable(kind: Json) -> bool:
    base = {"date": "date", "timestamp-millis": "timestamp"}.get(
        str(kind.get("logicalType")), kind["type"]
    )
    return base in OBSCURABLE
