"""What a sender is told of a referral that it pushed, and why one may be turned away.

It is told what it sent and when that was taken in, and nothing of what the hub makes of it: a receipt
is the same whether or not anybody in the referral is known.
"""

from dataclasses import dataclass
from datetime import datetime

from hub.model.agency import AgencyId


@dataclass(frozen=True, slots=True)
class Missing:
    """A field that a meeting will ask for. `pointer` is a JSON pointer into the referral."""

    pointer: str
    code: str


@dataclass(frozen=True, slots=True)
class Sender:
    """Who pushes: an organisation, and which of its clients."""

    organisation: AgencyId
    client: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is told of one version of a referral. `is_kept`: ingest has taken it in."""

    referral_id: str
    version: int
    received_at: datetime
    missing: tuple[Missing, ...]
    is_kept: bool = False


@dataclass(frozen=True, slots=True)
class Accepted:
    """A receipt, and whether the referral is new with this call."""

    receipt: Receipt
    is_new: bool


class ReferralRefused(Exception):
    """The referral is not taken. Nothing of it was kept."""


class KeyReused(ReferralRefused):
    """The Idempotency-Key came with another request before."""


class VersionTaken(ReferralRefused):
    """Something else came under this reference and version before, or a newer version did."""


class NoRoom(ReferralRefused):
    """So much waits for the event log that nothing more is taken in."""
