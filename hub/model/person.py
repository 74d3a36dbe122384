"""Records and people: what agencies say of someone, and the human being it is about."""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, NewType

from hub.model.agency import AgencyId

PersonId = NewType("PersonId", str)


class RecordKey(NamedTuple):
    """A record: what one agency says of one person. `local_id` is the agency's own key for them."""

    agency: AgencyId
    local_id: str


@dataclass(frozen=True, slots=True)
class Name:
    """One of a person's names, as written."""

    given: str | None
    family: str | None


@dataclass(frozen=True, slots=True)
class Identifier:
    """A number by which others know a person, and whether the agency checked it with its issuer."""

    scheme: str
    value: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Identity:
    """All that an agency has said of who somebody is: what linking may look at.

    `births` are the dates of birth that were given as exact. `postcodes` are those of ordinary
    addresses, in capitals and without spaces; a safe address is never among them, and no telephone
    number is: households share it. `genders` leaves out what is unknown.
    """

    record: RecordKey
    names: tuple[Name, ...] = ()
    births: tuple[date, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    postcodes: tuple[str, ...] = ()
    genders: tuple[str, ...] = ()

    def __hash__(self) -> int:
        """Hash the key alone: what is worked out from an identity is looked up by it very often."""
        return hash(self.record)


@dataclass(frozen=True, slots=True)
class Judgement:
    """Who decided something about records, and why. The reason is theirs, in words."""

    actor: str
    reason: str
