"""Send a dead letter through again, once somebody has mended it, or what refused it has changed."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from connectors.connector import RecordUnreadable
from connectors.publish import EventUnencodable
from connectors.registry import agencies
from connectors.reread import reread
from hub.bootstrap.runtime import Runtime
from hub.model.arrival import Arrival
from hub.model.dead_letter import DeadLetter, Stage
from hub.model.event import EventId
from hub.store.dead_letters import REPLAYED, letter_of, letters, tried
from hub.store.events import event
from hub.stream.intake import Intake
from hub.stream.log import Record
from hub.stream.topics import CONNECTOR_LETTERS, INGEST_LETTERS, in_topic


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of each letter: sent again, or refused, with the reason (ours, no data)."""

    sent: tuple[str, ...]
    refused: dict[str, str]


class StillRefused(Exception):
    """It would only become a dead letter again."""


def replay(runtime: Runtime, ids: list[str] | None) -> Replayed:
    """Send these letters, or all that were not sent again yet, through once more.

    What goes through has its event's own id, so it is kept once even if it is sent twice.
    """
    with runtime.engine.connect() as conn:
        rows = [row for row in letters(conn, ids) if ids is not None or row.status != REPLAYED]
    sent: list[str] = []
    refused = {
        id_: "no such dead letter" for id_ in ids or () if id_ not in {r.letter_id for r in rows}
    }
    for row in rows:
        try:
            _send(runtime, row)
        except StillRefused as error:
            refused[row.letter_id] = str(error)
        else:
            sent.append(row.letter_id)
        if row.status != REPLAYED:
            with runtime.engine.begin() as conn:
                tried(conn, row.letter_id, replayed=row.letter_id in sent)
    return Replayed(tuple(sent), refused)


def _send(runtime: Runtime, row: sa.Row[Any]) -> None:
    if row.status == REPLAYED:
        raise StillRefused("it was replayed already")
    letter = letter_of(row)
    if letter.stage is Stage.CONNECTOR:
        _through_the_connector(runtime, letter)
    else:
        _through_the_log(runtime, letter)


def _through_the_connector(runtime: Runtime, letter: DeadLetter) -> None:
    formats = agencies().get(letter.agency)
    if formats is None:
        raise StillRefused(f"no connector for {letter.agency}")
    publisher = runtime.publisher()
    try:
        messages = [publisher.event(each) for each in reread(letter, formats)]
    except RecordUnreadable as error:
        raise StillRefused(f"{error.reason.value}: {error.detail}") from None
    except EventUnencodable as error:
        raise StillRefused(str(error)) from None
    publisher.send(messages)


def _through_the_log(runtime: Runtime, letter: DeadLetter) -> None:
    topic = letter.format if letter.format in runtime.county.inputs else in_topic(letter.agency)
    if topic in (CONNECTOR_LETTERS, INGEST_LETTERS) or topic not in runtime.county.inputs:
        raise StillRefused(f"it did not come on a topic of an agency's: {topic}")
    record = Record(letter.key, letter.value, letter.headers)
    read = Intake(runtime.county.codec).read(topic, record)
    if not isinstance(read, Arrival):
        raise StillRefused(f"{read.reason.value}: {read.detail}")
    with runtime.engine.connect() as conn:
        if conn.scalar(sa.select(event.c.sha256).where(event.c.event_id == EventId(read.id))):
            raise StillRefused("an event is kept under this id: ask the source which one is right")
    runtime.log.append(topic, [record])
