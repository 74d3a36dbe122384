"""Shapes that schemas made at random come to only now and then, each by hand and on both paths."""

from typing import Any

import pytest

from hub.model.level import Level
from tests.unit.disclose.bodies import Json
from tests.unit.stream.test_every_shape import TAGS, Both

FULL = dict.fromkeys(TAGS, Level.FULL)


def field(name: str, kind: Any, tag: str = "RISK", **how: str) -> Json:
    return {"name": name, "type": kind, "confluent:tags": [tag], **how}


def record(name: str, *fields: Json) -> Json:
    return {"type": "record", "name": name, "fields": list(fields)}


def event(kind: Any, **how: str) -> Both:
    """An event with one field of this type, and one that is always given."""
    given = field("given", "string", "ALLEGATION")
    return Both(record("Made", given, field("here", kind, **how)))


def read(both: Both, value: Any, levels: dict[str, Level]) -> Any:
    """What a recipient reads in the field, once both paths have written the same."""
    plan, body = both.plan(levels), {"given": "g", "here": value}
    sent, failed = both.written(plan, body)
    assert both.written(plan, body, both.readable) == (sent, failed)
    view: Any = both.quick.decode(sent)
    return view["here"]


WORD = field("word", ["null", "string"])
ONE = record("One", WORD)
W: Json = {"word": "w"}


def lists(of: Any) -> Json:
    return {"type": "array", "items": of}


def maps(of: Any) -> Json:
    return {"type": "map", "values": of}


FULL_OF: dict[str, tuple[Any, Any]] = {
    "lists in a list": (lists(lists(ONE)), [[W], [], [W, W]]),
    "lists in a list that may be null": (lists(["null", lists(ONE)]), [[W], None, []]),
    "maps in a list": (lists(maps(ONE)), [{"a": W}, {}]),
    "maps in a map that may be null": (maps(["null", maps(ONE)]), {"a": {"b": W}, "c": None}),
    "records in a list that may be null": (lists(["null", ONE]), [W, None]),
    "a list in a union": (["null", ONE, lists(record("Other", WORD))], [W]),
    "a list that is null": (["null", lists(ONE)], None),
    "a list that is empty": (["null", lists(ONE)], []),
    "a map that is null": (["null", maps(ONE)], None),
    "a map that is empty": (["null", maps(ONE)], {}),
}


@pytest.mark.parametrize(("kind", "value"), FULL_OF.values(), ids=FULL_OF)
def test_what_is_given_in_full_is_read_as_it_was(kind: Any, value: Any) -> None:
    assert read(event(kind), value, FULL) == value


def test_a_value_that_may_be_generalised_or_masked_is_given_as_the_level_says() -> None:
    both = event("string", **{"hub:generalise": "outcode", "hub:mask": "initial"})

    given = {
        level: read(both, "ZA1 2BC", FULL | {"RISK": level})
        for level in (Level.WITHHOLD, Level.MASK, Level.GENERALISE, Level.FULL)
    }

    assert list(given.values()) == [
        None,
        {"method": "initial", "value": "Z"},
        {"method": "outcode", "value": "ZA1"},
        "ZA1 2BC",
    ]


def test_what_cannot_be_treated_is_null_and_counted_alike() -> None:
    both = event("string", **{"hub:generalise": "outcode"})
    plan = both.plan(FULL | {"RISK": Level.GENERALISE})

    sent, failed = both.written(plan, {"given": "g", "here": "no such place"})

    assert failed == {"outcode": 1}
    assert both.quick.decode(sent)["here"] is None  # type: ignore[index]
    assert b"such place" not in sent


def test_a_record_whose_only_given_field_is_null_is_null() -> None:
    both = event(["null", ONE])

    assert read(both, {"word": None}, FULL) is None
    assert read(both, W, FULL) == W


def test_what_is_withheld_between_and_behind_what_is_given_is_null() -> None:
    secrets = [field(f"secret_{turn}", "string", "CHILD") for turn in range(4)]
    both = event(record("One", secrets[0], WORD, secrets[1], secrets[2], {**WORD, "name": "last"}, secrets[3]))  # fmt: skip
    value = {each["name"]: "s" for each in secrets} | {"word": "w", "last": "l"}

    found = read(both, value, FULL | {"CHILD": Level.WITHHOLD})

    assert found == dict.fromkeys(value) | {"word": "w", "last": "l"}
