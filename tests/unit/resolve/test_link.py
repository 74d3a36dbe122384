"""From pairs to people: what contradicts itself is taken apart, whatever came first."""

from itertools import pairwise, permutations
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from hub.model.person import Identity, PersonId, RecordKey
from hub.resolve.compare import Tier
from hub.resolve.group import groups
from hub.resolve.keys import marks
from hub.resolve.link import Link, keep_ids, link, near, redirects
from tests.unit.resolve.people import NHS, OTHER_NHS, identity, key

A, B, C, D = (key(name) for name in "ABCD")


def known(*identities: Identity) -> dict[RecordKey, Identity]:
    return {each.record: each for each in identities}


def chain(*keys: RecordKey) -> list[Link]:
    return [Link(a, b, "made for a test") for a, b in pairwise(keys)]


def test_records_that_hang_together_are_one_person_and_the_rest_their_own() -> None:
    records = known(*(identity(each) for each in (A, B, C, D)))

    assert groups(records, chain(A, B, C), set()) == [[A, B, C], [D]]


def test_a_group_with_two_people_of_one_event_is_taken_apart_whole() -> None:
    records = known(*(identity(each) for each in (A, B, C, D)))
    together = {frozenset((A, C))}

    assert groups(records, chain(A, B, C), together) == [[A], [B], [C], [D]]


def test_a_group_with_two_verified_numbers_is_taken_apart_whole() -> None:
    records = known(identity(A), identity(B, pnc="20/1A"), identity(C, nhs=None, pnc="21/2B"))

    assert groups(records, chain(A, B, C), set()) == [[A], [B], [C]]


def test_two_people_of_one_event_who_do_not_hang_together_take_nobody_apart() -> None:
    records = known(*(identity(each) for each in (A, B, C, D)))
    together = {frozenset((A, C)), frozenset((B, D))}

    assert groups(records, [*chain(A, B), *chain(C, D)], together) == [[A, B], [C, D]]


def test_a_link_to_a_record_out_of_reach_is_left_alone() -> None:
    assert groups(known(identity(A)), chain(A, B), set()) == [[A]]


def test_the_order_of_records_and_links_does_not_show() -> None:
    identities = [identity(each) for each in (A, B, C, D)]
    links = [*chain(A, B, C), *chain(D, A)]

    found = {
        tuple(map(tuple, groups(known(*some), reversed(list(order)), set())))
        for some in permutations(identities)
        for order in permutations(links)
    }

    assert found == {((A, B, C, D),)}


def under(*some: Identity) -> dict[str, set[RecordKey]]:
    found: dict[str, set[RecordKey]] = {}
    for one in some:
        for mark in marks(one):
            found.setdefault(mark, set()).add(one.record)
    return found


def links_of(spoken: list[Identity], everybody: list[Identity]) -> list[Link]:
    there = known(*everybody)
    pairs = near(spoken, under(*everybody), set())
    found = (link(pair, there, kinds) for pair, kinds in pairs.items())
    return sorted((each for each in found if each), key=lambda each: (each.a, each.b))


def test_each_record_spoken_of_is_compared_with_each_that_shares_a_key() -> None:
    spoken = identity(A)
    others = [identity(B), identity(C, "Bob", "Other"), identity(D, "Dot", nhs=OTHER_NHS)]

    found = links_of([spoken], [*others, spoken])

    assert [(each.a, each.b, each.tier) for each in found] == [
        (A, B, Tier.NUMBER_AND_ALL),
        (A, C, Tier.POSSIBLE),
    ]


def test_two_records_spoken_of_at_once_are_compared_once() -> None:
    both = [identity(B), identity(A)]

    found = links_of(both, both)

    assert [(each.a, each.b) for each in found] == [(A, B)]


def test_a_link_does_not_hang_on_who_was_spoken_of() -> None:
    ours, theirs = identity(A), identity(B, "Ann", "Married", nhs=NHS)

    assert links_of([ours], [ours, theirs]) == links_of([theirs], [ours, theirs]) != []


def test_under_a_crowded_key_only_sure_links_are_looked_for() -> None:
    one, same, namesake = identity(A), identity(B), identity(C, nhs=None)
    keys = under(one, same, namesake)

    found = near([one], keys, keys.keys())

    assert found == {frozenset((A, B)): set()}


def test_whose_id_is_gone_is_found_where_most_of_the_records_went() -> None:
    before = {A: PersonId("one"), B: PersonId("one"), C: PersonId("one"), D: PersonId("two")}
    after = {A: PersonId("two"), B: PersonId("three"), C: PersonId("three"), D: PersonId("two")}

    assert redirects(before, after) == {"one": "three"}


def test_a_person_keeps_the_id_that_most_of_the_records_had() -> None:
    before = {A: PersonId("one"), B: PersonId("two"), C: PersonId("two")}

    assert keep_ids([[A, B, C], [D]], before) == ["two", None]


def test_where_a_person_falls_apart_one_part_keeps_the_id() -> None:
    before = dict.fromkeys((A, B, C), PersonId("one"))

    assert keep_ids([[A], [B], [C]], before) == ["one", None, None]


@given(
    st.dictionaries(st.sampled_from([A, B, C, D]), st.sampled_from("123").map(PersonId)),
    st.randoms(),
)
def test_no_id_is_given_twice(before: dict[RecordKey, PersonId], chance: Random) -> None:
    keys = chance.sample([A, B, C, D], 4)
    cut = chance.randrange(1, 4)
    split = sorted([sorted(keys[:cut]), sorted(keys[cut:])])

    kept = [each for each in keep_ids(split, before) if each is not None]

    assert len(kept) == len(set(kept))
    assert set(kept) <= set(before.values())
