"""`hub dead-letters`: what could not be read or taken in."""

import base64
import uuid
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import click

from hub.bootstrap.consult import record_consultation
from hub.bootstrap.county import load_county
from hub.bootstrap.processes import ingest_until
from hub.bootstrap.replay import replay as replay_letters
from hub.bootstrap.runtime import Runtime, running
from hub.cli.frame import REFUSED, say, show, table, with_clock, with_json, with_settings
from hub.cli.principal import Refused, asking, with_principal
from hub.model.agency import AgencyId
from hub.settings import Settings
from hub.store.dead_letters import letter_of, letters, repair
from hub.store.lease import LeaseTaken
from hub.store.moments import from_ms


@click.group(name="dead-letters")
def dead_letters() -> None:
    """Look at, mend and replay what was set aside."""


@dead_letters.command(name="list")
@with_settings
@with_json
def list_(settings: Settings, as_json: bool) -> None:
    """List dead letters: where, why, since when. Nothing of what is in them."""
    with running(settings, load_county()) as runtime, runtime.engine.connect() as conn:
        found = [
            {
                "id": row.letter_id,
                "agency": row.agency,
                "stage": row.stage,
                "reason": row.reason,
                "detail": row.detail,
                "received_at": from_ms(row.received_ms).isoformat(),
                "attempts": row.attempts,
                "status": row.status,
            }
            for row in letters(conn)
        ]
    rows = [
        (each["id"], each["agency"], each["stage"], each["reason"], each["status"])
        for each in found
    ]
    show(found, table(rows, ("id", "agency", "stage", "reason", "status")), as_json=as_json)


@dead_letters.command(name="show")
@click.argument("id_", metavar="ID")
@with_principal
@with_settings
@with_clock
@with_json
def show_(
    settings: Settings,
    now: Callable[[], datetime],
    id_: str,
    principal: str,
    purpose: str,
    as_json: bool,
) -> None:
    """Show dead letter ID with its original bytes, to the agency that it came from. It is recorded."""
    with running(settings, load_county(), now) as runtime:
        _allow(runtime, id_, principal, purpose)
        with runtime.engine.connect() as conn:
            (row,) = letters(conn, [id_])
    letter = letter_of(row)
    document = {
        "id": id_,
        "agency": row.agency,
        "stage": row.stage,
        "reason": row.reason,
        "detail": row.detail,
        "format": row.format,
        "status": row.status,
        "held": row.held,
        "value": base64.b64encode(letter.value).decode(),
    }
    lines = [f"{name}: {value}" for name, value in document.items() if name != "value"]
    show(document, [*lines, "", letter.value.decode("utf-8", errors="replace")], as_json=as_json)


@dead_letters.command()
@click.argument("id_", metavar="ID")
@click.option("--file", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="The mended bytes: of a row, the heading line and the row.")  # fmt: skip
@with_principal
@with_settings
@with_clock
def fix(
    settings: Settings,
    now: Callable[[], datetime],
    id_: str,
    file: Path,
    principal: str,
    purpose: str,
) -> None:
    """Put mended bytes beside dead letter ID. The original ones stay. Then: `hub dead-letters replay`."""
    with running(settings, load_county(), now) as runtime:
        _allow(runtime, id_, principal, purpose)
        with runtime.engine.begin() as conn:
            repair(conn, id_, file.read_bytes())
    say(f"mended; `hub dead-letters replay {id_}` sends it through")


@dead_letters.command()
@click.argument("ids", metavar="[ID]...", nargs=-1)
@with_settings
@with_clock
@with_json
def replay(
    settings: Settings, now: Callable[[], datetime], ids: tuple[str, ...], as_json: bool
) -> None:
    """Send dead letters through again: those named, or all that were not replayed. Each goes once."""
    with running(settings, load_county(), now) as runtime:
        done = replay_letters(runtime, list(ids) or None)
        kept = _taken_in(runtime) if done.sent else 0
    document = {"replayed": len(done.sent), "kept": kept, "refused": len(done.refused)}
    lines = [f"{len(done.sent)} replayed, {kept} kept, {len(done.refused)} refused"]
    lines += [f"  {id_}: {why}" for id_, why in sorted(done.refused.items())]
    show(document, lines, as_json=as_json)
    if as_json:
        for line in lines[1:]:
            say(line)
    if done.refused:
        raise SystemExit(REFUSED)


def _taken_in(runtime: Runtime) -> int:
    """Take what was replayed in at once, unless an ingest process is there to do it."""
    try:
        return ingest_until(runtime, lambda: False, once=True, seen=lambda _: None).kept
    except LeaseTaken:
        say("the running ingest process takes them in")
        return 0


def _allow(runtime: Runtime, id_: str, principal: str, purpose: str) -> None:
    """Let the agency that it came from see it, and record that first."""
    who = asking(runtime, principal, purpose)
    with runtime.engine.connect() as conn:
        found = letters(conn, [id_])
    if not found or found[0].agency != AgencyId(who.organisation.id):
        raise Refused(f"{principal} may not have this for the purpose {purpose}")
    record_consultation(
        runtime,
        principal=principal,
        organisation=who.organisation,
        purpose=purpose,
        what=f"dead letter {uuid.UUID(id_)}",
    )
