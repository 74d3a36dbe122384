"""The hub's counts for Prometheus, read out of the database when they are asked for.

So they are the same whichever process is asked, and no process has to be reached for them. What the
log has beyond them is left to the broker's own metrics.
"""

from collections.abc import Iterator

import sqlalchemy as sa
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import DBAPIError

from hub.store.pulse import Pulse, pulse


def registry_of(engine: sa.Engine) -> CollectorRegistry:
    """Give a registry that has the hub's counts, and this process's own."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(DatabaseCounts(engine))
    return registry


class DatabaseCounts(Collector):
    """Reads the counts at each scrape. Where the database is away it says so, and nothing else."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def describe(self) -> Iterator[Metric]:
        """Say what there will be without looking: the database may be away when we start."""
        yield from ()

    def collect(self) -> Iterator[Metric]:
        try:
            with self._engine.connect().execution_options(reading=True) as conn, conn.begin():
                found = pulse(conn)
        except DBAPIError:
            yield _gauge("hub_database_up", "Whether the database answers", 0)
            return
        yield _gauge("hub_database_up", "Whether the database answers", 1)
        yield from _metrics(found)


def _metrics(found: Pulse) -> Iterator[Metric]:
    yield _gauge("hub_events", "Events kept", found.events)
    yield _gauge("hub_referrals_waiting", "Pushed referrals that wait for the log", found.referrals)
    yield _gauge("hub_outbox_waiting", "Messages that wait for the relay", found.waiting)
    yield CounterMetricFamily("hub_messages_sent", "Messages that left", value=found.sent)
    yield _gauge("hub_suspended", "Organisations that a command suspended", found.suspended)
    is_coming = int(found.in_force.is_coming)
    yield _gauge("hub_policy_coming_into_force", "Whether all is being decided afresh", is_coming)
    letters = GaugeMetricFamily(
        "hub_dead_letters", "Dead letters", labels=("stage", "reason", "status")
    )
    for labels, count in sorted(found.letters.items()):
        letters.add_metric(labels, count)
    yield letters
    tasks = GaugeMetricFamily("hub_tasks_open", "What waits for a person", labels=("kind",))
    for kind, count in sorted(found.tasks.items()):
        tasks.add_metric((kind,), count)
    yield tasks


def _gauge(name: str, text: str, value: int) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=value)
