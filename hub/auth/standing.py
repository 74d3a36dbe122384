"""Whether a client's organisation stands: it takes part, and still has what the client acts by."""

from hub.auth.ports import Organisations
from hub.model.client import Client
from hub.model.recipient import Recipient


def standing(organisations: Organisations, client: Client) -> Recipient | None:
    """Give the organisation as it is now, or None."""
    found = organisations.active(client.organisation)
    if found is None or client.role not in found.roles or client.lawful_basis not in found.bases:
        return None
    return found
