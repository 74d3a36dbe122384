"""One meeting: which cases a MARAC hears, who is invited to each, and what each reader sees of them.

A case is shown by deciding each of its events for the reader and reading the bytes that a topic
would carry. A criterion is the hub's own fact and carries every tag of what it rests on: it is shown
to whom a rule clears it for by its own tag, or who may have all of that; evidence that a reader may not have is neither listed nor counted.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from itertools import islice
from typing import Any, Protocol, TypeAlias

from hub.afresh.needs import Hub
from hub.afresh.picture import Picture
from hub.afresh.values import Outcome, Surroundings
from hub.afresh.words import unreleased, without
from hub.assess.cases import Case
from hub.assess.circumstances import NARROWEST_FIRST, Risk
from hub.assess.criteria import Standing
from hub.convene import view
from hub.convene.agenda import Rank, rank, stands
from hub.convene.remembered import Remembered
from hub.disclose.project import DisclosureHead
from hub.disclose.verdict import INVITED, Verdict, context_of, verdict
from hub.model.agency import AgencyId
from hub.model.enquiry import Context
from hub.model.event import ROLES, Body, EventId, EventType
from hub.model.faults import Refusal
from hub.model.level import Level, Treatment
from hub.model.person import PersonId
from hub.model.recipient import Recipient

CRITERION_TAGS = ("CASE_CRITERION",)
"""A criterion without its evidence: what a rule has to clear."""
INVITED_TAGS = ("INVOLVED_ORGANISATION", "VICTIM_LOCATION")
"""Who is invited: an organisation may be near where somebody lives."""
INCIDENTS = ("incident-reported", "attendance-recorded")
VIEW = "view"


Document: TypeAlias = dict[str, Any]
"""What is shown, as JSON."""


class NotFound(Exception):
    """There is none, or whoever asks must not know of it: the two look alike."""


class NotDone(Exception):
    """It cannot be done. The text says why, and names nobody."""


class Changed(Exception):
    """Somebody else changed it meanwhile."""


class NotNow(Refusal):
    """Nothing is decided at this moment: another policy is coming into force."""

    told = "{}: start `hub ingest run`, which brings it into force, and try again"


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks: a principal, and its organisation with the role, purpose and basis that were stated."""

    principal: str
    organisation: Recipient


@dataclass(frozen=True, slots=True)
class Made:
    """A meeting as it is after a change, how many cases that listed, how many invitations it made.

    `outcome`: what was decided afresh for that.
    """

    meeting: Document
    listed: int
    invited: int
    outcome: Outcome
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """A case on an agenda: one victim, those said to have harmed her, and who is invited."""

    ref: str
    meeting: str
    victim: PersonId
    perpetrators: frozenset[PersonId]
    invited: frozenset[AgencyId]


@dataclass(frozen=True, slots=True)
class Seen:
    """What a reader was given of an event: for the ledger."""

    event: EventId
    context: Context
    plan_id: str
    reasons: Mapping[str, tuple[str, ...]]
    sha256: str


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case as one reader may see it. `document` is what is shown, `seen` what has to be recorded first."""

    ref: str
    rank: Rank
    document: Document
    seen: Sequence[Seen]


class Kept(Protocol):
    """What is kept of events, by their ids."""

    def bodies(self, events: Collection[EventId]) -> Mapping[EventId, Body]:
        """Give the events themselves."""
        ...

    def who(self, events: Collection[EventId]) -> Mapping[EventId, Mapping[str, PersonId]]:
        """Give who stands in them, for each by local id."""
        ...


@dataclass(frozen=True, slots=True)
class _Reading:
    rendered: view.Rendered
    places: Sequence[tuple[str, int, str]]
    sha256: str
    words: Sequence[str]
    """Fields of words that say what is withheld: held back until they are released to the reader."""


@dataclass(frozen=True, slots=True)
class _Told:
    """An event as a reader gets it, the verdict that gives it, and what the ledger is to say."""

    verdict: Verdict
    disclosed: view.Disclosed
    seen: Seen


class Readings:
    """Events as readers get them, each written and read once: the same event under the same plan is the same.

    Bound to one set of recipients' keys and one register, as `Hub` is.
    """

    def __init__(self, most: int = 10_000) -> None:
        self._remembered = Remembered[tuple[EventId, str, AgencyId], _Reading](most)

    def of(self, given: Sequence[Verdict], kept: Kept, hub: Hub) -> list[_Reading]:
        """Write each event as it would go to the reader's topic, and read that."""
        keys = [(each.event.id, each.plan.id, each.recipient.id) for each in given]
        there = self._remembered.known(keys)
        new = {key: each for each, key in zip(given, keys, strict=True) if key not in there}
        bodies = kept.bodies({each.event.id for each in new.values()})
        made = {key: _reading(each, bodies[each.event.id], hub) for key, each in new.items()}
        self._remembered.keep(made)
        there |= made
        return [there[key] for key in keys]


def _reading(given: Verdict, body: Body, hub: Hub) -> _Reading:
    head = DisclosureHead(VIEW, hub.planner.bundle.version, given.plan.id, given.recipient.id)
    share = hub.register.share(given.recipient.id, body)
    value = hub.wire.disclosure(given, share, head)
    shown = view.rendered(given.event.type, hub.wire.body(value))
    schema, treatments = hub.schemas[given.event.type], given.plan.treatments
    said = hub.planner.scanner.said(body, schema)
    words = hub.planner.scanner.hits(said, share, schema, treatments)
    return _Reading(shown, _places(share), sha256(value).hexdigest(), words)


def case_views(
    items: Iterable[Listed],
    asker: Recipient,
    around: Surroundings,
    kept: Kept,
    readings: Readings,
    *,
    hub: Hub,
    on: date,
) -> list[CaseView]:
    """Give cases as somebody of an organisation may see them on a day; without those that to them are none.

    `around` is what is in reach of the victims. `asker.purpose` is the purpose that was stated.
    """
    if asker.status != "active" or not asker.receives:
        return []
    picture = Picture(around, hub.book)
    open_to_them: list[tuple[Listed, Case, list[Verdict]]] = []
    for each in items:
        case = picture.case_of(each.victim, each.perpetrators)
        if asker.id in each.invited and case is not None:
            decided = _verdicts(case, asker, around, picture, hub)
            given = [one for one in decided if one.discloses]
            if given:
                open_to_them.append((each, case, given))
    every = [one for _, _, given in open_to_them for one in given]
    read = iter(_read(every, around, readings, kept, hub))
    found = []
    for listed, case, given in open_to_them:
        told = [each for each in islice(read, len(given)) if each is not None]
        if told:
            context = _context(case, asker, around, picture)
            standings = picture.standings(case, on)
            found.append(_view(listed, told, standings, context, hub=hub, on=on))
    return found


def _view(
    listed: Listed,
    told: Sequence[_Told],
    standings: Sequence[Standing],
    context: Context,
    *,
    hub: Hub,
    on: date,
) -> CaseView:
    shown = view.shown(each.disclosed for each in told)
    criteria = _criteria(standings, shown, context, hub, on)
    people = view.people(shown)
    standing = [str(each["code"]) for each in criteria if each["stands"]]
    order = rank(
        children="children" in people,
        criteria=standing,
        days=view.days(shown, INCIDENTS),
        on=on,
    )
    desks = {each.id: each for each in hub.recipients}
    document: Document = {
        "ref": listed.ref,
        "meeting": listed.meeting,
        "purpose": context.purpose,
        "as_of": on.isoformat(),
        "criteria": criteria,
        "reasons": order.reasons(),
        "people": people,
        "timeline": view.timeline(shown),
        "organisations": [_with_desk(each, desks) for each in view.organisations(shown)],
        "withheld": _withheld([each.verdict for each in told]),
    }
    if hub.planner.level(INVITED_TAGS, context) is Level.FULL:
        document["invited"] = [
            {"organisation_id": each, "name": desks[each].name, "ring": desks[each].duty_desk}
            for each in sorted(listed.invited)
            if each in desks
        ]
    return CaseView(listed.ref, order, document, [each.seen for each in told])


def _with_desk(
    organisation: Mapping[str, object], desks: Mapping[AgencyId, Recipient]
) -> dict[str, object]:
    """Add whom to ring, where the view says which organisation of the register it is."""
    known = desks.get(AgencyId(str(organisation.get("organisation_id"))))
    return {**organisation, **({"ring": known.duty_desk} if known else {})}


def _verdicts(
    case: Case, asker: Recipient, around: Surroundings, picture: Picture, hub: Hub
) -> list[Verdict]:
    """Decide every event of a case. One's own is decided as any other: what one wrote one has at home."""
    found = []
    for telling in (*case.attributed, *case.unattributed):
        happening = around.happenings[telling.event]
        past, known = happening.past, picture.circumstances(happening)
        found.append(verdict(past, known, asker, hub.schemas[past.type], hub.planner))
    return found


def _read(
    given: Sequence[Verdict], around: Surroundings, readings: Readings, kept: Kept, hub: Hub
) -> list[_Told | None]:
    """Read each as it would go out, without words that are held; nothing where that leaves nothing."""
    who = kept.who({each.event.id for each in given})
    cleared = list(given)
    found = readings.of(given, kept, hub)
    for at, (each, reading) in enumerate(zip(given, found, strict=True)):
        held = unreleased(around, each.event.id, each.recipient.id, reading.words)
        if held:
            cleared[at] = without(each, held, hub)
    told: dict[int, _Told] = {}
    left = [(at, each) for at, each in enumerate(cleared) if each.discloses]
    again = readings.of([each for _, each in left], kept, hub)
    for (at, each), reading in zip(left, again, strict=True):
        id_ = each.event.id
        people = who[id_]
        places = {(role, place): people[local_id] for role, place, local_id in reading.places}
        disclosed = view.Disclosed(id_, each.event.type, reading.rendered, places)
        seen = Seen(id_, each.context, each.plan.id, each.plan.reasons, reading.sha256)
        told[at] = _Told(each, disclosed, seen)
    return [told.get(at) for at in range(len(given))]


def _places(body: Body) -> list[tuple[str, int, str]]:
    """Give where in an event each of its records stands."""
    return [
        (role, place, str(one["local_id"]))
        for role in ROLES
        if isinstance(people := body.get(role), list)
        for place, one in enumerate(people)
        if isinstance(one, dict)
    ]


def _context(case: Case, asker: Recipient, around: Surroundings, picture: Picture) -> Context:
    """Give how the reader stands to the case: as to its events taken together, the narrowest of each."""
    events = (*case.attributed, *case.unattributed)
    known = {picture.circumstances(around.happenings[each.event]) for each in events}
    narrowest = replace(
        min(known, key=lambda each: Risk[each.risk.upper()]),
        consent=min((each.consent for each in known), key=NARROWEST_FIRST.index),
        conflicts=frozenset[AgencyId]().union(*(each.conflicts for each in known)),
        perpetrator_links=frozenset[AgencyId]().union(*(each.perpetrator_links for each in known)),
    )
    return context_of(narrowest, asker, INVITED, max(each.on for each in events))


def _criteria(
    standings: Sequence[Standing], shown: view.Shown, context: Context, hub: Hub, on: date
) -> list[dict[str, object]]:
    is_cleared = hub.planner.level(CRITERION_TAGS, context) is Level.FULL
    found: list[dict[str, object]] = []
    for each in standings:
        evidence = [name for event, name in shown.names.items() if event in each.events]
        if is_cleared or _is_theirs(each, shown, context, hub):
            found.append(
                {
                    "code": each.code,
                    "standing_since": each.since.isoformat(),
                    "stands": stands(each, on),
                    **({"lapsed_on": each.lapsed_on.isoformat()} if each.lapsed_on else {}),
                    **({"anchor": each.anchor} if each.anchor else {}),
                    "events": evidence,
                }
            )
    return found


def _is_theirs(standing: Standing, shown: view.Shown, context: Context, hub: Hub) -> bool:
    """Tell whether a reader has everything that a criterion rests on: its events, and every tag of theirs."""
    types = {each.id: each.type for each in shown.events}
    if not set(standing.events) <= types.keys():
        return False
    tags = frozenset[str]().union(*(hub.schemas[types[e]].tags() for e in standing.events))
    return hub.planner.level(tags, context) is Level.FULL


def _withheld(given: Sequence[Verdict]) -> list[dict[str, object]]:
    """Say which fields the policy holds back from this reader, by kind of event: whatever is in them."""
    plans = {(each.event.type, each.plan.id): each.plan for each in given}
    by_type: dict[EventType, dict[str, Treatment]] = {}
    for (type_, _), plan in sorted(plans.items()):
        fields = by_type.setdefault(type_, {})
        for path, treatment in plan.treatments.items():
            name = ".".join(path.split(".")[:2])
            if not view.OF_NO_USE.fullmatch(name):
                fields[name] = min(fields.get(name, Treatment.FULL), treatment, key=_level)
    found: list[dict[str, object]] = []
    for type_, fields in by_type.items():
        held = {
            name: one.value for name, one in sorted(fields.items()) if one is not Treatment.FULL
        }
        if held:
            found.append({"type": type_, "fields": held})
    return found


def _level(treatment: Treatment) -> Level:
    return treatment.level
