"""Recipients: the organisations that may be given something, as the register knows them.

Rules speak of types of agency; the register speaks of organisations. No entry, no topic.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal, TypeAlias

from hub.model.agency import AgencyId, AgencyType

Status: TypeAlias = Literal["active", "suspended"]


@dataclass(frozen=True, slots=True)
class StaffMember:
    """Someone who can read what the organisation gets: never told about themselves.

    The text of this object is empty on purpose: a name must not reach a log by way of `repr`.
    """

    given: str = field(repr=False)
    family: str = field(repr=False)
    born: date | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Recipient:
    """One organisation's entry in the register.

    `duty_desk` is the telephone on which other agencies ring about a case. `role`, `purpose` and `lawful_basis` are those of its subscription, the topic
    `hub.out.<id>.safeguarding.v1`; `roles`, `purposes` and `bases` are all that its agreement allows.
    """

    id: AgencyId
    name: str
    type: AgencyType
    aliases: tuple[str, ...]
    role: str
    purpose: str
    lawful_basis: str
    roles: tuple[str, ...]
    purposes: tuple[str, ...]
    bases: tuple[str, ...]
    agreement: str
    duty_desk: str
    status: Status
    source: bool
    receives: bool
    staff: tuple[StaffMember, ...]
