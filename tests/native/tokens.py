"""Canaries of every type that a cell may have, each there once, and found again in any bytes.

A text is a word of its own; a date, a time, an NHS number, a telephone number and a postcode are
valid ones that nobody else has, so that they pass every check and are recognised afterwards.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count

from hub.synth.identifiers import nhs_numbers, telephones
from hub.synth.places import LETTERS

FORMS = re.compile(
    r"canary[0-9]{5}x"
    r"|(?=(999[0-9]{7}))"
    r"|(?=(07700900[0-9]{7}))"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}t[0-9]{2}:[0-9]{2}"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"|[0-9]{2}/[0-9]{2}/[0-9]{4}"
    r"|(?=(z[a-z][0-9]{1,2} ?[0-9][a-z]{2}))"
)
ADULT, CHILD, EARLIER = date(1948, 1, 1), date(2011, 1, 1), date(2023, 1, 1)
AHEAD = date(2027, 1, 1)
FIRST = datetime(2026, 1, 2, 0, 1, tzinfo=UTC)
"""In winter: then a time in London is the same in UTC."""
STATED_DAY = {(0, 0), (12, 0)}
"""The hours as which a mere day is read or given: no canary has them."""


class Canaries:
    """Gives out canaries and remembers them. Each is known by its form: how it stands in JSON, in small letters."""

    def __init__(self) -> None:
        self.places: dict[str, str] = {}
        self._numbers = count()
        self._nhs, self._telephones = nhs_numbers(77), telephones(77, "canary")
        self._days = {first: count() for first in (ADULT, CHILD, EARLIER, AHEAD)}
        self._moments, self._postcodes = _moments(), _postcodes()

    def text(self, place: str) -> str:
        return self._keep(f"canary{next(self._numbers):05d}x", place)

    def nhs(self, place: str) -> str:
        return self._keep(next(self._nhs), place)

    def telephone(self, place: str) -> str:
        return self._keep(next(self._telephones).replace(" ", ""), place)

    def postcode(self, place: str) -> str:
        return self._keep(next(self._postcodes), place)

    def day(self, place: str, first: date = ADULT) -> date:
        found = first + timedelta(days=next(self._days[first]))
        self._keep(found.isoformat(), place)
        return found

    def moment(self, place: str) -> datetime:
        found = next(self._moments)
        self._keep(f"{found:%Y-%m-%dT%H:%M}", place)
        return found

    def found(self, data: str | bytes) -> set[str]:
        """Give the forms of all canaries in a text or in bytes."""
        text = data.decode("latin-1") if isinstance(data, bytes) else data
        matches = FORMS.finditer(text.lower())
        forms = (next(filter(None, (each[0], *each.groups()))) for each in matches)
        return {known for form in forms if (known := _form(form)) in self.places}

    def outcodes(self, decoded: str) -> set[str]:
        """Give the outward halves of canaries that stand as a value of their own in JSON."""
        mine = {each.split()[0] for each in self.places if " " in each}
        return mine & set(re.findall(r'"(z[a-z][0-9]{1,2})"', decoded.lower()))

    def _keep(self, value: str, place: str) -> str:
        assert self.places.setdefault(value.lower(), place) == place, "a canary was given twice"
        return value


def _form(found: str) -> str:
    """Bring what was found to the form in which canaries are known."""
    if found[:1] == "z" and " " not in found:
        return f"{found[:-3]} {found[-3:]}"
    if len(found) == 10 and found[2] == "/":
        return f"{found[6:]}-{found[3:5]}-{found[:2]}"
    return found


def _moments() -> Iterator[datetime]:
    for number in count():
        found = FIRST + timedelta(minutes=7 * number)
        if (found.hour, found.minute) not in STATED_DAY:
            yield found


def _postcodes() -> Iterator[str]:
    """Give postcodes that each have an outward half of their own, in areas that do not exist."""
    for number in range(1, 100):
        for letter in LETTERS:
            if letter != "E":
                yield f"Z{letter}{number} {number % 10}{letter}Q"
