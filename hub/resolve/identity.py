"""What an event says of who its people are."""

import re
from collections.abc import Iterator
from datetime import date
from typing import TypeVar

from hub.model.agency import AgencyId
from hub.model.event import ROLES, Body, Value
from hub.model.person import Identifier, Identity, Name, RecordKey

T = TypeVar("T")

POSTCODE = re.compile(r"(?!ZZ99)[A-Z]{1,2}[0-9][0-9A-Z]?[0-9][A-Z]{2}")
"""A whole postcode. ZZ99 stands for no fixed abode and the like: many share it."""
UNKNOWN = "unknown"


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
        postcodes=_union(known.postcodes, said.postcodes),
        genders=_union(known.genders, said.genders),
    )


def postcode(text: str | None) -> str | None:
    """Bring a postcode to capitals without spaces; nothing where it is not a whole one."""
    plain = "".join((text or "").split()).upper()
    return plain if POSTCODE.fullmatch(plain) else None


def _union(known: tuple[T, ...], said: tuple[T, ...]) -> tuple[T, ...]:
    if not said or said == known:
        return known  # which is sorted, since it came out of here
    if not known and len(said) == 1:
        return said
    return tuple(sorted({*known, *said}, key=repr))


def _identity(agency: AgencyId, person: dict[str, Value]) -> Identity:
    born = person["born"]
    exact = person["born_accuracy"] == "exact"
    gender = person["gender"]
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
        postcodes=tuple(sorted(_postcodes(person))),
        genders=(gender,) if isinstance(gender, str) and gender != UNKNOWN else (),
    )


def _postcodes(person: dict[str, Value]) -> set[str]:
    """Give the postcodes of ordinary addresses. Where somebody is kept safe links nobody.

    An agency may write the safe address among the ordinary ones as well: there it counts as safe.
    """
    found = {postcode(_text(each["postcode"])) for each in _records(person["addresses"])}
    safe = person.get("safe_address")
    kept_safe = postcode(_text(safe["postcode"])) if isinstance(safe, dict) else None
    return {each for each in found if each is not None and each != kept_safe}


def _records(value: Value) -> list[dict[str, Value]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _text(value: Value) -> str | None:
    return value if isinstance(value, str) else None
