"""One hub process for a bench: `python -m tests.bench.process ingest|relay WORKLOAD DB LOG HOME`."""

import sys

from hub.bootstrap.processes import ingest_until, relay_until
from hub.bootstrap.runtime import running
from hub.cli.stopping import stopped
from hub.settings import settings
from tests.bench.parts import workload


def main() -> None:
    name, work, db, log, home = sys.argv[1:]
    options = settings(db=db, log=log, home=home, environment={})
    with running(options, workload(work).county) as runtime, stopped() as is_stopped:
        if name == "ingest":
            ingest_until(runtime, is_stopped, once=False, seen=lambda _: None)
        else:
            relay_until(runtime, is_stopped, once=False)


main()
