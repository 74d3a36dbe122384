"""What is joined, what is held, and what a judgement does for ever."""

from collections.abc import Iterable, Sequence
from itertools import combinations, permutations
from random import Random

from hypothesis import event, given, settings
from hypothesis import strategies as st

from hub.model.person import Identity, RecordKey
from hub.resolve.compare import Tier
from hub.resolve.group import Settled, settle
from hub.resolve.link import Link, Pair
from tests.unit.resolve.people import identity, key

A, B, C, D, E, F = (key(name) for name in "ABCDEF")
STRONG, MIDDLE, WEAK = Tier.NUMBER_AND_ALL, Tier.NUMBER, Tier.NAME_BIRTH_POSTCODE


def tie(a: RecordKey, b: RecordKey, tier: Tier = STRONG) -> Link:
    low, high = sorted((a, b))
    return Link(low, high, "made for a test", tier)


def parted(some: Iterable[RecordKey], others: Iterable[RecordKey]) -> set[Pair]:
    there = list(others)
    return {frozenset((one, other)) for one in some for other in there}


def settled(
    links: Sequence[Link],
    cuts: Iterable[Pair] = (),
    together: Iterable[Pair] = (),
    records: Iterable[Identity] = (),
) -> Settled:
    known = {each: identity(each, nhs=None) for each in (A, B, C, D, E, F)}
    known |= {each.record: each for each in records}
    return settle(known, links, set(together), set(cuts))


def people(found: Settled) -> list[str]:
    return ["".join(each.local_id for each in group) for group in found.groups]


def left(found: Settled) -> set[str]:
    return {f"{each.a.local_id}{each.b.local_id}" for each in found.refused}


def test_a_new_record_that_resembles_both_sides_of_a_cut_goes_to_the_stronger() -> None:
    """OpenCR's case: C was parted from A and B, then comes D."""
    links = [tie(A, B), tie(B, D), tie(C, D, MIDDLE)]

    found = settled(links, parted([C], [A, B]))

    assert people(found) == ["ABD", "C", "E", "F"]
    assert left(found) == {"CD"}


def test_one_that_resembles_both_sides_alike_is_held_and_the_sides_stay_as_they_are() -> None:
    links = [tie(A, B), tie(B, D), tie(C, D), tie(C, E)]

    found = settled(links, parted([C, E], [A, B]))

    assert people(found) == ["AB", "CE", "D", "F"]
    assert left(found) == {"BD", "CD"}


def test_what_is_held_is_no_bridge_for_a_weaker_link() -> None:
    links = [tie(A, B), tie(B, D), tie(C, D), tie(A, D, WEAK), tie(D, F, WEAK)]

    found = settled(links, parted([C], [A, B]))

    assert people(found) == ["AB", "C", "D", "E", "F"]
    assert left(found) == {"AD", "BD", "CD", "DF", "AF", "CF"}


def test_a_side_of_a_cut_goes_on_growing() -> None:
    links = [tie(A, B), tie(B, D), tie(C, D), tie(C, E, WEAK), tie(A, F, WEAK)]

    found = settled(links, parted([C], [A, B]))

    assert people(found) == ["ABF", "CE", "D"]


def test_what_only_hangs_on_one_side_comes_to_it() -> None:
    found = settled([tie(A, B), tie(B, D), tie(D, E), tie(C, F)], parted([C], [A, B]))

    assert people(found) == ["ABDE", "CF"]
    assert left(found) == set()


def test_a_chain_between_the_sides_is_held_whole() -> None:
    found = settled([tie(A, D), tie(D, E), tie(C, E)], parted([C], [A]))

    assert people(found) == ["A", "B", "C", "D", "E", "F"]


def test_two_who_were_judged_to_be_two_are_not_possibly_one() -> None:
    found = settled([tie(A, C), tie(A, B)], parted([C], [A, B]))

    assert people(found) == ["AB", "C", "D", "E", "F"]
    assert left(found) == set()


def test_a_contradiction_of_weak_links_does_not_undo_strong_ones() -> None:
    links = [tie(A, B), tie(B, C, WEAK), tie(C, D, WEAK)]

    found = settled(links, together=[frozenset((A, D))])

    assert people(found) == ["AB", "C", "D", "E", "F"]
    assert left(found) == {"BC", "CD"}


def test_those_who_would_be_one_were_it_not_for_others_are_possibly_one() -> None:
    links = [tie(A, B), tie(B, C), tie(C, D)]

    found = settled(links, together=[frozenset((A, D))])

    assert people(found) == ["A", "B", "C", "D", "E", "F"]
    assert left(found) == {"AB", "BC", "CD", "AC", "BD"}
    assert all(each.tier is Tier.REFUSED for each in found.refused)


def test_those_who_contradict_each_other_are_possibly_one_only_where_something_links_them() -> None:
    numbers = [identity(A, nhs=None, pnc="20/1A"), identity(B, nhs=None, pnc="21/2B")]

    direct = settled([tie(A, B)], records=numbers)
    through = settled([tie(A, C), tie(B, C)], records=numbers)

    assert left(direct) == {"AB"}
    assert left(through) == {"AC", "BC"}


def test_a_reason_says_that_it_was_held_back_and_why_it_would_hold() -> None:
    (one,) = settled([tie(A, B)], together=[frozenset((A, B))]).refused

    assert one.reason == "held back: made for a test"


def test_a_side_that_contradicts_itself_falls_apart_and_nobody_joins_a_part_of_it() -> None:
    links = [tie(A, B), tie(A, D), tie(A, F), tie(C, F)]

    found = settled(links, parted([C], [A, B]), together=[frozenset((A, B))])

    assert people(found) == ["A", "B", "C", "D", "E", "F"]


def test_two_who_fit_a_side_and_not_each_other_are_both_held() -> None:
    links = [tie(A, E), tie(A, B), tie(A, D), tie(A, F), tie(C, F)]

    found = settled(links, parted([C], [A, E]), together=[frozenset((B, D))])

    assert people(found) == ["AE", "B", "C", "D", "F"]
    assert left(found) == {"AB", "AD", "AF", "CF", "BC", "CD", "BF", "DF"}


CAST = (A, B, C, D, E, F)
pairs_ = st.sampled_from(list(combinations(CAST, 2)))
ties = st.dictionaries(pairs_, st.sampled_from([STRONG, MIDDLE, WEAK]), max_size=9)
some_pairs = st.sets(pairs_.map(frozenset), max_size=3)


@settings(max_examples=400, deadline=None)
@given(ties, some_pairs, some_pairs, st.randoms(use_true_random=False))
def test_whatever_is_linked_judged_and_told_no_contradiction_is_joined_in_any_order(
    tied: dict[tuple[RecordKey, RecordKey], Tier],
    cuts: set[Pair],
    together: set[Pair],
    chance: Random,
) -> None:
    links = [tie(*pair, tier) for pair, tier in tied.items() if frozenset(pair) not in cuts]

    found = settled(links, cuts, together)
    again = settled(chance.sample(links, len(links)), cuts, together)

    event(f"{len(found.groups)} people, {len(found.refused)} refused")
    assert found == again
    where = {record: number for number, group in enumerate(found.groups) for record in group}
    assert len(where) == len(CAST) == sum(map(len, found.groups)), "each record is somebody's, once"
    assert not any(where[a] == where[b] for a, b in cuts | together)
    for each in links:
        apart = where[each.a] != where[each.b]
        assert apart is (each.pair in {one.pair for one in found.refused}), "no link is forgotten"
    for group in found.groups:
        inside = [each for each in links if each.a in group and each.b in group]
        assert len(settled(inside).groups) == len(CAST) - len(group) + 1, "held together by links"


@settings(max_examples=200, deadline=None)
@given(ties, st.sampled_from(list(permutations(CAST, 3))))
def test_a_judgement_between_two_sides_moves_nobody_within_a_side(
    tied: dict[tuple[RecordKey, RecordKey], Tier], some: tuple[RecordKey, ...]
) -> None:
    """Unmerge as the command does it: the sides of one file are named in full."""
    links = [tie(*pair, tier) for pair, tier in tied.items()]
    file = next(group for group in settled(links).groups if some[0] in group)
    named = {each for each in some if each in file}
    others = set(file) - named
    cuts = parted(named, others)
    kept = [each for each in links if each.pair not in cuts]

    after = settled(kept, cuts)

    expected = [
        group
        for side in (named, others)
        for group in settled([each for each in kept if each.pair <= side]).groups
        if set(group) <= side
    ]
    assert [group for group in after.groups if set(group) <= set(file)] == sorted(expected)
