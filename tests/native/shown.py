"""What a recipient was sent, and whether it is what it may have."""

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from hub.bootstrap.county import load_county
from tests.harness import Parts, hub
from tests.native.csv_files import SCHOOL_NAME
from tests.native.permitted import REGISTER, Permitted, context_of, decoded, permitted
from tests.native.tokens import Canaries
from tests.recipient import consume


@dataclass(frozen=True)
class Sent:
    """One message on a recipient's topic, as bytes and as it is decoded."""

    recipient: str
    key: bytes
    headers: dict[str, bytes]
    value: bytes
    decoded: str


def sent(parts: Parts) -> Iterator[Sent]:
    """Read every recipient's topic with the command that a recipient has."""
    for recipient, entry in REGISTER.items():
        topic = f"hub.out.{recipient}.safeguarding.v1"
        asks = ("--as", f"ann@{recipient}", "--purpose", entry["subscription"]["purpose"])
        lines = hub(parts, "topics", "read", topic, *asks).splitlines()
        raw_lines = hub(parts, "topics", "read", topic, *asks, "--raw").splitlines()
        for line, raw_line in zip(lines, raw_lines, strict=True):
            raw = json.loads(raw_line)
            yield Sent(
                recipient,
                base64.b64decode(raw["key"]),
                {name: base64.b64decode(value) for name, value in raw["headers"].items()},
                base64.b64decode(raw["value"]),
                line,
            )


def sent_on(bootstrap: str) -> Iterator[Sent]:
    """Read every recipient's topic on a real broker, with a client that is none of ours."""
    codec = load_county().codec
    for recipient in REGISTER:
        for each in consume(bootstrap, f"hub.out.{recipient}.safeguarding.v1"):
            line = json.dumps(codec.decode(each.value), default=lambda value: value.isoformat())
            yield Sent(recipient, each.key, each.headers, each.value, line)


SCHOOL = "osham-primary"
"""It is told of its own pupils alone."""


class Allowed:
    """What each message may hold: by the event that the ledger says it is of, and the context it states."""

    def __init__(self, conn: sa.Connection, today: date) -> None:
        self._today = today
        events = conn.execute(sa.text("select * from event")).all()
        entries = conn.execute(sa.text("select * from ledger where kind = 'disclosed'")).all()
        self._events: dict[str, Any] = {row.event_id: row for row in events}
        self._entries: dict[tuple[str, str], Any] = {
            (row.disclosure_id, row.sha256): row for row in entries
        }

    def of(self, message: Sent) -> Permitted:
        """Give what a disclosure may hold; that it is in the ledger is part of the question."""
        sha256 = hashlib.sha256(message.value).hexdigest()
        entry = self._entries[message.headers["ce_id"].decode(), sha256]
        assert entry.recipient == message.recipient
        row = self._events[entry.event_id]
        body = decoded(row.type, bytes(row.value))
        if message.recipient == SCHOOL:
            body["children"] = [each for each in body["children"] if each["school"] == SCHOOL_NAME]
        asking = context_of(message.recipient, entry, body["occurred_at"].date())
        return permitted(row.type, body, asking, self._today)


def faults(message: Sent, may: Permitted, canaries: Canaries) -> list[str]:
    """Name the native cell of each canary that stands where it may not."""
    envelope = message.key + b"\n".join(message.headers.values())
    given = canaries.found(message.value) | canaries.found(message.decoded)
    missing = canaries.found(may.whole) - given
    outlines = {each.split()[0] for each in canaries.found(may.in_outline) if " " in each}
    wrong = canaries.found(envelope) | (given - canaries.found(may.whole))
    found = [f"{message.recipient} lacks {canaries.places[each]}" for each in missing]
    found += [f"{message.recipient} got {canaries.places[each]}" for each in sorted(wrong)]
    beyond = canaries.outcodes(message.decoded) - outlines
    return found + [f"{message.recipient} got the outward half {each}" for each in sorted(beyond)]
