"""`hub demo`: everything, once through, in front of your eyes."""

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from datetime import date, datetime
from pathlib import Path

import click

from hub.bootstrap.clock import utc_now
from hub.bootstrap.county import County, load_county
from hub.bootstrap.demo import (
    Agenda,
    CountyAsked,
    NotForDemonstration,
    OtherCounty,
    Told,
    county_in,
    go_on,
    run_through,
)
from hub.bootstrap.runtime import running
from hub.cli.frame import WRONG_USE, instant, say, show, table, with_json
from hub.cli.ingest import summary as outcome_summary
from hub.cli.stopping import stopped
from hub.model.agency import AgencyId
from hub.settings import Settings
from hub.settings import settings as read_settings
from hub.stream.topics import out_topic
from hub.synth.write import FolderTaken


@click.command()
@click.option(
    "--once", is_flag=True, help="End when all is through; else go on watching the inboxes."
)
@click.option("--seed", type=int, help="Another county. Default: 1.")
@click.option("--people", type=click.IntRange(min=2), help="How many. Default: 2000.")
@click.option("--as-of", help="Day or instant that replaces the clock. Default: now.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Keep county and data here; go on there."
)
@click.option("--db", help="Database URL. Default: SQLite in the folder.")
@click.option("--log", "log_", help="sql: or kafka://host:port. Default: sql:")
@with_json
def demo(
    once: bool, seed: int | None, people: int | None, as_of: str | None, out: Path | None,
    db: str | None, log_: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Write a county of invented people in its agencies' own formats, and take it all the way.

    The agencies' files go through the connectors onto their topics, are linked to people, decided
    field by field for every recipient, and sent to the recipients' topics. Nothing is needed but
    this package; --log and --db run the very same thing on a real Kafka and PostgreSQL.
    """
    moment = None if as_of is None else instant(as_of)
    with ExitStack() as stack:
        folder = (
            out
            or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hub-demo-"))) / "county"
        )
        asked = CountyAsked(seed, people, None if moment is None else moment.date())
        try:
            there = county_in(folder, asked, utc_now().date(), say)
        except (OtherCounty, FolderTaken) as error:
            say(str(error))
            raise SystemExit(WRONG_USE) from None
        now = _clock(moment, there.as_of)
        options = read_settings(db=db, log=log_, home=str(folder / "home"), environment={})
        county = load_county()
        with running(options, county, now, migrate=True) as runtime:
            try:
                told = run_through(runtime, there, say)
            except NotForDemonstration as error:
                say(str(error))
                raise SystemExit(WRONG_USE) from None
            lines = text(told, county, options, kept=out)
            show(document(told, county), lines, as_json=as_json)
            if not once:
                say(f"watching {folder / 'inbox'}; Ctrl-C ends it")
                with stopped() as is_stopped:
                    go_on(runtime, there, is_stopped, say)


def _clock(moment: datetime | None, day: date) -> Callable[[], datetime]:
    """Give the clock: the instant asked for, or the end of the county's last day."""
    fixed = moment or instant(day.isoformat())
    return lambda: fixed


def document(told: Told, county: County) -> dict[str, object]:
    """Give what happened in the words of the commands page."""
    found = outcome_summary(told.outcome)
    blank = {"disclosed": 0, "withheld_fields": 0, "suppressed": 0, "recalled": 0}
    per_recipient = found["recipients"]
    assert isinstance(per_recipient, dict)  # noqa: S101 - `summary` makes it
    return {
        "seed": told.county.seed,
        "as_of": told.county.as_of.isoformat(),
        "published": told.published,
        "kept": found["kept"],
        "duplicates": found["duplicates"],
        "dead_letters": found["dead_letters"],
        "people": told.people,
        "cases": told.cases,
        "high_risk_cases": told.high_risk_cases,
        "recipients": {each.id: per_recipient.get(each.id, blank) for each in county.recipients},
        "agenda": {"meeting": told.agenda.meeting, "cases": told.agenda.cases},
        "fingerprint": told.fingerprint,
        "seconds": round(told.seconds, 2),
    }


def text(told: Told, county: County, options: Settings, kept: Path | None) -> list[str]:
    """Say what happened so that a newcomer understands it, and what to try next."""
    outcome = told.outcome
    dead = sum(outcome.dead_letters.values())
    lines = [
        "",
        "What the agencies wrote",
        *table(sorted(told.published.items()), ("agency", "events")),
        "",
        "What became of it",
        f"  {outcome.kept} events kept, {outcome.duplicates} came a second time and count once, {dead} dead letters",
        f"  {told.people} people, each with what every agency says of them",
        f"  {told.cases} cases; in {told.high_risk_cases} of them a MARAC criterion stands",
        f"  {told.agenda.cases} cases on the agenda of the meeting of {told.agenda.held_on}",
        "",
        "What each recipient may have (every decision is in the ledger)",
    ]
    heading = ("recipient", "type", "disclosed", "fields withheld", "kept from them", "recalled")
    rows = [
        (
            each.id,
            each.type.value,
            outcome.disclosed[each.id],
            outcome.withheld_fields[each.id],
            outcome.suppressed[each.id],
            outcome.recalled[each.id],
        )
        for each in county.recipients
    ]
    lines += [
        *table(rows, heading),
        "",
        f"{told.seconds:.1f} s, fingerprint {told.fingerprint[:16]}",
    ]
    if kept is None:
        return [*lines, "", "Keep it and look inside: hub demo --once --out hub-demo"]
    return [*lines, "", "Try next", *_next(kept, options, county, told.agenda)]


def _next(kept: Path, options: Settings, county: County, agenda: Agenda) -> list[str]:
    where = f"--home {kept / 'home'}"
    if options.kafka:
        where += f" --log {options.log}"
    if not options.db.startswith("sqlite"):
        where += " --db …"  # it may hold a password
    read = f"hub topics read {where} --limit 1"
    asks = f"{where} --as co@fenmarch-police --purpose marac"
    return [
        "  the next meeting's agenda, a case on it (REF is in the agenda), and who is invited to them:",
        f"    hub agenda show {agenda.meeting} {asks}",
        f"    hub case show REF {asks}",
        f"    hub meeting circulate {agenda.meeting} {asks}",
        "  what the IDVA service got:",
        f"    {read} {_topic(county, 'fenmarch-idva', 'ida')}",
        "  what a landlord got:",
        f"    {read} {_topic(county, 'fenmarch-homes', 'hal')}",
        "  what the agencies wrote, and what no connector ever sees:",
        f"    ls {kept}/inbox/*/read {kept}/truth",
        "  what a person has to decide:",
        f"    hub review list {where} --as duty@fenmarch-police --purpose safeguarding",
        "  put something of your own into an inbox, and run it again:",
        f"    hub demo --once --out {kept}",
        f"    hub dead-letters list {where}",
    ]


def _topic(county: County, organisation: str, user: str) -> str:
    """Give what reads an organisation's topic: whose it is, who asks, and what it was decided for."""
    found = county.bundle.recipients[AgencyId(organisation)]
    return f"{out_topic(found.id)} --as {user}@{organisation} --purpose {found.purpose}"
