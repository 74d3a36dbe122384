"""`hub keys`: the keys with which the hub signs access tokens."""

from collections.abc import Callable
from datetime import datetime

import click

from hub.bootstrap.access import rotate_key
from hub.bootstrap.county import load_county
from hub.bootstrap.runtime import running
from hub.cli.frame import show, table, with_clock, with_json, with_settings
from hub.settings import Settings
from hub.store.signing import SqlSigningKeys


@click.group()
def keys() -> None:
    """Show and change the keys with which the hub signs access tokens."""


@keys.command(name="list")
@with_settings
@with_clock
@with_json
def list_(settings: Settings, now: Callable[[], datetime], as_json: bool) -> None:
    """List the keys that are published; the current one signs."""
    with running(settings, load_county(), now) as runtime:
        found = SqlSigningKeys(runtime.engine, runtime.now).signing_keys()
    document = [{"kid": each.kid, "current": each.is_current} for each in found]
    rows = [(each.kid, "yes" if each.is_current else "no") for each in found]
    show(document, table(rows, ("kid", "current")), as_json=as_json)


@keys.command()
@click.option("--at-once", is_flag=True, help="It became known: tokens that it signed stop now.")
@with_settings
@with_clock
@with_json
def rotate(settings: Settings, now: Callable[[], datetime], at_once: bool, as_json: bool) -> None:
    """Sign with a new key. The one before stays published until its last token is over."""
    with running(settings, load_county(), now) as runtime:
        kid = rotate_key(runtime, at_once=at_once)
    show({"kid": kid}, [f"{kid} signs from now on"], as_json=as_json)
