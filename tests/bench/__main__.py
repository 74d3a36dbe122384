"""Figures as JSON Lines: `python -m tests.bench [path|latency|…]`, which is what `make bench` runs.

Each line: `{"bench", "figures", "peers", "ratios", "workload", "cores"}`. Peers run in the same run on
the same work; these machines are noisy, so the ratios count.

* `path`: the whole path, events a second on real parts, and what each stage takes.
* `latency`: from publish to visible, against the floor that the broker sets.
* `case`, `agenda`: a view of a case of 500 events, and an agenda of 30 cases with full views, in
  milliseconds, among three years of a county (seeded like `flat`; `BENCH_KNOWN=3000`: a small one).
* `policy`: one event decided and written for six recipients, in microseconds, beside Cedar and the readable path.
* `access`: authorised calls a second over the same calls to a route that lets anybody in.
* `flat`: events a second where 300,000 people are known over those where 10,000 are; 0.8 or more is
  flat within a quarter. The first run seeds the larger county, which takes ten minutes and 4 GB under
  `~/.cache/safeguarding-hub`; later ones take two minutes. Not for CI. `BENCH_PEOPLE=1000,30000`:
  other sizes.
"""

import json
import os
import sys
from collections.abc import Callable

from tests.bench import access, flat, latency, meetings, path, policy

Line = dict[str, object]
BENCHES: dict[str, Callable[[], list[Line]]] = {
    "path": path.run,
    "latency": latency.run,
    "case": meetings.run_case,
    "agenda": meetings.run_agenda,
    "access": access.run,
    "policy": policy.run,
    "flat": flat.run,
}


def main() -> None:
    wanted = sys.argv[1:] or list(BENCHES)
    for name in wanted:
        if name not in BENCHES:
            sys.exit(f"no bench {name}; there are: {', '.join(BENCHES)}")
        for line in BENCHES[name]():
            print(json.dumps({"bench": name, **line, "cores": os.cpu_count()}), flush=True)


main()
