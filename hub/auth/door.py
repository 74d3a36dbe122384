"""The API's door: what a call shows, and what is known of whoever it admits."""

from dataclasses import dataclass, field
from typing import Protocol

from hub.model.client import Client, Scope
from hub.model.recipient import Recipient


@dataclass(frozen=True, slots=True)
class Call:
    """What a request shows at the door. A header that came twice is there twice."""

    method: str
    path: str
    authorization: tuple[str, ...] = field(repr=False)
    proofs: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Admitted:
    """Who calls: a client that is active, of an organisation that is. `scopes` are the token's."""

    client: Client
    organisation: Recipient
    scopes: frozenset[Scope]


class TokenRefused(Exception):
    """The call is not let in. `error` is the word that goes out; the text, the reason, does not."""

    def __init__(self, error: str, reason: str) -> None:
        super().__init__(reason)
        self.error = error


class Door(Protocol):
    """Tells who calls, or refuses."""

    def admit(self, call: Call) -> Admitted:
        """Check the token, its proof, the client and its organisation, all afresh.

        Raises:
            TokenRefused: anything of it does not hold.
        """
        ...
