"""Where the time goes: microseconds of one stage at a time, each run by itself on the same events."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from hub.disclose.plan import Planner
from hub.disclose.project import DisclosureHead
from hub.disclose.verdict import Circumstances, Past, verdicts
from hub.model.agency import AgencyId
from hub.resolve.identity import identities
from hub.stream.intake import Intake, event_headers
from hub.stream.log import Record
from hub.stream.wire import AvroWire
from tests.bench.parts import Workload

COUNT = 2000
NOW = datetime(2026, 11, 24, tzinfo=UTC)


def measure(work: Workload) -> dict[str, float]:
    """Give µs per event of the stages that are pure computation; the rest of the path is the parts'."""
    events = list(work.events(COUNT))
    county = work.county
    codec = county.codec
    latest = county.registry.latest
    values = [codec.encode(latest[event.type], event.body) for event in events]
    records = [
        Record(b"key", value, event_headers(event))
        for value, event in zip(values, events, strict=True)
    ]
    intake = Intake(codec)
    recipients = [each.id for each in county.recipients]
    wire = AvroWire(codec, county.schemas, dict.fromkeys(recipients, b"k" * 32))
    planner = Planner(county.bundle, NOW.date())
    pasts = [
        Past(event.id, event.type, event.source.agency, event.occurred_at.date(), (), frozenset(recipients))
        for event in events
    ]  # fmt: skip
    known = Circumstances("high", "given", frozenset(), frozenset(), frozenset())
    decided = [
        list(verdicts([(past, known)], county.recipients, county.schemas, planner))
        for past in pasts
    ]

    def disclose() -> None:
        for event, each in zip(events, decided, strict=True):
            for verdict in (one for one in each if one.discloses):
                head = DisclosureHead(
                    "0" * 36, county.bundle.version, verdict.plan.id, verdict.recipient.id
                )
                wire.disclosure(verdict, event.body, head)

    stages: dict[str, Callable[[], object]] = {
        "check_and_decode": lambda: [
            intake.read(f"hub.in.{event.source.agency}.safeguarding.v1", record)
            for event, record in zip(events, records, strict=True)
        ],
        "identities": lambda: [
            list(identities(AgencyId(event.source.agency), event.body)) for event in events
        ],
        "decide": lambda: [
            list(verdicts([(past, known)], county.recipients, county.schemas, planner))
            for past in pasts
        ],
        "project_and_encode": disclose,
    }
    return {name: _us(stage) for name, stage in stages.items()}


def _us(stage: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(3):
        began = time.perf_counter()
        stage()
        best = min(best, time.perf_counter() - began)
    return round(best / COUNT * 1e6, 1)
