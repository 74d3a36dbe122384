"""Events as JSON that people can read, and back: days as 1990-02-03, instants as 2026-11-18T22:14:00Z.

`schemas/<event>/examples/full.json` and `smallest.json` are written by this module:

    python -m hub.synth.examples schemas
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from hub.model.event import Body, Value
from hub.synth.extremes import EVENT_TYPES, fullest, smallest

Schema = Mapping[str, object]
BRANCHES = 2  # of a union: null, and what may be there


class ExampleUnreadable(Exception):
    """The JSON is no such event. The text names path and code, never a value."""


def to_json(body: Body) -> str:
    """Write a body as JSON, in the order of its fields."""
    return json.dumps(body, indent=1, ensure_ascii=False, default=_as_text) + "\n"


def from_json(schema: Schema, text: str) -> Body:
    """Read a body, its days and instants told by the Avro schema; what may be left out gets its default.

    Raises:
        ExampleUnreadable: it is no JSON, or does not fit the schema.
    """
    try:
        found = json.loads(text)
    except ValueError:
        raise ExampleUnreadable("not-json") from None
    body = _Reader({}).read(schema, found, "")
    if not isinstance(body, dict):
        raise ExampleUnreadable("the schema is no record")
    return body


def write_examples(schemas: Path) -> None:
    """Write the examples of every event type below `schemas/`."""
    for event_type in EVENT_TYPES:
        folder = schemas / event_type / "examples"
        folder.mkdir(parents=True, exist_ok=True)
        for name, body in (("full", fullest(event_type)), ("smallest", smallest(event_type))):
            (folder / f"{name}.json").write_text(to_json(body), encoding="utf-8", newline="\n")


def _as_text(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError("neither a day nor an instant")


@dataclass(frozen=True, slots=True)
class _Reader:
    """Walks value and schema side by side. `named` are the types defined so far, by short name."""

    named: dict[str, Schema]

    def read(self, kind: object, value: object, path: str) -> Value:
        if isinstance(kind, list):
            return self._union(kind, value, path)
        if isinstance(kind, str):
            known = self.named.get(kind.rpartition(".")[2])
            return _plain(kind, value, path) if known is None else self.read(known, value, path)
        if not isinstance(kind, Mapping):
            raise ExampleUnreadable(f"{path}: schema-unreadable")
        if isinstance(name := kind.get("name"), str):
            self.named[name.rpartition(".")[2]] = kind
        match kind.get("type"):
            case "record":
                return self._record(kind, value, path)
            case "enum":
                return _symbol(kind, value, path)
            case "array":
                if not isinstance(value, list):
                    raise ExampleUnreadable(f"{path}: not-a-list")
                items = kind.get("items")
                return [self.read(items, each, f"{path}[{at}]") for at, each in enumerate(value)]
            case plain:
                return _plain(str(kind.get("logicalType") or plain), value, path)

    def _union(self, kind: list[object], value: object, path: str) -> Value:
        """Read an optional value, the only union that our schemas have."""
        if kind[0] != "null" or len(kind) != BRANCHES:
            raise ExampleUnreadable(f"{path}: schema-unreadable")
        if value is None:
            self._learn(kind[1])
            return None
        return self.read(kind[1], value, path)

    def _record(self, kind: Schema, value: object, path: str) -> Body:
        if not isinstance(value, dict):
            raise ExampleUnreadable(f"{path or 'event'}: not-an-object")
        body: Body = {}
        fields = _fields(kind)
        if value.keys() - {str(field["name"]) for field in fields}:
            raise ExampleUnreadable(f"{path or 'event'}: unknown-field")
        for field in fields:
            name = str(field["name"])
            at = f"{path}.{name}" if path else name
            self._learn(field["type"])
            if name in value:
                body[name] = self.read(field["type"], value[name], at)
            elif "default" in field:
                body[name] = self.read(field["type"], field["default"], at)
            else:
                raise ExampleUnreadable(f"{at}: missing")
        return body

    def _learn(self, kind: object) -> None:
        """Remember the types that a schema defines, even where the value has none of them."""
        if isinstance(kind, list):
            for each in kind:
                self._learn(each)
        elif isinstance(kind, Mapping):
            if isinstance(name := kind.get("name"), str):
                self.named.setdefault(name.rpartition(".")[2], kind)
            self._learn(kind.get("items"))
            for field in _fields(kind):
                self._learn(field["type"])


def _fields(kind: Schema) -> list[Schema]:
    fields = kind.get("fields")
    return fields if isinstance(fields, list) else []


def _symbol(kind: Schema, value: object, path: str) -> str:
    symbols = kind.get("symbols")
    if not isinstance(value, str) or not isinstance(symbols, list) or value not in symbols:
        raise ExampleUnreadable(f"{path}: not-a-symbol")
    return value


def _plain(kind: str, value: object, path: str) -> Value:
    """Read what is no container."""
    match kind, value:
        case "string", str():
            return value
        case "boolean", bool():
            return value
        case ("int" | "long", int()) if not isinstance(value, bool):
            return value
        case "date", str():
            return _day(value, path)
        case "timestamp-millis", str():
            return _instant(value, path)
        case _:
            raise ExampleUnreadable(f"{path}: not-a-{kind}")


def _day(text: str, path: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        raise ExampleUnreadable(f"{path}: not-a-date") from None


def _instant(text: str, path: str) -> datetime:
    """Read an instant that says its zone; the schemas hold milliseconds."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise ExampleUnreadable(f"{path}: not-an-instant") from None
    if instant.tzinfo is None:
        raise ExampleUnreadable(f"{path}: no-zone")
    instant = instant.astimezone(UTC)
    return instant - timedelta(microseconds=instant.microsecond % 1000)


def main() -> None:
    write_examples(Path(sys.argv[1]))


if __name__ == "__main__":
    main()
