"""A case is the same victim and the same perpetrators; what names nobody is of all of hers."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from hub.assess.cases import cases_of
from hub.assess.timeline import Telling
from hub.model.person import PersonId
from tests.unit.assess.told import ANN, BOB, CAL, DEE, day, telling


def shape(tellings: list[Telling], victim: PersonId = ANN) -> list[tuple[str, str, str]]:
    return [
        tuple(
            " ".join(sorted(part))
            for part in (
                case.perpetrators,
                (each.event for each in case.attributed),
                (each.event for each in case.unattributed),
            )
        )
        for case in cases_of(victim, tellings)
    ]  # type: ignore[misc]


def test_each_perpetrator_is_a_case_of_its_own() -> None:
    told = [telling("a", 0, by=[BOB]), telling("b", 1, by=[CAL]), telling("c", 2, by=[BOB])]

    assert shape(told) == [("bob", "a c", ""), ("cal", "b", "")]


def test_perpetrators_who_were_named_together_are_one_case() -> None:
    told = [
        telling("a", 0, by=[BOB]),
        telling("b", 1, by=[CAL]),
        telling("c", 2, by=[BOB, DEE]),
        telling("d", 3, by=[DEE, CAL]),
    ]

    assert shape(told[:3]) == [("bob dee", "a c", ""), ("cal", "b", "")]
    assert shape(told) == [("bob cal dee", "a b c d", "")]


def test_perpetrators_named_together_about_another_victim_stay_apart() -> None:
    told = [
        telling("a", 0, by=[BOB]),
        telling("b", 1, by=[CAL]),
        telling("c", 2, by=[BOB, CAL], of=[DEE]),
    ]

    assert shape(told) == [("bob", "a", ""), ("cal", "b", "")]


def test_what_names_nobody_is_unattributed_in_each_case() -> None:
    told = [telling("a", 0, by=[BOB]), telling("b", 1, by=[CAL]), telling("c", 2, by=[])]

    assert shape(told) == [("bob", "a", "c"), ("cal", "b", "c")]


def test_if_nobody_was_ever_named_there_is_one_case() -> None:
    told = [telling("a", 0, by=[]), telling("b", 1, by=[])]

    assert shape(told) == [("", "", "a b")]
    assert shape([]) == []


def test_nobody_is_their_own_perpetrator() -> None:
    told = [telling("a", 0, by=[ANN]), telling("b", 1, by=[ANN, BOB])]

    assert shape(told) == [("bob", "b", "a")]


def test_a_victim_in_one_case_is_a_perpetrator_in_another() -> None:
    told = [telling("a", 0, by=[BOB]), telling("b", 1, by=[ANN], of=[BOB])]

    assert shape(told) == [("bob", "a", "")]
    assert shape(told, BOB) == [("ann", "b", "")]


def test_a_case_opens_when_its_perpetrator_is_named_and_the_first_takes_over_what_was_there() -> (
    None
):
    told = [
        telling("a", 0, by=[]),
        telling("b", 3, by=[BOB], received=5),
        telling("c", 4, by=[CAL], received=9),
    ]

    assert [case.opened for case in cases_of(ANN, told)] == [day(0), day(9)]
    assert [case.opened for case in cases_of(ANN, told[:1])] == [day(0)]
    assert [case.opened for case in cases_of(ANN, told[1:])] == [day(5), day(9)]


people = st.sampled_from([ANN, BOB, CAL, DEE])
many = st.lists(
    st.builds(
        telling,
        st.text("abcdef", min_size=1, max_size=3),
        st.integers(0, 9),
        by=st.frozensets(people, max_size=2),
        of=st.frozensets(people, min_size=1, max_size=2),
    ),
    max_size=8,
    unique_by=lambda each: each.event,
)


@given(many, st.randoms(use_true_random=False))
def test_no_order_shows(told: list[Telling], chance: Random) -> None:
    assert cases_of(ANN, chance.sample(told, len(told))) == cases_of(ANN, told)


@given(many)
def test_every_event_of_hers_is_in_her_cases_and_nobody_is_in_two(told: list[Telling]) -> None:
    hers = {each.event for each in told if ANN in each.victims}

    cases = cases_of(ANN, told)

    named = [person for case in cases for person in case.perpetrators]
    attributed = [each.event for case in cases for each in case.attributed]
    assert len(named) == len(set(named))
    assert len(attributed) == len(set(attributed))
    for case in cases:
        assert {each.event for each in case.unattributed} == hers - set(attributed)
        assert all(
            each.perpetrators - {ANN} <= case.perpetrators and each.perpetrators
            for each in case.attributed
        )
    assert bool(cases) == bool(hers)
