"""`hub token`: an access token, the way that every client gets one, without writing a client."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import click

from hub.auth.present import make_proof, token_fields
from hub.auth.server import TokenRequest
from hub.auth.signed import Unsound
from hub.bootstrap.access import open_access
from hub.bootstrap.address import LOOPBACK, PORT, issuer_of
from hub.bootstrap.clients import ClientRefused, key_file, named
from hub.bootstrap.county import load_county
from hub.bootstrap.runtime import running
from hub.cli.frame import show, with_clock, with_json, with_settings
from hub.settings import Settings

CALL = ("method", "path")


@click.command()
@click.option("--client", required=True, help="A registered client: `hub clients list`.")
@click.option("--scope", "scopes", multiple=True, help="May be given again. Default: all it has.")
@click.option(
    "--key",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Its private key. Default: the one that `hub clients add` made.",
)
@click.option("--call", help="Also a DPoP proof for one call, such as 'GET /v1/cases/REF'.")
@click.option("--port", default=PORT, show_default=True, help="Of `hub serve`.")
@with_settings
@with_clock
@with_json
def token(
    settings: Settings, now: Callable[[], datetime], client: str, scopes: tuple[str, ...],
    key: Path | None, call: str | None, port: int, as_json: bool,
) -> None:  # fmt: skip
    """Get an access token for a client, bound to the client's own key.

    Nobody gets one without the key: the client's assertion is made with it and checked as any other.
    """
    issuer_url = issuer_of(settings, LOOPBACK, port)
    with running(settings, load_county(), now) as runtime:
        access = open_access(runtime, issuer_url)
        wanted = " ".join(scopes or sorted(named(runtime, client).scopes))
        jwk, at = _key(key or key_file(settings.home, client)), now().timestamp()
        try:
            fields = token_fields(client, jwk, access.issuer, wanted, at)
            proof = make_proof(jwk, "POST", access.issuer.token_url, at)
        except (Unsound, ValueError):
            raise ClientRefused("that file holds no private key of a client") from None
        answer = access.endpoint.answer(TokenRequest(fields, (proof,)))
    if "error" in answer.body:
        raise ClientRefused(f"no token: {answer.body['error']}")
    found = dict(answer.body)
    text = str(found["access_token"])
    if call is not None:
        method, path = _call(call)
        found["proof"] = make_proof(jwk, method, issuer_url + path, at, text)
    show(found, [text, *([str(found["proof"])] if call else [])], as_json=as_json)


def _key(path: Path) -> str:
    if not path.exists():
        raise ClientRefused("its key is not in the data folder: name the file with --key")
    return path.read_text("ascii")


def _call(text: str) -> tuple[str, str]:
    parts = text.split(" ")
    if len(parts) != len(CALL) or not parts[1].startswith("/"):
        raise click.BadParameter("write a call as 'GET /v1/cases/REF'", param_hint="--call")
    return parts[0].upper(), parts[1].partition("?")[0]
