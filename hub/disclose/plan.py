"""Make a plan: what one context makes of one schema, a treatment for each field.

Decided from schema and rules alone, never from the event's values: whether something is sent, and
in what form, then tells nothing about what is in it.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import Literal, TypeAlias

from hub.disclose.bundle import Bundle
from hub.disclose.decide import Decision, decide_event, decide_field, decide_tag
from hub.disclose.rules import Effect, Rule
from hub.disclose.scan import Scanner
from hub.disclose.schema import Records, SourceSchema
from hub.disclose.treat import TRANSFORMS
from hub.disclose.tree import Again, Gate, Group, Leaf, Many, Node, leaves_of, within
from hub.disclose.vocabulary import Vocabulary, outside
from hub.model.enquiry import Context
from hub.model.level import Level, Treatment

Outcome: TypeAlias = Literal["disclosed", "suppressed", "refused"]
Treatments: TypeAlias = Mapping[str, Treatment]


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What is given of an event. `id` names the treatments, not the reasons for them.

    `reasons` has the ids of the rules that set each step: `event`, and each tag that was decided.
    Of a plan that gives nothing every treatment is withhold, whatever the fields alone would get.
    """

    outcome: Outcome
    id: str
    schema_sha256: str
    treatments: Treatments
    reasons: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    outside: tuple[str, ...] = ()


class Planner:
    """Plans under one bundle on one day, each made once. Holds no key and nothing of a case."""

    def __init__(self, bundle: Bundle, today: date) -> None:
        self.bundle, self.today = bundle, today
        self.scanner = Scanner(bundle.vocabulary)
        self._plans: dict[tuple[object, ...], Plan] = {}
        self._rules: dict[str, tuple[Rule, ...]] = {}
        self._treatments: dict[str, Treatments] = {}

    @property
    def epoch(self) -> str:
        """Name the rules in force: the bundle's version, and how many of its permits have expired."""
        ended = sum(
            rule.effect is Effect.PERMIT and rule.review_by < self.today
            for rule in self.bundle.rules
        )
        return f"{self.bundle.version}-{ended}"

    def plan(self, schema: SourceSchema, context: Context) -> Plan:
        """Give the plan; the day of the event is no part of the question."""
        key = (
            schema.sha256, schema.name, context.agency, context.role, context.purpose,
            context.lawful_basis, context.risk, context.consent, context.involvement,
            context.conflict_of_interest, context.perpetrator_link,
        )  # fmt: skip
        found = self._plans.get(key)
        if found is None:
            found = self._make(schema, context)
            # many contexts come to one plan: what it gives of each field is kept once
            found = replace(
                found, treatments=self._treatments.setdefault(found.id, found.treatments)
            )
            if not found.outside:  # words that are in no list have no end: they are not kept
                self._plans[key] = found
        return found

    def without(self, schema: SourceSchema, plan: Plan, paths: Iterable[str]) -> Plan:
        """Give a plan that withholds these fields too; one that is left with an envelope gives nothing."""
        held = frozenset(paths)
        key = plan.id, held
        if key not in self._plans:
            found = {**plan.treatments, **dict.fromkeys(held, Treatment.WITHHOLD)}
            is_worth_it = _is_worth_sending(schema, found, self.bundle.vocabulary)
            self._plans[key] = (
                _plan("disclosed", schema, found, plan.reasons)
                if is_worth_it
                else _nothing("suppressed", schema, plan.reasons)
            )
        return self._plans[key]

    def decide_tags(self, schema: SourceSchema, context: Context) -> dict[str, Decision]:
        """Decide every tag of a schema."""
        return {
            tag: decide_tag(context, tag, self._speaking_of(tag), self.today)
            for tag in sorted(schema.tags())
        }

    def level(self, tags: Iterable[str], context: Context) -> Level:
        """Give the level at which a fact of the hub's own may be seen, that carries these tags."""
        if outside(context, self.bundle.vocabulary):
            return Level.WITHHOLD
        decisions = {
            tag: decide_tag(context, tag, self._speaking_of(tag), self.today) for tag in tags
        }
        return decide_field(decisions, decisions)

    def decide_event(self, schema: SourceSchema, context: Context) -> Decision:
        return decide_event(context, schema.name, self.bundle.rules, self.today)

    def _make(self, schema: SourceSchema, context: Context) -> Plan:
        words = outside(context, self.bundle.vocabulary)
        if words:
            return _nothing("refused", schema, {}, words)
        event = self.decide_event(schema, context)
        reasons = {"event": event.reasons}
        if event.level is not Level.FULL:
            return _nothing("suppressed", schema, reasons)
        decisions = self.decide_tags(schema, context)
        reasons |= {tag: decision.reasons for tag, decision in decisions.items()}
        found = treatments(schema, decisions, self.bundle.vocabulary)
        if not _is_worth_sending(schema, found, self.bundle.vocabulary):
            return _nothing("suppressed", schema, reasons)
        return _plan("disclosed", schema, found, reasons)

    def _speaking_of(self, tag: str) -> tuple[Rule, ...]:
        if tag not in self._rules:
            self._rules[tag] = tuple(rule for rule in self.bundle.rules if rule.covers("tag", tag))
        return self._rules[tag]


def treatments(
    schema: SourceSchema, decisions: Mapping[str, Decision], vocabulary: Vocabulary
) -> dict[str, Treatment]:
    """Give each leaf the best treatment it declares at or below its level."""
    transforms = {name for name in TRANSFORMS if name in vocabulary.transforms}
    without = {name for name in transforms if TRANSFORMS[name].reads}
    if not _shows_event_date(schema, decisions, transforms - without):
        transforms -= without
    found: dict[str, Treatment] = {}
    _walk(schema.children, decisions, transforms, found, is_open=True)
    return found


def opens(gate: Gate, decisions: Mapping[str, Decision]) -> bool:
    """Tell whether a list, map or union may be sent: its length, keys or branch show.

    Of a list generalise will do, if its field declares that its length may show by itself.
    """
    level = decide_field(gate.tags, decisions)
    if level is Level.GENERALISE:
        return isinstance(gate, Many) and gate.length_generalises
    return level is Level.FULL


def leaves_something(
    node: Node, plan: Treatments, records: Records, inside: frozenset[str] = frozenset()
) -> bool:
    """Tell whether a plan gives anything of a node. `inside`: records begun anew that we are within."""
    if isinstance(node, Leaf):
        return plan[node.path] is not Treatment.WITHHOLD
    if isinstance(node, Again):
        if plan[node.path] is Treatment.WITHHOLD or node.target in inside:
            return False
        inside |= {node.target}
        return any(leaves_something(each, plan, records, inside) for each in records[node.target])
    return any(leaves_something(each, plan, records, inside) for each in within(node))


def treatment(leaf: Leaf, level: Level, transforms: Iterable[str]) -> Treatment:
    """Give the best treatment that a leaf declares at or below a level."""
    if level is Level.FULL:
        return Treatment.FULL
    for name, needed in ((leaf.generalise, Level.GENERALISE), (leaf.mask, Level.MASK)):
        if level >= needed and name in transforms:
            return TRANSFORMS[name].treatment
    return Treatment.WITHHOLD


def _walk(
    nodes: Iterable[Node],
    decisions: Mapping[str, Decision],
    transforms: set[str],
    found: dict[str, Treatment],
    *,
    is_open: bool,
) -> None:
    for node in nodes:
        if isinstance(node, Leaf):
            level = decide_field(node.tags, decisions) if is_open else Level.WITHHOLD
            found[node.path] = treatment(node, level, transforms)
        elif isinstance(node, Again):  # as its target, unless a gate between the two is shut
            found[node.path] = Treatment.FULL if is_open else Treatment.WITHHOLD
        else:
            through = is_open and (isinstance(node, Group) or opens(node, decisions))
            _walk(within(node), decisions, transforms, found, is_open=through)


def _shows_event_date(
    schema: SourceSchema, decisions: Mapping[str, Decision], transforms: set[str]
) -> bool:
    """Tell whether the day of the event is in the plan, so that it may flow into an age band."""
    leaf = schema.event_date
    if leaf is None:
        return False
    return treatment(leaf, decide_field(leaf.tags, decisions), transforms).level >= Level.GENERALISE


def _is_worth_sending(schema: SourceSchema, found: Treatments, vocabulary: Vocabulary) -> bool:
    """Tell whether more than an envelope is left: an envelope alone says that a case exists."""
    return any(
        found[leaf.path] is not Treatment.WITHHOLD and not vocabulary.is_envelope(leaf.tags)
        for leaf in leaves_of(schema.children)
    )


def _nothing(
    outcome: Outcome,
    schema: SourceSchema,
    reasons: Mapping[str, tuple[str, ...]],
    words: tuple[str, ...] = (),
) -> Plan:
    withheld = dict.fromkeys(schema.leaves, Treatment.WITHHOLD)
    return _plan(outcome, schema, withheld, reasons, words)


def _plan(
    outcome: Outcome,
    schema: SourceSchema,
    found: Treatments,
    reasons: Mapping[str, tuple[str, ...]],
    words: tuple[str, ...] = (),
) -> Plan:
    versions = {name: transform.version for name, transform in TRANSFORMS.items()}
    content = json.dumps([schema.sha256, found, versions], sort_keys=True, separators=(",", ":"))
    return Plan(
        outcome=outcome,
        id=hashlib.sha256(content.encode()).hexdigest(),
        schema_sha256=schema.sha256,
        treatments=MappingProxyType(dict(found)),
        reasons=MappingProxyType(dict(reasons)),
        outside=words,
    )
