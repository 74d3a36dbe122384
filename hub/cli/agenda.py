"""`hub agenda`: what a meeting hears, as one organisation may see it."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import click

from hub.cli.frame import show, table, with_clock, with_json, with_settings
from hub.cli.meeting import asked
from hub.cli.principal import with_principal
from hub.settings import Settings


@click.group()
def agenda() -> None:
    """Agendas: cases with children first, then by rank, with the reasons."""


@agenda.command(name="show")
@click.argument("id_", metavar="MEETING", type=click.UUID)
@with_principal
@with_settings
@with_clock
@with_json
def show_(
    settings: Settings, now: Callable[[], datetime], id_: UUID, principal: str, purpose: str, as_json: bool
) -> None:  # fmt: skip
    """Show the agenda of MEETING. It is recorded first."""
    found = asked(
        settings, now, principal, purpose, lambda meetings, asks: meetings.agenda(asks, str(id_))
    )
    cases, minutes, of = found["cases"], found["minutes"], found["meeting"]
    rows = [
        (
            each["number"],
            each["ref"],
            "children" if each["children"] else "adults",
            ", ".join(sorted({one["code"] for one in each["criteria"]})),
            "; ".join(" ".join(map(str, one.values())) for one in each["reasons"]),
        )
        for each in cases
    ]
    heading = ("no", "case", "block", "criteria", "because")
    lines = [
        f"{of['name']}, {of['held_on']}: {len(rows)} cases, {minutes['used']} of {minutes['capacity']} minutes"
        + (f", {minutes['over']} too many" if minutes["over"] else ""),
        *(table(rows, heading) if rows else []),
    ]
    show(found, lines, as_json=as_json)
