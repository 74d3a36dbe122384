"""The rule by which the truth expects criteria, on stories of a few lines."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from hub.synth.expected_cases import expected_cases, known_on
from hub.synth.expected_criteria import ExpectedCriterion, expected_criteria
from hub.synth.told import Telling

HER, HIM, OTHER = 1, 2, 3
END = date(2026, 11, 18)


def told(
    key: str, happened: str, came: str, *, kind: str = "incident-reported", **more: Any
) -> Telling:
    """Tell one thing; days are written as MM-DD of 2026, or whole."""
    said: dict[str, Any] = {
        "agency": "fenmarch-police",
        "version": 1,
        "file": "-",
        "victim": HER,
        "perpetrators": (HIM,),
        "incident": None,
        "tells_abuse": kind not in ("risk-assessed", "case-heard"),
        **more,
    }
    return Telling(
        key=key,
        event_type=kind,
        occurred_at=at(happened, 20),
        received_at=at(came, 5),
        **said,
    )


def at(day: str, hour: int) -> datetime:
    whole = date.fromisoformat(day if len(day) > 5 else f"2026-{day}")
    return datetime.combine(whole, time(hour, tzinfo=UTC))


def refer(key: str, happened: str, referred: str, came: str, **more: Any) -> Telling:
    day = date.fromisoformat(f"2026-{referred}")
    return told(key, happened, came, kind="referral-made", referred_on=day, **more)


def found(
    *story: Telling, as_of: date = END
) -> dict[tuple[str, str | None], tuple[str, str | None]]:
    """Give since when each criterion stands, and when it lapsed, of the only case there is."""
    return {
        each.code: (
            f"{each.since:%m-%d}",
            None if each.lapsed_on is None else f"{each.lapsed_on:%m-%d}",
        )
        for each in criteria(*story, as_of=as_of)
    }


def criteria(*story: Telling, as_of: date = END) -> list[ExpectedCriterion]:
    return expected_criteria(known_on(story, as_of))


ESCALATION, REPEAT = ("escalation", None), ("repeat", "last_referral")
THREE = (told("A", "03-01", "04-01"), told("B", "04-10", "05-01"), told("C", "05-20", "06-01"))


def test_three_incidents_escalate_on_the_day_on_which_the_third_is_received() -> None:
    assert found(*THREE) == {ESCALATION: ("06-01", None)}
    assert found(*THREE[:2]) == {}
    assert found(*THREE, as_of=date(2026, 5, 31)) == {}


@pytest.mark.parametrize(
    "change",
    [
        {"perpetrators": ()},
        {"victim": None, "perpetrators": (), "unresolved": (HER, HIM)},
        {"is_withdrawn": True},
        {"tells_abuse": False},
        {"event_type": "outcome-recorded"},
        {"perpetrators": (OTHER,)},
    ],
)
def test_what_does_not_say_that_he_harmed_her_does_not_escalate(change: dict[str, Any]) -> None:
    assert found(*THREE[:2], replace(THREE[2], **change)).get(ESCALATION) is None


def test_one_incident_that_two_tell_of_counts_once() -> None:
    night = told("A", "03-01", "04-01", incident=7)
    hospital = told(
        "ED", "03-01", "03-02", kind="attendance-recorded", agency="osham-hospital", incident=7
    )
    breach = told("ORD", "03-01", "04-01", kind="order-recorded", incident=7)
    other = told("B", "04-10", "05-01", incident=8)
    third = told("C", "05-20", "06-01", incident=9)

    assert found(night, hospital, breach, other) == {}
    assert found(night, hospital, breach, other, third) == {ESCALATION: ("06-01", None)}
    (criterion,) = criteria(night, hospital, breach, other, third)
    assert len(criterion.events) == 5


def test_an_escalation_lapses_when_the_first_of_three_is_more_than_a_year_ago() -> None:
    story = [
        told("A", "2025-09-01", "2025-10-01"),
        told("B", "2025-11-01", "2025-12-01"),
        told("C", "2026-01-01", "2026-02-01"),
    ]

    assert found(*story, as_of=date(2026, 9, 1)) == {ESCALATION: ("02-01", None)}
    assert found(*story, as_of=date(2026, 9, 2)) == {ESCALATION: ("02-01", "09-02")}


def test_an_escalation_that_is_told_too_late_is_lapsed_from_the_first() -> None:
    story = [told(key, f"2025-0{key}-01", "2026-10-01") for key in "123"]

    assert found(*story) == {ESCALATION: ("10-01", "01-02")}


def test_an_incident_after_a_referral_is_a_repeat_and_one_before_it_is_none() -> None:
    referral = refer("R", "03-01", "03-05", "04-01")

    assert found(referral, told("A", "03-20", "05-01")) == {REPEAT: ("05-01", None)}
    assert found(referral, told("A", "03-05", "05-01")) == {}
    assert found(referral, told("A", "03-02", "05-01")) == {}


def test_a_later_referral_takes_no_repeat_back_and_abuse_after_it_is_another() -> None:
    first = [refer("R", "03-01", "03-05", "04-01"), told("A", "03-20", "05-01")]
    again = refer("S", "03-20", "03-25", "06-01")

    assert found(*first, again) == {REPEAT: ("05-01", None)}
    assert found(*first, again, told("B", "04-15", "07-01")) == {REPEAT: ("07-01", None)}


def test_a_repeat_is_counted_from_a_meeting_by_itself() -> None:
    heard = told("M", "03-05", "03-06", kind="case-heard")

    assert found(heard, told("A", "03-20", "05-01")) == {
        ("repeat", "last_meeting"): ("05-01", None)
    }


def test_fourteen_ticks_or_a_judgement_or_a_tick_of_the_referrer_are_enough() -> None:
    dash = {"kind": "risk-assessed", "happened": "03-01", "came": "03-03"}

    assert found(told("D", **dash, ticks=14)) == {("visible_high_risk", None): ("03-03", None)}
    assert found(told("D", **dash, ticks=13)) == {}
    assert found(told("D", **dash, is_judged=True)) == {
        ("professional_judgement", None): ("03-03", None)
    }
    assert found(refer("R", "03-01", "03-05", "04-01", criteria=("visible_high_risk",))) == {
        ("visible_high_risk", None): ("04-01", None)
    }
    assert found(refer("R", "03-01", "03-05", "04-01", criteria=("escalation", "repeat"))) == {}


def test_a_referral_by_one_whom_somebody_names_raises_nothing() -> None:
    his = refer("R", "03-01", "03-05", "04-01", victim=HIM, perpetrators=(HER,), is_judged=True)
    hers = refer("S", "03-01", "03-08", "04-01", is_judged=True)
    named = told("A", "03-01", "05-01")

    assert found(his) == {("professional_judgement", None): ("04-01", None)}
    assert found(his, named) == {}
    assert [each.contested for each in expected_cases(known_on([his, named], END))] == [
        (),
        ("fenmarch-police/R",),
    ]
    assert found(his, named, hers) == {("professional_judgement", None): ("04-01", None)}


def test_a_newer_version_that_names_him_counts_from_its_own_day() -> None:
    unnamed = told("C", "05-20", "06-01", perpetrators=())
    named = told("C", "05-20", "08-01", version=2)

    assert found(*THREE[:2], unnamed, named) == {ESCALATION: ("08-01", None)}
    assert found(*THREE[:2], unnamed, named, as_of=date(2026, 7, 31)) == {}


def test_those_who_are_named_together_are_one_case_from_then_on() -> None:
    apart = [told("A", "03-01", "04-01"), told("B", "03-10", "04-01", perpetrators=(OTHER,))]
    joined = told("C", "05-20", "06-01", perpetrators=(HIM, OTHER))

    assert [each.perpetrators for each in expected_cases(known_on(apart, END))] == [
        (HIM,),
        (OTHER,),
    ]
    cases = expected_cases(known_on([*apart, joined], END))
    assert [each.perpetrators for each in cases] == [(HIM, OTHER)]
    assert found(*apart, joined) == {ESCALATION: ("06-01", None)}


def test_a_day_ends_in_london() -> None:
    late = told("D", "06-01", "06-01", kind="risk-assessed", ticks=20)
    after_midnight = replace(late, received_at=datetime(2026, 6, 1, 23, 30, tzinfo=UTC))

    assert found(after_midnight) == {("visible_high_risk", None): ("06-02", None)}
