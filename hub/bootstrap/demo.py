"""The demonstration: a county of invented people, all the way through, on whatever parts are named.

It goes on where it was: the county is written whole or not at all, connectors keep their place, the
log is taken in once, and the relay resumes from what readers can see. So a run that was killed at
any moment is run again, and ends in the same fingerprint.
"""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from connectors.inbox import StandsStill
from connectors.run import run_once
from hub.afresh.values import Outcome
from hub.bootstrap.connectors import formats_of, home_of
from hub.bootstrap.meetings import MARAC, Meetings
from hub.bootstrap.processes import ingest_until, relay_until
from hub.bootstrap.runtime import Runtime
from hub.bootstrap.workdays import next_working_day
from hub.model.agency import AgencyId
from hub.prepare import Reader
from hub.store import settings as store_settings
from hub.store.cases import counted
from hub.store.events import event
from hub.store.fingerprint import fingerprint
from hub.store.people import record
from hub.synth.write import write_county

DESCRIPTION = "demo.json"
DEFAULT_SEED, DEFAULT_PEOPLE, YEARS = 1, 2000, 1.0
MARAC_ID, DAYS_AHEAD, MINUTES = "fenmarch", 30, 300
"""The meeting that the demonstration prepares."""

Say = Callable[[str], None]


class NotForDemonstration(Exception):
    """The database holds events that no demonstration put there."""


class OtherCounty(Exception):
    """The folder holds another county than the one asked for. The text says which."""


@dataclass(frozen=True, slots=True)
class CountyAsked:
    """What county is wanted; None: whatever is there, or the default."""

    seed: int | None
    people: int | None
    as_of: date | None


@dataclass(frozen=True, slots=True)
class CountyThere:
    """A county on disk."""

    folder: Path
    seed: int
    people: int
    as_of: date


@dataclass(frozen=True, slots=True)
class Agenda:
    """The meeting that a run prepared: its id, its day, and how many cases its coordinator sees."""

    meeting: str
    held_on: date
    cases: int


@dataclass(frozen=True, slots=True)
class Told:
    """What a run did: counts of this run, and what the database holds after it."""

    county: CountyThere
    published: dict[str, int]
    outcome: Outcome
    sent: int
    people: int
    cases: int
    high_risk_cases: int
    agenda: Agenda
    fingerprint: str
    seconds: float


def county_in(folder: Path, asked: CountyAsked, today: date, say: Say) -> CountyThere:
    """Give the county in a folder, writing it first where there is none.

    Raises:
        OtherCounty: another one is there.
        hub.synth.write.FolderTaken: the folder holds something else.
    """
    file = folder / DESCRIPTION
    if not (folder / "deliveries.jsonl").exists():
        seed = DEFAULT_SEED if asked.seed is None else asked.seed
        people = asked.people or DEFAULT_PEOPLE
        say(f"writing a county of {people} invented people, seed {seed}")
        write_county(folder, seed=seed, people=people, years=YEARS, until=asked.as_of or today)
        _describe(file, seed, people, asked.as_of or today)
    elif not file.exists():  # killed between the two
        expected = json.loads((folder / "truth" / "expected.json").read_text("utf-8"))
        _describe(file, expected["seed"], expected["people"], _last_day(folder))
    found = json.loads(file.read_text("utf-8"))
    there = CountyThere(folder, found["seed"], found["people"], date.fromisoformat(found["as_of"]))
    for name in ("seed", "people", "as_of"):
        if getattr(asked, name) not in (None, getattr(there, name)):
            raise OtherCounty(
                f"{folder} holds a county of {name} {getattr(there, name)}: name another --out"
            )
    return there


def run_through(runtime: Runtime, county: CountyThere, say: Say) -> Told:
    """Take everything in the inboxes to the recipients' topics."""
    began = time.monotonic()
    _claim(runtime)
    runtime.create_topics()
    published = _connect(runtime, county, say)
    say("taking in and deciding")
    outcome = ingest_until(runtime, lambda: False, once=True, seen=_progress(say))
    agenda = _prepare(runtime, county, outcome, say)
    say("sending to recipients")
    sent = relay_until(runtime, lambda: False, once=True)
    with runtime.engine.connect() as conn:
        people = conn.execute(
            sa.select(sa.func.count(sa.distinct(record.c.person_id)))
        ).scalar_one()
        cases, at_high_risk = counted(conn, county.as_of)
        content = str(fingerprint(conn)["fingerprint"])
    return Told(
        county=county, published=published, outcome=outcome, sent=sent, people=people, cases=cases,
        high_risk_cases=at_high_risk, agenda=agenda, fingerprint=content, seconds=time.monotonic() - began,
    )  # fmt: skip


def go_on(runtime: Runtime, county: CountyThere, is_stopped: Callable[[], bool], say: Say) -> None:
    """Watch the inboxes, and take what is put there all the way, until told to stop."""
    still = {agency: StandsStill() for agency in _agencies(county)}
    while not is_stopped():
        for agency, settled in still.items():
            report = run_once(
                agency, formats_of(agency), county.folder / "inbox" / agency, home_of(runtime.settings, agency),
                runtime.publisher(), runtime.now, settled=settled,
            )  # fmt: skip
            if report.files:
                say(f"{agency}: {report.accepted} of {report.read} read")
        outcome = ingest_until(runtime, is_stopped, once=True, seen=lambda _: None)
        sent = relay_until(runtime, is_stopped, once=True)
        if outcome.read:
            say(f"{outcome.kept} kept, {outcome.duplicates} known already, {sent} sent")
        time.sleep(1)


def _prepare(runtime: Runtime, county: CountyThere, outcome: Outcome, say: Say) -> Agenda:
    """Make the next meeting and list what is due. Nobody is invited yet: that is for a person to do."""
    say("listing what the next meeting hears")
    marac = runtime.county.maracs[MARAC_ID]
    coordinator = runtime.county.bundle.recipients[marac.coordinator]
    reader = Reader(f"demo@{coordinator.id}", replace(coordinator, purpose=MARAC))
    meetings = Meetings(runtime)
    held_on = next_working_day(county.as_of + timedelta(days=DAYS_AHEAD))
    made = meetings.create(reader, marac.id, held_on, MINUTES)
    outcome.add(made.outcome)
    cases = meetings.agenda(reader, made.meeting["id"])["cases"]
    return Agenda(made.meeting["id"], held_on, len(cases))


def _claim(runtime: Runtime) -> None:
    """Mark the database as one of invented people, unless it holds anybody else.

    Raises:
        NotForDemonstration: it does.
    """
    with runtime.engine.begin() as conn:
        if store_settings.read(conn, store_settings.DEMO) is not None:
            return
        if conn.execute(sa.select(event.c.event_id).limit(1)).first() is not None:
            raise NotForDemonstration(
                "this database holds events already: a demonstration wants one of its own (--db)"
            )
        store_settings.write(conn, store_settings.DEMO, "yes")


def _connect(runtime: Runtime, county: CountyThere, say: Say) -> dict[str, int]:
    """Run the connectors in the order of the deliveries, each file at the instant it came."""
    published: Counter[str] = Counter(dict.fromkeys(_agencies(county), 0))
    publisher = runtime.publisher()

    def run(agency: AgencyId, wanted: Callable[[Path], bool], at: datetime) -> None:
        report = run_once(
            agency, formats_of(agency), county.folder / "inbox" / agency, home_of(runtime.settings, agency),
            publisher, lambda: at, settled=wanted,
        )  # fmt: skip
        published[agency] += report.published

    for number, (agency, name, at) in enumerate(_deliveries(county.folder)):
        if number % 20 == 0:
            say(f"connectors: {number} deliveries, {sum(published.values())} events published")
        if (county.folder / "inbox" / agency / name).exists():
            run(agency, lambda file, name=name: file.name == name, at)  # type: ignore[misc]
    for agency in _agencies(county):  # what somebody else put there, and what waits in a spool
        run(agency, lambda _: True, runtime.now())
    return dict(published)


def _agencies(county: CountyThere) -> list[AgencyId]:
    return sorted(
        AgencyId(each.name) for each in (county.folder / "inbox").iterdir() if each.is_dir()
    )


def _deliveries(folder: Path) -> Iterator[tuple[AgencyId, str, datetime]]:
    for line in (folder / "deliveries.jsonl").read_text("utf-8").splitlines():
        found = json.loads(line)
        yield (
            AgencyId(found["agency"]),
            found["file"],
            datetime.fromisoformat(found["at"]).astimezone(UTC),
        )


def _last_day(folder: Path) -> date:
    *_, (_, _, last) = _deliveries(folder)
    return last.date()


def _describe(file: Path, seed: int, people: int, as_of: date) -> None:
    part = file.with_suffix(".part")
    part.write_text(
        json.dumps({"seed": seed, "people": people, "as_of": as_of.isoformat()}) + "\n", "utf-8"
    )
    part.replace(file)


def _progress(say: Say) -> Callable[[Outcome], None]:
    done = 0

    def seen(outcome: Outcome) -> None:
        nonlocal done
        done += outcome.read
        if outcome.read:
            say(f"  {done} read")

    return seen
