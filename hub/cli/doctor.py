"""`hub doctor`: what is wrong with this hub, and what to do."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime

import click

from hub.bootstrap.doctor import Check, examine
from hub.bootstrap.heartbeat import is_beating
from hub.cli.frame import REFUSED, show, with_clock, with_json, with_settings
from hub.settings import Settings


@click.command()
@click.option(
    "--process", help="Look at one process here alone: ingest, relay, or 'connector AGENCY'."
)
@with_settings
@with_clock
@with_json
def doctor(
    settings: Settings, now: Callable[[], datetime], process: str | None, as_json: bool
) -> None:
    """Look at settings, files, database, log, clock and disk; say what is wrong and what to do.

    Changes nothing. Exit 1 if anything is wrong.
    """
    checks = examine(settings, now()) if process is None else [_process(settings, process)]
    is_fine = all(each.ok for each in checks)
    document = {"ok": is_fine, "checks": [asdict(each) for each in checks]}
    lines = [f"{'well ' if each.ok else 'WRONG'}  {each.name}" for each in checks]
    lines += [f"{each.name}: {each.remedy}" for each in checks if not each.ok]
    show(document, lines, as_json=as_json)
    if not is_fine:
        raise SystemExit(REFUSED)


def _process(settings: Settings, name: str) -> Check:
    """Tell whether a process that works in this data folder got on lately."""
    is_well = is_beating(settings.home, name)
    return Check(name, is_well, "" if is_well else "it does not run here, or hangs: start it again")
