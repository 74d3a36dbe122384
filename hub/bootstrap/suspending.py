"""Suspend an organisation and resume it: in force at the commit, for every process.

No turn is waited for, since turns may be long. Whoever decides or sends looks at the table in the
transaction in which it does so; the ingest process follows with recalls, or with what is to be sent.
"""

from dataclasses import dataclass
from datetime import datetime

from hub.bootstrap.runtime import Runtime
from hub.model.agency import AgencyId
from hub.model.recipient import Recipient
from hub.store import suspensions
from hub.store.ledger import changed
from hub.store.moments import from_ms, to_ms


class NotInRegister(Exception):
    """No organisation of the register has this id."""


class SuspendedByRegister(Exception):
    """The register's file says so, and no command lifts that."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How an organisation stands. `since`, where a command said so; `by`: register or command."""

    organisation: Recipient
    status: str
    by: str
    since: datetime | None


def standings(runtime: Runtime) -> list[Standing]:
    with runtime.engine.connect().execution_options(reading=True) as conn, conn.begin():
        known = suspensions.suspensions(conn)
    found = []
    for each in runtime.county.organisations:
        status, since_ms = known.get(each.id, (each.status, None))
        by = "command" if each.id in known else "register"
        if each.status == "suspended":
            status, by = each.status, "register"
        since = None if since_ms is None else from_ms(since_ms)
        found.append(Standing(each, status, by, since))
    return found


def suspend(runtime: Runtime, id_: str, *, principal: str, reason: str) -> bool:
    """Suspend an organisation; tell whether that is new.

    Raises:
        NotInRegister: there is none of this id.
    """
    organisation = _organisation(runtime, id_)
    return _change(runtime, organisation.id, "suspended", principal, reason)


def resume(runtime: Runtime, id_: str, *, principal: str, reason: str) -> bool:
    """End a suspension; tell whether there was one.

    Raises:
        NotInRegister: there is no organisation of this id.
        SuspendedByRegister: its file says so as well.
    """
    organisation = _organisation(runtime, id_)
    if organisation.status == "suspended":
        raise SuspendedByRegister(f"policies/recipients/{organisation.id}.toml says suspended")
    return _change(runtime, organisation.id, "resumed", principal, reason)


def _organisation(runtime: Runtime, id_: str) -> Recipient:
    found = runtime.county.bundle.recipients.get(AgencyId(id_))
    if found is None:
        raise NotInRegister("no organisation of the register has this id")
    return found


def _change(runtime: Runtime, id_: AgencyId, kind: str, principal: str, reason: str) -> bool:
    at_ms = to_ms(runtime.now())
    change = suspensions.suspend if kind == "suspended" else suspensions.resume
    with runtime.engine.begin() as conn:
        if not change(conn, id_, at_ms):
            return False
        changed(
            conn, at_ms=at_ms, kind=kind, recipient=id_, principal=principal, reason=reason,
            policy_version=runtime.county.bundle.version,
        )  # fmt: skip
    return True
