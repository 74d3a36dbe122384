"""Events as they came, and who stands in them."""

import sqlalchemy as sa

from hub.store.metadata import Moment, table

event = table(
    "event",
    sa.Column("event_id", sa.Text, primary_key=True),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("agency", sa.Text, nullable=False),
    sa.Column("system", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("value", sa.LargeBinary, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("occurred_ms", Moment, nullable=False),
    sa.Column("reported_ms", Moment, nullable=False),
    sa.Column("received_ms", Moment, nullable=False),
    sa.Column("risk", sa.SmallInteger),
    sa.Column("consent", sa.Text),
    sa.Column("named", sa.Text, nullable=False),
    sa.Column("facts", sa.Text, nullable=False),
    sa.Column("withdrawn", sa.Boolean, nullable=False),
    sa.Index("event_by_source", "agency", "system", "key"),
    retention="the source agency's own period for what it reported; until one is agreed, kept",
)
"""`named`: ids of organisations, between spaces. `facts`: what criteria look at. `withdrawn`: its source took it back."""

event_record = table(
    "event_record",
    sa.Column("event_id", sa.Text, primary_key=True),
    sa.Column("agency", sa.Text, primary_key=True),
    sa.Column("local_id", sa.Text, primary_key=True),
    sa.Column("role", sa.Text, primary_key=True),
    sa.Column("conflicts", sa.Text, nullable=False),
    sa.Column("perpetrator_links", sa.Text, nullable=False),
    sa.Index("event_record_by_record", "agency", "local_id"),
    sa.Index(
        "event_record_barring",
        "agency",
        "local_id",
        sqlite_where=sa.text("conflicts <> ''"),
        postgresql_where=sa.text("conflicts <> ''"),
    ),
    retention="as the event",
)
"""`conflicts`, `perpetrator_links`: ids of organisations that this person bars if a suspect."""

withdrawal = table(
    "withdrawal",
    sa.Column("agency", sa.Text, primary_key=True),
    sa.Column("system", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("version", sa.Text, primary_key=True),
    sa.Column("by", sa.Text, primary_key=True),
    sa.Column("spares", sa.Text, nullable=False),
    retention="as the event that was taken back, or would be if it came",
)
"""What agencies took back; an empty version stands for every version of the record,
save the one that is spared: it stands in its place."""
