"""A hub in memory: the journal, the people, what is dispatched, and what each recipient then holds."""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import count

from hub.afresh.needs import Hub
from hub.afresh.values import (
    Assessed,
    Disclosed,
    Given,
    Happening,
    MaybeSame,
    Outcome,
    Recalled,
    Stopped,
    Surroundings,
    Task,
    TaskKind,
)
from hub.assess.circumstances import Statement
from hub.assess.timeline import telling_of
from hub.bootstrap.county import County, load_county
from hub.disclose.conflict import GUARDED, Bars
from hub.disclose.plan import Planner
from hub.disclose.project import DisclosureHead
from hub.disclose.verdict import Past, Verdict
from hub.ingest import Kept, Withdrawal, ingest
from hub.model.agency import AgencyId
from hub.model.arrival import Arrival, Batch
from hub.model.dead_letter import DeadLetter
from hub.model.event import Body, Event, EventId, event_id, source_of
from hub.model.person import PersonId
from hub.model.position import Move, Place
from hub.store.tasks import task_id
from tests.made_events import TODAY, arrival_of
from tests.unit.resolve.people import Memory as People

county = cache(load_county)

Standing = dict[tuple[AgencyId, EventId], str]


class Wire:
    """`hub.ingest.Wire`: bodies are written as JSON, and known again by their bytes."""

    def __init__(self) -> None:
        self._bodies: dict[bytes, Body] = {}
        self._numbers = count(1)
        self.shares: dict[bytes, Body] = {}
        """What of an event each disclosure was made from."""

    def write(self, body: Body, *, spaces: bool = False) -> bytes:
        """Write a body; with spaces, the same body has other bytes."""
        text = json.dumps(body, default=str, sort_keys=True, indent=1 if spaces else None)
        self._bodies[text.encode()] = body
        return text.encode()

    def body(self, value: bytes) -> Body:
        return self._bodies[value]

    def disclosure(self, verdict: Verdict, body: Body, head: DisclosureHead) -> bytes:
        assert event_id(source_of(body)) == verdict.event.id
        assert (head.plan_id, head.recipient) == (verdict.plan.id, verdict.recipient.id)
        value = f"{head.disclosure_id} gives {verdict.event.id}".encode()
        self.shares[value] = body
        return value

    def recall(self, disclosure_id: str) -> bytes:
        return f"{disclosure_id} is recalled".encode()

    def pseudonym(self, recipient: AgencyId, of: str) -> bytes:
        return f"{recipient} knows {of}".encode()

    def new_id(self) -> str:
        return f"id-{next(self._numbers)}"


class Journal:
    """`hub.ingest.Journal`. What surrounds an event is worked out from all events, the slow way."""

    def __init__(self, people: People) -> None:
        self._people = people
        self.events: dict[EventId, Kept] = {}
        self.letters: dict[str, DeadLetter] = {}
        self.moves: list[Mapping[Place, Move]] = []
        self.cases: dict[PersonId, list[Assessed]] = {}
        self._tasks: dict[str, Task] = {}
        self.accepted: set[EventId] = set()
        self.withdrawals: list[Withdrawal] = []

    def advance(self, moves: Mapping[Place, Move]) -> None:
        self.moves.append(moves)

    def known(self, ids: Collection[EventId]) -> dict[EventId, bytes]:
        return {each: self.events[each].arrival.value for each in ids if each in self.events}

    def keep(self, events: Sequence[Kept]) -> None:
        for each in events:
            assert each.arrival.id not in self.events, "an event is never written over"
            self.events[each.arrival.id] = each
            self._people.events.append(frozenset(one.record for one in each.stands))

    def withdraw(self, withdrawals: Sequence[Withdrawal]) -> set[EventId]:
        before = {id_ for id_, kept in self.events.items() if self._is_withdrawn(kept)}
        self.withdrawals += withdrawals
        return {id_ for id_, kept in self.events.items() if self._is_withdrawn(kept)} - before

    def people_in(self, events: Collection[EventId]) -> set[PersonId]:
        return {
            self._people.person(one.record) for id_ in events for one in self.events[id_].stands
        }

    def _is_withdrawn(self, kept: Kept) -> bool:
        source = kept.arrival.event.source
        return any(
            (each.agency, each.system, each.key) == (source.agency, source.system, source.key)
            and each.version in (None, source.version)
            and each.spares != source.version
            for each in self.withdrawals
        )

    def set_aside(self, letters: Sequence[DeadLetter]) -> None:
        for letter in letters:
            self.letters.setdefault(letter.id, letter)

    def surroundings(
        self, people: Collection[PersonId], events: Collection[EventId], maybe_same: MaybeSame
    ) -> Surroundings:
        """Decide everything afresh, whoever is touched: nothing can be forgotten that way."""
        happenings = {id_: self._happening(kept) for id_, kept in self.events.items()}
        everybody = {p for h in happenings.values() for p in (*h.past.about, *h.suspects)}
        barred: dict[PersonId, Bars] = {}
        for kept in self.events.values():
            for one in kept.stands if not self._is_withdrawn(kept) else ():
                person = self._people.person(one.record)
                barred[person] = barred.get(person, Bars()) | one.bars
        return Surroundings(
            sorted({*everybody, *people}), {*happenings, *events}, happenings,
            maybe_same({*everybody, *people}), barred, self.accepted,
            {each: "" for each in self.tasks if each.kind is TaskKind.HELD_WORDS},
        )  # fmt: skip

    def keep_cases(self, people: Collection[PersonId], found: Sequence[Assessed]) -> None:
        for person in people:
            self.cases[person] = [each for each in found if each.case.victim == person]

    @property
    def tasks(self) -> set[Task]:
        return set(self._tasks.values())

    def ask(self, asked: Collection[Task], settled: Collection[Task]) -> None:
        for each in settled:
            self._tasks.pop(task_id(each), None)
        for each in asked:
            self._tasks.setdefault(task_id(each), each)

    def _happening(self, kept: Kept) -> Happening:
        event = kept.arrival.event
        victims, perpetrators, unresolved = (
            frozenset(self._people.person(one.record) for one in kept.stands if one.role == role)
            for role in GUARDED
        )
        past = Past(
            kept.arrival.id, event.type, event.source.agency, event.occurred_at.date(),
            tuple(sorted(victims | unresolved)), kept.named, self._is_withdrawn(kept),
        )  # fmt: skip
        people = [(one.role, self._people.person(one.record)) for one in kept.stands]
        return Happening(
            past, self._statement(kept), telling_of(event, people), perpetrators | unresolved
        )

    def _statement(self, kept: Kept) -> Statement:
        return Statement(kept.arrival.id, kept.arrival.event.reported_at, kept.risk, kept.consent)


class Dispatch:
    """`hub.ingest.Dispatch`, and its readers: each keeps what it got and deletes what is recalled."""

    def __init__(self) -> None:
        self.standing: dict[tuple[AgencyId, EventId], tuple[Given, Disclosed]] = {}
        self.held: dict[AgencyId, dict[str, Disclosed]] = defaultdict(dict)
        self.sent: list[Disclosed | Recalled] = []
        self.suppressed: list[Verdict] = []
        self.stopped: list[Stopped] = []

    def given(self, events: Collection[EventId]) -> dict[tuple[AgencyId, EventId], Given]:
        return {pair: given for pair, (given, _) in self.standing.items() if pair[1] in set(events)}

    def send(
        self,
        disclosed: Sequence[Disclosed],
        suppressed: Sequence[Verdict],
        recalled: Sequence[Recalled],
        stopped: Sequence[Stopped],
    ) -> None:
        self.stopped += stopped
        for end in stopped:
            pair = (end.verdict.recipient.id, end.verdict.event.id)
            given, one = self.standing[pair]
            self.standing[pair] = (replace(given, stopped=True), one)
        for back in recalled:
            first = self.held[back.verdict.recipient.id].pop(back.disclosure_id)
            assert back.key == first.key, "a recall that takes another way may overtake"
            del self.standing[_pair(back)]
        for one in disclosed:
            held = self.held[one.verdict.recipient.id]
            assert one.opens is (one.disclosure_id not in held)
            assert one.opens or held[one.disclosure_id].key == one.key
            held[one.disclosure_id] = one
            plan = one.verdict.plan
            given = Given(plan.id, one.disclosure_id, one.key, plan.treatments)
            self.standing[_pair(one)] = (given, one)
        self.sent += [*recalled, *disclosed]
        self.suppressed += suppressed


def _pair(one: Disclosed | Recalled) -> tuple[AgencyId, EventId]:
    return one.verdict.recipient.id, one.verdict.event.id


class HubInMemory:
    """Takes in events as one worker does, batch by batch."""

    def __init__(self, the_county: County | None = None) -> None:
        found = the_county or county()
        self.wire, self.people = Wire(), People()
        self.journal, self.dispatch = Journal(self.people), Dispatch()
        planner = Planner(found.bundle, TODAY)
        self.hub = Hub(
            found.recipients, found.register, found.schemas, planner, found.book, self.wire
        )

    def suspend(self, recipient: str) -> None:
        changed = [
            replace(each, status="suspended") if each.id == recipient else each
            for each in self.hub.recipients
        ]
        self.hub = replace(self.hub, recipients=changed)

    def arrival(self, event: Event, *, spaces: bool = False) -> Arrival:
        return arrival_of(event, self.wire.write(event.body, spaces=spaces))

    def take(self, *events: Event, letters: Sequence[DeadLetter] = ()) -> Outcome:
        return self.take_batch([self.arrival(each) for each in events], letters)

    def take_batch(
        self, arrivals: Sequence[Arrival], letters: Sequence[DeadLetter] = ()
    ) -> Outcome:
        outcome = ingest(
            Batch(arrivals, letters, {Place("hub.in", 0): Move(0, len(arrivals))}),
            hub=self.hub,
            journal=self.journal,
            people=self.people,
            dispatch=self.dispatch,
        )
        self._check()
        return outcome

    @property
    def standing(self) -> Standing:
        return {
            pair: given.plan_id
            for pair, (given, _) in self.dispatch.standing.items()
            if not given.stopped
        }

    def has(self, recipient: str, event: Event) -> Disclosed | None:
        """Give what a recipient holds of an event."""
        found = [
            one
            for one in self.dispatch.held[AgencyId(recipient)].values()
            if one.verdict.event.id == event.id
        ]
        assert len(found) <= 1, "two disclosures of one event stand at one recipient"
        return found[0] if found else None

    def _check(self) -> None:
        """Hold what recipients have to what the hub believes they have."""
        held = {
            (recipient, one.verdict.event.id): one.verdict.plan.id
            for recipient, ones in self.dispatch.held.items()
            for one in ones.values()
        }
        assert held == {p: given.plan_id for p, (given, _) in self.dispatch.standing.items()}
        assert sum(map(len, self.dispatch.held.values())) == len(held)
