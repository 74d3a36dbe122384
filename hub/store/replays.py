"""What may be used once: assertions and proofs of possession, whichever process they are shown to."""

from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from hub.store.engine import single
from hub.store.metadata import Moment, table
from hub.store.moments import to_ms

replay = table(
    "replay",
    sa.Column("mark", sa.Text, primary_key=True),
    sa.Column("until_ms", Moment, nullable=False, index=True),
    retention="until what was used is over by its own time; at most an hour and a minute",
)

TRIM_EVERY_MS = 60_000


class SqlReplays:
    """Marks in the database: of two that show the same, the primary key lets one in."""

    def __init__(self, engine: sa.Engine, now: Callable[[], datetime]) -> None:
        self._engine, self._now, self._trimmed_ms = single(engine), now, 0

    def is_first(self, mark: str, until_ms: int) -> bool:
        try:
            with self._engine.begin() as conn:
                conn.execute(replay.insert(), {"mark": mark, "until_ms": until_ms})
        except IntegrityError:
            return False
        self._trim(to_ms(self._now()))
        return True

    def _trim(self, now_ms: int) -> None:
        """Forget what is over. A minute late does no harm: nothing of it would be believed."""
        if now_ms - self._trimmed_ms < TRIM_EVERY_MS:
            return
        self._trimmed_ms = now_ms
        with self._engine.begin() as conn:
            conn.execute(replay.delete().where(replay.c.until_ms < now_ms))
