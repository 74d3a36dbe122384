"""What deciding afresh needs of the database and of the wire; `bootstrap` fills it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from hub.afresh.values import (
    Assessed,
    Disclosed,
    Given,
    MaybeSame,
    Recalled,
    Stopped,
    Surroundings,
    Task,
)
from hub.assess.book import Book
from hub.disclose.conflict import Register
from hub.disclose.plan import Planner
from hub.disclose.project import DisclosureHead
from hub.disclose.schema import SourceSchema
from hub.disclose.verdict import Verdict
from hub.model.agency import AgencyId
from hub.model.event import Body, EventId, EventType
from hub.model.person import PersonId
from hub.model.recipient import Recipient


class Known(Protocol):
    """What the hub knows, as far as decisions look at it."""

    def known(self, ids: Collection[EventId]) -> dict[EventId, bytes]:
        """Give the framed values of those that are kept already."""
        ...

    def surroundings(
        self, people: Collection[PersonId], events: Collection[EventId], maybe_same: MaybeSame
    ) -> Surroundings:
        """Give these events, every event that a change in these people bears on, and all that bears on those."""
        ...

    def keep_cases(self, people: Collection[PersonId], found: Sequence[Assessed]) -> None:
        """Keep what these people's cases are now, in the place of what they were."""
        ...

    def ask(self, asked: Collection[Task], settled: Collection[Task]) -> None:
        """Put tasks before a person, each once; drop those that have settled themselves."""
        ...


class Dispatch(Protocol):
    """What was and what is to be given to recipients."""

    def given(self, events: Collection[EventId]) -> dict[tuple[AgencyId, EventId], Given]: ...

    def send(
        self,
        disclosed: Sequence[Disclosed],
        suppressed: Sequence[Verdict],
        recalled: Sequence[Recalled],
        stopped: Sequence[Stopped],
    ) -> None:
        """Put it all into the outbox and the ledger, in this transaction."""
        ...


class Wire(Protocol):
    """How things are written for the log, and names that nobody can guess."""

    def body(self, value: bytes) -> Body:
        """Decode an event that was kept."""
        ...

    def disclosure(self, verdict: Verdict, body: Body, head: DisclosureHead) -> bytes:
        """Project and encode what the verdict's plan gives of a body."""
        ...

    def recall(self, disclosure_id: str) -> bytes: ...

    def pseudonym(self, recipient: AgencyId, of: str) -> bytes:
        """Give the recipient's own name for a person or an event: the key of what it is sent."""
        ...

    def new_id(self) -> str:
        """Give a random id."""
        ...


@dataclass(frozen=True, slots=True)
class Hub:
    """What stays the same from batch to batch: who there is, and by which rules it is decided."""

    recipients: Sequence[Recipient]
    register: Register
    schemas: Mapping[EventType, SourceSchema]
    planner: Planner
    book: Book
    wire: Wire

    @property
    def epoch(self) -> str:
        """Name everything that decides: rules in force, register, criteria. Another name decides afresh."""
        return epoch_of(self.planner, self.book, self.register)


def epoch_of(planner: Planner, book: Book, register: Register) -> str:
    return f"{planner.epoch}-{book.sha256[:8]}-{register.sha256[:8]}"
