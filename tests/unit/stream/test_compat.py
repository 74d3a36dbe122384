"""The compatibility check, case by case held to what fastavro really reads."""

import io
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import fastavro
import pytest

from hub.bootstrap.county import load_county
from hub.bootstrap.files import folder, texts
from hub.stream.compat import incompatible, problems
from hub.stream.registry import load_registry, new_ids

Schema = dict[str, Any]

MOMENT = datetime(2026, 3, 5, 21, 15, tzinfo=UTC)


def record(*fields: Schema, name: str = "R", **more: object) -> Schema:
    return {"type": "record", "name": name, "fields": list(fields), **more}


def field(kind: object, name: str = "a", **more: object) -> Schema:
    return {"name": name, "type": kind, **more}


def enum(symbols: str, **more: object) -> Schema:
    return {"type": "enum", "name": "E", "symbols": list(symbols), **more}


def logical(kind: str, name: str, **more: object) -> Schema:
    return {"type": kind, "logicalType": name, **more}


def many(*fields: Schema) -> Schema:
    return {"type": "array", "items": record(*fields, name="I")}


INT = field("int")
DATE, MILLIS = logical("int", "date"), logical("long", "timestamp-millis")
MICROS = logical("long", "timestamp-micros")
MONEY, FINER = (logical("bytes", "decimal", precision=9, scale=scale) for scale in (2, 4))

READ = {
    "nothing changed": (record(INT), record(INT), {"a": 1}, {"a": 1}),
    "a field with a default is added": (
        record(INT), record(INT, field("string", "b", default="x")), {"a": 1}, {"a": 1, "b": "x"}),
    "a field is dropped": (record(INT, field("string", "b")), record(INT), {"a": 1, "b": "x"}, {"a": 1}),
    "a whole number gets longer": (record(INT), record(field("long")), {"a": 1}, {"a": 1}),
    "a field may be missing from now on": (
        record(field("string")), record(field(["null", "string"], default=None)), {"a": "x"}, {"a": "x"}),
    "one more branch": (
        record(field(["null", "string"])), record(field(["null", "string", "int"])), {"a": "x"}, {"a": "x"}),
    "one more symbol": (record(field(enum("X"))), record(field(enum("XY"))), {"a": "X"}, {"a": "X"}),
    "a symbol less, with a default": (
        record(field(enum("XY"))), record(field(enum("X", default="X"))), {"a": "Y"}, {"a": "X"}),
    "a field is renamed and has its old name as an alias": (
        record(INT), record(field("int", "b", aliases=["a"])), {"a": 1}, {"b": 1}),
    "a type is renamed and has its old name as an alias": (
        record(INT), record(INT, name="S", aliases=["R"]), {"a": 1}, {"a": 1}),
    "a field with a default in the items of a list": (
        record(field(many(INT))), record(field(many(INT, field("int", "b", default=7)))),
        {"a": [{"a": 1}]}, {"a": [{"a": 1, "b": 7}]}),
    "a doc and a tag": (
        record(INT), record({**INT, "doc": "x", "confluent:tags": ["RISK"]}), {"a": 1}, {"a": 1}),
    "an instant stays an instant": (record(field(MILLIS)), record(field(MILLIS)), {"a": MOMENT}, {"a": MOMENT}),
}  # fmt: skip

BROKEN = {
    "a type is renamed": (record(INT), record(INT, name="S"), {"a": 1}),
    "a field without a default is added": (record(INT), record(INT, field("string", "b")), {"a": 1}),
    "a number gets shorter": (record(field("long")), record(INT), {"a": 1 << 40}),
    "a number becomes a text": (record(INT), record(field("string")), {"a": 1}),
    "a field may no longer be missing": (
        record(field(["null", "string"])), record(field("string")), {"a": None}),
    "a branch less": (
        record(field(["null", "string", "int"])), record(field(["null", "string"])), {"a": 1}),
    "a symbol less": (record(field(enum("XY"))), record(field(enum("X"))), {"a": "Y"}),
    "a field is renamed": (record(INT), record(field("int", "b")), {"a": 1}),
    "a field without a default in the items of a list": (
        record(field(many(INT))), record(field(many(INT, field("int", "b")))), {"a": [{"a": 1}]}),
    "another size": (
        record(field({"type": "fixed", "name": "F", "size": 4})),
        record(field({"type": "fixed", "name": "F", "size": 8})), {"a": b"1234"}),
    "a default of a wrong type": (record(INT), record(INT, field("int", "b", default="x")), {"a": 1}),
}  # fmt: skip

READ_WRONGLY = {
    "milliseconds become microseconds": (
        record(field(MILLIS)), record(field(MICROS)), {"a": MOMENT}, {"a": MOMENT}),
    "the same where it may be missing": (
        record(field(["null", MILLIS])), record(field(["null", MICROS])), {"a": MOMENT}, {"a": MOMENT}),
    "the same in the items of a list": (
        record(field(many(field(MILLIS)))), record(field(many(field(MICROS)))),
        {"a": [{"a": MOMENT}]}, {"a": [{"a": MOMENT}]}),
    "an instant becomes a number": (record(field(MILLIS)), record(field("long")), {"a": MOMENT}, {"a": MOMENT}),
    "a day becomes an instant": (
        record(field(DATE)), record(field(MILLIS)), {"a": date(2026, 3, 5)}, {"a": date(2026, 3, 5)}),
    "a day that may be missing becomes an instant": (
        record(field(["null", DATE])), record(field(["null", MILLIS])),
        {"a": date(2026, 3, 5)}, {"a": date(2026, 3, 5)}),
    "a day becomes one that may be missing, and an instant": (
        record(field(DATE)), record(field(["null", MILLIS])),
        {"a": date(2026, 3, 5)}, {"a": date(2026, 3, 5)}),
    "another scale": (
        record(field(MONEY)), record(field(FINER)), {"a": Decimal("1.25")}, {"a": Decimal("1.25")}),
}  # fmt: skip

STRICTER = {
    "another namespace": (record(INT, namespace="x.v1"), record(INT, namespace="x.v2"), {"a": 1}),
    "another namespace within": (
        record(field(many(INT))),
        record(field({"type": "array", "items": record(INT, name="I", namespace="x")})), {"a": [{"a": 1}]}),
}  # fmt: skip
"""Refused although fastavro, which compares no names, would read them: other clients do not."""


def read(writer: Schema, reader: Schema, value: Mapping[str, Any]) -> Any:
    old, new = fastavro.parse_schema(writer), fastavro.parse_schema(reader)
    out = io.BytesIO()
    fastavro.schemaless_writer(out, old, value)
    return fastavro.schemaless_reader(io.BytesIO(out.getvalue()), old, new)


def as_the_reader_means(writer: Schema, reader: Schema, value: Schema) -> Any:
    """Read as a client that goes by its own logical types; fastavro goes by the writer's."""
    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(writer), value)
    old, new = (fastavro.parse_schema(bare(each)) for each in (writer, reader))
    raw = fastavro.schemaless_reader(io.BytesIO(out.getvalue()), old, new)
    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(bare(reader)), raw)
    own = fastavro.parse_schema(reader)
    return fastavro.schemaless_reader(io.BytesIO(out.getvalue()), own, None)


def bare(schema: Any) -> Any:
    """Take the logical types out."""
    if isinstance(schema, list):
        return [bare(each) for each in schema]
    if isinstance(schema, dict):
        return {key: bare(each) for key, each in schema.items() if key != "logicalType"}
    return schema


@pytest.mark.parametrize(("writer", "reader", "value", "wanted"), READ.values(), ids=READ)
def test_what_is_let_pass_is_read_rightly(
    writer: Schema, reader: Schema, value: Schema, wanted: Schema
) -> None:
    assert problems(writer, reader) == []
    assert read(writer, reader, value) == wanted


@pytest.mark.parametrize(("writer", "reader", "value"), BROKEN.values(), ids=BROKEN)
def test_what_cannot_be_read_is_refused(writer: Schema, reader: Schema, value: Schema) -> None:
    assert problems(writer, reader)
    with pytest.raises(Exception, match=r".*"):
        read(writer, reader, value)


@pytest.mark.parametrize(
    ("writer", "reader", "value", "meant"), READ_WRONGLY.values(), ids=READ_WRONGLY
)
def test_what_is_read_wrongly_and_without_an_error_is_refused(
    writer: Schema, reader: Schema, value: Schema, meant: Schema
) -> None:
    assert problems(writer, reader)
    assert as_the_reader_means(writer, reader, value) != meant


@pytest.mark.parametrize(("writer", "reader", "value"), STRICTER.values(), ids=STRICTER)
def test_what_only_fastavro_would_read_is_refused(
    writer: Schema, reader: Schema, value: Schema
) -> None:
    assert problems(writer, reader)
    assert read(writer, reader, value) == value


def test_a_problem_is_said_with_the_place_it_is_in() -> None:
    writer, reader, *_ = READ_WRONGLY["the same in the items of a list"]

    assert problems(writer, reader) == [
        "/a/[]/a: logicalType timestamp-millis became timestamp-micros"
    ]


def test_what_is_no_schema_is_a_problem_and_no_crash() -> None:
    assert problems(record(INT), {"type": "record", "name": "R"})
    assert problems(record(field("nowhere")), record(INT))


def test_the_committed_schemas_are_compatible_and_a_careless_second_version_is_not() -> None:
    files = texts(folder("schemas"))
    assert incompatible(load_county().registry) == []
    second = json.loads(files["recall/v1.avsc"])
    second["fields"].append({"name": "why", "type": "string", "confluent:tags": ["HUB_NOTICE"]})
    files["recall/v2.avsc"] = json.dumps(second)
    files["ids.json"] = json.dumps(new_ids(files))

    found = incompatible(load_registry(files))

    assert len(found) == 1
    assert found[0].startswith("recall v2 cannot read v1: ")


def test_a_version_is_held_to_every_earlier_one_and_not_only_to_the_last() -> None:
    files = texts(folder("schemas"))
    first = json.loads(files["recall/v1.avsc"])
    extra = {
        "name": "why",
        "type": ["null", "string"],
        "default": None,
        "confluent:tags": ["HUB_NOTICE"],
    }
    files["recall/v2.avsc"] = json.dumps({**first, "fields": []})
    files["recall/v3.avsc"] = json.dumps({**first, "fields": [extra]})
    files["ids.json"] = json.dumps(new_ids(files))

    found = incompatible(load_registry(files))

    assert any(each.startswith("v1 cannot read recall v3") for each in found)
