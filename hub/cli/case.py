"""`hub case`: one case across agencies, as one organisation may see it."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import click

from hub.cli.frame import show, with_clock, with_json, with_settings
from hub.cli.meeting import asked
from hub.cli.principal import with_principal
from hub.settings import Settings


@click.group()
def case() -> None:
    """Cases on an agenda: who, why it is there, what happened, what is held back."""


@case.command(name="show")
@click.argument("ref", metavar="REF", type=click.UUID)
@with_principal
@with_settings
@with_clock
@with_json
def show_(
    settings: Settings, now: Callable[[], datetime], ref: UUID, principal: str, purpose: str, as_json: bool
) -> None:  # fmt: skip
    """Show the case that stands on an agenda under REF. It is recorded first."""
    found = asked(
        settings, now, principal, purpose, lambda meetings, asks: meetings.case(asks, str(ref))
    )
    show(found, _lines(found), as_json=as_json)


def _lines(found: Mapping[str, Any]) -> Iterator[str]:
    yield f"case {found['ref']}, as of {found['as_of']}, for {found['purpose']}"
    for each in found["criteria"]:
        since = (
            f"since {each['standing_since']}" if each["stands"] else f"lapsed {each['lapsed_on']}"
        )
        anchor = f" after {each['anchor']}" if "anchor" in each else ""
        yield f"  {each['code']}{anchor}, {since}: {', '.join(each['events']) or 'evidence not shown'}"
    for role, people in found["people"].items():
        yield ""
        yield role
        for one in people:
            yield f"  {one['person']}  {_text({n: v for n, v in one.items() if n not in ('person', 'reached_by')})}"  # fmt: skip
            for way in one.get("reached_by", ()):
                yield f"      {_text(way)}"
    yield ""
    yield "timeline"
    for each in found["timeline"]:
        said = {n: v for n, v in each.items() if n not in ("event", "type", "occurred_at")}
        yield f"  {each['event']}  {_when(each.get('occurred_at'))}  {each['type']}  {_text(said)}"
    yield ""
    yield "held back by the policy, whatever is in it"
    for each in found["withheld"]:
        yield f"  {each['type']}: {', '.join(f'{name} ({how})' for name, how in each['fields'].items())}"


def _when(value: object) -> str:
    return str(value.get("value", "")) if isinstance(value, dict) else str(value or "-")


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
