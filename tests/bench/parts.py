"""What benches share: real parts, workloads, and hub processes that are measured."""

import dataclasses
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import psutil

from hub.bootstrap.county import County, load_county
from hub.model.agency import AgencyId
from hub.model.event import Body, Event, EventType
from hub.settings import Settings, settings
from hub.synth.extremes import OCCURRED
from hub.synth.stream import event_bodies
from tests.harness import ROOT
from tests.real_parts.kafka import running_kafka
from tests.real_parts.postgres import running_postgres

RECIPIENTS = (AgencyId("fenmarch-children"), AgencyId("fenmarch-idva"))
"""The recipients of the smaller workload: both are named in every event, and get it."""
TYPES = ("incident-reported", "risk-assessed", "referral-made")


@dataclass(frozen=True)
class Measured:
    """A hub process that ran for a bench."""

    name: str
    process: subprocess.Popen[bytes]

    def check(self) -> None:
        """Fail if it ended: a bench that waits for ever measures nothing."""
        if self.process.poll() is not None:
            raise ChildProcessError(f"{self.name} ended with {self.process.returncode}")

    def rss_mb(self) -> float:
        return float(psutil.Process(self.process.pid).memory_info().rss) / 1e6

    def cpu_s(self) -> float:
        times = psutil.Process(self.process.pid).cpu_times()
        return float(times.user + times.system)


@dataclass(frozen=True)
class Workload:
    """A register, and as many events as a bench wants."""

    name: str
    text: str
    county: County
    events: Callable[[int], Iterator[Event]]


def workload(name: str) -> Workload:
    """Give a workload by its name: `two`, the most that two recipients cost, or `county`."""
    found = load_county()
    if name == "two":
        text = "three types of event, two recipients that both get each"
        return Workload(name, text, _two_recipients(found), _each_to_both)
    text = f"eight types of event from four kinds of agency, {len(found.recipients)} recipients"
    return Workload(name, text, found, _as_agencies_report)


def _two_recipients(found: County) -> County:
    """Give the county in which only two organisations receive anything."""
    register = {
        id_: each if id_ in RECIPIENTS else dataclasses.replace(each, receives=False)
        for id_, each in found.bundle.recipients.items()
    }
    return dataclasses.replace(found, bundle=dataclasses.replace(found.bundle, recipients=register))


def _each_to_both(count: int) -> Iterator[Event]:
    """Give events that name both recipients, at high risk."""
    wanted = ((kind, body) for kind, body in event_bodies(1) if kind in TYPES)
    for kind, body in islice(wanted, count):
        yield Event(EventType(kind), _named(body), OCCURRED)


def _as_agencies_report(count: int) -> Iterator[Event]:
    for kind, body in event_bodies(1, count):
        yield Event(EventType(kind), body, OCCURRED)


def _named(body: Body) -> Body:
    organisations = [
        {"part": "notified", "name": "-", "organisation_id": each} for each in RECIPIENTS
    ]
    return {**body, "organisations": organisations, "risk_grade": "high", "consent": "given"}  # type: ignore[dict-item]


@contextmanager
def real_parts() -> Iterator[Settings]:
    """Give settings for a real Kafka and a real PostgreSQL."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running_postgres() as postgres,
        running_kafka(Path(folder) / "kafka") as broker,
    ):
        log = f"kafka://{broker.bootstrap}"
        yield settings(db=postgres.url, log=log, home=str(Path(folder) / "home"), environment={})


@contextmanager
def embedded_parts() -> Iterator[Settings]:
    with tempfile.TemporaryDirectory() as folder:
        yield settings(home=folder, environment={})


@contextmanager
def processes(options: Settings, work: Workload, *names: str) -> Iterator[list[Measured]]:
    """Run ingest and relay as processes of their own, with a workload's register."""
    arguments = [work.name, options.db, options.log, str(options.home)]
    found = [
        Measured(
            name,
            subprocess.Popen(
                [sys.executable, "-W", "ignore", "-m", "tests.bench.process", name, *arguments],
                cwd=ROOT,
                env=os.environ | {"PYTHONPATH": str(ROOT)},
                stderr=subprocess.DEVNULL,
            ),
        )
        for name in names
    ]
    try:
        yield found
    finally:
        for each in found:
            each.process.terminate()
            each.process.wait(20)


def own_rss_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
