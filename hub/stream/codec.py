"""Avro on the wire. All of fastavro is here.

Framed as Confluent's clients frame it: a zero byte, the schema's id in four bytes, bare Avro.
"""

import io
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cache
from typing import Any

import fastavro

from hub.disclose.plan import Plan
from hub.disclose.project import DisclosureHead, project
from hub.disclose.schema import SourceSchema
from hub.disclose.treat import Run
from hub.disclose.view import OBSCURED
from hub.model.event import Body
from hub.stream.avro_bytes import text
from hub.stream.compiled import compiled, definitions_of
from hub.stream.registry import Registered, Registry

MAGIC = b"\x00"
FRAME_BYTES = 5
UNIONS: Any = {"return_record_name": True, "return_record_name_override": True}
"""A record of a union of several brings along its name."""

Writer = Callable[[DisclosureHead, Body, Run], bytes]
"""Writes a disclosure: its head, the event, and what the recipient's treatments need."""


class Undecodable(Exception):
    """The bytes are no framed Avro, or end early or late, or hold what is no text."""


class UnknownSchema(Exception):
    """The frame names a schema id that is not in the registry."""


class Unencodable(Exception):
    """A value does not fit the schema. The text is ours and names no value."""


class Codec:
    """Encodes and decodes with the schemas of one registry.

    `by_reference`: disclosures are written by the readable path. The bytes are the same.
    """

    def __init__(self, registry: Registry, *, by_reference: bool = False) -> None:
        self.registry, self._by_reference = registry, by_reference
        self._parsed = cache(self._parse)
        self._names = cache(lambda number: names_to_tell(self._parsed(number)))

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
        number = self.schema_of(framed).id
        schema, names = self._parsed(number), self._names(number)
        stream = io.BytesIO(framed)
        stream.seek(FRAME_BYTES)
        try:
            body: Any = fastavro.schemaless_reader(
                stream, schema, None, **(UNIONS if names else {})
            )
        except Exception as error:  # noqa: BLE001 - it raises many kinds, some with the data in their text
            raise Undecodable(f"does not fit its schema: {type(error).__name__}") from None
        if stream.tell() != len(framed):
            raise Undecodable("bytes are left over behind the value")
        found: Body = _with_names(body, names) if names else body
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

    def disclosing(self, view: Registered, schema: SourceSchema, plan: Plan) -> Writer:
        """Give what projects and encodes an event under a plan, framed.

        The writer raises Unencodable for a body that does not fit its schema.
        """
        write = (
            self._readable(view, schema, plan)
            if self._by_reference
            else _compiled(view, schema, plan)
        )

        def framed(head: DisclosureHead, body: Body, run: Run) -> bytes:
            try:
                return write(head, body, run)
            except Exception as error:  # noqa: BLE001 - its text may hold data
                raise Unencodable(f"does not fit {view.subject}: {type(error).__name__}") from None

        return framed

    def _readable(self, view: Registered, schema: SourceSchema, plan: Plan) -> Writer:
        """Write by way of a view that can be read: what compiled plans are held to."""

        def write(head: DisclosureHead, body: Body, run: Run) -> bytes:
            built = project(
                body, schema, plan,
                key=run.key, disclosure=head, event_date=run.event_date, failed=run.failed,
            )  # fmt: skip
            return self.encode(view, built)

        return write

    def _parse(self, number: int) -> Any:  # noqa: ANN401 - fastavro's own type
        return fastavro.parse_schema(self.registry.by_id[number].schema)


def names_to_tell(schema: Mapping[str, Any]) -> frozenset[str]:
    """Give the names of the records that stand in a union with other records, whose values have to tell them."""
    named = definitions_of(schema)
    return frozenset(
        name
        for union in _unions(schema)
        if len(found := [name for each in union if (name := _record_name(each, named))]) > 1
        for name in found
    )


def _record_name(kind: Any, named: Mapping[str, Any]) -> str:  # noqa: ANN401 - a schema in JSON's types
    kind = named.get(kind, kind) if isinstance(kind, str) else kind
    is_record = isinstance(kind, Mapping) and kind["type"] == "record" and kind["name"] != OBSCURED
    return str(kind["name"]) if is_record else ""


def _unions(kind: Any) -> Iterator[list[Any]]:  # noqa: ANN401 - as above
    """Give every union of a schema."""
    if isinstance(kind, list):
        yield kind
        for each in kind:
            yield from _unions(each)
    elif isinstance(kind, Mapping):
        for inner in (
            kind.get("items"),
            kind.get("values"),
            *(f["type"] for f in kind.get("fields", ())),
        ):
            yield from _unions(inner)


def _with_names(value: Any, names: Collection[str]) -> Any:  # noqa: ANN401 - any of Avro's values
    """Keep the name only where it is needed: fastavro gives it for enums and obscured values too."""
    match value:
        case dict():
            return {key: _with_names(each, names) for key, each in value.items()}
        case list():
            return [_with_names(each, names) for each in value]
        case (str(name), inner):
            inner = _with_names(inner, names)
            return (name, inner) if name in names else inner
        case _:
            return value


def _compiled(view: Registered, schema: SourceSchema, plan: Plan) -> Writer:
    avro = view.schema
    write = compiled(schema, plan, avro, _unaided(avro)).write
    frame = MAGIC + view.id.to_bytes(4, "big")

    def framed(head: DisclosureHead, body: Body, run: Run) -> bytes:
        words = (head.disclosure_id, head.policy_version, head.plan_id, head.recipient)
        return b"".join((frame, *map(text, words), write(body, run)))

    return framed


def _unaided(view: Mapping[str, Any]) -> Callable[[Any], Callable[[Any], bytes]]:
    """Give what gives fastavro's writer of a type of a view."""
    named = definitions_of(view)

    def writer(kind: Any) -> Callable[[Any], bytes]:  # noqa: ANN401 - a schema in JSON's types
        fields = [{"name": "value", "type": _spelt_out(kind, named, set())}]
        schema = fastavro.parse_schema({"type": "record", "name": "Alone", "fields": fields})

        def write(value: Any) -> bytes:  # noqa: ANN401 - fastavro checks it
            stream = io.BytesIO()
            fastavro.schemaless_writer(stream, schema, {"value": value})
            return stream.getvalue()

        return write

    return writer


def _spelt_out(kind: Any, named: Mapping[str, Any], told: set[str]) -> Any:  # noqa: ANN401 - as above
    """Give a type with its named types defined where they first come."""
    if isinstance(kind, list):
        return [_spelt_out(each, named, told) for each in kind]
    if isinstance(kind, str):
        return _spelt_out(named[kind], named, told) if kind in named and kind not in told else kind
    if kind.get("name") in told:
        return kind["name"]
    told.add(kind.get("name", ""))
    inner = {key: _spelt_out(kind[key], named, told) for key in ("items", "values") if key in kind}
    return {**kind, **inner}
