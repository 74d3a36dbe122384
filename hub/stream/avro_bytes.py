"""How Avro writes single values, as compiled plans need them: each behind the number of its union branch.

In a view everything is a union of null, the value and perhaps the obscured value. What comes again
for the next recipient (a name, a day, an instant) is written once and looked up; tables are emptied
when they are full, so that nothing is held for long.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hub.disclose.treat import Run, Transform
from hub.disclose.tree import Detail

Write = Callable[[Any], bytes]
Item = Callable[[Any, Run], bytes]

NULL, FIRST, SECOND = b"\x00", b"\x02", b"\x04"
"""The numbers of a union's branches: null, the value itself, the obscured value."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_DAY = date(1970, 1, 1).toordinal()
MS = timedelta(milliseconds=1)

SHORT = 64
"""Longer texts are somebody's words, and come once: to keep them would only fill the memory."""
KEPT = 8192


class Table(dict[Any, bytes]):
    """What was written of a value before. A value that is not there is written by `write`, and kept."""

    def __init__(self, write: Write) -> None:
        super().__init__()
        self._write = write

    def __missing__(self, value: Any) -> bytes:  # noqa: ANN401 - what does not fit raises
        written = self._write(value)
        if len(written) < SHORT:
            if len(self) >= KEPT:
                self.clear()
            self[value] = written
        return written


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


_SMALL: list[bytes] = []
_SMALL = [number(each) for each in range(1024)]


def text(value: str) -> bytes:
    """Give a text as Avro writes it: its length in bytes, and UTF-8."""
    data = value.encode()
    return number(len(data)) + data


def obscuring(transform: Transform, detail: Detail) -> Item:
    """Give what writes an obscured value, or null for one that cannot be treated."""
    method, apply = transform.name, transform.apply
    head = SECOND + text(method)

    def obscured(value: Any, run: Run) -> bytes:  # noqa: ANN401 - as above
        if value is None:
            return NULL
        try:
            data = apply(value, run, detail).encode()
            return head + number(len(data)) + data
        except Exception:  # noqa: BLE001 - total: nothing of the value may surface, by no error
            run.failed[method] += 1
            return NULL

    return obscured


def symbols(names: list[str]) -> Mapping[str | None, bytes]:
    """Give the symbols of an enum, and null."""
    return {None: NULL} | {name: FIRST + number(place) for place, name in enumerate(names)}


def items(value: Any, write: Item, run: Run) -> bytes:  # noqa: ANN401 - as above
    """Write a list, behind the number of its branch; null if it is none."""
    return FIRST + bare_items(value, write, run) if isinstance(value, list) else NULL


def pairs(value: Any, write: Item, run: Run) -> bytes:  # noqa: ANN401 - as above
    """Write a map, behind the number of its branch; null if it is none."""
    return FIRST + bare_pairs(value, write, run) if isinstance(value, dict) else NULL


def bare_items(value: Any, write: Item, run: Run) -> bytes:  # noqa: ANN401 - as above
    """Write a list where there has to be one."""
    if not isinstance(value, list):
        raise TypeError("not a list")
    if not value:
        return NULL
    return b"".join((number(len(value)), *[write(each, run) for each in value], NULL))


def bare_pairs(value: Any, write: Item, run: Run) -> bytes:  # noqa: ANN401 - as above
    """Write a map where there has to be one."""
    inner = [text(key) + write(each, run) for key, each in value.items()]
    return b"".join((number(len(inner)), *inner, NULL)) if inner else NULL


def _text(value: Any) -> bytes:  # noqa: ANN401 - as above
    return NULL if value is None else FIRST + text(value)


def _day(value: Any) -> bytes:  # noqa: ANN401 - as above
    return NULL if value is None else FIRST + number(value.toordinal() - EPOCH_DAY)


def _instant(value: Any) -> bytes:  # noqa: ANN401 - as above
    return NULL if value is None else FIRST + number((value - EPOCH) // MS)


def whole_number(value: Any) -> bytes:  # noqa: ANN401 - as above
    """Write a whole number. Not by a table: there true and false would be found as 1 and 0."""
    if value is None:
        return NULL
    if type(value) is not int:
        raise TypeError("not a whole number")
    return FIRST + number(value)


def truth(value: Any) -> bytes:  # noqa: ANN401 - as above
    """Write true or false."""
    if value is None:
        return NULL
    if type(value) is not bool:
        raise TypeError("neither true nor false")
    return b"\x02\x01" if value else b"\x02\x00"


TEXTS, DAYS, INSTANTS = Table(_text), Table(_day), Table(_instant)
