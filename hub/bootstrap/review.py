"""One judgement in: somebody settles what no rule can, and everything it bears on is decided afresh."""

import sqlalchemy as sa

from hub.afresh import Outcome
from hub.bootstrap.deciding import Turn
from hub.ingest import Withdrawal
from hub.model.agency import AgencyId
from hub.model.event import EventId
from hub.store.events import event
from hub.store.ledger import changed
from hub.store.moments import to_ms


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
        entry_id=turn.hub.wire.new_id(),
        at_ms=to_ms(turn.at),
        kind="retracted",
        event_id=event_id,
        principal=principal,
        reason=reason,
        policy_version=turn.hub.planner.bundle.version,
    )
    return turn.afresh(turn.journal.people_in(gone), gone)
