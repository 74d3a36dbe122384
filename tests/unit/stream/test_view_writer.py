"""What our writer of views writes is what fastavro would, byte for byte."""

import io
import json
from typing import Any

import fastavro
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.bootstrap.county import load_county
from hub.disclose.plan import Planner
from hub.disclose.project import DisclosureHead, project
from hub.model.enquiry import Context
from hub.model.event import EventType
from hub.stream.view_writer import ShapeUnknown, number, writer_for
from hub.synth.extremes import EVENT_TYPES, OCCURRED, fullest, smallest
from hub.synth.stream import event_bodies

COUNTY = load_county()
EVENTS = list(event_bodies(seed=11, count=60)) + [
    (k, make(k)) for k in EVENT_TYPES for make in (fullest, smallest)
]


def unaided(schema: Any, value: Any) -> bytes:
    stream = io.BytesIO()
    fastavro.schemaless_writer(stream, fastavro.parse_schema(json.loads(json.dumps(schema))), value)
    return stream.getvalue()


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(EVENTS),
    st.sampled_from(COUNTY.recipients),
    st.sampled_from(["standard", "high"]),
)
def test_a_view_is_written_as_fastavro_writes_it(
    event: tuple[str, Any], recipient: Any, risk: str
) -> None:
    kind, body = event
    context = Context(recipient.type, recipient.role, recipient.purpose, recipient.lawful_basis, risk, "given",
                      "supplied", conflict_of_interest=False, perpetrator_link=False, event_date=OCCURRED.date())  # fmt: skip
    schema = COUNTY.schemas[EventType(kind)]
    plan = Planner(COUNTY.bundle, OCCURRED.date()).plan(schema, context)
    if plan.outcome != "disclosed":
        return
    view = project(body, schema, plan, key=b"k", disclosure=DisclosureHead("i", "v", plan.id, recipient.id),
                   event_date=OCCURRED.date())  # fmt: skip
    registered = COUNTY.registry.view_of(COUNTY.registry.latest[kind])

    framed = COUNTY.codec.encode_view(registered, view)

    assert framed[5:] == unaided(registered.schema, view)


@given(st.integers(-(2**63), 2**63 - 1))
def test_whole_numbers_are_written_as_fastavro_writes_them(value: int) -> None:
    assert number(value) == unaided("long", value)


@pytest.mark.parametrize(
    "kind",
    ["bytes", ["string", "null"], ["null", "string", "int", "long"], {"type": "map", "values": "int"},
     {"type": "bytes", "logicalType": "decimal", "precision": 4, "scale": 2}],
)  # fmt: skip
def test_a_shape_that_no_view_has_is_refused(kind: Any) -> None:
    with pytest.raises(ShapeUnknown):
        writer_for({"type": "record", "name": "r", "fields": [{"name": "f", "type": kind}]})


@pytest.mark.parametrize(
    ("kind", "value"),
    [("string", 7), ("string", None), ("int", True), ("int", "7"), ("boolean", 1), ("int", 1.5),
     ({"type": "enum", "name": "e", "symbols": ["a"]}, "b"), ({"type": "array", "items": "string"}, [None])],
)  # fmt: skip
def test_a_value_of_another_type_is_refused(kind: Any, value: Any) -> None:
    write = writer_for({"type": "record", "name": "r", "fields": [{"name": "f", "type": kind}]})

    with pytest.raises((TypeError, AttributeError, KeyError)):
        write({"f": value})
