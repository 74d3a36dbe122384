"""Open the parts that a process works with: database, event log, keys."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from hub.bootstrap.clock import utc_now
from hub.bootstrap.county import County
from hub.bootstrap.database import opened
from hub.bootstrap.deciding import READER, Deciding
from hub.bootstrap.event_log import kafka_log, output_of
from hub.bootstrap.ingest import IngestWorker
from hub.bootstrap.publisher import LogPublisher
from hub.model.faults import WrongUse
from hub.model.position import Place
from hub.settings import Settings
from hub.store import schema
from hub.store.engine import exists
from hub.store.keys import recipient_keys
from hub.store.moments import to_ms
from hub.store.positions import positions
from hub.store.sending import SqlOutbox
from hub.stream.log import EventLog, partition_for
from hub.stream.relay import Output
from hub.stream.sql_log import SqlLog


class NotReady(WrongUse):
    """The database is not as this version wants it. The text says what to run."""


@dataclass(frozen=True)
class Runtime:
    """What every process of the hub needs, opened."""

    settings: Settings
    county: County
    engine: sa.Engine
    log: EventLog
    now: Callable[[], datetime]

    def publisher(self) -> LogPublisher:
        return LogPublisher(self.log, self.county.codec)

    def create_topics(self) -> None:
        for days in sorted({topic.retention_days for topic in self.county.topics}):
            wanted = {t.name: t.partitions for t in self.county.topics if t.retention_days == days}
            self.log.create(wanted, retention_days=days)

    def expire(self) -> None:
        """Let the embedded log forget what its topics keep no longer; Kafka does so by itself."""
        if not isinstance(self.log, SqlLog):
            return
        with self.engine.begin() as conn:
            at = positions(conn, READER, self.county.inputs)
        for topic in self.county.topics:
            before = to_ms(self.now() - timedelta(days=topic.retention_days))
            for part in range(topic.partitions):
                place = Place(topic.name, part)
                self.log.expire(place, before, at.get(place))

    def deciding(self) -> Deciding:
        keys = recipient_keys(self.engine, [each.id for each in self.county.recipients])
        return Deciding(self.engine, self.county, keys, self.now)

    def ingest_worker(self) -> IngestWorker:
        return IngestWorker(self.engine, self.log, self.county, self.deciding())

    def outbox(self) -> SqlOutbox:
        return SqlOutbox(self.engine, self.county.outputs, partition_for, self.now)

    def output(self) -> Output:
        return output_of(self.log, self.engine)


@contextmanager
def publishing(settings: Settings, county: County) -> Iterator[LogPublisher]:
    """Open what a connector needs, which is the event log alone: with Kafka no database at all.

    Raises:
        NotReady: the embedded log's database has to be made first.
    """
    if settings.kafka:
        event_log = kafka_log(settings.kafka)
        try:
            yield LogPublisher(event_log, county.codec)
        finally:
            event_log.close()
        return
    with running(settings, county) as runtime:
        yield runtime.publisher()


@contextmanager
def running(
    settings: Settings,
    county: County,
    now: Callable[[], datetime] = utc_now,
    *,
    migrate: bool = False,
) -> Iterator[Runtime]:
    """Open database and log, and close them at the end.

    Raises:
        NotReady: the database has to be upgraded first (`migrate` does it).
        DatabaseUnusable: it cannot be used.
    """
    if not migrate and not exists(settings.db):
        raise NotReady("there is no database yet: run `hub db upgrade`")
    with opened(settings.db) as engine:
        if migrate:
            schema.upgrade(engine)
        elif schema.current(engine) != schema.newest():
            raise NotReady("the database is not up to date: run `hub db upgrade`")
        event_log = kafka_log(settings.kafka) if settings.kafka else SqlLog(engine)
        try:
            yield Runtime(settings, county, engine, event_log, now)
        finally:
            event_log.close()
