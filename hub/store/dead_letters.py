"""Dead letters: original bytes, why they were set aside, and what became of them."""

import sqlalchemy as sa

from hub.store.metadata import Moment, table

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
