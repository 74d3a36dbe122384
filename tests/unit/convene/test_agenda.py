"""What a meeting hears, in which order, and who is invited."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from hub.assess.criteria import standings
from hub.assess.timeline import Telling
from hub.bootstrap.files import folder, texts
from hub.bootstrap.workdays import known_until, working_days_before
from hub.convene.agenda import invitees, is_due, minutes, outcodes_of, rank
from hub.convene.maracs import load_maracs
from hub.model.agency import AgencyId
from hub.model.strict import PolicyFault
from tests.made_events import REGISTERED, TODAY
from tests.unit.assess.told import BOOK, assessed, case_of, day, heard, telling

FILES = texts(folder("policies"))
MARACS = load_maracs(FILES, list(map(AgencyId, REGISTERED)))
FENMARCH, DUNMOOR = MARACS["fenmarch"], MARACS["dunmoor"]
SCHOOL, HOMES, AMBER = map(AgencyId, ("osham-primary", "fenmarch-homes", "amber-door"))


def due(*tellings: Telling, on: int) -> bool:
    case = case_of(*tellings)
    return is_due(case, standings(case, BOOK, day(on)), day(on))


def test_a_case_is_due_from_the_day_on_which_a_criterion_stands() -> None:
    assert not due(telling("a", 0), on=1)
    assert not due(assessed("a", 5), on=4)
    assert due(assessed("a", 5), on=5)


def test_what_was_heard_is_due_again_only_with_something_new() -> None:
    told = [assessed("a", 0), heard("h", 10)]

    assert not due(*told, on=11)
    assert due(*told, assessed("b", 12), on=12)
    assert due(*told, telling("c", 20), on=20), "abuse after a meeting is a repeat"


@pytest.mark.parametrize("state", ["deferred", "transferred_in", "transferred_out", "withdrawn"])
def test_what_a_meeting_did_not_hear_stays_due(state: str) -> None:
    assert due(assessed("a", 0), heard("h", 10, state=state), on=11)


def test_what_lapsed_is_not_due() -> None:
    three = [telling(str(n), n) for n in range(3)]

    assert due(*three, on=2)
    assert not due(*three, on=400)


def test_where_she_lives_is_what_was_told_last_of_it() -> None:
    moved = case_of(
        telling("a", 0, outcodes={"ZF1"}), telling("b", 5, outcodes={"ZD3"}), telling("c", 9)
    )

    assert outcodes_of(moved) == {"ZD3"}
    assert (FENMARCH.serves({"ZD3"}), DUNMOOR.serves({"ZD3"})) == (False, True)


def test_one_marac_hears_her_whose_home_nobody_knows() -> None:
    assert [each.id for each in MARACS.values() if each.serves(())] == ["fenmarch"]


def test_whoever_sits_there_reported_or_is_named_is_invited_with_the_first_reason() -> None:
    case = case_of(assessed("a", 0), telling("b", 1, agency="amber-door"))

    found = invitees(
        FENMARCH, case, day(30), named={HOMES, AgencyId("kestrel-line")}, schools=set()
    )

    assert found[FENMARCH.coordinator] == "coordinator"
    assert found[HOMES] == "core"
    assert found[AMBER] == "supplied"
    assert found[AgencyId("kestrel-line")] == "named"
    assert SCHOOL not in found


@pytest.mark.parametrize(
    ("born", "named", "is_invited"),
    [
        ("2016-05", True, True),
        ("2022-05", True, False),
        ("2004-05", True, False),
        ("?", True, False),
        ("2016-05", False, False),
    ],
)
def test_a_school_is_invited_for_a_pupil_of_its_own_alone(
    born: str, named: bool, is_invited: bool
) -> None:
    case = case_of(telling("a", 0, children={born}))

    found = invitees(FENMARCH, case, day(10), named={SCHOOL} if named else set(), schools={SCHOOL})

    assert (SCHOOL in found) is is_invited


def test_midwifery_is_invited_while_she_may_be_pregnant() -> None:
    without = replace(FENMARCH, core=())
    case = case_of(telling("a", 0, "attendance-recorded", pregnant=True))

    def reason(on: int) -> str | None:
        return invitees(without, case, day(on), named=(), schools=()).get(
            AgencyId("osham-hospital")
        )

    assert reason(100) == "pregnant"
    assert reason(300) is None


def test_children_come_first_and_rank_orders_within_the_block() -> None:
    on = date(2026, 11, 1)
    days = [on - timedelta(days=each) for each in (3, 20, 900)]
    adults = rank(children=False, criteria=["visible_high_risk", "escalation"], days=days, on=on)
    children = rank(children=True, criteria=["repeat"], days=[], on=on)
    worse = rank(children=True, criteria=["repeat", "escalation"], days=[], on=on)

    assert sorted([adults, children, worse], key=lambda each: each.key()) == [
        worse,
        children,
        adults,
    ]
    assert adults.reasons() == [
        {"code": "criteria", "count": 2},
        {"code": "visible_high_risk"},
        {"code": "incidents_in_12_months", "count": 2},
        {"code": "last_incident", "days_ago": 3},
    ]


def test_both_anchors_of_a_repeat_are_one_criterion_in_the_rank() -> None:
    assert rank(children=False, criteria=["repeat", "repeat"], days=[], on=TODAY).reasons() == [
        {"code": "criteria", "count": 1}
    ]


def test_minutes_are_set_against_what_there_is() -> None:
    assert minutes(FENMARCH, 3, 60) == {"capacity": 60, "used": 36, "over": 0}
    assert minutes(FENMARCH, 6, 60)["over"] == 12


FAULTY = {
    "an organisation nobody knows": (
        'coordinator = "dunmoor-police"',
        'coordinator = "dunmore-police"',
    ),
    "an area that another one serves": ('["ZD", "ZH"]', '["ZD", "ZF"]'),
    "a second one that takes the unknown": ("takes_unknown = false", "takes_unknown = true"),
    "a reason nobody knows": ('when = "school-age-child"', 'when = "child"'),
    "an unknown key": ("minutes_per_case", "minutes_a_case"),
    "another id than its file": ('id = "dunmoor"', 'id = "dunmore"'),
}


@pytest.mark.parametrize("fault", FAULTY)
def test_one_fault_refuses_every_marac(fault: str) -> None:
    good, bad = FAULTY[fault]
    file = "maracs/dunmoor.toml"
    assert good in FILES[file]

    with pytest.raises(PolicyFault):
        load_maracs(
            {**FILES, file: FILES[file].replace(good, bad)}, list(map(AgencyId, REGISTERED))
        )


def test_working_days_leave_out_weekends_and_bank_holidays() -> None:
    assert working_days_before(date(2026, 12, 17), 8) == date(2026, 12, 7)
    assert working_days_before(date(2026, 12, 29), 1) == date(2026, 12, 24)


def test_bank_holidays_are_known_for_a_year_ahead() -> None:
    """When this fails the package has to be raised: dates beyond would be worked out wrongly."""
    assert known_until() > TODAY + timedelta(days=365)
