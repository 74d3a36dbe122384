"""A door for tests of routes: whoever names a client in the header Authorization is that client."""

from collections.abc import Mapping
from dataclasses import dataclass

from hub.auth.door import Admitted, Call, TokenRefused
from hub.model.agency import AgencyId
from hub.model.client import Client, ClientId, Scope
from hub.model.recipient import Recipient


@dataclass(frozen=True)
class NamedDoor:
    """Admits `Authorization: Test CLIENT` with all the scopes that the client has."""

    clients: Mapping[str, Admitted]

    def admit(self, call: Call) -> Admitted:
        scheme, _, name = " ".join(call.authorization).partition(" ")
        if scheme != "Test" or name not in self.clients:
            raise TokenRefused("invalid_token", "no such client")
        return self.clients[name]


def admitted(
    organisation: Recipient,
    *scopes: Scope,
    client: str = "",
    role: str | None = None,
    purposes: tuple[str, ...] | None = None,
) -> Admitted:
    """Give a client of an organisation, in its first role and for all its purposes."""
    return Admitted(
        client=Client(
            id=ClientId(client or f"{organisation.id}-system"),
            organisation=AgencyId(organisation.id),
            role=role or organisation.role,
            lawful_basis=organisation.lawful_basis,
            purposes=frozenset(organisation.purposes if purposes is None else purposes),
            scopes=frozenset(scopes or Scope),
            status="active",
            jwks='{"keys": []}',
        ),
        organisation=organisation,
        scopes=frozenset(scopes or Scope),
    )
