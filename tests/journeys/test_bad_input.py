"""Bad input of each kind becomes a dead letter with its reason, and everything around it arrives.

A repaired one can be replayed, once.
"""

import base64
import csv
import io
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from hub.bootstrap.county import load_county
from hub.bootstrap.publisher import LogPublisher
from hub.model.event import Event, EventType
from hub.stream.kafka_log import KafkaLog
from hub.stream.log import Record
from hub.synth.extremes import OCCURRED
from hub.synth.stream import event_bodies
from tests.harness import ROOT, Parts, hub, hub_json
from tests.recipient import consume

POLICE = "fenmarch-police"
TOPIC = f"hub.in.{POLICE}.safeguarding.v1"
WHO = ("--as", f"olive@{POLICE}", "--purpose", "safeguarding")
COLUMNS = tomllib.loads((ROOT / f"connectors/police/mappings/{POLICE}.toml").read_text("utf-8"))[
    "incidents"
]["columns"]
HEADING = list(COLUMNS.values())
BIG = 50_000_000


@pytest.fixture
def parts(sqlite_url: str, tmp_path: Path) -> Parts:
    found = Parts(sqlite_url, "sql:", tmp_path / "home")
    hub(found, "db", "upgrade")
    hub(found, "topics", "apply")
    return found


def row(number: int, **cells: str) -> list[str]:
    usual = {
        "reference": f"OCC-{number}", "version": "1", "occurred_at": "18/11/2026 22:14",
        "reported_at": "18/11/2026 22:30", "kind": "Violence", "victim_role": "P_004",
        "victim_id": f"N-{number}", "victim_given": "Ann", "victim_family": "Example",
    }  # fmt: skip
    return [(usual | cells).get(name, "") for name in COLUMNS]


def line(cells: list[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue().encode()


CASES = {
    "a wrong date": (line(row(2, occurred_at="2026-11-18")), "bad_value"),
    "a missing reference": (line(row(2, reference="")), "bad_value"),
    "too few cells": (b"OCC-2,1,only three\r\n", "bad_format"),
    "an unclosed quote": (line(row(2)).replace(b"Ann", b'"Ann'), "bad_format"),
    "cp1252 where only UTF-8 is agreed": (line(row(2)).replace(b"Ann", b"Ren\xe9e"), "bad_format"),
    "a cell of 50 MB": (line(row(2, account="x" * BIG)), "too_large"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_bad_row_is_set_aside_and_those_around_it_arrive(
    parts: Parts, tmp_path: Path, case: str
) -> None:
    bad, reason = CASES[case]
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "incidents.csv").write_bytes(line(HEADING) + line(row(1)) + bad + line(row(3)))

    read = hub_json(parts, "connector", "run", POLICE, "--inbox", inbox, "--once")
    taken_in = hub_json(parts, "ingest", "run", "--once")

    assert read["dead_letters"] == {reason: 1}
    assert read["read"] == read["accepted"] + 1 == 3
    assert taken_in["kept"] == 2
    assert taken_in["dead_letters"]["connector"] == {reason: 1}
    (letter,) = hub_json(parts, "dead-letters", "list")
    assert (letter["agency"], letter["stage"], letter["reason"]) == (POLICE, "connector", reason)


@pytest.mark.parametrize("text", [b"Colour,Size\r\nred,3\r\n", b"", b"\x00\x01\x02binary"])
def test_a_file_of_no_such_format_is_one_dead_letter(
    parts: Parts, tmp_path: Path, text: bytes
) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "incidents.csv").write_bytes(text)
    (inbox / "incidents-2.csv").write_bytes(line(HEADING) + line(row(1)))

    read = hub_json(parts, "connector", "run", POLICE, "--inbox", inbox, "--once")

    assert read["files"] == 2
    assert read["read"] == 2
    assert read["accepted"] == 1
    assert read["dead_letters"] == {"bad_format": 1}


def test_a_repaired_row_is_replayed_once(parts: Parts, tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "incidents.csv").write_bytes(line(HEADING) + line(row(1, occurred_at="yesterday")))
    hub(parts, "connector", "run", POLICE, "--inbox", inbox, "--once")
    hub(parts, "ingest", "run", "--once")
    (letter,) = hub_json(parts, "dead-letters", "list")

    still_bad = hub_json(parts, "dead-letters", "replay", letter["id"], code=1)
    shown = hub_json(parts, "dead-letters", "show", letter["id"], *WHO)
    mended = tmp_path / "mended.csv"
    mended.write_bytes(base64.b64decode(shown["value"]).replace(b"yesterday", b"17/11/2026 09:00"))
    hub(parts, "dead-letters", "fix", letter["id"], "--file", mended, *WHO)
    first = hub_json(parts, "dead-letters", "replay", letter["id"])
    second = hub_json(parts, "dead-letters", "replay", letter["id"], code=1)

    assert still_bad == {"replayed": 0, "kept": 0, "refused": 1}
    assert first == {"replayed": 1, "kept": 1, "refused": 0}
    assert second == {"replayed": 0, "kept": 0, "refused": 1}
    (letter,) = hub_json(parts, "dead-letters", "list")
    assert (letter["status"], letter["attempts"]) == ("replayed", 2)


def test_a_dead_letter_is_shown_to_its_own_agency_alone(parts: Parts, tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "incidents.csv").write_bytes(line(HEADING) + line(row(1, occurred_at="yesterday")))
    hub(parts, "connector", "run", POLICE, "--inbox", inbox, "--once")
    hub(parts, "ingest", "run", "--once")
    (letter,) = hub_json(parts, "dead-letters", "list")

    for who, purpose in (
        ("dan@dunmoor-police", "safeguarding"),
        ("olive@nowhere", "safeguarding"),
        (f"olive@{POLICE}", "marketing"),
    ):
        said = hub(
            parts, "dead-letters", "show", letter["id"], "--as", who, "--purpose", purpose, code=1
        )
        assert "Example" not in said


def test_bad_records_on_the_log_are_set_aside_and_those_around_them_arrive(
    empty_kafka: str, postgres_url: str, tmp_path: Path
) -> None:
    parts = Parts(postgres_url, f"kafka://{empty_kafka}", tmp_path / "home")
    hub(parts, "db", "upgrade")
    hub(parts, "topics", "apply")
    log = KafkaLog(empty_kafka)
    publisher = LogPublisher(log, load_county().codec)
    good, others = [], []
    for kind, body in event_bodies(seed=5, count=60):
        message = publisher.event(Event(EventType(kind), body, OCCURRED))
        (good if message.topic == TOPIC else others).append(message)
    one, two = (Record(m.key, m.value, m.headers) for m in good[:2])
    assert one.value
    assert two.value
    forged = (*(h for h in one.headers if h[0] != "ce_id"), ("ce_id", b"another"))
    bad = {
        "unknown schema id": Record(one.key, b"\0\0\0\xff\xff" + one.value[5:], one.headers),
        "truncated": Record(one.key, one.value[:-30], one.headers),
        "wrong magic byte": Record(one.key, b"\x01" + one.value[1:], one.headers),
        "null value": Record(one.key, None, one.headers),
        "empty": Record(b"another key", b"", one.headers),
        "another's event": Record(others[0].key, others[0].value, others[0].headers),
        "forged id": Record(one.key, one.value, forged),
    }

    for record in (one, *bad.values(), two):
        log.append(TOPIC, [record])
    log.close()
    taken_in = hub_json(parts, "ingest", "run", "--once")
    hub(parts, "relay", "run", "--once")

    assert taken_in["kept"] == 2
    reasons = Counter(unknown_schema=1, decode=4, wrong_source=1, bad_value=1)
    assert Counter(taken_in["dead_letters"]["ingest"]) == reasons
    letters = consume(empty_kafka, "hub.dlq.ingest")
    assert Counter(each.headers["dlq_reason"].decode() for each in letters) == reasons
    originals = sorted(each.value or b"" for each in bad.values())
    assert sorted(each.value or b"" for each in letters) == originals


def test_the_same_id_with_other_content_is_an_alarm_and_never_an_overwrite(
    parts: Parts, tmp_path: Path
) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    for name, summary in (("a", "first"), ("b", "second")):
        cells = row(1, shareable_summary=summary)
        (inbox / f"incidents-{name}.csv").write_bytes(line(HEADING) + line(cells))
    hub(parts, "connector", "run", POLICE, "--inbox", inbox, "--once")

    taken_in = hub_json(parts, "ingest", "run", "--once")

    assert taken_in["kept"] == 1
    assert taken_in["dead_letters"]["ingest"] == {"identity_conflict": 1}
    (letter,) = hub_json(parts, "dead-letters", "list")
    assert hub_json(parts, "dead-letters", "replay", letter["id"], code=1)["refused"] == 1
