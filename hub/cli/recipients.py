"""`hub recipients`: who is given anything at all, and stopping that at once."""

from collections.abc import Callable
from datetime import datetime

import click

from hub.bootstrap import suspending
from hub.bootstrap.county import load_county
from hub.bootstrap.runtime import Runtime, running
from hub.bootstrap.suspending import NotInRegister, SuspendedByRegister, standings
from hub.cli.frame import REFUSED, WRONG_USE, say, show, table, with_clock, with_json, with_settings
from hub.cli.principal import acting
from hub.settings import Settings

Change = Callable[..., bool]


@click.group()
def recipients() -> None:
    """Suspend an organisation at once, and resume it."""


@recipients.command(name="list")
@with_settings
@with_json
def list_(settings: Settings, as_json: bool) -> None:
    """List how each organisation stands: active, suspended, or resuming (it is being sent again)."""
    with running(settings, load_county()) as runtime:
        found = [
            {
                "id": each.organisation.id,
                "type": each.organisation.type.value,
                "status": each.status,
                "by": each.by,
                "since": each.since.isoformat() if each.since else None,
            }
            for each in standings(runtime)
        ]
    rows = [[value or "" for value in each.values()] for each in found]
    show(found, table(rows, ("organisation", "type", "status", "by", "since")), as_json=as_json)


@recipients.command()
@click.argument("id_", metavar="ID")
@click.option("--reason", required=True, help="Why, for the ledger. No names, please.")
@click.option("--as", "principal", required=True, help="Who decides: user@organisation-id.")
@with_settings
@with_clock
@with_json
def suspend(
    settings: Settings, now: Callable[[], datetime], id_: str, reason: str, principal: str, as_json: bool
) -> None:  # fmt: skip
    """Give organisation ID nothing more from now on, and recall what it has.

    The relay stops at once, and so does every command and every call in its name. The running ingest
    process follows with the recalls. What it tells the hub is still taken in.
    """
    words = (f"{id_} is suspended", f"{id_} was suspended already")
    _do(suspending.suspend, settings, now, id_, reason, principal, words, as_json=as_json)


@recipients.command()
@click.argument("id_", metavar="ID")
@click.option("--reason", required=True, help="Why, for the ledger. No names, please.")
@click.option("--as", "principal", required=True, help="Who decides: user@organisation-id.")
@with_settings
@with_clock
@with_json
def resume(
    settings: Settings, now: Callable[[], datetime], id_: str, reason: str, principal: str, as_json: bool
) -> None:  # fmt: skip
    """End the suspension of organisation ID: it is sent again what it may have now."""
    words = (f"{id_} is resumed", f"{id_} was not suspended")
    _do(suspending.resume, settings, now, id_, reason, principal, words, as_json=as_json)


def _do(
    change: Change, settings: Settings, now: Callable[[], datetime], id_: str, reason: str, principal: str,
    words: tuple[str, str], *, as_json: bool,
) -> None:  # fmt: skip
    if not reason.strip():
        raise click.BadParameter("say why", param_hint="--reason")
    with running(settings, load_county(), now) as runtime:
        is_new = _changed(runtime, change, id_, reason, principal)
    show({"id": id_, "changed": is_new}, [words[0] if is_new else words[1]], as_json=as_json)


def _changed(runtime: Runtime, change: Change, id_: str, reason: str, principal: str) -> bool:
    who = acting(runtime, principal)
    try:
        return change(runtime, id_, principal=who.principal, reason=reason)
    except NotInRegister as error:
        say(f"{error}: `hub recipients list` has them")
        raise SystemExit(WRONG_USE) from None
    except SuspendedByRegister as error:
        say(f"{error}: change the file, and start the processes again")
        raise SystemExit(REFUSED) from None
