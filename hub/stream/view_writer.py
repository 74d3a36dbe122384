"""Write a disclosed view in Avro, by functions prepared once for its schema.

In a view everything is a union with null. fastavro tells a union's branch by validating the whole
value against each, at every level of nesting, which takes several times as long as writing it. A
view has a handful of shapes; these functions know them, and refuse every other at the start. The
bytes are fastavro's, to the last: a test holds them to it.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

Add = Callable[[bytes], object]
Write = Callable[[Any, Add], None]
Named = dict[str, Write]

NULL, FIRST, SECOND = b"\x00", b"\x02", b"\x04"
"""The numbers of a union's branches: null, the value itself, the obscured value."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_DAY = date(1970, 1, 1).toordinal()
MS = timedelta(milliseconds=1)


class ShapeUnknown(Exception):
    """The schema has a shape that no view has."""


def types_in(schema: Mapping[str, Any]) -> tuple[Named, dict[str, Mapping[str, Any]]]:
    """Give the writers and the definitions of the types that a view schema names, by their short names.

    Raises:
        ShapeUnknown: it is not the schema of a view.
    """
    named: Named = {}
    _type(schema, named)
    definitions: dict[str, Mapping[str, Any]] = {}
    _define(schema, definitions)
    return named, definitions


def writer_of(kind: Any, named: Named) -> Write:  # noqa: ANN401 - a schema in JSON's types
    """Give the writer of one type of a view, its named types being known."""
    return _type(kind, named)


def writer_for(schema: Mapping[str, Any]) -> Callable[[Any], bytes]:
    """Prepare the writer of one view schema.

    Raises:
        ShapeUnknown: it is not the schema of a view.
    """
    write = _type(schema, {})

    def view(value: Any) -> bytes:  # noqa: ANN401 - what does not fit the schema raises
        out: list[bytes] = []
        write(value, out.append)
        return b"".join(out)

    return view


def number(value: int) -> bytes:
    """Give a whole number as Avro writes it: zig-zag, seven bits a byte."""
    if 0 <= value < len(_SMALL):
        return _SMALL[value]
    left = (value << 1) ^ (value >> 63)
    out = bytearray()
    while left & ~0x7F:
        out.append((left & 0x7F) | 0x80)
        left >>= 7
    out.append(left)
    return bytes(out)


def text(value: str) -> bytes:
    """Give a text as Avro writes it: its length in bytes, and UTF-8."""
    data = value.encode()
    return number(len(data)) + data


_SMALL: list[bytes] = []
_SMALL = [number(each) for each in range(8192)]


def _type(kind: Any, named: Named) -> Write:  # noqa: ANN401 - a schema in JSON's types
    if isinstance(kind, str):
        known = _PLAIN.get(kind) or named.get(kind) or named.get(kind.rpartition(".")[2])
        if known is None:
            raise ShapeUnknown(kind)
        return known
    match kind["type"], kind.get("logicalType"):
        case "record", None:
            return _record(kind, named)
        case "array", None:
            return _array(_type(kind["items"], named))
        case "enum", None:
            return _named(kind, _enum(kind["symbols"]), named)
        case "int", "date":
            return _date
        case "long", "timestamp-millis":
            return _instant
        case shape:
            raise ShapeUnknown(str(shape))


def _define(kind: Any, definitions: dict[str, Mapping[str, Any]]) -> None:  # noqa: ANN401 - as above
    if isinstance(kind, list):
        for each in kind:
            _define(each, definitions)
    elif isinstance(kind, Mapping):
        if "name" in kind:
            definitions[kind["name"].rpartition(".")[2]] = kind
        _define(kind.get("items"), definitions)
        for field in kind.get("fields", ()):
            _define(field["type"], definitions)


def _named(kind: Mapping[str, Any], write: Write, named: Named) -> Write:
    named[kind["name"].rpartition(".")[2]] = write
    return write


def _record(kind: Mapping[str, Any], named: Named) -> Write:
    fields = [(each["name"], _field(each["type"], named)) for each in kind["fields"]]

    def record(value: Any, add: Add) -> None:  # noqa: ANN401 - as above
        for name, write in fields:
            write(value[name], add)

    return _named(kind, record, named)


def _field(kind: Any, named: Named) -> Write:  # noqa: ANN401 - as above
    if not isinstance(kind, list):
        return _type(kind, named)
    if kind[0] != "null" or not 2 <= len(kind) <= 3:  # noqa: PLR2004 - null, a value, obscured
        raise ShapeUnknown(str(kind))
    whole = _type(kind[1], named)
    if len(kind) == 2:  # noqa: PLR2004 - as above
        return _maybe(whole)
    return _maybe_obscured(whole, _type(kind[2], named))


def _maybe(whole: Write) -> Write:
    def maybe(value: Any, add: Add) -> None:  # noqa: ANN401 - as above
        if value is None:
            add(NULL)
        else:
            add(FIRST)
            whole(value, add)

    return maybe


def _maybe_obscured(whole: Write, obscured: Write) -> Write:
    def maybe(value: Any, add: Add) -> None:  # noqa: ANN401 - as above
        if value is None:
            add(NULL)
        elif isinstance(value, dict):
            add(SECOND)
            obscured(value, add)
        else:
            add(FIRST)
            whole(value, add)

    return maybe


def _array(item: Write) -> Write:
    def array(value: Any, add: Add) -> None:  # noqa: ANN401 - as above
        if value:
            add(number(len(value)))
            for each in value:
                item(each, add)
        add(NULL)

    return array


def _enum(symbols: list[str]) -> Write:
    places = {symbol: number(place) for place, symbol in enumerate(symbols)}
    return lambda value, add: add(places[value])  # type: ignore[return-value]


def _text(value: Any, add: Add) -> None:  # noqa: ANN401 - as above
    add(text(value))


def _whole(value: Any, add: Add) -> None:  # noqa: ANN401 - as above
    if type(value) is not int:
        raise TypeError("not a whole number")
    add(number(value))


def _truth(value: Any, add: Add) -> None:  # noqa: ANN401 - as above
    if type(value) is not bool:
        raise TypeError("neither true nor false")
    add(b"\x01" if value else b"\x00")


def _date(value: Any, add: Add) -> None:  # noqa: ANN401 - as above
    add(number(value.toordinal() - EPOCH_DAY))


def _instant(value: Any, add: Add) -> None:  # noqa: ANN401 - as above
    add(number((value - EPOCH) // MS))


_PLAIN: dict[str, Write] = {"string": _text, "int": _whole, "long": _whole, "boolean": _truth}
