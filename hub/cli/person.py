"""`hub person`: why records are one person, and taking apart a file that mixes two."""

import uuid
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

import click

from hub.bootstrap.consult import record_consultation
from hub.bootstrap.county import load_county
from hub.bootstrap.people import File, Names, NobodyThere, read_file, unmerge_file
from hub.bootstrap.runtime import Runtime, running
from hub.cli.frame import show, table, with_clock, with_json, with_settings
from hub.cli.principal import Asking, Refused, acting, asking, with_principal
from hub.model.agency import AgencyId
from hub.model.person import Judgement, PersonId, RecordKey
from hub.resolve.part import CannotPart
from hub.settings import Settings

HEADING = ("at", "decision", "record", "and", "because", "until")


class NotDone(click.ClickException):
    """What was asked for cannot be done."""

    exit_code = 1


@click.group()
def person() -> None:
    """Explain a person's file, tell its history, and part records of two people."""


@person.command()
@click.argument("id_", metavar="ID")
@with_principal
@with_settings
@with_clock
@with_json
def explain(
    settings: Settings,
    now: Callable[[], datetime],
    id_: str,
    principal: str,
    purpose: str,
    as_json: bool,
) -> None:
    """Explain why the records of person ID are one person, and who they may also be. It is recorded.

    Records of others bear a pseudonym. No name, date or number is shown.
    """
    with running(settings, load_county(), now) as runtime:
        file, names = _looked_up(runtime, id_, principal, purpose, "explain")
    links = [names.decision(each) for each in file.links]
    possible = [{**names.decision(each), "person": other} for each, other in file.possible]
    cuts = [names.decision(each) for each in file.cuts]
    document = {
        "person": file.person,
        "records": [names.record(each) for each in file.records],
        "links": links,
        "possible": possible,
        "cuts": cuts,
    }
    lines = [
        f"person {file.person}",
        *table(
            ((each.agency, names.record(each)["record"]) for each in file.records),
            ("agency", "record"),
        ),
    ]
    for title, some in (("one person", links), ("possibly", possible), ("judged two", cuts)):
        lines += ["", title, *table(_rows(some), HEADING)] if some else []
    show(document, lines, as_json=as_json)


@person.command()
@click.argument("id_", metavar="ID")
@with_principal
@with_settings
@with_clock
@with_json
def history(
    settings: Settings,
    now: Callable[[], datetime],
    id_: str,
    principal: str,
    purpose: str,
    as_json: bool,
) -> None:
    """Tell what was decided of the records of person ID, the oldest first. It is recorded."""
    with running(settings, load_county(), now) as runtime:
        file, names = _looked_up(runtime, id_, principal, purpose, "history")
    told = [names.decision(each) for each in file.log]
    show({"person": file.person, "decisions": told}, table(_rows(told), HEADING), as_json=as_json)


@person.command()
@click.argument("id_", metavar="ID")
@click.option("--record", "records", multiple=True, required=True,
              help="AGENCY:LOCAL_ID of a record that is somebody else's. Several times for several.")  # fmt: skip
@click.option("--reason", required=True, help="Why, in your words. It is kept.")
@click.option("--as", "principal", required=True, help="Who judges: user@organisation-id.")
@with_settings
@with_clock
@with_json
def unmerge(
    settings: Settings,
    now: Callable[[], datetime],
    id_: str,
    records: tuple[str, ...],
    reason: str,
    principal: str,
    as_json: bool,
) -> None:
    """Part records from the others of the file of person ID, for ever. No event is lost."""
    named = [_record(text) for text in records]
    if not reason.strip():
        raise click.BadParameter("say why", param_hint="--reason")
    county = load_county()
    with running(settings, county, now) as runtime:
        who = acting(runtime, principal)
        try:
            known = _record_it(runtime, who, id_, "unmerge")
            done = unmerge_file(
                runtime, known, named, Judgement(principal, reason), of=who.organisation.id
            )
        except (NobodyThere, CannotPart) as error:
            raise NotDone(str(error)) from None
    document = {
        "people": done.people,
        "moved_records": done.moved_records,
        "shown_to": done.shown_to,
    }
    lines = [
        f"{done.moved_records} records moved; the file is now {len(done.people)} people:",
        *(f"  {each}" for each in done.people),
        f"shown something of it before: {', '.join(done.shown_to) or 'nobody'}",
    ]
    show(document, lines, as_json=as_json)


def _looked_up(
    runtime: Runtime, id_: str, principal: str, purpose: str, verb: str
) -> tuple[File, Names]:
    """Read a file for somebody, once it is recorded that they look at it."""
    who = asking(runtime, principal, purpose)
    known = _record_it(runtime, who, id_, verb)
    try:
        return read_file(runtime, known, of=who.organisation.id), Names(
            runtime, who.organisation.id
        )
    except NobodyThere:
        raise Refused(f"{principal} may not have this for the purpose {purpose}") from None


def _record_it(runtime: Runtime, who: Asking, id_: str, verb: str) -> PersonId:
    """Put it into the ledger under the person's id, and nothing there that is none; give the id."""
    try:
        known = PersonId(str(uuid.UUID(id_)))
    except ValueError:
        raise Refused(f"{who.principal} may not have this for the purpose {who.purpose}") from None
    record_consultation(
        runtime,
        principal=who.principal,
        organisation=who.organisation,
        purpose=who.purpose,
        what=f"person {known}: {verb}",
    )
    return known


def _record(text: str) -> RecordKey:
    agency, colon, local_id = text.partition(":")
    if not (agency and colon and local_id):
        raise click.BadParameter("write AGENCY:LOCAL_ID", param_hint="--record")
    return RecordKey(AgencyId(agency), local_id)


def _rows(told: Iterable[Mapping[str, object]]) -> list[tuple[object, ...]]:
    return [
        (
            each["at"],
            each["kind"],
            _short(each["a"]),
            _short(each["b"]),
            each["reason"] or "said by another organisation",
            each["ended_at"] or "",
        )
        for each in told
    ]


def _short(record: object) -> str:
    return f"{record['agency']}:{record['record']}" if isinstance(record, dict) else ""
