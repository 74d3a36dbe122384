"""What an event says of its people, and how a record keeps every statement."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from hub.model.agency import AgencyId
from hub.model.person import Identifier, Identity, Name
from hub.resolve.identity import identities, merged
from hub.synth.stream import fullest, smallest
from tests.unit.resolve.people import identity, key

POLICE = AgencyId("fenmarch-police")


def test_each_person_is_told_in_their_role_as_that_agencys_record() -> None:
    body = fullest("incident-reported")

    found = list(identities(POLICE, body))

    assert [role for role, _ in found] == [
        role
        for role in ("victims", "perpetrators", "children", "witnesses", "unresolved")
        for _ in range(2)
    ]
    assert {said.record.agency for _, said in found} == {POLICE}
    assert len({said.record for _, said in found}) == 10
    assert all(said.names and said.identifiers for _, said in found)


def test_an_event_about_nobody_tells_of_nobody() -> None:
    assert list(identities(POLICE, smallest("incident-reported"))) == []


def test_a_date_of_birth_counts_only_where_it_was_given_as_exact() -> None:
    body = fullest("incident-reported")
    victims = body["victims"]
    assert isinstance(victims, list)
    for person, accuracy in zip(victims, ("exact", "year"), strict=True):
        assert isinstance(person, dict)
        person |= {"born": date(1990, 1, 1), "born_accuracy": accuracy}

    exact, about = [said for role, said in identities(POLICE, body) if role == "victims"]

    assert exact.births == (date(1990, 1, 1),)
    assert about.births == ()


def test_a_record_keeps_what_was_said_before() -> None:
    before = identity(key("N-1"), "Ann", "Maiden", nhs=None)
    now = identity(key("N-1"), "Ann", "Married", None)

    both = merged(before, now)

    assert set(both.names) == {Name("Ann", "Maiden"), Name("Ann", "Married")}
    assert both.births == before.births
    assert both.identifiers == now.identifiers


names = st.builds(Name, st.sampled_from([None, "Ann"]), st.sampled_from([None, "B", "C"]))
numbers = st.builds(Identifier, st.just("nhs_number"), st.sampled_from(["1", "2"]), st.booleans())
said = st.builds(
    Identity,
    st.just(key("N-1")),
    st.lists(names, max_size=3).map(tuple),
    st.lists(st.dates(), max_size=2).map(tuple),
    st.lists(numbers, max_size=2).map(tuple),
)
NOTHING = Identity(key("N-1"))


@given(said, said, said)
def test_the_order_of_statements_does_not_show(a: Identity, b: Identity, c: Identity) -> None:
    one_way = merged(merged(merged(NOTHING, a), b), c)
    other_way = merged(merged(merged(NOTHING, c), merged(NOTHING, a)), merged(b, a))

    assert one_way == other_way
