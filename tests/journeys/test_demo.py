"""The demonstration as a newcomer runs it, and as an outside check looks at it."""

import csv
import io
import os
import random
import shutil
import signal
import subprocess
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.harness import Parts, command, hub, hub_json

AS_OF = "2026-11-20"
ASSURE = bool(os.environ.get("ASSURE"))
KILLS = 10 if ASSURE else 4


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    return Parts("", "", tmp_path / "unused")


def demo(parts: Parts, out: Path, *, seed: int = 3, people: int = 400) -> Any:
    options = ("--seed", str(seed), "--people", str(people), "--as-of", AS_OF, "--out", out)
    return hub_json(parts, "demo", "--once", *options)


def rows_by_the_readmes_rule(county: Path) -> int:
    """Count as README.md says: CSV records after a heading, messages, and records of three tables."""
    count = sum(1 for _ in (county / "inbox").rglob("*.json"))
    for file in (county / "inbox").rglob("*.zip"):
        with zipfile.ZipFile(file) as archive:
            for table in ("ssd_cin_episodes", "ssd_assessment_factors", "ssd_cp_plans"):
                text = archive.read(f"{table}.csv").decode("utf-8-sig")
                count += sum(1 for row in csv.reader(io.StringIO(text, newline="")) if row) - 1
    for file in (county / "inbox").rglob("*.csv"):
        try:
            text = file.read_text("utf-8-sig")
        except UnicodeDecodeError:
            text = file.read_text("cp1252")
        count += sum(1 for row in csv.reader(text.splitlines(keepends=True)) if row) - 1
    return count


def put_back(county: Path) -> None:
    for agency in (county / "inbox").iterdir():
        for file in (agency / "read").iterdir():
            shutil.move(file, agency / file.name)


def test_every_published_event_is_accounted_for(parts: Parts, tmp_path: Path) -> None:
    told = demo(parts, tmp_path / "x")

    published = sum(told["published"].values())
    dead = told["dead_letters"]
    assert published == told["kept"] + told["duplicates"] + sum(dead["ingest"].values())
    assert published + sum(dead["connector"].values()) == rows_by_the_readmes_rule(tmp_path / "x")
    assert all(told["published"].values())
    assert told["duplicates"] > 0
    assert all(each["suppressed"] for each in told["recipients"].values())
    assert sum(each["disclosed"] > 0 for each in told["recipients"].values()) >= 5


def test_the_same_seed_gives_the_same_and_another_gives_another(
    parts: Parts, tmp_path: Path
) -> None:
    one, same = demo(parts, tmp_path / "a"), demo(parts, tmp_path / "b")
    other = demo(parts, tmp_path / "c", seed=4)

    assert one | {"seconds": 0} == same | {"seconds": 0}
    assert other["fingerprint"] != one["fingerprint"]
    assert other["published"] != one["published"]


def test_what_comes_a_second_time_changes_nothing(parts: Parts, tmp_path: Path) -> None:
    first = demo(parts, tmp_path / "x")

    again = demo(parts, tmp_path / "x")
    put_back(tmp_path / "x")
    once_more = demo(parts, tmp_path / "x")

    assert again["kept"] == once_more["kept"] == 0
    assert once_more["duplicates"] == sum(first["published"].values())
    assert first["fingerprint"] == again["fingerprint"] == once_more["fingerprint"]
    assert sum(each["disclosed"] for each in once_more["recipients"].values()) == 0


@pytest.mark.assure
def test_killed_anywhere_and_run_again_it_ends_alike(parts: Parts, tmp_path: Path) -> None:
    options = ("--seed", "3", "--people", "400", "--as-of", AS_OF, "--out")
    began = time.monotonic()
    subprocess.run(
        command("demo", "--once", *options, tmp_path / "x"),
        env=parts.environment,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    took = time.monotonic() - began
    undisturbed = demo(parts, tmp_path / "x")
    chance = random.Random(7)

    for _ in range(KILLS):
        process = subprocess.Popen(
            command("demo", "--once", *options, tmp_path / "y"),
            env=parts.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(chance.uniform(0.3 * took, took))
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    found = demo(parts, tmp_path / "y")

    assert found["fingerprint"] == undisturbed["fingerprint"]


def test_another_county_in_the_same_folder_is_refused(parts: Parts, tmp_path: Path) -> None:
    demo(parts, tmp_path / "x")

    hub(parts, "demo", "--once", "--seed", "9", "--out", tmp_path / "x", code=2)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "something").touch()
    hub(parts, "demo", "--once", "--out", tmp_path / "full", code=2)


def test_a_newcomer_is_told_what_happened_and_what_to_try(parts: Parts, tmp_path: Path) -> None:
    said = hub(parts, "demo", "--once", "--people", "200", "--out", tmp_path / "x")

    assert "Try next" in said
    shown = next(line for line in said.splitlines() if "hub topics read" in line and "idva" in line)
    record = hub(parts, *shown.split()[1:])
    assert '"recipient": "fenmarch-idva"' in record
