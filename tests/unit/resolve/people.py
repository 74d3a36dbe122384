"""People made for a test: identities in few words, and a memory that keeps what the database would."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from itertools import combinations, count

from hub.model.agency import AgencyId
from hub.model.person import Identifier, Identity, Name, PersonId, RecordKey
from hub.resolve.attach import Known, Pair, attach
from hub.resolve.compare import verified
from hub.resolve.link import Link

BORN = date(1990, 3, 2)
NHS, OTHER_NHS = "9990000018", "9990000026"


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
) -> Identity:
    numbers = (("nhs_number", nhs), ("pnc", pnc))
    return Identity(
        record=record,
        names=(Name(given, family),),
        births=(born,) if born else (),
        identifiers=tuple(Identifier(s, value, is_verified) for s, value in numbers if value),
    )


class Memory:
    """`hub.resolve.attach.People`, and the events in which records stand."""

    def __init__(self) -> None:
        self.records: dict[RecordKey, Known] = {}
        self.kept: dict[Pair, Link] = {}
        self.events: list[frozenset[RecordKey]] = []
        self._numbers = count(1)

    def take(self, *events: Iterable[Identity]) -> set[PersonId]:
        """Take in a batch of events, each told by the people in it, as `hub.ingest` does."""
        told = [list(event) for event in events]
        self.events += [frozenset(each.record for each in event) for event in told]
        said = [each for event in told for each in event]
        return attach(said, self, lambda: PersonId(f"person-{next(self._numbers)}"))

    def possibly_same(self, people: Collection[PersonId]) -> dict[PersonId, Collection[PersonId]]:
        return dict.fromkeys(people, ())

    def find(self, keys: Collection[RecordKey]) -> dict[RecordKey, Known]:
        return {each: self.records[each] for each in keys if each in self.records}

    def sharing(self, identifiers: Collection[tuple[str, str]]) -> dict[RecordKey, Known]:
        wanted = set(identifiers)
        return {k: known for k, known in self.records.items() if verified(known.identity) & wanted}

    def links(self, keys: Collection[RecordKey]) -> list[Link]:
        return [link for pair, link in self.kept.items() if pair & set(keys)]

    def together(self, keys: Collection[RecordKey]) -> set[Pair]:
        wanted = set(keys)
        return {
            frozenset(pair)
            for event in self.events
            for pair in combinations(sorted(event & wanted), 2)
        }

    def save(self, records: Sequence[Known], links: Sequence[Link]) -> None:
        self.records |= {each.identity.record: each for each in records}
        for link in links:
            pair = frozenset((link.a, link.b))
            assert pair not in self.kept, "a link is kept once"
            self.kept[pair] = link

    def person(self, record: RecordKey) -> PersonId:
        return self.records[record].person

    def members(self) -> dict[PersonId, frozenset[RecordKey]]:
        found: dict[PersonId, set[RecordKey]] = {}
        for record, known in self.records.items():
            found.setdefault(known.person, set()).add(record)
        return {person: frozenset(records) for person, records in found.items()}
