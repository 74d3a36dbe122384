"""The spine: event log, positions, events, people, disclosures, outbox, ledger, dead letters.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "criterion",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("anchor", sa.Text(), nullable=False),
        sa.Column("since", sa.Text(), nullable=False),
        sa.Column("lapsed_on", sa.Text(), nullable=True),
        sa.Column("events", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "code", "anchor"),
    )
    op.create_table(
        "dead_letter",
        sa.Column("letter_id", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("held", sa.Text(), nullable=False),
        sa.Column("received_ms", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("repaired", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("letter_id"),
    )
    op.create_table(
        "event",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("occurred_ms", sa.BigInteger(), nullable=False),
        sa.Column("reported_ms", sa.BigInteger(), nullable=False),
        sa.Column("received_ms", sa.BigInteger(), nullable=False),
        sa.Column("risk", sa.SmallInteger(), nullable=True),
        sa.Column("consent", sa.Text(), nullable=True),
        sa.Column("named", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("event_id"),
    )
    op.create_index("event_by_source", "event", ["agency", "system", "key"], unique=False)
    op.create_table(
        "event_record",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("local_id", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("conflicts", sa.Text(), nullable=False),
        sa.Column("perpetrator_links", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "agency", "local_id", "role"),
    )
    op.create_index(
        "event_record_barring",
        "event_record",
        ["agency", "local_id"],
        unique=False,
        sqlite_where=sa.text("conflicts <> ''"),
        postgresql_where=sa.text("conflicts <> ''"),
    )
    op.create_index("event_record_by_record", "event_record", ["agency", "local_id"], unique=False)
    op.create_table(
        "ledger",
        sa.Column("entry", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("lawful_basis", sa.Text(), nullable=False),
        sa.Column("context", sa.Text(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("policy_version", sa.Text(), nullable=False),
        sa.Column("plan_id", sa.Text(), nullable=False),
        sa.Column("disclosure_id", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("entry"),
    )
    op.create_index(op.f("ix_ledger_event_id"), "ledger", ["event_id"], unique=False)
    op.create_table(
        "link_decision",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("ended_ms", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("tier", sa.SmallInteger(), nullable=False),
        sa.Column("a_agency", sa.Text(), nullable=False),
        sa.Column("a_local_id", sa.Text(), nullable=False),
        sa.Column("b_agency", sa.Text(), nullable=False),
        sa.Column("b_local_id", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("link_by_a", "link_decision", ["a_agency", "a_local_id"], unique=False)
    op.create_index("link_by_b", "link_decision", ["b_agency", "b_local_id"], unique=False)
    op.create_index(
        "link_possible_by_a",
        "link_decision",
        ["a_agency", "a_local_id"],
        unique=False,
        sqlite_where=sa.text("ended_ms is null and kind = 'possible_link'"),
        postgresql_where=sa.text("ended_ms is null and kind = 'possible_link'"),
    )
    op.create_index(
        "link_possible_by_b",
        "link_decision",
        ["b_agency", "b_local_id"],
        unique=False,
        sqlite_where=sa.text("ended_ms is null and kind = 'possible_link'"),
        postgresql_where=sa.text("ended_ms is null and kind = 'possible_link'"),
    )
    op.create_index(
        "link_standing",
        "link_decision",
        ["a_agency", "a_local_id", "b_agency", "b_local_id", "tier"],
        unique=True,
        sqlite_where=sa.text("ended_ms is null"),
        postgresql_where=sa.text("ended_ms is null"),
    )
    op.create_table(
        "marac_case",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("victim", sa.Text(), nullable=False),
        sa.Column("perpetrators", sa.Text(), nullable=False),
        sa.Column("opened_on", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("case_id"),
    )
    op.create_index(op.f("ix_marac_case_victim"), "marac_case", ["victim"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=True),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("disclosure_id", sa.Text(), nullable=False),
        sa.Column("opens", sa.Boolean(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.Column("sealed_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_outbox_disclosure_id"), "outbox", ["disclosure_id"], unique=False)
    op.create_index("outbox_by_seq", "outbox", ["topic", "part", "seq"], unique=False)
    op.create_index(
        "outbox_waiting",
        "outbox",
        ["id"],
        unique=False,
        sqlite_where=sa.text("seq is null"),
        postgresql_where=sa.text("seq is null"),
    )
    op.create_table(
        "person_redirect",
        sa.Column("gone", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("gone"),
    )
    op.create_table(
        "plan",
        sa.Column("plan_id", sa.Text(), nullable=False),
        sa.Column("policy_version", sa.Text(), nullable=False),
        sa.Column("schema_sha256", sa.Text(), nullable=False),
        sa.Column("treatments", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("plan_id"),
    )
    op.create_table(
        "position",
        sa.Column("reader", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("next_offset", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("reader", "topic", "part"),
    )
    op.create_table(
        "recipient_key",
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("recipient", "epoch"),
    )
    op.create_table(
        "record",
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("local_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("agency", "local_id"),
    )
    op.create_index(op.f("ix_record_person_id"), "record", ["person_id"], unique=False)
    op.create_table(
        "record_key",
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("local_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("mark", "agency", "local_id"),
    )
    op.create_table(
        "relay_mark",
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("topic", "part"),
    )
    op.create_table(
        "setting",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "standing",
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("plan_id", sa.Text(), nullable=False),
        sa.Column("disclosure_id", sa.Text(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("stopped", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("recipient", "event_id"),
    )
    op.create_index(op.f("ix_standing_event_id"), "standing", ["event_id"], unique=False)
    op.create_table(
        "task",
        sa.Column("task_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("opened_ms", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("task_id"),
    )
    op.create_index(op.f("ix_task_event_id"), "task", ["event_id"], unique=False)
    op.create_table(
        "topic_identity",
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("topic_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("topic"),
    )
    op.create_table(
        "withdrawal",
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("spares", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("agency", "system", "key", "version", "by"),
    )
    op.create_table(
        "log_partition",
        sa.Column("tp", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("topic_id", sa.Text(), nullable=False),
        sa.Column("first_offset", sa.BigInteger(), nullable=False),
        sa.Column("next_offset", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tp"),
        sa.UniqueConstraint("topic", "part"),
    )
    op.create_table(
        "log_record",
        sa.Column("tp", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("offset", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("timestamp_ms", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("tp", "offset"),
        sqlite_with_rowid=False,
    )
