"""`hub relay`: send what is to leave."""

from collections.abc import Callable
from datetime import datetime

import click

from hub.bootstrap.county import load_county
from hub.bootstrap.processes import relay_until
from hub.bootstrap.runtime import running
from hub.cli.frame import show, with_clock, with_json, with_settings
from hub.cli.stopping import stopped
from hub.settings import Settings


@click.group()
def relay() -> None:
    """Send what was decided from the outbox to the recipients' topics."""


@relay.command()
@click.option("--once", is_flag=True, help="End when nothing is left to send.")
@with_settings
@with_clock
@with_json
def run(settings: Settings, now: Callable[[], datetime], once: bool, as_json: bool) -> None:
    """Run the relay process. One works; a second one stands by, or with --once ends and says so."""
    with running(settings, load_county(), now) as runtime, stopped() as is_stopped:
        sent = relay_until(runtime, is_stopped, once=once)
    show({"sent": sent}, [f"{sent} sent"], as_json=as_json)
