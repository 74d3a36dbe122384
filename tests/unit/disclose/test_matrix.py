"""The matrix says what is decided, in every context, and nothing else."""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from random import Random
from time import process_time

import pytest
from hypothesis import given, settings

from hub.disclose.bundle import load_table
from hub.disclose.cells import Cells
from hub.disclose.matrix import Outcome, matrix
from hub.disclose.render import as_html, as_markdown, as_text
from hub.disclose.rules import Rule
from hub.disclose.where import ASKED, in_words, words_of
from hub.model.enquiry import Context
from hub.model.level import Level
from tests.unit.disclose.bodies import POLICY_FILES
from tests.unit.disclose.drawn_rules import (
    AGENCIES,
    WORDS,
    cells_of,
    level_of,
    some_contexts,
    tables,
)
from tests.unit.disclose.made import cap, forbid, permit, receive, rule

SHIPPED = Cells(*load_table(POLICY_FILES))
OUTCOMES = matrix(SHIPPED)


def holds(outcome: Outcome, context: Context) -> bool:
    return outcome.where is not None and all(
        getattr(context, name) in outcome.where[name] for name in ASKED
    )


def said(outcomes: Iterable[Outcome], context: Context) -> set[Level]:
    """The levels that lines give in a context; what none names is withheld."""
    return {each.level for each in outcomes if holds(each, context)} or {Level.WITHHOLD}


def differing(outcomes: list[Outcome], rules: Iterable[Rule], count: int) -> list[object]:
    by_cell: dict[object, list[Outcome]] = {}
    for each in outcomes:
        by_cell.setdefault(each.cell, []).append(each)
    asked = tuple(rules)
    return [
        (cell, context)
        for cell, lines in by_cell.items()
        for context in some_contexts(cell.agency, WORDS, count, seed=len(cell.name))  # type: ignore[attr-defined]
        if said(lines, context) != {level_of(cell, context, asked, WORDS)}  # type: ignore[arg-type]
    ]


def test_the_shipped_matrix_says_what_is_decided() -> None:
    cells = Random(5).sample(sorted({each.cell for each in OUTCOMES}), 60)
    some = [each for each in OUTCOMES if each.cell in cells]

    assert differing(some, SHIPPED.rules.values(), 100) == []


@given(tables())
@settings(max_examples=40, deadline=None)
def test_whatever_the_rules_the_matrix_says_what_is_decided(rules: tuple[Rule, ...]) -> None:
    outcomes = matrix(cells_of(rules))
    some = [
        each
        for each in outcomes
        if each.cell.agency in AGENCIES and each.cell.name in {"VICTIM", "CHILD", "recall"}
    ]

    assert differing(some, rules, 150) == []


def test_every_agency_has_a_line_for_every_event_and_tag() -> None:
    words = SHIPPED.vocabulary
    cells = len(words.words["agency"]) * (len(words.events) + len(words.tags))

    assert len({each.cell for each in OUTCOMES}) == cells


def lines(*rules: Rule, of: str = "VICTIM", agency: str = "police") -> list[str]:
    cells = cells_of(rules)
    return [
        " ".join(line.split())
        for line in as_text(matrix(cells), cells).splitlines()
        if re.match(rf"{agency} +{of} ", line + " ")
    ]


SAID = {
    "nothing": ([], ["police VICTIM NOTHING"]),
    "a forbid of nothing": ([forbid("x")], ["police VICTIM NOTHING"]),
    "a permit": ([permit("a")], ["police VICTIM full where always; by a"]),
    "a forbid takes from it": (
        [permit("a"), forbid("x", consent="refused")],
        [
            "police VICTIM full where consent other than refused; by a",
            "police VICTIM withhold where consent refused; by x",
        ],
    ),
    "a cap lowers it": (
        [permit("a"), cap("x", Level.MASK, risk={"standard", "medium"})],
        [
            "police VICTIM full where risk high; by a",
            "police VICTIM mask where risk medium or less; by a, x",
        ],
    ),
    "a shadowed permit is not in it": (
        [permit("a"), permit("b", Level.MASK, risk="high")],
        ["police VICTIM full where always; by a"],
    ),
    "two that give more together": (
        [permit("a", purpose="marac"), permit("b", purpose="support")],
        ["police VICTIM full where purpose in {marac,support}; by a, b"],
    ),
    "either of two": (
        [permit("a", purpose="marac"), permit("b", perpetrator_link=False)],
        [
            "police VICTIM full where no perpetrator_link; by b",
            "police VICTIM full where purpose marac; by a",
        ],
    ),
    "from a rank upwards": (
        [permit("a", involvement={"named", "supplied", "invited"})],
        ["police VICTIM full where involvement named or more; by a"],
    ),
    "another agency": ([permit("a", agency="charity")], ["police VICTIM NOTHING"]),
}  # fmt: skip


@pytest.mark.parametrize(("rules", "expected"), SAID.values(), ids=SAID)
def test_a_line_says_level_conditions_and_rules(rules: list[Rule], expected: list[str]) -> None:
    assert lines(*rules) == expected


def test_the_event_step_has_its_own_lines() -> None:
    assert lines(receive(consent="given"), of="recall") == [
        "police recall full where consent given; by receive"
    ]


def test_an_expired_permit_stands_in_it_with_its_date() -> None:
    old = rule("a", permit("").effect, "VICTIM", review_by=permit("").review_by.replace(year=2020))
    cells = cells_of([old])
    text = as_text(matrix(cells), cells)

    assert "by a\n" in text
    assert re.search(r"^a +permit +2020-11-30", text, re.MULTILINE)


Files = dict[str, str]
RULES = sorted(name for name in POLICY_FILES if name.startswith("rules/"))


def one_file(files: Files) -> Files:
    return {"vocabulary.toml": files["vocabulary.toml"]} | {
        "rules/all.toml": "\n".join(files[name] for name in reversed(RULES))
    }


def backwards(files: Files) -> Files:
    """The rules of each file in the opposite order."""
    return files | {
        name: "[[rule]]" + "\n[[rule]]".join(files[name].split("[[rule]]")[:0:-1]) for name in RULES
    }


SAME: dict[str, Callable[[Files], Files]] = {
    "other files": one_file,
    "another order": backwards,
    "a comment": lambda files: files | {RULES[0]: f"# why\n{files[RULES[0]]}"},
    "another reason": lambda files: {
        name: re.sub(r'because = ".*"', 'because = "Because."', text)
        for name, text in files.items()
    },
}


@pytest.mark.parametrize("change", SAME.values(), ids=SAME)
def test_what_decides_nothing_leaves_the_matrix_as_it_is(change: Callable[[Files], Files]) -> None:
    changed = change(POLICY_FILES)
    cells = Cells(*load_table(changed))

    assert changed != POLICY_FILES
    assert as_text(matrix(cells), cells) == as_text(OUTCOMES, SHIPPED)


def test_the_matrix_that_is_checked_in_is_that_of_the_rules() -> None:
    assert POLICY_FILES["golden/matrix.txt"] == as_text(OUTCOMES, SHIPPED)


def test_the_full_matrix_takes_no_more_than_its_bound() -> None:
    before = process_time()
    matrix(SHIPPED)

    assert process_time() - before < 5


def test_each_form_has_every_outcome() -> None:
    given = [each for each in OUTCOMES if each.where]
    markdown, page = as_markdown(OUTCOMES, SHIPPED), as_html(OUTCOMES, SHIPPED)
    words = words_of(SHIPPED.vocabulary)

    for each in given:
        where, level = in_words(each.where, words), each.level.name.lower()  # type: ignore[arg-type]
        rules = ", ".join(each.rules)
        assert f"| {each.cell.name} | {level} | {where} | {rules} |" in markdown
        assert f"<td>{level}</td><td>{where}</td><td>{rules}</td>" in page
    assert (
        markdown.count("NOTHING |") == page.count("<td>NOTHING</td>") == len(OUTCOMES) - len(given)
    )


def test_a_page_says_what_could_be_markup_as_it_is() -> None:
    cells = cells_of([replace(permit("a"), id="<b>")])

    assert "<td>&lt;b&gt;</td>" in as_html(matrix(cells), cells)
