import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.inbox import InboxMissing, StandsStill, digest_of, files, purge, put_away
from tests.unit.connectors.exports import RECEIVED_AT, files_in


def write(folder: Path, name: str, data: bytes = b"x") -> Path:
    file = folder / name
    file.write_bytes(data)
    return file


def away(file: Path, received_at: datetime = RECEIVED_AT) -> Path:
    return put_away(file, digest_of(file), received_at)


def test_files_are_given_by_name_without_those_still_being_written(tmp_path: Path) -> None:
    for name in ("b.csv", "a.csv", "c.csv.part", ".d.csv"):
        write(tmp_path, name)
    (tmp_path / "read").mkdir()
    (tmp_path / "link.csv").symlink_to(tmp_path / "a.csv")

    assert [file.name for file in files(tmp_path)] == ["a.csv", "b.csv"]


def test_an_inbox_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InboxMissing, match="is no folder; create it"):
        files(tmp_path / "nowhere")


def test_a_file_stands_still_when_two_looks_are_alike(tmp_path: Path) -> None:
    file, settled = write(tmp_path, "a.csv"), StandsStill()

    assert [settled(file), settled(file)] == [False, True]
    write(tmp_path, "a.csv", b"xx")
    assert [settled(file), settled(file)] == [False, True]
    os.utime(file, (1, 1))
    assert [settled(file), settled(file)] == [False, True]
    file.unlink()
    settled.forget_what_is_gone()
    assert [settled(file), settled(file)] == [False, False]


def test_what_was_read_is_sealed_under_its_name_and_the_time_of_its_receipt(
    tmp_path: Path,
) -> None:
    place = away(write(tmp_path, "a.csv", b"one"))

    assert place == tmp_path / "read" / "a.csv"
    assert place.read_bytes() == b"one"
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700
    assert place.stat().st_mtime == RECEIVED_AT.timestamp()
    assert files(tmp_path) == []


def test_no_bytes_are_lost_to_another_file_of_the_same_name(tmp_path: Path) -> None:
    for data in (b"one", b"one", b"two", b"two", b"one"):
        away(write(tmp_path, "a.b.csv", data))

    folder = tmp_path / "read"
    assert len(files_in(folder)) == 2
    assert (folder / "a.b.csv").read_bytes() == b"one"
    (other,) = folder.glob("a.b~????????.csv")
    assert other.read_bytes() == b"two"


def test_originals_are_removed_when_their_time_is_over(tmp_path: Path) -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    for days in (0, 29, 31, 400):
        away(write(tmp_path, f"{days}.csv"), now - timedelta(days=days))

    assert purge(tmp_path, now=now, retention_days=30) == 2
    assert files_in(tmp_path / "read") == ["0.csv", "29.csv"]
    assert purge(tmp_path / "read", now=now, retention_days=30) == 0
