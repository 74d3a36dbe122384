"""Clients: the systems that may call, each of one organisation of the register, and what they may call.

A scope says what a client may call. What it may see is another question, that of purpose and policy.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, NewType, TypeAlias

from hub.model.agency import AgencyId

ClientId = NewType("ClientId", str)
ClientStatus: TypeAlias = Literal["active", "disabled"]


class Scope(StrEnum):
    """Each names one kind of call. A client has those that it was registered with, and no others."""

    REFERRALS_WRITE = "referrals.write"
    REFERRALS_READ = "referrals.read"
    MEETINGS_WRITE = "meetings.write"
    MEETINGS_READ = "meetings.read"
    CASES_READ = "cases.read"


MEANING = {
    Scope.REFERRALS_WRITE: "Push a referral.",
    Scope.REFERRALS_READ: "Read the status of one's own referrals.",
    Scope.MEETINGS_WRITE: "Create meetings and say who is invited.",
    Scope.MEETINGS_READ: "Read meetings and their agendas.",
    Scope.CASES_READ: "Read the consolidated view of a case, as far as the policy gives it.",
}


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


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key with which the hub signs access tokens. `jwk` is private, as JSON."""

    kid: str
    jwk: str = field(repr=False)
    is_current: bool
