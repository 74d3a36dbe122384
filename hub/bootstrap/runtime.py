"""Open the parts that a process works with: database, event log, keys; and keep it working."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import DBAPIError

from hub.bootstrap.county import County
from hub.bootstrap.ingest import IngestWorker, SourceHalted
from hub.bootstrap.publisher import LogPublisher
from hub.ingest import Outcome
from hub.model.position import Fenced
from hub.settings import Settings
from hub.store import schema
from hub.store.engine import open_engine
from hub.store.keys import recipient_keys
from hub.store.lease import lease
from hub.store.sending import SqlOutbox
from hub.stream.kafka_log import KafkaLog
from hub.stream.kafka_output import KafkaOutput
from hub.stream.log import EventLog, LogReplaced, LogUnavailable, PositionLost, partition_for
from hub.stream.relay import Output, OutputLost, Relay, RelayStale
from hub.stream.sql_log import SqlLog
from hub.stream.sql_output import SqlOutput

HALTS = (LogReplaced, PositionLost, OutputLost, SourceHalted)
"""Only an operator can say how to go on. The process ends, and says what to do."""
PASSING = (LogUnavailable, DBAPIError, Fenced, RelayStale)
"""Broker or database is away, or another worker was quicker: begin again after a breath."""
WAIT_S = 0.3

log = structlog.get_logger("hub")


class NotReady(Exception):
    """The database is not as this version wants it. The text says what to run."""


def utc_now() -> datetime:
    return datetime.now(UTC)


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

    def ingest_worker(self) -> IngestWorker:
        keys = recipient_keys(self.engine, [each.id for each in self.county.recipients])
        return IngestWorker(self.engine, self.log, self.county, keys, self.now)

    def outbox(self) -> SqlOutbox:
        return SqlOutbox(self.engine, self.county.outputs, partition_for, self.now)

    def output(self) -> Output:
        if isinstance(self.log, KafkaLog):
            return KafkaOutput(self.log)
        return SqlOutput(SqlLog(self.engine), self.engine)


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
    """
    engine = open_engine(settings.db)
    try:
        if migrate:
            schema.upgrade(engine)
        elif schema.current(engine) != schema.newest():
            raise NotReady("the database is not up to date: run `hub db upgrade`")
        event_log: EventLog = KafkaLog(settings.kafka) if settings.kafka else SqlLog(engine)
        try:
            yield Runtime(settings, county, engine, event_log, now)
        finally:
            event_log.close()
    finally:
        engine.dispose()


def ingest_until(
    runtime: Runtime, is_done: Callable[[], bool], *, once: bool, seen: Callable[[Outcome], None]
) -> Outcome:
    """Take in what comes until told to stop, or, with `once`, until nothing is left.

    Raises:
        LeaseTaken: another process is at it.
        LogReplaced, PositionLost, SourceHalted: an operator has to decide.
    """
    total = Outcome()
    with lease(runtime.engine, "ingest"):
        while not is_done():
            try:
                worker = runtime.ingest_worker()
                worker.start()
                while not is_done():
                    outcome = worker.step(0.0 if once else WAIT_S)
                    total.add(outcome)
                    seen(outcome)
                    if once and not outcome.read and not worker.lag():
                        return total
                    if not once:
                        worker.halt_on_bad_deploy()
            except PASSING as error:
                if once and isinstance(error, Fenced):
                    raise
                _breathe("ingest", error)
    return total


def relay_until(runtime: Runtime, is_done: Callable[[], bool], *, once: bool) -> int:
    """Send what waits until told to stop, or, with `once`, until nothing is left; give how many went.

    Raises:
        LeaseTaken: another process is at it.
        LogReplaced, OutputLost: an operator has to decide.
    """
    sent = 0
    with lease(runtime.engine, "relay"):
        while not is_done():
            outbox, output = runtime.outbox(), runtime.output()
            try:
                outbox.trim()
                relay = Relay(outbox, output)
                relay.start()
                if relay.refilled:
                    log.warning("refilled", process="relay", count=relay.refilled)
                while not is_done():
                    went = relay.step(0.0 if once else WAIT_S)
                    sent += went
                    if once and not went:
                        return sent
            except PASSING as error:
                _breathe("relay", error)
            finally:
                output.close()
                outbox.close()
    return sent


def _breathe(process: str, error: Exception) -> None:
    log.warning("again", process=process, error=type(error).__name__)  # its text may hold data
    time.sleep(random.uniform(0.1, 0.5))  # noqa: S311 - so that two do not keep step
