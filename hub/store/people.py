"""Records, the numbers they are known by, the links between them, and the people they make up."""

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
record_identifier = table(
    "record_identifier",
    sa.Column("scheme", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, primary_key=True),
    sa.Column("agency", sa.Text, primary_key=True),
    sa.Column("local_id", sa.Text, primary_key=True),
    retention="as the record",
)
link_decision = table(
    "link_decision",
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("at_ms", Moment, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("a_agency", sa.Text, nullable=False),
    sa.Column("a_local_id", sa.Text, nullable=False),
    sa.Column("b_agency", sa.Text, nullable=False),
    sa.Column("b_local_id", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.UniqueConstraint("a_agency", "a_local_id", "b_agency", "b_local_id", "kind"),
    sa.Index("link_by_a", "a_agency", "a_local_id"),
    sa.Index("link_by_b", "b_agency", "b_local_id"),
    retention="as the records; a decision holds ids and a reason, no identity",
)
