"""What an agency took back counts no more: its own records, in the versions that it named."""

from datetime import timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from hub.assess.notices import taken_back
from hub.model.event import Event, Value
from tests.made_events import AMBER, FENMARCH, RECEIVED, body_of, event_of


def record(key: str, version: str = "1", agency: str = FENMARCH) -> Event:
    return event_of(body_of(key, agency=agency, version=version))


def named(key: str, version: str | None = None) -> Value:
    return {"system": "rms", "key": key, "version": version}


def notice(key: str, agency: str = FENMARCH, day: int = 1, **fields: Value) -> Event:
    kind = "record-retracted" if "retracts" in fields else "record-corrected"
    received_at = RECEIVED + timedelta(days=day)
    return event_of(body_of(key, kind, agency=agency, **fields), kind, received_at)


def test_a_retraction_takes_every_version_back_or_the_one_that_it_names() -> None:
    one, two, other = record("A"), record("A", "2"), record("B")

    assert taken_back([one, two, other, notice("N", retracts=named("A"))]) == {one.id, two.id}
    assert taken_back([one, two, other, notice("N", retracts=named("A", "2"))]) == {two.id}


def test_nobody_takes_another_agencys_record_back() -> None:
    one, theirs = record("A"), record("A", agency=AMBER)

    assert taken_back([one, theirs, notice("N", AMBER, retracts=named("A"))]) == {theirs.id}


def test_a_correction_leaves_what_stands_in_its_place() -> None:
    one, two = record("A"), record("A", "2")

    assert taken_back([one, two, notice("N", corrects=named("A"), by=named("A", "2"))]) == {one.id}
    assert taken_back([one, two, notice("N", corrects=named("A"), by=None)]) == {one.id, two.id}


def test_a_retraction_may_be_taken_back_by_a_later_one() -> None:
    one = record("A")
    first = notice("N", retracts=named("A"))
    second = notice("M", day=2, retracts=named("N"))
    third = notice("L", day=3, retracts=named("M"))

    assert taken_back([one, first]) == {one.id}
    assert taken_back([one, first, second]) == {first.id}
    assert taken_back([one, first, second, third]) == {one.id, second.id}


def test_two_notices_that_take_each_other_back_leave_the_later_one() -> None:
    first = notice("N", retracts=named("M"))
    second = notice("M", day=2, retracts=named("N"))

    assert taken_back([first, second]) == {first.id}


def test_a_notice_is_not_undone_by_one_that_was_given_before_it() -> None:
    one = record("A")
    first = notice("N", retracts=named("M"))
    second = notice("M", day=2, retracts=named("A"))

    assert taken_back([one, first, second]) == {one.id}


keys = st.sampled_from("ABCN")
events = st.one_of(
    st.builds(record, keys, st.sampled_from("12")),
    st.builds(
        lambda key, what, day: notice(f"N{key}", day=day, retracts=named(what)),
        keys,
        st.sampled_from(["A", "B", "NA", "NB", "NN"]),
        st.integers(0, 3),
    ),
)


@given(
    st.lists(events, max_size=7, unique_by=lambda each: each.id), st.randoms(use_true_random=False)
)
def test_no_order_shows(told: list[Event], chance: Random) -> None:
    assert taken_back(chance.sample(told, len(told))) == taken_back(told)
