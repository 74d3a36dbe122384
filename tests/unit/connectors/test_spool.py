import sqlite3
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from connectors import spool as spools
from connectors.publish import LogUnreachable, Message
from connectors.spool import Progress, Spool, SpoolFull
from tests.unit.connectors.exports import RECEIVED_AT, MemoryLog, keys

PROGRESS = Progress("d1", "a.csv", RECEIVED_AT, records_done=3)


def message(number: int, size: int = 10) -> Message:
    headers = (("ce_id", b"%d" % number), ("odd", b"\x00,\xff=\n"), ("", b""))
    return Message("hub.in.x.y.v1", b"%d" % number, b"v" * size, headers)


MESSAGES = [message(number) for number in range(10)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "spool.sqlite"


@pytest.fixture
def spool(path: Path) -> Iterator[Spool]:
    with Spool(path) as spool:
        yield spool


def test_what_was_put_is_sent_in_order_and_as_it_was(spool: Spool) -> None:
    log = MemoryLog()

    spool.put(MESSAGES[:4], PROGRESS)
    spool.put(MESSAGES[4:], PROGRESS)

    assert spool.drain(log, at_most=3) == 3
    assert spool.drain(log) == 7
    assert spool.drain(log) == 0
    assert log.sent == MESSAGES


def test_what_was_put_outlives_a_kill_together_with_its_progress(spool: Spool, path: Path) -> None:
    log = MemoryLog()
    spool.put(MESSAGES, PROGRESS)

    with Spool(path) as reopened:
        reopened.drain(log)

        assert reopened.progress("d1", "a.csv") == PROGRESS
        assert log.sent == MESSAGES


def test_a_log_that_is_away_leaves_everything_in_place(spool: Spool) -> None:
    spool.put(MESSAGES, PROGRESS)
    log = MemoryLog(is_away=True)

    with pytest.raises(LogUnreachable):
        spool.drain(log)

    log.is_away = False
    assert spool.drain(log) == 10


def test_killed_between_sending_and_deleting_it_sends_again(spool: Spool, path: Path) -> None:
    class KilledAfterSending(MemoryLog):
        def send(self, messages: object) -> None:
            super().send(messages)  # type: ignore[arg-type]
            raise KeyboardInterrupt

    spool.put(MESSAGES, PROGRESS)
    killed, log = KilledAfterSending(), MemoryLog()

    with pytest.raises(KeyboardInterrupt):
        spool.drain(killed, at_most=4)

    with Spool(path) as reopened:
        reopened.drain(log)
    assert killed.sent == MESSAGES[:4]
    assert log.sent == MESSAGES


def test_a_full_spool_refuses_and_keeps_neither_messages_nor_progress(path: Path) -> None:
    with Spool(path) as empty:
        empty.put(MESSAGES, PROGRESS)
        size = empty.status().bytes
        empty.drain(MemoryLog())

    with Spool(path, max_bytes=size) as spool:
        spool.put(MESSAGES, PROGRESS)
        assert spool.status().fill == 1.0
        with pytest.raises(SpoolFull, match="10 messages wait"):
            spool.put(MESSAGES[:1], replace(PROGRESS, records_done=99))

        assert spool.progress("d1", "a.csv") == PROGRESS
        assert spool.status().records == 10
        spool.put((), replace(PROGRESS, finished=True))
        spool.drain(MemoryLog())
        spool.put(MESSAGES, PROGRESS)


def test_its_size_is_known_again_after_a_restart(spool: Spool, path: Path) -> None:
    spool.put(MESSAGES, PROGRESS)
    spool.drain(MemoryLog(), at_most=4)

    with Spool(path) as reopened:
        assert reopened.status() == spool.status()
        assert (reopened.status().records, reopened.status().bytes > 0) == (6, True)


def test_a_full_disk_is_a_full_spool(spool: Spool) -> None:
    spool.put(MESSAGES, PROGRESS)
    (pages,) = spool._db.execute("pragma page_count").fetchone()
    spool._db.execute(f"pragma max_page_count={pages}")

    with pytest.raises(SpoolFull, match="the disk is full"):
        spool.put([message(1, size=1_000_000)], replace(PROGRESS, records_done=99))

    assert spool.progress("d1", "a.csv") == PROGRESS
    assert spool.status().records == 10


def test_no_more_bytes_go_at_once_than_agreed_but_one_message_always_does(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spools, "MAX_SENT_BYTES", 150)
    spool.put([message(1, 1000), message(2), message(3), message(4)], PROGRESS)
    log = MemoryLog()

    counts = [spool.drain(log) for _ in range(4)]

    assert counts == [1, 2, 1, 0]
    assert keys(log.sent) == ["1", "2", "3", "4"]


def test_progress_is_kept_for_each_file_until_it_is_forgotten(spool: Spool) -> None:
    spool.accept(PROGRESS)
    spool.accept(replace(PROGRESS, name="b\udcff.csv", records_done=1))

    assert spool.names() == [("d1", "a.csv"), ("d1", "b\udcff.csv")]
    assert spool.progress("d2", "a.csv") is None
    spool.forget("d1", "a.csv")
    assert spool.names() == [("d1", "b\udcff.csv")]


def test_nobody_else_may_read_it(spool: Spool, path: Path) -> None:
    spool.put(MESSAGES, PROGRESS)

    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {
        "spool.sqlite": 0o600,
        "spool.sqlite-wal": 0o600,
        "spool.sqlite-shm": 0o600,
    }


def test_every_commit_reaches_the_disk(spool: Spool) -> None:
    settings = {
        name: spool._db.execute(f"pragma {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous")
    }

    assert settings == {"journal_mode": "wal", "synchronous": 2}
    assert sqlite3.threadsafety
