"""`hub policy render`, `diff` and `approve`: the matrix that is signed, what changes it, and who signs."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from hub.bootstrap.files import texts
from hub.bootstrap.golden import Golden
from hub.cli.frame import REFUSED, say, show, with_clock, with_json, with_policies
from hub.disclose.approvals import as_toml, signed, unspent
from hub.disclose.bundle import load_approvals, load_table
from hub.disclose.cells import Cells
from hub.disclose.diff import NARROWS, WIDENS, Change, Difference, compare, in_lines
from hub.disclose.matrix import Outcome, matrix
from hub.disclose.read_approvals import Approval, Signature
from hub.disclose.render import as_html, as_markdown, as_text
from hub.disclose.where import in_words, words_of
from hub.model.faults import Refusal
from hub.model.strict import PolicyFault

FORMATS = {"text": as_text, "markdown": as_markdown, "html": as_html}
SHORT, SHORTEST = 12, 8
"""Of a line's hash, so much is shown, and so much has to be named."""

MOST_DRIFT = 20
RENEW = "renew it: hub policy render --renew"
BUNDLE = click.Path(exists=True, file_okay=False, path_type=Path)


class NotSigned(Refusal):
    """Something would be disclosed that nobody signed, or a line that is to be signed is none."""


@click.command()
@click.option(
    "--format", "format_", type=click.Choice(list(FORMATS)), default="text", show_default=True,
    help="Text is what is signed.",
)  # fmt: skip
@click.option("--check", is_flag=True, help="Compare with golden/, which was signed last.")
@click.option("--renew", is_flag=True, help="Write golden/, if all that widens is signed.")
@with_policies
@with_json
def render(format_: str, check: bool, renew: bool, policies: Path | None, as_json: bool) -> None:
    """Show the matrix: what each type of agency may have of each event and tag, when, and by which rules.

    It is worked out from every decision that the rules can come to. A line is one outcome, and
    exact; what no line names is withheld.

    With --check nothing is shown but what differs from golden/: exit 1 if anything does.
    """
    golden = Golden(policies)
    if check and renew:
        raise click.UsageError("--check or --renew, one of the two")
    if renew:
        _renew(golden, as_json=as_json)
    elif check:
        _check(golden, as_json=as_json)
    else:
        outcomes = matrix(golden.now)
        document = {
            "version": golden.now.vocabulary.version,
            "outcomes": [_outcome(each, golden.now) for each in outcomes],
            "rules": [
                {"id": rule.id, "effect": rule.effect, "review_by": rule.review_by.isoformat()}
                for rule in sorted(golden.now.rules.values(), key=lambda each: each.id)
            ],
        }
        text = "" if as_json else FORMATS[format_](outcomes, golden.now)
        show(document, text.splitlines(), as_json=as_json)


@click.command()
@click.argument("old", type=BUNDLE)
@click.argument("new", type=BUNDLE)
@with_json
def diff(old: Path, new: Path, as_json: bool) -> None:
    """Compare two folders of policies: who would see more under NEW than under OLD, and who less.

    Every context that either of them tells apart is looked at. WIDENS is a type of agency that gets
    more of an event or a tag: exit 1, unless each such line is signed in NEW's approvals/.

    Review dates and the register play no part. Names, order and files of rules do not either.
    """
    approvals = unspent(_of(new, load_approvals), _of(old, load_approvals))
    found = compare(Cells(*_of(old, load_table)), Cells(*_of(new, load_table)))
    show(_told(found, approvals), _lines(found, approvals), as_json=as_json)
    if _open(found, approvals):
        raise SystemExit(REFUSED)


@click.command()
@click.argument("lines", nargs=-1, required=True, metavar="LINE...")
@click.option("--by", "approved_by", required=True, help="Who signs, by name.")
@click.option("--email", required=True, help="Where they can be asked.")
@click.option("--because", required=True, help="Why it may be disclosed, and on what paper.")
@click.option("--against", type=BUNDLE, help="OLD of the diff. Default: what was signed last.")
@with_policies
@with_clock
@with_json
def approve(
    lines: tuple[str, ...], approved_by: str, email: str, because: str, against: Path | None,
    policies: Path | None, now: Callable[[], datetime], as_json: bool,
) -> None:  # fmt: skip
    """Sign WIDENS lines, each named by the hash that `diff` and `render --check` print beside it.

    It is written to approvals/, with your name and the date. What is signed is exactly that line: for
    this type of agency, this tag, these levels, these rules, these contexts. If any of it changes, it
    has to be signed anew.
    """
    golden = Golden(policies)
    old = golden.signed if against is None else texts(against)
    open_ = _open(compare(Cells(*load_table(old)), golden.now), golden.approvals(old))
    chosen = [_named(each, open_) for each in dict.fromkeys(lines)]
    today = now().date()
    file = golden.add([as_toml(each, approved_by, email, today, because) for each in chosen], today)
    document = {
        "file": file,
        "approved": [each["line"] for each in chosen],
        "open": len(open_) - len({each["line"] for each in chosen}),
    }
    told = [line for each in chosen for line in in_lines(each, "signed")]
    told.append(f"written to {file}; {document['open']} more to sign")
    show(document, told, as_json=as_json)


def _check(golden: Golden, *, as_json: bool) -> None:
    found, approvals, drift = _since_signed(golden)
    ok = not (drift or found["widens"] or found["narrows"])
    lines = [*_lines(found, approvals), *_drifted(drift)]
    if ok:
        lines = ["golden/ is what the rules give"]
    show({"ok": ok, "drift": drift, **_told(found, approvals)}, lines, as_json=as_json)
    if not ok:
        open_ = _open(found, approvals)
        say(f"sign each WIDENS line, or take it back; then {RENEW}" if open_ else RENEW)
        raise SystemExit(REFUSED)


def _drifted(drift: list[str]) -> Iterator[str]:
    if drift:
        yield "golden/matrix.txt is not what the rules give:"
        yield from drift[:MOST_DRIFT]
    if len(drift) > MOST_DRIFT:
        yield f"and {len(drift) - MOST_DRIFT} lines more"


def _renew(golden: Golden, *, as_json: bool) -> None:
    found, approvals, drift = _since_signed(golden)
    open_ = _open(found, approvals)
    if not open_:
        golden.renew()
    document = {"renewed": not open_, "drift": drift, **_told(found, approvals)}
    show(document, [*_lines(found, approvals), *_drifted(drift)], as_json=as_json)
    if open_:
        raise NotSigned(f"golden/ stays as it is: {len(open_)} WIDENS lines are not signed")


def _since_signed(golden: Golden) -> tuple[Difference, tuple[Approval, ...], list[str]]:
    """Give what changed since the last signing, what was signed since, and the lines that differ."""
    found = compare(Cells(*load_table(golden.signed)), golden.now)
    return found, golden.approvals(golden.signed), golden.drift()


def _of(place: Path, load: Callable[[Mapping[str, str]], Any]) -> Any:  # noqa: ANN401 - what `load` gives
    """Load one side of a comparison; a fault in it says which side."""
    try:
        return load(texts(place))
    except PolicyFault:
        say(f"in {place.name}:")
        raise


def _open(found: Difference, approvals: tuple[Approval, ...]) -> list[Change]:
    """Give what widens and nobody signed."""
    return [each for each in found["widens"] if signed(each, approvals) is None]


def _told(found: Difference, approvals: tuple[Approval, ...]) -> dict[str, Any]:
    widens = [{**each, "approved": signed(each, approvals)} for each in found["widens"]]
    return {"widens": widens, "narrows": found["narrows"]}


def _lines(found: Difference, approvals: tuple[Approval, ...]) -> Iterator[str]:
    for change in found["widens"]:
        yield from in_lines(change, WIDENS)
        yield f"       {_signature(change, signed(change, approvals))}"
    for change in found["narrows"]:
        yield from in_lines(change, NARROWS)
    if not (found["widens"] or found["narrows"]):
        yield "nobody sees more, nobody sees less"


def _signature(change: Change, signature: Signature | None) -> str:
    if signature is None:
        return f"not signed: hub policy approve {change['line'][:SHORT]} ..."
    return f"signed by {signature['by']} on {signature['on']}"


def _named(start: str, open_: list[Change]) -> Change:
    found = [each for each in open_ if each["line"].startswith(start)]
    if len(start) < SHORTEST or len(found) != 1:
        raise NotSigned(
            f"{start} names no line that waits to be signed: it is signed, or the rules changed."
            f" Take at least {SHORTEST} characters from `hub policy render --check`"
        )
    return found[0]


def _outcome(outcome: Outcome, cells: Cells) -> dict[str, Any]:
    where = outcome.where
    return {
        "agency": outcome.cell.agency,
        "step": outcome.cell.step,
        "tag": outcome.cell.name,
        "level": outcome.level.name.lower(),
        "rules": list(outcome.rules),
        "where": where and in_words(where, words_of(cells.vocabulary)),
        "conditions": where and {name: list(values) for name, values in where.items()},
    }
