"""The hub's signing keys, read afresh each time: a key that was taken back signs and opens nothing."""

from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa

from hub.model.client import SigningKey
from hub.store.engine import single
from hub.store.metadata import Moment, table
from hub.store.moments import to_ms

signing_key = table(
    "signing_key",
    sa.Column("kid", sa.Text, primary_key=True),
    sa.Column("jwk", sa.Text, nullable=False),
    sa.Column("made_ms", Moment, nullable=False),
    sa.Column("published_until_ms", Moment, nullable=False, index=True),
    retention="until the last token that it signed is over; then at the next rotation",
)

FOR_EVER = 2**53
"""Until when a key is published that nothing has taken the place of."""


class SqlSigningKeys:
    """The keys in the database."""

    def __init__(self, engine: sa.Engine, now: Callable[[], datetime]) -> None:
        self._engine, self._now = single(engine, reading=True), now

    def signing_keys(self) -> list[SigningKey]:
        with self._engine.connect() as conn:
            return signing_keys(conn, to_ms(self._now()))


def signing_keys(conn: sa.Connection, now_ms: int) -> list[SigningKey]:
    """Give the keys that are published now, the one that signs first."""
    until = signing_key.c.published_until_ms
    query = sa.select(signing_key).where(until > now_ms)
    newest_first = query.order_by(until.desc(), signing_key.c.made_ms.desc(), signing_key.c.kid)
    return [
        SigningKey(row.kid, row.jwk, is_current=row.published_until_ms == FOR_EVER)
        for row in conn.execute(newest_first)
    ]


def rotate(conn: sa.Connection, kid: str, jwk: str, *, now_ms: int, old_until_ms: int) -> None:
    """Sign with this key from now on.

    Those before it are published until then at the longest; those that are over are removed.
    """
    until = signing_key.c.published_until_ms
    conn.execute(signing_key.delete().where(until <= now_ms))
    shorter = signing_key.update().where(until > old_until_ms)
    conn.execute(shorter.values(published_until_ms=old_until_ms))
    new = {"kid": kid, "jwk": jwk, "made_ms": now_ms, "published_until_ms": FOR_EVER}
    conn.execute(signing_key.insert(), new)
