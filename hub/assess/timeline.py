"""What was told of a victim, event by event: when it happened, when it was known, by whom.

Criteria go by days, and a day is a day in London: what is reported at half past midnight in July is
of that day, although it is still yesterday in UTC.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from hub.assess.facts import HARMED, TELLING, Facts, facts_in
from hub.model.agency import AgencyId
from hub.model.event import Event, EventId, EventType
from hub.model.person import PersonId

REFERRAL = EventType("referral-made")
LONDON = ZoneInfo("Europe/London")
PERPETRATORS = "perpetrators"
SEPARATOR = "\x1f"


@dataclass(frozen=True, slots=True)
class Telling:
    """One event, as far as cases and criteria look at it.

    `record` is the source's system and key: all versions of one record tell one incident.
    """

    event: EventId
    type: EventType
    agency: AgencyId
    record: str
    occurred_on: date
    reported_on: date
    received_on: date
    victims: frozenset[PersonId]
    perpetrators: frozenset[PersonId]
    facts: Facts

    @property
    def on(self) -> date:
        """Give the day it happened. What was told has happened: a day in the future is a slip."""
        return min(self.occurred_on, self.received_on)

    @property
    def made_on(self) -> date:
        """Give the day it was made. A referral tells of what happened before it was made."""
        return min(self.reported_on, self.received_on) if self.type == REFERRAL else self.on


@lru_cache(maxsize=8192)
def day_of(instant: datetime) -> date:
    """Give the day of an instant in London."""
    return instant.astimezone(LONDON).date()


def record_of(system: str, key: str) -> str:
    """Name a record of an agency, whatever its version."""
    return f"{system}{SEPARATOR}{key}"


def telling_of(event: Event, people: Iterable[tuple[str, PersonId]]) -> Telling | None:
    """Take out of an event what cases and criteria look at; nothing, if it speaks of records alone.

    `people` are those who stand in it, with their roles.
    """
    by_role: dict[str, set[PersonId]] = {}
    for role, person in people:
        by_role.setdefault(role, set()).add(person)
    source = event.source
    return telling_from(
        event=event.id,
        type_=event.type,
        agency=source.agency,
        record=record_of(source.system, source.key),
        moments=(event.occurred_at, event.reported_at, event.received_at),
        roles=by_role,
        facts=facts_in(event.type, event.body),
    )


def telling_from(
    *,
    event: EventId,
    type_: EventType,
    agency: AgencyId,
    record: str,
    moments: tuple[datetime, datetime, datetime],
    roles: Mapping[str, Collection[PersonId]],
    facts: Facts,
) -> Telling | None:
    """Make a telling of what was kept of an event; `moments`: when it occurred, was reported, received."""
    if type_ not in TELLING:
        return None
    about = (roles[role] for role in HARMED if roles.get(role))
    occurred_on, reported_on, received_on = map(day_of, moments)
    return Telling(
        event=event,
        type=type_,
        agency=agency,
        record=record,
        occurred_on=occurred_on,
        reported_on=reported_on,
        received_on=received_on,
        victims=frozenset(next(about, ())),
        perpetrators=frozenset(roles.get(PERPETRATORS, ())),
        facts=facts,
    )
