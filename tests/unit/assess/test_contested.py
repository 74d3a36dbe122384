"""A referral whose victim somebody names as perpetrator raises nothing until a person has judged it."""

from collections.abc import Collection
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from hub.assess.contested import contested
from hub.assess.timeline import Telling
from hub.model.person import PersonId
from tests.unit.assess.told import ANN, BOB, CAL, referral, telling


def alone(person: PersonId) -> Collection[PersonId]:
    return (person,)


HERS = referral("hers", 5)
HIS = referral("his", 0, of=[BOB], by=[ANN])
INCIDENT = telling("incident", 9)


def test_a_referral_of_whom_nobody_names_stands() -> None:
    assert contested([HERS, INCIDENT], alone) == set()


def test_a_referral_of_somebody_whom_an_agency_names_is_contested() -> None:
    assert contested([HIS, INCIDENT], alone) == {"his"}


def test_he_does_not_silence_hers_by_being_quicker() -> None:
    assert contested([HIS, HERS, INCIDENT], alone) == {"his"}


def test_where_only_two_referrals_name_each_other_both_wait() -> None:
    assert contested([HIS, HERS], alone) == {"his", "hers"}


def test_a_judgement_lifts_it_and_what_the_judged_one_says_is_heard() -> None:
    assert contested([HIS, INCIDENT], alone, ["his"]) == set()
    assert contested([HIS, HERS], alone, ["hers"]) == {"his"}
    assert contested([HIS, HERS], alone, ["hers", "his"]) == set()


def test_only_referrals_are_contested() -> None:
    dash = telling("dash", 0, "risk-assessed", of=[BOB], by=[ANN])

    assert contested([dash, INCIDENT], alone) == set()


def test_who_he_may_be_counts_from_either_side() -> None:
    his = referral("his", 0, of=[CAL], by=[ANN])

    def maybe(person: PersonId) -> Collection[PersonId]:
        return {CAL: (CAL, BOB)}.get(person, (person,))

    def maybe_back(person: PersonId) -> Collection[PersonId]:
        return {BOB: (CAL,)}.get(person, ())

    assert contested([his, INCIDENT], alone) == set()
    assert contested([his, INCIDENT], maybe) == {"his"}
    assert contested([his, INCIDENT], maybe_back) == {"his"}


people = st.frozensets(st.sampled_from([ANN, BOB, CAL]), min_size=1, max_size=2)
families = st.lists(
    st.builds(
        telling,
        st.text("abcdef", min_size=3, max_size=4),
        st.just(0),
        st.sampled_from(["referral-made", "referral-made", "incident-reported"]),
        of=people,
        by=people,
    ),
    max_size=8,
    unique_by=lambda each: each.event,
)


@given(families, st.randoms(use_true_random=False))
def test_no_order_shows(told: list[Telling], chance: Random) -> None:
    assert contested(chance.sample(told, len(told)), alone) == contested(told, alone)


@given(families)
def test_whoever_is_named_otherwise_silences_nobody(told: list[Telling]) -> None:
    """Take away every referral of somebody whom an event names: what else is contested stays so."""
    named = {
        person for each in told if each.type != "referral-made" for person in each.perpetrators
    }
    left = [each for each in told if each.type != "referral-made" or not each.victims & named]

    waiting = contested(told, alone)

    assert contested(left, alone) == {each.event for each in left if each.event in waiting}
    assert waiting >= {each.event for each in told if each not in left}
