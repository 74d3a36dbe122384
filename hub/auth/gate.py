"""The door that stands: it believes a token only with its proof, and looks everything else up afresh.

So a client that is disabled and an organisation that is suspended are out at their next call, whatever
tokens they still hold.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from hub.auth.door import Admitted, Call, TokenRefused
from hub.auth.ports import Clients, Organisations, Replays, SigningKeys
from hub.auth.proof import Shown, prove
from hub.auth.signed import Unsound
from hub.auth.standing import standing
from hub.auth.token import AccessToken, Issuer, believe
from hub.model.client import Client
from hub.model.recipient import Recipient

AUTHORIZATION = re.compile(r"dpop +([A-Za-z0-9._~+/=-]+)", re.IGNORECASE)
INVALID_TOKEN, INVALID_PROOF = "invalid_token", "invalid_dpop_proof"


@dataclass(frozen=True)
class Gate:
    """A `Door`. All that it asks is asked again at every call."""

    issuer: Issuer
    keys: SigningKeys
    clients: Clients
    organisations: Organisations
    replays: Replays
    now: Callable[[], datetime]

    def admit(self, call: Call) -> Admitted:
        now = self.now().timestamp()
        text = _token(call.authorization)
        try:
            token = believe(text, self.issuer, self.keys.signing_keys(), now)
        except Unsound as unsound:
            raise TokenRefused(INVALID_TOKEN, str(unsound)) from None
        client, organisation = self._standing(token)
        shown = Shown(call.method, self.issuer.url + call.path, text)
        try:
            prove(call.proofs, shown, now, self.replays, token.thumbprint)
        except Unsound as unsound:
            raise TokenRefused(INVALID_PROOF, str(unsound)) from None
        return Admitted(client, organisation, token.scopes & client.scopes)

    def _standing(self, token: AccessToken) -> tuple[Client, Recipient]:
        """Give client and organisation, if both stand as they did when the token was issued."""
        client = self.clients.client(token.client)
        if client is None or client.status != "active":
            raise TokenRefused(INVALID_TOKEN, "no active client")
        if client.organisation != token.organisation:
            raise TokenRefused(INVALID_TOKEN, "another organisation")
        organisation = standing(self.organisations, client)
        if organisation is None:
            raise TokenRefused(INVALID_TOKEN, "no active organisation")
        return client, organisation


def _token(shown: tuple[str, ...]) -> str:
    if len(shown) != 1:
        raise TokenRefused(INVALID_TOKEN, "not exactly one token")
    found = AUTHORIZATION.fullmatch(shown[0])
    if found is None:
        raise TokenRefused(INVALID_TOKEN, "no DPoP-bound token")
    return found[1]
