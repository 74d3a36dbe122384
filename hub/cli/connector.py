"""`hub connector`: an agency's side."""

import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import click

from connectors.connector import SourceUnusable
from connectors.csv_format import Column
from connectors.inbox import InboxMissing, purge
from connectors.registry import AgencyUnknown, agencies, describe_mapping
from connectors.report import Report, SourceHalted
from connectors.run import AgencyBusy, run_once, watch
from connectors.spool import SpoolFull
from hub.bootstrap.connectors import ConnectorUnknown, formats_of, home_of
from hub.bootstrap.county import load_county
from hub.bootstrap.heartbeat import beat
from hub.bootstrap.runtime import publishing
from hub.cli.frame import REFUSED, WRONG_USE, say, show, table, with_clock, with_json, with_settings
from hub.cli.stopping import stopped
from hub.model.agency import AgencyId
from hub.settings import Settings

POLL_S = 1.0
SAY_EVERY = 1000


@click.group()
def connector() -> None:
    """Read what an agency's own systems write, and publish it on the agency's topic."""


@connector.command()
@click.argument("agency")
@click.option(
    "--inbox", required=True, type=click.Path(path_type=Path), help="Folder that is watched."
)
@click.option("--format", "format_", help="Read as this format whatever a file is called.")
@click.option("--once", is_flag=True, help="Read what is there, send it, and end.")
@click.option(
    "--keep-days", default=90, show_default=True, help="How long originals stay in read/."
)
@click.option("--dry-run", is_flag=True, help="Read and count; keep, send and move nothing.")
@with_settings
@with_clock
@with_json
def run(
    settings: Settings,
    now: Callable[[], datetime],
    agency: str,
    inbox: Path,
    format_: str | None,
    once: bool,
    keep_days: int,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Run AGENCY's connector on an inbox.

    A file is read when it was renamed from .part or stood still for two looks, and then moves to
    read/ in the inbox. What cannot be read becomes a dead letter with its reason, and everything
    around it goes on. Killed at any moment, it goes on where it was.
    """
    try:
        formats = formats_of(agency, format_)
        with publishing(settings, load_county()) as publisher:
            home, name = home_of(settings, agency), AgencyId(agency)
            if not dry_run:
                purge(inbox, now=now(), retention_days=keep_days)
            if once or dry_run:
                report = run_once(
                    name,
                    formats,
                    inbox,
                    home,
                    publisher,
                    now,
                    dry_run=dry_run,
                    progress=_progress,
                )
                show(summary(report), text(report), as_json=as_json)
                return
            with stopped() as is_stopped:
                reports = watch(
                    name, formats, inbox, home, publisher, now,
                    wait=lambda: _wait(settings, agency, is_stopped), progress=_progress,
                )  # fmt: skip
                for report in reports:
                    show(summary(report), text(report), as_json=as_json)
    except (ConnectorUnknown, InboxMissing) as error:
        say(str(error))
        raise SystemExit(WRONG_USE) from None
    except (AgencyBusy, SourceHalted, SpoolFull) as error:
        say(str(error))
        raise SystemExit(REFUSED) from None


@connector.command(name="list")
@with_json
def list_(as_json: bool) -> None:
    """List the agencies that have a connector, and their formats."""
    found = {agency: [each.name for each in formats] for agency, formats in agencies().items()}
    rows = [(agency, ", ".join(names)) for agency, names in sorted(found.items())]
    show(found, table(rows, ("agency", "formats")), as_json=as_json)


@connector.command(name="map")
@click.argument("agency")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_json
def map_(agency: str, file: Path, as_json: bool) -> None:
    """Show which column or field of FILE maps where, and what is missing."""
    try:
        columns = describe_mapping(AgencyId(agency), file)
    except (AgencyUnknown, SourceUnusable) as error:
        say(str(error))
        raise SystemExit(WRONG_USE) from None
    found = [
        {"heading": each.heading, "field": each.name, "state": _state(each)} for each in columns
    ]
    rows = [(each.heading or "-", each.name or "-", _state(each)) for each in columns]
    show(found, table(rows, ("heading", "becomes", "state")), as_json=as_json)


def _state(column: Column) -> str:
    if column.heading and column.name:
        return "mapped"
    if column.heading:
        return "not mapped"
    return "missing, required" if column.is_required else "missing"


def summary(report: Report) -> dict[str, object]:
    """Give a report in the words of the commands page."""
    rate = report.read / report.seconds if report.seconds else 0.0
    return {
        "agency": report.agency,
        "format": ",".join(report.formats),
        "files": report.files,
        "read": report.read,
        "accepted": report.accepted,
        "warned": dict(report.warned),
        "dead_letters": {reason.value: count for reason, count in report.dead_letters.items()},
        "events": dict(report.events),
        "published": report.published,
        "waiting": report.waiting,
        "messages_per_s": round(rate, 1),
    }


def text(report: Report) -> list[str]:
    dead = sum(report.dead_letters.values())
    done = (
        f"{report.files} files, {report.read} read, {report.accepted} accepted, {dead} dead letters"
    )
    lines = [f"{report.agency}: {done}"]
    if report.warned:
        doubts = ", ".join(f"{kind} {count}" for kind, count in sorted(report.warned.items()))
        lines.append(f"  read with a doubt: {doubts}")
    if report.waiting:
        lines.append(f"  {report.waiting} wait in the spool: the event log is away")
    return lines


def _progress(_file: str, records: int) -> None:
    if records % SAY_EVERY == 0:  # the file's name is not said: it may hold a person's
        say(f"{records} rows of this file read")


def _wait(settings: Settings, agency: str, is_stopped: Callable[[], bool]) -> bool:
    beat(settings.home, f"connector {agency}")
    deadline = time.monotonic() + POLL_S
    while not is_stopped() and time.monotonic() < deadline:
        time.sleep(0.05)
    return not is_stopped()
