"""`hub clients`: the systems that may call the API."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from hub.bootstrap import clients as registered
from hub.bootstrap.clients import Wanted, key_file, make_key
from hub.bootstrap.county import load_county
from hub.bootstrap.runtime import running
from hub.cli.frame import say, show, table, with_clock, with_json, with_settings
from hub.model.client import Client, Scope
from hub.settings import Settings
from hub.store.clients import all_clients

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class KeySource:
    """Where a client's new public keys come from: a file of theirs, or a key that is made here."""

    jwks: Path | None
    key_out: Path | None

    def public(self, settings: Settings, client: str) -> str:
        if self.jwks is not None:
            return self.jwks.read_text("utf-8")
        path = self.key_out or key_file(settings.home, client)
        made = make_key(path)
        say(f"the private key is in {path}: hand it over safely, and keep no copy")
        return made


def with_keys(command: Command) -> Command:
    """Add --jwks and --key-out, and pass them on as `source`."""

    @click.option(
        "--jwks",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="Its public keys, a JSON Web Key Set. Without, a key is made for it.",
    )
    @click.option(
        "--key-out",
        type=click.Path(dir_okay=False, path_type=Path),
        help="Where to write the key that is made. Default: clients/CLIENT.json in the data folder.",
    )
    @wraps(command)
    def wrapped(*args: Any, jwks: Path | None, key_out: Path | None, **more: Any) -> Any:  # noqa: ANN401 - click's own
        return command(*args, source=KeySource(jwks, key_out), **more)

    return wrapped  # type: ignore[return-value]


@click.group()
def clients() -> None:
    """Register the systems that may call the API, each of one organisation of the register."""


@clients.command()
@click.argument("client")
@click.option("--organisation", required=True, help="Its organisation: `hub agencies list`.")
@click.option(
    "--role", help="The role in which it acts. Default: that of the organisation's topic."
)
@click.option("--basis", help="The lawful basis. Default: likewise.")
@click.option(
    "--purpose", "purposes", multiple=True, help="May be given again. Default: all it has."
)
@click.option(
    "--scope", "scopes", multiple=True, required=True, type=click.Choice([each.value for each in Scope]),
    help="What it may call. May be given again.",
)  # fmt: skip
@with_keys
@with_settings
@with_clock
@with_json
def add(
    settings: Settings, now: Callable[[], datetime], client: str, organisation: str, role: str | None,
    basis: str | None, purposes: tuple[str, ...], scopes: tuple[str, ...], source: KeySource,
    as_json: bool,
) -> None:  # fmt: skip
    """Register CLIENT."""
    wanted = Wanted(client, organisation, role, basis, purposes, scopes)
    with running(settings, load_county(), now) as runtime:
        registered.check(runtime, wanted)
        public = source.public(settings, client)
        _show(registered.add(runtime, wanted, public), as_json=as_json)


@clients.command()
@click.argument("client")
@with_keys
@click.option("--at-once", is_flag=True, help="The key before became known: it stops now.")
@with_settings
@with_clock
@with_json
def rotate(
    settings: Settings, now: Callable[[], datetime], client: str, source: KeySource,
    at_once: bool, as_json: bool,
) -> None:  # fmt: skip
    """Give CLIENT a new key. The one before is good until the next time."""
    with running(settings, load_county(), now) as runtime:
        registered.named(runtime, client)
        public = source.public(settings, client)
        _show(registered.rotate(runtime, client, public, at_once=at_once), as_json=as_json)


@clients.command()
@click.argument("client")
@with_settings
@with_clock
@with_json
def disable(settings: Settings, now: Callable[[], datetime], client: str, as_json: bool) -> None:
    """Shut CLIENT out from its next call on, whatever tokens it holds. Its name is not given again."""
    with running(settings, load_county(), now) as runtime:
        _show(registered.disable(runtime, client), as_json=as_json)


@clients.command(name="list")
@with_settings
@with_clock
@with_json
def list_(settings: Settings, now: Callable[[], datetime], as_json: bool) -> None:
    """List the clients, disabled ones too."""
    with running(settings, load_county(), now) as runtime, runtime.engine.begin() as conn:
        found = all_clients(conn)
    rows = [
        (each.id, each.organisation, each.status, ", ".join(sorted(each.scopes)), ", ".join(sorted(each.purposes)))
        for each in found
    ]  # fmt: skip
    heading = ("client", "organisation", "status", "scopes", "purposes")
    show([_document(each) for each in found], table(rows, heading), as_json=as_json)


def _show(client: Client, *, as_json: bool) -> None:
    line = f"{client.id} of {client.organisation}: {client.status}, {len(_kids(client))} keys"
    show(_document(client), [line], as_json=as_json)


def _document(client: Client) -> dict[str, object]:
    return {
        "id": client.id,
        "organisation": client.organisation,
        "role": client.role,
        "lawful_basis": client.lawful_basis,
        "purposes": sorted(client.purposes),
        "scopes": sorted(client.scopes),
        "status": client.status,
        "keys": _kids(client),
    }


def _kids(client: Client) -> list[str | None]:
    return [each.get("kid") for each in json.loads(client.jwks)["keys"]]
