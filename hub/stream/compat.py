"""May a reader with one schema read what was written with another?

`avro.compatibility` judges; what it lets pass although it would be read wrongly is looked for here:
a change of unit (milliseconds to microseconds), of a decimal's scale, of a namespace. Parsed by two
libraries, since each refuses some schemas that the other lets pass.
"""

import json
from collections.abc import Iterator
from typing import Any

import avro.schema
import fastavro
from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType
from avro.errors import AvroException
from fastavro.schema import SchemaParseException, UnknownType, expand_schema

from hub.stream.registry import Registry

MEANING = ("logicalType", "precision", "scale")
"""A change of these is read without an error, and wrongly."""
PROMOTED = {
    "int": ("long", "float", "double"),
    "long": ("float", "double"),
    "float": ("double",),
    "string": ("bytes",),
    "bytes": ("string",),
}
"""As what else a reader may take a branch that its own union lacks (Avro's schema resolution)."""


def incompatible(registry: Registry) -> list[str]:
    """Hold every schema to every earlier version of it, both ways (FULL_TRANSITIVE)."""
    found = []
    for subject in sorted(registry.latest):
        versions = registry.versions(subject)
        for index, new in enumerate(versions):
            for old in versions[:index]:
                pair = f"{subject} v{new.version}"
                found += [
                    f"{pair} cannot read v{old.version}: {each}"
                    for each in problems(old.schema, new.schema)
                ]
                found += [
                    f"v{old.version} cannot read {pair}: {each}"
                    for each in problems(new.schema, old.schema)
                ]
    return found


def problems(writer: Any, reader: Any) -> list[str]:  # noqa: ANN401 - a schema in JSON's own types
    """Say why the reader's schema cannot be used on what the writer wrote; nothing: it can."""
    try:
        old, new = (expand_schema(fastavro.parse_schema(each)) for each in (writer, reader))
        written, read = (avro.schema.parse(json.dumps(each)) for each in (writer, reader))
    except (SchemaParseException, UnknownType, AvroException) as error:
        return [
            f"not a schema: {error}"
        ]  # the text speaks of the schema, which holds nobody's data
    checked = ReaderWriterCompatibilityChecker().get_compatibility(reader=read, writer=written)
    is_fine = checked.compatibility is SchemaCompatibilityType.compatible
    return ([] if is_fine else sorted(checked.messages)) + list(_changed_meaning(old, new, ""))


def _changed_meaning(old: Any, new: Any, path: str) -> Iterator[str]:  # noqa: ANN401 - as above
    """Walk both schemas side by side, and report what the checker lets pass."""
    if isinstance(old, list) or isinstance(new, list):
        yield from _branches(old, new, path)
        return
    old, new = ({"type": each} if isinstance(each, str) else each for each in (old, new))
    for key in MEANING:
        if old.get(key) != new.get(key):
            yield f"{path or '(top)'}: {key} {old.get(key)} became {new.get(key)}"
    if (
        old.get("name")
        and new.get("name")
        and old["name"] not in (new["name"], *new.get("aliases", ()))
    ):
        yield f"{path or '(top)'}: type {old['name']} became {new['name']}"
    yield from _changed_fields(old, new, path)
    for part in ("items", "values"):
        if part in old and part in new:
            yield from _changed_meaning(old[part], new[part], f"{path}/[]")


def _changed_fields(old: Any, new: Any, path: str) -> Iterator[str]:  # noqa: ANN401 - as above
    if not old["type"] == new["type"] == "record":
        return
    before = {each["name"]: each["type"] for each in old["fields"]}
    for each in new["fields"]:
        for name in (each["name"], *each.get("aliases", ())):
            if name in before:
                yield from _changed_meaning(before[name], each["type"], f"{path}/{each['name']}")


def _branches(old: Any, new: Any, path: str) -> Iterator[str]:  # noqa: ANN401 - as above
    """Compare branches of the same kind; which branches there are is the checker's business."""
    before, after = (
        {
            (each if isinstance(each, str) else each.get("name", each["type"])): each
            for each in union
        }
        for union in (kind if isinstance(kind, list) else [kind] for kind in (old, new))
    )
    for kind in sorted(before):
        taken_as = [kind] if kind in after else [k for k in PROMOTED.get(kind, ()) if k in after]
        for other in taken_as:
            yield from _changed_meaning(before[kind], after[other], path)
