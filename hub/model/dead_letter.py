"""Dead letters: what could not be read or taken in, kept as it came, with the reason."""

import hashlib
import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from hub.model.agency import AgencyId

MAX_DETAIL = 500
LETTERS = uuid.UUID("2c0b1c53-6b0a-5a0f-8a5e-0b9a3f1d7d21")


class Reason(StrEnum):
    """Why something is a dead letter: a closed list."""

    BAD_FORMAT = "bad_format"
    BAD_VALUE = "bad_value"
    DECODE = "decode"
    UNKNOWN_SCHEMA = "unknown_schema"
    SCHEMA_INCOMPATIBLE = "schema_incompatible"
    WRONG_SOURCE = "wrong_source"
    POLICY = "policy"
    IDENTITY_CONFLICT = "identity_conflict"
    TOO_LARGE = "too_large"
    HANDLER_BUG = "handler_bug"


class Stage(StrEnum):
    """Where it was set aside."""

    CONNECTOR = "connector"
    INGEST = "ingest"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """Original bytes, untouched, and why they were set aside.

    At the connector `value` is the smallest file that holds the unreadable row: the heading line and
    the row, byte for byte, so that it can be mended and read again. `detail` is a short text of ours
    (line, column, code): never a value out of the data. What is too large to travel stays with the
    connector: `value` is then empty, and `held` the SHA-256 of the bytes it keeps.
    """

    stage: Stage
    agency: AgencyId
    reason: Reason
    detail: str
    format: str
    value: bytes
    received_at: datetime
    key: bytes = b""
    headers: tuple[tuple[str, bytes], ...] = ()
    held: str = ""

    @property
    def id(self) -> str:
        """The same bytes set aside again at the same place are the same dead letter."""
        marks = (
            self.stage,
            self.agency,
            self.format,
            sha256(self.key),
            self.held or sha256(self.value),
        )
        return str(uuid.uuid5(LETTERS, "\x1f".join(marks)))


def labels(letter: DeadLetter) -> tuple[tuple[str, bytes], ...]:
    """Give the headers under which a dead letter travels. No value of the data is among them."""
    said = {
        "dlq_id": letter.id,
        "dlq_stage": letter.stage.value,
        "dlq_agency": letter.agency,
        "dlq_reason": letter.reason.value,
        "dlq_error": letter.detail[:MAX_DETAIL],
        "dlq_format": letter.format,
        "dlq_received_at": letter.received_at.isoformat(),
        "dlq_held": letter.held,
    }
    return tuple((name, text.encode()) for name, text in said.items())


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
