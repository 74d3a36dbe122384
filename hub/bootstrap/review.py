"""One judgement in: somebody settles what no rule can, and everything it bears on is decided afresh."""

from typing import Any

import sqlalchemy as sa

from hub.afresh.values import Outcome, TaskKind
from hub.afresh.words import RELEASE
from hub.bootstrap.deciding import Turn
from hub.ingest import Withdrawal
from hub.model.agency import AgencyId
from hub.model.event import EventId
from hub.store.events import event
from hub.store.ledger import changed
from hub.store.moments import to_ms
from hub.store.tasks import SOUND, settle, tasks


class UnknownEvent(Exception):
    """No event has this id."""


def retract(turn: Turn, event_id: EventId, *, principal: str, reason: str) -> Outcome:
    """Take an event back in its agency's stead: it stops counting, and recalls go out.

    Once is enough: a second time changes nothing.

    Raises:
        UnknownEvent: there is none.
    """
    row = turn.conn.execute(sa.select(event).where(event.c.event_id == event_id)).first()
    if row is None:
        raise UnknownEvent("no event has this id")
    if row.withdrawn:
        return Outcome()
    by = f"{principal} {turn.hub.wire.new_id()}"
    gone = turn.journal.withdraw(
        [Withdrawal(AgencyId(row.agency), row.system, row.key, row.version, by)]
    )
    changed(
        turn.conn,
        at_ms=to_ms(turn.at),
        kind="retracted",
        event_id=event_id,
        principal=principal,
        reason=reason,
        policy_version=turn.hub.planner.bundle.version,
    )
    return turn.afresh(turn.journal.people_in(gone), gone)


class UnknownTask(Exception):
    """No task has this id."""


class NoSuchVerdict(Exception):
    """A task of this kind is not settled by this word. The text says by which."""


VERDICTS = {
    TaskKind.CONTESTED_REFERRAL: (SOUND, "unsound"),
    TaskKind.STOPPED_DISCLOSURE: ("recall", "leave"),
    TaskKind.REROUTE: ("rerouted", "not-needed"),
    TaskKind.HELD_WORDS: (RELEASE, "keep"),
}
"""By which words each kind of task is settled."""


def tasks_for(turn: Turn, organisation: AgencyId, *, is_open: bool) -> list[sa.Row[Any]]:
    """Give the tasks that an organisation may know of, the oldest first.

    None about an event from which a conflict or a perpetrator bars it: that there is something to
    decide would itself tell. Words are for whoever wrote them: nobody else knows what stands in them.
    """
    rows = tasks(turn.conn, is_open=is_open)
    bars = turn.barred([EventId(row.event_id) for row in rows])
    wrote = turn.journal.written_by(
        organisation, [row.event_id for row in rows if row.kind == TaskKind.HELD_WORDS]
    )
    return [
        row
        for row in rows
        if organisation != row.recipient
        and organisation not in bars[EventId(row.event_id)]
        and (row.kind != TaskKind.HELD_WORDS or row.event_id in wrote)
    ]


def judge(
    turn: Turn, id_: str, verdict: str, *, principal: str, of: AgencyId, reason: str
) -> Outcome:
    """Settle a task, and decide afresh what hangs on it. A later judgement replaces an earlier one.

    Raises:
        UnknownTask: none that the principal's organisation `of` may know of. Nothing was changed.
        NoSuchVerdict: likewise.
    """
    found = [row for row in tasks_for(turn, of, is_open=False) if row.task_id == id_]
    if not found:
        raise UnknownTask("no task has this id")
    (row,) = found
    kind = TaskKind(row.kind)
    if verdict not in VERDICTS[kind]:
        raise NoSuchVerdict(f"a {kind} is settled by {' or '.join(VERDICTS[kind])}")
    event_id = EventId(row.event_id)
    settle(turn.conn, id_, verdict=verdict, principal=principal, reason=reason)
    changed(
        turn.conn,
        at_ms=to_ms(turn.at),
        kind="judged",
        event_id=event_id,
        principal=principal,
        reason=f"{kind}: {verdict}. {reason}".strip(),
        policy_version=turn.hub.planner.bundle.version,
    )
    if kind in (TaskKind.CONTESTED_REFERRAL, TaskKind.HELD_WORDS):
        return turn.afresh(turn.journal.people_in([event_id]), [event_id])
    if verdict == "recall":
        return turn.recall(event_id, AgencyId(row.recipient))
    return Outcome()
