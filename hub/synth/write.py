"""Write a whole county to a folder: what the agencies export, when it is fetched, and the truth apart.

    OUT/inbox/<agency>/…     what the agencies' systems wrote, as they write it
    OUT/deliveries.jsonl     which file is fetched when, in order
    OUT/truth/…              who is who and what happened; no connector ever reads it

The folder is made beside its place under a hidden name and renamed when it is whole: who is killed
while writing leaves no county, not half of one.
"""

import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from hub.synth.inbox import Inbox, Progress, deliveries_as_json, write_inbox
from hub.synth.places import AGENCIES
from hub.synth.truth import Truth, draw_truth


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
    _write_lines(part / "deliveries.jsonl", deliveries_as_json(inbox))
    _write_truth(part / "truth", truth, inbox)
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


def _write_truth(folder: Path, truth: Truth, inbox: Inbox) -> None:
    folder.mkdir()
    _write_lines(folder / "people.jsonl", map(asdict, truth.people))
    _write_lines(folder / "households.jsonl", _households(truth))
    _write_lines(folder / "incidents.jsonl", _incidents(truth))
    _write_lines(folder / "referrals.jsonl", map(asdict, truth.referrals))
    _write_lines(folder / "records.jsonl", _records(inbox))
    expected = {
        "seed": truth.seed,
        "people": len(truth.people),
        "households": len(truth.households),
        "incidents": len(truth.incidents),
        "referrals": len(truth.referrals),
        "rows": sum(count.rows for count in inbox.counts.values()),
        "distinct": sum(count.distinct for count in inbox.counts.values()),
        "agencies": _counts(inbox),
    }
    text = json.dumps(expected, indent=1)
    (folder / "expected.json").write_text(f"{text}\n", encoding="utf-8", newline="\n")


def _counts(inbox: Inbox) -> dict[str, dict[str, dict[str, int]]]:
    """Count each agency's formats: files, data rows, and rows without those that were sent again."""
    counts: dict[str, dict[str, dict[str, int]]] = {agency: {} for agency in AGENCIES}
    for (agency, name), count in inbox.counts.items():
        counts[agency][name] = asdict(count)
    return counts


def _households(truth: Truth) -> Iterable[dict[str, object]]:
    related: dict[int, list[dict[str, object]]] = {}
    for relation in truth.relations:
        home = truth.people[relation.person].household
        related.setdefault(home, []).append(asdict(relation))
    for household in truth.households:
        yield {**asdict(household), "relations": related.get(household.number, [])}


def _incidents(truth: Truth) -> Iterable[dict[str, object]]:
    for incident in truth.incidents:
        dyad = truth.dyads[incident.dyad]
        yield {
            **asdict(incident),
            "victim": dyad.victim,
            "perpetrator": dyad.perpetrator,
            "relation": dyad.relation,
        }


def _records(inbox: Inbox) -> Iterable[dict[str, str | int]]:
    """Say which true person each agency's key stands for, and who stands on a row under none."""
    for agency, index in inbox.indexes.items():
        for number, record in sorted(index.known.items()):
            if record.local_id in index.keys_used:
                yield {"agency": agency, "local_id": record.local_id, "person": number}
    yield from inbox.without_id


def _write_lines(file: Path, lines: Iterable[Mapping[str, object]]) -> None:
    with file.open("w", encoding="utf-8", newline="\n") as out:
        for line in lines:
            out.write(json.dumps(line, ensure_ascii=False, default=_as_text) + "\n")


def _as_text(value: object) -> str:
    """Write a day or an instant.

    Raises:
        TypeError: it is neither.
    """
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError("neither a day nor an instant")
