"""What is seeded in bulk for a bench is what ingest leaves of the same events."""

from pathlib import Path
from random import Random

import sqlalchemy as sa

from hub.bootstrap.county import load_county
from hub.bootstrap.ingest import IngestWorker
from hub.bootstrap.runtime import Runtime, running
from hub.model.event import Event
from hub.settings import Settings, settings
from hub.store.fingerprint import fingerprint
from hub.store.ledger import ledger
from hub.store.outbox import outbox
from tests.bench.seeded import families, seed

COUNTY = load_county()
COUNT = 360
EVENTS = next(families(1))[:COUNT]


def test_what_is_seeded_in_bulk_is_what_ingest_leaves(database_url: str, tmp_path: Path) -> None:
    ingested = settings(home=str(tmp_path / "ingested"), environment={})
    with running(ingested, COUNTY, migrate=True) as runtime:
        take_in(runtime, EVENTS, batch=7)
        wanted = content(runtime)
        assert counted(runtime, outbox) > 0

    with running(options(database_url, tmp_path), COUNTY, migrate=True) as runtime:
        done = seed(runtime, [EVENTS[:200], EVENTS[200:]])
        found = content(runtime)
        assert counted(runtime, outbox) == 0
        assert counted(runtime, ledger) > COUNT

    assert done == (2, COUNT)
    assert found == wanted


def test_what_is_seeded_knows_of_what_comes_again(database_url: str, tmp_path: Path) -> None:
    with running(options(database_url, tmp_path), COUNTY, migrate=True) as runtime:
        seed(runtime, [EVENTS[:200]])

        kept = take_in(runtime, EVENTS, batch=100)

    assert kept == COUNT - 200


def options(database_url: str, folder: Path) -> Settings:
    return settings(db=database_url, home=str(folder), environment={})


def take_in(runtime: Runtime, events: list[Event], *, batch: int) -> int:
    """Take events in by way of the log, in another order than they were told; give how many were kept."""
    runtime.create_topics()
    publisher = runtime.publisher()
    publisher.send([publisher.event(each) for each in Random(4).sample(events, len(events))])
    worker = IngestWorker(runtime.engine, runtime.log, COUNTY, runtime.deciding(), batch=batch)
    worker.start()
    kept = 0
    while (outcome := worker.step(0.0)).read:
        kept += outcome.kept
    return kept


def content(runtime: Runtime) -> dict[str, object]:
    with runtime.engine.connect() as conn:
        return fingerprint(conn)


def counted(runtime: Runtime, table: sa.Table) -> int:
    with runtime.engine.connect() as conn:
        return conn.scalar(sa.select(sa.func.count()).select_from(table)) or 0
