"""What leaves, in SQL: the outbox, what stands at each recipient, and the ledger that says why."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache

import sqlalchemy as sa

from hub.afresh.values import Disclosed, Given, Recalled, Stopped
from hub.disclose.verdict import Verdict
from hub.model.agency import AgencyId
from hub.model.event import EventId
from hub.model.level import Treatment
from hub.store import bulk
from hub.store.disclosures import plan, standing
from hub.store.ledger import context_text, ledger
from hub.store.moments import headers_to_text, to_ms
from hub.store.outbox import outbox, ring


class SqlDispatch:
    """`hub.ingest.Dispatch` inside one transaction.

    `topics` names each recipient's topic, and `at` is when decisions are taken.
    """

    def __init__(
        self,
        conn: sa.Connection,
        *,
        at: datetime,
        topics: Mapping[AgencyId, str],
        policy_version: str,
        epoch: str,
    ) -> None:
        self._conn, self._at, self._topics = conn, at, topics
        self._version, self._epoch = policy_version, epoch

    def given(self, events: Collection[EventId]) -> dict[tuple[AgencyId, EventId], Given]:
        query = sa.select(standing, plan.c.treatments).join(
            plan, plan.c.plan_id == standing.c.plan_id
        )
        return {
            (AgencyId(row.recipient), EventId(row.event_id)): Given(
                row.plan_id,
                row.disclosure_id,
                bytes(row.key),
                _treatments(row.treatments),
                row.stopped,
            )
            for row in bulk.found(self._conn, query, [standing.c.event_id], events)
        }

    def send(
        self,
        disclosed: Sequence[Disclosed],
        suppressed: Sequence[Verdict],
        recalled: Sequence[Recalled],
        stopped: Sequence[Stopped],
    ) -> None:
        never_left = self._withdraw([*recalled, *stopped])
        self._keep_plans(one.verdict for one in disclosed)
        self._stand(disclosed, [*recalled, *(o for o in stopped if o.disclosure_id in never_left)])
        self._stop(o for o in stopped if o.disclosure_id not in never_left)
        letters = [
            self._letter("recall", one, opens=False)
            for one in recalled
            if one.disclosure_id not in never_left
        ]
        letters += [
            self._letter(f"{one.verdict.event.type}.disclosed", one, opens=one.opens)
            for one in disclosed
        ]
        entries = [self._entry("recalled", one.verdict, one) for one in recalled]
        entries += [self._entry("disclosed", one.verdict, one) for one in disclosed]
        entries += [self._entry("stopped", one.verdict, None) for one in stopped]
        entries += [self._entry("suppressed", verdict, None) for verdict in suppressed]
        bulk.insert(self._conn, outbox, letters)
        bulk.insert(self._conn, ledger, entries)
        if letters:
            ring(self._conn)

    def _withdraw(self, ended: Sequence[Recalled | Stopped]) -> set[str]:
        """Take out of the outbox what the relay has not taken yet; give what thereby never left."""
        ids = [one.disclosure_id for one in ended]
        columns = (outbox.c.id, outbox.c.disclosure_id, outbox.c.opens)
        waiting = sa.select(*columns).where(outbox.c.seq.is_(None)).with_for_update()
        rows = bulk.found(self._conn, waiting, [outbox.c.disclosure_id], ids)
        for row in rows:
            self._conn.execute(outbox.delete().where(outbox.c.id == row.id))
        return {row.disclosure_id for row in rows if row.opens}

    def _keep_plans(self, decided: Iterable[Verdict]) -> None:
        wanted = {verdict.plan.id: verdict for verdict in decided}
        there = bulk.found(self._conn, sa.select(plan.c.plan_id), [plan.c.plan_id], wanted)
        for plan_id in wanted.keys() - {row.plan_id for row in there}:
            found = wanted[plan_id].plan
            row = {
                "plan_id": plan_id,
                "policy_version": self._version,
                "schema_sha256": found.schema_sha256,
                "treatments": json.dumps(dict(found.treatments), sort_keys=True),
            }
            self._conn.execute(plan.insert(), row)

    def _stand(self, disclosed: Sequence[Disclosed], ended: Sequence[Recalled | Stopped]) -> None:
        both: list[Disclosed | Recalled | Stopped] = [*ended, *disclosed]
        over = [(one.verdict.recipient.id, one.verdict.event.id) for one in both]
        bulk.erase(self._conn, standing, [standing.c.recipient, standing.c.event_id], over)
        rows = [
            {"recipient": one.verdict.recipient.id, "event_id": one.verdict.event.id,
             "plan_id": one.verdict.plan.id, "disclosure_id": one.disclosure_id, "key": one.key,
             "stopped": False}
            for one in disclosed
        ]  # fmt: skip
        bulk.insert(self._conn, standing, rows)

    def _stop(self, stopped: Iterable[Stopped]) -> None:
        """Remember that what a recipient holds is not followed up until a person has decided."""
        over = [(one.verdict.recipient.id, one.verdict.event.id) for one in stopped]
        is_one = sa.and_(
            standing.c.recipient == sa.bindparam("who"), standing.c.event_id == sa.bindparam("what")
        )
        if over:
            stop = standing.update().where(is_one).values(stopped=True)
            self._conn.execute(stop, [{"who": who, "what": what} for who, what in over])

    def _letter(self, kind: str, one: Disclosed | Recalled, *, opens: bool) -> dict[str, object]:
        recipient = one.verdict.recipient.id
        return {
            "topic": self._topics[recipient],
            "key": one.key,
            "value": one.value,
            "headers": headers_to_text(
                (
                    ("ce_specversion", b"1.0"),
                    ("ce_id", one.disclosure_id.encode()),
                    ("ce_source", b"/hub"),
                    ("ce_type", f"uk.safeguarding-hub.{kind}".encode()),
                )
            ),
            "recipient": recipient,
            "disclosure_id": one.disclosure_id,
            "opens": opens,
            "policy": self._epoch if isinstance(one, Disclosed) else "",
        }

    def _entry(
        self, kind: str, verdict: Verdict, one: Disclosed | Recalled | None
    ) -> dict[str, object]:
        context = verdict.context
        return {
            "at_ms": to_ms(self._at),
            "kind": kind,
            "event_id": verdict.event.id,
            "recipient": verdict.recipient.id,
            "principal": "",
            "role": context.role,
            "purpose": context.purpose,
            "lawful_basis": context.lawful_basis,
            "context": context_text(context, verdict.recipient.status),
            "reasons": " ".join(verdict.plan.reasons.get("event", ())),
            "policy_version": self._version,
            "plan_id": verdict.plan.id,
            "disclosure_id": one.disclosure_id if one else "",
            "sha256": hashlib.sha256(one.value).hexdigest() if one else "",
        }


@lru_cache(maxsize=4096)
def _treatments(text: str) -> dict[str, Treatment]:
    return {path: Treatment(word) for path, word in json.loads(text).items()}
