"""People made for a test: identities in few words, and a memory that keeps what the database would."""

from collections.abc import Collection, Iterable
from datetime import date
from itertools import combinations, count

from hub.model.agency import AgencyId
from hub.model.person import Identifier, Identity, Judgement, Name, PersonId, RecordKey
from hub.resolve.attach import attach
from hub.resolve.compare import Tier
from hub.resolve.keys import marks
from hub.resolve.link import Link, Pair
from hub.resolve.neighbourhood import Changes, Known, Sharing, Standing
from hub.resolve.part import across, part

BORN = date(1990, 3, 2)
NHS, OTHER_NHS = "9990000018", "9990000026"
HERE, ELSEWHERE = "ZF11AA", "ZD39BB"
JUDGEMENT = Judgement("eve@fenmarch-idva", "seen both")


def key(local_id: str, agency: str = "fenmarch-police") -> RecordKey:
    return RecordKey(AgencyId(agency), local_id)


def identity(
    record: RecordKey,
    given: str | None = "Ann",
    family: str | None = "Example",
    born: date | None = BORN,
    *,
    nhs: str | None = NHS,
    pnc: str | None = None,
    is_verified: bool = True,
    postcode: str | None = None,
    gender: str | None = None,
) -> Identity:
    numbers = (("nhs_number", nhs), ("pnc", pnc))
    return Identity(
        record=record,
        names=(Name(given, family),),
        births=(born,) if born else (),
        identifiers=tuple(Identifier(s, value, is_verified) for s, value in numbers if value),
        postcodes=(postcode,) if postcode else (),
        genders=(gender,) if gender else (),
    )


class Memory:
    """`hub.resolve.neighbourhood.People`, and the events in which records stand."""

    def __init__(self) -> None:
        self.records: dict[RecordKey, Known] = {}
        self.under: dict[str, set[RecordKey]] = {}
        self.links: dict[tuple[Pair, Tier], Link] = {}
        self.ended: list[Link] = []
        self.cuts: set[Pair] = set()
        self.gone: dict[PersonId, PersonId] = {}
        self.events: list[frozenset[RecordKey]] = []
        self._numbers = count(1)

    def take(self, *events: Iterable[Identity]) -> set[PersonId]:
        """Take in a batch of events, each told by the people in it, as `hub.ingest` does."""
        told = [list(event) for event in events]
        self.events += [frozenset(each.record for each in event) for event in told]
        said = [each for event in told for each in event]
        return attach(said, self, self._new_id)

    def unmerge(self, *named: RecordKey) -> set[PersonId]:
        """Part these records from the others of their file."""
        file = self.members()[self.person(named[0])]
        return self.part(across(file, named))

    def part(self, pairs: Collection[Pair]) -> set[PersonId]:
        return part(pairs, JUDGEMENT, self, self._new_id)

    def find(self, keys: Collection[RecordKey]) -> dict[RecordKey, Known]:
        return {each: self.records[each] for each in keys if each in self.records}

    def sharing(self, marks: Collection[str]) -> Sharing:
        under = {mark: self.under.get(mark, set()) for mark in marks}
        keys = {key for keys in under.values() for key in keys}
        return Sharing({key: self.records[key] for key in keys}, under)

    def standing(self, keys: Collection[RecordKey]) -> Standing:
        wanted = set(keys)
        links = [link for (pair, _), link in self.links.items() if pair & wanted]
        return Standing(links, {pair for pair in self.cuts if pair & wanted})

    def together(self, keys: Collection[RecordKey]) -> set[Pair]:
        wanted = set(keys)
        return {
            frozenset(pair)
            for event in self.events
            for pair in combinations(sorted(event & wanted), 2)
        }

    def save(self, changes: Changes) -> None:
        self.records |= {each.identity.record: each for each in changes.records}
        for mark, record in changes.marks:
            assert mark in marks(self.records[record].identity)
            assert record not in self.under.setdefault(mark, set()), "a key is kept once"
            self.under[mark].add(record)
        for link in changes.ended:
            assert self.links.pop((link.pair, link.tier)) == link
            self.ended.append(link)
        for link in changes.added:
            assert link.a < link.b
            assert (link.pair, link.tier) not in self.links, "a link is kept once"
            self.links[link.pair, link.tier] = link
        assert not changes.cuts or changes.judgement
        self.cuts |= set(changes.cuts)
        assert not self.gone.keys() & changes.gone.keys(), "nobody goes twice"
        self.gone |= changes.gone
        assert not self.gone.keys() & self.members().keys(), "an id never comes back"

    def person(self, record: RecordKey) -> PersonId:
        return self.records[record].person

    @property
    def owners(self) -> dict[RecordKey, PersonId]:
        return {record: known.person for record, known in self.records.items()}

    def members(self) -> dict[PersonId, frozenset[RecordKey]]:
        found: dict[PersonId, set[RecordKey]] = {}
        for record, known in self.records.items():
            found.setdefault(known.person, set()).add(record)
        return {person: frozenset(records) for person, records in found.items()}

    def groups(self) -> set[frozenset[RecordKey]]:
        return set(self.members().values())

    def possibly_same(self, persons: Collection[PersonId]) -> dict[PersonId, set[PersonId]]:
        found: dict[PersonId, set[PersonId]] = {}
        for pair in self.possible:
            one, other = (self.person(record) for record in pair)
            for each, also in ((one, other), (other, one)):
                if each != also and each in set(persons):
                    found.setdefault(each, set()).add(also)
        return found

    @property
    def sure(self) -> set[Pair]:
        return {link.pair for link in self.links.values() if link.tier.is_sure}

    @property
    def possible(self) -> set[Pair]:
        return {link.pair for link in self.links.values() if not link.tier.is_sure}

    def _new_id(self) -> PersonId:
        return PersonId(f"person-{next(self._numbers)}")
