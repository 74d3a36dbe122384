"""Write the files that the agencies' systems export, and remember when each is fetched."""

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from hub.synth.charity_layouts import AMBER_REFERRALS, KESTREL_REFERRALS
from hub.synth.charity_rows import people_without_id, referral_cells
from hub.synth.incidents import window
from hub.synth.layout import Layout
from hub.synth.names import in_code_page
from hub.synth.outcome_rows import order_row, outcome_row
from hub.synth.places import AGENCIES
from hub.synth.plan import Month, delivered_at, plan_months
from hub.synth.police_layouts import (
    DUNMOOR_DASH,
    DUNMOOR_INCIDENTS,
    FENMARCH_DASH,
    FENMARCH_INCIDENTS,
)
from hub.synth.police_outcomes import (
    DUNMOOR_ORDERS,
    DUNMOOR_OUTCOMES,
    FENMARCH_ORDERS,
    FENMARCH_OUTCOMES,
)
from hub.synth.police_rows import dash_cells, incident_cells
from hub.synth.recorded import AgencyIndex, open_index
from hub.synth.sheet import Cells, Entry, Sheet
from hub.synth.support_layouts import AMBER_SUPPORT, KESTREL_SUPPORT
from hub.synth.support_rows import note_cells
from hub.synth.told import Told
from hub.synth.told_rows import remember_row
from hub.synth.truth import Truth

LAYOUTS = (
    FENMARCH_INCIDENTS,
    FENMARCH_DASH,
    DUNMOOR_INCIDENTS,
    DUNMOOR_DASH,
    FENMARCH_OUTCOMES,
    FENMARCH_ORDERS,
    DUNMOOR_OUTCOMES,
    DUNMOOR_ORDERS,
    AMBER_REFERRALS,
    KESTREL_REFERRALS,
    AMBER_SUPPORT,
    KESTREL_SUPPORT,
)
WRITERS: Mapping[str, Callable[[Sheet, Entry], Cells]] = {
    "incidents": incident_cells,
    "dash": dash_cells,
    "outcomes": outcome_row,
    "orders": order_row,
    "referrals": referral_cells,
    "support": note_cells,
}

NTH_MONTH_AGAIN, AFTERWARDS = 12, timedelta(seconds=30)

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
    """What was written of one format."""

    files: int = 0
    rows: int = 0
    distinct: int = 0


@dataclass(slots=True)
class Inbox:
    """What was written: for checking and for the truth, not for the agencies."""

    deliveries: list[Delivery] = field(default_factory=list)
    counts: dict[tuple[str, str], Count] = field(default_factory=dict)
    indexes: dict[str, AgencyIndex] = field(default_factory=dict)
    told: Told = field(default_factory=Told)
    without_id: list[dict[str, str | int]] = field(default_factory=list)


def write_inbox(
    folder: Path, truth: Truth, *, years: float, until: date, progress: Progress | None
) -> Inbox:
    """Write every file of every agency, each row once in the order in which it was typed."""
    inbox = Inbox(indexes={agency: open_index(truth.seed, agency) for agency in AGENCIES})
    _, last = window(years=years, until=until)
    for layout in LAYOUTS:
        (folder / layout.agency).mkdir(parents=True, exist_ok=True)
        months = plan_months(truth, layout, last=last)
        count = inbox.counts[layout.agency, layout.name] = Count()
        keep = {_mark(entry) for month in months.values() for entry in month.again}
        kept: dict[tuple[int, int], bytes] = {}
        for name, month in months.items():
            file = folder / layout.agency / f"{layout.file}-{name}.csv"
            sheet = Sheet(truth, layout, inbox.indexes[layout.agency], month.number)
            at = delivered_at(month, layout, until=until)
            _write_month(file, sheet, month, inbox, keep=keep, kept=kept, at=at)
            inbox.deliveries.append(Delivery(at, layout.agency, file.name))
            rows = len(month.entries) + len(month.again)
            count.files, count.rows = count.files + 1, count.rows + rows
            count.distinct += len(month.entries)
            if progress is not None:
                progress(f"{layout.agency} {file.name} {rows} rows")
        _send_again(folder / layout.agency, layout, months, inbox, until=until, progress=progress)
    inbox.deliveries.sort(key=lambda each: (each.at, each.agency, each.file))
    return inbox


def _write_month(
    file: Path,
    sheet: Sheet,
    month: Month,
    inbox: Inbox,
    *,
    keep: set[tuple[int, int]],
    kept: dict[tuple[int, int], bytes],
    at: datetime,
) -> None:
    """Write one file: first what it repeats, byte for byte, then what is new."""
    layout = sheet.layout
    encoding = layout.encoding(month.number)
    with file.open("wb") as out:
        out.write(_bytes(_line(layout, list(layout.columns.values())), encoding))
        for entry in month.again:
            out.write(kept.pop(_mark(entry)))
        for entry in month.entries:
            cells = WRITERS[layout.name](sheet, entry)
            row = [cells.get(name, "") for name in layout.columns]
            line = _bytes(_line(layout, row), encoding.removesuffix("-sig"))
            out.write(line)
            remember_row(inbox.told, sheet, entry, cells, file=file.name, received_at=at)
            _remember(inbox, sheet, entry, cells)
            if _mark(entry) in keep:
                kept[_mark(entry)] = line


def _send_again(
    folder: Path,
    layout: Layout,
    months: Mapping[str, Month],
    inbox: Inbox,
    *,
    until: date,
    progress: Progress | None,
) -> None:
    """Export a whole month once more under another name, as somebody does who is not sure that it arrived."""
    names = list(months)
    count = inbox.counts[layout.agency, layout.name]
    for name, later in list(pairwise(names))[1::NTH_MONTH_AGAIN]:
        first, again = (
            folder / f"{layout.file}-{name}.csv",
            folder / f"{layout.file}-{name}-again.csv",
        )
        again.write_bytes(first.read_bytes())
        at = delivered_at(months[later], layout, until=until) + AFTERWARDS
        inbox.deliveries.append(Delivery(at, layout.agency, again.name))
        rows = len(months[name].entries) + len(months[name].again)
        count.files, count.rows = count.files + 1, count.rows + rows
        if progress is not None:
            progress(f"{layout.agency} {again.name} {rows} rows")


def _remember(inbox: Inbox, sheet: Sheet, entry: Entry, cells: Cells) -> None:
    used = {text for name, text in cells.items() if name.endswith("_id") and text}
    sheet.index.keys_used.update(used)
    if sheet.layout.name == "referrals" and entry.version == 1:
        referral = sheet.truth.referrals[entry.number]
        inbox.without_id += [
            {
                "agency": sheet.layout.agency,
                "reference": cells["reference"],
                "role": role,
                "person": person,
            }
            for role, person in people_without_id(referral, cells)
        ]


def _mark(entry: Entry) -> tuple[int, int]:
    return entry.number, entry.version


class _AsText:
    """Gives a row back as text instead of writing it."""

    def write(self, text: str) -> str:
        return text


def _line(layout: Layout, row: list[str]) -> str:
    text: str = csv.writer(_AsText(), lineterminator=layout.newline).writerow(row)
    return text


def _bytes(text: str, encoding: str) -> bytes:
    if encoding == "cp1252":
        text = in_code_page(text)
    return text.encode(encoding)


def deliveries_as_json(inbox: Inbox) -> Iterator[dict[str, str]]:
    for each in inbox.deliveries:
        yield {"agency": each.agency, "file": each.file, "at": f"{each.at:%Y-%m-%dT%H:%M:%SZ}"}
