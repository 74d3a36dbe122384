"""`hub run`: all processes at once."""

from pathlib import Path

import click

from hub.bootstrap.address import ADMIN_PORT, LOOPBACK, PORT, issuer_of
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
@click.option("--host", default=LOOPBACK, show_default=True, help="Where the API listens.")
@click.option("--port", default=PORT, show_default=True, help="Likewise.")
@click.option(
    "--admin-port", default=ADMIN_PORT, show_default=True, help="/readyz and /metrics, on loopback."
)
@with_settings
def run(settings: Settings, inbox: Path | None, host: str, port: int, admin_port: int) -> None:
    """Run connectors, ingest, relay and the API in one process tree, until Ctrl-C or SIGTERM.

    A process that dies is started again, after a pause that grows. All end together, and with this
    one even if it is killed. First: `hub db upgrade` and `hub topics apply`.
    """
    issuer_of(settings, host, port)  # it would never start
    with running(settings, load_county()):
        pass  # else every child would say what is missing
    inboxes = inbox or settings.inbox
    try:
        connectors = connector_parts(inboxes) if inboxes else []
    except (InboxUnusable, ConnectorUnknown) as error:
        say(str(error))
        raise SystemExit(WRONG_USE) from None
    where = ("--host", host, "--port", str(port), "--admin-port", str(admin_port))
    parts = [*connectors, *ALWAYS, Part("api", ("serve", *where))]
    with stopped() as is_stopped:
        say(f"{len(parts)} processes; Ctrl-C ends them")
        run_tree(parts, environment_of(settings), is_stopped)
