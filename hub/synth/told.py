"""What each agency told, and when the hub had it: the bridge from the files to what is expected of them.

One `Telling` is one version of one record, with what it says in the truth's own numbers for people and
incidents. Nothing here is read back out of a file: the story says who was told what.
"""

from collections.abc import Container
from dataclasses import dataclass, field
from datetime import date, datetime

from hub.synth.places import LONDON
from hub.synth.recorded import Recorded

SAYS = frozenset({"born", "nhs"})


@dataclass(frozen=True, slots=True)
class Telling:
    """One version of one record. People and incidents are the truth's numbers.

    `tells_abuse`: it says that `victim` was harmed at `occurred_at`; a plan or a court's order does not.
    """

    agency: str
    key: str  # format:reference, as the agency's records are called for ever
    version: int
    event_type: str
    file: str
    received_at: datetime
    occurred_at: datetime
    victim: int | None
    perpetrators: tuple[int, ...] = ()
    unresolved: tuple[int, ...] = ()
    children: tuple[int, ...] = ()
    incident: int | None = None
    tells_abuse: bool = False
    ticks: int = 0
    is_judged: bool = False
    criteria: tuple[str, ...] = ()
    referred_on: date | None = None
    is_withdrawn: bool = False

    @property
    def event(self) -> str:
        return f"{self.agency}/{self.key}"

    @property
    def occurred_on(self) -> date:
        return self.occurred_at.astimezone(LONDON).date()

    @property
    def received_on(self) -> date:
        return self.received_at.astimezone(LONDON).date()


@dataclass(slots=True)
class Written:
    """What one agency has written of one person under one key, over all its rows."""

    agency: str
    local_id: str
    person: int
    given: str
    family: str
    born: date | None = None
    nhs_number: str = ""
    pnc: str = ""
    postcodes: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Told:
    """All tellings, in the order in which they were written, and all that was written of people."""

    tellings: list[Telling] = field(default_factory=list)
    written: dict[tuple[str, str], Written] = field(default_factory=dict)

    def write_down(
        self,
        agency: str,
        local_id: str,
        record: Recorded,
        *,
        says: Container[str] = SAYS,
        pnc: str = "",
        postcode: str = "",
    ) -> None:
        """Remember that an agency has written of somebody, under a key; `says` are the gaps it filled."""
        mark = agency, local_id
        if mark not in self.written:
            self.written[mark] = Written(
                agency, local_id, record.person.number, record.given, record.family
            )
        written = self.written[mark]
        if "born" in says:
            written.born = record.born
        if "nhs" in says:
            written.nhs_number = record.nhs_number
        written.pnc = written.pnc or pnc
        if postcode:
            written.postcodes.add(postcode)
