"""`hub policy`: who may see what, and why. These commands read only the files that they are given."""

import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from hub.bootstrap.county import County, load_county
from hub.cli.frame import REFUSED, instant, show, table, with_clock, with_json, with_policies
from hub.cli.matrix import approve, diff, render
from hub.disclose.explain import explain as explain_plan
from hub.disclose.lint import lint as lint_bundle
from hub.disclose.never import check_never
from hub.disclose.plan import Planner
from hub.disclose.project import DisclosureHead
from hub.disclose.schema import SourceSchema
from hub.disclose.treat import Run
from hub.disclose.trial import run_tests
from hub.model.agency import AgencyId
from hub.model.enquiry import Context
from hub.model.event import Body, EventType
from hub.stream.registry import event_names
from hub.synth.examples import from_json

Command = TypeVar("Command", bound=Callable[..., Any])

DISCLOSURE_ID = "00000000-0000-0000-0000-000000000000"
"""Fixed here, and so is the key: equal inputs give equal bytes. In service both are random."""
UNKNOWN = "unknown"


@click.group()
def policy() -> None:
    """Try, explain and check the rules that decide who may see what."""


for each in (render, diff, approve):
    policy.add_command(each)


@dataclass(frozen=True)
class Case:
    """One event and one context, out of files, under one bundle."""

    county: County
    planner: Planner
    schema: SourceSchema
    context: Context
    body: Body
    recipient: AgencyId


def with_case(command: Command) -> Command:
    """Add the arguments that `project` and `explain` share, and pass on what they name."""
    readable = click.Path(exists=True, dir_okay=False, path_type=Path)

    @click.option("--schema", "name", required=True, help="Event type: incident-reported.")
    @click.option(
        "--event", required=True, type=readable, help="The event, as schemas/<event>/examples."
    )
    @click.option(
        "--context", "context_file", required=True, type=readable, help="The context, in JSON."
    )
    @click.option("--recipient", required=True, help="Id of an organisation of the register.")
    @with_policies
    @with_clock
    @wraps(command)
    def wrapped(
        name: str, event: Path, context_file: Path, recipient: str, policies: Path | None,
        now: Callable[[], datetime], **more: Any,  # noqa: ANN401 - click's own
    ) -> Any:  # noqa: ANN401 - click's own  # fmt: skip
        county = load_county(policies)
        events = event_names(county.registry)
        if name not in events:
            raise click.UsageError(f"no event {name}; there are: {', '.join(events)}")
        if recipient not in county.bundle.recipients:
            raise click.UsageError(
                f"{recipient} is not in the register: `hub agencies list` has it"
            )
        case = Case(
            county=county,
            planner=Planner(county.bundle, now().date()),
            schema=county.schemas[EventType(name)],
            context=_context(context_file),
            body=_event(county, name, event),
            recipient=AgencyId(recipient),
        )
        return command(case, **more)

    return wrapped  # type: ignore[return-value]


@policy.command()
@with_case
@with_json
def project(case: Case, as_json: bool) -> None:
    """Show what a recipient would get of an event in a context, and the SHA-256 of its bytes."""
    plan = case.planner.plan(case.schema, case.context)
    view, digest = None, None
    if plan.outcome == "disclosed":
        codec, registry = case.county.codec, case.county.registry
        registered = registry.view_of(registry.latest[case.schema.name])
        head = DisclosureHead(DISCLOSURE_ID, case.county.bundle.version, plan.id, case.recipient)
        key = hmac.digest(b"hub policy project", case.recipient.encode(), "sha256")
        run = Run(key, case.context.event_date, Counter())
        written = codec.disclosing(registered, case.schema, plan)(head, case.body, run)
        view, digest = codec.decode(written), hashlib.sha256(written).hexdigest()
    treatments = {path: treatment.value for path, treatment in plan.treatments.items()}
    document = {
        "outcome": plan.outcome,
        "plan_id": plan.id,
        "treatments": treatments,
        "sha256": digest,
        "view": json.loads(json.dumps(view, default=_plain)),
    }
    lines = [
        f"{plan.outcome}, plan {plan.id[:12]}",
        *table(treatments.items(), ("field", "treatment")),
    ]
    show(document, lines, as_json=as_json)


@policy.command()
@with_case
@with_json
def explain(case: Case, as_json: bool) -> None:
    """Explain each field: its tags, the rule that set each, what binds, what is nearest to more."""
    told = explain_plan(case.planner, case.schema, case.context)
    rows = [
        (path, each["treatment"], each["binding"], each["nearest_missing"])
        for path, each in told["fields"].items()
    ]
    lines = [f"{told['outcome']}: event step by {', '.join(told['event']['rules']) or 'no rule'}"]
    lines += table(rows, ("field", "treatment", "binding", "nearest missing"))
    show(told, lines, as_json=as_json)


@policy.command()
@with_policies
@with_clock
@with_json
def test(policies: Path | None, now: Callable[[], datetime], as_json: bool) -> None:
    """Run the policy tests: expectations as data, in policies/tests/."""
    county = load_county(policies)
    trial = run_tests(county.bundle, {str(k): v for k, v in county.schemas.items()}, now().date())
    lines = [f"{trial['checked']} policy tests, {trial['failed']} failed"]
    lines += [f"  {each['file']}: {each['name']}: {each['message']}" for each in trial["failures"]]
    show(trial, lines, as_json=as_json)
    if trial["failed"]:
        raise SystemExit(REFUSED)


@policy.command()
@with_policies
@with_json
def never(policies: Path | None, as_json: bool) -> None:
    """Check what must never happen, over every context that rules can tell apart."""
    found = check_never(load_county(policies).bundle)
    lines = [
        f"{found['checked']} assertions over {found['contexts']} contexts, {found['failed']} broken"
    ]
    lines += [
        f"  {each['id']}: {each['agency']} would get {each['on']} at {each['level']} by {', '.join(each['rules'])}"
        for each in found["failures"]
    ]
    show(found, lines, as_json=as_json)
    if found["failed"]:
        raise SystemExit(REFUSED)


@policy.command()
@with_policies
@with_clock
@with_json
def lint(policies: Path | None, now: Callable[[], datetime], as_json: bool) -> None:
    """Look for rules that change nothing, permits that are too wide, reviews that are due."""
    county = load_county(policies)
    found = lint_bundle(county.bundle, {str(k): v for k, v in county.schemas.items()}, now().date())
    lines = [f"{each['kind']}: {each['file']} {each['rule']}: {each['message']}" for each in found]
    show(found, lines or ["nothing to look at"], as_json=as_json)
    if found:
        raise SystemExit(REFUSED)


def _event(county: County, name: str, file: Path) -> Body:
    try:
        return from_json(county.registry.latest[name].schema, file.read_text("utf-8"))
    except (KeyError, TypeError, ValueError) as error:
        raise click.UsageError(
            f"{file.name} is no {name} event ({type(error).__name__}): begin with schemas/{name}/examples/smallest.json"
        ) from None


def _context(file: Path) -> Context:
    try:
        found = json.loads(file.read_text("utf-8"))
        return Context(
            **{
                word: str(found[word])
                for word in (
                    "agency",
                    "role",
                    "purpose",
                    "lawful_basis",
                    "risk",
                    "consent",
                    "involvement",
                )
            },
            conflict_of_interest=_known(found["conflict_of_interest"]),
            perpetrator_link=_known(found["perpetrator_link"]),
            event_date=_day(found["event_date"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise click.UsageError(
            f"{file.name} is no context: {type(error).__name__} {error}"
        ) from None


def _known(value: object) -> bool | None:
    """Read true or false; unknown, which counts as true, is written "unknown" or null."""
    if value in (UNKNOWN, None):
        return None
    if isinstance(value, bool):
        return value
    raise ValueError("write true, false or unknown")


def _day(text: object) -> date:
    return instant(str(text)).date()


def _plain(value: object) -> str:
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    return str(value)  # a decimal or a UUID
