"""Who is who in a handful of events, by the rules of the hub and without its database."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from hub.model.person import Identity
from hub.resolve.gather import gather
from tests.unit.resolve.people import NHS, OTHER_NHS, identity, key

POLICE, CHARITY, HOSPITAL = key("P1"), key("C1", "amber-door"), key("H1", "osham-hospital")


def test_records_that_a_number_links_are_one_person() -> None:
    found = gather([identity(POLICE), identity(CHARITY), identity(HOSPITAL, nhs=OTHER_NHS)])

    assert found[POLICE] == found[CHARITY] != found[HOSPITAL]


def test_what_is_said_of_a_record_in_several_events_is_taken_together() -> None:
    said = [identity(CHARITY, nhs=None), identity(POLICE), identity(CHARITY)]

    assert len(set(gather(said).values())) == 1


def test_those_who_stand_in_one_event_are_two_people() -> None:
    said = [identity(POLICE), identity(CHARITY)]

    assert len(set(gather(said, {frozenset((POLICE, CHARITY))}).values())) == 2


identities = st.builds(
    identity,
    st.sampled_from([POLICE, CHARITY, HOSPITAL, key("P2")]),
    st.sampled_from(["Ann", "Bea"]),
    nhs=st.sampled_from([NHS, OTHER_NHS, None]),
)


@given(st.lists(identities, max_size=8), st.randoms(use_true_random=False))
def test_no_order_shows(said: list[Identity], chance: Random) -> None:
    assert gather(chance.sample(said, len(said))) == gather(said)
    assert gather(said).keys() == {each.record for each in said}
