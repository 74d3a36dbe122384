"""The spine: one row of a CSV file, through real Kafka and PostgreSQL, to a recipient, under kill -9.

The first test of the project, and the first of every run.
"""

import csv
import random
import time
import tomllib
from pathlib import Path

import sqlalchemy as sa

from tests.harness import ROOT, Parts, children, hub, until
from tests.recipient import consume, in_order

IDVA = "hub.out.fenmarch-idva.safeguarding.v1"
ROW = {
    "reference": "OCC-1", "version": "1", "occurred_at": "20/11/2026 22:14", "reported_at": "20/11/2026 22:30",
    "kind": "Violence", "risk_grade": "H", "notified": "Fenmarch IDVA Service", "children_present": "N",
    "victim_role": "P_004", "victim_id": "N-1", "victim_given": "Ann", "victim_family": "Example",
    "victim_born": "02/03/1990", "victim_gender": "F", "suspect_role": "P_002", "suspect_id": "N-2",
    "suspect_given": "Bob", "suspect_family": "Example", "relationship": "Partner",
}  # fmt: skip


def write_row(inbox: Path) -> None:
    mapping = tomllib.loads(
        (ROOT / "connectors/police/mappings/fenmarch-police.toml").read_text("utf-8")
    )
    columns = mapping["incidents"]["columns"]
    inbox.mkdir()
    with (inbox / "incidents.csv.part").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns.values())
        writer.writerow(ROW.get(name, "") for name in columns)
    (inbox / "incidents.csv.part").rename(inbox / "incidents.csv")


def test_one_row_reaches_its_recipient_once_whatever_is_killed(
    empty_kafka: str, postgres_url: str, tmp_path: Path
) -> None:
    parts = Parts(postgres_url, f"kafka://{empty_kafka}", tmp_path / "home")
    inbox, chance = tmp_path / "inbox", random.Random(3)
    hub(parts, "db", "upgrade")
    hub(parts, "topics", "apply")
    engine = sa.create_engine(postgres_url)

    commands = (
        ("connector", "run", "fenmarch-police", "--inbox", inbox),
        ("ingest", "run"),
        ("relay", "run"),
    )
    write_row(inbox)
    with children(parts, tmp_path, *commands) as processes:
        for _ in range(9):
            time.sleep(chance.uniform(0.2, 1.6))
            victim = chance.choice(processes)
            victim.kill()
            victim.start()
        until(lambda: bool(consume(empty_kafka, IDVA)), seconds=60, what="the row at its recipient")
        time.sleep(1)  # a second one would come by now

    found = consume(empty_kafka, IDVA)
    with engine.connect() as conn:
        assert conn.scalar(sa.text("select count(*) from event")) == 1
        assert conn.scalar(sa.text("select count(*) from dead_letter")) == 0
    engine.dispose()
    assert len(found) == 1
    assert in_order(found)
    assert b"Example" in found[0].value
    assert [each.name for each in (inbox / "read").iterdir()] == ["incidents.csv"]
