"""The ledger: one entry for each decision, written in the transaction of what it records.

No payloads, and never changed. Built to the Data Protection Act 2018, s62: consultation and
disclosure with justification, date and time, identity and recipients.
"""

import json
from collections.abc import Sequence
from functools import lru_cache

import sqlalchemy as sa

from hub.model.enquiry import Context
from hub.model.recipient import Recipient
from hub.prepare import Seen
from hub.store import bulk
from hub.store.metadata import Moment, table

ledger = table(
    "ledger",
    sa.Column("entry", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("at_ms", Moment, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("event_id", sa.Text, nullable=False, index=True),
    sa.Column("recipient", sa.Text, nullable=False),
    sa.Column("principal", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("lawful_basis", sa.Text, nullable=False),
    sa.Column("context", sa.Text, nullable=False),
    sa.Column("reasons", sa.Text, nullable=False),
    sa.Column("policy_version", sa.Text, nullable=False),
    sa.Column("plan_id", sa.Text, nullable=False),
    sa.Column("disclosure_id", sa.Text, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    retention="six years after the event it speaks of, to answer for what was decided",
)


CONTEXT = ("risk", "consent", "involvement", "conflict_of_interest", "perpetrator_link", "status")
"""What an entry holds of a context; role, purpose and basis have columns of their own."""


@lru_cache(maxsize=4096)
def _words(values: tuple[str | bool | None, ...]) -> str:
    return json.dumps(dict(zip(CONTEXT, values, strict=True)))


def context_text(context: Context, status: str) -> str:
    """Write the context of a decision, as it was when it was taken."""
    known = (context.risk, context.consent, context.involvement)
    return _words((*known, context.conflict_of_interest, context.perpetrator_link, status))


def viewed(
    conn: sa.Connection,
    seen: Sequence[Seen],
    *,
    at_ms: int,
    asker: Recipient,
    principal: str,
    policy_version: str,
) -> None:
    """Record, before it is shown, which events somebody is given to see, under which decisions."""
    bulk.insert(
        conn,
        ledger,
        [
            {
                "at_ms": at_ms,
                "kind": "viewed",
                "event_id": each.event,
                "recipient": asker.id,
                "principal": principal,
                "role": asker.role,
                "purpose": asker.purpose,
                "lawful_basis": asker.lawful_basis,
                "context": context_text(each.context, asker.status),
                "reasons": " ".join(each.reasons.get("event", ())),
                "policy_version": policy_version,
                "plan_id": each.plan_id,
                "disclosure_id": "",
                "sha256": each.sha256,
            }
            for each in seen
        ],
    )


def consulted(
    conn: sa.Connection,
    *,
    at_ms: int,
    organisation: str,
    principal: str,
    role: str,
    purpose: str,
    lawful_basis: str,
    what: str,
    policy_version: str,
) -> None:
    """Record, before it is shown, that somebody looks at something. `what` names it, no data."""
    _enter(
        conn, at_ms=at_ms, kind="consulted", recipient=organisation, principal=principal, role=role,
        purpose=purpose, lawful_basis=lawful_basis, reasons=what, policy_version=policy_version,
    )  # fmt: skip


def changed(
    conn: sa.Connection,
    *,
    at_ms: int,
    kind: str,
    principal: str,
    reason: str,
    policy_version: str,
    event_id: str = "",
    recipient: str = "",
) -> None:
    """Record that a person changed what counts, of an event or for a recipient. `reason` is theirs."""
    _enter(
        conn, at_ms=at_ms, kind=kind, event_id=event_id, recipient=recipient, principal=principal,
        reasons=reason, policy_version=policy_version,
    )  # fmt: skip


def admitted(
    conn: sa.Connection,
    *,
    at_ms: int,
    kind: str,
    client: str,
    organisation: str,
    policy_version: str,
) -> None:
    """Record that an operator changed who may call: a client of this organisation, by its name."""
    _enter(
        conn, at_ms=at_ms, kind=kind, recipient=organisation, reasons=client,
        policy_version=policy_version,
    )  # fmt: skip


def _enter(conn: sa.Connection, **entry: str | int) -> None:
    """Make an entry; what it does not speak of is empty."""
    texts = (column.name for column in ledger.columns if isinstance(column.type, sa.Text))
    conn.execute(ledger.insert(), {**dict.fromkeys(texts, ""), **entry})
