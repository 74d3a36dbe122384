"""The event log comes back empty, or another one stands in its place: the hub halts and says so.

The dangerous case is the third: the new log has grown past the old positions, so no offset is out of
range, and only the topic's id tells that it is another one.
"""

import subprocess
from pathlib import Path

import pytest

from tests.harness import ROOT, Parts, command, hub, hub_json
from tests.real_parts.kafka import running_kafka

AS_OF = "2026-11-20"


@pytest.mark.usefixtures("kafka_needed")
@pytest.mark.parametrize("case", ["empty", "made again", "grown past our positions"])
def test_ingest_and_relay_halt_and_nothing_is_taken_in_or_sent(
    sqlite_url: str, tmp_path: Path, case: str
) -> None:
    county = tmp_path / "county"
    with running_kafka(tmp_path / "kafka") as broker:
        parts = Parts(sqlite_url, f"kafka://{broker.bootstrap}", tmp_path / "home")
        run = ("demo", "--once", "--people", "150", "--as-of", AS_OF, "--out", county)
        hub(parts, *run, "--db", parts.db, "--log", parts.log)
        before = hub_json(parts, "db", "fingerprint")

        broker.kill()
        broker.wipe()
        broker.start()
        if case != "empty":
            hub(parts, "topics", "apply")
        if case == "grown past our positions":
            fill(parts, tmp_path)
        said = [refused(parts, process) for process in ("ingest", "relay")]

        assert all("halted" in each and "A lost log" in each for each in said), said
        assert hub_json(parts, "db", "fingerprint") == before
        for process in ("ingest", "relay"):
            assert "A lost log" in refused(parts, process, "--once")
    assert "## A lost log" in (ROOT / "hub" / "README.md").read_text("utf-8")


def refused(parts: Parts, process: str, *options: str) -> str:
    """Run a process that has to end by itself; give what it said."""
    done = subprocess.run(
        command(process, "run", *options),
        env=parts.environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    return done.stderr


def fill(parts: Parts, folder: Path) -> None:
    """Let another county's events grow the new log past the old positions."""
    other = Parts(f"sqlite:///{folder / 'other.sqlite'}", parts.log, folder / "other-home")
    hub(other, "demo", "--once", "--people", "600", "--as-of", AS_OF, "--out", folder / "other",
        "--db", other.db, "--log", other.log)  # fmt: skip
