"""`hub synth`: a county of invented people."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click

from hub.cli.frame import WRONG_USE, say, show, with_clock, with_json
from hub.synth.write import FolderTaken, write_county


@click.group()
def synth() -> None:
    """Invent people and households, and what agencies would write about them."""


@synth.command()
@click.option("--out", required=True, type=click.Path(path_type=Path), help="A new folder.")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same bytes.")
@click.option("--people", default=2000, show_default=True, type=click.IntRange(min=2))
@click.option(
    "--years", default=1.0, show_default=True, type=click.FloatRange(min=0, min_open=True)
)
@with_clock
@with_json
def write(
    out: Path, seed: int, people: int, years: float, now: Callable[[], datetime], as_json: bool
) -> None:
    """Write every agency's files in its own format, with the truth kept apart."""
    try:
        found = write_county(out, seed=seed, people=people, years=years, until=now().date())
    except FolderTaken as error:
        say(str(error))
        raise SystemExit(WRONG_USE) from None
    lines = [f"{found.people} people in {found.households} households, {found.incidents} incidents"]
    lines += [
        f"  {agency}: {count} files, {found.rows[agency]} rows"
        for agency, count in found.files.items()
    ]
    show(asdict(found), lines, as_json=as_json)
