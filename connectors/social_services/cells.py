"""Two kinds of cell that hold more than a word: an address and a list of factors, each written as JSON.

The dataset's extracts do not agree: an address is an object or a line of text, factors are a list, an
object of Yes and No, or codes between commas. All of these are read, and nothing else.
"""

import json
import re
from typing import NoReturn

from connectors.cells import Row
from hub.model.event import Body
from hub.model.numbers import postcode

CONFIDENTIAL = "CON"
"""What stands in place of the postcode of an address that is protected."""

DOMESTIC_ABUSE = frozenset({"3A", "3B", "3C"})
"""Concerns that the child, a parent or carer, or another in the household is subject to domestic abuse.

None says who does it, and only 3A is about one person alone."""

NOTHING_FOUND = "21"
"""No factor was identified: alone, it says that domestic abuse was not among them."""

_FACTOR = re.compile(r"\d{1,2}[A-Z]?", re.ASCII)
_YES, _NO = frozenset({"yes", "y", "true", "1"}), frozenset({"no", "n", "false", "0", ""})
_INSIDE, _DOOR = ("ROOM", "FLOOR", "FLAT", "BUILDING"), ("HOUSE", "STREET")


def address(row: Row) -> Body | None:
    """Read an address, or nothing if it is protected or empty."""
    code = row.text("postcode")
    if code and code.upper() == CONFIDENTIAL:
        row.warnings.append("address-protected")
        return None
    if code:
        code, is_one = postcode(code)
        if not is_one:
            row.warnings.append("not-a-postcode")
    line1, line2, town = _lines(row)
    place: Body = {"line1": line1, "line2": line2, "town": town, "postcode": code}
    return place if any(place.values()) else None


def factors(row: Row) -> list[str]:
    """Read the codes of factors; what is no code is left out with a warning, for it may be anything."""
    text = row.required("factors")
    found = _json(row, "factors", text) if text[0] in "[{" else text.split(",")
    if isinstance(found, dict):
        found = [code for code, answer in found.items() if _is_yes(row, answer)]
    if not isinstance(found, list):
        _refuse(row, "factors")
    codes: list[str] = []
    for each in found:
        code = str(each).strip().upper()
        if _FACTOR.fullmatch(code):
            codes.append(code)
        elif code:
            row.warnings.append("unknown-code")
    return sorted(set(codes))


def domestic_abuse(codes: list[str]) -> str:
    """Say whether domestic abuse is among the factors; that it is not named does not deny it."""
    if DOMESTIC_ABUSE.intersection(codes):
        return "yes"
    return "no" if codes == [NOTHING_FOUND] else "unknown"


def _lines(row: Row) -> tuple[str | None, str | None, str | None]:
    """Give a first line, a second line and a town."""
    text = row.words("text")
    if text is None or text[0] != "{":
        return text, None, None
    found = _json(row, "text", text)
    if not isinstance(found, dict):
        _refuse(row, "text")
    parts = {
        str(key).upper(): " ".join(str(value).split())
        for key, value in found.items()
        if isinstance(value, str | int)
    }
    inside = ", ".join(parts[key] for key in _INSIDE if parts.get(key))
    door = " ".join(parts[key] for key in _DOOR if parts.get(key))
    return door or inside or None, (inside or None) if door else None, parts.get("TOWN") or None


def _is_yes(row: Row, answer: object) -> bool:
    word = str(answer).strip().casefold()
    if word not in _YES | _NO:
        row.warnings.append("unknown-code")
    return word in _YES


def _json(row: Row, name: str, text: str) -> object:
    try:
        found: object = json.loads(text)
        if "\\u" in text:
            json.dumps(found, ensure_ascii=False).encode()  # half a character is none
    except (ValueError, RecursionError):
        _refuse(row, name)
    return found


def _refuse(row: Row, name: str) -> NoReturn:
    row.refuse(name, "not-json")
