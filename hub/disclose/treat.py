"""Treat one value: give less than the whole of it.

Each transform reads the original value and is total: one that cannot treat a value gives nothing,
and the failure is counted by method. Neither value nor exception text goes anywhere.
"""

import hmac
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from math import isnan
from typing import Literal, TypeAlias

from hub.disclose.tree import Detail
from hub.model.event import Value
from hub.model.level import Treatment

PSEUDONYM_HEX = 24
"""96 bits: no two of a nation's people collide, and it is short enough to read out."""

FIXED = "***"
"""One width for all: a mask as long as its source would tell the length."""

AGE_BANDS = (
    (4, "0-4"), (9, "5-9"), (15, "10-15"), (17, "16-17"), (24, "18-24"), (34, "25-34"),
    (44, "35-44"), (54, "45-54"), (64, "55-64"), (74, "65-74"),
)  # fmt: skip
"""Last year of life in each band. 16 and 17 stand apart: another law, another Dash."""

OLDEST = "75+"

POSTCODE = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?)[0-9][A-Z]{2}")

NUMBERS = ("int", "long", "float", "double", "decimal")
OBSCURABLE = ("string", "enum", "uuid", *NUMBERS, "date", "time", "timestamp", "local-timestamp")
"""Kinds of value that may become less; the others are given in full or not at all."""

Kind: TypeAlias = Literal["generalise", "mask"]


@dataclass(frozen=True, slots=True)
class Run:
    """What one projection brings along: the recipient's key, the day of the event, a count of failures."""

    key: bytes
    event_date: date
    failed: Counter[str]


@dataclass(frozen=True, slots=True)
class Transform:
    """How a value becomes less. `reads` are inputs beyond the value: they flow into the output."""

    name: str
    kind: Kind
    treatment: Treatment
    input: frozenset[str]
    reads: frozenset[str]
    version: int
    apply: Callable[[Value, Run, Detail], str]


def treat(transform: Transform, detail: Detail) -> Callable[[Value, Run], Value]:
    """Give a function that obscures one value, and gives None for one that it cannot treat."""
    name, apply = transform.name, transform.apply

    def obscured(value: Value, run: Run) -> Value:
        try:
            return {"method": name, "value": apply(value, run, detail)}
        except Exception:  # noqa: BLE001  # total: nothing of the value may surface, by no error
            run.failed[name] += 1
            return None

    return obscured


@lru_cache(maxsize=8192)
def pseudonym(key: bytes, domain: str, value: str) -> str:
    """Name someone for one recipient in one epoch. Unkeyed, nine digits would be found in seconds."""
    return hmac.digest(key, f"{domain}\x1f{value}".encode(), "sha256").hex()[:PSEUDONYM_HEX]


def age_band(born: date, at: date) -> str:
    """Give the band of an age on a day, so that a replay years later says the same."""
    age = at.year - born.year - ((at.month, at.day) < (born.month, born.day))
    if age < 0:
        raise ValueError("born after the event")
    return next((band for last, band in AGE_BANDS if age <= last), OLDEST)


def outcode(postcode: str) -> str:
    found = POSTCODE.fullmatch("".join(postcode.split()).upper())
    if not found:
        raise ValueError("not a whole postcode")
    return found.group(1)


def _age_band(value: Value, run: Run, _: Detail) -> str:
    return age_band(_date(value), run.event_date)


def _outcode(value: Value, _run: Run, _: Detail) -> str:
    return outcode(_text(value))


def _day(value: Value, _run: Run, _: Detail) -> str:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise TypeError("not an instant")
    return value.astimezone(UTC).date().isoformat()


def _local_day(value: Value, _run: Run, _: Detail) -> str:
    if not isinstance(value, datetime) or value.tzinfo is not None:
        raise TypeError("not a local time")
    return value.date().isoformat()


def _year(value: Value, _run: Run, _: Detail) -> str:
    return f"{_date(value).year:04}"


def _hmac(value: Value, run: Run, detail: Detail) -> str:
    return pseudonym(run.key, detail.domain, _text(value))


def _group(value: Value, _run: Run, detail: Detail) -> str:
    return detail.groups[_text(value)]


def _band(value: Value, _run: Run, detail: Detail) -> str:
    """Give the band of a number. Below the first and above the last there is one more each."""
    if not isinstance(value, int | float | Decimal) or isinstance(value, bool) or isnan(value):
        raise TypeError("not a number")
    at = bisect_right(detail.bands, value)
    if not at:
        return f"under {detail.bands[0]}"
    if at == len(detail.bands):
        return f"{detail.bands[-1]} or more"
    return f"{detail.bands[at - 1]} to under {detail.bands[at]}"


def _initial(value: Value, _run: Run, _: Detail) -> str:
    return _text(value).strip()[0].upper()


def _fixed(_value: Value, _run: Run, _: Detail) -> str:
    return FIXED


def _text(value: Value) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _date(value: Value) -> date:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise TypeError("not a date")
    return value


def _transform(
    name: str,
    treatment: Treatment,
    apply: Callable[[Value, Run, Detail], str],
    *inputs: str,
    reads: tuple[str, ...] = (),
) -> Transform:
    kind: Kind = "generalise" if treatment is Treatment.GENERALISE else "mask"
    return Transform(name, kind, treatment, frozenset(inputs), frozenset(reads), 1, apply)


TRANSFORMS: Mapping[str, Transform] = {
    each.name: each
    for each in (
        _transform("age-band", Treatment.GENERALISE, _age_band, "date", reads=("event_date",)),
        _transform("outcode", Treatment.GENERALISE, _outcode, "string"),
        _transform("day", Treatment.GENERALISE, _day, "timestamp"),
        _transform("local-day", Treatment.GENERALISE, _local_day, "local-timestamp"),
        _transform("year", Treatment.GENERALISE, _year, "date"),
        _transform("group", Treatment.GENERALISE, _group, "enum"),
        _transform("band", Treatment.GENERALISE, _band, *NUMBERS),
        _transform("hmac", Treatment.PSEUDONYMISE, _hmac, "string"),
        _transform("initial", Treatment.MASK, _initial, "string"),
        _transform("fixed", Treatment.MASK, _fixed, *OBSCURABLE),
    )
}
"""Every transform there is; vocabulary.toml has to say the same of each."""
