"""From a record of the log to an event, or to the dead letter that says why not. It never raises."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.bootstrap.county import load_county
from hub.model.agency import AgencyId
from hub.model.arrival import Arrival
from hub.model.dead_letter import MAX_DETAIL, DeadLetter, Reason, Stage
from hub.model.event import Body, Value
from hub.stream.intake import Intake
from hub.stream.letters import to_record
from hub.stream.log import Headers, Record
from hub.stream.topics import CONNECTOR_LETTERS, in_topic
from tests.made_events import (
    DUNMOOR,
    FENMARCH,
    NHS,
    OCCURRED,
    RECEIVED,
    body_of,
    event_of,
    person,
    record_of,
    victim,
)

CODEC = load_county().codec
INTAKE = Intake(CODEC)
TOPIC = in_topic(AgencyId(FENMARCH))
BODY = body_of("one", victims=[victim("N-1", nhs=NHS)])
EVENT = event_of(BODY)
GOOD = replace(record_of(EVENT, CODEC), offset=7, timestamp_ms=1_700_000_000_000)


def with_header(name: str, value: bytes | None, record: Record = GOOD) -> Record:
    rest = tuple(each for each in record.headers if each[0] != name)
    return replace(record, headers=rest if value is None else (*rest, (name, value)))


def refused(record: Record, topic: str = TOPIC) -> DeadLetter:
    found = INTAKE.read(topic, record)
    assert isinstance(found, DeadLetter)
    assert found.stage is Stage.INGEST
    return found


def test_an_event_arrives_as_it_was_sent_with_its_bytes() -> None:
    found = INTAKE.read(TOPIC, GOOD)

    assert isinstance(found, Arrival)
    assert found.event == EVENT
    assert found.id == EVENT.id
    assert (found.value, found.key, found.headers) == (GOOD.value, GOOD.key, GOOD.headers)
    assert len(found.sha256) == 64


def test_a_moment_in_another_zone_is_the_same_moment() -> None:
    found = INTAKE.read(TOPIC, with_header("ce_time", b"2026-11-24T11:00:00+02:00"))

    assert isinstance(found, Arrival)
    assert found.event.received_at == RECEIVED
    assert found.event.received_at.tzinfo is UTC


def test_a_header_more_and_another_order_do_no_harm() -> None:
    headers: Headers = (("traceparent", b"\xff"), *reversed(GOOD.headers))

    assert isinstance(INTAKE.read(TOPIC, replace(GOOD, headers=headers)), Arrival)


RECALL = CODEC.encode(CODEC.registry.latest["recall"], {"disclosure_id": "x"})
VIEW = CODEC.registry.latest["incident-reported.disclosed"].id
OTHERS = record_of(event_of(body_of("one", agency=DUNMOOR)), CODEC)
OTHER_KIND = record_of(event_of(body_of("one", "risk-assessed"), "risk-assessed"), CODEC)
ZERO_ID = record_of(event_of(body_of("one", victims=[victim("N\x001")])), CODEC)
ZERO_NUMBER = record_of(event_of(body_of("one", perpetrators=[person("N-2", nhs="9\x00")])), CODEC)
assert GOOD.value

REFUSED = {
    "a null value": (replace(GOOD, value=None), Reason.DECODE),
    "an empty value": (replace(GOOD, value=b""), Reason.DECODE),
    "a value cut short": (replace(GOOD, value=GOOD.value[:-1]), Reason.DECODE),
    "a byte too many": (replace(GOOD, value=GOOD.value + b"\x00"), Reason.DECODE),
    "another magic byte": (replace(GOOD, value=b"\x01" + GOOD.value[1:]), Reason.DECODE),
    "an id that nobody gave": (
        replace(GOOD, value=b"\x00\x00\x00\x03\xe7" + GOOD.value[5:]), Reason.UNKNOWN_SCHEMA),
    "a recall, which only the hub says": (replace(GOOD, value=RECALL), Reason.UNKNOWN_SCHEMA),
    "a disclosed view, which only the hub says": (
        replace(GOOD, value=b"\x00" + VIEW.to_bytes(4, "big") + GOOD.value[5:]), Reason.UNKNOWN_SCHEMA),
    "another agency in the header": (
        with_header("ce_source", b"/agency/dunmoor-police"), Reason.WRONG_SOURCE),
    "no agency in the header": (with_header("ce_source", None), Reason.WRONG_SOURCE),
    "another agency in the event": (
        with_header("ce_source", b"/agency/fenmarch-police", OTHERS), Reason.WRONG_SOURCE),
    "another agency in both": (OTHERS, Reason.WRONG_SOURCE),
    "another type in the header": (
        with_header("ce_type", b"uk.safeguarding-hub.risk-assessed"), Reason.BAD_VALUE),
    "another type in the value": (replace(GOOD, value=OTHER_KIND.value), Reason.BAD_VALUE),
    "no type": (with_header("ce_type", None), Reason.BAD_VALUE),
    "a forged id": (with_header("ce_id", b"6b1f0c9e-7f0e-5a43-9d36-2f6a6f1f3c57"), Reason.BAD_VALUE),
    "no id": (with_header("ce_id", None), Reason.BAD_VALUE),
    "no zone in the time": (with_header("ce_time", b"2026-11-24T09:00:00"), Reason.BAD_VALUE),
    "a time that is none": (with_header("ce_time", b"yesterday"), Reason.BAD_VALUE),
    "no time": (with_header("ce_time", None), Reason.BAD_VALUE),
    "a time before all times": (with_header("ce_time", b"0001-01-01T00:00:00+14:00"), Reason.BAD_VALUE),
    "a time after all times": (with_header("ce_time", b"9999-12-31T23:59:59-14:00"), Reason.BAD_VALUE),
    "a header that is no text": (with_header("ce_source", b"\xff\xfe"), Reason.WRONG_SOURCE),
    "a zero in a local_id, which PostgreSQL cannot hold": (ZERO_ID, Reason.BAD_VALUE),
    "a zero in a number, which PostgreSQL cannot hold": (ZERO_NUMBER, Reason.BAD_VALUE),
}  # fmt: skip


@pytest.mark.parametrize(("record", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_event_of_this_agencys_becomes_a_dead_letter(
    record: Record, reason: Reason
) -> None:
    found = refused(record)

    assert found.reason is reason
    assert (found.agency, found.format) == (FENMARCH, TOPIC)
    assert (found.value, found.key, found.headers) == (
        record.value or b"",
        record.key,
        record.headers,
    )
    assert found.received_at == datetime.fromtimestamp(record.timestamp_ms / 1000, UTC)
    assert not any(word in found.detail for word in ("Example", "N-1", "6b1f0c9e"))


def test_the_same_bytes_at_another_offset_are_the_same_dead_letter() -> None:
    bad = replace(GOOD, value=b"?")

    assert refused(bad).id == refused(replace(bad, offset=8, timestamp_ms=1)).id
    assert refused(bad).id != refused(replace(bad, value=b"!")).id


@pytest.mark.parametrize(
    "topic",
    ["hub.out.fenmarch-police.safeguarding.v1", "hub.dlq.ingest", "hub.in..safeguarding.v1"],
)
def test_a_topic_that_is_no_agencys_carries_no_event(topic: str) -> None:
    nobodys = record_of(event_of(body_of("one", agency="")), CODEC)

    assert refused(GOOD, topic).reason is Reason.WRONG_SOURCE
    assert refused(nobodys, topic).reason is Reason.WRONG_SOURCE


@pytest.mark.parametrize("milliseconds", [-1, 0, -(2**63), 2**63 - 1])
def test_a_timestamp_that_is_no_time_is_no_obstacle(milliseconds: int) -> None:
    assert refused(replace(GOOD, value=None, timestamp_ms=milliseconds)).received_at.tzinfo


LETTER = DeadLetter(
    stage=Stage.CONNECTOR,
    agency=AgencyId(FENMARCH),
    reason=Reason.BAD_VALUE,
    detail="line 7, occurred_at: no such day",
    format="pole-csv",
    value=b"a,b\r\n1,\xff\r\n",
    received_at=RECEIVED,
)


def test_a_connectors_dead_letter_comes_back_as_it_went() -> None:
    assert INTAKE.read(CONNECTOR_LETTERS, to_record(LETTER)) == LETTER


def test_a_dead_letter_whose_bytes_stayed_with_the_connector_comes_back_as_it_went() -> None:
    large = replace(LETTER, value=b"", held="0" * 64, reason=Reason.TOO_LARGE)

    found = INTAKE.read(CONNECTOR_LETTERS, to_record(large))

    assert found == large
    assert isinstance(found, DeadLetter)
    assert found.id == large.id


ODD_LETTERS = {
    "another stage, which only the hub sets aside at": ("dlq_stage", b"ingest"),
    "a stage that is none": ("dlq_stage", b"nowhere"),
    "a reason that is none": ("dlq_reason", b"because"),
    "no reason": ("dlq_reason", None),
    "no zone": ("dlq_received_at", b"2026-11-24T09:00:00"),
    "no time": ("dlq_received_at", None),
    "a zero in a text, which PostgreSQL cannot hold": ("dlq_error", b"a\x00b"),
    "a zero in the agency": ("dlq_agency", b"\x00"),
}


@pytest.mark.parametrize(("name", "value"), ODD_LETTERS.values(), ids=ODD_LETTERS)
def test_what_is_no_dead_letter_of_a_connectors_is_one_of_ours(
    name: str, value: bytes | None
) -> None:
    record = with_header(name, value, replace(to_record(LETTER), timestamp_ms=0))

    found = refused(record, CONNECTOR_LETTERS)

    assert (found.reason, found.agency, found.format) == (Reason.BAD_FORMAT, "", CONNECTOR_LETTERS)
    assert found.value == LETTER.value


def test_an_event_on_the_topic_of_dead_letters_is_no_event() -> None:
    assert refused(GOOD, CONNECTOR_LETTERS).reason is Reason.BAD_FORMAT


def test_what_a_connector_says_of_an_error_is_cut_to_its_length() -> None:
    record = with_header("dlq_error", b"x" * 9999, to_record(LETTER))

    found = INTAKE.read(CONNECTOR_LETTERS, record)

    assert isinstance(found, DeadLetter)
    assert len(found.detail) == MAX_DETAIL


names = st.sampled_from(
    ["ce_id", "ce_source", "ce_type", "ce_time", "dlq_stage", "dlq_reason", "dlq_received_at", "x"]
)
values = st.binary(max_size=40) | st.sampled_from([each for _, each in GOOD.headers])
records = st.builds(
    Record,
    key=st.binary(max_size=9),
    value=st.none() | st.binary(max_size=60) | st.just(GOOD.value),
    headers=st.lists(st.tuples(names, values), max_size=6).map(tuple),
    timestamp_ms=st.integers(-(2**63), 2**63 - 1),
)


@settings(max_examples=200, deadline=None)
@given(records, st.sampled_from([TOPIC, CONNECTOR_LETTERS, "hub.dlq.ingest", "", "x"]))
def test_whatever_stands_in_the_log_becomes_an_event_or_a_dead_letter(
    record: Record, topic: str
) -> None:
    found = INTAKE.read(topic, record)

    assert isinstance(found, Arrival | DeadLetter)
    if isinstance(found, DeadLetter):
        assert found.value == (record.value or b"")


instants = st.datetimes(timezones=st.just(UTC))


@settings(max_examples=50, deadline=None)
@given(instants, st.integers(-14, 14))
def test_every_moment_that_a_connector_may_write_is_read(moment: datetime, hours: int) -> None:
    try:
        text = (moment + timedelta(hours=hours)).isoformat().replace("+00:00", f"{hours:+03}:00")
    except OverflowError:
        return

    found = INTAKE.read(TOPIC, with_header("ce_time", text.encode()))

    assert isinstance(found, Arrival)
    assert found.event.received_at == moment


def test_an_event_from_before_computers_is_taken_in() -> None:
    old: Value = datetime(1, 1, 1, tzinfo=UTC)
    body: Body = {**BODY, "occurred_at": old}

    found = INTAKE.read(TOPIC, record_of(event_of(body), CODEC))

    assert isinstance(found, Arrival)
    assert found.event.occurred_at == old != OCCURRED
