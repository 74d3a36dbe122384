"""Render the matrix: as text to be signed, as Markdown and as a page to be read."""

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import groupby

from hub.disclose.cells import Cells
from hub.disclose.matrix import Outcome
from hub.disclose.where import in_words, words_of
from hub.model.level import Level

HEAD = (
    "Disclosure matrix",
    "",
    "What each type of agency may have of each event and each tag, how much, when, and by which rules.",
    "Worked out from every decision that the rules can come to, not from the list of rules.",
    "",
    "  First the event: only what is sent at all is looked at further. Then each tag of a field by itself:",
    "  the strictest decides. Of several lines for one event or tag each stands by itself. In a context",
    "  that no line names nothing is given. NOTHING: in no context, whatever the case.",
    "  A conflict of interest or a link to the perpetrator that nobody has ruled out counts as there.",
    "  Every permit is taken to be in force; when each is due for review stands at the end.",
)
NOTHING = "NOTHING"
WIDE_AGENCY, WIDE_NAME, WIDE_LEVEL = 16, 26, 10


def as_text(outcomes: Sequence[Outcome], cells: Cells) -> str:
    """Give the text that is checked in: one line an outcome, sorted."""
    lines = [*HEAD, f"  Words: version {cells.vocabulary.version}."]
    for _, of_agency in groupby(outcomes, key=lambda each: each.cell.agency):
        lines += ["", *(_line(each, cells) for each in of_agency)]
    lines += ["", "Rules, and by when each is to be reviewed", ""]
    lines += [
        f"{rule.id:{WIDE_AGENCY + WIDE_NAME}} {rule.effect:7} {rule.review_by.isoformat()}"
        f"  {rule.owner}  {rule.authority}"
        for rule in sorted(cells.rules.values(), key=lambda each: each.id)
    ]
    return "\n".join(lines) + "\n"


def as_markdown(outcomes: Sequence[Outcome], cells: Cells) -> str:
    """Give an overview, and a table for each type of agency."""
    lines = ["# Disclosure matrix", "", *(each.strip() for each in HEAD[2:]), ""]
    agencies, rows = _overview(outcomes)
    lines += _markdown_table(("", *agencies), rows)
    for agency, of_agency in groupby(outcomes, key=lambda each: each.cell.agency):
        lines += ["", f"## {agency}", ""]
        lines += _markdown_table(
            ("of", "level", "where", "by"), (_columns(each, cells) for each in of_agency)
        )
    return "\n".join(lines) + "\n"


def as_html(outcomes: Sequence[Outcome], cells: Cells) -> str:
    """Give a page that needs nothing else: an overview, and a table for each type of agency."""
    agencies, rows = _overview(outcomes)
    body = [
        "<h1>Disclosure matrix</h1>",
        f"<p>{escape(' '.join(each.strip() for each in HEAD[2:]))}</p>",
        *_html_table(("", *agencies), rows),
    ]
    for agency, of_agency in groupby(outcomes, key=lambda each: each.cell.agency):
        body.append(f"<h2>{escape(agency)}</h2>")
        body += _html_table(
            ("of", "level", "where", "by"), (_columns(each, cells) for each in of_agency)
        )
    return "\n".join((*PAGE, *body, "</body>", "</html>")) + "\n"


STYLE = """<style>
body { font-family: sans-serif; margin: 2em }
table { border-collapse: collapse; margin: 1em 0 }
th, td { border: 1px solid #888; padding: .2em .5em; text-align: left; vertical-align: top }
</style></head>"""
PAGE = (
    "<!doctype html>",
    '<html lang="en">',
    '<head><meta charset="utf-8"><title>Disclosure matrix</title>',
    STYLE,
    "<body>",
)


def _columns(outcome: Outcome, cells: Cells) -> tuple[str, str, str, str]:
    level = outcome.level.name.lower() if outcome.where else NOTHING
    where = in_words(outcome.where, words_of(cells.vocabulary)) if outcome.where else ""
    return outcome.cell.name, level, where, ", ".join(outcome.rules)


def _line(outcome: Outcome, cells: Cells) -> str:
    name, level, where, rules = _columns(outcome, cells)
    start = f"{outcome.cell.agency:{WIDE_AGENCY}} {name:{WIDE_NAME}} {level:{WIDE_LEVEL}}"
    return f"{start} where {where}; by {rules}" if where else start.rstrip()


def _overview(outcomes: Sequence[Outcome]) -> tuple[list[str], Iterator[tuple[str, ...]]]:
    """Give for each event and tag the levels that each type of agency may come to."""
    agencies = sorted({each.cell.agency for each in outcomes})
    found: dict[tuple[str, str], dict[str, set[Level]]] = {}
    for each in outcomes:
        levels = found.setdefault((each.cell.step, each.cell.name), {})
        levels.setdefault(each.cell.agency, set()).add(each.level)
    return agencies, (
        (name, *(_levels(found[step, name].get(agency, set())) for agency in agencies))
        for step, name in sorted(found)
    )


def _levels(levels: Iterable[Level]) -> str:
    given = sorted((each for each in levels if each is not Level.WITHHOLD), reverse=True)
    return " / ".join(each.name.lower() for each in given) or "\N{EN DASH}"


def _markdown_table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heading)} |"
    yield "|" + "---|" * len(heading)
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _html_table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield "<table>"
    yield _html_row(heading, "th")
    for row in rows:
        yield _html_row(row, "td")
    yield "</table>"


def _html_row(cells: Sequence[str], kind: str) -> str:
    return f"<tr>{''.join(f'<{kind}>{escape(each)}</{kind}>' for each in cells)}</tr>"
