"""What may each recipient have of an event, as things stand now?

A decision is a function of the state, never of its history: of the event itself, of all that is
known of the people it is about, and of the register. So the outcome does not depend on the order in
which topics were read, and whoever changes the state asks again.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from hub.disclose.plan import Plan, Planner
from hub.disclose.schema import SourceSchema
from hub.model.agency import AgencyId, AgencyType
from hub.model.enquiry import Context
from hub.model.event import EventId, EventType
from hub.model.person import PersonId
from hub.model.recipient import Recipient

NONE, NAMED, SUPPLIED, INVITED = "none", "named", "supplied", "invited"
"""How an organisation is involved, in the order of the vocabulary."""


@dataclass(frozen=True, slots=True)
class Past:
    """What decisions need to know of an event; its payload is not among it.

    `about` are the people it is about: those harmed, and those whose role nobody has judged.
    `withdrawn`: its source took it back. Nobody may have it any more.
    """

    id: EventId
    type: EventType
    agency: AgencyId
    occurred_on: date
    about: tuple[PersonId, ...]
    named: frozenset[AgencyId]
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known of the people an event is about, taken together."""

    risk: str
    consent: str
    suppliers: frozenset[AgencyId]
    conflicts: frozenset[AgencyId]
    perpetrator_links: frozenset[AgencyId]
    invited: frozenset[AgencyId] = frozenset()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one recipient may have of one event now, and why."""

    event: Past
    recipient: Recipient
    context: Context
    plan: Plan

    @property
    def discloses(self) -> bool:
        return (
            self.plan.outcome == "disclosed"
            and self.recipient.status == "active"
            and not self.event.withdrawn
        )


def verdicts(
    events: Iterable[tuple[Past, Circumstances]],
    recipients: Sequence[Recipient],
    schemas: Mapping[EventType, SourceSchema],
    planner: Planner,
) -> Iterator[Verdict]:
    """Decide each event for each recipient. Nobody is given their own event back."""
    for event, circumstances in events:
        for recipient in recipients:
            if recipient.receives and recipient.id != event.agency:
                yield verdict(event, circumstances, recipient, schemas[event.type], planner)


def verdict(
    event: Past, known: Circumstances, recipient: Recipient, schema: SourceSchema, planner: Planner
) -> Verdict:
    """Decide one event for one recipient."""
    involvement = _involvement(event, known, recipient)
    context = context_of(known, recipient, involvement, event.occurred_on)
    return Verdict(event, recipient, context, planner.plan(schema, context))


def _involvement(event: Past, known: Circumstances, recipient: Recipient) -> str:
    """Say how an organisation is involved. A school has no part in an event without a pupil of its own."""
    if recipient.type is AgencyType.EDUCATION and recipient.id not in event.named:
        return NONE
    if recipient.id in known.invited:
        return INVITED
    if recipient.id in known.suppliers:
        return SUPPLIED
    return NAMED if recipient.id in event.named else NONE


def context_of(known: Circumstances, recipient: Recipient, involvement: str, on: date) -> Context:
    """Give the context in which a recipient stands to something that is known of people."""
    return Context(
        agency=recipient.type,
        role=recipient.role,
        purpose=recipient.purpose,
        lawful_basis=recipient.lawful_basis,
        risk=known.risk,
        consent=known.consent,
        involvement=involvement,
        conflict_of_interest=recipient.id in known.conflicts,
        perpetrator_link=recipient.id in known.perpetrator_links,
        event_date=on,
    )
