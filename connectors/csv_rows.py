"""Split a file into CSV records without losing a byte of it.

Python's own reader would let one unclosed quote swallow the rest of the file. Here a record whose
quoting does not close, or that has the wrong number of cells, costs its first line alone: reading
resumes at the next one. What is set aside keeps its bytes exactly as they came.

The grammar is that of RFC 4180, strictly: commas; a quote only around a whole cell, doubled inside;
lines end with LF or CRLF. Blank lines hold nothing and are skipped.
"""

import codecs
import re
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO

from connectors.connector import RecordUnreadable, SourceUnusable
from hub.model.dead_letter import Reason

MAX_RECORD_BYTES = 1_000_000
"""A larger record is set aside whole: no row of ours is a hundredth of it."""

LOOK_AHEAD_BYTES = 64_000_000
LOOK_AHEAD_LINES = 100_000
"""How far an open quote is followed before it counts as never closed."""

MAX_HEADING_BYTES = 1_000_000

ENCODINGS = {
    "utf-8": "utf-8",
    "utf-8-sig": "utf-8",  # a byte order mark is always taken off
    "cp1252": "cp1252",
    "iso-8859-1": "iso-8859-1",
}
"""Encodings a mapping may name. In all of them comma, quote and line end are single bytes."""

_CELL = rb'(?:"(?:[^"]++|"")*+"|[^",\r\n]*+)'
_WELL_FORMED = re.compile(_CELL + rb"(?:," + _CELL + rb")*+(?:\r?\n)?")
_CELLS = re.compile(r'(?:^|,)(?:"((?:[^"]++|"")*+)"|([^",\r\n]*+))')
_COMMAS = re.compile(rb'"(?:[^"]++|"")*+"|(,)')
_CHUNK_BYTES = 1 << 20

_BOUNDS_IN_DOUBT = ("unclosed-quote", "broken-quotes", "broken-line-end", "wrong-number-of-cells")
"""Faults that put in doubt where the record ends: its first line alone is set aside."""


@dataclass(frozen=True, slots=True)
class Heading:
    """The first record of a file: its bytes, the names of the columns, and how the rest is encoded."""

    raw: bytes
    names: tuple[str, ...]
    encoding: str


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a file: its cells, or why it has none. `line` is where it begins, from 1."""

    line: int
    raw: bytes
    cells: Sequence[str]
    fault: RecordUnreadable | None = None


def heading(stream: BinaryIO, encodings: Sequence[str]) -> Heading:
    """Read the heading line of a file, and leave the stream behind it.

    One encoding is taken at its word, and a record that does not fit it is unreadable. Of several the
    first that decodes the whole file stands. A file with a byte order mark is UTF-8.

    Raises:
        SourceUnusable: there is no heading, or it names a column twice.
    """
    raw = _heading_bytes(stream)
    line = raw.removeprefix(codecs.BOM_UTF8)
    if not line.strip():
        raise _unusable("empty")
    if b"\0" in line or len(line) > MAX_HEADING_BYTES:
        raise _unusable("not-text")
    if not _is_well_formed(line):
        raise _unusable("broken-quotes")
    encoding = _encoding_of(stream, encodings, marked=raw.startswith(codecs.BOM_UTF8))
    try:
        text = line.decode(encoding)
    except UnicodeDecodeError:
        raise _unusable(f"not-{encoding}") from None
    names = tuple(name.strip() for name in _split(text))
    named = [name for name in names if name]
    if len(set(named)) < len(named):
        raise _unusable("column-twice")
    return Heading(raw, names, encoding)


def records(stream: BinaryIO, head: Heading) -> Iterator[Record]:
    """Split what follows the heading into records, in order; the same bytes give the same records."""
    lines = _Lines(stream, head.raw.count(b"\n") + 1)
    while parts := lines.take():
        at = lines.at
        if lines.overlong:
            yield Record(at, parts[0], (), _unreadable(at, "too-large"))
            continue
        closed = _follow_quotes(parts, lines)
        raw = parts[0] if len(parts) == 1 else b"".join(parts)
        if raw.isspace():
            continue
        cells, code = _cells(raw, head) if closed else ((), "unclosed-quote")
        if code in _BOUNDS_IN_DOUBT and len(parts) > 1:
            lines.give_back(parts[1:])
            raw = parts[0]
        yield Record(at, raw, cells, _unreadable(at, code) if code else None)


def again(record: Record, head: Heading) -> Record:
    """Split a well-formed record anew that was kept by its bytes alone."""
    cells, _ = _cells(record.raw, head)
    return Record(record.line, record.raw, cells)


class _Lines:
    """The physical lines of a stream, with a way back. `at` is the number of the line last taken."""

    def __init__(self, stream: BinaryIO, first: int) -> None:
        self._stream = stream
        self._waiting: deque[bytes] = deque()
        self._next = first
        self._inside_overlong = False
        self.at = first
        self.overlong = False

    def take(self) -> list[bytes]:
        """Give the next line in a list of its own; the list is empty at the end.

        A line over the look-ahead comes in pieces of that size, each marked `overlong`.
        """
        line = self._waiting.popleft() if self._waiting else self._stream.readline(LOOK_AHEAD_BYTES)
        if not line:
            return []
        ends = line.endswith(b"\n")
        self.overlong = self._inside_overlong or (len(line) >= LOOK_AHEAD_BYTES and not ends)
        self._inside_overlong = self.overlong and not ends
        self.at = self._next
        self._next += ends
        return [line]

    def give_back(self, lines: Sequence[bytes]) -> None:
        self._waiting.extendleft(reversed(lines))
        self._next -= sum(line.endswith(b"\n") for line in lines)
        self._inside_overlong = False


def _follow_quotes(parts: list[bytes], lines: _Lines) -> bool:
    """Add lines until the quotes are even; tell whether they came to be."""
    is_open = parts[0].count(b'"') & 1
    size = len(parts[0])
    while is_open and size < LOOK_AHEAD_BYTES and len(parts) < LOOK_AHEAD_LINES:
        more = lines.take()
        if not more:
            break
        parts += more
        size += len(more[0])
        is_open ^= more[0].count(b'"') & 1
    return not is_open


def _cells(raw: bytes, head: Heading) -> tuple[Sequence[str], str | None]:
    """Give the cells of a record, or none and a code that says why."""
    if not _is_well_formed(raw):
        return (), "broken-quotes" if b'"' in raw else "broken-line-end"
    width = len(head.names)
    if len(raw) <= MAX_RECORD_BYTES and b"\0" not in raw:
        with suppress(UnicodeDecodeError):
            cells = _split(raw.decode(head.encoding))
            return (cells, None) if len(cells) == width else ((), "wrong-number-of-cells")
    if _width(raw, width) != width:
        return (), "wrong-number-of-cells"
    if len(raw) > MAX_RECORD_BYTES:
        return (), "too-large"
    return (), "nul-byte" if b"\0" in raw else f"not-{head.encoding}"


def _is_well_formed(raw: bytes) -> bool:
    if b'"' not in raw:
        return b"\r" not in raw.removesuffix(b"\n").removesuffix(b"\r")
    return _WELL_FORMED.fullmatch(raw) is not None


def _width(raw: bytes, expected: int) -> int:
    """Count cells; past the number expected it does not matter how many more there are."""
    if b'"' not in raw:
        return raw.count(b",") + 1
    width = 1
    for found in _COMMAS.finditer(raw):
        width += found.start(1) >= 0
        if width > expected:
            break
    return width


def _split(text: str) -> list[str]:
    """Split a well-formed record into its cells."""
    if '"' not in text:
        return text.removesuffix("\n").removesuffix("\r").split(",")
    return [
        quoted.replace('""', '"') if quoted else plain for quoted, plain in _CELLS.findall(text)
    ]


def _heading_bytes(stream: BinaryIO) -> bytes:
    raw = stream.readline(MAX_HEADING_BYTES + 4)
    while raw.count(b'"') & 1 and len(raw) <= MAX_HEADING_BYTES:
        more = stream.readline(MAX_HEADING_BYTES + 4)
        if not more:
            break
        raw += more
    return raw


def _encoding_of(stream: BinaryIO, encodings: Sequence[str], *, marked: bool) -> str:
    """Choose the encoding of a whole file, and leave the stream where it was."""
    if marked:
        return "utf-8"
    candidates = [ENCODINGS[name] for name in encodings]
    if len(candidates) == 1:
        return candidates[0]
    behind_heading = stream.tell()
    try:
        return next((name for name in candidates if _decodes(stream, name)), candidates[0])
    finally:
        stream.seek(behind_heading)


def _decodes(stream: BinaryIO, encoding: str) -> bool:
    stream.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while chunk := stream.read(_CHUNK_BYTES):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _unreadable(line: int, code: str) -> RecordUnreadable:
    reason = Reason.TOO_LARGE if code == "too-large" else Reason.BAD_FORMAT
    return RecordUnreadable(reason, f"line {line}: {code}")


def _unusable(code: str) -> SourceUnusable:
    return SourceUnusable(Reason.BAD_FORMAT, f"heading: {code}")
