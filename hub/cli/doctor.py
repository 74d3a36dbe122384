"""`hub doctor`: what is wrong with this hub, and what to do."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime

import click

from hub.bootstrap.doctor import examine
from hub.cli.frame import REFUSED, show, with_clock, with_json, with_settings
from hub.settings import Settings


@click.command()
@with_settings
@with_clock
@with_json
def doctor(settings: Settings, now: Callable[[], datetime], as_json: bool) -> None:
    """Look at settings, files, database, log, clock and disk; say what is wrong and what to do.

    Changes nothing. Exit 1 if anything is wrong.
    """
    checks = examine(settings, now())
    is_fine = all(each.ok for each in checks)
    document = {"ok": is_fine, "checks": [asdict(each) for each in checks]}
    lines = [f"{'well ' if each.ok else 'WRONG'}  {each.name}" for each in checks]
    lines += [f"{each.name}: {each.remedy}" for each in checks if not each.ok]
    show(document, lines, as_json=as_json)
    if not is_fine:
        raise SystemExit(REFUSED)
