"""The journal in SQL: events as they came, who stands in them, and everything that bears on somebody."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hub.afresh.values import Assessed, MaybeSame, Surroundings, Task, TaskKind
from hub.assess.facts import to_text as facts_to_text
from hub.disclose.conflict import Bars
from hub.ingest import Kept, Withdrawal
from hub.model.agency import AgencyId
from hub.model.dead_letter import DeadLetter, Stage, labels
from hub.model.event import EventId
from hub.model.person import PersonId, RecordKey
from hub.model.position import Move, Place
from hub.store import bulk
from hub.store.cases import keep_cases
from hub.store.dead_letters import dead_letter
from hub.store.events import event, event_record, withdrawal
from hub.store.meetings import invited
from hub.store.moments import headers_to_text, to_ms
from hub.store.outbox import outbox, ring
from hub.store.owners import owners_of, records_of
from hub.store.positions import advance
from hub.store.reach import Reach, ids_as_text, ids_in
from hub.store.tasks import SOUND, drop_settled, open_tasks, task

_SEEN = sa.select(event.c.event_id, event.c.value)


class SqlJournal:
    """`hub.ingest.Journal` inside one transaction. `at` is when, `new_id` gives random ids."""

    def __init__(
        self,
        conn: sa.Connection,
        *,
        reader: str,
        letters_topic: str,
        at: datetime,
        new_id: Callable[[], str],
    ) -> None:
        self._conn, self._reader, self._letters_topic = conn, reader, letters_topic
        self._at, self._new_id = at, new_id

    def advance(self, moves: Mapping[Place, Move]) -> None:
        advance(self._conn, self._reader, moves)

    def known(self, ids: Collection[EventId]) -> dict[EventId, bytes]:
        rows = bulk.found(self._conn, _SEEN, [event.c.event_id], ids)
        return {EventId(row.event_id): bytes(row.value) for row in rows}

    def keep(self, events: Sequence[Kept]) -> None:
        gone = self._taken_back(events)
        rows = [_row(each, withdrawn=each.arrival.id in gone) for each in events]
        bulk.insert(self._conn, event, rows)
        stands: dict[tuple[str, str, str, str], Bars] = {}
        for each in events:
            for one in each.stands:
                place = (each.arrival.id, one.record.agency, one.record.local_id, one.role)
                stands[place] = stands.get(place, Bars()) | one.bars
        bulk.insert(
            self._conn,
            event_record,
            [_stand_row(*each) for each in sorted(stands.items(), key=lambda e: e[0])],
        )

    def withdraw(self, withdrawals: Sequence[Withdrawal]) -> set[EventId]:
        gone: set[EventId] = set()
        for each in withdrawals:
            row = {"agency": each.agency, "system": each.system, "key": each.key,
                   "version": each.version or "", "by": each.by, "spares": each.spares or ""}  # fmt: skip
            self._conn.execute(withdrawal.insert(), row)
            stood = sa.and_(
                event.c.agency == each.agency,
                event.c.system == each.system,
                event.c.key == each.key,
                ~event.c.withdrawn,
            )
            if each.version:
                stood = sa.and_(stood, event.c.version == each.version)
            if each.spares:
                stood = sa.and_(stood, event.c.version != each.spares)
            taken = event.update().where(stood).values(withdrawn=True).returning(event.c.event_id)
            gone |= {EventId(id_) for id_ in self._conn.scalars(taken)}
        return gone

    def _taken_back(self, events: Sequence[Kept]) -> set[EventId]:
        """Tell which of these were taken back before they came."""
        columns = [withdrawal.c.agency, withdrawal.c.system, withdrawal.c.key]
        sources = {each.arrival.id: each.arrival.event.source for each in events}
        keys = {(one.agency, one.system, one.key) for one in sources.values()}
        rows = bulk.found(self._conn, sa.select(withdrawal), columns, keys)
        gone: dict[tuple[str, ...], list[sa.Row[Any]]] = defaultdict(list)
        for row in rows:
            gone[row.agency, row.system, row.key].append(row)
        return {
            id_
            for id_, one in sources.items()
            if any(
                row.version in ("", one.version) and row.spares != one.version
                for row in gone[one.agency, one.system, one.key]
            )
        }

    def stand_again(
        self, events: Mapping[EventId, tuple[Collection[AgencyId], Mapping[str, Bars]]]
    ) -> None:
        """Keep anew whom events name, and whom each person in them bars, by local id."""
        names = sa.select(event.c.event_id, event.c.named)
        for row in bulk.found(self._conn, names, [event.c.event_id], events):
            named = ids_as_text(events[EventId(row.event_id)][0])
            if named != row.named:
                one = event.update().where(event.c.event_id == row.event_id)
                self._conn.execute(one.values(named=named))
        stands = sa.select(event_record)
        for row in bulk.found(self._conn, stands, [event_record.c.event_id], events):
            bars = events[EventId(row.event_id)][1].get(row.local_id, Bars())
            now = (ids_as_text(bars.conflicts), ids_as_text(bars.links))
            if now != (row.conflicts, row.perpetrator_links):
                is_it = sa.and_(
                    event_record.c.event_id == row.event_id,
                    event_record.c.agency == row.agency,
                    event_record.c.local_id == row.local_id,
                )
                changed = event_record.update().where(is_it)
                self._conn.execute(changed.values(conflicts=now[0], perpetrator_links=now[1]))

    def who(self, events: Collection[EventId]) -> dict[EventId, dict[str, PersonId]]:
        """Give who stands in these events, for each by local id."""
        columns = (event_record.c.event_id, event_record.c.agency, event_record.c.local_id)
        rows = bulk.found(self._conn, sa.select(*columns), [event_record.c.event_id], events)
        keys = {each: RecordKey(AgencyId(each.agency), each.local_id) for each in rows}
        owners = owners_of(self._conn, set(keys.values()))
        found: dict[EventId, dict[str, PersonId]] = defaultdict(dict)
        for each, key in keys.items():
            found[EventId(each.event_id)][each.local_id] = owners[key]
        return found

    def people_in(self, events: Collection[EventId]) -> set[PersonId]:
        query = sa.select(event_record.c.agency, event_record.c.local_id).distinct()
        rows = bulk.found(self._conn, query, [event_record.c.event_id], events)
        keys = {RecordKey(AgencyId(row.agency), row.local_id) for row in rows}
        return set(owners_of(self._conn, keys).values())

    def set_aside(self, letters: Sequence[DeadLetter]) -> None:
        by_id = {letter.id: letter for letter in letters}
        query = sa.select(dead_letter.c.letter_id)
        rows = bulk.found(self._conn, query, [dead_letter.c.letter_id], by_id)
        there = {row.letter_id for row in rows}
        new = [letter for id_, letter in by_id.items() if id_ not in there]
        bulk.insert(self._conn, dead_letter, [_letter_row(letter) for letter in new])
        ours = [letter for letter in new if letter.stage is Stage.INGEST]
        if ours:  # those of connectors are on their topic already
            bulk.insert(self._conn, outbox, [self._outbox_row(letter) for letter in ours])
            ring(self._conn)

    def _outbox_row(self, letter: DeadLetter) -> dict[str, object]:
        return {
            "topic": self._letters_topic,
            "key": letter.id.encode(),
            "value": letter.value,
            "headers": headers_to_text(labels(letter)),
            "recipient": "",
            "disclosure_id": "",
            "opens": True,
            "policy": "",
        }

    def surroundings(
        self, people: Collection[PersonId], events: Collection[EventId], maybe_same: MaybeSame
    ) -> Surroundings:
        """Go three steps out: who stands with whom, what is told of all those, and who stands there.

        A change in somebody bears on everybody who stands in an event with them, by whichever of
        their possible names; what is told of these people, and whom they stand with, is what their
        decisions look at.
        """
        reach = Reach(self._conn, maybe_same)
        reach.step(people)
        reach.ask(reach.people)
        bears_on = set(reach.people)
        reach.take(events)
        in_question = set(reach.people)
        reach.step(in_question)
        reach.step(set(reach.people))
        reach.step(reach.victims_of_referrals())
        reach.ask(reach.people)
        happenings = reach.happenings()
        accepted, held = self._judged(happenings)
        return Surroundings(
            people=sorted(in_question),
            decide={*events, *reach.about(bears_on)},
            happenings=happenings,
            maybe=reach.maybe,
            barred=self._barred(reach.people),
            accepted=accepted,
            held=held,
            invited=invited(self._conn, reach.people),
        )

    def written_by(self, agency: AgencyId, events: Collection[EventId]) -> set[EventId]:
        """Give those of these events that an agency reported."""
        query = sa.select(event.c.event_id).where(event.c.agency == agency)
        rows = bulk.found(self._conn, query, [event.c.event_id], events)
        return {EventId(row.event_id) for row in rows}

    def keep_cases(self, people: Collection[PersonId], found: Sequence[Assessed]) -> None:
        keep_cases(self._conn, people, found, self._new_id)

    def ask(self, asked: Collection[Task], settled: Collection[Task]) -> None:
        drop_settled(self._conn, settled)
        open_tasks(self._conn, asked, to_ms(self._at))

    def _judged(self, happenings: Collection[EventId]) -> tuple[set[EventId], dict[Task, str]]:
        """Give the referrals that a person judged sound, and what was asked about words, with what was decided."""
        kinds = TaskKind.CONTESTED_REFERRAL, TaskKind.HELD_WORDS
        query = sa.select(task).where(task.c.kind.in_(kinds))
        rows = bulk.found(self._conn, query, [task.c.event_id], happenings)
        accepted = {EventId(r.event_id) for r in rows if r.verdict == SOUND}
        held = {
            Task(
                TaskKind.HELD_WORDS, EventId(r.event_id), AgencyId(r.recipient), words=r.words
            ): r.verdict
            for r in rows
            if r.kind == TaskKind.HELD_WORDS
        }
        return accepted, held

    def _barred(self, people: Collection[PersonId]) -> dict[PersonId, Bars]:
        whose = records_of(self._conn, people)
        query = (
            sa.select(event_record)
            .join(event, event.c.event_id == event_record.c.event_id)
            .where(event_record.c.conflicts != sa.literal_column("''"), ~event.c.withdrawn)
        )
        columns = [event_record.c.agency, event_record.c.local_id]
        found: dict[PersonId, Bars] = {}
        for row in bulk.found(self._conn, query, columns, whose):
            bars = Bars(ids_in(row.conflicts), ids_in(row.perpetrator_links))
            person = whose[RecordKey(AgencyId(row.agency), row.local_id)]
            found[person] = found.get(person, Bars()) | bars
        return found


def _stand_row(place: tuple[str, str, str, str], bars: Bars) -> dict[str, object]:
    names = ("event_id", "agency", "local_id", "role")
    return {
        **dict(zip(names, place, strict=True)),
        "conflicts": ids_as_text(bars.conflicts),
        "perpetrator_links": ids_as_text(bars.links),
    }


def _row(kept: Kept, *, withdrawn: bool) -> dict[str, object]:
    arrival = kept.arrival
    source = arrival.event.source
    return {
        "event_id": arrival.id,
        "type": arrival.event.type,
        "agency": source.agency,
        "system": source.system,
        "key": source.key,
        "version": source.version,
        "value": arrival.value,
        "sha256": arrival.sha256,
        "occurred_ms": to_ms(arrival.event.occurred_at),
        "reported_ms": to_ms(arrival.event.reported_at),
        "received_ms": to_ms(arrival.event.received_at),
        "risk": None if kept.risk is None else int(kept.risk),
        "consent": kept.consent,
        "named": ids_as_text(kept.named),
        "facts": facts_to_text(kept.facts),
        "withdrawn": withdrawn,
    }


def _letter_row(letter: DeadLetter) -> dict[str, object]:
    return {
        "letter_id": letter.id,
        "stage": letter.stage.value,
        "agency": letter.agency,
        "reason": letter.reason.value,
        "detail": letter.detail,
        "format": letter.format,
        "key": letter.key,
        "value": letter.value,
        "headers": headers_to_text(letter.headers),
        "held": letter.held,
        "received_ms": to_ms(letter.received_at),
        "attempts": 0,
        "status": "open",
    }
