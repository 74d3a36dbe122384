"""Write a whole county to a folder: what the agencies export, when it is fetched, and the truth apart.

    OUT/inbox/<agency>/…     what the agencies' systems wrote, as they write it
    OUT/deliveries.jsonl     which file is fetched when, in order
    OUT/truth/…              who is who, what happened and what is expected: see `truth_files`

The folder is made beside its place under a hidden name and renamed when it is whole: who is killed
while writing leaves no county, not half of one.
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from hub.synth.inbox import write_inbox
from hub.synth.inbox_book import Inbox, Progress, deliveries_as_json
from hub.synth.places import AGENCIES
from hub.synth.truth import Truth, draw_truth
from hub.synth.truth_files import write_lines, write_truth


class FolderTaken(Exception):
    """The folder already holds something; a county is written to a new or an empty one."""


@dataclass(frozen=True, slots=True)
class CountySummary:
    """How much was written. `rows` are data rows: each is exactly one event."""

    files: Mapping[str, int]
    people: int
    households: int
    incidents: int
    rows: Mapping[str, int]


def write_county(
    out: Path,
    *,
    seed: int = 1,
    people: int = 2000,
    years: float = 1,
    until: date,
    progress: Progress | None = None,
) -> CountySummary:
    """Write a county to `out`: the same arguments give the same bytes.

    Raises:
        FolderTaken: `out` exists and is not an empty folder.
        ValueError: there are no people, or no time.
    """
    out = out.resolve()
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise FolderTaken("the folder already holds something: name a new or an empty one")
    truth = draw_truth(seed, people=people, years=years, until=until)
    part = out.parent / f".{out.name}.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    inbox = write_inbox(part / "inbox", truth, years=years, until=until, progress=progress)
    write_lines(part / "deliveries.jsonl", deliveries_as_json(inbox))
    write_truth(part / "truth", truth, inbox, until=until)
    part.replace(out)
    return _summary(truth, inbox)


def _summary(truth: Truth, inbox: Inbox) -> CountySummary:
    files, rows = dict.fromkeys(AGENCIES, 0), dict.fromkeys(AGENCIES, 0)
    for (agency, _), count in inbox.counts.items():
        files[agency] += count.files
        rows[agency] += count.rows
    return CountySummary(
        files=files,
        people=len(truth.people),
        households=len(truth.households),
        incidents=len(truth.incidents),
        rows=rows,
    )
