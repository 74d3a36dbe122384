"""Records attach to people, and the outcome hangs on what was said, never on when."""

from collections.abc import Sequence
from datetime import date
from itertools import combinations, pairwise
from random import Random

from hypothesis import event, given, settings
from hypothesis import strategies as st

from hub.model.person import Identifier, Identity, Name, RecordKey
from hub.resolve.compare import contradict, same_person
from hub.resolve.identity import merged
from tests.unit.resolve.people import BORN, NHS, OTHER_NHS, Memory, identity, key

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


names = st.sampled_from(
    [Name("Ann", "Example")] * 3 + [Name("Ann", "Other"), Name("Bea", "Example")]
)
births = st.sampled_from([(BORN,), (BORN,), (), (date(1971, 7, 1),)])
NUMBER = Identifier("nhs_number", NHS, verified=True)
numbers = st.sampled_from(
    [
        *[(NUMBER,)] * 4,
        (),
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
            Identity(record, (draw(names),), draw(births), draw(numbers))
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


def outcome(people: Memory) -> tuple[set[frozenset[RecordKey]], set[frozenset[RecordKey]]]:
    return set(people.members().values()), set(people.kept)


@settings(max_examples=250, deadline=None)
@given(events(), st.randoms(use_true_random=False))
def test_no_order_and_no_batching_of_the_same_statements_shows(
    told: list[Told], chance: Random
) -> None:
    shuffled = chance.sample(told, len(told))
    cuts = [chance.randrange(len(told)) for _ in range(chance.randrange(4))]

    one_by_one = told_in_batches(told, range(len(told)))
    at_once = told_in_batches(told, [])
    otherwise = told_in_batches(shuffled, cuts)

    event(f"{len(one_by_one.kept)} links")
    assert outcome(one_by_one) == outcome(at_once) == outcome(otherwise)
    assert outcome(at_once) == by_definition(told)


@settings(max_examples=150, deadline=None)
@given(events(), st.randoms(use_true_random=False))
def test_whoever_gained_or_lost_a_record_or_was_spoken_of_is_touched_and_nobody_else(
    told: list[Told], chance: Random
) -> None:
    people = Memory()
    for each in chance.sample(told, len(told)):
        before = people.members()
        held = {record: person for person, records in before.items() for record in records}

        touched = people.take(each)

        after = people.members()
        changed = {p for p in before.keys() | after.keys() if before.get(p) != after.get(p)}
        spoken = {people.person(said.record) for said in each}
        spoken |= {held[said.record] for said in each if said.record in held}
        assert touched == changed | spoken


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


def by_definition(
    told: Sequence[Told],
) -> tuple[set[frozenset[RecordKey]], set[frozenset[RecordKey]]]:
    """Work the outcome out from all statements at once, the slow way."""
    known: dict[RecordKey, Identity] = {}
    for each in (said for one in told for said in one):
        known[each.record] = merged(known.get(each.record, Identity(each.record)), each)
    linked = {
        frozenset((a, b)) for a, b in combinations(known, 2) if same_person(known[a], known[b])
    }
    groups = {frozenset((each,)) for each in known}
    for pair in linked:
        joined = {group for group in groups if group & pair}
        groups = (groups - joined) | {frozenset().union(*joined)}
    events_ = [{said.record for said in each} for each in told]
    found: set[frozenset[RecordKey]] = set()
    for group in groups:
        is_apart = any(
            contradict(known[a], known[b]) or any({a, b} <= each for each in events_)
            for a, b in combinations(group, 2)
        )
        found |= {frozenset((each,)) for each in group} if is_apart else {group}
    return found, linked
