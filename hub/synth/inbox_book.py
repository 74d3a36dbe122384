"""What was written into the agencies' inboxes, and when each file is fetched.

For checking and for the truth: no agency sees it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from hub.synth.recorded import AgencyIndex
from hub.synth.told import Told

Progress = Callable[[str], None]
"""Is told each file that is written: its agency, its name, its number of rows."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """When a file is fetched."""

    at: datetime
    agency: str
    file: str


@dataclass(slots=True)
class Count:
    """What was written of one format. `distinct` are rows that say something for the first time."""

    files: int = 0
    rows: int = 0
    distinct: int = 0


@dataclass(slots=True)
class Inbox:
    """What was written so far. `progress` hears of each file."""

    progress: Progress | None = None
    deliveries: list[Delivery] = field(default_factory=list)
    counts: dict[tuple[str, str], Count] = field(default_factory=dict)
    indexes: dict[str, AgencyIndex] = field(default_factory=dict)
    told: Told = field(default_factory=Told)
    without_id: list[dict[str, str | int]] = field(default_factory=list)

    def deliver(
        self, at: datetime, agency: str, file: str, format_name: str, *, rows: int, distinct: int
    ) -> None:
        """Remember a file."""
        self.deliveries.append(Delivery(at, agency, file))
        count = self.counts.setdefault((agency, format_name), Count())
        count.files, count.rows = count.files + 1, count.rows + rows
        count.distinct += distinct
        if self.progress is not None:
            self.progress(f"{agency} {file} {rows} rows")

    def nobody_s_key(self, agency: str, reference: str, role: str, person: int) -> None:
        """Remember who stands on a row under no key of the agency's."""
        line: dict[str, str | int] = {
            "agency": agency, "reference": reference, "role": role, "person": person,
        }  # fmt: skip
        if line not in self.without_id[-20:]:  # newer versions say the same, and come right after
            self.without_id.append(line)

    def in_order(self) -> list[Delivery]:
        return sorted(self.deliveries, key=lambda each: (each.at, each.agency, each.file))


def deliveries_as_json(inbox: Inbox) -> Iterator[dict[str, str]]:
    for each in inbox.in_order():
        yield {"agency": each.agency, "file": each.file, "at": f"{each.at:%Y-%m-%dT%H:%M:%SZ}"}
