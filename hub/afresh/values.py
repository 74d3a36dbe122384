"""What deciding afresh works with: what is known around a change, and what is to be done about it."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from hub.assess.cases import Case
from hub.assess.circumstances import Statement
from hub.assess.criteria import Standing
from hub.assess.timeline import Telling
from hub.disclose.conflict import Bars
from hub.disclose.verdict import Past, Verdict
from hub.model.agency import AgencyId
from hub.model.dead_letter import Reason, Stage
from hub.model.event import EventId
from hub.model.level import Treatment
from hub.model.person import PersonId

MaybeSame = Callable[[Collection[PersonId]], Mapping[PersonId, Collection[PersonId]]]
"""Gives, for each of these people, who else they may possibly be."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One event that is kept: what decisions need of it, what it states, and who stands in it.

    `telling` is what cases and criteria look at, if it tells of people at all. `suspects` are those
    who may have done it: somebody unresolved may turn out to be either.
    """

    past: Past
    statement: Statement
    telling: Telling | None
    suspects: frozenset[PersonId]


@dataclass(frozen=True, slots=True)
class Invited:
    """Who is invited to a case: one victim's, with those who are said to have harmed her."""

    perpetrators: frozenset[PersonId]
    organisations: frozenset[AgencyId]


class TaskKind(StrEnum):
    """What a person has to decide, since no rule can."""

    CONTESTED_REFERRAL = "contested-referral"
    STOPPED_DISCLOSURE = "stopped-disclosure"
    REROUTE = "reroute"
    HELD_WORDS = "held-words"


@dataclass(frozen=True, slots=True)
class Task:
    """A question to the duty officer, about an event and, of most kinds, a recipient.

    * A contested referral: its victim is named as perpetrator. Is it sound?
    * A stopped disclosure: a conflict came up after it was sent. Is it to be recalled?
    * Reroute: a whole organisation has a conflict, and would have been told. Who is told instead?
      One task for each organisation and person, at the first event.
    * Held words: what somebody wrote says what is withheld from the recipient. Are they to go out as they
      stand? `words` are the fields; whoever wrote them is asked.
    """

    kind: TaskKind
    event: EventId
    recipient: AgencyId | None = None
    about: PersonId | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Events to decide, and all that bears on them: every event of everybody in reach.

    `people` are those whose events are all here, and whose cases may have changed. `maybe` is who
    somebody may possibly be besides, `barred` whom somebody bars who is a suspect, `accepted` the
    contested referrals that a person judged sound, `invited` who is invited to somebody's cases. `held` are
    the questions about words that were asked, with what was decided, if anything was.
    """

    people: Collection[PersonId]
    decide: Collection[EventId]
    happenings: Mapping[EventId, Happening]
    maybe: Mapping[PersonId, Collection[PersonId]]
    barred: Mapping[PersonId, Bars]
    accepted: Collection[EventId] = ()
    held: Mapping[Task, str] = field(default_factory=dict)
    invited: Mapping[PersonId, Sequence[Invited]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Assessed:
    """A case, and the criteria that stand in it or stood."""

    case: Case
    standings: Sequence[Standing]


@dataclass(frozen=True, slots=True)
class Given:
    """What a recipient has of an event by now, and the key it was sent under.

    `stopped`: a conflict came up since. Nothing more is sent, and a person decides about the recall.
    """

    plan_id: str
    disclosure_id: str
    key: bytes
    treatments: Mapping[str, Treatment]
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class Disclosed:
    """A disclosure to send. It replaces what was sent before under the same id; `opens`: the first."""

    verdict: Verdict
    disclosure_id: str
    key: bytes
    value: bytes
    opens: bool


@dataclass(frozen=True, slots=True)
class Recalled:
    """A disclosure to take back, under the key it was sent under, so that it cannot overtake it."""

    verdict: Verdict
    disclosure_id: str
    key: bytes
    value: bytes


@dataclass(frozen=True, slots=True)
class Stopped:
    """A disclosure that must not be followed up, nor recalled: near a perpetrator that would tip off."""

    verdict: Verdict
    disclosure_id: str


@dataclass(slots=True)
class Outcome:
    """What became of a batch: counts for people and metrics, no data."""

    read: int = 0
    kept: int = 0
    duplicates: int = 0
    dead_letters: Counter[tuple[Stage, Reason]] = field(default_factory=Counter)
    disclosed: Counter[AgencyId] = field(default_factory=Counter)
    suppressed: Counter[AgencyId] = field(default_factory=Counter)
    recalled: Counter[AgencyId] = field(default_factory=Counter)
    withheld_fields: Counter[AgencyId] = field(default_factory=Counter)

    def add(self, other: "Outcome") -> None:
        """Add another batch's outcome to this one."""
        self.read += other.read
        self.kept += other.kept
        self.duplicates += other.duplicates
        self.dead_letters += other.dead_letters
        self.disclosed += other.disclosed
        self.suppressed += other.suppressed
        self.recalled += other.recalled
        self.withheld_fields += other.withheld_fields
