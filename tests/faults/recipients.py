"""Hold what recipients can read to what they may have: nothing missing, nothing twice, in order."""

import sqlalchemy as sa

from tests.recipient import Message, consume, in_order

RECIPIENTS = (
    "amber-door", "dunmoor-police", "fenmarch-children", "fenmarch-homes", "fenmarch-idva",
    "fenmarch-police", "fenmarch-probation", "kestrel-line", "osham-hospital", "osham-practice",
    "osham-primary",
)  # fmt: skip


def held(messages: list[Message]) -> dict[str, bytes]:
    """Play a recipient's messages: a disclosure replaces the one of its id, a recall takes it back."""
    found: dict[str, bytes] = {}
    for message in sorted(messages, key=lambda each: (each.partition, each.offset)):
        id_ = message.headers["ce_id"].decode()
        if message.headers["ce_type"].endswith(b".recall"):
            assert found.pop(id_, None) is not None, "a recall of something that never came"
        else:
            found[id_] = message.value
    return found


def check_recipients(bootstrap: str, database_url: str) -> int:
    """Check every recipient; give how many messages there are in all."""
    engine = sa.create_engine(database_url)
    total = 0
    with engine.connect() as conn:
        for recipient in RECIPIENTS:
            messages = consume(bootstrap, f"hub.out.{recipient}.safeguarding.v1")
            assert in_order(messages), f"{recipient}: a gap, a repeat or a swap"
            query = sa.text("select disclosure_id from standing where recipient = :recipient")
            may_have = set(conn.scalars(query, {"recipient": recipient}))
            assert set(held(messages)) == may_have, f"{recipient}: holds other than it may have"
            total += len(messages)
    engine.dispose()
    return total
