"""Read a written county as a stranger would: with the mapping files, `csv`, and nothing of `hub.synth`."""

import csv
import io
import json
import tomllib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
MAPPINGS = {
    "fenmarch-police": "police",
    "dunmoor-police": "police",
    "amber-door": "charities",
    "kestrel-line": "charities",
}
FORMATS = {
    "police": ("incidents", "dash", "outcomes", "orders"),
    "charities": ("support", "referrals"),  # the first pattern that fits: theirs are of all names
}


@dataclass(frozen=True)
class Export:
    """One file as its mapping reads it. `lines` are the rows byte for byte, without line ends."""

    agency: str
    format: str
    file: Path
    mapping: dict[str, Any]
    headings: list[str]
    rows: list[dict[str, str]]

    @property
    def layout(self) -> dict[str, Any]:
        layout: dict[str, Any] = self.mapping[self.format]
        return layout

    @property
    def columns(self) -> dict[str, str]:
        return {**self.layout["columns"], **self.layout.get("answers", {})}


def exports(county: Path) -> Iterator[Export]:
    for agency, kind in MAPPINGS.items():
        mapping = tomllib.loads(
            (ROOT / f"connectors/{kind}/mappings/{agency}.toml").read_text("utf-8")
        )
        for file in sorted((county / "inbox" / agency).iterdir()):
            claiming = [
                name for name in FORMATS[kind] if fnmatch(file.name, mapping[name]["files"])
            ]
            assert claiming, f"{file.name} is of no format"
            assert len(claiming) == 1 or kind == "charities", f"{file.name} is of several"
            yield _read(agency, claiming[0], file, mapping)


def _read(agency: str, name: str, file: Path, mapping: dict[str, Any]) -> Export:
    text = decoded(file.read_bytes(), mapping["encodings"])
    headings, *lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    columns = {**mapping[name]["columns"], **mapping[name].get("answers", {})}
    ours = {heading: word for word, heading in columns.items()}
    rows = [
        {ours.get(heading, heading): cell for heading, cell in zip(headings, line, strict=True)}
        for line in lines
    ]
    return Export(agency, name, file, mapping, headings, rows)


def decoded(data: bytes, encodings: list[str]) -> str:
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise AssertionError("in none of the agreed encodings")


def json_lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def messages(county: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Give each message of the hospital."""
    for file in sorted((county / "inbox/osham-hospital").iterdir()):
        yield file, json.loads(file.read_text("utf-8"))


def tables(county: Path) -> Iterator[tuple[Path, dict[str, list[dict[str, str]]]]]:
    """Give each delivery of children's services, table by table."""
    for file in sorted((county / "inbox/fenmarch-children").iterdir()):
        with zipfile.ZipFile(file) as archive:
            yield (
                file,
                {
                    name.removesuffix(".csv"): list(
                        csv.DictReader(io.StringIO(archive.read(name).decode("utf-8-sig")))
                    )
                    for name in archive.namelist()
                },
            )
