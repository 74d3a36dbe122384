"""`hub meeting`: the coordinator's door: make a meeting, list what is due, invite."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import click

from hub.bootstrap.county import load_county
from hub.bootstrap.meetings import Meetings
from hub.bootstrap.runtime import running
from hub.cli.frame import show, table, with_clock, with_json, with_settings
from hub.cli.principal import Refused, reader, with_principal
from hub.prepare import Made, NotDone, NotFound, Reader
from hub.settings import Settings

Answer = TypeVar("Answer")


@click.group()
def meeting() -> None:
    """MARAC meetings: made, listed, circulated."""


@meeting.command(name="list")
@with_principal
@with_settings
@with_clock
@with_json
def list_(
    settings: Settings, now: Callable[[], datetime], principal: str, purpose: str, as_json: bool
) -> None:
    """List the meetings that one prepares or is invited to, the latest first."""
    found = asked(settings, now, principal, purpose, lambda meetings, asks: meetings.all(asks))
    heading = ("id", "marac", "name", "held_on", "closes_on", "minutes", "version")
    lines = table([each.values() for each in found], heading) if found else ["no meetings"]
    show(found, lines, as_json=as_json)


@meeting.command()
@click.option("--marac", required=True, help="Which MARAC: an id in policies/maracs/.")
@click.option("--on", "held_on", required=True, type=click.DateTime(["%Y-%m-%d"]), help="The day.")
@click.option("--minutes", required=True, type=click.IntRange(1, 24 * 60), help="How long it may sit.")  # fmt: skip
@with_principal
@with_settings
@with_clock
@with_json
def create(
    settings: Settings, now: Callable[[], datetime], marac: str, held_on: datetime, minutes: int,
    principal: str, purpose: str, as_json: bool,
) -> None:  # fmt: skip
    """Make a meeting and list the cases that are due. Made again, it is the same meeting."""
    _change(
        settings, now, principal, purpose, as_json=as_json,
        change=lambda meetings, asks: meetings.create(asks, marac, held_on.date(), minutes),
    )  # fmt: skip


@meeting.command()
@click.argument("id_", metavar="MEETING", type=click.UUID)
@with_principal
@with_settings
@with_clock
@with_json
def refresh(
    settings: Settings, now: Callable[[], datetime], id_: UUID, principal: str, purpose: str, as_json: bool
) -> None:  # fmt: skip
    """List the cases that became due since MEETING was made, until its list closes."""
    _change(
        settings, now, principal, purpose, as_json=as_json,
        change=lambda meetings, asks: meetings.refresh(asks, str(id_)),
    )  # fmt: skip


@meeting.command()
@click.argument("id_", metavar="MEETING", type=click.UUID)
@with_principal
@with_settings
@with_clock
@with_json
def circulate(
    settings: Settings, now: Callable[[], datetime], id_: UUID, principal: str, purpose: str, as_json: bool
) -> None:  # fmt: skip
    """Invite to every case of MEETING whoever sits there or has a part in it, and nobody in a conflict.

    What an invitation opens is decided afresh at once, and goes out with the relay.
    """
    _change(
        settings, now, principal, purpose, as_json=as_json,
        change=lambda meetings, asks: meetings.circulate(asks, str(id_)),
    )  # fmt: skip


def asked(
    settings: Settings, now: Callable[[], datetime], principal: str, purpose: str,
    ask: Callable[[Meetings, Reader], Answer],
) -> Answer:  # fmt: skip
    """Ask meetings for somebody. What there is not and what they may not have are refused alike."""
    with running(settings, load_county(), now) as runtime:
        asks = reader(runtime, principal, purpose)
        try:
            return ask(Meetings(runtime), asks)
        except NotFound:
            raise Refused(f"{principal} may not have this for the purpose {purpose}") from None
        except NotDone as error:
            raise click.ClickException(str(error)) from None


def _change(
    settings: Settings, now: Callable[[], datetime], principal: str, purpose: str,
    change: Callable[[Meetings, Reader], Made], *, as_json: bool,
) -> None:  # fmt: skip
    made = asked(settings, now, principal, purpose, change)
    id_ = made.meeting["id"]
    document = {"meeting": id_, "listed": made.listed, "invited": made.invited}
    show(
        document,
        [f"meeting {id_}: {made.listed} cases listed, {made.invited} invitations made"],
        as_json=as_json,
    )
