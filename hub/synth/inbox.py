"""Write the files that the agencies' systems export, and remember when each is fetched."""

import csv
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from hub.synth.charity_layouts import AMBER_REFERRALS, KESTREL_REFERRALS
from hub.synth.charity_rows import people_without_id, referral_cells
from hub.synth.children_files import write_deliveries
from hub.synth.hospital_files import write_messages
from hub.synth.inbox_book import Inbox, Progress
from hub.synth.incidents import window
from hub.synth.layout import Layout
from hub.synth.names import in_code_page
from hub.synth.outcome_rows import order_row, outcome_row
from hub.synth.places import AGENCIES, CHILDRENS, HOSPITAL
from hub.synth.plan import Month, fetched_at, plan_months
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
from hub.synth.recorded import open_index
from hub.synth.sheet import Cells, Entry, Sheet
from hub.synth.support_layouts import AMBER_SUPPORT, KESTREL_SUPPORT
from hub.synth.support_rows import note_cells
from hub.synth.told_rows import remember_row
from hub.synth.truth import Truth

LAYOUTS = (
    FENMARCH_INCIDENTS,
    FENMARCH_DASH,
    FENMARCH_OUTCOMES,
    FENMARCH_ORDERS,
    DUNMOOR_INCIDENTS,
    DUNMOOR_DASH,
    DUNMOOR_OUTCOMES,
    DUNMOOR_ORDERS,
    AMBER_REFERRALS,
    AMBER_SUPPORT,
    KESTREL_REFERRALS,
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


def write_inbox(
    folder: Path, truth: Truth, *, years: float, until: date, progress: Progress | None
) -> Inbox:
    """Write every file of every agency, each row once in the order in which it was typed."""
    inbox = Inbox(progress, indexes={each: open_index(truth.seed, each) for each in AGENCIES})
    _, last = window(years=years, until=until)
    for layout in LAYOUTS:
        _write_exports(folder / layout.agency, truth, layout, inbox, until=until, last=last)
    write_messages(folder / HOSPITAL, truth, inbox, last=last)
    write_deliveries(folder / CHILDRENS, truth, inbox, until=until)
    return inbox


def _write_exports(
    folder: Path, truth: Truth, layout: Layout, inbox: Inbox, *, until: date, last: datetime
) -> None:
    """Write all months of one CSV format, some of them twice."""
    folder.mkdir(parents=True, exist_ok=True)
    months = plan_months(truth, layout, last=last)
    keep = {_mark(entry) for month in months.values() for entry in month.again}
    kept: dict[tuple[int, int], bytes] = {}
    for name, month in months.items():
        file = folder / f"{layout.file}-{name}.csv"
        sheet = Sheet(truth, layout, inbox.indexes[layout.agency], month.number)
        at = fetched_at(month.number, layout.agency, layout.name, until=until)
        _write_month(file, sheet, month, inbox, keep=keep, kept=kept, at=at)
        distinct = len(month.entries)
        rows = distinct + len(month.again)
        inbox.deliver(at, layout.agency, file.name, layout.name, rows=rows, distinct=distinct)
    _send_again(folder, layout, months, inbox, until=until)


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
    folder: Path, layout: Layout, months: Mapping[str, Month], inbox: Inbox, *, until: date
) -> None:
    """Export a whole month once more under another name, as somebody does who is not sure that it arrived."""
    for name, later in list(pairwise(months))[1::NTH_MONTH_AGAIN]:
        first = folder / f"{layout.file}-{name}.csv"
        again = first.with_stem(f"{first.stem}-again")
        again.write_bytes(first.read_bytes())
        at = fetched_at(months[later].number, layout.agency, layout.name, until=until) + AFTERWARDS
        rows = len(months[name].entries) + len(months[name].again)
        inbox.deliver(at, layout.agency, again.name, layout.name, rows=rows, distinct=0)


def _remember(inbox: Inbox, sheet: Sheet, entry: Entry, cells: Cells) -> None:
    used = {text for name, text in cells.items() if name.endswith("_id") and text}
    sheet.index.keys_used.update(used)
    if sheet.layout.name == "referrals" and entry.version == 1:
        referral = sheet.truth.referrals[entry.number]
        for role, person in people_without_id(referral, cells):
            inbox.nobody_s_key(sheet.layout.agency, cells["reference"], role, person)


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
