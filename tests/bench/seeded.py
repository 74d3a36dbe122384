"""Databases that hold a lot already: taken in once by the hub itself, in bulk, and kept for the next run.

Nothing is written past the hub: `seed` gives whole batches to the use case that ingest runs, each in
one transaction, so every row is what ingest would have left. It is quick since a batch holds all that
is told of its people: each event is decided once. There is no relay and no reader, so the outbox is
emptied as one is whose rows were sent long ago, and the log is empty.

What was seeded is a data directory of PostgreSQL under `~/.cache/safeguarding-hub` (`HUB_BENCH_CACHE`
names another folder), by the content of what made it. Of each name the newest is kept; remove the
folder whenever you like.
"""

import gc
import hashlib
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from hub.bootstrap.county import load_county
from hub.bootstrap.processes import spare_the_collector
from hub.bootstrap.runtime import Runtime, running
from hub.model.arrival import Arrival, Batch
from hub.model.event import ROLES, Body, Event, EventType
from hub.settings import Settings, settings
from hub.store.outbox import outbox
from hub.store.people import record
from hub.stream.intake import Intake
from hub.stream.log import Record
from hub.synth.chance import chance_for
from hub.synth.stream import FIRST, Block, blocks, event_of
from tests.harness import ROOT
from tests.real_parts.postgres import PostgresServer, running_postgres

CACHE = Path(os.environ.get("HUB_BENCH_CACHE", Path.home() / ".cache" / "safeguarding-hub"))
MADE_BY = (
    "hub/afresh", "hub/assess", "hub/bootstrap/county.py", "hub/bootstrap/deciding.py", "hub/disclose",
    "hub/ingest.py", "hub/model", "hub/resolve", "hub/store", "hub/stream", "hub/synth", "policies",
    "schemas", "tests/bench/seeded.py",
)  # fmt: skip
"""What the rows depend on."""
EVENTS = 900
"""So many are told of a block of 300 families: something over three of each that has two adults."""
DAYS = 300
UNTIL = FIRST + timedelta(days=DAYS)
LATE = timedelta(hours=1)
FASTER = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")
"""For a server whose work is thrown away if it does not come to its end."""


@dataclass(frozen=True)
class Seeded:
    """A server on a copy of what was seeded, and how much that is."""

    options: Settings
    batches: int
    events: int
    people: int
    records: int
    megabytes: int
    seconds: int


def seed(runtime: Runtime, batches: Iterable[Sequence[Event]]) -> tuple[int, int]:
    """Take events in, each batch in one transaction; give how many batches and events.

    In whatever batches events come, they end in the same database; the fewer people two batches have
    in common, the less is decided twice.
    """
    deciding, publisher = runtime.deciding(), runtime.publisher()
    intake = Intake(runtime.county.codec)
    deciding.bring_into_force(lambda _: None)
    done = events = 0
    for batch in batches:
        arrivals = []
        for each in batch:
            message = publisher.event(each)
            found = intake.read(message.topic, Record(message.key, message.value, message.headers))
            if not isinstance(found, Arrival):
                raise TypeError(f"an event to seed would be a dead letter: {found.reason}")
            arrivals.append(found)
        with deciding.turn() as turn:
            turn.take_in(Batch(arrivals, [], {}))
            turn.conn.execute(outbox.delete())
        done, events = done + 1, events + len(arrivals)
    return done, events


def families(people: int, *, days: int = DAYS) -> Iterator[list[Event]]:
    """Give what was told of so many people, and of up to a block more, over the last days `UNTIL` then.

    One batch holds what is told of the families of one block, a third of it incidents. All are drawn
    from one register: the more people, the more of them share a name, a date of birth, a postcode.
    """
    seen = 0
    for number, block in enumerate(blocks(1)):
        if seen >= people:
            return
        batch = list(
            told_of(
                block, f"H{number:05d}", EVENTS, since=UNTIL - timedelta(days=days), until=UNTIL
            )
        )
        seen += len(_who(batch))
        yield batch


def told_of(
    block: Block, name: str, count: int, *, since: datetime, until: datetime
) -> Iterator[Event]:
    """Give so many events about the families of a block, the oldest first; `name` begins their keys."""
    chance = chance_for(1, "seeded", name)
    for place in range(count):
        at = since + (until - since) * place / count
        yield _reported(*event_of(chance, block, f"{name}-{place:05d}", at))


def _reported(kind: str, body: Body) -> Event:
    """Give an event that came an hour after it was reported."""
    at = body["reported_at"]
    if not isinstance(at, datetime):
        raise TypeError("an event without an instant")
    return Event(EventType(kind), body, at.astimezone(UTC) + LATE)


@contextmanager
def seeded(name: str, batches: Iterable[Sequence[Event]]) -> Iterator[Seeded]:
    """Run PostgreSQL on a copy of a seeded database; `name` says which, arguments included.

    The batches are taken in if that was not done before.
    """
    kept = CACHE / f"{name}-{_content(name)}"
    if not kept.exists():
        _make(kept, name, batches)
    figures = json.loads((kept / "seeded.json").read_text())
    with running_postgres(kept / "data") as server, tempfile.TemporaryDirectory() as home:
        yield Seeded(settings(db=server.url, log="", home=home, environment={}), **figures)


def _make(kept: Path, name: str, batches: Iterable[Sequence[Event]]) -> None:
    CACHE.mkdir(parents=True, exist_ok=True)
    began = time.perf_counter()
    with running_postgres() as server, tempfile.TemporaryDirectory() as home:
        _alter(server, *(f"set {each}" for each in FASTER))
        options = settings(db=server.url, log="", home=home, environment={})
        with running(options, load_county(), migrate=True) as runtime:
            runtime.create_topics()
            spare_the_collector()
            done, events = seed(runtime, _told_how_far(name, batches))
            gc.unfreeze()
            figures = {"batches": done, "events": events, **_counted(runtime.engine)}
        _alter(server, "reset all")
        _execute(server, "vacuum analyze")
        server.shut_down()
        figures["seconds"] = round(time.perf_counter() - began)
        part = Path(tempfile.mkdtemp(prefix=".part-", dir=CACHE))
        shutil.copytree(server.data, part / "data", symlinks=True)
        (part / "seeded.json").write_text(json.dumps(figures))
        for older in CACHE.glob(f"{name}-????????????"):
            shutil.rmtree(older)
        part.rename(kept)


def _told_how_far(name: str, batches: Iterable[Sequence[Event]]) -> Iterator[Sequence[Event]]:
    events = 0
    for number, batch in enumerate(batches):
        if number % 20 == 0:
            print(f"seeding {name}: {events} events so far", file=sys.stderr)
        events += len(batch)
        yield batch


def _counted(engine: sa.Engine) -> dict[str, int]:
    with engine.begin() as conn:
        people = sa.select(sa.func.count(sa.distinct(record.c.person_id)), sa.func.count())
        found = conn.execute(people.select_from(record)).one()
        size = conn.scalar(sa.text("select pg_database_size(current_database())"))
    return {"people": found[0], "records": found[1], "megabytes": round((size or 0) / 1e6)}


def _alter(server: PostgresServer, *settings_: str) -> None:
    _execute(server, *(f"alter system {each}" for each in settings_), "select pg_reload_conf()")


def _execute(server: PostgresServer, *statements: str) -> None:
    engine = sa.create_engine(server.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as conn:
        for each in statements:
            conn.execute(sa.text(each))
    engine.dispose()


def _who(batch: Iterable[Event]) -> set[str]:
    """Give whom events are about: what an agency calls somebody ends in the county's own number."""
    people = (each.body[role] for each in batch for role in ROLES)
    return {one["local_id"][2:] for each in people for one in each}  # type: ignore[union-attr,index,call-overload]


def _content(name: str) -> str:
    mac = hashlib.sha256(name.encode())
    for place in MADE_BY:
        top = ROOT / place
        for path in sorted(top.rglob("*") if top.is_dir() else [top]):
            if path.is_file() and "__pycache__" not in path.parts:
                mac.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return mac.hexdigest()[:12]
