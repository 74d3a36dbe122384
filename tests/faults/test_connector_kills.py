"""Kill a connector with SIGKILL again and again: every record arrives, whatever moment was hit.

This file is also the program that is killed: `python test_connector_kills.py AGENCY INBOX HOME LOG`. Its log
is a file that is forced to disk before `send` returns, as Kafka's acknowledgement promises.
"""

import base64
import csv
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from connectors import desk
from connectors.publish import DEAD_LETTERS, Message
from connectors.registry import agencies
from connectors.run import run_once
from hub.model.agency import AgencyId
from hub.model.dead_letter import DeadLetter, labels
from hub.model.event import Event

POLICE, HOSPITAL = AgencyId("fenmarch-police"), AgencyId("osham-hospital")
FILES, ROWS = 6, 60
KILLS = 20
DONE_WITHIN_S = 60


class FileLog:
    """Appends messages to a file, durable when `send` returns. A line cut short by a kill was not sent."""

    def __init__(self, path: Path) -> None:
        self._stream = path.open("ab")
        if self._stream.tell():
            self._stream.write(b"\n")

    def event(self, event: Event) -> Message:
        value = json.dumps(event.body, default=str).encode()
        headers = (
            ("id", event.id.encode()),
            ("received_at", event.received_at.isoformat().encode()),
        )
        return Message(
            "hub.in.fenmarch-police.domestic-abuse.v1", event.id.encode(), value, headers
        )

    def dead_letter(self, letter: DeadLetter) -> Message:
        received_at = letter.received_at.isoformat().encode()
        headers = (*labels(letter), ("received_at", received_at))
        return Message(DEAD_LETTERS, letter.id.encode(), letter.value, headers)

    def send(self, messages: Sequence[Message]) -> None:
        for message in messages:  # one by one: a kill may fall between any two
            self._stream.write(_line(message))
            self._stream.flush()
            os.fsync(self._stream.fileno())


def _line(message: Message) -> bytes:
    parts = (message.topic.encode(), message.key, message.value)
    headers = [part for name, value in message.headers for part in (name.encode(), value)]
    return b" ".join(base64.b64encode(part) for part in (*parts, *headers)) + b" .\n"


def arrived(log: Path) -> list[dict[str, str]]:
    """Give what is in a log: topic, value, headers of each whole message."""
    found = []
    for line in log.read_bytes().splitlines():
        if line.endswith(b" ."):
            topic, _, value, *headers = [
                base64.b64decode(part).decode() for part in line.split(b" ")[:-1]
            ]
            names = dict(zip(headers[::2], headers[1::2], strict=True))
            found.append({"topic": topic, "value": value, **names})
    return found


def main(agency: AgencyId, inbox: Path, home: Path, log: Path) -> None:
    desk.CHUNK_RECORDS = 7  # many commits, so that a kill falls between any two
    sys.stdout.write("reading\n")
    sys.stdout.flush()
    run_once(agency, agencies()[agency], inbox, home, FileLog(log), lambda: datetime.now(UTC))


def write_rows(inbox: Path) -> None:
    """Write some files, each with cells of several lines, an unreadable row and an unclosed quote."""
    inbox.mkdir()
    headings = agencies()[POLICE][0].layout.columns  # type: ignore[attr-defined]
    for number in range(FILES):
        with (inbox / f"incidents-{number}.csv").open("w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream)
            writer.writerow(headings.values())
            for row in range(ROWS):
                occurred = "never" if row == ROWS // 2 else "18/11/2025 22:14"
                cells = {
                    "reference": f"OCC{number}-{row}",
                    "version": str(1 + row % 2),
                    "occurred_at": occurred,
                    "reported_at": "18/11/2025 22:50",
                    "kind": "Violence",
                    "account": "one\ntwo, three",
                }
                writer.writerow([cells.get(name, "") for name in headings])
            stream.write(f'OCC{number}-unclosed,"\n')
    (inbox / "notes.txt").write_bytes(b"no table at all\n")


def write_messages(inbox: Path) -> None:
    """Write some files with a message on each line, one without its patient and one cut short."""
    inbox.mkdir()
    system = "https://osham-hospital.example/Id/attendance-number"
    for number in range(FILES):
        lines = []
        for row in range(ROWS):
            encounter = {
                "resourceType": "Encounter",
                "identifier": {"system": system, "value": f"OCC{number}-{row}"},
                "period": {"start": "2025-11-18T22:14:00Z"},
            }
            header = {
                "resourceType": "MessageHeader",
                "eventCoding": {"code": "servicerequest-request"},
            }
            patient = {"resourceType": "Nobody" if row == ROWS // 2 else "Patient"}
            entries = [{"resource": each} for each in (header, encounter, patient)]
            lines.append(
                json.dumps({"resourceType": "Bundle", "type": "message", "entry": entries})
            )
        lines.append(f'{{"OCC{number}-unclosed')
        (inbox / f"messages-{number}.ndjson").write_text("\n".join(lines), encoding="utf-8")
    (inbox / "notes.txt").write_bytes(b"no message at all\n")


WRITE: dict[AgencyId, Callable[[Path], None]] = {POLICE: write_rows, HOSPITAL: write_messages}


def start(agency: AgencyId, folder: Path) -> "subprocess.Popen[bytes]":
    here = Path(__file__)
    places = [folder / "inbox", folder / "home", folder / "log"]
    root = str(here.parents[2])
    return subprocess.Popen(
        [sys.executable, str(here), agency, *map(str, places)],
        env={**os.environ, "PYTHONPATH": root},
        stdout=subprocess.PIPE,
    )


def run_killed(agency: AgencyId, folder: Path, chance: random.Random, longest_s: float) -> int:
    """Start the connector, kill it, and so on until it ends by itself; tell how often it was killed."""
    killed = 0
    deadline = time.monotonic() + DONE_WITHIN_S
    while time.monotonic() < deadline:
        with start(agency, folder) as child:
            assert child.stdout is not None
            child.stdout.readline()
            if killed < KILLS:
                try:
                    child.wait(chance.uniform(0, longest_s))
                except subprocess.TimeoutExpired:
                    child.send_signal(signal.SIGKILL)
                    killed += 1
            if child.wait() == 0:
                return killed
            assert child.returncode == -signal.SIGKILL
    raise AssertionError("the connector did not come to an end")


@cache
def undisturbed(agency: AgencyId, folder: Path) -> tuple[list[dict[str, str]], float]:
    """Give what arrives when nobody kills, and how long it takes."""
    WRITE[agency](folder / "inbox")
    with start(agency, folder) as child:
        assert child.stdout is not None
        child.stdout.readline()
        began = time.monotonic()
        assert child.wait() == 0
    return arrived(folder / "log"), time.monotonic() - began


def said(message: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """Give all of a message but when its file was received."""
    apart = ("received_at", "dlq_received_at")
    return tuple(sorted((name, text) for name, text in message.items() if name not in apart))


def file_of(message: dict[str, str]) -> str:
    return message["value"].split("OCC")[-1].split("-")[0]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("undisturbed")


@pytest.mark.parametrize("agency", WRITE)
@pytest.mark.parametrize("seed", [1, 2])
def test_killed_at_any_moment_it_loses_and_doubles_nothing(
    tmp_path: Path, place: Path, agency: AgencyId, seed: int
) -> None:
    (place / agency).mkdir(exist_ok=True)
    expected, took_s = undisturbed(agency, place / agency)
    WRITE[agency](tmp_path / "inbox")

    killed = run_killed(agency, tmp_path, random.Random(seed), took_s / 16)

    found = arrived(tmp_path / "log")
    letters = {message["dlq_id"] for message in found if message["topic"] == DEAD_LETTERS}
    received: dict[str, set[str]] = {}
    for message in found:
        received.setdefault(file_of(message), set()).add(message["received_at"])
    assert killed >= 10
    assert len(expected) == FILES * (ROWS + 1) + 1
    assert {said(message) for message in found} == {said(message) for message in expected}
    assert len(letters) == FILES * 2 + 1
    assert len(received) == FILES + 1
    assert all(len(times) == 1 for times in received.values())
    assert sorted(path.name for path in (tmp_path / "inbox").iterdir()) == ["read"]
    assert len(list((tmp_path / "inbox" / "read").iterdir())) == FILES + 1


if __name__ == "__main__":
    main(AgencyId(sys.argv[1]), *map(Path, sys.argv[2:]))
