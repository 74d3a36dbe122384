"""From pairs to people: what contradicts itself is taken apart, whatever came first."""

from itertools import pairwise, permutations
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from hub.model.person import Identity, RecordKey
from hub.resolve.link import Link, groups, keep_ids, new_links
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


def test_each_record_spoken_of_is_compared_with_each_that_shares_a_number() -> None:
    spoken, near = (
        identity(A),
        [identity(B), identity(C, "Bob", "Other"), identity(D, nhs=OTHER_NHS)],
    )

    found = new_links([spoken], [*near, spoken])

    assert [(link.a, link.b) for link in found] == [(A, B)]


def test_two_records_spoken_of_at_once_are_compared_once() -> None:
    both = [identity(B), identity(A)]

    found = new_links(both, both)

    assert [(link.a, link.b) for link in found] == [(A, B)]


def test_the_reason_of_a_link_does_not_hang_on_who_was_spoken_of() -> None:
    ours, theirs = identity(A), identity(B, "Ann", "Married", nhs=NHS)

    assert new_links([ours], [theirs]) == new_links([theirs], [ours]) != []


def test_a_person_keeps_the_id_that_most_of_the_records_had() -> None:
    before = {A: "one", B: "two", C: "two"}

    assert keep_ids([[A, B, C], [D]], before) == ["two", None]


def test_where_a_person_falls_apart_one_part_keeps_the_id() -> None:
    before = dict.fromkeys((A, B, C), "one")

    assert keep_ids([[A], [B], [C]], before) == ["one", None, None]


@given(st.dictionaries(st.sampled_from([A, B, C, D]), st.sampled_from("123")), st.randoms())
def test_no_id_is_given_twice(before: dict[RecordKey, str], chance: Random) -> None:
    keys = chance.sample([A, B, C, D], 4)
    cut = chance.randrange(1, 4)
    split = sorted([sorted(keys[:cut]), sorted(keys[cut:])])

    kept = [each for each in keep_ids(split, before) if each is not None]

    assert len(kept) == len(set(kept))
    assert set(kept) <= set(before.values())
