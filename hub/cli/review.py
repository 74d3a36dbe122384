"""`hub review`: what no rule can decide waits here for a person."""

from collections.abc import Callable
from datetime import datetime

import click

from hub.bootstrap.consult import record_consultation
from hub.bootstrap.county import load_county
from hub.bootstrap.review import VERDICTS, NoSuchVerdict, UnknownTask, tasks_for
from hub.bootstrap.review import judge as settle
from hub.bootstrap.runtime import running
from hub.cli.frame import REFUSED, say, show, table, with_clock, with_json, with_settings
from hub.cli.principal import asking, with_principal
from hub.settings import Settings
from hub.store.moments import from_ms


@click.group()
def review() -> None:
    """Contested referrals, disclosures that a conflict stopped, warnings to take another way, held words."""


@review.command(name="list")
@click.option("--all", "every", is_flag=True, help="Also what was judged already.")
@with_principal
@with_settings
@with_clock
@with_json
def list_(
    settings: Settings, now: Callable[[], datetime], principal: str, purpose: str, every: bool, as_json: bool
) -> None:  # fmt: skip
    r"""List what waits, the oldest first: ids of events and organisations, nobody's name.

    \b
    contested-referral   its victim is named as perpetrator by somebody: sound | unsound
    stopped-disclosure   a conflict came up after it was sent:           recall | leave
    reroute              an organisation has a conflict; tell another:   rerouted | not-needed
    held-words           your words say what is withheld from somebody:  release | keep

    Held words are shown to the organisation alone that wrote them. Releasing lets the event go to this recipient as
    it stands. Better is a new version of your record, without what should not be in it.
    """
    county = load_county()
    with running(settings, county, now) as runtime:
        asks = asking(runtime, principal, purpose)
        record_consultation(
            runtime, principal=asks.principal, organisation=asks.organisation, purpose=asks.purpose,
            what="tasks for review",
        )  # fmt: skip
        with runtime.deciding().turn() as turn:
            rows = tasks_for(turn, asks.organisation.id, is_open=not every)
    found = [
        {
            "id": row.task_id,
            "kind": row.kind,
            "event": row.event_id,
            "recipient": row.recipient,
            "words": row.words,
            "opened_at": from_ms(row.opened_ms).isoformat(),
            "status": row.status,
            "verdict": row.verdict,
        }
        for row in rows
    ]
    heading = ("id", "kind", "event", "recipient", "words", "opened_at", "status", "verdict")
    lines = table([each.values() for each in found], heading) if found else ["nothing waits"]
    show(found, lines, as_json=as_json)


@review.command()
@click.argument("id_", metavar="ID")
@click.option(
    "--verdict",
    required=True,
    type=click.Choice([word for words in VERDICTS.values() for word in words]),
    help="What was decided.",
)
@click.option("--reason", required=True, help="Why, for the ledger. No names, please.")
@with_principal
@with_settings
@with_clock
@with_json
def judge(
    settings: Settings, now: Callable[[], datetime], id_: str, verdict: str, reason: str, principal: str,
    purpose: str, as_json: bool,
) -> None:  # fmt: skip
    """Settle the task ID. What hangs on it is decided afresh at once; the relay carries it out."""
    county = load_county()
    with running(settings, county, now) as runtime:
        asks = asking(runtime, principal, purpose)
        try:
            with runtime.deciding().turn() as turn:
                outcome = settle(
                    turn,
                    id_,
                    verdict,
                    principal=asks.principal,
                    of=asks.organisation.id,
                    reason=reason,
                )
        except (UnknownTask, NoSuchVerdict) as error:
            say(f"{error}: `hub review list` names what waits")
            raise SystemExit(REFUSED) from None
    disclosed, recalled = sum(outcome.disclosed.values()), sum(outcome.recalled.values())
    document = {"id": id_, "verdict": verdict, "disclosed": disclosed, "recalled": recalled}
    show(
        document,
        [f"{verdict}; {disclosed} disclosures and {recalled} recalls wait"],
        as_json=as_json,
    )
