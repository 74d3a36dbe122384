"""How events and disclosures are written for the log: `hub.ingest.Wire` with Avro and keyed names."""

import hmac
import uuid
from collections import Counter
from collections.abc import Mapping
from hashlib import sha256

from hub.disclose.plan import Plan
from hub.disclose.project import DisclosureHead, NothingToDisclose
from hub.disclose.schema import SourceSchema
from hub.disclose.treat import Run
from hub.disclose.verdict import Verdict
from hub.model.agency import AgencyId
from hub.model.event import Body, EventType
from hub.stream.codec import Codec, Writer
from hub.stream.registry import NOTICES

PSEUDONYM_BYTES = 12
"""96 bits: nobody guesses one, and it stays short."""


class AvroWire:
    """Encodes with one registry's schemas; `keys` are the recipients' own, `failed` counts treatments."""

    def __init__(
        self,
        codec: Codec,
        schemas: Mapping[EventType, SourceSchema],
        keys: Mapping[AgencyId, bytes],
    ) -> None:
        self._codec, self._schemas, self._keys = codec, schemas, keys
        latest = codec.registry.latest
        self._views = {
            name: codec.registry.view_of(latest[name]) for name in schemas if name not in NOTICES
        }
        self._recall = latest["recall"]
        self.failed: Counter[str] = Counter()
        self._writers: dict[tuple[EventType, str], Writer] = {}

    def body(self, value: bytes) -> Body:
        return self._codec.decode(value)

    def disclosure(self, verdict: Verdict, body: Body, head: DisclosureHead) -> bytes:
        """Write what the verdict's plan gives of a body.

        Raises:
            NothingToDisclose: the plan gives nothing, or is another schema's.
            Unencodable: the body does not fit its schema.
        """
        kind, plan = verdict.event.type, verdict.plan
        run = Run(self._keys[verdict.recipient.id], verdict.event.occurred_on, self.failed)
        return self._writer(kind, plan)(head, body, run)

    def _writer(self, kind: EventType, plan: Plan) -> Writer:
        """Give what writes a plan; prepared once for all contexts that come to it."""
        schema = self._schemas[kind]
        if plan.outcome != "disclosed" or plan.schema_sha256 != schema.sha256:
            raise NothingToDisclose(plan.outcome)
        found = self._writers.get((kind, plan.id))
        if found is None:
            found = self._codec.disclosing(self._views[kind], schema, plan)
            self._writers[kind, plan.id] = found
        return found

    def recall(self, disclosure_id: str) -> bytes:
        return self._codec.encode(self._recall, {"disclosure_id": disclosure_id})

    def pseudonym(self, recipient: AgencyId, of: str) -> bytes:
        mac = hmac.digest(self._keys[recipient], b"key\x1f" + of.encode(), sha256)
        return mac[:PSEUDONYM_BYTES].hex().encode()

    def new_id(self) -> str:
        return str(uuid.uuid4())
