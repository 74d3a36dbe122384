"""Lists, maps and unions that a plan shuts: no length, key or branch shows, at whatever depth.

What is in them may be permitted at a lower level than they need themselves: then it is the gate alone
that holds it back.
"""

from typing import Any

import pytest

from hub.disclose.plan import Plan, Planner
from hub.disclose.project import DisclosureHead, project
from hub.disclose.schema import SourceSchema
from hub.model.level import Level
from tests.unit.disclose.bodies import EVENT_DATE, KEY, TODAY, Json, context
from tests.unit.disclose.made import giving

EVENT = "incident-reported"
HEAD = DisclosureHead("d", "v", "p", "r")
WORD: Json = {
    "name": "word", "type": ["null", "string"], "confluent:tags": ["VICTIM"], "hub:mask": "initial",
}  # fmt: skip


def record(name: str, *fields: Json) -> Json:
    return {"type": "record", "name": name, "fields": [WORD, *fields]}


def holding(kind: Any) -> SourceSchema:
    """A schema with one field of this type, of the same class as what is in it, and one that is always given."""
    here = {"name": "here", "type": kind, "confluent:tags": ["VICTIM"]}
    given = {"name": "given", "type": "string", "confluent:tags": ["RISK"]}
    return SourceSchema.parse(EVENT, {"type": "record", "name": "Made", "fields": [given, here]})


def planned(schema: SourceSchema, victim: Level) -> Plan:
    return Planner(giving({"RISK": Level.FULL, "VICTIM": victim}), TODAY).plan(schema, context())


def shown(schema: SourceSchema, victim: Level, value: Any) -> Any:
    plan, body = planned(schema, victim), {"given": "g", "here": value}
    return project(body, schema, plan, key=KEY, disclosure=HEAD, event_date=EVENT_DATE)["here"]


INNER, OTHER = record("Inner"), record("Other")
GATES: dict[str, tuple[Any, Any]] = {
    "a list": ({"type": "array", "items": INNER}, [{"word": "w"}]),
    "a map": ({"type": "map", "values": INNER}, {"her name": {"word": "w"}}),
    "a union": (["null", INNER, OTHER], ("Other", {"word": "w"})),
}


@pytest.mark.parametrize(("kind", "value"), GATES.values(), ids=GATES)
@pytest.mark.parametrize("level", [Level.WITHHOLD, Level.MASK, Level.GENERALISE])
def test_a_gate_below_full_is_null_though_what_is_in_it_may_be_masked(
    kind: Any, value: Any, level: Level
) -> None:
    schema = holding(kind)

    assert shown(schema, level, value) is None
    assert shown(schema, Level.FULL, value) is not None


AGAIN: dict[str, tuple[Any, Any]] = {
    "a list": ({"type": "array", "items": "Loop"}, [{"word": "w"}]),
    "a map": ({"type": "map", "values": "Loop"}, {"her name": {"word": "w"}}),
    "a union": (["null", "Loop", OTHER], ("Loop", {"word": "w"})),
}


@pytest.mark.parametrize(("kind", "value"), AGAIN.values(), ids=AGAIN)
def test_a_record_does_not_begin_anew_behind_a_shut_gate(kind: Any, value: Any) -> None:
    """The record outside the gate is masked, and so would be the one inside: but not how many there are."""
    more = {"name": "more", "type": kind, "confluent:tags": ["VICTIM"]}
    schema = holding(record("Loop", more))
    body = {"word": "w", "more": value}

    masked = shown(schema, Level.MASK, body)

    assert masked == {"word": {"method": "initial", "value": "W"}, "more": None}
    assert shown(schema, Level.MASK, {"word": "w", "more": None}) == masked
    assert shown(schema, Level.FULL, body)["more"] is not None


def test_a_record_that_begins_anew_is_null_if_nothing_is_left_of_it() -> None:
    more = {"name": "more", "type": ["null", "Loop"], "confluent:tags": ["VICTIM"]}
    schema = holding(record("Loop", more))

    full = {"word": "w", "more": {"word": None, "more": None}}

    assert shown(schema, Level.FULL, full) == {"word": "w", "more": None}
