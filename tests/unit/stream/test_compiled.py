"""Projecting and encoding in one pass gives the bytes of the readable path, whatever the plan."""

from collections import Counter
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.bootstrap.county import load_county
from hub.disclose.plan import Plan, Planner
from hub.disclose.project import DisclosureHead, NothingToDisclose, project
from hub.disclose.schema import SourceSchema
from hub.disclose.treat import Run
from hub.disclose.tree import Leaf, leaves_of
from hub.disclose.verdict import Past, Verdict
from hub.disclose.view import disclosed_schema
from hub.model.enquiry import Context
from hub.model.event import EventId, EventType
from hub.model.level import Treatment
from hub.stream.codec import Unencodable
from hub.stream.compiled import compiled
from hub.stream.wire import AvroWire
from hub.synth.extremes import EVENT_TYPES, fullest, smallest
from tests.unit.disclose.bodies import AVRO, SCHEMAS, bodies

COUNTY = load_county()
KEY, DAY = b"k" * 32, date(2026, 3, 5)
HEAD = DisclosureHead("0" * 36, "2026.11+x", "p" * 64, "fenmarch-idva")


def both(kind: str, plan: Plan, body: Any) -> tuple[bytes, bytes, Counter[str], Counter[str]]:
    """Give the bytes of both paths, and what neither could treat."""
    latest = COUNTY.registry.latest[kind]
    view, schema = COUNTY.registry.view_of(latest), SCHEMAS[kind]
    readable, quick = Counter[str](), Counter[str]()
    built = project(body, schema, plan, key=KEY, disclosure=HEAD, event_date=DAY, failed=readable)
    slow = COUNTY.codec.encode(view, built)
    fast = COUNTY.codec.disclosing(view, schema, plan)(HEAD, body, Run(KEY, DAY, quick))
    return slow, fast, readable, quick


def allowed(leaf: Leaf) -> list[Treatment]:
    """Give the treatments that a field declares."""
    found = [Treatment.WITHHOLD, Treatment.FULL]
    if leaf.generalise:
        found.append(Treatment.GENERALISE)
    if leaf.mask:
        found.append(Treatment.PSEUDONYMISE if leaf.mask == "hmac" else Treatment.MASK)
    return found


@st.composite
def plans(draw: st.DrawFn, schema: SourceSchema) -> Plan:
    """Draw any treatment for any field, whether or not rules would come to it."""
    leaves = list(leaves_of(schema.children))
    seed = draw(st.randoms(use_true_random=False))
    mostly = draw(st.sampled_from([Treatment.WITHHOLD, Treatment.FULL, None]))
    chosen = {
        leaf.path: mostly if mostly and seed.random() < 0.7 else seed.choice(allowed(leaf))
        for leaf in leaves
    }
    return Plan("disclosed", "p" * 64, schema.sha256, chosen)


@pytest.mark.parametrize("kind", EVENT_TYPES)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_plan_of_any_event_gives_the_same_bytes_on_both_paths(
    kind: str, data: st.DataObject
) -> None:
    plan = data.draw(plans(SCHEMAS[kind]))
    body = data.draw(st.one_of(bodies(kind), st.just(fullest(kind)), st.just(smallest(kind))))

    slow, fast, readable, quick = both(kind, plan, body)

    assert fast == slow
    assert quick == readable


@pytest.mark.parametrize("kind", EVENT_TYPES)
def test_a_view_is_read_back_as_plain_values(kind: str) -> None:
    """Words of a list and obscured values too: a union's name is told only where records differ by it."""
    schema = SCHEMAS[kind]
    plan = Plan("disclosed", "p" * 64, schema.sha256, dict.fromkeys(schema.leaves, Treatment.FULL))

    _, fast, _, _ = both(kind, plan, fullest(kind))

    read = COUNTY.codec.decode(fast)
    assert read.pop("_disclosure")
    assert read == fullest(kind)


@pytest.mark.parametrize("kind", EVENT_TYPES)
def test_what_the_rules_come_to_gives_the_same_bytes_on_both_paths(kind: str) -> None:
    planner = Planner(COUNTY.bundle, DAY)
    compared = 0
    for each in COUNTY.recipients:
        for risk, consent in (("standard", "given"), ("high", "given"), ("high", "refused")):
            context = Context(each.type, each.role, each.purpose, each.lawful_basis, risk, consent, "supplied",
                              conflict_of_interest=False, perpetrator_link=False, event_date=DAY)  # fmt: skip
            plan = planner.plan(SCHEMAS[kind], context)
            if plan.outcome == "disclosed":
                compared += 1
                slow, fast, _, _ = both(kind, plan, fullest(kind))
                assert fast == slow
    assert compared or kind in {"identity-changed", "record-corrected", "record-retracted"}


def wire(verdict_plan: Plan) -> bytes:
    """Write the fullest incident by way of the wire."""
    kind = EventType("incident-reported")
    recipient = COUNTY.recipients[0]
    context = Context("police", "officer", "safeguarding", "public-task", "high", "given", "named",
                      conflict_of_interest=False, perpetrator_link=False, event_date=DAY)  # fmt: skip
    past = Past(EventId("e"), kind, recipient.id, DAY, (), frozenset())
    schemas = {EventType(name): each for name, each in SCHEMAS.items() if name != "recall"}
    found = AvroWire(COUNTY.codec, schemas, {recipient.id: KEY})
    return found.disclosure(Verdict(past, recipient, context, verdict_plan), fullest(kind), HEAD)


@pytest.mark.parametrize(
    ("outcome", "event"), [("suppressed", "incident-reported"), ("disclosed", "risk-assessed")]
)
def test_a_plan_that_gives_nothing_or_is_of_another_event_writes_nothing(
    outcome: Any, event: str
) -> None:
    schema = SCHEMAS[event]
    plan = Plan(outcome, "p", schema.sha256, dict.fromkeys(schema.leaves, Treatment.FULL))

    with pytest.raises(NothingToDisclose):
        wire(plan)


def test_a_body_that_does_not_fit_is_said_to_without_a_word_of_it() -> None:
    schema = SCHEMAS["incident-reported"]
    plan = Plan("disclosed", "p", schema.sha256, dict.fromkeys(schema.leaves, Treatment.FULL))
    view = COUNTY.registry.view_of(COUNTY.registry.latest["incident-reported"])
    body = {**fullest("incident-reported"), "kind": "Zoe"}

    with pytest.raises(Unencodable) as refused:
        COUNTY.codec.disclosing(view, schema, plan)(HEAD, body, Run(KEY, DAY, Counter()))

    assert "Zoe" not in str(refused.value)


def test_compiled_code_has_four_words_of_python_and_what_its_plan_brings() -> None:
    """The names in a schema come into its text: should one ever be more than a name, it finds nothing to call."""
    schema = SCHEMAS["incident-reported"]
    plan = Plan("disclosed", "p", schema.sha256, dict.fromkeys(schema.leaves, Treatment.FULL))
    view = disclosed_schema(AVRO["incident-reported"])

    write = compiled(schema, plan, view, lambda _: bytes).write

    words = write.__globals__["__builtins__"]  # type: ignore[attr-defined]
    assert words == {"isinstance": isinstance, "dict": dict, "type": type, "tuple": tuple}
