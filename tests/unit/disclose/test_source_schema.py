"""Reading an event's schema: tags follow the path, and what is not understood is refused."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from hub.disclose.schema import SchemaUnsupported, SourceSchema, sha256_of, untagged
from tests.unit.disclose.bodies import AVRO, EVENTS, SCHEMAS, Json


def made(kind: Any = "string", *tags: str, **attributes: Any) -> Json:
    """A schema with one field."""
    own = {key.replace("hub_", "hub:").replace("_", "-"): each for key, each in attributes.items()}
    field = {"name": "here", "type": kind, "confluent:tags": list(tags), **own}
    return {"type": "record", "name": "Made", "namespace": "uk.made", "fields": [field]}


INNER = {"type": "record", "name": "Inner", "fields": [{"name": "deep", "type": "string"}]}


@pytest.mark.parametrize("event", EVENTS)
def test_nothing_in_our_schemas_is_untagged(event: str) -> None:
    assert untagged(SCHEMAS[event]) == []


def test_a_leaf_has_its_own_tags_and_those_above_it() -> None:
    leaves = SCHEMAS["incident-reported"].leaves

    assert leaves["children.school"] == {
        "CHILD", "CHILD_EDUCATION", "CHILD_LOCATION", "VICTIM_LOCATION",
    }  # fmt: skip
    assert leaves["victims.names.given"] == {"VICTIM", "VICTIM_IDENTITY"}
    assert leaves["victims.safe_address.line1"] == {"VICTIM", "VICTIM_SAFE_LOCATION"}
    assert leaves["source.system"] == {"SOURCE_AGENCY", "HUB_INTERNAL"}


def test_tags_are_inherited_through_lists_and_records() -> None:
    schema = made({"type": "array", "items": INNER}, "ABOVE")

    assert SourceSchema.parse("made", schema).leaves == {"here.deep": {"ABOVE"}}


def test_a_list_of_plain_values_is_one_leaf() -> None:
    assert "criteria" in SCHEMAS["referral-made"].leaves


def test_a_type_used_again_by_name_is_read_again_under_its_new_path() -> None:
    schema = made(INNER, "FIRST")
    schema["fields"].append({"name": "again", "type": ["null", "Inner"], "confluent:tags": ["B"]})

    assert SourceSchema.parse("made", schema).leaves == {
        "here.deep": {"FIRST"},
        "again.deep": {"B"},
    }


UNTAGGED = {
    "a leaf": (made("string"), ["here"]),
    "a tagged leaf": (made("string", "A"), []),
    "a list": (made({"type": "array", "items": "string"}), ["here"]),
    "a nullable record": (made(["null", INNER]), ["here", "here.deep"]),
    "a record that is always there": (made(INNER), ["here.deep"]),
    "a leaf that only inherits": (made(INNER, "A"), ["here.deep"]),
}


@pytest.mark.parametrize(("schema", "paths"), UNTAGGED.values(), ids=UNTAGGED)
def test_what_has_no_tag_of_its_own_is_listed(schema: Json, paths: list[str]) -> None:
    assert untagged(SourceSchema.parse("made", schema)) == paths


LOOP: Json = {
    "type": "record",
    "name": "Loop",
    "fields": [
        {"name": "word", "type": "string", "confluent:tags": ["WORD"]},
        {"name": "next", "type": ["null", "Loop"], "confluent:tags": ["NEXT"]},
    ],
}
ENUM = {"type": "enum", "name": "E", "symbols": ["a", "b"]}


def test_a_record_that_holds_itself_begins_anew_once_its_tags_are_the_same() -> None:
    assert SourceSchema.parse("made", made(LOOP, "ABOVE")).leaves == {
        "here.word": {"ABOVE", "WORD"},
        "here.next.word": {"ABOVE", "NEXT", "WORD"},
        "here.next.next": {"ABOVE", "NEXT"},
    }


def test_the_types_of_a_union_have_paths_of_their_own() -> None:
    other = {**INNER, "name": "Other"}

    leaves = SourceSchema.parse("made", made(["null", "string", INNER, other], "A")).leaves

    assert leaves == {"here.string": {"A"}, "here.Inner.deep": {"A"}, "here.Other.deep": {"A"}}


def test_the_types_of_a_union_have_the_tags_of_all_that_is_above() -> None:
    told = {"name": "told", "type": [INNER, "string"], "confluent:tags": ["OWN"]}
    outer = {"type": "record", "name": "Outer", "fields": [told]}

    leaves = SourceSchema.parse("made", made(outer, "ABOVE")).leaves

    both = {"ABOVE", "OWN"}
    assert leaves == {"here.told.Inner.deep": both, "here.told.string": both}


PLAIN = {
    "a map": {"type": "map", "values": "string"},
    "a list of lists": {"type": "array", "items": {"type": "array", "items": "string"}},
    "a list of nullable items": {"type": "array", "items": ["null", "string"]},
    "a union of plain values": ["null", "string", "int"],
    "a union of one": ["string"],
    "bytes": "bytes",
    "a fixed": {"type": "fixed", "name": "F", "size": 4},
    "a decimal": {"type": "bytes", "logicalType": "decimal", "precision": 4},
    "a double": "double",
    "nanoseconds": {"type": "long", "logicalType": "timestamp-nanos"},
    "a uuid": {"type": "string", "logicalType": "uuid"},
}


@pytest.mark.parametrize("kind", PLAIN.values(), ids=PLAIN)
def test_what_holds_plain_values_alone_is_one_leaf(kind: Any) -> None:
    assert SourceSchema.parse("made", made(kind, "A")).leaves == {"here": {"A"}}


REFUSED = {
    "null alone": made("null"),
    "an unknown logical type": made({"type": "long", "logicalType": "stardate"}),
    "a union of nothing": made([]),
    "a nested union": made(["null", ["null", "string"]]),
    "a union of two numbers": made(["int", "double"]),
    "a union of two enums": made([ENUM, {**ENUM, "name": "F"}]),
    "a union of a text and a day": made(["string", {"type": "int", "logicalType": "date"}]),
    "a union of a record and a map": made([INNER, {"type": "map", "values": "int"}]),
    "a union of records of one short name": made([INNER, {**INNER, "namespace": "uk.other"}]),
    "an event within itself": made(["null", "uk.made.Made"]),
    "a type used before it is defined": made(["null", "string", "Inner", INNER]),
    "a name that is no name": made("string") | {"fields": [{"name": "a\nb", "type": "string"}]},
    "a type whose name is no name": made({**INNER, "name": "x y"}),
    "a type nobody defined": made("Nobody"),
    "a type defined twice": made(INNER) | {"fields": [*made(INNER)["fields"], {"name": "b", "type": dict(INNER)}]},
    "a top that is no record": {"type": "string"},
    "tags that are no list": made("string") | {"fields": [{"name": "a", "type": "string", "confluent:tags": "A"}]},
    "a misspelt attribute": made("string", hub_genralise="outcode"),
    "an attribute of a leaf on a list": made({"type": "array", "items": "string"}, hub_mask="fixed"),
    "an attribute of a list on a leaf": made("string", hub_length="generalise"),
    "another word for the length": made({"type": "array", "items": INNER}, hub_length="full"),
    "an unknown transform": made("string", hub_generalise="rot13"),
    "a mask that is said to generalise": made("string", hub_generalise="initial"),
    "a transform of another type": made("string", hub_generalise="age-band"),
    "a transform on a truth": made("boolean", hub_mask="fixed"),
    "a length on a list that may hold null": made({"type": "array", "items": ["null", INNER]}, hub_length="generalise"),
    "a length on a map": made({"type": "map", "values": INNER}, hub_length="generalise"),
    "a group without groups": made(ENUM, hub_generalise="group"),
    "a group that forgets a symbol": made(ENUM, hub_generalise="group", hub_groups={"a": "x"}),
    "groups without a group": made(ENUM, hub_groups={"a": "x", "b": "x"}),
    "bands out of order": made("int", hub_generalise="band", hub_bands=[3, 2]),
    "a band without bands": made("int", hub_generalise="band"),
    "a pseudonym without a domain": made("string", hub_mask="hmac"),
    "a domain without a pseudonym": made("string", hub_mask="fixed", hub_pseudonym_domain="person"),
    "an event date that is no date": made("string", hub_event_date=True),
}  # fmt: skip


@pytest.mark.parametrize("schema", REFUSED.values(), ids=REFUSED)
def test_what_the_engine_cannot_treat_it_does_not_read(schema: Json) -> None:
    with pytest.raises(SchemaUnsupported, match=r"^(here|schema|a|b|here\.next): "):
        SourceSchema.parse("made", schema)


def test_the_event_date_stands_at_the_top() -> None:
    inner = copy.deepcopy(INNER)
    inner["fields"][0] = {  # type: ignore[index]
        "name": "deep", "type": {"type": "int", "logicalType": "date"}, "hub:event-date": True,
    }  # fmt: skip

    with pytest.raises(SchemaUnsupported):
        SourceSchema.parse("made", made(inner))
    assert SCHEMAS["incident-reported"].event_date.path == "occurred_at"  # type: ignore[union-attr]


CHANGES: dict[str, Callable[[Json], object]] = {
    "a tag": lambda schema: schema["fields"][0]["confluent:tags"].append("NEW"),
    "a transform": lambda schema: schema["fields"][1].pop("hub:generalise"),
    "a name": lambda schema: schema.update(name="Other"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_that_avros_fingerprint_may_not_see_gives_another_hash(
    change: Callable[[Json], object],
) -> None:
    changed = copy.deepcopy(AVRO["incident-reported"])

    change(changed)

    assert sha256_of(changed) != SCHEMAS["incident-reported"].sha256


def test_the_order_of_keys_gives_the_same_hash() -> None:
    schema = AVRO["recall"]

    assert sha256_of(dict(reversed(schema.items()))) == sha256_of(schema)
