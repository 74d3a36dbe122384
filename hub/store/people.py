"""Records, the keys they are found by, the links between them, and the people they make up."""

import sqlalchemy as sa

from hub.store.metadata import Moment, table

record = table(
    "record",
    sa.Column("agency", sa.Text, primary_key=True),
    sa.Column("local_id", sa.Text, primary_key=True),
    sa.Column("person_id", sa.Text, nullable=False, index=True),
    sa.Column("identity", sa.Text, nullable=False),
    retention="as the newest event that names it",
)
record_key = table(
    "record_key",
    sa.Column("mark", sa.Text, primary_key=True),
    sa.Column("agency", sa.Text, primary_key=True),
    sa.Column("local_id", sa.Text, primary_key=True),
    retention="as the record",
)
"""`mark`: a hash of what records have in common, see `hub.resolve.keys`."""

link_decision = table(
    "link_decision",
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("at_ms", Moment, nullable=False),
    sa.Column("ended_ms", Moment),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("tier", sa.SmallInteger, nullable=False),
    sa.Column("a_agency", sa.Text, nullable=False),
    sa.Column("a_local_id", sa.Text, nullable=False),
    sa.Column("b_agency", sa.Text, nullable=False),
    sa.Column("b_local_id", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Index(
        "link_standing",
        "a_agency", "a_local_id", "b_agency", "b_local_id", "tier",
        unique=True,
        sqlite_where=sa.text("ended_ms is null"),
        postgresql_where=sa.text("ended_ms is null"),
    ),
    sa.Index("link_by_a", "a_agency", "a_local_id"),
    sa.Index("link_by_b", "b_agency", "b_local_id"),
    sa.Index(
        "link_possible_by_a",
        "a_agency", "a_local_id",
        sqlite_where=sa.text("ended_ms is null and kind = 'possible_link'"),
        postgresql_where=sa.text("ended_ms is null and kind = 'possible_link'"),
    ),
    sa.Index(
        "link_possible_by_b",
        "b_agency", "b_local_id",
        sqlite_where=sa.text("ended_ms is null and kind = 'possible_link'"),
        postgresql_where=sa.text("ended_ms is null and kind = 'possible_link'"),
    ),
    retention="as the records; a decision holds ids and a reason, no identity",
)  # fmt: skip
"""What stands has no `ended_ms`. Nothing is erased: what stood at any moment can be told."""

person_redirect = table(
    "person_redirect",
    sa.Column("gone", sa.Text, primary_key=True),
    sa.Column("person_id", sa.Text, nullable=False),
    retention="as the records of the person it leads to",
)
"""Where the records of a person went who is no more; that one may be gone too by now."""
