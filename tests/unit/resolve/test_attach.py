"""Records attach to people, and the outcome hangs on what was said, never on when."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from itertools import combinations, pairwise
from random import Random
from unittest.mock import patch

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from hub.model.person import Identifier, Identity, Name, RecordKey
from hub.resolve.compare import Tier, compare, contradict
from hub.resolve.identity import merged
from hub.resolve.keys import MOST, kind_of, marks
from hub.resolve.link import Pair
from hub.resolve.part import CannotPart, across
from tests.unit.resolve.people import (
    BORN,
    ELSEWHERE,
    HERE,
    NHS,
    OTHER_NHS,
    Memory,
    identity,
    key,
)

POLICE, SECOND = key("N-1"), key("N-2")
CHARITY = key("A-1", "amber-door")

Told = Sequence[Identity]


def test_a_record_that_nothing_is_known_of_is_a_person_of_its_own() -> None:
    people = Memory()

    touched = people.take([identity(POLICE)])

    assert people.members() == {people.person(POLICE): frozenset({POLICE})}
    assert touched == {people.person(POLICE)}


def test_what_passes_the_cross_check_is_one_person_across_agencies() -> None:
    people = Memory()
    people.take([identity(POLICE)])
    before = people.person(POLICE)

    touched = people.take([identity(CHARITY)])

    assert people.person(CHARITY) == people.person(POLICE) == before
    assert touched == {before}


def test_a_record_spoken_of_again_stays_with_its_person_and_touches_them() -> None:
    people = Memory()
    people.take([identity(POLICE)])
    before = people.person(POLICE)

    touched = people.take([identity(POLICE)])

    assert people.person(POLICE) == before
    assert touched == {before}


def test_a_number_that_comes_later_links_what_was_known_before() -> None:
    people = Memory()
    people.take([identity(POLICE, nhs=None)], [identity(CHARITY)])
    apart = {people.person(POLICE), people.person(CHARITY)}

    touched = people.take([identity(POLICE)])

    assert people.person(POLICE) == people.person(CHARITY)
    assert touched == apart


def test_a_second_number_takes_a_person_apart_and_touches_every_part() -> None:
    people = Memory()
    third = key("K-1", "kestrel-line")
    people.take([identity(POLICE)], [identity(CHARITY, pnc="20/1A")])
    one = people.person(POLICE)

    touched = people.take([identity(third, pnc="21/2B")])

    parts = {people.person(each) for each in (POLICE, CHARITY, third)}
    assert len(parts) == 3
    assert one in parts
    assert touched == parts


def test_two_records_in_one_event_are_two_people_even_where_all_agrees() -> None:
    people = Memory()

    people.take([identity(POLICE), identity(SECOND)])

    assert people.person(POLICE) != people.person(SECOND)


def test_an_event_that_says_nothing_new_but_that_they_are_two_parts_them() -> None:
    people = Memory()
    people.take([identity(POLICE)], [identity(SECOND)])
    assert people.person(POLICE) == people.person(SECOND)

    touched = people.take([identity(POLICE), identity(SECOND)])

    assert people.person(POLICE) != people.person(SECOND)
    assert touched == {people.person(POLICE), people.person(SECOND)}


def test_an_event_that_parts_two_of_an_agency_parts_whom_they_were_linked_through() -> None:
    people = Memory()
    one = identity(POLICE, "Ann", "Example", None)
    other = identity(SECOND, "Ann", "Married")
    between = identity(CHARITY)
    people.take([one], [other], [between])
    assert len(people.members()) == 1

    people.take([one, other])

    assert len(people.members()) == 3


def test_nobody_else_is_touched() -> None:
    people = Memory()
    stranger = key("N-9")
    people.take([identity(stranger, "Bob", "Other", nhs=OTHER_NHS)])

    touched = people.take([identity(POLICE)])

    assert people.person(stranger) not in touched


def test_an_event_about_nobody_touches_nobody() -> None:
    assert Memory().take([]) == set()


def test_the_same_name_date_of_birth_and_postcode_are_one_person_without_a_number() -> None:
    people = Memory()

    people.take([here(POLICE)], [here(CHARITY)])

    assert people.person(POLICE) == people.person(CHARITY)


def test_a_gender_that_is_stated_later_parts_whom_nothing_but_name_birth_and_postcode_joined() -> (
    None
):
    people = Memory()
    people.take([here(POLICE, gender="female")], [here(CHARITY)])
    one = people.person(POLICE)

    touched = people.take([here(CHARITY, gender="male")])

    assert people.person(POLICE) != people.person(CHARITY)
    assert touched == {one, people.person(POLICE), people.person(CHARITY)}
    assert people.possible == {frozenset((POLICE, CHARITY))}
    assert [link.tier.is_sure for link in people.ended] == [True]


def test_whoever_may_be_somebody_else_from_now_on_is_touched() -> None:
    people = Memory()
    people.take([here(POLICE)])

    touched = people.take([here(CHARITY, postcode=ELSEWHERE)])

    assert people.possible == {frozenset((POLICE, CHARITY))}
    assert touched == {people.person(POLICE), people.person(CHARITY)}


def test_a_possible_link_becomes_a_sure_one_and_nothing_is_left_of_it() -> None:
    people = Memory()
    people.take([here(POLICE)], [here(CHARITY, postcode=ELSEWHERE)])

    people.take([here(CHARITY)])

    assert people.sure == {frozenset((POLICE, CHARITY))}
    assert people.possible == set()


def test_two_who_become_one_leave_a_way_from_the_old_id_to_the_new() -> None:
    people = Memory()
    people.take([here(POLICE)], [here(CHARITY, postcode=ELSEWHERE)])
    before = {people.person(POLICE), people.person(CHARITY)}

    people.take([here(CHARITY)])

    one = people.person(CHARITY)
    assert people.gone == dict.fromkeys(before - {one}, one)


def test_a_key_that_too_many_share_makes_nobody_possibly_one_and_parts_nobody() -> None:
    people = Memory()
    crowd = [here(key(str(number)), postcode=None) for number in range(MOST)]
    people.take(*([one] for one in crowd))
    assert len(people.possible) == MOST * (MOST - 1) / 2
    people.take([here(POLICE)], [here(CHARITY)])

    assert people.possible == set()
    assert people.sure == {frozenset((POLICE, CHARITY))}
    assert people.person(POLICE) == people.person(CHARITY)


def test_who_shares_another_key_with_somebody_of_the_crowd_still_may_be_that_person() -> None:
    people = Memory()
    turned = identity(CHARITY, "Example", "Ann", nhs=None, pnc="20/1A")
    people.take([identity(POLICE, nhs=None, pnc="20/1A")], [turned])

    people.take(*([here(key(str(number)), postcode=None)] for number in range(MOST + 1)))

    assert people.possible == {frozenset((POLICE, CHARITY))}


def test_what_was_parted_stays_parted_whatever_is_said_of_it_later() -> None:
    people = Memory()
    third = key("K-1", "kestrel-line")
    people.take([identity(POLICE)], [identity(CHARITY)], [identity(third)])
    one = people.person(POLICE)

    touched = people.unmerge(third)
    people.take([identity(third, postcode=HERE)], [identity(POLICE, postcode=HERE)])

    assert people.groups() == {frozenset((POLICE, CHARITY)), frozenset((third,))}
    assert one in people.members()
    assert touched == people.members().keys()
    assert people.possible == set()


def test_a_new_record_that_resembles_both_sides_does_not_bring_them_together() -> None:
    """OpenCR's case: C was parted from A and B; D joins A and B, and its link to C is refused."""
    people = Memory()
    a, b, c, d = (key(name) for name in "ABCD")
    people.take([identity(a)], [identity(b)], [identity(c, born=None)])
    people.unmerge(c)

    people.take([identity(d)])

    assert people.groups() == {frozenset((a, b, d)), frozenset((c,))}
    assert people.possible == {frozenset((c, d))}


@pytest.mark.parametrize("named", [(), (POLICE, CHARITY), (POLICE, SECOND)])
def test_a_cut_leaves_something_on_either_side_and_is_within_one_file(
    named: tuple[RecordKey, ...],
) -> None:
    with pytest.raises(CannotPart):
        across([POLICE, CHARITY], named)


def here(record: RecordKey, *, postcode: str | None = HERE, gender: str | None = None) -> Identity:
    """Give an identity without a number, and where she lives."""
    return identity(record, nhs=None, postcode=postcode, gender=gender)


names = st.sampled_from(
    [Name("Ann", "Example")] * 3
    + [
        Name("Ann", "Other"),
        Name("Bea", "Example"),
        Name("Example", "Ann"),
        Name("Ann M", "Example"),
    ]
)
births = st.sampled_from([(BORN,), (BORN,), (), (date(1971, 7, 1),)])
places = st.sampled_from([(HERE,), (HERE,), (), (ELSEWHERE,)])
genders = st.sampled_from([(), (), ("female",), ("male",)])
NUMBER = Identifier("nhs_number", NHS, verified=True)
numbers = st.sampled_from(
    [
        *[(NUMBER,)] * 3,
        *[()] * 3,
        (Identifier("nhs_number", OTHER_NHS, verified=True),),
        (Identifier("nhs_number", NHS, verified=False),),
        (NUMBER, Identifier("pnc", "20/1A", verified=True)),
        (Identifier("pnc", "20/1A", verified=True),),
        (NUMBER, Identifier("pnc", "21/2B", verified=True)),
    ]
)


@st.composite
def events(draw: st.DrawFn) -> list[Told]:
    """Draw events of two agencies that know few people, and mostly say of them what they said before."""
    cast = {
        record: [
            Identity(
                record, (draw(names),), draw(births), draw(numbers), draw(places), draw(genders)
            )
            for _ in range(draw(st.sampled_from([1, 1, 2])))
        ]
        for record in (key(local_id, agency) for agency in "pc" for local_id in "123")
    }
    found: list[Told] = []
    for agency in draw(st.lists(st.sampled_from("pc"), min_size=3, max_size=8)):
        ids = draw(st.sampled_from(["1", "1", "2", "2", "3", "12", "13", "23"]))
        found.append([draw(st.sampled_from(cast[key(each, agency)])) for each in ids])
    return found


def told_in_batches(told: Sequence[Told], cuts: Sequence[int]) -> Memory:
    people = Memory()
    for start, end in pairwise([0, *sorted(cuts), len(told)]):
        if start < end:
            people.take(*told[start:end])
    return people


Outcome = tuple[set[frozenset[RecordKey]], set[Pair], set[Pair]]


def outcome(people: Memory) -> Outcome:
    return people.groups(), people.sure, people.possible


@pytest.mark.parametrize("most", [3, MOST])
@settings(max_examples=200, deadline=None)
@given(events(), st.randoms(use_true_random=False))
def test_no_order_and_no_batching_of_the_same_statements_shows(
    most: int, told: list[Told], chance: Random
) -> None:
    shuffled = chance.sample(told, len(told))
    cuts = [chance.randrange(len(told)) for _ in range(chance.randrange(4))]

    with patch("hub.resolve.attach.MOST", most):
        one_by_one = told_in_batches(told, range(len(told)))
        at_once = told_in_batches(told, [])
        otherwise = told_in_batches(shuffled, cuts)

    event(f"{len(one_by_one.sure)} sure, {len(one_by_one.possible)} possible links")
    assert one_by_one.links == at_once.links == otherwise.links
    assert outcome(one_by_one) == outcome(at_once) == outcome(otherwise)
    assert outcome(at_once) == by_definition(told, most)


@settings(max_examples=150, deadline=None)
@given(events(), st.randoms(use_true_random=False))
def test_when_it_is_judged_that_two_are_two_does_not_show_either(
    told: list[Told], chance: Random
) -> None:
    known = sorted({said.record for each in told for said in each})
    judged = {frozenset(chance.sample(known, 2)) for _ in range(2)} if len(known) > 1 else set()

    def end(order: Sequence[Told]) -> Memory:
        people, open_ = Memory(), set(judged)
        for each in order:
            people.take(each)
            ready = {pair for pair in open_ if pair <= people.records.keys()}
            now = {pair for pair in ready if chance.random() < 0.5}
            people.part(now)
            open_ -= now
        people.part(open_)
        return people

    one, other = end(told), end(chance.sample(told, len(told)))

    assert one.links == other.links
    assert outcome(one) == outcome(other)
    assert one.cuts == judged
    assert not any({a, b} <= group for group in one.groups() for a, b in judged)


@settings(max_examples=150, deadline=None)
@given(events(), st.randoms(use_true_random=False))
def test_whoever_gained_or_lost_a_record_or_was_spoken_of_is_touched_and_nobody_else(
    told: list[Told], chance: Random
) -> None:
    people = Memory()
    for each in chance.sample(told, len(told)):
        before, linked = people.members(), set(people.links.values())
        held = {record: person for person, records in before.items() for record in records}

        touched = people.take(each)

        after = people.members()
        changed = {p for p in before.keys() | after.keys() if before.get(p) != after.get(p)}
        spoken = {people.person(said.record) for said in each}
        spoken |= {held[said.record] for said in each if said.record in held}
        loose = {link for link in linked ^ set(people.links.values()) if not link.tier.is_sure}
        maybe = {people.person(record) for link in loose for record in link.pair}
        assert touched == changed | spoken | maybe
        assert people.gone.keys() == people.gone.keys() - after.keys()


@settings(max_examples=150, deadline=None)
@given(events())
def test_two_people_of_one_event_and_two_verified_numbers_are_never_one_person(
    told: list[Told],
) -> None:
    people = told_in_batches(told, range(len(told)))

    for records in people.members().values():
        for a, b in combinations(records, 2):
            assert not any({a, b} <= each for each in people.events)
            assert not contradict(people.records[a].identity, people.records[b].identity)


def by_definition(told: Sequence[Told], most: int) -> Outcome:
    """Work the outcome out from all statements at once, the slow way."""
    known: dict[RecordKey, Identity] = {}
    for each in (said for one in told for said in one):
        known[each.record] = merged(known.get(each.record, Identity(each.record)), each)
    crowd = Counter(mark for one in known.values() for mark in marks(one))
    findings: dict[Pair, Tier] = {}
    for a, b in combinations(known, 2):
        shared = marks(known[a]) & marks(known[b])
        kinds = {kind_of(mark) for mark in shared if crowd[mark] <= most}
        if found := compare(known[a], known[b], kinds):
            findings[frozenset((a, b))] = found.tier
    sure = {pair for pair, tier in findings.items() if tier.is_sure}
    events_ = [{said.record for said in each} for each in told]

    def is_one(group: Iterable[RecordKey]) -> bool:
        return not any(
            contradict(known[a], known[b]) or any({a, b} <= each for each in events_)
            for a, b in combinations(group, 2)
        )

    groups = joined(known, {pair: findings[pair] for pair in sure}, is_one)
    possible = findings.keys() - sure
    possible |= {pair for pair in sure if not any(pair <= group for group in groups)}
    for whole in hanging_together({frozenset((each,)) for each in known}, sure):
        for one, other in combinations([group for group in groups if group <= whole], 2):
            direct = any(frozenset((a, b)) in sure for a in one for b in other)
            if not direct and is_one(one | other):
                possible.add(frozenset((min(one), min(other))))
    return groups, sure, possible


def joined(
    known: Iterable[RecordKey],
    sure: dict[Pair, Tier],
    is_one: Callable[[Iterable[RecordKey]], bool],
) -> set[frozenset[RecordKey]]:
    """Join tier by tier; what contradicts itself is held."""
    groups, held = {frozenset((each,)) for each in known}, set[RecordKey]()
    for tier in sorted(set(sure.values())):
        pairs = {pair for pair in sure if sure[pair] is tier and not pair & held}
        for whole in hanging_together(groups, pairs):
            if is_one(whole):
                groups = {each for each in groups if not each <= whole} | {whole}
            else:
                held |= whole
    return groups


def hanging_together(
    groups: Iterable[frozenset[RecordKey]], pairs: Iterable[Pair]
) -> set[frozenset[RecordKey]]:
    found = set(groups)
    for pair in pairs:
        both = {group for group in found if group & pair}
        found = (found - both) | {frozenset().union(*both)}
    return found
