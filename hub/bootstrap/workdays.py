"""Working days in England and Wales, by the published bank holidays that come with the package."""

from datetime import date, timedelta
from functools import cache
from typing import Any

DIVISION = "england-and-wales"


def working_days_before(day: date, days: int) -> date:
    """Give the day so many working days before another."""
    found = day
    while days:
        found -= timedelta(days=1)
        days -= _calendar().is_work_day(found, division=DIVISION)
    return found


def next_working_day(day: date) -> date:
    """Give a day if it is a working day, else the next that is."""
    while not _calendar().is_work_day(day, division=DIVISION):
        day += timedelta(days=1)
    return day


def known_until() -> date:
    """Give the last day of the last year whose bank holidays the package knows."""
    last = _calendar().get_holidays(division=DIVISION)[-1]["date"]
    return date(last.year, 12, 31)


@cache
def _calendar() -> Any:  # noqa: ANN401 - the package has no types
    # Slow to load: it could also fetch. Most commands about meetings count no days.
    from govuk_bank_holidays.bank_holidays import BankHolidays  # noqa: PLC0415

    return BankHolidays(use_cached_holidays=True)
