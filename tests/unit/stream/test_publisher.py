"""How an event travels: on its agency's topic, under its person's key, with CloudEvents headers."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from connectors.publish import (
    DEAD_LETTERS,
    MAX_MESSAGE_BYTES,
    EventTooLarge,
    EventUnencodable,
    LogUnreachable,
    Message,
)
from hub.bootstrap.county import load_county
from hub.bootstrap.publisher import LogPublisher
from hub.model.agency import AgencyId
from hub.model.arrival import Arrival
from hub.model.dead_letter import DeadLetter, Reason, Stage
from hub.model.event import Body
from hub.stream.intake import Intake
from hub.stream.log import LogUnavailable, Record
from hub.synth.stream import smallest
from tests.made_events import FENMARCH, RECEIVED, body_of, event_of, person, victim

CODEC = load_county().codec


class Log:
    """As much of an event log as a publisher wants."""

    def __init__(self, *, is_away: bool = False) -> None:
        self.appended: list[tuple[str, list[Record]]] = []
        self._is_away = is_away

    def append(self, topic: str, records: Sequence[Record]) -> None:
        if self._is_away:
            raise LogUnavailable("away")
        self.appended.append((topic, list(records)))


def publisher(log: Log | None = None) -> LogPublisher:
    return LogPublisher(log or Log(), CODEC)  # type: ignore[arg-type]


EVENT = event_of(body_of("one", victims=[victim("N-1")], perpetrators=[person("N-2")]))
LETTER = DeadLetter(
    Stage.CONNECTOR, AgencyId(FENMARCH), Reason.BAD_VALUE, "line 7", "pole-csv", b"x", RECEIVED
)


def test_an_event_goes_to_its_agencys_topic_and_what_arrives_is_what_was_sent() -> None:
    message = publisher().event(EVENT)
    record = Record(message.key, message.value, message.headers)

    found = Intake(CODEC).read(message.topic, record)

    assert message.topic == "hub.in.fenmarch-police.safeguarding.v1"
    assert isinstance(found, Arrival)
    assert found.event == EVENT


def test_the_headers_are_what_cloudevents_requires() -> None:
    headers = dict(publisher().event(EVENT).headers)

    assert headers == {
        "ce_specversion": b"1.0",
        "ce_id": EVENT.id.encode(),
        "ce_source": b"/agency/fenmarch-police",
        "ce_type": b"uk.safeguarding-hub.incident-reported",
        "ce_time": b"2026-11-24T09:00:00+00:00",
    }


def test_the_time_of_acceptance_is_no_part_of_the_value() -> None:
    later = event_of(EVENT.body, received_at=datetime(2026, 12, 24, tzinfo=UTC))

    assert publisher().event(later).value == publisher().event(EVENT).value


KEYS = {
    "whom it is about": (EVENT.body, b"fenmarch-police:N-1"),
    "the other, where nobody was harmed": (
        body_of("one", perpetrators=[person("N-2")]),
        b"fenmarch-police:N-2",
    ),
    "somebody whose role is open": (
        body_of("one", unresolved=[victim("N-3")]),
        b"fenmarch-police:N-3",
    ),
    "itself, where nobody is in it": (body_of("one"), b"fenmarch-police:one"),
}


@pytest.mark.parametrize(("body", "key"), KEYS.values(), ids=KEYS)
def test_events_go_under_the_key_of(body: Body, key: bytes) -> None:
    assert publisher().event(event_of(body)).key == key


def test_an_event_that_does_not_fit_its_schema_is_refused_without_its_values() -> None:
    with pytest.raises(EventUnencodable, match="incident-reported") as caught:
        publisher().event(event_of({**smallest("incident-reported"), "kind": "Xyzzy"}))

    assert not isinstance(caught.value, EventTooLarge)
    assert "Xyzzy" not in str(caught.value)


def test_an_event_of_a_type_that_nobody_registered_is_refused() -> None:
    with pytest.raises(EventUnencodable, match="no schema"):
        publisher().event(event_of(EVENT.body, "tea-leaves-read"))


def test_an_event_that_is_too_large_is_refused_as_just_that() -> None:
    too_much = "x" * MAX_MESSAGE_BYTES
    just_so = "x" * (MAX_MESSAGE_BYTES - 1000)

    assert len(publisher().event(event_of(body_of("one", account=just_so))).value) > len(just_so)
    with pytest.raises(EventTooLarge):
        publisher().event(event_of(body_of("one", account=too_much)))


def test_a_dead_letter_goes_to_the_topic_of_dead_letters() -> None:
    message = publisher().dead_letter(LETTER)

    assert (message.topic, message.value) == (DEAD_LETTERS, b"x")
    assert message.key == LETTER.id.encode()
    assert dict(message.headers)["dlq_reason"] == b"bad_value"


def test_messages_are_appended_in_the_order_of_their_topic_with_one_call_for_each() -> None:
    log = Log()
    messages = [Message(topic, b"k", b"%d" % n, ()) for n, topic in enumerate("aabba")]

    publisher(log).send(messages)

    values = [(topic, [record.value for record in records]) for topic, records in log.appended]
    assert values == [("a", [b"0", b"1", b"4"]), ("b", [b"2", b"3"])]


def test_a_log_that_is_away_is_said_to_be_unreachable() -> None:
    with pytest.raises(LogUnreachable):
        publisher(Log(is_away=True)).send([publisher().event(EVENT)])
