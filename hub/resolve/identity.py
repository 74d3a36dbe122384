"""What an event says of who its people are."""

from collections.abc import Iterator
from datetime import date
from typing import TypeVar

from hub.model.agency import AgencyId
from hub.model.event import ROLES, Body, Value
from hub.model.person import Identifier, Identity, Name, RecordKey

T = TypeVar("T")


def identities(agency: AgencyId, body: Body) -> Iterator[tuple[str, Identity]]:
    """Give each person in the event with their role, as that agency's record of them."""
    for role in ROLES:
        for person in _records(body.get(role)):
            yield role, _identity(agency, person)


def merged(known: Identity, said: Identity) -> Identity:
    """Add what was said now to what was said before: a record keeps every statement.

    So whether two records can be joined does not depend on the order in which events were read.
    """
    return Identity(
        record=known.record,
        names=_union(known.names, said.names),
        births=_union(known.births, said.births),
        identifiers=_union(known.identifiers, said.identifiers),
    )


def _union(known: tuple[T, ...], said: tuple[T, ...]) -> tuple[T, ...]:
    return tuple(sorted({*known, *said}, key=repr))


def _identity(agency: AgencyId, person: dict[str, Value]) -> Identity:
    born = person["born"]
    exact = person["born_accuracy"] == "exact"
    return Identity(
        record=RecordKey(agency, str(person["local_id"])),
        names=tuple(
            Name(_text(each["given"]), _text(each["family"])) for each in _records(person["names"])
        ),
        births=(born,) if isinstance(born, date) and exact else (),
        identifiers=tuple(
            Identifier(str(each["scheme"]), str(each["value"]), each["verified"] is True)
            for each in _records(person["identifiers"])
        ),
    )


def _records(value: Value) -> list[dict[str, Value]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _text(value: Value) -> str | None:
    return value if isinstance(value, str) else None
