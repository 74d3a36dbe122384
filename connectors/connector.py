"""What a connector is: something that reads one agency's files, one record at a time.

Two failures, two fates. `RecordUnreadable`: this record is set aside as a dead letter, and reading
goes on. `SourceUnusable`: the whole file is no such format; it becomes one dead letter.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol, TypeVar

from hub.model.agency import AgencyId
from hub.model.dead_letter import Reason
from hub.model.event import Event


class RecordUnreadable(Exception):
    """One record cannot be read. `detail` names line, column and code, never a value."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason, self.detail = reason, detail


class SourceUnusable(RecordUnreadable):
    """The file is not of this format: nothing in it can be read."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was made of one record of a file.

    Either `events`, or `unreadable`. `raw` is the smallest file that holds the record (heading line
    and row, byte for byte). `warnings` are codes for what was read with a doubt.
    """

    events: tuple[Event, ...]
    warnings: tuple[str, ...] = ()
    unreadable: RecordUnreadable | None = None
    raw: bytes = b""


class Format(Protocol):
    """One format of one agency."""

    @property
    def agency(self) -> AgencyId: ...

    @property
    def name(self) -> str: ...

    def claims(self, file: Path) -> bool:
        """Tell from its name whether a file is of this format."""
        ...

    def recognises(self, stream: BinaryIO) -> bool:
        """Tell from how it begins whether a file is of this format."""
        ...

    def read(self, file: Path, received_at: datetime) -> Iterator[Reading]:
        """Read a file record by record, in its order; the same bytes always give the same readings.

        Raises:
            SourceUnusable: before the first reading, if the file is not of this format.
        """
        ...

    def read_bytes(self, data: bytes, received_at: datetime) -> Iterator[Reading]:
        """Read a file that is in memory, such as a dead letter's value, just as `read` does."""
        ...


AFormat = TypeVar("AFormat", bound=Format)


def format_of(file: Path, formats: Sequence[AFormat]) -> AFormat | None:
    """Find a file's format: by its name, else by how it begins if that fits one format alone."""
    for each in formats:
        if each.claims(file):
            return each
    with file.open("rb") as stream:
        return format_by_heading(stream, formats)


def format_by_heading(stream: BinaryIO, formats: Sequence[AFormat]) -> AFormat | None:
    fitting = []
    for each in formats:
        stream.seek(0)
        if each.recognises(stream):
            fitting.append(each)
    return fitting[0] if len(fitting) == 1 else None
