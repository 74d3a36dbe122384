"""Who asks, and for what purpose: commands that show personal data want both, and record them first."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any, TypeVar

import click

from hub.bootstrap.runtime import Runtime
from hub.model.agency import AgencyId
from hub.model.recipient import Recipient
from hub.prepare import Reader
from hub.store.suspensions import is_active

Command = TypeVar("Command", bound=Callable[..., Any])


class Refused(click.ClickException):
    """The principal may not have this. Says no more than that, whatever the reason."""

    exit_code = 1


@dataclass(frozen=True, slots=True)
class Asking:
    """A principal (`user@organisation-id`), its organisation in the register, and the purpose stated."""

    principal: str
    organisation: Recipient
    purpose: str


def with_principal(command: Command) -> Command:
    """Add --as and --purpose, both mandatory."""

    @click.option("--as", "principal", required=True, help="Who asks: user@organisation-id.")
    @click.option(
        "--purpose", required=True, help="What for: a purpose of the organisation's agreement."
    )
    @wraps(command)
    def wrapped(*args: Any, **more: Any) -> Any:  # noqa: ANN401 - click's own
        return command(*args, **more)

    return wrapped  # type: ignore[return-value]


def reader(runtime: Runtime, principal: str, purpose: str) -> Reader:
    """Find out for whom a principal asks, as meetings want it.

    Raises:
        Refused: as `asking`.
    """
    found = asking(runtime, principal, purpose)
    return Reader(principal, replace(found.organisation, purpose=purpose))


def asking(runtime: Runtime, principal: str, purpose: str) -> Asking:
    """Find out for whom a principal asks.

    Raises:
        Refused: no such organisation, it is suspended, or the purpose is not in its agreement.
    """
    found = _organisation(runtime, principal)
    with runtime.engine.connect().execution_options(reading=True) as conn, conn.begin():
        is_refused = found is None or not is_active(conn, found) or purpose not in found.purposes
    if found is None or is_refused:
        raise Refused(f"{principal} may not have this for the purpose {purpose}")
    return Asking(principal, found, purpose)


def acting(runtime: Runtime, principal: str) -> Asking:
    """Find out for whom somebody acts, by the purpose of that organisation's subscription.

    Raises:
        Refused: no such organisation, or it is suspended.
    """
    found = _organisation(runtime, principal)
    return asking(runtime, principal, found.purpose if found else "")


def _organisation(runtime: Runtime, principal: str) -> Recipient | None:
    return runtime.county.bundle.recipients.get(AgencyId(principal.rpartition("@")[2]))
