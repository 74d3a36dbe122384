"""Read a trust's files: a message each, a collection of messages, or a message on each line.

Whatever somebody sends, a message that cannot be read costs only itself, and nothing in it can stop
the reading of the others.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import BinaryIO

from connectors.connector import Reading, RecordUnreadable, SourceUnusable
from connectors.csv_format import Column
from connectors.health import json_text, trust
from connectors.health.attendance import event_of
from connectors.health.bundle import message_of
from connectors.health.fields import columns_of
from connectors.health.look import Look, Part
from connectors.health.trust import Trust
from hub.model.agency import AgencyId
from hub.model.dead_letter import Reason

MAX_MESSAGE_BYTES = 4_000_000
"""A larger message is set aside whole: one of ours is a thousandth of it."""

MAX_FILE_BYTES = 16_000_000
"""A larger file has to bring its messages line by line."""

_HEAD_BYTES = 4096
_COLLECTION = (b'{"resourceType":"Bundle","type":"collection","entry":[', b"]}")
"""What is written around one entry of a collection, so that it can be read alone."""


def formats(text: str, file: str) -> tuple["MessageFormat", ...]:
    """Give the format that a mapping file lays out.

    Raises:
        MappingFault: it is not as it should be.
    """
    return (MessageFormat(trust.load(text, file)),)


@dataclass(frozen=True, slots=True)
class MessageFormat:
    """The messages of one trust."""

    trust: Trust

    @property
    def agency(self) -> AgencyId:
        return self.trust.agency

    @property
    def name(self) -> str:
        return trust.NAME

    def claims(self, file: Path) -> bool:
        name = file.name.casefold()
        return any(fnmatchcase(name, each.casefold()) for each in self.trust.files)

    def recognises(self, stream: BinaryIO) -> bool:
        head = stream.read(_HEAD_BYTES).removeprefix(json_text.BOM).lstrip()
        return head.startswith(b"{") and b'"resourceType"' in head

    def read(self, file: Path, received_at: datetime) -> Iterator[Reading]:
        with file.open("rb") as stream:
            yield from self._readings(stream, received_at, by_lines=_is_lines(file.name))

    def read_bytes(self, data: bytes, received_at: datetime) -> Iterator[Reading]:
        yield from self._readings(io.BytesIO(data), received_at, by_lines=False)

    def columns(self, file: Path) -> list[Column]:
        """Say which fields of a file's messages are read into what, which are not, and which are missing."""
        with file.open("rb") as stream:
            pieces = _pieces(stream, by_lines=_is_lines(file.name))
            messages = [message for piece in pieces for message in _messages(piece)]
        if not messages:
            raise SourceUnusable(Reason.BAD_FORMAT, "file: no message in it can be read")
        return columns_of(messages)

    def _readings(
        self, stream: BinaryIO, received_at: datetime, *, by_lines: bool
    ) -> Iterator[Reading]:
        if received_at.tzinfo is None:
            raise ValueError("received_at needs a zone")
        for piece in _pieces(stream, by_lines=by_lines):
            yield from self._of_piece(piece, received_at)

    def _of_piece(self, piece: "_Piece", received_at: datetime) -> Iterator[Reading]:
        """Read one document: a message, or a collection of them."""
        try:
            document = _document(piece)
        except RecordUnreadable as fault:
            yield Reading((), (), piece.fault(fault), piece.raw)
            return
        if not _is_collection(document.content):
            yield self._reading(piece, document, received_at)
            return
        is_empty = True
        for entry in _entries(piece):
            is_empty = False
            yield from self._of_entry(entry, received_at)
        if is_empty:
            nothing = RecordUnreadable(Reason.BAD_FORMAT, "Bundle.entry: missing")
            yield Reading((), (), piece.fault(nothing), piece.raw)

    def _of_entry(self, entry: "_Piece", received_at: datetime) -> Iterator[Reading]:
        try:
            document = _message_in(_document(entry))
        except RecordUnreadable as fault:
            yield Reading((), (), entry.fault(fault), entry.raw)
            return
        yield self._reading(entry, document, received_at)

    def _reading(self, piece: "_Piece", document: "_Document", received_at: datetime) -> Reading:
        look = Look(["duplicate-key"] * document.twice)
        try:
            _check_kind(document.content)
            _check_size(piece)
            json_text.check_lists(document.content, piece.raw)
            event = event_of(message_of(document.content, look), self.trust, received_at)
        except RecordUnreadable as fault:
            return Reading((), (), piece.fault(fault), piece.raw)
        except Exception as fault:  # noqa: BLE001 - one message that trips a fault of ours costs only itself
            found = RecordUnreadable(Reason.HANDLER_BUG, type(fault).__name__)
            return Reading((), (), piece.fault(found), piece.raw)
        return Reading((event,) if event else (), tuple(look.warnings), None, piece.raw)


@dataclass(frozen=True, slots=True)
class _Piece:
    """What may be one message, as it came, and where it stands in its file."""

    raw: bytes
    place: str = ""
    is_overlong: bool = False

    def fault(self, found: RecordUnreadable) -> RecordUnreadable:
        detail = f"{self.place}, {found.detail}" if self.place else found.detail
        return RecordUnreadable(found.reason, detail)


@dataclass(frozen=True, slots=True)
class _Document:
    content: Part
    twice: int


def _is_lines(name: str) -> bool:
    return name.casefold().endswith((".ndjson", ".jsonl"))


def _pieces(stream: BinaryIO, *, by_lines: bool) -> Iterator[_Piece]:
    """Split a file into what may each be a message.

    Raises:
        SourceUnusable: there is nothing in it, or too much in one piece.
    """
    if by_lines or _looks_like_lines(stream):
        found = False
        for number, (raw, is_overlong) in enumerate(_lines(stream), start=1):
            if is_overlong or raw.strip():
                found = True
                yield _Piece(raw, f"line {number}", is_overlong)
        if not found:
            raise SourceUnusable(Reason.BAD_FORMAT, "file: empty")
        return
    data = stream.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        raise SourceUnusable(Reason.TOO_LARGE, "file: too-large")
    if not data.removeprefix(json_text.BOM).strip():
        raise SourceUnusable(Reason.BAD_FORMAT, "file: empty")
    yield _Piece(data)


def _looks_like_lines(stream: BinaryIO) -> bool:
    """Tell whether a file has an object on its first line and another begins on the next."""
    first, second = stream.readline(MAX_MESSAGE_BYTES), b""
    while not second.strip():
        second = stream.readline(_HEAD_BYTES)
        if not second:
            break
    stream.seek(0)
    first = first.removeprefix(json_text.BOM).strip()
    return first[:1] == b"{" and first[-1:] == b"}" and second.lstrip()[:1] == b"{"


def _lines(stream: BinaryIO) -> Iterator[tuple[bytes, bool]]:
    """Give each line without its end, and whether it is over the limit."""
    while line := stream.readline(MAX_MESSAGE_BYTES + 2):
        is_overlong = len(line.rstrip(b"\r\n")) > MAX_MESSAGE_BYTES
        if is_overlong and not line.endswith(b"\n"):
            line += stream.readline()
        yield line.rstrip(b"\r\n"), is_overlong


def _document(piece: _Piece) -> _Document:
    if piece.is_overlong:
        raise RecordUnreadable(Reason.TOO_LARGE, "message: too-large")
    content, twice = json_text.parsed(piece.raw)
    if not isinstance(content, dict):
        raise RecordUnreadable(Reason.BAD_FORMAT, "message: no-object")
    return _Document(content, twice)


def _is_collection(content: Part) -> bool:
    return content.get("resourceType") == "Bundle" and content.get("type") == "collection"


def _entries(collection: _Piece) -> Iterator[_Piece]:
    """Give the entries of a collection, each in a collection of its own, as they are written."""
    text = json_text.decoded(collection.raw)
    before, after = _COLLECTION
    for number, entry in enumerate(json_text.elements(text, "entry")):
        raw = entry.encode()
        place = f"{collection.place}, " if collection.place else ""
        yield _Piece(before + raw + after, f"{place}entry[{number}]", len(raw) > MAX_MESSAGE_BYTES)


def _message_in(collection: _Document) -> _Document:
    """Take the message out of a collection of one."""
    entries = collection.content.get("entry")
    entry = entries[0] if isinstance(entries, list) and entries else None
    found = entry.get("resource") if isinstance(entry, dict) else None
    if not isinstance(found, dict):
        raise RecordUnreadable(Reason.BAD_FORMAT, "resource: missing")
    return _Document(found, collection.twice)


def _check_kind(content: Part) -> None:
    if content.get("resourceType") != "Bundle":
        raise RecordUnreadable(Reason.BAD_FORMAT, "resourceType: no-bundle")
    if content.get("type") != "message":
        raise RecordUnreadable(Reason.BAD_FORMAT, "Bundle.type: no-message")


def _check_size(piece: _Piece) -> None:
    if len(piece.raw) > MAX_MESSAGE_BYTES + len(b"".join(_COLLECTION)):
        raise RecordUnreadable(Reason.TOO_LARGE, "message: too-large")


def _messages(piece: _Piece) -> Iterator[Part]:
    """Give the messages of a piece that can be read, for whoever wants to know how they are laid out."""
    try:
        document = _document(piece)
        if not _is_collection(document.content):
            yield document.content
            return
        for entry in _entries(piece):
            yield _message_in(_document(entry)).content
    except RecordUnreadable:
        return
