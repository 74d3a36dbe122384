"""Four kinds of agencies' files full of canaries, taken all the way by the commands that an operator has."""

import tomllib
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

from hub.cli import main
from hub.synth.inbox import LAYOUTS
from hub.synth.places import DUNMOOR, HOSPITAL, KESTREL
from tests.harness import ROOT, Parts, hub
from tests.native import csv_files
from tests.native.csv_files import Planter
from tests.native.fhir_files import UNREAD, FhirPlanter
from tests.native.permitted import REGISTER
from tests.native.ssd_files import COUNCIL, SsdPlanter
from tests.native.tokens import Canaries

AS_OF = ("--as-of", "2026-11-20")
DUTY = ("--as", "duty@fenmarch-police", "--purpose", "safeguarding")
NAMED = [each["name"] for each in REGISTER.values()]
IN_PAIRS = (DUNMOOR, KESTREL)
"""Second ones of their kind: they write their formats in other words; one sound row of each will do."""


@dataclass(frozen=True)
class Planted:
    """The canaries: those of sound rows of exports, and those that stand where no connector reads."""

    canaries: Canaries
    sound: frozenset[str]
    unread: frozenset[str]
    agencies: tuple[str, ...]


def plant(inboxes: Path, *, odd: bool) -> Planted:
    """Fill every agency's inbox: with what is sound, and perhaps with texts out of place too."""
    canaries = Canaries()
    who = {name: canaries.text(f"everybody knows her {name}") for name in ("given", "family")}
    who["born"] = canaries.day("everybody knows when she was born").isoformat()
    who["nhs"] = canaries.nhs("everybody knows her number")
    sound: set[str] = set()
    for layout in LAYOUTS:
        her_key = {"id": canaries.text(f"{layout.agency}: her key")}
        planter = Planter(layout, canaries, who | her_key, "; ".join(NAMED))
        rows = list(planter.rows(odd=odd and layout.agency not in IN_PAIRS))
        sound |= canaries.found("\n".join(rows[0].cells.values()))
        _put(inboxes / layout.agency, f"{layout.file}-1.csv", planter.file(rows))
    number = canaries.text(f"{HOSPITAL}: her key")
    hospital = FhirPlanter(canaries, who, number, tuple(NAMED))
    _put(inboxes / HOSPITAL, "ED-1.json", hospital.sound())
    if odd:
        _put(inboxes / HOSPITAL, "ED-2.ndjson", hospital.odd())
    _put(inboxes / COUNCIL, "ssd-2026-11.zip", SsdPlanter(canaries, who).file(odd=odd))
    agencies = tuple(sorted(each.name for each in inboxes.iterdir()))
    unread = frozenset(_unread(canaries))
    return Planted(canaries, frozenset(sound - unread), unread, agencies)


def take_in(parts: Parts, inboxes: Path, planted: Planted) -> str:
    """Read, take in and send all of it, and handle what was set aside; give all that anything printed or logged."""
    hub(parts, "db", "upgrade")
    hub(parts, "topics", "apply")
    runs = [
        ("connector", "run", each, "--inbox", str(inboxes / each), "--once", "--json", *AS_OF)
        for each in planted.agencies
    ]
    runs += [(each, "run", "--once", "--json", *AS_OF) for each in ("ingest", "relay")]
    runs += [("dead-letters", each, "--json") for each in ("list", "replay")]
    runs += [("dead-letters", "list"), ("review", "list", *DUTY, "--json")]
    return "".join(ran(parts, *each) for each in runs)


def ran(parts: Parts, *arguments: str) -> str:
    """Run a command; give all that it printed on either stream, and what it failed with."""
    environment = {"HUB_DB": None, "HUB_LOG": None, "HUB_HOME": None, **parts.named}
    done = CliRunner(env=environment).invoke(main, list(arguments))
    failed = done.exception is not None and not isinstance(done.exception, SystemExit)
    assert not failed, "".join(traceback.format_exception(done.exception))
    return done.stdout + done.stderr


def _put(folder: Path, name: str, data: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def _unread(canaries: Canaries) -> Iterator[str]:
    """Give the canaries in columns and fields that no mapping has."""
    text = (ROOT / f"connectors/social_services/mappings/{COUNCIL}.toml").read_text("utf-8")
    tables = [each for each in tomllib.loads(text).values() if isinstance(each, dict)]
    read = {column for table in tables for column in table["columns"].values()}
    for form, place in canaries.places.items():
        name = place.rpartition(": ")[2]
        is_council = place.startswith(COUNCIL) and "_" in name
        column = next((word for word in name.split() if "_" in word), "")
        is_unmapped = is_council and column not in read
        if is_unmapped or name in csv_files.UNREAD or name.endswith(UNREAD):
            yield form
