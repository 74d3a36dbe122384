"""Read JSON that anybody may have written, within bounds.

What Python's reader lets pass and JSON does not (NaN), what would exhaust the machine (deep nesting,
numbers of thousands of digits) and what is not UTF-8 is refused here, with a code and a place.
"""

import json
import re
from collections.abc import Iterator
from typing import NoReturn

from connectors.connector import RecordUnreadable
from hub.model.dead_letter import Reason

MAX_DEPTH = 64
"""FHIR's own resources stay below 20; Python's reader would go on to about 900."""

MAX_ITEMS = 2_000
"""A longer list is no message's: what compares the items of a list would take for ever."""

BOM = b"\xef\xbb\xbf"

_SPACE = re.compile(r"[ \t\r\n]*")


def parsed(data: bytes) -> tuple[object, int]:
    """Give what a JSON text says, and how many keys in it were said twice: the last one stands.

    Raises:
        RecordUnreadable: it is no JSON, or nests too deep. The detail is a place and a code.
    """
    twice = 0

    def joined(pairs: list[tuple[str, object]]) -> dict[str, object]:
        nonlocal twice
        found = dict(pairs)
        twice += len(pairs) - len(found)
        return found

    try:
        found = json.loads(decoded(data), object_pairs_hook=joined, parse_constant=_refuse)
    except json.JSONDecodeError as fault:
        detail = f"line {fault.lineno}, column {fault.colno}: not-json"
        raise RecordUnreadable(Reason.BAD_FORMAT, detail) from None
    except ValueError:  # more digits than Python reads as a number
        raise RecordUnreadable(Reason.BAD_FORMAT, "message: not-a-number") from None
    except RecursionError:
        raise _too_deep() from None
    _check_depth(found)
    return found, twice


def decoded(data: bytes) -> str:
    """Give a text; a byte order mark is taken off.

    Raises:
        RecordUnreadable: it is not UTF-8.
    """
    try:
        return data.removeprefix(BOM).decode()
    except UnicodeDecodeError as fault:
        detail = f"byte {fault.start}: not-utf-8"
        raise RecordUnreadable(Reason.BAD_FORMAT, detail) from None


def elements(text: str, name: str) -> Iterator[str]:
    """Give the elements of a list in an object, as they are written. The text is known to be JSON."""
    decoder = json.JSONDecoder()
    at = _behind_space(text, _behind_space(text, 0) + 1)
    while text[at] != "}":
        key, at = decoder.raw_decode(text, at)
        at = _behind_space(text, _behind_space(text, at) + 1)
        if key == name and text[at] == "[":
            at = _behind_space(text, at + 1)
            while text[at] != "]":
                _, end = decoder.raw_decode(text, at)
                yield text[at:end]
                at = _behind_comma(text, end)
            at += 1
        else:
            _, at = decoder.raw_decode(text, at)
        at = _behind_comma(text, at)


def check_lists(content: object, raw: bytes) -> None:
    """Refuse a message with a list that is longer than any. So long a list has as many commas.

    Raises:
        RecordUnreadable: it has one.
    """
    if raw.count(b",") < MAX_ITEMS:
        return
    waiting = [content]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list) and len(each) > MAX_ITEMS:
            raise RecordUnreadable(Reason.TOO_LARGE, "message: list-too-long")
        waiting += each.values() if isinstance(each, dict) else _items(each)


def _behind_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _behind_comma(text: str, at: int) -> int:
    at = _behind_space(text, at)
    return _behind_space(text, at + 1) if text[at] == "," else at


def _refuse(_: str) -> NoReturn:
    raise RecordUnreadable(Reason.BAD_FORMAT, "message: not-a-number")


def _check_depth(found: object) -> None:
    level = [found]
    for _ in range(MAX_DEPTH):
        level = [
            part
            for each in level
            for part in (each.values() if isinstance(each, dict) else _items(each))
            if isinstance(part, dict | list)
        ]
        if not level:
            return
    raise _too_deep()


def _items(found: object) -> list[object]:
    return found if isinstance(found, list) else []


def _too_deep() -> RecordUnreadable:
    return RecordUnreadable(Reason.TOO_LARGE, "message: nested-too-deep")
