"""Schemas made at random out of everything that Avro has, and bodies of them.

All that is drawn comes from one `random.Random`, so that a seed is a schema with its bodies.
"""

import io
import random
import string
import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import fastavro
import pytest

from hub.disclose.schema import SchemaUnsupported, SourceSchema
from hub.stream.codec import UNIONS
from tests.unit.disclose.bodies import Json

TAGS = ("VICTIM", "VICTIM_IDENTITY", "RISK", "CHILD", "ALLEGATION", "HEALTH_DATA")
DEEPEST = 4

SCALARS: dict[str, tuple[Any, dict[str, tuple[Json, ...]]]] = {
    "string": ("string", {"generalise": ({"hub:generalise": "outcode"},), "mask": (
        {"hub:mask": "initial"}, {"hub:mask": "fixed"}, {"hub:mask": "hmac", "hub:pseudonym-domain": "person"})}),
    "int": ("int", {"generalise": ({"hub:generalise": "band", "hub:bands": [0, 10]},), "mask": ({"hub:mask": "fixed"},)}),
    "long": ("long", {"mask": ({"hub:mask": "fixed"},)}),
    "float": ("float", {"generalise": ({"hub:generalise": "band", "hub:bands": [1]},)}),
    "double": ("double", {"mask": ({"hub:mask": "fixed"},)}),
    "boolean": ("boolean", {}),
    "bytes": ("bytes", {}),
    "decimal": ({"type": "bytes", "logicalType": "decimal", "precision": 6, "scale": 2}, {
        "generalise": ({"hub:generalise": "band", "hub:bands": [0, 100]},)}),
    "date": ({"type": "int", "logicalType": "date"}, {
        "generalise": ({"hub:generalise": "year"}, {"hub:generalise": "age-band"}), "mask": ({"hub:mask": "fixed"},)}),
    "time-millis": ({"type": "int", "logicalType": "time-millis"}, {"mask": ({"hub:mask": "fixed"},)}),
    "time-micros": ({"type": "long", "logicalType": "time-micros"}, {}),
    "timestamp-millis": ({"type": "long", "logicalType": "timestamp-millis"}, {"generalise": ({"hub:generalise": "day"},)}),
    "timestamp-micros": ({"type": "long", "logicalType": "timestamp-micros"}, {"generalise": ({"hub:generalise": "day"},)}),
    "local": ({"type": "long", "logicalType": "local-timestamp-millis"}, {"generalise": ({"hub:generalise": "local-day"},)}),
    "local-micros": ({"type": "long", "logicalType": "local-timestamp-micros"}, {}),
    "nanos": ({"type": "long", "logicalType": "timestamp-nanos"}, {}),
    "uuid": ({"type": "string", "logicalType": "uuid"}, {"mask": ({"hub:mask": "fixed"},)}),
}  # fmt: skip


class Made:
    """One schema, and as many bodies of it as are asked for."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._names: dict[str, Json] = {}
        self._open: list[str] = []
        self.schema, self._parsed = self._readable()

    def _readable(self) -> tuple[Json, Any]:
        """Draw until it is a schema, and one that the engine reads: unions that it cannot tell apart it refuses."""
        while True:
            self._names, self._open = {}, []
            schema = self._record(0)
            try:
                parsed = fastavro.parse_schema(schema)
            except fastavro.schema.UnknownType:  # used before it is defined: no schema
                with pytest.raises(SchemaUnsupported):
                    SourceSchema.parse("made", schema)
                continue
            try:
                SourceSchema.parse("made", schema)
            except SchemaUnsupported:
                continue
            return schema, parsed

    # --- schemas -----------------------------------------------------------------------------------

    def _new(self, kind: str) -> str:
        return f"{kind}{len(self._names)}"

    def _record(self, depth: int) -> Json:
        name = self._new("Record")
        found: Json = {"type": "record", "name": name, "fields": []}
        self._names[name] = found
        self._open.append(name)
        found["fields"] = [self._field(place, depth) for place in range(self._chance.randint(1, 4))]
        if depth == 0 and self._chance.random() < 0.7:
            day = {"type": "int", "logicalType": "date"}
            found["fields"].append({"name": "on", "type": day, "hub:event-date": True, "confluent:tags": self._tags()})  # fmt: skip
        self._open.pop()
        return found

    def _tags(self) -> list[str]:
        few = self._chance.choice([0, 1, 1, 1, 1, 2])
        return self._chance.sample(TAGS, few)

    def _field(self, place: int, depth: int) -> Json:
        name = f"{self._chance.choice(string.ascii_lowercase)}{place}"
        field: Json = {"name": name, "confluent:tags": self._tags()}
        if self._chance.random() < 0.45 or depth >= DEEPEST:
            kind, declared = SCALARS[self._chance.choice(sorted(SCALARS))]
            for some in declared.values():
                if self._chance.random() < 0.7:
                    field |= self._chance.choice(some)
        elif self._chance.random() < 0.15:
            kind = self._enum()
            field |= {"hub:generalise": "group", "hub:groups": dict(zip(kind["symbols"], "xxy", strict=True))}  # fmt: skip
        else:
            kind = self._type(depth)
        nullable = self._chance.random() < 0.5 and not isinstance(kind, list)
        field["type"] = ["null", kind] if nullable or kind in self._open else kind
        if self._is_list_of_records(kind) and self._chance.random() < 0.4:
            field["hub:length"] = "generalise"
        return field

    def _is_list_of_records(self, kind: Any) -> bool:
        items = kind.get("items") if isinstance(kind, dict) else None
        items = self._names.get(items, items) if isinstance(items, str) else items
        return isinstance(items, dict) and items["type"] == "record"

    def _enum(self) -> Json:
        name = self._new("Enum")
        self._names[name] = {"type": "enum", "name": name, "symbols": ["a", "b", "c"]}
        return self._names[name]

    def _fixed(self) -> Json:
        name = self._new("Fixed")
        more = self._chance.choice([{}, {"logicalType": "decimal", "precision": 5, "scale": 1}])
        self._names[name] = {"type": "fixed", "name": name, "size": 4, **more}
        return self._names[name]

    def _type(self, depth: int) -> Any:
        if depth >= DEEPEST:
            return SCALARS[self._chance.choice(sorted(SCALARS))][0]
        match self._chance.choice(["record", "record", "array", "array", "map", "union", "enum", "fixed", "again"]):  # fmt: skip
            case "record":
                return self._record(depth + 1)
            case "array":
                return {"type": "array", "items": self._inner(depth + 1)}
            case "map":
                return {"type": "map", "values": self._inner(depth + 1)}
            case "union":
                return self._union(depth + 1)
            case "enum":
                return self._enum()
            case "fixed":
                return self._fixed()
            case _:
                return self._chance.choice(sorted(self._names.keys() - {self._open[0]}) or ["long"])

    def _inner(self, depth: int) -> Any:
        """Draw the type of a list's items or a map's values."""
        some = [
            lambda: SCALARS[self._chance.choice(sorted(SCALARS))][0],
            lambda: self._type(depth),
            lambda: self._record(depth),
            lambda: self._chance.choice(self._open[1:] or ["int"]),  # a list of what holds the list
        ]
        kind = self._chance.choice(some)()
        nullable = self._chance.random() < 0.2 and not isinstance(kind, list)
        return ["null", kind] if nullable else kind

    def _union(self, depth: int) -> list[Any]:
        plain = self._chance.random() < 0.3
        kinds: list[Any] = [self._type(DEEPEST), self._enum() if plain else self._record(depth)]
        if self._chance.random() < 0.7:
            kinds.append(self._chance.choice([self._record, lambda _: self._enum(), lambda _: self._fixed()])(depth))  # fmt: skip
        if self._chance.random() < 0.3:
            kinds.append({"type": "array", "items": self._inner(depth)})
        self._chance.shuffle(kinds)
        return ["null", *kinds] if self._chance.random() < 0.7 else kinds

    # --- bodies ------------------------------------------------------------------------------------

    def body(self) -> Json:
        """Draw a body, as it is read back from the wire."""
        stream = io.BytesIO()
        fastavro.schemaless_writer(stream, self._parsed, self._value(self.schema, 0))
        stream.seek(0)
        read: Any = fastavro.schemaless_reader(stream, self._parsed, None, **UNIONS)
        return read  # type: ignore[no-any-return]

    def _value(self, kind: Any, depth: int) -> Any:
        if isinstance(kind, list):
            if "null" in kind and (depth > 8 or self._chance.random() < 0.3):
                return None
            return self._of_union([each for each in kind if each != "null"], depth)
        if isinstance(kind, str) and kind in self._names:
            kind = self._names[kind]
        if isinstance(kind, str):
            kind = {"type": kind}
        few = 0 if depth > 8 else self._chance.randint(0, 2)
        match kind["type"]:
            case "record":
                return {each["name"]: self._value(each["type"], depth + 1) for each in kind["fields"]}  # fmt: skip
            case "array":
                return [self._value(kind["items"], depth + 1) for _ in range(few)]
            case "map":
                keys = self._chance.sample(["a", "b", "Okonjo"], few)
                return {key: self._value(kind["values"], depth + 1) for key in keys}
            case "enum":
                return self._chance.choice(kind["symbols"])
        return self._scalar(kind)

    def _of_union(self, kinds: list[Any], depth: int) -> Any:
        kind = self._chance.choice(kinds)
        value = self._value(kind, depth + 1)
        inner = self._names.get(kind, kind) if isinstance(kind, str) else kind
        is_record = isinstance(inner, dict) and inner["type"] == "record"
        return (inner["name"], value) if is_record and len(kinds) > 1 else value

    def _scalar(self, kind: Json) -> Any:
        chance = self._chance
        moment = datetime(2026, 3, 5, 1, 30, tzinfo=UTC) + timedelta(hours=chance.randint(-60, 60), milliseconds=chance.randint(0, 3))  # fmt: skip
        number = chance.choice([0, 1, -1, 7, 11, 2**31 - 1, -(2**31)])
        fraction = chance.choice([0.0, 1.5, -2.25, 1e9])
        drawn: dict[str, Any] = {
            "string": chance.choice(["Mirela", "Okonjo", "ZA1 2BC", "", "é" * 40]),
            "int": number, "long": number, "timestamp-nanos": number,
            "float": fraction, "double": fraction,
            "boolean": fraction > 0,
            "bytes": chance.randbytes(chance.randint(0, 4)),
            "fixed": chance.randbytes(4),
            "decimal": Decimal(chance.randint(-9999, 9999)).scaleb(-kind.get("scale", 0)),
            "date": moment.date() - timedelta(days=365 * chance.randint(0, 60)),
            "time-millis": moment.time().replace(microsecond=0), "time-micros": moment.time(),
            "timestamp-millis": moment, "timestamp-micros": moment,
            "local-timestamp-millis": moment.replace(tzinfo=None),
            "local-timestamp-micros": moment.replace(tzinfo=None),
            "uuid": uuid.UUID(int=chance.getrandbits(128), version=4),
        }  # fmt: skip
        return drawn[kind.get("logicalType", kind["type"])]


def event_day(body: Json) -> date:
    """Give the day of an event, which flows into an age band."""
    found = body.get("on")
    return found if isinstance(found, date) else date(2026, 3, 5)
