"""Dead letters: original bytes, why they were set aside, and what became of them."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from hub.model.agency import AgencyId
from hub.model.dead_letter import DeadLetter, Reason, Stage
from hub.store.metadata import Moment, table
from hub.store.moments import from_ms, headers_from_text

dead_letter = table(
    "dead_letter",
    sa.Column("letter_id", sa.Text, primary_key=True),
    sa.Column("stage", sa.Text, nullable=False),
    sa.Column("agency", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("format", sa.Text, nullable=False),
    sa.Column("key", sa.LargeBinary, nullable=False),
    sa.Column("value", sa.LargeBinary, nullable=False),
    sa.Column("headers", sa.Text, nullable=False),
    sa.Column("held", sa.Text, nullable=False),
    sa.Column("received_ms", Moment, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("repaired", sa.LargeBinary),
    retention="as its source's events; ninety days after it was replayed",
)

OPEN, REPAIRED, REPLAYED = "open", "repaired", "replayed"


def letters(conn: sa.Connection, ids: Sequence[str] | None = None) -> list[sa.Row[Any]]:
    """Give dead letters, the oldest first; all of them, or those of these ids."""
    query = sa.select(dead_letter).order_by(dead_letter.c.received_ms, dead_letter.c.letter_id)
    if ids is not None:
        query = query.where(dead_letter.c.letter_id.in_(sorted(ids)))
    return list(conn.execute(query))


def letter_of(row: sa.Row[Any]) -> DeadLetter:
    """Give the dead letter of a row, with the mended bytes where somebody mended it."""
    return DeadLetter(
        stage=Stage(row.stage),
        agency=AgencyId(row.agency),
        reason=Reason(row.reason),
        detail=row.detail,
        format=row.format,
        value=bytes(row.value if row.repaired is None else row.repaired),
        received_at=from_ms(row.received_ms),
        key=bytes(row.key),
        headers=headers_from_text(row.headers),
        held="" if row.repaired is not None else row.held,
    )


def repair(conn: sa.Connection, id_: str, value: bytes) -> None:
    """Keep mended bytes beside the original ones, which stay."""
    one = dead_letter.update().where(dead_letter.c.letter_id == id_)
    conn.execute(one.values(repaired=value, status=REPAIRED))


def tried(conn: sa.Connection, id_: str, *, replayed: bool) -> None:
    """Count an attempt, and note if it went through."""
    changed: dict[str, object] = {"attempts": dead_letter.c.attempts + 1}
    if replayed:
        changed["status"] = REPLAYED
    conn.execute(dead_letter.update().where(dead_letter.c.letter_id == id_).values(**changed))
