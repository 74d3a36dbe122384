"""A case of 500 events and an agenda of 30 cases with full views, among three years of a county.

PostgreSQL, seeded in bulk with some 105,000 incidents and what goes with them. What is timed is the use case that
both the API and the commands call: find, decide, write and read each event, record, give the document. The first
view of a case reads every event anew. As long as nothing is decided anywhere a view is remembered; after that its
events are, and are decided again.
"""

import json
import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

from hub.bootstrap.county import load_county
from hub.bootstrap.meetings import MARAC, Meetings
from hub.bootstrap.runtime import Runtime, running
from hub.model.agency import AgencyId
from hub.model.event import Body, Event
from hub.prepare import Reader
from tests.bench.seeded import Seeded, families, seed, seeded
from tests.made_events import (
    AMBER,
    DUNMOOR,
    FENMARCH,
    IDVA,
    OCCURRED,
    RECEIVED,
    body_of,
    event_of,
    person,
    victim,
)

PEOPLE = int(os.environ.get("BENCH_KNOWN", "150000"))
CALLS = int(os.environ.get("BENCH_CALLS", "200"))
LONG, USUAL, CASES = 500, 25, 30
BENCH = replace(
    load_county().maracs["fenmarch"], id="bench", postcode_areas=("ZG",), takes_unknown=False
)
"""A MARAC of an area in which nobody else lives: it hears the cases told besides, and no other."""
COUNTY = replace(load_county(), maracs={BENCH.id: BENCH})
HELD_ON = (RECEIVED + timedelta(days=30)).date()


def run_case() -> list[dict[str, object]]:
    with _hub([_told(0, LONG)]) as (hub, runtime):
        idva = reader(IDVA)
        meetings, ref = _circulated(runtime)
        first = _timed(lambda: Meetings(runtime).case(idva, ref), 10)
        again = _timed(lambda: meetings.case(idva, ref), CALLS)
        moved = [_after_a_change(runtime, lambda: meetings.case(idva, ref)) for _ in range(40)]
        document = meetings.case(idva, ref)
        dumped = _timed(lambda: json.dumps(document), 20)
    return [
        {
            "figures": {
                "p50_ms": _at(again, 50), "p99_ms": _at(again, 99), "first_p50_ms": _at(first, 50),
                "after_a_change_p50_ms": _at(moved, 50), "after_a_change_p99_ms": _at(moved, 99),
            },
            "peers": {"the same document written as JSON alone": {"p50_ms": _at(dumped, 50)}},
            "ratios": {"p50 view / JSON alone": round(_at(again, 50) / _at(dumped, 50), 1)},
            "workload": f"{len(document['timeline'])} events seen by an IDVA, among {hub.events} of {hub.people} people",
        }
    ]  # fmt: skip


def run_agenda() -> list[dict[str, object]]:
    told = [_told(number, USUAL) for number in range(CASES)]
    with _hub(told) as (hub, runtime):
        meetings, _ = _circulated(runtime)
        coordinator = reader(FENMARCH)
        (meeting,) = (each["id"] for each in meetings.all(coordinator))
        first = _timed(lambda: Meetings(runtime).agenda(coordinator, meeting), 10)
        again = _timed(lambda: meetings.agenda(coordinator, meeting), max(20, CALLS // 10))
        moved = [
            _after_a_change(runtime, lambda: meetings.agenda(coordinator, meeting))
            for _ in range(20)
        ]
        cases = meetings.agenda(coordinator, meeting)["cases"]
        one_by_one = _timed(lambda: [meetings.case(coordinator, each["ref"]) for each in cases], 10)
    return [
        {
            "figures": {
                "p50_ms": _at(again, 50), "p99_ms": _at(again, 99), "first_p50_ms": _at(first, 50),
                "after_a_change_p50_ms": _at(moved, 50), "after_a_change_p99_ms": _at(moved, 99),
            },
            "peers": {"each case read by itself": {"p50_ms": _at(one_by_one, 50)}},
            "ratios": {"p50 agenda / case by case": round(_at(again, 50) / _at(one_by_one, 50), 2)},
            "workload": f"{len(cases)} cases of {USUAL} events, among {hub.events} events of {hub.people} people",
        }
    ]  # fmt: skip


def reader(organisation: str) -> Reader:
    found = COUNTY.bundle.recipients[AgencyId(organisation)]
    return Reader(f"bench@{organisation}", replace(found, purpose=MARAC))


@contextmanager
def _hub(told: Sequence[Sequence[Event]]) -> Iterator[tuple[Seeded, Runtime]]:
    """Run a hub that knows the county, and what was told besides."""
    with (
        seeded(f"people-{PEOPLE}", families(PEOPLE)) as hub,
        running(hub.options, COUNTY, lambda: RECEIVED) as runtime,
    ):
        seed(runtime, told)
        yield hub, runtime


def _circulated(runtime: Runtime) -> tuple[Meetings, str]:
    """Make a meeting, and invite to what it lists."""
    meetings, coordinator = Meetings(runtime), reader(FENMARCH)
    made = meetings.create(coordinator, BENCH.id, HELD_ON, 600)
    meetings.circulate(coordinator, made.meeting["id"])
    cases = meetings.agenda(coordinator, made.meeting["id"])["cases"]
    return meetings, str(cases[0]["ref"])


def _told(number: int, events: int) -> list[Event]:
    """Tell of one family in so many events, by two forces and a charity; the first assesses her as at high risk."""
    found = []
    for place in range(events):
        at = OCCURRED - timedelta(days=place * 600 // events)
        agency = (FENMARCH, FENMARCH, DUNMOOR, AMBER)[place % 4]
        kind = ("incident-reported", "risk-assessed", "incident-reported", "referral-made")[
            place % 4
        ]
        found.append(_event(number, place, agency, kind, occurred_at=at, reported_at=at))
    return found


def _event(number: int, place: int, agency: str, kind: str, **more: object) -> Event:
    home: Body = {"line1": "1 Sedge Road", "line2": None, "town": "Osham", "postcode": "ZG9 1AA"}
    name = f"Bench{chr(97 + number // 26)}{chr(97 + number % 26)}"
    she = {
        **victim(f"{agency}-{number}-v", "Ann", name, nhs=f"999{number:06d}"),
        "addresses": [home],
    }
    he = person(f"{agency}-{number}-p", "Rex", name, nhs=f"998{number:06d}")
    said: Body = {"victims": [she], "perpetrators": [he], "risk_grade": "high"}
    if kind == "risk-assessed":
        said |= {"instrument": "safelives-dash", "score": 16}
    body = body_of(f"{number}-{place}", kind, agency=agency, **{**said, **more})  # type: ignore[arg-type]
    return event_of(body, kind)


def _timed(call: Callable[[], object], times: int) -> list[float]:
    """Give what each call took, in milliseconds."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        call()
        took.append((time.perf_counter() - began) * 1000)
    return took


def _after_a_change(runtime: Runtime, call: Callable[[], object]) -> float:
    """Give what a call takes after something was decided, of which no view is remembered."""
    with runtime.deciding().turn():
        pass
    (took,) = _timed(call, 1)
    return took


def _at(took: Sequence[float], percent: int) -> float:
    return round(statistics.quantiles(took, n=100, method="inclusive")[percent - 1], 2)
