"""Whatever bytes come, decoding gives a body or says that they are none. It raises nothing else."""

import json
import tracemalloc

import pytest
from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from hub.bootstrap.county import load_county
from hub.model.event import Body
from hub.stream.codec import FRAME_BYTES, Codec, Undecodable, Unencodable, UnknownSchema
from hub.stream.registry import Registry, load_registry, new_ids
from hub.synth.extremes import EVENT_TYPES, fullest, smallest
from tests.unit.disclose.bodies import bodies

REGISTRY: Registry = load_county().registry
CODEC = Codec(REGISTRY)
EVENTS = EVENT_TYPES
MEMORY = 8 << 20
"""Far more than a message of some kilobytes may ask for, far less than one that lies could."""


def framed(kind: str, body: Body) -> bytes:
    return CODEC.encode(REGISTRY.latest[kind], body)


FULL = framed("incident-reported", fullest("incident-reported"))
RECALL = CODEC.encode(REGISTRY.latest["recall"], {"disclosure_id": "x"})


@pytest.mark.parametrize("kind", EVENTS)
@pytest.mark.parametrize("make", [fullest, smallest])
def test_an_event_comes_back_as_it_went(kind: str, make: object) -> None:
    assert callable(make)
    body = make(kind)

    value = framed(kind, body)

    assert CODEC.decode(value) == body
    assert CODEC.schema_of(value) == REGISTRY.latest[kind]


@settings(max_examples=12, deadline=None)
@given(st.sampled_from(EVENTS).flatmap(lambda kind: st.tuples(st.just(kind), bodies(kind))))
def test_any_event_comes_back_as_it_went(drawn: tuple[str, Body]) -> None:
    kind, body = drawn

    assert CODEC.decode(framed(kind, body)) == body


def test_the_frame_is_confluents() -> None:
    number = REGISTRY.latest["recall"].id

    assert b"\x00" + number.to_bytes(4, "big") + b"\x02x" == RECALL


ODD = {
    "empty": (b"", Undecodable),
    "a frame cut short": (RECALL[:4], Undecodable),
    "a frame and nothing else": (RECALL[:FRAME_BYTES], Undecodable),
    "another magic byte": (b"\x01" + RECALL[1:], Undecodable),
    "no frame": (RECALL[FRAME_BYTES:], Undecodable),
    "JSON": (json.dumps({"disclosure_id": "x"}).encode(), Undecodable),
    "one byte more": (RECALL + b"\x00", Undecodable),
    "twice the same": (RECALL + RECALL, Undecodable),
    "no text": (RECALL[:FRAME_BYTES] + b"\x02\xff", Undecodable),
    "a text of two exabytes": (RECALL[:FRAME_BYTES] + b"\xfe\xff\xff\xff\xff\xff\xff\xff\x3fx", Undecodable),
    "a text of less than nothing": (RECALL[:FRAME_BYTES] + b"\x01x", Undecodable),
    "a length without an end": (RECALL[:FRAME_BYTES] + b"\xff" * 40, Undecodable),
    "an id that nobody gave": (b"\x00" + (999).to_bytes(4, "big") + b"\x02x", UnknownSchema),
    "the id 0": (b"\x00\x00\x00\x00\x00\x02x", UnknownSchema),
    "the highest id": (b"\x00\xff\xff\xff\xff\x02x", UnknownSchema),
}  # fmt: skip


@pytest.mark.parametrize(("value", "error"), ODD.values(), ids=ODD)
def test_what_is_no_message_is_said_to_be_none(value: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        CODEC.decode(value)


def test_a_message_cut_anywhere_is_none() -> None:
    for length in (*range(200), *range(200, len(FULL), 11)):
        with pytest.raises(Undecodable):
            CODEC.decode(FULL[:length])


def test_a_message_of_another_schema_is_none() -> None:
    other = REGISTRY.latest["referral-made"].id
    value = b"\x00" + other.to_bytes(4, "big") + FULL[FRAME_BYTES:]

    with pytest.raises(Undecodable):
        CODEC.decode(value)


edits = st.lists(
    st.tuples(
        st.sampled_from(["set", "set", "flip", "insert", "remove", "cut"]),
        st.integers(0, len(FULL) - 1),
        st.one_of(st.sampled_from([0, 1, 0x7F, 0x80, 0xFF]), st.integers(0, 255)),
        st.integers(1, 9),
    ),
    min_size=1,
    max_size=4,
)


def edited(value: bytes, changes: list[tuple[str, int, int, int]]) -> bytes:
    data = bytearray(value)
    for change, place, byte, count in changes:
        at = min(place, len(data))
        match change:
            case "set":
                data[at : at + count] = bytes([byte]) * count
            case "flip" if at < len(data):
                data[at] ^= 1 << (byte % 8)
            case "insert":
                data[at:at] = bytes([byte]) * count
            case "remove":
                del data[at : at + count]
            case "cut":
                del data[at:]
            case _:
                pass
    return bytes(data)


@settings(max_examples=400, deadline=None)
@given(edits)
@example([("set", FRAME_BYTES, 0xFF, 9)])
def test_a_damaged_message_is_decoded_or_refused_and_asks_for_no_memory(
    changes: list[tuple[str, int, int, int]],
) -> None:
    value = edited(FULL, changes)
    tracemalloc.start()

    try:
        CODEC.decode(value)
        event("decoded")
    except Undecodable as error:
        event("undecodable")
        assert error.__suppress_context__ or error.__context__ is None, "its text may hold data"
    except UnknownSchema:
        event("unknown schema")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < MEMORY


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200), st.sampled_from(sorted(REGISTRY.by_id)))
def test_random_bytes_behind_a_good_frame(data: bytes, number: int) -> None:
    try:
        CODEC.decode(b"\x00" + number.to_bytes(4, "big") + data)
    except Undecodable:
        return


def with_array(items: str) -> Codec:
    schema = {"type": "record", "name": "R", "fields": [
        {"name": "many", "type": {"type": "array", "items": items}, "confluent:tags": ["HUB_NOTICE"]}]}  # fmt: skip
    files = {"recall/v1.avsc": json.dumps(schema)}
    return Codec(load_registry({**files, "ids.json": json.dumps(new_ids(files))}))


@pytest.mark.parametrize(
    "count", [b"\x80\x80\x80\x80\x80\x80\x80\x80\x40", b"\xff\xff\xff\xff\xff\xff\xff\xff\x7f"]
)
def test_an_array_that_claims_to_be_endless_is_refused(count: bytes) -> None:
    with pytest.raises(Undecodable):
        with_array("string").decode(b"\x00\x00\x00\x00\x01" + count)


def test_what_does_not_fit_its_schema_is_not_encoded_and_the_error_names_no_value() -> None:
    body = {**smallest("incident-reported"), "kind": "Xyzzy"}

    with pytest.raises(Unencodable) as caught:
        framed("incident-reported", body)

    assert "Xyzzy" not in str(caught.value)
    assert caught.value.__suppress_context__
