"""What the authorisation server and the door want kept, and known."""

from typing import Protocol

from hub.model.agency import AgencyId
from hub.model.client import Client, SigningKey
from hub.model.recipient import Recipient


class Clients(Protocol):
    """The registered clients."""

    def client(self, id_: str) -> Client | None:
        """Give a client as it is now, disabled ones too. Nothing is remembered between two calls."""
        ...


class Organisations(Protocol):
    """The register."""

    def active(self, id_: AgencyId) -> Recipient | None:
        """Give an organisation if it takes part now, None if it does not or is suspended."""
        ...


class SigningKeys(Protocol):
    """The hub's own keys."""

    def signing_keys(self) -> list[SigningKey]:
        """Give the keys that tokens may be signed with, the current one first."""
        ...


class Replays(Protocol):
    """What was used already, whichever process it was shown to."""

    def is_first(self, mark: str, until_ms: int) -> bool:
        """Tell whether this is the first time, and remember it until then. One atomic step."""
        ...
