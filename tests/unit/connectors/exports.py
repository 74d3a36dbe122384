"""Build exports as the agencies' systems write them, and a log that keeps what it is sent."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from connectors.connector import Reading
from connectors.csv_format import CsvFormat
from connectors.publish import DEAD_LETTERS, LogUnreachable, Message
from connectors.registry import agencies
from hub.model.agency import AgencyId
from hub.model.dead_letter import DeadLetter, labels
from hub.model.event import Body, Event

RECEIVED_AT = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
FENMARCH, DUNMOOR = AgencyId("fenmarch-police"), AgencyId("dunmoor-police")
AMBER, KESTREL = AgencyId("amber-door"), AgencyId("kestrel-line")
BOM = b"\xef\xbb\xbf"

INCIDENT = {
    "reference": "OCC1",
    "version": "1",
    "occurred_at": "18/11/2025 22:14",
    "reported_at": "18/11/2025 22:50",
    "kind": "Violence",
}
DASH = {"reference": "DASH1", "version": "1", "assessed_at": "19/11/2025 10:00"}
REFERRAL = {"reference": "R1", "referred_at": "20/11/2025"}
OUTCOME = {"reference": "O1", "recorded_at": "20/11/2025 09:00", "kind": "Arrested"}
ORDER = {
    "reference": "B1",
    "recorded_at": "21/11/2025 09:00",
    "kind": "BAIL",
    "state": "MADE",
}
NOTE = {"reference": "N1", "recorded_at": "22/11/2025", "kind": "Visit"}
SMALLEST = {
    "incidents": INCIDENT,
    "dash": DASH,
    "outcomes": OUTCOME,
    "orders": ORDER,
    "referrals": REFERRAL,
    "support": NOTE,
}


def format_named(agency: AgencyId, name: str) -> CsvFormat:
    found = next(each for each in agencies()[agency] if each.name == name)
    assert isinstance(found, CsvFormat)
    return found


INCIDENTS = format_named(FENMARCH, "incidents")
DASHES = format_named(FENMARCH, "dash")
OUTCOMES = format_named(FENMARCH, "outcomes")
ORDERS = format_named(FENMARCH, "orders")
REFERRALS = format_named(AMBER, "referrals")
SUPPORT = format_named(AMBER, "support")


def export(
    of: CsvFormat, *rows: Mapping[str, str], without: Sequence[str] = (), end: str = "\r\n"
) -> bytes:
    """Write rows as a sender does, named as we name the columns; what a row leaves out is as smallest."""
    names = {**of.layout.columns, **of.layout.answers}
    columns = [name for name in names if name not in without]
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator=end)
    writer.writerow([names[name] for name in columns])
    for row in rows:
        full = {**SMALLEST[of.name], **row}
        writer.writerow([full.get(name, "") for name in columns])
    return out.getvalue().encode()


def heading_of(of: CsvFormat) -> bytes:
    return export(of)


def read(of: CsvFormat, data: bytes) -> list[Reading]:
    return list(of.read_bytes(data, RECEIVED_AT))


def read_row(of: CsvFormat, **row: str) -> Reading:
    """Read one row."""
    (reading,) = read(of, export(of, row))
    return reading


def body_of(of: CsvFormat, **row: str) -> Body:
    """Read one row that has to be readable."""
    reading = read_row(of, **row)
    assert reading.unreadable is None, reading.unreadable
    return reading.events[0].body


def detail_of(of: CsvFormat, **row: str) -> str:
    """Give what is said of one row that has to be unreadable."""
    reading = read_row(of, **row)
    assert reading.unreadable is not None
    return f"{reading.unreadable.reason}: {reading.unreadable.detail}"


@dataclass
class MemoryLog:
    """A log that keeps what it is sent, and can be away."""

    sent: list[Message] = field(default_factory=list)
    is_away: bool = False

    def event(self, event: Event) -> Message:
        source = event.source
        value = json.dumps(event.body, default=str, sort_keys=True).encode()
        headers = (
            ("ce_id", event.id.encode()),
            ("ce_time", event.received_at.isoformat().encode()),
        )
        return Message(
            f"hub.in.{source.agency}.domestic-abuse.v1", source.key.encode(), value, headers
        )

    def dead_letter(self, letter: DeadLetter) -> Message:
        return Message(DEAD_LETTERS, letter.id.encode(), letter.value, labels(letter))

    def send(self, messages: Sequence[Message]) -> None:
        if self.is_away:
            raise LogUnreachable
        self.sent += messages

    @property
    def events(self) -> list[Message]:
        return [message for message in self.sent if message.topic != DEAD_LETTERS]

    @property
    def letters(self) -> list[Message]:
        return [message for message in self.sent if message.topic == DEAD_LETTERS]


def header(message: Message, name: str) -> str:
    return dict(message.headers)[name].decode()


def keys(messages: Sequence[Message]) -> list[str]:
    return [message.key.decode() for message in messages]


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_file())
