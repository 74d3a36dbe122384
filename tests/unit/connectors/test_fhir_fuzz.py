"""Whatever is in a file, reading goes on: messages that look real, broken in every way that can be drawn."""

import copy
import json
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.connector import Reading, SourceUnusable
from hub.bootstrap.county import load_county
from hub.model.dead_letter import MAX_DETAIL, Reason
from hub.stream.codec import Codec
from tests.unit.connectors.exports import RECEIVED_AT
from tests.unit.connectors.messages import (
    FIXTURES,
    MESSAGES,
    VICTIM,
    encoded,
    flag,
    message,
    observation,
    people_in,
    related,
    relation,
    standing,
)

CANARY = "Qxzvw"
FULL = message(
    flag(VICTIM),
    observation("abuse-disclosed", valueBoolean=True),
    related(relation("CHILD"), birthDate="2020-01"),
    related(relation("HUSB"), standing("said-to-have-harmed")),
    patient={
        "telecom": [{"system": "phone", "value": "01632 960001"}],
        "address": [{"use": "temp", "line": ["1 Row"], "postalCode": "ZF1 1AB"}],
        "communication": [{"language": {"text": "Polish"}}],
    },
)
BASES = [FULL, *(json.loads(each.read_bytes()) for each in sorted(FIXTURES.glob("*.json")))]
TEXTS = st.sampled_from(
    [
        CANARY,
        "",
        " ",
        "urn:uuid:patient",
        "#",
        "#x",
        "/",
        "1990",
        "9999-12-31T23:59:59-14:00",
        "0001-01-01",
        "2025-02-30",
        "\ud800",
        "\x00\x1f",
        "entered-in-error",
        "active",
        "-1",
        "٣",
        "x" * 3000,
    ]
)
LEAVES = (
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats(allow_nan=False) | TEXTS
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "reference",
                    "system",
                    "code",
                    "coding",
                    "value",
                    "identifier",
                    "item",
                    "contained",
                ]
            )
            | TEXTS,
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)


@cache
def codec() -> Codec:
    return load_county().codec


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for key, each in items:
        yield (*path, key)
        yield from places(each, (*path, key))


def change(content: Any, path: tuple[Any, ...], how: str, value: Any) -> None:
    holder = content
    for key in path[:-1]:
        holder = holder[key]
    if how == "drop":
        del holder[path[-1]]
    elif how == "double" and isinstance(holder, list):
        holder.append(copy.deepcopy(holder[path[-1]]))
    elif how == "wrap":
        holder[path[-1]] = [holder[path[-1]], value]
    else:
        holder[path[-1]] = value


@st.composite
def broken(draw: st.DrawFn) -> Any:
    content = copy.deepcopy(draw(st.sampled_from(BASES)))
    for _ in range(draw(st.integers(1, 4))):
        path = draw(st.sampled_from(list(places(content)) or [("resourceType",)]))
        how = draw(st.sampled_from(["drop", "double", "wrap", "set"]))
        change(content, path, how, draw(VALUES))
    return content


def check(found: Reading) -> None:
    """Hold a reading to what every reading promises, down to the bytes on the log."""
    if found.unreadable:
        assert found.events == ()
        assert found.unreadable.reason is not Reason.HANDLER_BUG, found.unreadable.detail
        assert len(found.unreadable.detail) <= MAX_DETAIL
        assert CANARY not in found.unreadable.detail
    assert CANARY not in str(found.warnings)
    for event in found.events:
        registered = codec().registry.latest[event.type]
        again = codec().decode(codec().encode(registered, event.body))
        assert again["source"] == event.body["source"]


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(broken())
def test_a_broken_message_is_an_event_or_a_dead_letter_and_never_an_accident(content: Any) -> None:
    try:
        found = list(MESSAGES.read_bytes(encoded(content), RECEIVED_AT))
    except SourceUnusable:
        return

    assert len(found) == 1 or content.get("type") == "collection"
    for reading in found:
        check(reading)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from([encoded(each) for each in BASES]),
    st.lists(st.tuples(st.integers(0, 5000), st.binary(max_size=3)), min_size=1, max_size=5),
)
def test_broken_bytes_cost_a_message_at_most(data: bytes, cuts: list[tuple[int, bytes]]) -> None:
    for at, put in cuts:
        data = data[: at % len(data)] + put + data[(at + 1) % len(data) :]
        data = data or b"{"
    whole = encoded(FULL)

    with suppress(SourceUnusable):
        for reading in MESSAGES.read_bytes(data, RECEIVED_AT):
            check(reading)
    found = list(MESSAGES.read_bytes(whole + b"\n" + whole, RECEIVED_AT))

    assert [len(each.events) for each in found] == [1, 1]


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_no_text_makes_anybody_a_perpetrator(data: st.DataObject) -> None:
    """Words may be anything: only a code of the trust's list accuses."""
    content = message(flag("766561000000109"), related(relation("HUSB")))
    accusing = st.sampled_from(
        ["perpetrator", "said-to-have-harmed", "domestic-abuse-harmer", "He beat her", "abuser"]
    )
    wordy = {"text": data.draw(accusing), "coding": [{"display": data.draw(accusing)}]}
    for entry in content["entry"]:
        for name in ("code", "relationship", "reasonCode", "note", "category"):
            if data.draw(st.booleans()):
                entry["resource"][name] = [wordy, {"text": data.draw(accusing)}]

    (reading,) = MESSAGES.read_bytes(encoded(content), RECEIVED_AT)

    for event in reading.events:
        assert "perpetrators" not in people_in(event.body)
