"""The book: MARAC criteria and risk instruments as data, whole and without a fault, or not at all.

What counts is written in `policies/criteria/` and `policies/instruments/`, each entry with its
version and the day from which it stands. A day before the first version is judged by the first one:
a past case must not go unseen because its definition is younger.
"""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Protocol, TypeVar

from hub.assess.facts import Facts
from hub.model.agency import AgencyId, AgencyType
from hub.model.event import EventType

VISIBLE_HIGH_RISK = "visible_high_risk"
PROFESSIONAL_JUDGEMENT = "professional_judgement"
ESCALATION = "escalation"
REPEAT = "repeat"
CODES = (VISIBLE_HIGH_RISK, PROFESSIONAL_JUDGEMENT, ESCALATION, REPEAT)
"""The four MARAC criteria; any one is enough (SafeLives)."""
HIGH = "high"


class Dated(Protocol):
    """What stands from a day on."""

    @property
    def effective_from(self) -> date: ...


Entry = TypeVar("Entry", bound=Dated)


@dataclass(frozen=True, slots=True)
class Counted:
    """A kind of event that counts, and when: always, in certain states, or if abuse was disclosed."""

    event: EventType
    states: frozenset[str] = frozenset()
    disclosed: bool = False

    def holds(self, type_: EventType, facts: Facts) -> bool:
        return (
            type_ == self.event
            and (not self.states or facts.state in self.states)
            and (facts.disclosed or not self.disclosed)
        )


@dataclass(frozen=True, slots=True)
class Flagged:
    """A criterion that one event is enough for: an assessment in `found_in`, or a tick on one in `ticked_in`."""

    code: str
    version: str
    effective_from: date
    found_in: frozenset[str]
    ticked_in: frozenset[str]


@dataclass(frozen=True, slots=True)
class Escalation:
    """So many incidents within so many months. `agencies`: the types that are heard, empty for any."""

    version: str
    effective_from: date
    count: int
    window_months: int
    agencies: frozenset[AgencyType]
    incidents: tuple[Counted, ...]
    code: str = ESCALATION


@dataclass(frozen=True, slots=True)
class Repeat:
    """An incident within so many months after an anchor, by the anchor's name."""

    version: str
    effective_from: date
    window_months: int
    anchors: Mapping[str, Counted]
    incidents: tuple[Counted, ...]
    code: str = REPEAT


Criterion = Flagged | Escalation | Repeat


@dataclass(frozen=True, slots=True)
class Item:
    """A question of an instrument. `label` is our paraphrase: the wording is licensed."""

    code: str
    label: str
    counts: bool


@dataclass(frozen=True, slots=True)
class Instrument:
    """A risk instrument. `bands` gives the fewest yes answers of each; none: nothing goes by count."""

    id: str
    version: str
    name: str
    area: str
    effective_from: date
    also: tuple[str, ...]
    items: tuple[Item, ...]
    bands: Mapping[str, int]
    licence: str

    @property
    def counted(self) -> frozenset[str]:
        return frozenset(item.code for item in self.items if item.counts)

    def reaches_high(self, facts: Facts) -> bool:
        """Tell whether the yes answers to items that count reach the high band.

        A sum that was stated may hold more than was itemised. What is known to be a yes to an item
        that does not count is taken off it; the rest stands.
        """
        if HIGH not in self.bands or facts.yes is None:
            return False
        return facts.yes - len(facts.items - self.counted) >= self.bands[HIGH]


@dataclass(frozen=True, slots=True)
class Book:
    """All criteria and instruments, each in its versions, oldest first. Named by its content.

    `types` says of what type organisations are, where a criterion hears some types alone.
    """

    criteria: Mapping[str, tuple[Criterion, ...]]
    instruments: Mapping[str, tuple[Instrument, ...]]
    types: Mapping[AgencyId, AgencyType] = field(default_factory=dict)
    sha256: str = ""

    def versions(self, code: str, kind: type[Entry]) -> list[Entry]:
        """Give the versions of a criterion, oldest first."""
        return [each for each in self.criteria[code] if isinstance(each, kind)]

    def instrument(self, name: str, day: date) -> Instrument | None:
        """Give an instrument as it stood on the day it was used; nothing for an unknown one."""
        versions = self.instruments.get(name.strip().casefold())
        return in_force(versions, day) if versions else None

    def heard(self, agency: AgencyId, among: Collection[AgencyType]) -> bool:
        """Tell whether an agency is heard. One of which nobody said what it is always is."""
        return not among or agency not in self.types or self.types[agency] in among


def in_force(versions: Sequence[Entry], day: date) -> Entry:
    """Give the newest version that stood on a day; before all of them, the oldest."""
    begun = [each for each in versions if each.effective_from <= day]
    return begun[-1] if begun else versions[0]


def fingerprint(
    criteria: Mapping[str, Sequence[Criterion]], instruments: Mapping[str, Sequence[Instrument]]
) -> str:
    """Hash what decides: neither file names nor comments, nor the order in which entries stand."""
    content = {
        "criteria": {code: [asdict(each) for each in criteria[code]] for code in sorted(criteria)},
        "instruments": {
            name: [asdict(each) for each in instruments[name]] for name in sorted(instruments)
        },
    }
    text = json.dumps(content, sort_keys=True, default=_plain, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: object) -> object:
    return sorted(value, key=str) if isinstance(value, frozenset) else str(value)
