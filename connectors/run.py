"""Run a connector: take each file of an inbox in, row by row, and publish what it says.

A file is accepted once and has its `received_at` from then on. Its rows go to the spool together with
how far it was read, so that a run which is killed goes on at the very next row; when all of it is on
disk the file moves to `read/`. What cannot be read is a dead letter, and everything around it goes on.
"""

import fcntl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from time import perf_counter

from connectors.connector import Format
from connectors.desk import Desk, OnProgress, Settled, count
from connectors.inbox import StandsStill, digest_of, files
from connectors.outcome import Maker
from connectors.publish import Publisher
from connectors.report import Report, Tally, Window
from connectors.spool import Spool, SpoolFull
from hub.model.agency import AgencyId

SPOOL_BYTES = 1 << 30


class AgencyBusy(Exception):
    """Another run of this agency is at work: two at once would interleave its rows."""


def run_once(
    agency: AgencyId,
    formats: Sequence[Format],
    inbox: Path,
    home: Path,
    publisher: Publisher,
    now: Callable[[], datetime],
    *,
    dry_run: bool = False,
    progress: OnProgress | None = None,
    settled: Settled | None = None,
    spool_bytes: int = SPOOL_BYTES,
) -> Report:
    """Read all that is in the inbox, send all that is in the spool, and stop.

    `home` is this agency's own folder. Without `settled` every file is read that does not end in
    `.part`. While the log is away everything is read all the same and waits in the spool. A dry run
    reads and counts, and neither keeps, sends nor moves anything.

    Raises:
        AgencyBusy: another run is at work in `home`.
        InboxMissing: there is no such inbox.
        SpoolFull: the log is away, and the spool has no more room; the next run reads on.
    """
    began, tally = perf_counter(), Tally(agency)
    if dry_run:
        maker = Maker(agency, formats, publisher, None)
        _try_out(maker, inbox, now, tally, settled)
        return tally.report(waiting=0, seconds=perf_counter() - began)
    maker = Maker(agency, formats, publisher, home)
    with _alone(agency, home), Spool(home / "spool.sqlite", spool_bytes) as spool:
        desk = Desk(inbox, maker, spool, now, tally, progress)
        desk.take_in_all(settled)
        desk.log_is_away = False  # once more: it may be back
        desk.drain()
        return tally.report(waiting=spool.status().records, seconds=perf_counter() - began)


def watch(
    agency: AgencyId,
    formats: Sequence[Format],
    inbox: Path,
    home: Path,
    publisher: Publisher,
    now: Callable[[], datetime],
    *,
    wait: Callable[[], bool],
    progress: OnProgress | None = None,
    spool_bytes: int = SPOOL_BYTES,
) -> Iterator[Report]:
    """Read files as they come, and report each poll in which anything happened.

    `wait` pauses between two polls, and says whether to go on. A file is read when it stood still
    from one poll to the next. While the log is away the spool fills; once it is full, files wait.

    Raises:
        AgencyBusy, InboxMissing: as for `run_once`.
        SourceHalted: too much of what came cannot be read; what was read is in the spool.
    """
    settled, window = StandsStill(), Window()
    maker = Maker(agency, formats, publisher, home)
    with _alone(agency, home), Spool(home / "spool.sqlite", spool_bytes) as spool:
        while True:
            began, tally = perf_counter(), Tally(agency)
            desk = Desk(inbox, maker, spool, now, tally, progress, window)
            is_full = False
            try:
                desk.take_in_all(settled)
            except SpoolFull:
                is_full = True
            desk.drain()
            settled.forget_what_is_gone()
            report = tally.report(waiting=spool.status().records, seconds=perf_counter() - began)
            if is_full or report.files or report.read or report.published:
                yield report
            if not wait():
                return


def _try_out(
    maker: Maker, inbox: Path, now: Callable[[], datetime], tally: Tally, settled: Settled | None
) -> None:
    for file in files(inbox):
        if settled is None or settled(file):
            count(maker.outcomes(file, digest_of(file), now(), skip=0), tally)
            tally.files += 1


@contextmanager
def _alone(agency: AgencyId, home: Path) -> Iterator[None]:
    """Keep others out of this agency's home; a run that is killed lets go by itself."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (home / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as fault:
            raise AgencyBusy(
                f"another run of {agency}'s connector is at work; wait until it is done, or stop it"
            ) from fault
        yield
