"""The journal in SQL: events as they came, and everything that is told of a person."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from hub.assess.circumstances import Risk, Statement
from hub.disclose.afresh import Past
from hub.ingest import ABOUT, Kept, Surroundings, Told
from hub.model.agency import AgencyId
from hub.model.dead_letter import DeadLetter, Stage, labels
from hub.model.event import EventId, EventType
from hub.model.person import PersonId
from hub.model.position import Move, Place
from hub.store import bulk
from hub.store.dead_letters import dead_letter
from hub.store.events import event, event_record
from hub.store.moments import from_ms, headers_to_text, to_ms
from hub.store.outbox import outbox, ring
from hub.store.people import record
from hub.store.positions import advance

_SEEN = sa.select(event.c.event_id, event.c.value)
_ABOUT = (
    sa.select(
        event.c.event_id, event.c.type, event.c.agency, event.c.occurred_ms, event.c.reported_ms, event.c.received_ms,
        event.c.risk, event.c.consent, event.c.named, event.c.conflicts, event.c.perpetrator_links,
        record.c.person_id,
    )
    .select_from(
        event.join(event_record, event_record.c.event_id == event.c.event_id).join(
            record,
            sa.and_(
                record.c.agency == event_record.c.agency, record.c.local_id == event_record.c.local_id
            ),
        )
    )
    .where(event_record.c.role.in_(ABOUT))
)  # fmt: skip


class SqlJournal:
    """`hub.ingest.Journal` inside one transaction."""

    def __init__(self, conn: sa.Connection, reader: str, letters_topic: str) -> None:
        self._conn, self._reader, self._letters_topic = conn, reader, letters_topic

    def advance(self, moves: Mapping[Place, Move]) -> None:
        advance(self._conn, self._reader, moves)

    def known(self, ids: Collection[EventId]) -> dict[EventId, bytes]:
        rows = bulk.found(self._conn, _SEEN, [event.c.event_id], ids)
        return {EventId(row.event_id): bytes(row.value) for row in rows}

    def keep(self, events: Sequence[Kept]) -> None:
        bulk.insert(self._conn, event, [_row(each) for each in events])
        stands = {
            (each.arrival.id, key.agency, key.local_id, role)
            for each in events
            for role, key in each.records
        }
        names = ("event_id", "agency", "local_id", "role")
        rows = [dict(zip(names, stand, strict=True)) for stand in sorted(stands)]
        bulk.insert(self._conn, event_record, rows)

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
        }

    def surroundings(
        self, people: Collection[PersonId], events: Collection[EventId]
    ) -> Surroundings:
        """Read in three steps: what is about these people, about whom else, and what is told of those."""
        touched = set(self._event_ids(people)) | set(events)
        rows = self._rows(_ABOUT, touched)
        wanted = [row.event_id for row in rows]
        about = {row.person_id for row in rows}
        if about - set(people) or len(touched) > len(set(wanted)):
            more = set(self._event_ids(about - set(people)))
            rows += self._rows(_ABOUT, more - touched)
            rows += self._nobodys(touched - set(wanted))
        pasts, told = _told(rows)
        return Surroundings([pasts[EventId(id_)] for id_ in sorted(touched)], told)

    def _event_ids(self, people: Collection[PersonId]) -> list[str]:
        query = (
            sa.select(event_record.c.event_id)
            .join(
                record,
                sa.and_(
                    record.c.agency == event_record.c.agency,
                    record.c.local_id == event_record.c.local_id,
                ),
            )
            .where(event_record.c.role.in_(ABOUT))
            .distinct()
        )
        return [row.event_id for row in bulk.found(self._conn, query, [record.c.person_id], people)]

    def _nobodys(self, events: Collection[str]) -> list[sa.Row[Any]]:
        """Give the events that are about nobody: only a perpetrator or a witness is named."""
        columns = [column for column in _ABOUT.selected_columns if column.table is event]
        return self._rows(sa.select(*columns, sa.null().label("person_id")), events)

    def _rows(self, query: sa.Select[Any], events: Collection[str]) -> list[sa.Row[Any]]:
        return bulk.found(self._conn, query, [event.c.event_id], events)


def _told(
    rows: Iterable[sa.Row[Any]],
) -> tuple[dict[EventId, Past], dict[PersonId, list[Told]]]:
    about: dict[str, set[PersonId]] = defaultdict(set)
    one: dict[str, sa.Row[Any]] = {}
    for row in rows:
        one[row.event_id] = row
        about[row.event_id] |= {PersonId(row.person_id)} if row.person_id else set()
    pasts = {EventId(id_): _past(row, about[id_]) for id_, row in one.items()}
    told: dict[PersonId, list[Told]] = defaultdict(list)
    for id_, row in one.items():
        for person in about[id_]:
            told[person].append(Told(pasts[EventId(id_)], _statement(row)))
    return pasts, told


def _past(row: sa.Row[Any], about: set[PersonId]) -> Past:
    return Past(
        id=EventId(row.event_id),
        type=EventType(row.type),
        agency=AgencyId(row.agency),
        occurred_on=from_ms(row.occurred_ms).date(),
        about=tuple(sorted(about)),
        named=_ids(row.named),
        conflicts=_ids(row.conflicts),
        perpetrator_links=_ids(row.perpetrator_links),
    )


def _statement(row: sa.Row[Any]) -> Statement:
    return Statement(
        event=EventId(row.event_id),
        reported_at=from_ms(min(row.reported_ms, row.received_ms)),
        risk=None if row.risk is None else Risk(row.risk),
        consent=row.consent,
    )


def _row(kept: Kept) -> dict[str, object]:
    arrival = kept.arrival
    return {
        "event_id": arrival.id,
        "type": arrival.event.type,
        "agency": arrival.event.source.agency,
        "value": arrival.value,
        "sha256": arrival.sha256,
        "occurred_ms": to_ms(arrival.event.occurred_at),
        "reported_ms": to_ms(arrival.event.reported_at),
        "received_ms": to_ms(arrival.event.received_at),
        "risk": None if kept.risk is None else int(kept.risk),
        "consent": kept.consent,
        "named": _text(kept.named),
        "conflicts": _text(kept.conflicts),
        "perpetrator_links": _text(kept.perpetrator_links),
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


def _text(ids: Iterable[AgencyId]) -> str:
    return " ".join(sorted(ids))


def _ids(text: str) -> frozenset[AgencyId]:
    return frozenset(AgencyId(each) for each in text.split())
