"""The records within reach of some, the links between them, and what a change makes of their people."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from hub.model.person import Identity, Judgement, PersonId, RecordKey
from hub.resolve.compare import Tier
from hub.resolve.group import settle
from hub.resolve.link import Link, Pair, keep_ids, redirects

SURE, POSSIBLE, REFUSED = range(3)


@dataclass(frozen=True, slots=True)
class Known:
    """A record as the hub has it, and the person it is attached to."""

    identity: Identity
    person: PersonId


@dataclass(frozen=True, slots=True)
class Sharing:
    """Who stands under some keys: the records, and their keys key by key."""

    known: Mapping[RecordKey, Known]
    under: Mapping[str, Collection[RecordKey]]


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands in the decision log: links, sure and possible, and pairs that were judged to be two."""

    links: Collection[Link]
    cuts: Collection[Pair]


@dataclass(slots=True)
class Changes:
    """What is to be kept: records new or changed and their new keys, links that begin and that end.

    `cuts` are pairs that the judgement parts. `gone` says of each person who is no more who they are.
    """

    records: Sequence[Known] = ()
    marks: Sequence[tuple[str, RecordKey]] = ()
    added: list[Link] = field(default_factory=list)
    ended: list[Link] = field(default_factory=list)
    cuts: Sequence[Pair] = ()
    judgement: Judgement | None = None
    gone: Mapping[PersonId, PersonId] = field(default_factory=dict)


class People(Protocol):
    """The records and links that the hub keeps. One writer at a time: `find` waits for the other."""

    def find(self, keys: Collection[RecordKey]) -> dict[RecordKey, Known]:
        """Give those of these records that are known."""
        ...

    def sharing(self, marks: Collection[str]) -> Sharing:
        """Give the records under these keys; under a crowded key not necessarily all."""
        ...

    def standing(self, keys: Collection[RecordKey]) -> Standing:
        """Give the links and cuts that end at one of these records."""
        ...

    def together(self, keys: Collection[RecordKey]) -> set[Pair]:
        """Give the pairs of these records that stand in one event as two people."""
        ...

    def save(self, changes: Changes) -> None:
        """Keep it all. A link that ends stays in the log, as one that stood until now."""
        ...


class Neighbourhood:
    """Knows the records within reach, and collects what is to be kept of them."""

    def __init__(self, people: People, known: Mapping[RecordKey, Known]) -> None:
        self._people = people
        self.identities: dict[RecordKey, Identity] = {}
        self.persons: dict[RecordKey, PersonId] = {}
        self.cuts: set[Pair] = set()
        self.links: dict[tuple[Pair, int], Link] = {}
        self.changes = Changes()
        self._looked: set[RecordKey] = set()
        self._compared: set[Pair] = set()
        self.meet(known)

    def meet(self, known: Mapping[RecordKey, Known]) -> None:
        """Take in records that the hub has; what was newly said of one stands."""
        for key, each in known.items():
            self.identities.setdefault(key, each.identity)
            self.persons.setdefault(key, each.person)

    def look(self, keys: Iterable[RecordKey]) -> None:
        """Read what stands at these records; what was compared anew is known better already."""
        wanted = {key for key in keys if key in self.persons} - self._looked
        if not wanted:
            return
        self._looked |= wanted
        standing = self._people.standing(wanted)
        self.cuts |= set(standing.cuts)
        for each in standing.links:
            if each.pair not in self._compared or each.tier is Tier.REFUSED:
                self.links[_slot(each)] = each

    def has_possible(self, pair: Pair) -> bool:
        return (pair, POSSIBLE) in self.links

    def replace(self, pair: Pair, found: Link | None) -> None:
        """Let what a comparison found stand in the place of what two records' links were."""
        self._compared.add(pair)
        slots = [slot for slot in ((pair, SURE), (pair, POSSIBLE)) if slot in self.links]
        stood = [self.links[slot] for slot in slots]
        if stood == ([found] if found else []):
            return
        for slot in slots:
            self.changes.ended.append(self.links.pop(slot))
        if found:
            self.links[_slot(found)] = found
            self.changes.added.append(found)

    def settle(
        self,
        start: Iterable[RecordKey],
        changed: Iterable[RecordKey],
        new_id: Callable[[], PersonId],
    ) -> set[PersonId]:
        """Group what is within reach into people, keep it, and give every person it touches.

        Touched is who gained or lost a record, or a link that is only possible: narrowing counts it.
        """
        ends = {key for each in (*self.changes.added, *self.changes.ended) for key in each.pair}
        reached = self._reach({*start, *ends})
        self._regroup(reached)
        before = {key: self.persons[key] for key in reached if key in self.persons}
        touched: set[PersonId] = set()
        moved: set[RecordKey] = set()
        for group, kept in zip(self._groups, keep_ids(self._groups, before), strict=True):
            person = kept or new_id()
            for key in group:
                if (was := before.get(key)) != person:
                    touched |= {person} | ({was} if was else set())
                    moved.add(key)
                self.persons[key] = person
        self.changes.gone = redirects(before, {key: self.persons[key] for key in reached})
        self.changes.records = [
            Known(self.identities[key], self.persons[key]) for key in sorted({*changed, *moved})
        ]
        self._people.save(self.changes)
        loose = [
            each for each in (*self.changes.added, *self.changes.ended) if not each.tier.is_sure
        ]
        return touched | {self.persons[key] for each in loose for key in each.pair}

    def _reach(self, start: set[RecordKey]) -> set[RecordKey]:
        """Follow sure links from record to record until no new one comes up."""
        seen: set[RecordKey] = set()
        ends = start
        while fresh := ends - seen:
            seen |= fresh
            self.look(fresh)
            ends = ends | {
                key
                for (pair, slot) in self.links
                if slot == SURE and not pair.isdisjoint(fresh)
                for key in pair
            }
            if unknown := ends - self.identities.keys():
                self.meet(self._people.find(unknown))
        return seen

    def _regroup(self, reached: set[RecordKey]) -> None:
        sure = [each for (_, slot), each in self.links.items() if slot == SURE]
        sure = [each for each in sure if each.a in reached]
        linked = {key for each in sure for key in each.pair}
        together = self._people.together(linked) if linked else set()
        records = {key: self.identities[key] for key in reached}
        settled = settle(records, sure, together, self.cuts)
        self._groups = settled.groups
        now = {each.pair: each for each in settled.refused}
        for (pair, slot), stood in list(self.links.items()):
            if slot == REFUSED and stood.a in reached and now.get(pair) != stood:
                self.changes.ended.append(self.links.pop((pair, slot)))
        for pair, each in now.items():
            if (pair, REFUSED) not in self.links:
                self.links[pair, REFUSED] = each
                self.changes.added.append(each)


def _slot(link: Link) -> tuple[Pair, int]:
    """Say in which of three places a link stands: of two records there is one link in each at most."""
    if link.tier.is_sure:
        return link.pair, SURE
    return link.pair, REFUSED if link.tier is Tier.REFUSED else POSSIBLE
