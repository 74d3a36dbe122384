"""What leaves, in SQL: the outbox, what stands at each recipient, and the ledger that says why."""

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from hub.disclose.afresh import Verdict
from hub.ingest import Disclosed, Given, Recalled
from hub.model.agency import AgencyId
from hub.model.event import EventId
from hub.model.level import Treatment
from hub.store.disclosures import plan, standing
from hub.store.ledger import ledger
from hub.store.moments import headers_to_text, to_ms
from hub.store.outbox import outbox, ring
from hub.store.parts import in_parts


class SqlDispatch:
    """`hub.ingest.Dispatch` inside one transaction.

    `topics` names each recipient's topic, `new_id` gives the ids of ledger entries, and `at` is when
    decisions are taken.
    """

    def __init__(
        self,
        conn: sa.Connection,
        *,
        at: datetime,
        topics: Mapping[AgencyId, str],
        new_id: Callable[[], str],
        policy_version: str,
    ) -> None:
        self._conn, self._at, self._topics = conn, at, topics
        self._new_id, self._version = new_id, policy_version

    def given(self, events: Collection[EventId]) -> dict[tuple[AgencyId, EventId], Given]:
        query = sa.select(standing, plan.c.treatments).join(
            plan, plan.c.plan_id == standing.c.plan_id
        )
        return {
            (AgencyId(row.recipient), EventId(row.event_id)): Given(
                row.plan_id, row.disclosure_id, bytes(row.key), _treatments(row.treatments)
            )
            for part in in_parts(events)
            for row in self._conn.execute(query.where(standing.c.event_id.in_(part)))
        }

    def send(
        self,
        disclosed: Sequence[Disclosed],
        suppressed: Sequence[Verdict],
        recalled: Sequence[Recalled],
    ) -> None:
        never_left = self._withdraw(recalled)
        self._keep_plans(one.verdict for one in disclosed)
        self._stand(disclosed, recalled)
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
        entries += [self._entry("suppressed", verdict, None) for verdict in suppressed]
        if letters:
            self._conn.execute(outbox.insert(), letters)
            ring(self._conn)
        if entries:
            self._conn.execute(ledger.insert(), entries)

    def _withdraw(self, recalled: Sequence[Recalled]) -> set[str]:
        """Take out of the outbox what the relay has not taken yet; give what thereby never left."""
        gone = outbox.delete().where(outbox.c.seq.is_(None))
        gone_ids = gone.returning(outbox.c.disclosure_id, outbox.c.opens)
        return {
            row.disclosure_id
            for part in in_parts([one.disclosure_id for one in recalled])
            for row in self._conn.execute(gone_ids.where(outbox.c.disclosure_id.in_(part)))
            if row.opens
        }

    def _keep_plans(self, decided: Iterable[Verdict]) -> None:
        wanted = {verdict.plan.id: verdict for verdict in decided}
        if not wanted:
            return
        query = sa.select(plan.c.plan_id).where(plan.c.plan_id.in_(sorted(wanted)))
        for plan_id in wanted.keys() - set(self._conn.scalars(query)):
            found = wanted[plan_id].plan
            row = {
                "plan_id": plan_id,
                "policy_version": self._version,
                "schema_sha256": found.schema_sha256,
                "treatments": json.dumps(dict(found.treatments), sort_keys=True),
            }
            self._conn.execute(plan.insert(), row)

    def _stand(self, disclosed: Sequence[Disclosed], recalled: Sequence[Recalled]) -> None:
        both: list[Disclosed | Recalled] = [*recalled, *disclosed]
        over = [(one.verdict.recipient.id, one.verdict.event.id) for one in both]
        keys = sa.tuple_(standing.c.recipient, standing.c.event_id)
        for part in in_parts(over):
            self._conn.execute(standing.delete().where(keys.in_(part)))
        if disclosed:
            rows = [
                {"recipient": one.verdict.recipient.id, "event_id": one.verdict.event.id,
                 "plan_id": one.verdict.plan.id, "disclosure_id": one.disclosure_id, "key": one.key}
                for one in disclosed
            ]  # fmt: skip
            self._conn.execute(standing.insert(), rows)

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
        }

    def _entry(
        self, kind: str, verdict: Verdict, one: Disclosed | Recalled | None
    ) -> dict[str, object]:
        context = verdict.context
        return {
            "entry_id": self._new_id(),
            "at_ms": to_ms(self._at),
            "kind": kind,
            "event_id": verdict.event.id,
            "recipient": verdict.recipient.id,
            "principal": "",
            "role": context.role,
            "purpose": context.purpose,
            "lawful_basis": context.lawful_basis,
            "context": _words(verdict),
            "reasons": " ".join(verdict.plan.reasons.get("event", ())),
            "policy_version": self._version,
            "plan_id": verdict.plan.id,
            "disclosure_id": one.disclosure_id if one else "",
            "sha256": hashlib.sha256(one.value).hexdigest() if one else "",
        }


def _words(verdict: Verdict) -> str:
    """Give the context of a decision, as it was when it was taken."""
    context = verdict.context
    return json.dumps(
        {
            "risk": context.risk,
            "consent": context.consent,
            "involvement": context.involvement,
            "conflict_of_interest": context.conflict_of_interest,
            "perpetrator_link": context.perpetrator_link,
            "status": verdict.recipient.status,
        }
    )


def _treatments(text: str) -> dict[str, Treatment]:
    return {path: Treatment(word) for path, word in json.loads(text).items()}
