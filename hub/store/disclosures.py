"""What each recipient may have of each event now, the plans it rests on, and each recipient's key."""

import sqlalchemy as sa

from hub.store.metadata import table

standing = table(
    "standing",
    sa.Column("recipient", sa.Text, primary_key=True),
    sa.Column("event_id", sa.Text, primary_key=True, index=True),
    sa.Column("plan_id", sa.Text, nullable=False),
    sa.Column("disclosure_id", sa.Text, nullable=False),
    sa.Column("key", sa.LargeBinary, nullable=False),
    sa.Column("stopped", sa.Boolean, nullable=False),
    retention="as the event: what a recipient holds has to be known in order to be recalled",
)
plan = table(
    "plan",
    sa.Column("plan_id", sa.Text, primary_key=True),
    sa.Column("policy_version", sa.Text, nullable=False),
    sa.Column("schema_sha256", sa.Text, nullable=False),
    sa.Column("treatments", sa.Text, nullable=False),
    retention="as long as an entry of the ledger names it",
)
recipient_key = table(
    "recipient_key",
    sa.Column("recipient", sa.Text, primary_key=True),
    sa.Column("epoch", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("key", sa.LargeBinary, nullable=False),
    retention="until the epoch after the next: pseudonyms of an older epoch then mean nothing",
)
