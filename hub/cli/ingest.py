"""`hub ingest`: take events in."""

from collections.abc import Callable
from datetime import datetime

import click

from hub.afresh.values import Outcome
from hub.bootstrap.county import load_county
from hub.bootstrap.processes import ingest_until
from hub.bootstrap.runtime import running
from hub.cli.frame import say, show, with_clock, with_json, with_settings
from hub.cli.stopping import stopped
from hub.settings import Settings


@click.group()
def ingest() -> None:
    """Take what agencies published into the database, and decide who may have it."""


@ingest.command()
@click.option("--once", is_flag=True, help="End when nothing is left to take in.")
@with_settings
@with_clock
@with_json
def run(settings: Settings, now: Callable[[], datetime], once: bool, as_json: bool) -> None:
    """Run the ingest process. One works; a second one stands by, or with --once ends and says so."""
    with running(settings, load_county(), now) as runtime, stopped() as is_stopped:
        outcome = ingest_until(runtime, is_stopped, once=once, seen=_progress)
    show(summary(outcome), text(outcome), as_json=as_json)


def summary(outcome: Outcome) -> dict[str, object]:
    """Give an outcome in the words of the commands page."""
    letters: dict[str, dict[str, int]] = {"connector": {}, "ingest": {}}
    for (stage, reason), count in sorted(outcome.dead_letters.items()):
        letters[stage.value][reason.value] = count
    names = sorted({*outcome.disclosed, *outcome.suppressed, *outcome.recalled})
    return {
        "kept": outcome.kept,
        "duplicates": outcome.duplicates,
        "dead_letters": letters,
        "recipients": {
            name: {
                "disclosed": outcome.disclosed[name],
                "withheld_fields": outcome.withheld_fields[name],
                "suppressed": outcome.suppressed[name],
                "recalled": outcome.recalled[name],
            }
            for name in names
        },
    }


def text(outcome: Outcome) -> list[str]:
    dead = sum(outcome.dead_letters.values())
    return [f"{outcome.kept} kept, {outcome.duplicates} known already, {dead} dead letters"]


def _progress(outcome: Outcome) -> None:
    if outcome.read:
        say(f"{outcome.read} read, {outcome.kept} kept")
