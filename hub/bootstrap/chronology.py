"""A family's events out of one file, and what the hub would have seen of them on each day.

Nothing is kept and no database is opened: records are linked in memory, by the hub's own rules.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import combinations

from hub.assess.book import Book
from hub.assess.cases import cases_of
from hub.assess.contested import contested
from hub.assess.criteria import unknown_instruments
from hub.assess.history import Begun, Moment, history
from hub.assess.notices import taken_back
from hub.assess.timeline import Telling, day_of, telling_of
from hub.bootstrap.county import County
from hub.model.agency import AgencyType
from hub.model.event import Event, EventId, EventType
from hub.model.person import Identity, PersonId, RecordKey
from hub.resolve.gather import gather
from hub.resolve.identity import identities
from hub.stream.registry import event_names
from hub.synth.examples import ExampleUnreadable, from_json

LINE = ("number", "agency", "type", "received_at", "event")


class ChronologyUnreadable(Exception):
    """A line is no event. The text names line, path and code, never a value."""


@dataclass(frozen=True, slots=True)
class Chronology:
    """What a look back found: entries, the number of each event, and what to tell the reviewer."""

    entries: list[Begun]
    numbers: Mapping[EventId, int]
    contested: list[int]
    unknown_instruments: list[int]
    clashes: list[int]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was seen on one day."""

    moment: Moment
    tellings: tuple[Telling, ...]


def read_events(text: str, county: County) -> list[tuple[int, Event]]:
    """Read JSON Lines of `{number, agency, type, received_at, event}`.

    Raises:
        ChronologyUnreadable: a line is none.
    """
    schemas = {name: county.registry.latest[name].schema for name in event_names(county.registry)}
    found: dict[int, Event] = {}
    for at, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                number, event = _event(line, schemas)
            except ExampleUnreadable as error:
                raise ChronologyUnreadable(f"line {at}: {error}") from None
            if number in found:
                raise ChronologyUnreadable(f"line {at}: number: taken-by-an-earlier-line")
            found[number] = event
    return list(found.items())


def look_back(
    events: Iterable[tuple[int, Event]],
    book: Book,
    as_of: date | None = None,
    accepted: Collection[int] = (),
) -> Chronology:
    """Find out what would have been raised, and when; `accepted` are referrals that were judged sound."""
    first, clashes = _first(events)
    numbers = {event.id: number for number, event in first}
    sound = [event.id for number, event in first if number in accepted]
    seen = list(_days([event for _, event in first], as_of or date.max, sound))
    waiting = {event for each in seen for event in each.moment.contested}
    tellings = [telling for each in seen for telling in each.tellings]
    unknown = set(unknown_instruments(tellings, book))
    return Chronology(
        entries=history((each.moment for each in seen), book),
        numbers=numbers,
        contested=sorted(numbers[each] for each in waiting),
        unknown_instruments=sorted(numbers[each] for each in unknown),
        clashes=clashes,
    )


def _event(line: str, schemas: Mapping[str, Mapping[str, object]]) -> tuple[int, Event]:
    try:
        found = json.loads(line)
    except ValueError:
        raise ExampleUnreadable("not-json") from None
    if not isinstance(found, dict):
        raise ExampleUnreadable("not-an-object")
    for name in LINE:
        if name not in found:
            raise ExampleUnreadable(f"{name}: missing")
    if found.keys() - set(LINE):
        raise ExampleUnreadable("unknown-field")
    number, type_ = found["number"], found["type"]
    if not isinstance(number, int) or isinstance(number, bool):
        raise ExampleUnreadable("number: not-a-whole-number")
    if not isinstance(type_, str) or type_ not in schemas:
        raise ExampleUnreadable("type: no-such-event")
    try:
        body = from_json(schemas[type_], json.dumps(found["event"]))
    except ExampleUnreadable as error:
        raise ExampleUnreadable(f"event, {error}") from None
    event = Event(EventType(type_), body, _instant(found["received_at"]))
    if found["agency"] not in (event.source.agency, *AgencyType):
        raise ExampleUnreadable("agency: not-the-source-of-the-event")
    return number, event


def _instant(value: object) -> datetime:
    try:
        instant = datetime.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise ExampleUnreadable("received_at: not-an-instant") from None
    if instant.tzinfo is None:
        raise ExampleUnreadable("received_at: no-zone")
    return instant


def _first(events: Iterable[tuple[int, Event]]) -> tuple[list[tuple[int, Event]], list[int]]:
    """Keep of each event what came first, as ingest does; give those that said something else."""
    kept: dict[EventId, tuple[int, Event]] = {}
    clashes = []
    for number, event in sorted(events, key=lambda each: (each[1].received_at, each[0])):
        _, before = kept.setdefault(event.id, (number, event))
        if (before.type, before.body) != (event.type, event.body):
            clashes.append(number)
    return list(kept.values()), sorted(clashes)


def _days(events: Collection[Event], last: date, sound: Collection[EventId]) -> Iterator[_Seen]:
    """Give what was seen at the end of each day on which something came, up to the last one."""
    came = {each.id: day_of(each.received_at) for each in events}
    days = sorted({day for day in came.values() if day <= last})
    ends = [*(date.fromordinal(day.toordinal() - 1) for day in days[1:]), last]
    for day, end in zip(days, ends, strict=bool(days)):
        known = [each for each in events if came[each.id] <= day]
        gone = taken_back(known)
        yield _seen(day, end, [each for each in known if each.id not in gone], sound)


def _seen(day: date, end: date, events: Iterable[Event], sound: Collection[EventId]) -> _Seen:
    said = [(each, list(identities(each.source.agency, each.body))) for each in events]
    people = _people(said)
    tellings = [
        telling
        for event, roles in said
        if (telling := telling_of(event, [(role, people[one.record]) for role, one in roles]))
    ]
    victims = sorted({person for each in tellings for person in each.victims})
    records: dict[PersonId, set[RecordKey]] = {}
    for record, person in people.items():
        records.setdefault(person, set()).add(record)
    moment = Moment(
        day=day,
        last=end,
        cases=tuple(case for victim in victims for case in cases_of(victim, tellings)),
        records={person: frozenset(theirs) for person, theirs in records.items()},
        contested=contested(tellings, lambda person: (person,), sound),
    )
    return _Seen(moment, tuple(tellings))


def _people(said: Iterable[tuple[Event, list[tuple[str, Identity]]]]) -> dict[RecordKey, PersonId]:
    """Link the records of what was said into people."""
    spoken = [[one for _, one in roles] for _, roles in said]
    together = {
        frozenset(pair)
        for identities_ in spoken
        for pair in combinations(sorted({one.record for one in identities_}), 2)
    }
    found = gather([one for identities_ in spoken for one in identities_], together)
    return {record: PersonId(f"{number:06}") for record, number in found.items()}
