"""The same county ends in the same fingerprint, whatever parts it runs on and whatever is killed.

Embedded log and SQLite, undisturbed, against real Kafka and real PostgreSQL while connectors, ingest
and relay are killed with SIGKILL at random moments, the broker is killed and PostgreSQL crashes.
"""

import os
import random
import shutil
import threading
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.faults.recipients import check_recipients
from tests.harness import Child, Parts, children, hub, hub_json, until
from tests.real_parts.kafka import KafkaBroker, running_kafka
from tests.real_parts.postgres import PostgresServer, running_postgres

ASSURE = bool(os.environ.get("ASSURE"))
KILLS = 10 if ASSURE else 3
PEOPLE = "1200" if ASSURE else "500"
SEEDS = range(5, 8) if ASSURE else range(5, 6)
AGENCIES = (
    "fenmarch-police", "dunmoor-police", "amber-door", "kestrel-line", "fenmarch-children",
    "osham-hospital",
)  # fmt: skip
RECEIVED = ("--as-of", "2026-11-24T09:00:00Z")
"""When every file is received, in both runs: what was known on which day is part of the content."""


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.assure
@pytest.mark.timeout(900)
@pytest.mark.usefixtures("kafka_needed", "postgres_needed")
def test_embedded_and_real_parts_under_kill_9_end_alike(tmp_path: Path, seed: int) -> None:
    county = tmp_path / "county"
    hub(
        Parts("", "", tmp_path), "synth", "write", "--seed", str(seed), "--people", PEOPLE,
        "--as-of", "2026-11-24", "--out", county,
    )  # fmt: skip
    embedded = undisturbed(county, tmp_path / "embedded")
    files = take_out(county)
    with running_postgres() as postgres, running_kafka(tmp_path / "kafka") as broker:
        parts = Parts(postgres.url, f"kafka://{broker.bootstrap}", tmp_path / "home")
        hub(parts, "db", "upgrade")
        hub(parts, "topics", "apply")

        disturb(parts, files, county, postgres, broker, random.Random(seed), tmp_path)

        found = hub_json(parts, "db", "fingerprint")
        assert found == embedded
        assert check_recipients(broker.bootstrap, postgres.url) > 0


def undisturbed(county: Path, folder: Path) -> object:
    """Take everything through the embedded default, one process after the other; give the fingerprint."""
    parts = Parts(f"sqlite:///{folder}/hub.sqlite", "", folder / "home")
    hub(parts, "db", "upgrade")
    hub(parts, "topics", "apply")
    for agency in AGENCIES:
        inbox = shutil.copytree(county / "inbox" / agency, folder / agency)
        hub(parts, "connector", "run", agency, "--inbox", inbox, "--once", *RECEIVED)
    hub(parts, "ingest", "run", "--once")
    hub(parts, "relay", "run", "--once")
    return hub_json(parts, "db", "fingerprint")


def take_out(county: Path) -> list[tuple[Path, Path]]:
    """Take every file out of the inboxes; give each and its place there."""
    found = []
    for agency in AGENCIES:
        inbox = county / "inbox" / agency
        aside = inbox.rename(county / f"aside-{agency}")
        inbox.mkdir()
        found += [(file, inbox / file.name) for file in sorted(aside.iterdir())]
    return found


def disturb(
    parts: Parts,
    files: list[tuple[Path, Path]],
    county: Path,
    postgres: PostgresServer,
    broker: KafkaBroker,
    chance: random.Random,
    folder: Path,
) -> None:
    """Hand in the files bit by bit, break something in between, and wait until all is at rest."""
    chance.shuffle(files)
    connectors = [
        ("connector", "run", each, "--inbox", county / "inbox" / each, *RECEIVED)
        for each in AGENCIES
    ]
    engine = sa.create_engine(postgres.url)
    with children(parts, folder, ("ingest", "run"), ("relay", "run"), *connectors) as processes:
        over = threading.Event()
        nurse = threading.Thread(target=revive, args=(processes, over))
        nurse.start()
        try:
            faults = [
                lambda child=child: child.kill() for child in processes[:2] for _ in range(KILLS)
            ]
            faults += [lambda: chance.choice(processes[2:]).kill() for _ in range(KILLS)]
            chance.shuffle(faults)
            faults.insert(len(faults) // 3, lambda: crash(postgres))
            faults.insert(2 * len(faults) // 3, lambda: restart(broker))
            share = -(-len(files) // len(faults))
            for number, fault in enumerate(faults):
                for file, place in files[number * share : (number + 1) * share]:
                    file.rename(place)
                time.sleep(chance.uniform(0.3, 2.5))
                fault()
            until(
                lambda: at_rest(county, engine, parts),
                seconds=240,
                what="everything taken in and sent",
            )
        finally:
            over.set()
            nurse.join()
    engine.dispose()


def revive(processes: list[Child], over: threading.Event) -> None:
    """Start again what has ended, as a supervisor would."""
    while not over.wait(0.2):
        for child in processes:
            child.start()


def crash(postgres: PostgresServer) -> None:
    postgres.crash()
    postgres.start()


def restart(broker: KafkaBroker) -> None:
    broker.kill()
    broker.start()


def at_rest(county: Path, engine: sa.Engine, parts: Parts) -> bool:
    """Tell whether every row was read, published, taken in and sent."""
    if any(any(each.glob("*.*")) for each in (county / "inbox").iterdir()):
        return False
    try:
        with engine.connect() as conn:
            waiting = conn.scalar(sa.text("select count(*) from outbox where seq is null"))
            unmarked = conn.scalar(
                sa.text(
                    "select count(*) from outbox o join relay_mark m on m.topic = o.topic and m.part = o.part "
                    "where o.seq > m.seq"
                )
            )
            taken_in = conn.scalar(sa.text("select sum(next_offset) from position"))
    except sa.exc.DBAPIError:
        return False
    return waiting == 0 and unmarked == 0 and taken_in == published(parts)


def published(parts: Parts) -> int:
    from hub.stream.kafka_log import KafkaLog  # noqa: PLC0415 - only here the log is asked itself
    from hub.stream.log import LogUnavailable  # noqa: PLC0415

    log = KafkaLog(parts.log.removeprefix("kafka://"))
    try:
        topics = [
            each
            for each in log.topics()
            if each.startswith("hub.in.") or each == "hub.dlq.connector"
        ]
        return sum(log.ends(topics).values())
    except LogUnavailable:
        return -1
    finally:
        log.close()
