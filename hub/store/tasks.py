"""What waits for a person's decision, and what was decided."""

import uuid
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from hub.afresh.values import Task
from hub.store import bulk
from hub.store.metadata import Moment, table

TASKS = uuid.UUID("4d6a4f0e-3a52-5a7c-9a0d-8f5f1f6d2b10")
OPEN, JUDGED = "open", "judged"
SOUND = "sound"
"""The verdict on a contested referral that lets it count."""

task = table(
    "task",
    sa.Column("task_id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("event_id", sa.Text, nullable=False, index=True),
    sa.Column("recipient", sa.Text, nullable=False),
    sa.Column("about", sa.Text, nullable=False),
    sa.Column("words", sa.Text, nullable=False),
    sa.Column("opened_ms", Moment, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("verdict", sa.Text, nullable=False),
    sa.Column("principal", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    retention="as the ledger: what a person decided has to be answered for",
)


def task_id(asked: Task) -> str:
    """Name a task by its question, so that it is asked once. A reroute is asked once for each person."""
    subject = asked.about or asked.event
    words = f"\x1f{asked.words}" if asked.words else ""
    return str(uuid.uuid5(TASKS, f"{asked.kind}\x1f{asked.recipient or ''}\x1f{subject}{words}"))


def open_tasks(conn: sa.Connection, asked: Collection[Task], at_ms: int) -> None:
    """Open these, save those that are open or judged already."""
    by_id = {task_id(each): each for each in asked}
    rows = bulk.found(conn, sa.select(task.c.task_id), [task.c.task_id], by_id)
    there = {row.task_id for row in rows}
    new = [
        {
            "task_id": id_, "kind": each.kind.value, "event_id": each.event, "recipient": each.recipient or "",
            "about": each.about or "", "words": each.words, "opened_ms": at_ms, "status": OPEN, "verdict": "", "principal": "",
            "reason": "",
        }
        for id_, each in by_id.items()
        if id_ not in there
    ]  # fmt: skip
    bulk.insert(conn, task, new)


def drop_settled(conn: sa.Connection, settled: Collection[Task]) -> None:
    """Drop those of these that are still open: there is nothing to decide any more."""
    for each in bulk.among(conn, [task.c.task_id], {task_id(one) for one in settled}):
        conn.execute(task.delete().where(each, task.c.status == OPEN))


def settle(conn: sa.Connection, id_: str, *, verdict: str, principal: str, reason: str) -> None:
    """Write down what a person decided."""
    decided = {"status": JUDGED, "verdict": verdict, "principal": principal, "reason": reason}
    conn.execute(task.update().where(task.c.task_id == id_).values(decided))


def tasks(conn: sa.Connection, *, is_open: bool) -> list[sa.Row[Any]]:
    """Give the tasks, the oldest first; open ones alone, or all."""
    query = sa.select(task).order_by(task.c.opened_ms, task.c.task_id)
    return list(conn.execute(query.where(task.c.status == OPEN) if is_open else query))
