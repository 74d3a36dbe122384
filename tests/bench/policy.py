"""What the policy engine takes: to decide and write one event for six recipients, and to load and compare rules.

The peer decides with Cedar's engine, a request for every tag of the event at every level, and writes
nothing. Plain, it decides anew each time, as ours does in `deciding_anew_us`. In service a decision is
kept for each context; then no peer decides either, and what is left to compare with is the readable path.
"""

import statistics
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date

from hub.bootstrap.county import load_county
from hub.bootstrap.files import folder, texts
from hub.disclose.bundle import load_bundle
from hub.disclose.cells import Cells
from hub.disclose.diff import compare
from hub.disclose.matrix import matrix
from hub.disclose.plan import Planner
from hub.disclose.project import DisclosureHead, project
from hub.disclose.treat import Run
from hub.model.agency import AgencyId
from hub.model.enquiry import Context
from hub.model.event import EventType
from hub.model.recipient import Recipient
from hub.stream.codec import Codec
from hub.synth.extremes import fullest
from tests.unit.disclose.cedar import Oracle, Question
from tests.unit.disclose.oracle import RULES, WORDS

KIND = EventType("incident-reported")
RECIPIENTS = (
    "dunmoor-police", "fenmarch-children", "fenmarch-idva", "amber-door", "fenmarch-homes", "osham-primary",
)  # fmt: skip
TODAY = date(2026, 11, 24)
KEY = b"k" * 32
QUICK, SLOW = 2000, 15
"""How often each is timed: what takes microseconds, and what takes milliseconds."""


def run() -> list[dict[str, object]]:
    county = load_county()
    bundle, schema, body = county.bundle, county.schemas[KIND], fullest(KIND)
    view = county.registry.view_of(county.registry.latest[KIND])
    recipients = [bundle.recipients[AgencyId(each)] for each in RECIPIENTS]
    asked = [_context(each) for each in recipients]
    tags, oracle = sorted(schema.tags()), Oracle(WORDS, RULES, TODAY)
    planner = Planner(bundle, TODAY)
    plans = [planner.plan(schema, each) for each in asked]
    heads = [DisclosureHead("0" * 36, bundle.version, plan.id, r.id) for plan, r in zip(plans, recipients, strict=True)]  # fmt: skip
    run_ = Run(KEY, TODAY, Counter())

    def writes(codec: Codec, number: int) -> Callable[[], object]:
        """Give what fetches a plan and writes the event by it."""
        write = codec.disclosing(view, schema, plans[number])
        return lambda: (planner.plan(schema, asked[number]), write(heads[number], body, run_))

    every = range(len(RECIPIENTS))
    compiled = [_us(writes(county.codec, each), QUICK) for each in every]
    by_reference = Codec(county.registry, by_reference=True)
    readable = [_us(writes(by_reference, each), QUICK // 10) for each in every]
    anew = [
        _us(lambda e=each: Planner(bundle, TODAY).plan(schema, asked[e]), SLOW) for each in every
    ]  # type: ignore[misc]
    cedar = [_us(lambda e=each: oracle.levels(_questions(asked[e], tags)), SLOW) for each in every]  # type: ignore[misc]
    given = [
        _values(project(body, schema, plan, key=KEY, disclosure=head, event_date=TODAY))
        for plan, head in zip(plans, heads, strict=True)
    ]
    slope, start = statistics.linear_regression(given, [each["p50"] for each in compiled])
    files = texts(folder("policies"))
    cells = Cells(bundle.vocabulary, bundle.rules)
    ours = statistics.median(each["p50"] for each in compiled)
    figures = {
        "compiled_p50_us": ours,
        "compiled_p99_us": statistics.median(each["p99"] for each in compiled),
        "at_40_values_us": round(start + 40 * slope, 1),
        "each_further_value_us": round(slope, 3),
        "deciding_anew_us": _median(anew),
        "plan_compile_us": _median(
            [_us(lambda p=p: county.codec.disclosing(view, schema, p), SLOW) for p in plans]
        ),  # type: ignore[misc]
        "bundle_load_ms": _ms(lambda: load_bundle(files)),
        "matrix_ms": _ms(lambda: matrix(Cells(bundle.vocabulary, bundle.rules))),
        "diff_ms": _ms(lambda: compare(cells, cells)),
    }
    peers = {"readable path": _median(readable), "cedarpy batch": _median(cedar)}
    ratios = {
        "readable path / compiled, decisions kept": round(peers["readable path"] / ours, 1),
        "cedarpy plain / compiled": round(peers["cedarpy batch"] / ours),
        "cedarpy plain / deciding anew": round(peers["cedarpy batch"] / _median(anew), 1),
    }
    workload = (
        f"the fullest incident, {_values(body)} values, six recipients given {min(given)} to {max(given)} of them; "
        "microseconds for one recipient; the honest comparisons are the first ratio and the last"
    )
    return [{"figures": figures, "peers": peers, "ratios": ratios, "workload": workload}]


def _context(recipient: Recipient) -> Context:
    return Context(
        recipient.type, recipient.role, recipient.purpose, recipient.lawful_basis, "high", "given", "supplied",
        conflict_of_interest=False, perpetrator_link=False, event_date=TODAY,
    )  # fmt: skip


def _questions(context: Context, tags: list[str]) -> list[Question]:
    return [Question(context, "Event", KIND), *(Question(context, "Tag", tag) for tag in tags)]


def _values(value: object) -> int:
    """Count what is there of single values."""
    if isinstance(value, Mapping):
        return sum(_values(each) for each in value.values())
    if isinstance(value, list):
        return sum(_values(each) for each in value)
    return int(value is not None)


def _us(work: Callable[[], object], times: int) -> dict[str, float]:
    took = []
    for _ in range(times):
        began = time.perf_counter_ns()
        work()
        took.append((time.perf_counter_ns() - began) / 1000)
    took.sort()
    return {"p50": round(statistics.median(took), 1), "p99": round(took[int(0.99 * times)], 1)}


def _median(timed: list[dict[str, float]]) -> float:
    return round(statistics.median(each["p50"] for each in timed), 1)


def _ms(work: Callable[[], object]) -> float:
    return round(_us(work, 5)["p50"] / 1000, 1)
