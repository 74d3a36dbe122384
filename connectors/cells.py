"""Read the cells of one row: dates, times, words, numbers.

What is agreed is read, what is not is never guessed: a date in another form makes the row unreadable,
day and month are not swapped, a lost leading zero is not put back. What can be carried on with a doubt
is, under a warning. A warning and a refusal are codes; neither ever holds what a cell holds.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import NoReturn

from connectors.connector import RecordUnreadable
from connectors.csv_rows import Record
from connectors.mapping import DateForm, Layout
from hub.model.dead_letter import Reason

MAX_AGE = timedelta(days=120 * 366)
"""The POLE dictionary takes nobody to be older than 120 years."""

NOON = time(12)
"""A day without an hour is read as its noon, so that no zone moves it to another day."""

MIN_TELEPHONE_DIGITS = 6
MAX_TELEPHONE_DIGITS = 20
MIN_NATIONAL_DIGITS = 9
"""A shorter number (999, 116 123) is a whole one without a leading zero."""

_TELEPHONE = re.compile(r"\+?\(?\d[\d ().\-]*\d", re.ASCII)


class Row:
    """One row as its sender lays it out.

    `groups` has the first word of each column that says something: `victim`, `child2`. `warnings`
    collects codes for what is read with a doubt.
    """

    __slots__ = ("_layout", "_line", "_texts", "groups", "received_at", "warnings")

    def __init__(
        self, layout: Layout, places: Mapping[str, int], record: Record, received_at: datetime
    ) -> None:
        self._layout, self._line, self.received_at = layout, record.line, received_at
        cells = record.cells
        self._texts = {
            name: text for name, place in places.items() if (text := cells[place].strip())
        }
        self.groups = {name.partition("_")[0] for name in self._texts}
        self.warnings: list[str] = []

    def text(self, name: str) -> str | None:
        """Give a cell's text, or nothing if it is empty or the file has no such column."""
        return self._texts.get(name)

    def account(self, name: str) -> str | None:
        """Give a text of several lines, with one kind of line end."""
        text = self.text(name)
        return text.replace("\r\n", "\n") if text else None

    def words(self, name: str) -> str | None:
        """Give a text of one line, with single spaces."""
        text = self.text(name)
        return " ".join(text.split()) if text else None

    def parts(self, name: str) -> list[str]:
        """Give what a cell lists, separated by semicolons."""
        text = self.text(name)
        return [" ".join(part.split()) for part in text.split(";") if part.strip()] if text else []

    def is_traced(self, scheme: str) -> bool:
        """Tell whether the sender checks its numbers of this scheme with their issuer."""
        return scheme in self._layout.traced

    def required(self, name: str) -> str:
        return self.words(name) or self.refuse(name, "missing")

    def code(self, name: str, kind: str, *, unknown: str | None = None) -> str | None:
        """Give what the sender's word stands for; an unknown word is `unknown`, with a warning."""
        text = self.words(name)
        return self._symbol(text, kind, unknown) if text else None

    def codes(self, name: str, kind: str) -> list[str]:
        """Give what the words of a list stand for, without those that are unknown."""
        symbols = [self._symbol(part, kind, None) for part in self.parts(name)]
        return [symbol for symbol in symbols if symbol]

    def born(self, name: str) -> date | None:
        day = self.day(name)
        if day is not None:
            self._doubt(datetime.combine(day, time(), UTC))
        return day

    def day(self, name: str) -> date | None:
        """Give a date that may well lie ahead."""
        text = self.text(name)
        if text is None:
            return None
        stamp = parsed(text, self._layout.dates)
        if stamp is None:
            self.refuse(name, "not-a-date")
        return stamp[0].date()

    def moment(self, name: str) -> tuple[datetime, bool] | None:
        """Give an instant in UTC, and whether the hour is known."""
        text = self.text(name)
        if text is None:
            return None
        stamp = parsed(text, self._layout.times)
        if stamp is None:
            self.refuse(name, "not-a-time")
        local = stamp[0].replace(tzinfo=self._layout.zone)
        if local.utcoffset() != local.replace(fold=1).utcoffset():
            self.warnings.append("clock-change")
        try:
            instant = local.astimezone(UTC)
        except OverflowError:
            self.refuse(name, "not-a-time")
        self._doubt(instant)
        return instant, stamp[1]

    def check_required(self) -> None:
        """Refuse the row if a cell that has to be filled is empty."""
        for name in self._layout.required:
            if not self.text(name):
                self.refuse(name, "missing")

    def refuse(self, name: str, code: str) -> NoReturn:
        heading = self._layout.columns.get(name, name)
        detail = f"line {self._line}, column {heading}: {code}"
        raise RecordUnreadable(Reason.BAD_VALUE, detail)

    def _symbol(self, text: str, kind: str, unknown: str | None) -> str | None:
        symbol = self._layout.values.get(kind, {}).get(text.casefold())
        if symbol is None:
            self.warnings.append("unknown-code")
            return unknown
        return symbol

    def _doubt(self, when: datetime) -> None:
        if not self.received_at - MAX_AGE <= when <= self.received_at:
            self.warnings.append("unlikely-date")


def parsed(text: str, forms: Sequence[DateForm]) -> tuple[datetime, bool] | None:
    """Read a date or time in one of the agreed forms, without zone; tell whether it has an hour."""
    for form in forms:
        found = form.pattern.fullmatch(text)
        if found is None:
            continue
        numbers = {name: int(digits) for name, digits in found.groupdict().items()}
        try:
            stamp = datetime(**numbers)  # type: ignore[arg-type]  # noqa: DTZ001 - the sender's zone is added later
        except ValueError:
            continue
        return (stamp, True) if form.has_hour else (datetime.combine(stamp, NOON), False)
    return None


def telephones(text: str) -> tuple[list[str], str | None, list[str]]:
    """Give the numbers in a cell, the cell itself if it has words too, and warnings.

    "01632 960001 (mum's, after six)" must lose neither the number nor the words.
    """
    text = " ".join(text.split())
    runs = _TELEPHONE.findall(text.replace("(0)", "") if text.startswith("+") else text)
    numbers = [_digits(run) for run in runs]
    numbers = [number for number in numbers if len(number) >= MIN_TELEPHONE_DIGITS]
    warnings = []
    if not numbers:
        return [], None, ["not-a-telephone"]
    if any(_has_lost_its_zero(number) for number in numbers):
        warnings.append("leading-zero-lost")
    if any(len(number) > MAX_TELEPHONE_DIGITS for number in numbers):
        warnings.append("unlikely-telephone")
    has_words = any(letter.isalpha() for letter in text)
    if has_words:
        warnings.append("telephone-with-words")
    return numbers, text if has_words else None, warnings


def _digits(run: str) -> str:
    return re.sub(r"[^\d+]", "", run)


def _has_lost_its_zero(number: str) -> bool:
    return len(number) >= MIN_NATIONAL_DIGITS and number[0] in "123456789"
