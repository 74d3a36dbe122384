"""What comes of each record of a file: messages for the log, be they events or a dead letter."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

from connectors import held
from connectors.connector import Format, Reading, RecordUnreadable, SourceUnusable, format_of
from connectors.publish import (
    MAX_MESSAGE_BYTES,
    EventTooLarge,
    EventUnencodable,
    Message,
    Publisher,
)
from hub.model.agency import AgencyId
from hub.model.dead_letter import MAX_DETAIL, DeadLetter, Reason, Stage, sha256

UNKNOWN_FORMAT = "unknown"
"""The format of a file that no format of its agency claims."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one record: its messages, and what there is to count."""

    messages: tuple[Message, ...]
    format: str
    events: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    dead: Reason | None = None

    @property
    def size(self) -> int:
        return sum(len(message.value) for message in self.messages)


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes outcomes for one agency. Without a `home` nothing that is too large is kept: a dry run."""

    agency: AgencyId
    formats: Sequence[Format]
    publisher: Publisher
    home: Path | None

    def outcomes(
        self, file: Path, digest: str, received_at: datetime, *, skip: int
    ) -> Iterator[Outcome]:
        """Give what comes of each record of a file, in order, without the first `skip` of them.

        A file of no known format, or unusable, is one record.
        """
        chosen = format_of(file, self.formats)
        if chosen is None:
            fault = SourceUnusable(Reason.BAD_FORMAT, "no format of this agency")
            whole = self._whole_file(file, digest, UNKNOWN_FORMAT, fault, received_at)
            yield from islice((whole,), skip, None)
            return
        try:
            for reading in islice(chosen.read(file, received_at), skip, None):
                yield self._outcome(reading, chosen.name, received_at)
        except SourceUnusable as fault:
            whole = self._whole_file(file, digest, chosen.name, fault, received_at)
            yield from islice((whole,), skip, None)

    def _outcome(self, reading: Reading, name: str, received_at: datetime) -> Outcome:
        fault = reading.unreadable
        if fault is None:
            try:
                messages = tuple(self.publisher.event(event) for event in reading.events)
            except EventTooLarge as error:
                fault = RecordUnreadable(Reason.TOO_LARGE, str(error))
            except EventUnencodable as error:
                fault = RecordUnreadable(Reason.BAD_VALUE, str(error))
            else:
                types = tuple(event.type for event in reading.events)
                return Outcome(messages, name, types, reading.warnings)
        value, kept = self._value(reading.raw, fault.reason)
        letter = self._letter(name, fault, value, kept, received_at)
        return Outcome((letter,), name, (), reading.warnings, fault.reason)

    def _whole_file(
        self, file: Path, digest: str, name: str, fault: SourceUnusable, received_at: datetime
    ) -> Outcome:
        value, kept = b"", ""
        if file.stat().st_size > MAX_MESSAGE_BYTES:
            kept = held.hold_file(self.home, file, digest) if self.home else digest
        else:
            value = file.read_bytes()
        letter = self._letter(name, fault, value, kept, received_at)
        return Outcome((letter,), name, (), (), fault.reason)

    def _letter(
        self, name: str, fault: RecordUnreadable, value: bytes, kept: str, received_at: datetime
    ) -> Message:
        return self.publisher.dead_letter(
            DeadLetter(
                stage=Stage.CONNECTOR,
                agency=self.agency,
                reason=fault.reason,
                detail=fault.detail[:MAX_DETAIL],
                format=name,
                value=value,
                received_at=received_at,
                held=kept,
            )
        )

    def _value(self, raw: bytes, reason: Reason) -> tuple[bytes, str]:
        """Give a dead letter's value, or the name under which it is kept if it may not travel."""
        if len(raw) <= MAX_MESSAGE_BYTES and reason is not Reason.POLICY:
            return raw, ""
        return b"", held.hold(self.home, raw) if self.home else sha256(raw)
