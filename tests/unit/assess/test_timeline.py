"""What cases and criteria look at in an event: whom it is about, on which day, in which record."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from hub.assess.timeline import Telling, day_of, record_of, telling_of
from hub.model.event import EventType
from hub.model.person import PersonId
from tests.made_events import OCCURRED, RECEIVED, body_of, event_of

ANN, BOB, CAL = (PersonId(name) for name in ("ann", "bob", "cal"))

DAYS = {
    "summer, half past eleven in UTC": (datetime(2026, 7, 1, 23, 30, tzinfo=UTC), date(2026, 7, 2)),
    "winter, half past eleven in UTC": (datetime(2026, 1, 1, 23, 30, tzinfo=UTC), date(2026, 1, 1)),
    "the night the clocks go forward": (
        datetime(2026, 3, 29, 23, 0, tzinfo=UTC),
        date(2026, 3, 30),
    ),
    "told from elsewhere": (
        datetime(2026, 1, 2, 1, 0, tzinfo=timezone(timedelta(hours=5))),
        date(2026, 1, 1),
    ),
}


@pytest.mark.parametrize(("instant", "day"), DAYS.values(), ids=DAYS)
def test_a_day_is_a_day_in_london(instant: datetime, day: date) -> None:
    assert day_of(instant) == day


def told(*people: tuple[str, PersonId], type_: str = "incident-reported") -> Telling | None:
    return telling_of(event_of(body_of("K1", type_), type_), people)


def test_a_telling_has_what_the_event_says() -> None:
    telling = told(("victims", ANN), ("perpetrators", BOB), ("children", CAL))

    assert telling is not None
    assert (telling.victims, telling.perpetrators) == ({ANN}, {BOB})
    assert telling.record == record_of("rms", "K1")
    assert telling.agency == "fenmarch-police"
    assert telling.occurred_on == telling.reported_on == day_of(OCCURRED)
    assert telling.received_on == day_of(RECEIVED)
    assert telling.facts.kind == "other"


def test_whoever_is_in_dispute_stands_in_where_no_victim_is_named() -> None:
    disputed = told(("unresolved", ANN), ("unresolved", BOB))
    named = told(("victims", ANN), ("unresolved", BOB))

    assert disputed is not None
    assert named is not None
    assert disputed.victims == {ANN, BOB}
    assert named.victims == {ANN}


@pytest.mark.parametrize("type_", ["identity-changed", "record-corrected", "record-retracted"])
def test_what_speaks_of_records_tells_nothing_of_people(type_: str) -> None:
    assert telling_of(event_of(body_of("K1"), type_), [("victims", ANN)]) is None


def test_two_versions_of_a_record_are_one_record() -> None:
    first, second = (event_of(body_of("K1", version=version)) for version in "12")

    assert first.id != second.id
    one, other = (telling_of(each, []) for each in (first, second))
    assert one is not None
    assert other is not None
    assert one.record == other.record


def test_what_is_dated_after_it_came_happened_when_it_came() -> None:
    telling = told(("victims", ANN))

    assert telling is not None
    assert telling.on == telling.occurred_on
    late = event_of(body_of("K1"), EventType("incident-reported"), OCCURRED - timedelta(days=9))
    slipped = telling_of(late, [])
    assert slipped is not None
    assert slipped.on == slipped.received_on < slipped.occurred_on
