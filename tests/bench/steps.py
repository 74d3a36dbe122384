"""An ingest process that works when it is told to: `python -m tests.bench.steps DB HOME`.

A line on standard input says how many events wait; one JSON object on standard output says what it
took to take them in.
"""

import json
import resource
import sys
import time

from hub.afresh.values import Outcome
from hub.bootstrap.county import load_county
from hub.bootstrap.processes import spare_the_collector
from hub.bootstrap.runtime import running
from hub.settings import settings


def main() -> None:
    db, home = sys.argv[1:]
    options = settings(db=db, home=home, environment={})
    with running(options, load_county()) as runtime:
        spare_the_collector()
        worker = runtime.ingest_worker()
        worker.start()
        for line in sys.stdin:
            total, wanted = Outcome(), int(line)
            began, cpu = time.perf_counter(), time.process_time()
            while total.read < wanted:
                total.add(worker.step(1.0))
            took = {
                "seconds": time.perf_counter() - began,
                "own_seconds": time.process_time() - cpu,
                "kept": total.kept,
                "disclosed": sum(total.disclosed.values()),
                "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
            }
            print(json.dumps(took), flush=True)


main()
