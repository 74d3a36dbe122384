"""What the database tells of how the hub is: counts alone, and nobody's data."""

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from hub.store import dead_letters, referrals, settings, suspensions
from hub.store.events import event
from hub.store.ledger import ledger
from hub.store.outbox import outbox, relay_mark
from hub.store.tasks import OPEN, task


@dataclass(frozen=True, slots=True)
class InForce:
    """Which policy is in force, and whether everything is decided by it yet."""

    policy: str | None
    is_coming: bool


@dataclass(frozen=True, slots=True)
class Pulse:
    """Counts. `letters`: by stage, reason and status; `tasks`: those that wait, by kind.

    `referrals`: pushed ones that wait for the log.
    None of them is by recipient: who is told how much is itself something to be withheld.
    """

    events: int
    referrals: int
    letters: Mapping[tuple[str, str, str], int]
    waiting: int
    sent: int
    tasks: Mapping[str, int]
    suspended: int
    in_force: InForce


def in_force(conn: sa.Connection) -> InForce:
    return InForce(
        settings.read(conn, settings.POLICY),
        settings.read(conn, settings.COMES_INTO_FORCE) is not None,
    )


def pulse(conn: sa.Connection) -> Pulse:
    letter, count = dead_letters.dead_letter.c, sa.func.count()
    kinds = sa.select(letter.stage, letter.reason, letter.status, count)
    kinds = kinds.group_by(letter.stage, letter.reason, letter.status)
    tasks = sa.select(task.c.kind, count).where(task.c.status == OPEN).group_by(task.c.kind)
    by_kind = {row.kind: row[1] for row in conn.execute(tasks)}
    waiting = sa.select(count).select_from(outbox).where(outbox.c.seq.is_(None))
    sent = sa.select(sa.func.coalesce(sa.func.sum(relay_mark.c.seq + 1), 0))
    return Pulse(
        events=conn.scalar(sa.select(count).select_from(event)) or 0,
        referrals=referrals.count_waiting(conn),
        letters={(row.stage, row.reason, row.status): row[3] for row in conn.execute(kinds)},
        waiting=conn.scalar(waiting) or 0,
        sent=int(conn.scalar(sent) or 0),
        tasks=by_kind,
        suspended=len(suspensions.suspended(conn)),
        in_force=in_force(conn),
    )


def letters_waiting(conn: sa.Connection) -> int:
    """Count the dead letters that nobody has sent through again."""
    letter = dead_letters.dead_letter
    query = sa.select(sa.func.count()).select_from(letter)
    return conn.scalar(query.where(letter.c.status != dead_letters.REPLAYED)) or 0


def newest_entry_ms(conn: sa.Connection) -> int | None:
    """Give when the last entry of the ledger was made."""
    query = sa.select(ledger.c.at_ms).order_by(ledger.c.entry.desc()).limit(1)
    found: int | None = conn.scalar(query)
    return found
