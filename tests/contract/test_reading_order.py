"""The order in which topics are read does not show: one county, read in many orders, ends alike.

Within a topic order is what the log keeps; between topics, and in how it is cut into batches, any
order may come. What an agency sends again comes anywhere behind the first.
"""

import json
import os
import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random

import pytest

from connectors.connector import format_of
from connectors.registry import agencies
from hub.bootstrap.county import load_county
from hub.model.event import Event
from hub.store import schema
from hub.store.engine import open_engine
from hub.store.fingerprint import fingerprint
from hub.synth.write import write_county
from tests.contract.sql_hub import SqlHub

ORDERS = 200 if os.environ.get("ASSURE") else 8
COUNTY = load_county()
UNTIL = date(2026, 11, 20)


@pytest.fixture(scope="module")
def topics(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Event]]:
    """What the agencies of a small county send, each in the order of its topic."""
    folder = tmp_path_factory.mktemp("county") / "x"
    write_county(folder, seed=11, people=140, years=1.0, until=UNTIL)
    found: dict[str, list[Event]] = {}
    for line in (folder / "deliveries.jsonl").read_text("utf-8").splitlines():
        each = json.loads(line)
        file = folder / "inbox" / each["agency"] / each["file"]
        layout = format_of(file, agencies()[each["agency"]])
        assert layout
        for reading in layout.read(file, datetime.fromisoformat(each["at"]).astimezone(UTC)):
            found.setdefault(each["agency"], []).extend(reading.events)
    return found


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("migrated") / "hub.sqlite"
    engine = open_engine(f"sqlite:///{found}")
    schema.upgrade(engine)
    engine.dispose()
    return found


def ended(events: list[list[Event]], migrated: Path, folder: Path) -> dict[str, object]:
    """Take batches in, into a database of their own; give the fingerprint."""
    database = folder / "hub.sqlite"
    shutil.copy(migrated, database)
    sql = SqlHub(f"sqlite:///{database}", COUNTY)
    for batch in events:
        sql.take(*batch)
    with sql.engine.connect() as conn:
        found = fingerprint(conn)
    sql.close()
    for each in folder.glob("hub.sqlite*"):
        each.unlink()
    return found


def in_another_order(topics: dict[str, list[Event]], chance: Random) -> list[Event]:
    """Draw from the topics as they come, each in its order; one in ten comes again, later."""
    waiting = [list(reversed(each)) for each in topics.values()]
    found: list[Event] = []
    while any(waiting):
        found.append(chance.choice([each for each in waiting if each]).pop())
        if chance.random() < 0.1:
            again = chance.choice(found)
            found.append(Event(again.type, again.body, datetime(2026, 11, 21, tzinfo=UTC)))
    return found


def cut(events: list[Event], chance: Random) -> list[list[Event]]:
    places = sorted(chance.sample(range(1, len(events)), chance.randrange(12)))
    ends = zip([0, *places], [*places, len(events)], strict=True)
    return [events[start:end] for start, end in ends]


@pytest.mark.assure
@pytest.mark.timeout(1200)
def test_topics_read_in_any_order_and_cut_into_any_batches_end_in_one_fingerprint(
    topics: dict[str, list[Event]], migrated: Path, tmp_path: Path
) -> None:
    events = [each for agency in sorted(topics) for each in topics[agency]]
    at_once = ended([events], migrated, tmp_path)
    assert len(topics) > 4
    assert len(events) > 150

    for seed in range(ORDERS):
        chance = Random(seed)
        batches = cut(in_another_order(topics, chance), chance)

        assert ended(batches, migrated, tmp_path) == at_once, f"order {seed}"
