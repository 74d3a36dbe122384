"""One delivery of tables is one file, so that it is complete or not there: a zip of CSV files.

The same tables can stand in one text file, each under a line with its name. That is how a dead letter
holds a row together with the rows it needs: a person can read and mend it.
"""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import PurePosixPath
from typing import BinaryIO, TypeAlias

from connectors.connector import SourceUnusable
from hub.model.dead_letter import Reason

MAX_ARCHIVE_BYTES = 256_000_000
"""A delivery is held in memory, so that it stays as it is while it is read."""

MAX_TABLES_BYTES = 2_000_000_000
"""What all tables may come to when unpacked: a zip may claim far more than it should."""

Opener: TypeAlias = Callable[[], BinaryIO]

_CHUNK_BYTES = 1 << 20
_ZIP = b"PK"
_MARK = re.compile(rb"^=== ([\w.-]{1,100}) ===(?:\r?\n|\Z)", re.MULTILINE)
_BOM = b"\xef\xbb\xbf"
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    OverflowError,
    RuntimeError,  # it wants a password
    ValueError,
)


def begins(start: bytes) -> bool:
    """Tell from its first bytes whether a file may be a delivery."""
    return start.startswith(_ZIP) or _MARK.match(start.removeprefix(_BOM)) is not None


def unpack(stream: BinaryIO) -> list[tuple[str, Opener]]:
    """Give name and content of each file in a delivery.

    Raises:
        SourceUnusable: it is neither a zip nor such a text, is damaged, or is too large.
    """
    data = stream.read(MAX_ARCHIVE_BYTES + 1)
    if len(data) > MAX_ARCHIVE_BYTES:
        raise SourceUnusable(Reason.TOO_LARGE, "delivery: too-large")
    if data.startswith(_ZIP):
        try:
            return _unzip(data)
        except _BROKEN:
            raise SourceUnusable(Reason.BAD_FORMAT, "delivery: broken-zip") from None
    return _parts(data.removeprefix(_BOM))


def bundle(tables: Iterable[tuple[str, Sequence[bytes]]]) -> bytes:
    """Write tables into one text: of each its name, its heading and its rows."""
    lines: list[bytes] = []
    for name, rows in tables:
        lines.append(b"=== %s ===\n" % name.encode())
        lines += (row if row.endswith(b"\n") else row + b"\n" for row in rows)
    return b"".join(lines)


def _unzip(data: bytes) -> list[tuple[str, Opener]]:
    archive = zipfile.ZipFile(io.BytesIO(data))
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if sum(entry.file_size for entry in entries) > MAX_TABLES_BYTES:
        raise SourceUnusable(Reason.TOO_LARGE, "delivery: too-large")
    for entry in entries:
        with archive.open(entry) as stream:
            while stream.read(_CHUNK_BYTES):
                pass  # to the end, where its checksum is compared
    return [(_name(entry), _opener(archive, entry)) for entry in entries]


def _name(entry: zipfile.ZipInfo) -> str:
    return PurePosixPath(entry.filename.replace("\\", "/")).name


def _opener(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Opener:
    return lambda: io.BufferedReader(archive.open(entry), _CHUNK_BYTES)  # type: ignore[type-var]


def _parts(data: bytes) -> list[tuple[str, Opener]]:
    marks = list(_MARK.finditer(data))
    if not marks or marks[0].start() > 0:
        raise SourceUnusable(Reason.BAD_FORMAT, "delivery: no-zip")
    ends = [mark.start() for mark in marks[1:]] + [len(data)]
    return [
        (mark[1].decode(), _reader(data[mark.end() : end]))
        for mark, end in zip(marks, ends, strict=True)
    ]


def _reader(data: bytes) -> Opener:
    return lambda: io.BytesIO(data)
