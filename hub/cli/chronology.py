"""`hub chronology`: a past case looked back on. It reads one file, keeps nothing and opens no database."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import click

from hub.assess.history import Begun
from hub.assess.timeline import day_of
from hub.bootstrap.chronology import (
    Chronology,
    ChronologyUnreadable,
    look_back,
    read_events,
)
from hub.bootstrap.county import load_county
from hub.cli.frame import instant, say, show, table, with_json, with_policies
from hub.model.event import EventId


@click.group()
def chronology() -> None:
    """Look back on a case: which criterion stood from which day, and on what it rested."""


@chronology.command()
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--as-of",
    help="Day at whose end to stop looking, or an instant of it. Default: the whole file.",
)
@click.option(
    "--accept",
    multiple=True,
    type=int,
    help="Number of a contested referral that a person judged to be sound.",
)
@with_policies
@with_json
def run(
    path: Path, as_of: str | None, accept: tuple[int, ...], policies: Path | None, as_json: bool
) -> None:
    """Show what would have been raised, and when, had the hub seen the events in PATH.

    PATH is JSON Lines of number, agency, type, received_at and event; event as in
    schemas/<event>/examples. What came later is never known earlier.
    """
    county = load_county(policies)
    try:
        events = read_events(path.read_text("utf-8-sig"), county)
    except UnicodeDecodeError:
        raise click.UsageError("the file is not UTF-8") from None
    except ChronologyUnreadable as error:
        raise click.UsageError(
            f"{error}. Each line is one event; schemas/<event>/examples has one of each type"
        ) from None
    if strangers := set(accept) - {number for number, _ in events}:
        raise click.UsageError(f"no event {min(strangers)} in the file: --accept takes its number")
    found = look_back(events, county.book, None if as_of is None else _day(as_of), accept)
    _tell(found)
    document = [_entry(each, found) for each in found.entries]
    show(document, _lines(found), as_json=as_json)


def _day(text: str) -> date:
    """Read a day, or the day in London of an instant."""
    found = instant(text)
    return found.date() if len(text) == len("2026-01-31") else day_of(found)


def _tell(found: Chronology) -> None:
    """Say on standard error what a reviewer has to know beside the entries: numbers, no data."""
    for numbers, text in (
        (found.contested, "raises nothing: its victim is named as perpetrator; judge it, and give its number to --accept"),
        (found.unknown_instruments, "raises nothing by count: its instrument is not in policies/instruments"),
        (found.clashes, "is left out: an event with the same source, key and version came before and says another thing"),
    ):  # fmt: skip
        for number in numbers:
            say(f"event {number} {text}")


def _entry(each: Begun, found: Chronology) -> dict[str, object]:
    """Write an entry; what it does not have is not there."""
    optional = {
        "anchor": each.anchor,
        "unattributed": _numbers(each.unattributed, found) or None,
        "lapsed_on": each.lapsed_on and each.lapsed_on.isoformat(),
        "until": each.until and each.until.isoformat(),
        "joined_case": each.joined_case,
    }
    return {
        "on": each.on.isoformat(),
        "kind": "criterion",
        "code": each.code,
        "events": _numbers(each.events, found),
        "case": each.case,
        **{name: value for name, value in optional.items() if value is not None},
    }


def _numbers(events: Iterable[EventId], found: Chronology) -> list[int]:
    return sorted(found.numbers[each] for each in events)


def _lines(found: Chronology) -> list[str]:
    rows = [
        (
            each.on,
            f"{each.code} after the {each.anchor}" if each.anchor else each.code,
            each.case,
            ", ".join(map(str, _numbers(each.events, found))),
            _end(each),
        )
        for each in found.entries
    ]
    if not rows:
        return ["no criterion stood at any time"]
    return table(rows, ("on", "criterion", "case", "rests on", ""))


def _end(each: Begun) -> str:
    if each.until:
        return f"stood until {each.until}: what it rested on was taken back or changed"
    if each.joined_case:
        return f"went on in case {each.joined_case}"
    return f"lapsed on {each.lapsed_on}" if each.lapsed_on else ""
