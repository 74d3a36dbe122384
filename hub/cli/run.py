"""`hub run`: all processes at once."""

from pathlib import Path

import click

from hub.bootstrap.connectors import ConnectorUnknown
from hub.bootstrap.county import load_county
from hub.bootstrap.runtime import running
from hub.bootstrap.tree import InboxUnusable, Part, connector_parts, environment_of, run_tree
from hub.cli.frame import WRONG_USE, say, with_settings
from hub.cli.stopping import stopped
from hub.settings import Settings

ALWAYS = (Part("ingest", ("ingest", "run")), Part("relay", ("relay", "run")))


@click.command()
@click.option(
    "--inbox",
    type=click.Path(path_type=Path),
    help="Folder with one inbox for each agency, named by its id (HUB_INBOX). Without: no connectors.",
)
@with_settings
def run(settings: Settings, inbox: Path | None) -> None:
    """Run connectors, ingest and relay in one process tree, until Ctrl-C or SIGTERM.

    A process that dies is started again, after a pause that grows. All end together, and with this
    one even if it is killed. First: `hub db upgrade` and `hub topics apply`.
    """
    with running(settings, load_county()):
        pass  # else every child would say what is missing
    inboxes = inbox or settings.inbox
    try:
        connectors = connector_parts(inboxes) if inboxes else []
    except (InboxUnusable, ConnectorUnknown) as error:
        say(str(error))
        raise SystemExit(WRONG_USE) from None
    parts = [*connectors, *ALWAYS]
    with stopped() as is_stopped:
        say(f"{len(parts)} processes; Ctrl-C ends them")
        run_tree(parts, environment_of(settings), is_stopped)
