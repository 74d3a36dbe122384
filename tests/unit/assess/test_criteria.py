"""The four MARAC criteria, example by example: what counts, from which day, on what it rests."""

from dataclasses import replace
from datetime import date

import pytest

from hub.assess.cases import cases_of
from hub.assess.criteria import Standing, load_book, standings, unknown_instruments
from hub.assess.incidents import last_day
from hub.assess.timeline import Telling
from tests.unit.assess.told import (
    ANN,
    BOB,
    BOOK,
    CAL,
    FILES,
    assessed,
    case_of,
    day,
    heard,
    referral,
    stands,
    telling,
)


def standing(
    code: str, since: int, *events: str, lapsed: date | None = None, anchor: str | None = None
) -> Standing:
    return Standing(code, day(since), lapsed, anchor, events)  # type: ignore[arg-type]


D = frozenset(f"D{number:02}" for number in range(1, 25))
THIRTEEN = frozenset(sorted(D)[:13])

HIGH = {
    "thirteen of 24": (assessed("a", 0, 13), False),
    "fourteen of 24": (assessed("a", 0, 14), True),
    "thirteen by name and a question about children": (
        assessed("a", 0, 14, items=THIRTEEN | {"P25"}),
        False,
    ),
    "thirteen by name and a question nobody knows": (
        assessed("a", 0, 14, items=THIRTEEN | {"X01"}),
        False,
    ),
    "fourteen by name and a question about children": (
        assessed("a", 0, 15, items=THIRTEEN | {"D24", "P25"}),
        True,
    ),
    "a sum of fourteen and one answer by name": (assessed("a", 0, 14, items={"D01"}), True),
    "the checklist by another name": (assessed("a", 0, 14, instrument="SafeLives-Dash "), True),
    "an instrument nobody knows": (assessed("a", 0, 24, instrument="dash-2031"), False),
    "an instrument without a threshold": (assessed("a", 0, 24, instrument="dara"), False),
    "no sum and no answers": (assessed("a", 0, None), False),  # type: ignore[arg-type]
    "a referrer's tick": (referral("a", 0, ticks={"visible_high_risk"}), True),
    "another tick": (referral("a", 0, ticks={"escalation"}), False),
    "a tick on what is no referral": (heard("a", 0, ticks={"visible_high_risk"}), False),
    "a high grade alone": (telling("a", 0, grade="high"), False),
    "a count on what is no assessment": (
        telling("a", 0, instrument="dash-police-2009", yes=20),
        False,
    ),
}


@pytest.mark.parametrize(("told", "is_high"), HIGH.values(), ids=HIGH)
def test_visible_high_risk(told: Telling, is_high: bool) -> None:
    found = stands(told, as_of=0)

    assert (
        found.get("visible_high_risk") == standing("visible_high_risk", 0, "a")
        if is_high
        else "visible_high_risk" not in found
    )


def test_an_unknown_instrument_is_reported() -> None:
    told = [assessed("a", 0, instrument="dash-2031"), assessed("b", 0), telling("c", 0)]

    assert unknown_instruments(told, BOOK) == ["a"]


JUDGED = {
    "judged": (assessed("a", 0, 1, judged=True), True),
    "not judged": (assessed("a", 0, 1), False),
    "judged by an instrument nobody knows": (
        assessed("a", 0, 1, judged=True, instrument="dash-2031"),
        True,
    ),
    "a referrer's tick": (referral("a", 0, ticks={"professional_judgement"}), True),
    "another tick": (referral("a", 0, ticks={"repeat"}), False),
}


@pytest.mark.parametrize(("told", "is_judged"), JUDGED.values(), ids=JUDGED)
def test_professional_judgement(told: Telling, is_judged: bool) -> None:
    assert ("professional_judgement" in stands(told, as_of=0)) is is_judged


def test_a_low_count_and_no_judgement_take_nothing_back() -> None:
    found = stands(assessed("a", 0, judged=True), assessed("b", 9, 0), as_of=9)

    assert found["visible_high_risk"] == standing("visible_high_risk", 0, "a")
    assert found["professional_judgement"] == standing("professional_judgement", 0, "a")


def test_it_rests_on_all_that_says_so_and_stands_from_the_first_that_came() -> None:
    told = [assessed("a", 0, received=5), assessed("b", 2, received=3), assessed("c", 8)]

    found = stands(*told, as_of=7)

    assert found["visible_high_risk"] == standing("visible_high_risk", 3, "a", "b")


def test_nothing_stands_before_it_was_received() -> None:
    told = assessed("a", 0, received=5)

    assert stands(told, as_of=4) == {}
    assert stands(told, as_of=5).keys() == {"visible_high_risk"}


def test_an_assessment_that_names_no_perpetrator_stands_in_each_case() -> None:
    told = [assessed("a", 0, by=[]), telling("b", 1, by=[BOB]), telling("c", 2, by=[CAL])]

    assert stands(told[0], as_of=0)["visible_high_risk"].since == day(0)
    found = [standings(case, BOOK, day(2)) for case in cases_of(ANN, told)]
    assert found == [
        [standing("visible_high_risk", 0, "a")],
        [standing("visible_high_risk", 2, "a")],
    ]


def test_three_incidents_in_a_year_are_an_escalation_and_two_are_none() -> None:
    two = [telling("a", 0), telling("b", 40)]

    assert stands(*two, as_of=364) == {}
    assert stands(*two, telling("c", 364), as_of=364) == {
        "escalation": standing("escalation", 364, "a", "b", "c")
    }


def test_the_year_ends_with_the_same_date_and_not_a_day_later() -> None:
    first, second = telling("a", 0), telling("b", 9)

    assert "escalation" in stands(first, second, telling("c", 365), as_of=365)
    assert "escalation" not in stands(first, second, telling("c", 366), as_of=366)


def test_an_escalation_lapses_with_its_window_and_never_vanishes() -> None:
    told = [telling("a", 0), telling("b", 40), telling("c", 50)]

    assert stands(*told, as_of=365)["escalation"].lapsed_on is None
    for later in (366, 2000):
        assert stands(*told, as_of=later)["escalation"] == standing(
            "escalation", 50, "a", "b", "c", lapsed=day(366)
        )


def test_incidents_that_go_on_keep_it_standing_and_a_gap_begins_it_again() -> None:
    told = [telling("a", 0), telling("b", 10), telling("c", 20), telling("d", 360)]

    goes_on = stands(*told, telling("e", 370), as_of=370)["escalation"]
    again = stands(*told, telling("e", 380), telling("f", 381), as_of=381)["escalation"]

    assert goes_on == standing("escalation", 20, "b", "c", "d", "e")
    assert again == standing("escalation", 380, "c", "d", "e", "f")


def test_an_escalation_told_after_its_window_stands_as_lapsed_at_once() -> None:
    told = [telling("a", 0), telling("b", 9), telling("c", 20, received=900), telling("d", 800)]

    assert "escalation" not in stands(*told, as_of=899)
    assert stands(*told, as_of=900)["escalation"] == standing(
        "escalation", 900, "a", "b", "c", lapsed=day(366)
    )


ABUSE = {
    "an incident": (telling("c", 2), True),
    "a breached order": (telling("c", 2, "order-recorded", state="breached"), True),
    "an order made": (telling("c", 2, "order-recorded", state="made"), False),
    "abuse disclosed in hospital": (telling("c", 2, "attendance-recorded", disclosed=True), True),
    "an injury not spoken of": (telling("c", 2, "attendance-recorded"), False),
    "a concern about abuse": (telling("c", 2, "concern-raised", disclosed=True), True),
    "another concern": (telling("c", 2, "concern-raised"), False),
    "further abuse told to a charity": (telling("c", 2, "support-recorded", disclosed=True), True),
    "support": (telling("c", 2, "support-recorded"), False),
    "an assessment": (assessed("c", 2, 3), False),
    "a referral": (referral("c", 2), False),
    "an arrest": (telling("c", 2, "outcome-recorded", kind="arrest"), False),
    "a recording": (telling("c", 2, "evidence-registered"), False),
}


@pytest.mark.parametrize(("told", "counts"), ABUSE.values(), ids=ABUSE)
def test_what_counts_as_an_incident_of_abuse(told: Telling, counts: bool) -> None:
    escalates = "escalation" in stands(telling("a", 0), telling("b", 1), told, as_of=9)
    repeats = "last_meeting" in stands(heard("m", 0), told, as_of=9)

    assert (escalates, repeats) == (counts, counts)


def test_any_agency_is_heard_unless_the_criterion_says_which() -> None:
    told = [
        telling("a", 0),
        telling("b", 1),
        telling("c", 2, "support-recorded", disclosed=True, agency="amber-door"),
    ]
    police = FILES | {
        "criteria/escalation.toml": FILES["criteria/escalation.toml"].replace(
            'agencies = ["*"]', 'agencies = ["police"]'
        )
    }
    types = {"fenmarch-police": "police", "amber-door": "charity"}

    assert "escalation" in stands(*told, as_of=2)
    assert "escalation" not in stands(*told, as_of=2, book=load_book(police, types))  # type: ignore[arg-type]
    assert "escalation" in stands(*told, as_of=2, book=load_book(police))


ONE_INCIDENT = {
    "a second version": telling("c", 1, record="b", received=3),
    "a second version with another day": telling("c", 2, record="b", received=3),
    "another agency on the same day": telling("c", 1, agency="amber-door"),
    "the breach that the same call-out was": telling("c", 1, "order-recorded", state="breached"),
    "the same number of a crime on another day": telling(
        "c", 2, agency="dunmoor-police", reference="CR/1"
    ),
}


@pytest.mark.parametrize("again", ONE_INCIDENT.values(), ids=ONE_INCIDENT)
def test_one_incident_told_twice_counts_once(again: Telling) -> None:
    told = [telling("a", 0), telling("b", 1, reference="CR/1")]

    assert "escalation" not in stands(*told, again, as_of=9)
    rests_on = stands(*told, again, telling("d", 4), as_of=9)["escalation"].events
    assert set(rests_on) == {"a", "b", "c", "d"}


def test_two_incidents_on_one_day_that_one_agency_tells_are_two() -> None:
    told = [telling("a", 0), telling("b", 1), telling("c", 1)]

    assert "escalation" in stands(*told, as_of=1)
    assert "escalation" in stands(*told, telling("d", 1, agency="amber-door"), as_of=1)


def test_a_referral_is_of_the_day_it_was_made_not_of_what_it_tells_of() -> None:
    made = replace(referral("r", 0), reported_on=day(5), received_on=day(5))

    assert "last_referral" not in stands(made, telling("a", 3), as_of=9)
    assert "last_referral" in stands(made, telling("a", 6), as_of=9)


def test_what_names_no_perpetrator_counts_neither_for_escalation_nor_for_repeat() -> None:
    told = [referral("r", 0), telling("a", 1), telling("b", 2)]

    assert "escalation" in stands(*told, telling("c", 3), as_of=9)
    assert "escalation" not in stands(*told, telling("c", 3, by=[]), as_of=9)
    assert "last_referral" in stands(referral("r", 0), telling("c", 3), as_of=9)
    assert "last_referral" not in stands(referral("r", 0), telling("c", 3, by=[]), as_of=9)
    assert "last_referral" not in stands(referral("r", 0, by=[]), telling("c", 3), as_of=9)


def test_abuse_after_the_last_referral_is_a_repeat() -> None:
    found = stands(referral("r", 0), telling("a", 1, received=4), as_of=9)

    assert found == {"last_referral": standing("repeat", 4, "r", "a", anchor="last_referral")}


REPEATS = {
    "before the referral": (telling("a", -1), False),
    "before the referral and told after it": (telling("a", -1, received=3), False),
    "on the day of the referral": (telling("a", 0), False),
    "the day after": (telling("a", 1), True),
    "on the same date a year later": (telling("a", 365), True),
    "a day after that": (telling("a", 366), False),
}


@pytest.mark.parametrize(("told", "is_repeat"), REPEATS.values(), ids=REPEATS)
def test_a_repeat_happens_after_the_anchor_and_within_a_year(
    told: Telling, is_repeat: bool
) -> None:
    assert ("last_referral" in stands(referral("r", 0), told, as_of=400)) is is_repeat


def test_both_anchors_stand_by_themselves() -> None:
    told = [referral("r", 0), telling("a", 5), heard("m", 10), telling("b", 20)]

    found = stands(*told, as_of=30)

    assert found["last_referral"] == standing("repeat", 5, "r", "a", "b", anchor="last_referral")
    assert found["last_meeting"] == standing("repeat", 20, "m", "b", anchor="last_meeting")


@pytest.mark.parametrize("outcome", ["deferred", "transferred_in", "transferred_out", "withdrawn"])
def test_a_case_that_was_not_heard_anchors_nothing(outcome: str) -> None:
    assert "last_meeting" in stands(heard("m", 0), telling("a", 5), as_of=9)
    assert "last_meeting" not in stands(heard("m", 0, state=outcome), telling("a", 5), as_of=9)


def test_a_later_referral_takes_no_repeat_back_and_abuse_after_it_is_another() -> None:
    told = [referral("r", 0), telling("a", 5), referral("s", 10, received=12)]

    assert stands(*told, as_of=12)["last_referral"] == standing(
        "repeat", 5, "r", "a", anchor="last_referral"
    )
    assert stands(*told, telling("b", 20), as_of=20)["last_referral"] == standing(
        "repeat", 20, "s", "b", anchor="last_referral"
    )


def test_a_referral_on_the_day_of_the_abuse_takes_no_repeat_back() -> None:
    told = [referral("r", 0), telling("a", 5), referral("s", 5)]

    assert stands(*told, as_of=5)["last_referral"].since == day(5)


def test_a_referral_told_late_only_changes_what_the_repeat_rests_on() -> None:
    told = [referral("r", 0), telling("a", 5), referral("s", 3, received=9)]

    assert stands(*told, as_of=9)["last_referral"] == standing(
        "repeat", 5, "s", "a", anchor="last_referral"
    )


def test_a_referral_told_late_makes_what_came_after_it_a_repeat() -> None:
    told = [telling("a", 5), referral("r", 0, received=30)]

    assert stands(*told, as_of=29) == {}
    assert stands(*told, as_of=30)["last_referral"].since == day(30)


def test_a_repeat_whose_day_a_newer_version_puts_before_the_referral_has_lapsed() -> None:
    told = [referral("r", 0), telling("a", 5, record="A"), telling("b", -1, record="A", received=9)]

    assert stands(*told, as_of=8)["last_referral"].lapsed_on is None
    assert stands(*told, as_of=20)["last_referral"] == standing(
        "repeat", 5, "r", "a", lapsed=day(9), anchor="last_referral"
    )


def test_contested_events_are_no_evidence() -> None:
    told = [referral("r", 0, ticks={"visible_high_risk"}), telling("a", 3)]

    assert stands(*told, as_of=3).keys() == {"visible_high_risk", "last_referral"}
    assert stands(*told, as_of=3, contested=["r"]) == {}


def test_perpetrators_who_were_not_yet_named_together_were_two_cases() -> None:
    told = [
        telling("a", 0, by=[BOB]),
        telling("b", 1, by=[CAL]),
        telling("c", 2, by=[BOB]),
        referral("r", 30, by=[BOB, CAL]),
    ]

    assert stands(*told, as_of=40)["escalation"] == standing("escalation", 30, "a", "b", "c")


def test_a_day_in_the_future_counts_as_the_day_it_was_told() -> None:
    told = [telling("a", 0), telling("b", 1), telling("c", 9000, received=2)]

    assert stands(*told, as_of=2)["escalation"].since == day(2)


def test_a_new_version_of_a_criterion_changes_nothing_before_its_day() -> None:
    name = "criteria/escalation.toml"
    two = (
        FILES[name]
        .replace('"2026.1"', '"2026.2"')
        .replace("2026-01-01", day(100).isoformat())
        .replace("count = 3", "count = 2")
    )
    book = load_book(FILES | {"criteria/escalation-2.toml": two})
    told = [telling("a", 0), telling("b", 1)]

    assert stands(*told, as_of=99, book=book) == {}
    assert stands(*told, as_of=100, book=book)["escalation"] == standing(
        "escalation", 100, "a", "b"
    )
    assert stands(*told, telling("c", 2), as_of=200, book=book)["escalation"].since == day(2)


def test_an_assessment_is_counted_by_the_instrument_as_it_stood_on_its_day() -> None:
    name = "instruments/police-dash.toml"
    lower = (
        FILES[name].replace("2026-01-01", day(100).isoformat()).replace("least = 14", "least = 9")
    )
    book = load_book(FILES | {"instruments/police-dash-2.toml": lower})

    assert stands(assessed("a", 0, 10), as_of=500, book=book) == {}
    assert stands(assessed("a", 100, 10), as_of=500, book=book).keys() == {"visible_high_risk"}


def test_standings_come_in_the_order_of_the_criteria() -> None:
    told = [
        referral("r", 0),
        heard("m", 1),
        assessed("x", 2, judged=True),
        *(telling(name, at) for name, at in (("a", 3), ("b", 4), ("c", 5))),
    ]

    found = standings(case_of(*told), BOOK, day(9))

    assert [(each.code, each.anchor) for each in found] == [
        ("visible_high_risk", None),
        ("professional_judgement", None),
        ("escalation", None),
        ("repeat", "last_meeting"),
        ("repeat", "last_referral"),
    ]


@pytest.mark.parametrize(
    ("first", "months", "last"),
    [
        (date(2026, 3, 1), 12, date(2027, 3, 1)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2026, 1, 31), 11, date(2026, 12, 31)),
        (date(9999, 12, 1), 1, date.max),
    ],
)
def test_months_end_on_the_same_date_or_the_last_there_is(
    first: date, months: int, last: date
) -> None:
    assert last_day(first, months) == last
