"""Clients: the systems that may call, each of one organisation of the register."""

from dataclasses import dataclass, field
from typing import Literal, NewType, TypeAlias

from hub.auth.scopes import Scope
from hub.model.agency import AgencyId

ClientId = NewType("ClientId", str)
ClientStatus: TypeAlias = Literal["active", "disabled"]


@dataclass(frozen=True, slots=True)
class Client:
    """One system of one organisation.

    `role` and `lawful_basis` are those in which it acts; `purposes` those it may state. All are words
    of its organisation's entry in the register. `jwks` is a JSON Web Key Set of public keys.
    """

    id: ClientId
    organisation: AgencyId
    role: str
    lawful_basis: str
    purposes: frozenset[str]
    scopes: frozenset[Scope]
    status: ClientStatus
    jwks: str = field(repr=False)
