"""Attach what an event says of its people to records, and records to people."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from hub.model.person import Identity, PersonId, RecordKey
from hub.resolve.compare import verified
from hub.resolve.identity import merged
from hub.resolve.link import Link, groups, keep_ids, new_links

Pair = frozenset[RecordKey]


@dataclass(frozen=True, slots=True)
class Known:
    """A record as the hub has it, and the person it is attached to."""

    identity: Identity
    person: PersonId


class People(Protocol):
    """The records and links that the hub keeps."""

    def find(self, keys: Collection[RecordKey]) -> dict[RecordKey, Known]:
        """Give those of these records that are known."""
        ...

    def sharing(self, identifiers: Collection[tuple[str, str]]) -> dict[RecordKey, Known]:
        """Give the records that carry one of these verified (scheme, value)."""
        ...

    def links(self, keys: Collection[RecordKey]) -> list[Link]:
        """Give the links that end at one of these records."""
        ...

    def together(self, keys: Collection[RecordKey]) -> set[Pair]:
        """Give the pairs of these records that stand in one event as two people."""
        ...

    def save(self, records: Sequence[Known], links: Sequence[Link]) -> None:
        """Keep records, new or changed, and new links."""
        ...


def attach(
    said: Iterable[Identity], people: People, new_id: Callable[[], PersonId]
) -> set[PersonId]:
    """Keep what was said of records, link them, and give the people whom it touches.

    A person is touched when one of their records was spoken of, came to them or left them.
    """
    spoken = _by_record(said)
    before = people.find(spoken.keys())
    now = {
        key: merged(before[key].identity, one) if key in before else one
        for key, one in spoken.items()
    }
    changed = [one for key, one in now.items() if key not in before or before[key].identity != one]
    marks = {mark for one in changed for mark in verified(one)}
    near = people.sharing(marks) if marks else {}
    links = new_links(
        changed, [*(k.identity for r, k in near.items() if r not in now), *now.values()]
    )
    world = _Neighbourhood(people, {**near, **before}, now)
    # also those of whom nothing new was said: who stands together in an event is two people
    fresh = world.close(links, spoken.keys())
    return world.settle(fresh, changed, new_id) | {before[key].person for key in before}


def _by_record(said: Iterable[Identity]) -> dict[RecordKey, Identity]:
    found: dict[RecordKey, Identity] = {}
    for one in said:
        found[one.record] = merged(found[one.record], one) if one.record in found else one
    return found


class _Neighbourhood:
    """The records within reach of those that were spoken of, and the links between them."""

    def __init__(
        self, people: People, known: Mapping[RecordKey, Known], now: Mapping[RecordKey, Identity]
    ) -> None:
        self._people = people
        self._persons = {key: each.person for key, each in known.items()}
        self._identities = {**{key: each.identity for key, each in known.items()}, **now}
        self._links: dict[Pair, Link] = {}

    def close(self, fresh: Sequence[Link], start: Iterable[RecordKey]) -> list[Link]:
        """Follow links from record to record until no new one comes up; give the links not yet kept."""
        seen: set[RecordKey] = set()
        ends = {key for link in fresh for key in (link.a, link.b)} | set(start)
        while reach := {key for key in ends - seen if key in self._persons}:
            seen |= ends
            for link in self._people.links(reach):
                self._links[frozenset((link.a, link.b))] = link
                ends |= {link.a, link.b}
            if unknown := ends - self._identities.keys():
                for key, each in self._people.find(unknown).items():
                    self._identities[key], self._persons[key] = each.identity, each.person
        added = [link for link in fresh if frozenset((link.a, link.b)) not in self._links]
        self._links |= {frozenset((link.a, link.b)): link for link in added}
        self._reached = ends
        return added

    def settle(
        self, fresh: Sequence[Link], changed: Sequence[Identity], new_id: Callable[[], PersonId]
    ) -> set[PersonId]:
        """Group what was reached into people, keep it, and give every person it touches."""
        linked = {key for pair in self._links for key in pair}
        together = self._people.together(linked) if linked else set()
        records = {key: self._identities[key] for key in self._reached}
        settled = groups(records, self._links.values(), together)
        to_save = {one.record for one in changed}
        touched: set[PersonId] = set()
        for group, kept in zip(settled, keep_ids(settled, self._persons), strict=True):
            person = PersonId(kept) if kept else new_id()
            for key in group:
                was = self._persons.get(key)
                if was != person:
                    touched |= {person} | ({was} if was else set())
                    to_save.add(key)
                self._persons[key] = person
        saved = [Known(self._identities[key], self._persons[key]) for key in sorted(to_save)]
        self._people.save(saved, fresh)
        return touched
