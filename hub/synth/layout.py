"""How an agency's system writes an export: file names, headings, dates, code words.

The lists in `police_layouts` and `charity_layouts` are the outside systems' own; the connectors have
mapping files of theirs, and a test holds the one to the other.
"""

from collections.abc import Mapping
from dataclasses import dataclass

DASH_ITEMS = tuple(f"D{number:02d}" for number in range(1, 25))


@dataclass(frozen=True, slots=True)
class Layout:
    """One format of one agency: our word for a cell, and the heading of its column.

    What a system does in more than one way (`encodings`, `dates`, `times`) it does in turn, month by
    month. `words` are its codes for what is true.
    """

    agency: str
    name: str
    file: str  # beginning of the file's name
    columns: Mapping[str, str]
    newline: str
    encodings: tuple[str, ...]
    dates: tuple[str, ...]
    times: tuple[str, ...]
    words: Mapping[str, Mapping[str, str]]

    def encoding(self, month: int) -> str:
        return self.encodings[month % len(self.encodings)]

    def date_form(self, month: int) -> str:
        return self.dates[month % len(self.dates)]

    def time_form(self, month: int) -> str:
        return self.times[month % len(self.times)]


def block(who: str, heading: str, titles: Mapping[str, str], cells: str) -> dict[str, str]:
    """Give the columns of one person."""
    return {f"{who}_{name}": f"{heading}{titles[name]}" for name in cells.split()}
