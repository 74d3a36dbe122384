"""The whole path: events published → on their recipients' topics. Events a second, and where time goes.

Ingest and relay are processes of their own, as in service; what was published waits for them, so the
figure is throughput. The peer does a small part of the work: it reads the same records, decodes,
drops fields, encodes and produces, with no linking, decision, ledger or database.
"""

import io
import os
import time
from collections.abc import Callable, Iterator
from typing import Any

import fastavro
import sqlalchemy as sa

from hub.bootstrap.county import County
from hub.bootstrap.runtime import Runtime, running
from hub.model.position import Place
from hub.settings import Settings
from hub.stream.kafka_log import KafkaLog
from hub.stream.log import Record
from tests.bench import stages
from tests.bench.parts import (
    Measured,
    Workload,
    embedded_parts,
    processes,
    real_parts,
    workload,
)

COUNT = int(os.environ.get("BENCH_EVENTS", "20000"))
PUBLISH = 1000
PEER_TOPIC = "hub.test.peer.v1"


def run() -> list[dict[str, object]]:
    lines = []
    for work, name, parts in (
        (workload("two"), "embedded log and SQLite", embedded_parts),
        (workload("two"), "Kafka and PostgreSQL", real_parts),
        (workload("county"), "Kafka and PostgreSQL", real_parts),
    ):
        with parts() as options:
            figures = _throughput(options, work)
            peers = {}
            if options.kafka:
                peers["kafka-python and fastavro: decode, drop, encode, produce"] = _peer(
                    options, work.county
                )
        ratios = {
            f"hub / {peer}": round(figures["events_per_s"] / rate, 2)
            for peer, rate in peers.items()
        }
        figures |= {f"us_per_event_{stage}": value for stage, value in stages.measure(work).items()}
        lines.append(
            {
                "figures": figures,
                "peers": peers,
                "ratios": ratios,
                "workload": f"{COUNT} events, {work.text}; {name}",
            }
        )
    return lines


def publish(runtime: Runtime, work: Workload, count: int) -> None:
    publisher, batch = runtime.publisher(), []
    for event in work.events(count):
        batch.append(publisher.event(event))
        if len(batch) == PUBLISH:
            publisher.send(batch)
            batch = []
    publisher.send(batch)


def _throughput(options: Settings, work: Workload) -> dict[str, Any]:
    with running(options, work.county, migrate=True) as runtime:
        runtime.create_topics()
        publish(runtime, work, COUNT)
        memory: dict[str, list[float]] = {"ingest": [], "relay": []}
        with processes(options, work, "relay", "ingest") as found:
            first = _wait(lambda: _kept(runtime), found)
            while not _is_through(runtime):
                for each in found:
                    each.check()
                    memory[each.name].append(each.rss_mb())
                time.sleep(0.25)
            took = time.perf_counter() - first
            sent = _sent(runtime)
            cpu = {
                f"cpu_us_per_event_{each.name}": round(each.cpu_s() / COUNT * 1e6) for each in found
            }
    peaks = {f"rss_mb_{name}_max": round(max(values)) for name, values in memory.items()}
    growth = {
        f"rss_mb_{name}_growth_second_half": round(values[-1] - values[len(values) // 2])
        for name, values in memory.items()
    }
    return {
        "events_per_s": round(COUNT / took),
        "deliveries_per_s": round(sent / took),
        "deliveries_per_event": round(sent / COUNT, 2),
        **cpu,
        **peaks,
        **growth,
    }


def _wait(condition: Callable[[], bool], found: list[Measured]) -> float:
    while not condition():
        for each in found:
            each.check()
        time.sleep(0.02)
    return time.perf_counter()


def _kept(runtime: Runtime) -> bool:
    """Tell whether the first batch is in: from then on the clock runs, until the last is sent."""
    with runtime.engine.connect().execution_options(reading=True) as conn, conn.begin():
        return conn.execute(sa.text("select 1 from event limit 1")).first() is not None


def _is_through(runtime: Runtime) -> bool:
    """Tell whether everything was taken in, and everything that left the outbox was acknowledged."""
    with runtime.engine.connect().execution_options(reading=True) as conn, conn.begin():
        read = conn.scalar(sa.text("select sum(next_offset) from position")) or 0
        if read < COUNT:
            return False
        rows = conn.scalar(sa.text("select count(*) from outbox")) or 0
    return _sent(runtime) == rows


def _sent(runtime: Runtime) -> int:
    with runtime.engine.connect().execution_options(reading=True) as conn, conn.begin():
        return int(conn.scalar(sa.text("select coalesce(sum(seq + 1), 0) from relay_mark")) or 0)


def _peer(options: Settings, county: County) -> int:
    """Forward the same records as a script of thirty lines would."""
    log = KafkaLog(options.kafka or "")
    log.create({PEER_TOPIC: 4})
    parsed = {
        id_: fastavro.parse_schema(each.schema) for id_, each in county.registry.by_id.items()
    }
    began, done = time.perf_counter(), 0
    for batch in _all(log, county):
        out = []
        for record in batch:
            value = record.value or b""
            schema = parsed[int.from_bytes(value[1:5], "big")]
            body: Any = fastavro.schemaless_reader(io.BytesIO(value[5:]), schema, None)
            body |= {"account": None, "witnesses": [], "unresolved": []}
            stream = io.BytesIO()
            fastavro.schemaless_writer(stream, schema, body)
            out += [Record(record.key, value[:5] + stream.getvalue(), record.headers)] * 2
        log.append(PEER_TOPIC, out)
        done += len(batch)
    log.close()
    return round(done / (time.perf_counter() - began))


def _all(log: KafkaLog, county: County) -> Iterator[list[Record]]:
    at = {Place(topic, part): 0 for topic, count in county.inputs.items() for part in range(count)}
    ends = log.ends(county.inputs)
    while any(offset < ends[place] for place, offset in at.items()):
        for place, records in log.read(at, 500, 1.0).items():
            at[place] = records[-1].offset + 1
            yield records
