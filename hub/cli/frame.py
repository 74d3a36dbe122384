"""What all commands share: options, one JSON document or text for people, and how they end."""

import json
import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, time
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

import click

from hub.bootstrap.clock import utc_now
from hub.bootstrap.parent import end_with_parent
from hub.model.faults import Refusal, WrongUse
from hub.model.strict import PolicyFault
from hub.settings import settings

Command = TypeVar("Command", bound=Callable[..., Any])

REFUSED, WRONG_USE = 1, 2


class Nouns(click.Group):
    """Finds each noun in its own module, and turns what goes wrong into one line that says what to do.

    No cause's text is printed: it may hold a person's data.
    """

    def __init__(self, *args: Any, nouns: Mapping[str, str], **more: Any) -> None:  # noqa: ANN401 - click's own
        super().__init__(*args, **more)
        self._nouns = nouns

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's own
        return list(self._nouns)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as above
        """List the nouns without loading any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self._nouns.items()))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        if cmd_name not in self._nouns:
            return None
        name = cmd_name.replace("-", "_")
        found = getattr(import_module(f"hub.cli.{name}"), name)
        if not isinstance(found, click.Command):
            raise TypeError(f"hub.cli.{name} holds no command")
        return found

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's own
        keep_libraries_quiet()
        end_with_parent()
        try:
            return super().invoke(ctx)
        except PolicyFault as fault:
            document = {
                "file": fault.file,
                "rule": fault.rule,
                "fault": fault.fault,
                "remedy": fault.remedy,
            }
            click.echo(json.dumps(document))
            say(f"{fault.file}: {fault.fault}. {fault.remedy}")
            raise SystemExit(WRONG_USE) from None
        except WrongUse as fault:
            say(str(fault))
            raise SystemExit(WRONG_USE) from None
        except Refusal as error:
            say(error.told.format(error))
            raise SystemExit(REFUSED) from None


def with_settings(command: Command) -> Command:
    """Add --db, --log, --home, and pass them on as one `settings`."""

    @click.option("--db", help="Database URL (HUB_DB). Default: SQLite in the data folder.")
    @click.option(
        "--log", "log_", help="Event log (HUB_LOG): sql: or kafka://host:port. Default: sql:"
    )
    @click.option("--home", help="Data folder (HUB_HOME). Default: ./hub-data")
    @wraps(command)
    def wrapped(*args: Any, db: str | None, log_: str | None, home: str | None, **more: Any) -> Any:  # noqa: ANN401 - click's own
        return command(*args, settings=settings(db=db, log=log_, home=home), **more)

    return wrapped  # type: ignore[return-value]


def with_json(command: Command) -> Command:
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")(command)


def with_policies(command: Command) -> Command:
    """Add --policies, the folder of another bundle."""
    return click.option(
        "--policies",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        help="Another bundle.",
    )(command)


def with_clock(command: Command) -> Command:
    """Add --as-of, and pass on a clock as `now`."""

    @click.option("--as-of", help="Instant (RFC 3339) or day that replaces the clock.")
    @wraps(command)
    def wrapped(*args: Any, as_of: str | None, **more: Any) -> Any:  # noqa: ANN401 - click's own
        moment = None if as_of is None else instant(as_of)
        return command(*args, now=utc_now if moment is None else lambda: moment, **more)

    return wrapped  # type: ignore[return-value]


def instant(text: str) -> datetime:
    """Read an instant; a day alone means its end, UTC.

    Raises:
        click.BadParameter: it is neither.
    """
    try:
        if len(text) == len("2026-01-31"):
            return datetime.combine(date.fromisoformat(text), time(23, 59, 59), UTC)
        found = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(
            "write an instant as 2026-11-24T09:00:00Z or a day as 2026-11-24"
        ) from None
    if found.tzinfo is None:
        raise click.BadParameter("write the instant's zone: 2026-11-24T09:00:00Z")
    return found.astimezone(UTC)


def show(document: object, lines: Iterable[str], *, as_json: bool) -> None:
    """Print one JSON document, or text for people."""
    if as_json:
        click.echo(json.dumps(document, ensure_ascii=False))
        return
    for line in lines:
        click.echo(line)


def say(text: str) -> None:
    """Tell a person something, on standard error."""
    click.echo(text, err=True)


def keep_libraries_quiet() -> None:
    """Log nothing but lines of ours: what libraries write may hold what they were handed."""
    logging.getLogger().addHandler(logging.NullHandler())


def table(rows: Iterable[Iterable[object]], heading: Iterable[str]) -> list[str]:
    """Lay out rows for people: columns as wide as they need to be, numbers to the right."""
    cells = [[str(cell) for cell in row] for row in [list(heading), *rows]]
    widths = [max(len(row[index]) for row in cells) for index in range(len(cells[0]))]
    return [
        "  ".join(
            cell.rjust(width) if cell.isdecimal() else cell.ljust(width)
            for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in cells
    ]
