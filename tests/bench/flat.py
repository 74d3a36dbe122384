"""Does an event cost the same where ten thousand people are known and where three hundred thousand are?

Two databases, each with an ingest process and a PostgreSQL of its own, take the same kind of work in
by turns, so that whatever else the machine does hits both alike. Half of it is about families that
are known, no more of them in the one than in the other, and spread over all that is there; half is
about families that neither has heard of.
"""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import islice

from hub.bootstrap.county import load_county
from hub.bootstrap.publisher import LogPublisher
from hub.bootstrap.runtime import running
from hub.model.event import Event
from hub.synth.chance import chance_for
from hub.synth.stream import Block, blocks
from tests.bench.seeded import EVENTS, UNTIL, Seeded, families, seeded, told_of
from tests.harness import ROOT

PEOPLE = [int(each) for each in os.environ.get("BENCH_PEOPLE", "10000,300000").split(",")]
CHUNKS = int(os.environ.get("BENCH_CHUNKS", "12"))
CHUNK = 800
WARM_UP = 3
"""So many chunks at first do not count: what is read often has to come to memory."""
WEEKS = timedelta(days=20)


@dataclass(frozen=True)
class Taking:
    """A county that takes in: its process, what that is given, and what each chunk took."""

    process: subprocess.Popen[str]
    publisher: LogPublisher
    chunks: Iterator[Sequence[Event]]
    took: list[dict[str, float]] = field(default_factory=list)

    def take(self) -> None:
        """Have the next chunk taken in."""
        chunk = next(self.chunks)
        self.publisher.send([self.publisher.event(each) for each in chunk])
        print(len(chunk), file=self.process.stdin, flush=True)
        told = self.process.stdout.readline() if self.process.stdout else ""
        self.took.append(json.loads(told))

    def counted(self, what: str) -> list[float]:
        return [each[what] for each in self.took[WARM_UP:]]


def run() -> list[dict[str, object]]:
    few, many = PEOPLE
    with (
        seeded(f"people-{few}", families(few)) as small,
        seeded(f"people-{many}", families(many)) as large,
    ):
        of_few, of_many = _work(small.batches, large.batches)
        with _taking(small, of_few) as one, _taking(large, of_many) as other:
            for number in range(WARM_UP + CHUNKS):
                for each in (one, other) if number % 2 else (other, one):
                    each.take()
    pairs = zip(one.counted("seconds"), other.counted("seconds"), strict=True)
    figures = {**_figures(small, one), **_figures(large, other)}
    return [
        {
            "figures": figures,
            "peers": {},
            "ratios": {
                f"events/s at {many} people / at {few}": round(
                    statistics.median(a / b for a, b in pairs), 2
                )
            },
            "workload": f"{CHUNKS} times {CHUNK} events by turns, half of them about people who are known, "
            f"{len(load_county().recipients)} recipients; PostgreSQL, embedded log, no relay",
        }
    ]


def _figures(county: Seeded, taking: Taking) -> dict[str, float]:
    seconds = sum(taking.counted("seconds"))
    found = {
        "people": county.people,
        "records": county.records,
        "events": county.events,
        "database_mb": county.megabytes,
        "seeded_in_s": county.seconds,
        "events_per_s": round(CHUNK / statistics.median(taking.counted("seconds"))),
        "own_share": round(sum(taking.counted("own_seconds")) / seconds, 2),
        "deliveries_per_event": round(statistics.mean(taking.counted("disclosed")) / CHUNK, 2),
        "rss_mb_ingest_max": round(taking.took[-1]["rss_mb"]),
    }
    return {f"{name}_{county.people}": value for name, value in found.items() if name != "people"}


def _work(few: int, many: int) -> tuple[Iterator[list[Event]], Iterator[list[Event]]]:
    """Give the chunks for a county of few blocks and for one of many; it begins with the same blocks."""
    count = (WARM_UP + CHUNKS) * CHUNK // 2
    of_few: list[Event] = []
    of_many: list[Event] = []
    new: list[Event] = []
    for number, block in enumerate(blocks(1)):
        if number < few:
            of_few += _to_come(block, number, "K", -(-count // few))
        if number < many:
            of_many += _to_come(_part(block, few, many), number, "L", -(-count // many))
        elif len(new) < count:
            new += _to_come(block, number, "N", EVENTS)
        else:
            break
    return _chunks(of_few, new), _chunks(of_many, new)


def _part(block: Block, few: int, many: int) -> Block:
    """Give so few of a block's families that all blocks together give as many as the few blocks have."""
    couples = block.couples[: max(1, len(block.couples) * few // many)]
    return replace(
        block, couples=couples, parents=[each for each in couples if each.children] or block.parents
    )


def _to_come(block: Block, number: int, letter: str, count: int) -> Iterable[Event]:
    return told_of(block, f"{letter}{number:05d}", count, since=UNTIL, until=UNTIL + WEEKS)


def _chunks(known: list[Event], new: list[Event]) -> Iterator[list[Event]]:
    chance = chance_for(1, "chunks")
    chance.shuffle(known)
    strangers = list(new)
    chance_for(1, "strangers").shuffle(strangers)
    both = zip(known, strangers, strict=False)
    while chunk := [event for pair in islice(both, CHUNK // 2) for event in pair]:
        yield chunk


@contextmanager
def _taking(county: Seeded, chunks: Iterator[list[Event]]) -> Iterator[Taking]:
    options = county.options
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "tests.bench.steps", options.db, str(options.home)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        with running(options, load_county()) as runtime:
            yield Taking(process, runtime.publisher(), chunks)
    finally:
        process.terminate()
        process.wait(20)
