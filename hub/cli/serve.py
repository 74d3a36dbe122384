"""`hub serve`: the API."""

from collections.abc import Callable
from datetime import datetime

import click

from hub.bootstrap.address import ADMIN_PORT, LOOPBACK, PORT, issuer_of
from hub.bootstrap.county import load_county
from hub.bootstrap.runtime import running
from hub.bootstrap.serve import make, operated, serve_until
from hub.cli.frame import say, with_clock, with_settings
from hub.cli.stopping import stopped
from hub.settings import Settings


@click.command()
@click.option("--host", default=LOOPBACK, show_default=True, help="Where to listen.")
@click.option("--port", default=PORT, show_default=True, help="Likewise.")
@click.option(
    "--admin-port", default=ADMIN_PORT, show_default=True, help="/readyz and /metrics, on loopback."
)
@with_settings
@with_clock
def serve(
    settings: Settings, now: Callable[[], datetime], host: str, port: int, admin_port: int
) -> None:
    """Answer the API over HTTP.

    Beyond loopback only where TLS ends in front of it: HUB_TLS_TERMINATED=1, and HUB_ISSUER the
    https:// URL at which clients reach it.
    """
    issuer = issuer_of(settings, host, port)
    with running(settings, load_county(), now) as runtime, stopped() as is_stopped:
        app = make(runtime, issuer)
        with operated(app, runtime, admin_port):
            say(f"API at {issuer}; Ctrl-C ends it")
            serve_until(app, settings, is_stopped, host=host, port=port)
