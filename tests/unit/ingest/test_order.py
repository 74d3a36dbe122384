"""What recipients may have in the end hangs on what was reported, never on the order it was read in."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import islice, pairwise
from random import Random

import pytest
from hypothesis import event as note
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.model.event import Body, Event
from hub.synth.extremes import EVENT_TYPES, smallest
from hub.synth.stream import event_bodies
from tests.made_events import (
    AMBER,
    CHILDREN,
    DUNMOOR,
    FENMARCH,
    HOSPITAL,
    KESTREL,
    NHS,
    OTHER_NHS,
    RECEIVED,
    REGISTERED,
    body_of,
    event_of,
    person,
    victim,
)
from tests.unit.ingest.memory import HubInMemory, Standing

SOURCES = (FENMARCH, DUNMOOR, AMBER, KESTREL, HOSPITAL, CHILDREN)
NAMED = REGISTERED
KINDS = tuple(each for each in EVENT_TYPES if "organisations" in smallest(each))
NUMBERS = {"Ann": NHS, "Ann, kept twice": NHS, "Bea": OTHER_NHS, "Cat": "9990000034"}


def cast(chance: Random) -> dict[str, dict[str, Body]]:
    """Draw how each agency knows three women, mostly with their number: one of them under two keys."""
    found: dict[str, dict[str, Body]] = {}
    for agency in SOURCES:
        found[agency] = {}
        for number, (name, nhs) in enumerate(NUMBERS.items()):
            known = chance.choices([nhs, None, NHS], [6, 2, 1])[0]
            found[agency][name] = victim(f"{agency[:2]}-{number}", name, "Example", known)
    return found


def suspect(chance: Random, agency: str) -> Body:
    """Draw one of two men, known to be one over all agencies; few know where he works."""
    name, nhs = chance.choice([("Bob", "9990000042"), ("Rex", "9990000050")])
    employer = "Kestrel Line" if chance.random() < 0.2 else None
    return person(f"{agency[:2]}-{name}", name, nhs=nhs, employer=employer)


def taking_back(event: Event, key: str) -> Event:
    source = event.source
    named: Body = {"system": source.system, "key": source.key, "version": source.version}
    body = body_of(key, "record-retracted", agency=source.agency, retracts=named)
    del body["organisations"]
    return event_of(body, "record-retracted")


def about_few(chance: Random, count: int) -> list[Event]:
    """Draw events about few people, so that most bear on one another."""
    known = cast(chance)
    found: list[Event] = []
    for number in range(count):
        if found and chance.random() < 0.1:
            found.append(taking_back(chance.choice(found), f"gone-{number}"))
            continue
        agency, kind = chance.choice(SOURCES), chance.choice(KINDS)
        harmed = chance.sample(sorted(NUMBERS), chance.choice([0, 1, 1, 1, 2]))
        fields: Body = {
            "victims": [known[agency][each] for each in harmed],
            "perpetrators": [suspect(chance, agency)] if chance.random() < 0.3 else [],
            "risk_grade": chance.choice([None, "standard", "medium", "high"]),
            "consent": chance.choice([None, "given", "refused", "withdrawn", "not_asked"]),
        }
        body = body_of(
            f"{number}",
            kind,
            agency=agency,
            hour=chance.randrange(4),
            named=chance.sample(NAMED, 3),
        )
        found.append(event_of({**body, **fields}, kind))
    return found


def from_the_stream(seed: int, count: int) -> list[Event]:
    return [event_of(body, kind) for kind, body in islice(event_bodies(seed), count)]


def end_of(events: Sequence[Event], cuts: Sequence[int]) -> Standing:
    hub = HubInMemory()
    for start, end in pairwise([0, *sorted(cuts), len(events)]):
        if start < end:
            hub.take(*events[start:end])
    assert len(hub.journal.events) == len({each.id for each in events})
    return hub.standing


def shuffled(events: Sequence[Event], chance: Random) -> Standing:
    """Read them in another order, in other batches, some of them twice."""
    again = [
        Event(each.type, each.body, RECEIVED + timedelta(days=1))
        for each in chance.sample(events, len(events) // 5)
    ]
    mixed = [*events, *again]
    chance.shuffle(mixed)
    return end_of(mixed, [chance.randrange(len(mixed)) for _ in range(chance.randrange(9))])


@settings(max_examples=25, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(4, 14))
def test_few_people_in_any_order(chance: Random, count: int) -> None:
    events = about_few(chance, count)

    one_by_one = end_of(events, range(count))

    note(f"{len(one_by_one) // 10 * 10} standing or more")
    assert shuffled(events, chance) == one_by_one


@pytest.mark.parametrize("seed", range(6))
def test_thirty_events_in_any_order(seed: int) -> None:
    chance = Random(seed)
    events = [*about_few(chance, 18), *from_the_stream(seed, 12)]

    at_once = end_of(events, [])

    assert at_once
    assert end_of(list(reversed(events)), range(30)) == at_once
    assert all(shuffled(events, chance) == at_once for _ in range(3))
