"""The disclosed view's schema: every field may be null, and policy cannot change it."""

import copy
import json
from typing import Any

import fastavro
import pytest

from hub.disclose.schema import SchemaUnsupported
from hub.disclose.view import OBSCURED, disclosed_schema
from tests.unit.disclose.bodies import AVRO, EVENTS, Json

VIEW = disclosed_schema(AVRO["incident-reported"])
DATE = {"type": "int", "logicalType": "date"}
TIME = {"type": "long", "logicalType": "timestamp-millis"}


def at(*path: str) -> Any:
    """The type of a field, by path."""
    kind: Any = VIEW
    for name in path:
        while not (isinstance(kind, dict) and "fields" in kind):
            kind = kind[1] if isinstance(kind, list) else kind["items"]
        kind = next(field["type"] for field in kind["fields"] if field["name"] == name)
    return kind


@pytest.mark.parametrize("event", EVENTS)
def test_it_is_a_schema(event: str) -> None:
    parsed = fastavro.parse_schema(disclosed_schema(AVRO[event]))

    assert parsed["name"].startswith("uk.safeguarding_hub.disclosed.")  # type: ignore[call-overload,index,union-attr]


def test_it_opens_with_what_disclosure_it_is() -> None:
    first = VIEW["fields"][0]  # type: ignore[index]

    assert first["name"] == "_disclosure"
    assert [(field["name"], field["type"]) for field in first["type"]["fields"]] == [
        ("disclosure_id", "string"), ("policy_version", "string"), ("plan_id", "string"), ("recipient", "string"),
    ]  # fmt: skip


SHAPES = {
    ("account",): ["null", "string", OBSCURED],
    ("reported_at",): ["null", TIME, OBSCURED],
    ("victims", "born"): ["null", DATE, OBSCURED],
    ("victims", "identifiers", "verified"): ["null", "boolean"],
    ("children_present",): ["null", "uk.safeguarding_hub.disclosed.YesNo", OBSCURED],
    ("perpetrators", "gender"): ["null", "uk.safeguarding_hub.disclosed.Gender", OBSCURED],
}


@pytest.mark.parametrize(("path", "shape"), SHAPES.items())
def test_a_leaf_may_be_null_and_obscured_where_something_can_obscure_it(
    path: tuple[str, ...], shape: object
) -> None:
    assert at(*path) == shape


def test_records_and_lists_may_be_null_but_not_the_items_of_a_list() -> None:
    assert at("place")[0] == "null"
    assert at("place")[1]["name"] == "uk.safeguarding_hub.disclosed.IncidentPlace"
    assert at("victims")[0] == "null"
    assert at("victims")[1]["type"] == "array"
    assert at("victims")[1]["items"]["name"] == "uk.safeguarding_hub.disclosed.Victim"


def test_a_list_of_plain_values_keeps_them_bare() -> None:
    view = disclosed_schema(AVRO["referral-made"])
    criteria = next(field for field in view["fields"] if field["name"] == "criteria")  # type: ignore[attr-defined]

    assert criteria["type"][1]["items"]["type"] == "enum"


def test_every_field_but_the_head_is_null_by_default() -> None:
    def check(kind: Any) -> int:
        if isinstance(kind, list):
            return sum(check(each) for each in kind)
        if not isinstance(kind, dict):
            return 0
        fields = [each for each in kind.get("fields", ()) if each["name"] not in heads]
        assert all(each["default"] is None and each["type"][0] == "null" for each in fields)
        return len(fields) + sum(check(each["type"]) for each in fields) + check(kind.get("items"))

    heads = {"_disclosure", "method", "value"}

    assert check(VIEW) > 100


def without_policy(schema: Json) -> Json:
    text = json.dumps(schema)
    loaded: Json = json.loads(text, object_hook=lambda each: {
        key: value for key, value in each.items()
        if not key.startswith(("hub:", "confluent:"))
    })  # fmt: skip
    return loaded


@pytest.mark.parametrize("event", EVENTS)
def test_tags_and_transforms_leave_no_trace_in_it(event: str) -> None:
    assert disclosed_schema(without_policy(AVRO[event])) == disclosed_schema(AVRO[event])
    assert "tags" not in json.dumps(disclosed_schema(AVRO[event]))


def test_types_of_another_namespace_stay_apart() -> None:
    schema = {
        "type": "record",
        "name": "Made",
        "namespace": "uk.made",
        "fields": [
            {"name": "a", "type": {"type": "enum", "name": "uk.other.Kind", "symbols": ["x"]}},
            {"name": "b", "type": {"type": "enum", "name": "Kind", "symbols": ["y"]}},
            {"name": "c", "type": "uk.other.Kind"},
        ],
    }

    view = disclosed_schema(schema)

    kinds = [field["type"][1] for field in view["fields"][1:]]  # type: ignore[index]
    assert [kind if isinstance(kind, str) else kind["name"] for kind in kinds] == [
        "uk.other.disclosed.Kind", "uk.made.disclosed.Kind", "uk.other.disclosed.Kind",
    ]  # fmt: skip
    fastavro.parse_schema(view)


def test_an_event_cannot_bring_a_type_named_as_the_views_own() -> None:
    schema = copy.deepcopy(AVRO["recall"])
    schema["fields"].append(
        {"name": "x", "type": {"type": "enum", "name": "Obscured", "symbols": ["a"]}}
    )

    with pytest.raises(SchemaUnsupported):
        disclosed_schema(schema)
