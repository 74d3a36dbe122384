"""Working days in England and Wales, by the published bank holidays that come with the package."""

from datetime import date, timedelta

from govuk_bank_holidays.bank_holidays import BankHolidays


def working_days_before(day: date, days: int) -> date:
    """Give the day so many working days before another."""
    known = BankHolidays(use_cached_holidays=True)
    found = day
    while days:
        found -= timedelta(days=1)
        days -= known.is_work_day(found, division=BankHolidays.ENGLAND_AND_WALES)
    return found


def next_working_day(day: date) -> date:
    """Give a day if it is a working day, else the next that is."""
    known = BankHolidays(use_cached_holidays=True)
    while not known.is_work_day(day, division=BankHolidays.ENGLAND_AND_WALES):
        day += timedelta(days=1)
    return day


def known_until() -> date:
    """Give the last day of the last year whose bank holidays the package knows."""
    known = BankHolidays(use_cached_holidays=True)
    last = known.get_holidays(division=BankHolidays.ENGLAND_AND_WALES)[-1]["date"]
    return date(last.year, 12, 31)
