"""Decide every event in question, and find what differs from what was given."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from functools import lru_cache

from hub.afresh.needs import Dispatch, Hub, Known, Wire
from hub.afresh.picture import Picture
from hub.afresh.values import (
    Disclosed,
    Given,
    Outcome,
    Recalled,
    Stopped,
    Surroundings,
    Task,
    TaskKind,
)
from hub.afresh.words import Words
from hub.disclose.plan import Plan
from hub.disclose.project import DisclosureHead
from hub.disclose.verdict import Verdict, verdicts
from hub.model.agency import AgencyId
from hub.model.event import Body, EventId, EventType
from hub.model.level import Treatment
from hub.model.person import PersonId

RECALL = EventType("recall")
"""What the hub says when it takes a disclosure back; policies decide it like any event."""


class Bodies:
    """The bodies of events, those of this batch and those kept before, each decoded once."""

    def __init__(self, fresh: Mapping[EventId, Body], known: Known, wire: Wire) -> None:
        self.fresh = frozenset(fresh)
        self._bodies = dict(fresh)
        self._known, self._wire = known, wire

    def fetch(self, events: Iterable[EventId]) -> None:
        """Have these at hand, read and decoded all at once."""
        wanted = set(events) - self._bodies.keys()
        if wanted:
            found = self._known.known(wanted)
            self._bodies |= {event: self._wire.body(value) for event, value in found.items()}

    def __getitem__(self, event: EventId) -> Body:
        return self._bodies[event]


def decide_afresh(
    around: Surroundings,
    bodies: Bodies,
    *,
    hub: Hub,
    known: Known,
    dispatch: Dispatch,
    outcome: Outcome,
) -> None:
    """Decide every event in question, and send what differs from what was given."""
    picture = Picture(around, hub.book)
    known.keep_cases(around.people, picture.cases())
    fresh = bodies.fresh
    given = dispatch.given([event for event in around.decide if event not in fresh])
    wanted = [around.happenings[event] for event in sorted(around.decide)]
    events = ((each.past, picture.circumstances(each)) for each in wanted)
    found = _Found(hub, fresh)
    words = Words(around, hub)
    may_differ: list[tuple[Verdict, Given | None]] = []
    for verdict in verdicts(events, hub.recipients, hub.schemas, hub.planner):
        has = given.get((verdict.recipient.id, verdict.event.id))
        if not verdict.discloses:
            found.nothing(verdict, has)
        elif not _is_as_given(verdict, has) or words.were_asked(verdict):
            may_differ.append((verdict, has))
    bodies.fetch(verdict.event.id for verdict, _ in may_differ)
    for whole, has in may_differ:
        verdict = words.cleared(whole, bodies[whole.event.id])
        if not verdict.discloses:
            found.nothing(verdict, has)
        elif not _is_as_given(verdict, has):
            found.something(verdict, has)
    disclosed = [_disclosed(verdict, has, bodies, hub) for verdict, has in found.to_send]
    dispatch.send(disclosed, found.suppressed, found.recalled, found.stopped)
    asked, settled = picture.questions()
    asked += [
        Task(TaskKind.STOPPED_DISCLOSURE, o.verdict.event.id, o.verdict.recipient.id)
        for o in found.stopped
    ]
    known.ask([*asked, *found.barred.values(), *words.asked], [*settled, *words.settled()])
    quiet = [*found.suppressed, *(one.verdict for one in found.stopped)]
    _tally(outcome, disclosed, quiet, found.recalled)


class _Found:
    """What is to be sent, taken back, stopped and asked: the difference from what was given."""

    def __init__(self, hub: Hub, fresh: Collection[EventId]) -> None:
        self._hub, self._fresh = hub, fresh
        self.to_send: list[tuple[Verdict, Given | None]] = []
        self.suppressed: list[Verdict] = []
        self.recalled: list[Recalled] = []
        self.stopped: list[Stopped] = []
        self.barred: dict[tuple[AgencyId, tuple[PersonId, ...]], Task] = {}

    def nothing(self, verdict: Verdict, has: Given | None) -> None:
        """Note that a recipient may have nothing of an event."""
        if has is not None and _may_be_recalled(verdict, self._hub):
            self.recalled.append(_recalled(verdict, has, self._hub.wire))
        elif has is not None and not has.stopped:
            self.stopped.append(Stopped(verdict, has.disclosure_id))
        elif has is None and verdict.event.id in self._fresh:
            self.suppressed.append(verdict)
        if has is None and _would_be_told(verdict, self._hub):
            key = verdict.recipient.id, verdict.event.about
            self.barred.setdefault(key, _reroute(verdict))

    def something(self, verdict: Verdict, has: Given | None) -> None:
        """Note that a recipient may have something else of an event than it has."""
        if has is not None and _narrows(has, verdict):
            self.recalled.append(_recalled(verdict, has, self._hub.wire))
            has = None
        self.to_send.append((verdict, has))


def _is_as_given(verdict: Verdict, has: Given | None) -> bool:
    return has is not None and has.plan_id == verdict.plan.id and not has.stopped


def recall_by_hand(
    around: Surroundings, recipient: AgencyId, *, hub: Hub, dispatch: Dispatch, outcome: Outcome
) -> None:
    """Take back what a recipient has of the event in question: a person decided so, near a conflict."""
    picture = Picture(around, hub.book)
    events = [around.happenings[event] for event in around.decide]
    known = ((each.past, picture.circumstances(each)) for each in events)
    given = dispatch.given(around.decide)
    recalled = [
        _recalled(verdict, given[recipient, verdict.event.id], hub.wire)
        for verdict in verdicts(known, hub.recipients, hub.schemas, hub.planner)
        if verdict.recipient.id == recipient and (recipient, verdict.event.id) in given
    ]
    dispatch.send([], [], recalled, [])
    _tally(outcome, [], [], recalled)


def _narrows(has: Given, verdict: Verdict) -> bool:
    """Tell whether the new plan gives less of any field than was given."""
    now = verdict.plan.treatments
    return any(
        now.get(path, Treatment.WITHHOLD).level < before.level
        for path, before in has.treatments.items()
    )


def _may_be_recalled(verdict: Verdict, hub: Hub) -> bool:
    """Tell whether the policy lets a recall go out: near a perpetrator it would itself tip off."""
    return hub.planner.plan(hub.schemas[RECALL], verdict.context).outcome == "disclosed"


def _would_be_told(verdict: Verdict, hub: Hub) -> bool:
    """Tell whether nothing but a conflict keeps an organisation from being told."""
    context = verdict.context
    if not (context.conflict_of_interest or context.perpetrator_link) or verdict.event.withdrawn:
        return False
    free = replace(context, conflict_of_interest=False, perpetrator_link=False)
    return hub.planner.plan(hub.schemas[verdict.event.type], free).outcome == "disclosed"


def _reroute(verdict: Verdict) -> Task:
    about = verdict.event.about[0] if verdict.event.about else None
    return Task(TaskKind.REROUTE, verdict.event.id, verdict.recipient.id, about)


def _recalled(verdict: Verdict, has: Given, wire: Wire) -> Recalled:
    return Recalled(verdict, has.disclosure_id, has.key, wire.recall(has.disclosure_id))


def _disclosed(verdict: Verdict, has: Given | None, bodies: Bodies, hub: Hub) -> Disclosed:
    id_ = has.disclosure_id if has else hub.wire.new_id()
    head = DisclosureHead(id_, hub.planner.bundle.version, verdict.plan.id, verdict.recipient.id)
    share = hub.register.share(verdict.recipient.id, bodies[verdict.event.id])
    value = hub.wire.disclosure(verdict, share, head)
    return Disclosed(verdict, id_, has.key if has else _key(verdict, hub.wire), value, has is None)


def _key(verdict: Verdict, wire: Wire) -> bytes:
    """Name whom it is about as this recipient knows them; an event about nobody goes by itself."""
    about = verdict.event.about
    return wire.pseudonym(verdict.recipient.id, about[0] if about else verdict.event.id)


def _tally(
    outcome: Outcome,
    disclosed: Iterable[Disclosed],
    suppressed: Iterable[Verdict],
    recalled: Iterable[Recalled],
) -> None:
    for one in disclosed:
        recipient, plan = one.verdict.recipient.id, one.verdict.plan
        outcome.disclosed[recipient] += 1
        outcome.withheld_fields[recipient] += _withheld(plan)
    outcome.suppressed.update(verdict.recipient.id for verdict in suppressed)
    outcome.recalled.update(back.verdict.recipient.id for back in recalled)


@lru_cache(maxsize=4096)
def _withheld(plan: Plan) -> int:
    """Count the fields that a plan withholds. The planner makes each plan once."""
    return sum(treatment is Treatment.WITHHOLD for treatment in plan.treatments.values())
