"""`hub retract`: take an event back."""

from collections.abc import Callable
from datetime import datetime

import click

from hub.bootstrap.county import load_county
from hub.bootstrap.review import UnknownEvent
from hub.bootstrap.review import retract as take_back
from hub.bootstrap.runtime import running
from hub.cli.frame import REFUSED, say, show, with_clock, with_json, with_settings
from hub.model.event import EventId
from hub.settings import Settings


@click.command()
@click.argument("event")
@click.option("--as", "principal", default="operator", help="Who decided it: user@organisation-id.")
@click.option("--reason", default="", help="Why, for the ledger. No names, please.")
@with_settings
@with_clock
@with_json
def retract(
    settings: Settings, now: Callable[[], datetime], event: str, principal: str, reason: str, as_json: bool
) -> None:  # fmt: skip
    """Take EVENT (its id) back: it stops counting, and whoever was given it is told to delete it.

    Agencies take back their own by a record-retracted event; this is for when they cannot. The relay
    carries the recalls out: `hub relay run`.
    """
    with running(settings, load_county(), now) as runtime:
        try:
            with runtime.deciding().turn() as turn:
                outcome = take_back(turn, EventId(event), principal=principal, reason=reason)
        except UnknownEvent:
            say("no event has this id: `hub topics read` and the ledger name them by ce_id")
            raise SystemExit(REFUSED) from None
    recalled = {name: outcome.recalled[name] for name in sorted(outcome.recalled)}
    total = sum(recalled.values())
    show(
        {"recalled": recalled}, [f"taken back; {total} recalls wait for the relay"], as_json=as_json
    )
