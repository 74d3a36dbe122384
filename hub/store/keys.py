"""Each recipient's own key, from which its pseudonyms are made. Random, kept here, never shown."""

import secrets
from collections.abc import Iterable

import sqlalchemy as sa

from hub.model.agency import AgencyId
from hub.store.disclosures import recipient_key

EPOCH = 1
KEY_BYTES = 32


def recipient_keys(engine: sa.Engine, recipients: Iterable[AgencyId]) -> dict[AgencyId, bytes]:
    """Give every recipient's key of this epoch; one that has none gets it now."""
    with engine.begin() as conn:
        query = sa.select(recipient_key).where(recipient_key.c.epoch == EPOCH)
        known = {AgencyId(row.recipient): bytes(row.key) for row in conn.execute(query)}
        for recipient in recipients:
            if recipient not in known:
                known[recipient] = secrets.token_bytes(KEY_BYTES)
                row = {"recipient": recipient, "epoch": EPOCH, "key": known[recipient]}
                conn.execute(recipient_key.insert(), row)
    return known
