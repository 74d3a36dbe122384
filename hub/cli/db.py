"""`hub db`: the database."""

import click

from hub.bootstrap.county import load_county
from hub.bootstrap.database import opened
from hub.bootstrap.runtime import running
from hub.cli.frame import REFUSED, say, show, with_json, with_settings
from hub.settings import Settings
from hub.store import fingerprint as content
from hub.store import schema
from hub.store.engine import exists


@click.group()
def db() -> None:
    """Migrations, and what the database holds as one number."""


@db.command()
@with_settings
def upgrade(settings: Settings) -> None:
    """Run the migrations that are missing."""
    with opened(settings.db) as engine:
        revision = schema.upgrade(engine)
    say(f"the database stands at revision {revision}")


@db.command()
@with_settings
@with_json
def check(settings: Settings, as_json: bool) -> None:
    """Tell whether the database is as this version wants it."""
    there, wanted = None, schema.newest()
    if exists(settings.db):
        with opened(settings.db) as engine:
            there = schema.current(engine)
    is_fine = there == wanted
    remedy = "" if is_fine else "run `hub db upgrade`"
    document = {"ok": is_fine, "revision": there, "wanted": wanted, "remedy": remedy}
    show(
        document,
        ["up to date" if is_fine else f"at {there}, wanted {wanted}: {remedy}"],
        as_json=as_json,
    )
    if not is_fine:
        raise SystemExit(REFUSED)


@db.command()
@with_settings
@with_json
def fingerprint(settings: Settings, as_json: bool) -> None:
    """Give SHA-256 over the content, without wall times and random ids.

    Equal numbers: the same is known and the same may be had, whatever happened on the way there.
    """
    with running(settings, load_county()) as runtime, runtime.engine.connect() as conn:
        found = content.fingerprint(conn)
    parts = found["parts"]
    lines = (
        [f"{name:13} {value}" for name, value in parts.items()] if isinstance(parts, dict) else []
    )
    show(found, [f"{'fingerprint':13} {found['fingerprint']}", *lines], as_json=as_json)
