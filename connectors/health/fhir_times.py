"""Read FHIR's dates and times, which may state a year alone, and often lack what they should state."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from connectors.cells import MAX_AGE, NOON

MIDDLE_DAY, MIDDLE_MONTH = 15, 7
"""Of a month or year alone its middle stands: nobody's age is then far out."""

_DAY = r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?"
_DATE = re.compile(rf"{_DAY}(T.*)?", re.ASCII)
_INSTANT = re.compile(
    rf"{_DAY}(?:T(\d{{2}}):(\d{{2}})(?::(\d{{2}})(?:\.(\d+))?)?(Z|[+-]\d{{2}}:\d{{2}})?)?", re.ASCII
)
_LEAP = 60


@dataclass(frozen=True, slots=True)
class Instant:
    """An instant in UTC, how much of it is known, and codes for doubts."""

    at: datetime
    accuracy: str
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Born:
    """A date of birth, or a day within what is known of it."""

    day: date
    accuracy: str
    doubts: tuple[str, ...] = ()


def born(text: str) -> Born | None:
    """Read a date of birth. Of one with a time, its day is taken as written: no zone moves it."""
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    year, month, day = (int(each) if each else None for each in found.groups()[:3])
    accuracy = "exact" if day else "month" if month else "year"
    stamp = _date(year, month, day)
    doubts = ("date-with-time",) if found[4] else ()
    return Born(stamp, accuracy, doubts) if stamp else None


def instant(text: str, zone: ZoneInfo, received_at: datetime) -> Instant | None:
    """Read a time. Without an hour it is noon where the sender is; a year alone is no time."""
    found = _INSTANT.fullmatch(text)
    if found is None or not found[2]:
        return None
    year, month, day = (int(each) if each else None for each in found.groups()[:3])
    stamp = _date(year, month, day)
    if stamp is None or (found[4] and not day):
        return None
    doubts: list[str] = []
    try:
        local = datetime.combine(stamp, _hour(found) if found[4] else NOON)
        aware = local.replace(tzinfo=_zone(found[8], zone, doubts if found[4] else None))
        if not found[8] and aware.utcoffset() != aware.replace(fold=1).utcoffset():
            doubts.append("clock-change")
        at = aware.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    if not received_at - MAX_AGE <= at <= received_at:
        doubts.append("unlikely-date")
    accuracy = "exact" if found[4] else "day" if day else "about"
    return Instant(at, accuracy, tuple(doubts))


def _date(year: int | None, month: int | None, day: int | None) -> date | None:
    try:
        return date(year or 0, month or MIDDLE_MONTH, day or (MIDDLE_DAY if month else 1))
    except ValueError:
        return None


def _hour(found: re.Match[str]) -> time:
    """Give the time of day, in milliseconds; a leap second is the one before it."""
    second = int(found[6] or 0)
    milliseconds = int((found[7] or "0")[:3].ljust(3, "0"))
    return time(
        int(found[4]), int(found[5]), second - (second == _LEAP), microsecond=milliseconds * 1000
    )


def _zone(stated: str | None, zone: ZoneInfo, doubts: list[str] | None) -> timezone | ZoneInfo:
    if stated is None:
        if doubts is not None:
            doubts.append("no-zone")
        return zone
    if stated == "Z":
        return UTC
    hours, minutes = int(stated[1:3]), int(stated[4:6])
    sign = -1 if stated[0] == "-" else 1
    return timezone(sign * timedelta(hours=hours, minutes=minutes))
