"""The inbox: which files may be read, and where they go when they were.

An agency's system writes into it whenever it likes. A file that is still being written is not read: it
ends in `.part`, begins with a dot, or has not stood still. What was read is kept, sealed, in `read/`.
"""

import hashlib
import os
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeAlias

READ = "read"
"""The folder, inside the inbox, of the originals that were read."""

Stamp: TypeAlias = tuple[int, int, int]
"""What changes when somebody writes to a file: its number, size and time."""


class InboxMissing(Exception):
    """There is no such folder to read from."""


class StandsStill:
    """Tells whether a file is as it was when it was last looked at: one look for each poll."""

    def __init__(self) -> None:
        self._seen: dict[Path, Stamp | None] = {}

    def __call__(self, file: Path) -> bool:
        before, now = self._seen.get(file), stamp(file)
        self._seen[file] = now
        return now is not None and now == before

    def forget_what_is_gone(self) -> None:
        self._seen = {file: seen for file, seen in self._seen.items() if file.exists()}


def files(inbox: Path) -> list[Path]:
    """Give the files that may be read, by name.

    Raises:
        InboxMissing: there is no such folder.
    """
    if not inbox.is_dir():
        raise InboxMissing(f"{inbox} is no folder; create it, or name another inbox")
    found = [entry.name for entry in os.scandir(inbox) if entry.is_file(follow_symlinks=False)]
    return [
        inbox / name for name in sorted(found) if not name.startswith(".") and name[-5:] != ".part"
    ]


def stamp(file: Path) -> Stamp | None:
    """Give what would change if the file did; nothing if it is gone."""
    try:
        found = file.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def digest_of(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def put_away(file: Path, digest: str, received_at: datetime) -> Path:
    """Move a file that was read into `read/`, over no other bytes; its time is that of its receipt."""
    folder = file.parent / READ
    folder.mkdir(mode=0o700, exist_ok=True)
    with suppress(PermissionError):  # another user's file or folder: what is sealed is the folder
        folder.chmod(0o700)
        file.chmod(0o600)
        os.utime(file, (received_at.timestamp(), received_at.timestamp()))
    place = _place(folder, file, digest)
    file.replace(place)
    for each in (folder, file.parent):
        _sync(each)
    return place


def purge(inbox: Path, *, now: datetime, retention_days: int) -> int:
    """Remove the originals received longer ago than they are kept, and say how many."""
    folder = inbox / READ
    if not folder.is_dir():
        return 0
    oldest = (now - timedelta(days=retention_days)).timestamp()
    gone = [file for file in folder.iterdir() if file.is_file() and file.stat().st_mtime < oldest]
    for file in gone:
        file.unlink()
    return len(gone)


def _place(folder: Path, file: Path, digest: str) -> Path:
    """Choose a name: the file's own, unless other bytes have it."""
    for mark in ("", f"~{digest[:8]}", f"~{digest}"):
        place = folder / f"{file.stem}{mark}{file.suffix}"
        if not place.exists() or digest_of(place) == digest:
            return place
    raise FileExistsError(f"{READ}: a file has another's name and digest")


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
