"""Avro on the wire. All of fastavro is here.

Framed as Confluent's clients frame it: a zero byte, the schema's id in four bytes, bare Avro.
"""

import io
from collections.abc import Callable
from functools import cache
from typing import Any

import fastavro

from hub.disclose.plan import Plan
from hub.disclose.project import DisclosureHead
from hub.disclose.schema import SourceSchema
from hub.disclose.treat import Run
from hub.model.event import Body
from hub.stream.plan_writer import plan_writer
from hub.stream.registry import Registered, Registry
from hub.stream.view_writer import text, writer_for

MAGIC = b"\x00"
FRAME_BYTES = 5


Writer = Callable[[DisclosureHead, Body, Run], bytes]
"""Writes a disclosure: its head, the event, and what the recipient's treatments need."""


class Undecodable(Exception):
    """The bytes are no framed Avro, or end early or late, or hold what is no text."""


class UnknownSchema(Exception):
    """The frame names a schema id that is not in the registry."""


class Unencodable(Exception):
    """A value does not fit the schema. The text is ours and names no value."""


class Codec:
    """Encodes and decodes with the schemas of one registry."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self._parsed = cache(self._parse)
        self._view_writer = cache(lambda number: writer_for(registry.by_id[number].schema))

    def schema_of(self, framed: bytes) -> Registered:
        """Tell which schema a framed value was written with.

        Raises:
            Undecodable: it is not framed.
            UnknownSchema: nobody registered it.
        """
        if len(framed) < FRAME_BYTES or framed[:1] != MAGIC:
            raise Undecodable("not framed: no zero byte and schema id in front")
        number = int.from_bytes(framed[1:FRAME_BYTES], "big")
        found = self.registry.by_id.get(number)
        if found is None:
            raise UnknownSchema(f"schema id {number} is not registered")
        return found

    def decode(self, framed: bytes) -> Body:
        """Decode a framed value with the schema it was written with.

        Raises:
            Undecodable: as `schema_of`, or the Avro does not fit its schema to the last byte.
            UnknownSchema: as `schema_of`.
        """
        schema = self._parsed(self.schema_of(framed).id)
        stream = io.BytesIO(framed)
        stream.seek(FRAME_BYTES)
        try:
            body: Any = fastavro.schemaless_reader(stream, schema, None)
        except Exception as error:  # noqa: BLE001 - it raises many kinds, some with the data in their text
            raise Undecodable(f"does not fit its schema: {type(error).__name__}") from None
        if stream.tell() != len(framed):
            raise Undecodable("bytes are left over behind the value")
        found: Body = body
        return found

    def encode(self, registered: Registered, value: Any) -> bytes:  # noqa: ANN401 - fastavro checks it
        """Encode and frame a value.

        Raises:
            Unencodable: it does not fit the schema.
        """
        stream = io.BytesIO()
        stream.write(MAGIC + registered.id.to_bytes(4, "big"))
        try:
            fastavro.schemaless_writer(stream, self._parsed(registered.id), value)
        except Exception as error:  # noqa: BLE001 - as above
            raise Unencodable(
                f"does not fit {registered.subject}: {type(error).__name__}"
            ) from None
        return stream.getvalue()

    def encode_view(self, registered: Registered, view: Body) -> bytes:
        """Encode and frame a disclosed view: the bytes are those of `encode`, in a quarter of the time.

        Raises:
            Unencodable: it does not fit the schema.
        """
        try:
            body = self._view_writer(registered.id)(view)
        except Exception as error:  # noqa: BLE001 - as above
            raise Unencodable(
                f"does not fit {registered.subject}: {type(error).__name__}"
            ) from None
        return MAGIC + registered.id.to_bytes(4, "big") + body

    def disclosing(self, view: Registered, schema: SourceSchema, plan: Plan) -> Writer:
        """Give what projects and encodes an event under a plan, framed: the bytes of `encode_view`.

        The writer raises Unencodable for a body that does not fit its schema.
        """
        write = plan_writer(schema, plan, view.schema)
        frame = MAGIC + view.id.to_bytes(4, "big")

        def framed(head: DisclosureHead, body: Body, run: Run) -> bytes:
            words = (head.disclosure_id, head.policy_version, head.plan_id, head.recipient)
            try:
                return frame + b"".join(map(text, words)) + write(body, run)
            except Exception as error:  # noqa: BLE001 - its text may hold data
                raise Unencodable(f"does not fit {view.subject}: {type(error).__name__}") from None

        return framed

    def _parse(self, number: int) -> Any:  # noqa: ANN401 - fastavro's own type
        return fastavro.parse_schema(self.registry.by_id[number].schema)
