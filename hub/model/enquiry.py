"""Enquiries: who asks about an event, why, under which law, and how they stand to the case."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Context:
    """All that a decision may depend on. Words are those of `policies/vocabulary.toml`.

    No attribute has a default: one that nobody computed must be said to be unknown. `None` for
    `conflict_of_interest` or `perpetrator_link` means unknown, and counts as true.
    """

    agency: str
    role: str
    purpose: str
    lawful_basis: str
    risk: str
    consent: str
    involvement: str
    conflict_of_interest: bool | None
    perpetrator_link: bool | None
    event_date: date
