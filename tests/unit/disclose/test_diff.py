"""A comparison shows each disclosure that an edit widens, exactly, and nothing that stays."""

import re
from collections.abc import Callable
from dataclasses import replace
from random import Random
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.disclose.bundle import load_table
from hub.disclose.cells import Cell, Cells
from hub.disclose.diff import Change, Difference, compare, in_lines
from hub.disclose.rules import Effect, Rule
from hub.disclose.vocabulary import Vocabulary
from hub.model.enquiry import Context
from hub.model.level import Level
from tests.unit.disclose.bodies import POLICY_FILES
from tests.unit.disclose.drawn_rules import (
    AGENCIES,
    WORDS,
    cells_of,
    drawn_rule,
    level_of,
    some_contexts,
    tables,
)
from tests.unit.disclose.made import forbid, permit, receive

Files = dict[str, str]
SHIPPED = Cells(*load_table(POLICY_FILES))
NOTHING: Difference = {"widens": [], "narrows": []}
SAFETY, VOCABULARY = "rules/safety.toml", "vocabulary.toml"


def edited(file: str, old: str, new: str) -> Cells:
    assert old in POLICY_FILES[file]
    return Cells(*load_table(POLICY_FILES | {file: POLICY_FILES[file].replace(old, new, 1)}))


ONE_AGENCY_LESS = edited(SAFETY, '["idva", "charity", "health"]', '["idva", "charity"]')


def test_one_agency_dropped_from_one_forbid_shows_as_the_exact_disclosures() -> None:
    found = compare(SHIPPED, ONE_AGENCY_LESS)

    assert found["narrows"] == []
    assert [
        {key: each[key] for key in ("agency", "step", "tag", "from", "to", "rule", "held_by", "where")}  # type: ignore[literal-required]
        for each in found["widens"]
    ] == [
        {
            "agency": "health", "step": "tag", "tag": "HEALTH_DATA", "from": "withhold", "to": "full",
            "rule": "health-injuries-for-care",
            "held_by": ["forbid-care-and-help-against-her-word"],
            "where": [
                "role clinician, purpose direct-care, lawful_basis other than legal-obligation, consent in {refused,withdrawn}, involvement named or more"
            ],
        },
        {
            "agency": "health", "step": "tag", "tag": "SOCIAL_CARE", "from": "withhold", "to": "full",
            "rule": "health-childs-plan",
            "held_by": ["forbid-care-and-help-against-her-word"],
            "where": [
                "role clinician, purpose in {safeguarding,marac,direct-care}, lawful_basis public-task, consent in {refused,withdrawn}, involvement named or more"
            ],
        },
    ]  # fmt: skip
    assert all(each["context_classes"] > 0 for each in found["widens"])


def test_a_line_is_said_in_words() -> None:
    change = compare(SHIPPED, ONE_AGENCY_LESS)["widens"][0]
    count = change["context_classes"]

    assert list(in_lines(change, "WIDENS")) == [
        f"WIDENS health/HEALTH_DATA: withhold -> full by health-injuries-for-care in {count} context classes;",
        f"       where {change['where'][0]}",
        "       no longer held by forbid-care-and-help-against-her-word",
    ]


def test_the_conflict_forbid_without_an_agency_widens_its_events() -> None:
    rules = [receive(), forbid("x", "*", agency={"police"}, conflict_of_interest=True)]
    before = [rules[0], replace(rules[1], step="event")]

    found = compare(cells_of(before), cells_of(before[:1]))

    assert {(each["agency"], each["step"]) for each in found["widens"]} == {("police", "event")}
    assert {tuple(each["where"]) for each in found["widens"]} == {("conflict_of_interest",)}


def test_a_bundle_does_not_differ_from_itself() -> None:
    assert compare(SHIPPED, SHIPPED) == NOTHING
    assert compare(SHIPPED, Cells(*load_table(POLICY_FILES))) == NOTHING


def renamed(text: str) -> str:
    return re.sub(r'^id = "(.*)"', r'id = "z-\1"', text, flags=re.MULTILINE)


SAME: dict[str, Callable[[str], str]] = {
    "another order": lambda text: "[[rule]]" + "\n[[rule]]".join(text.split("[[rule]]")[:0:-1]),
    "other names": renamed,
    "a comment": lambda text: f"# why\n{text}",
    "another review date": lambda text: text.replace("2027-11-30", "2020-11-30"),
    "another owner": lambda text: re.sub("owner = .*", 'owner = "x@example.gov.uk"', text),
}


@pytest.mark.parametrize("change", SAME.values(), ids=SAME)
def test_what_decides_nothing_makes_no_difference(change: Callable[[str], str]) -> None:
    files = {
        name: change(text) if name.startswith("rules/") else text
        for name, text in POLICY_FILES.items()
    }

    assert files != POLICY_FILES
    assert compare(SHIPPED, Cells(*load_table(files))) == NOTHING


def test_in_which_files_rules_stand_makes_no_difference() -> None:
    rules = [text for name, text in POLICY_FILES.items() if name.startswith("rules/")]
    files = {VOCABULARY: POLICY_FILES[VOCABULARY], "rules/all.toml": "\n".join(rules)}

    assert compare(SHIPPED, Cells(*load_table(files))) == NOTHING


def swapped(found: Difference) -> Difference:
    """The comparison seen from the other side. What a line is signed as is its own each way."""

    def turned(change: Change) -> Change:
        return {**change, "from": change["to"], "to": change["from"], "line": ""}  # type: ignore[typeddict-item]

    return {
        "widens": sorted(map(turned, found["narrows"]), key=str),
        "narrows": sorted(map(turned, found["widens"]), key=str),
    }


def plain(found: Difference) -> Difference:
    return {
        "widens": sorted(({**each, "line": ""} for each in found["widens"]), key=str),  # type: ignore[typeddict-item]
        "narrows": sorted(({**each, "line": ""} for each in found["narrows"]), key=str),  # type: ignore[typeddict-item]
    }


FEWER: Vocabulary = replace(
    WORDS,
    words={**WORDS.words, "role": WORDS.words["role"][1:], "risk": ("standard", "high")},
    events=WORDS.events[1:],
    tags={name: tag for name, tag in WORDS.tags.items() if name != "CHILD"},
)
VOCABULARIES = st.sampled_from((WORDS, FEWER))


@given(tables(), tables(), VOCABULARIES, VOCABULARIES)
@settings(max_examples=25, deadline=None)
def test_seen_from_the_other_side_what_widens_narrows(
    one: tuple[Rule, ...], other: tuple[Rule, ...], words: Vocabulary, other_words: Vocabulary
) -> None:
    sides = known(one, words), known(other, other_words)

    assert plain(compare(*sides)) == swapped(compare(*reversed(sides)))


def known(rules: tuple[Rule, ...], words: Vocabulary) -> Cells:
    """The table of those rules that speak of known words alone, as a bundle does."""
    names = {"*", *words.tags, *words.events}
    return cells_of([each for each in rules if each.on <= names], words)


@given(tables(), tables(), VOCABULARIES, VOCABULARIES, st.integers(0, 1000))
@settings(max_examples=25, deadline=None)
def test_a_line_has_exactly_the_contexts_that_change(
    one: tuple[Rule, ...],
    other: tuple[Rule, ...],
    words: Vocabulary,
    other_words: Vocabulary,
    seed: int,
) -> None:
    old, new = known(one, words), known(other, other_words)
    found = compare(old, new)
    lines = [*found["widens"], *found["narrows"]]

    for name in ("VICTIM", "CHILD", "recall"):
        step = "event" if name == "recall" else "tag"
        for agency in AGENCIES:
            cell = Cell(agency, step, name)  # type: ignore[arg-type]
            for context in some_contexts(agency, WORDS, 60, seed):
                before = level_of(cell, context, tuple(old.rules.values()), words)
                after = level_of(cell, context, tuple(new.rules.values()), other_words)
                said = [(each["from"], each["to"]) for each in lines if speaks(each, cell, context)]
                assert said == ([(low(before), low(after))] if before != after else [])


def low(level: Level) -> str:
    return level.name.lower()


def speaks(change: Change, cell: Cell, context: Context) -> bool:
    return (change["agency"], change["step"], change["tag"]) == tuple(cell) and any(
        all(getattr(context, name) in values for name, values in each.items())
        for each in change["contexts"]
    )


@given(tables(), drawn_rule("more"))
@settings(max_examples=40, deadline=None)
def test_one_forbid_or_cap_more_and_one_permit_less_never_widen(
    rules: tuple[Rule, ...], more: Rule
) -> None:
    with_it, without = cells_of((*rules, more)), cells_of(rules)
    narrower, wider = (without, with_it) if more.effect is Effect.PERMIT else (with_it, without)

    assert compare(wider, narrower)["widens"] == []


def test_a_word_that_one_side_does_not_have_is_refused_there() -> None:
    """A permit with no condition on purpose gives to a purpose that is new."""
    words = replace(WORDS, words={**WORDS.words, "purpose": (*WORDS.words["purpose"], "archive")})
    rules = [permit("a", risk="high")]

    found = compare(cells_of(rules), cells_of(rules, words))

    assert found["narrows"] == []
    assert {tuple(each["where"]) for each in found["widens"]} == {("purpose archive, risk high",)}


def test_a_tag_and_an_agency_that_are_new_widen_by_what_they_get() -> None:
    fewer = replace(
        WORDS,
        words={**WORDS.words, "agency": ("police",)},
        tags={name: tag for name, tag in WORDS.tags.items() if name != "CHILD"},
    )
    found = compare(
        cells_of([permit("a")], fewer), cells_of([permit("a"), permit("b", Level.MASK, "CHILD")])
    )

    got = {(each["agency"], each["tag"], each["to"]) for each in found["widens"]}
    assert ("police", "CHILD", "mask") in got
    assert ("charity", "VICTIM", "full") in got
    assert ("police", "VICTIM", "full") not in got


def test_a_tag_that_is_envelope_no_more_widens() -> None:
    """What was not worth a message then goes out."""
    time = 'meaning = "When it happened and when the agency was told."\npersonal = false\n'

    found = compare(SHIPPED, edited(VOCABULARY, f"{time}envelope = true", time))

    (line,) = found["widens"]
    assert (line["agency"], line["tag"], line["step"]) == ("*", "EVENT_TIME", "vocabulary")
    assert (line["from"], line["to"]) == ("envelope = true", "envelope = false")
    assert list(in_lines(line, "WIDENS")) == [
        "WIDENS */EVENT_TIME: envelope = true -> envelope = false by vocabulary.toml"
    ]
    assert found["narrows"] == []


def test_a_line_is_another_once_anything_about_it_is() -> None:
    rules = [
        [permit("a", risk="high", consent="given")],
        [permit("b", risk="high", consent="given")],
        [permit("a", Level.MASK, risk="high", consent="given")],
        [permit("a", risk={"high", "medium"}, consent="given")],
        [permit("a", Level.FULL, "CHILD", risk="high", consent="given")],
        [permit("a", risk="high", consent="given", agency={"police", "charity"})],
    ]
    found = [compare(cells_of([]), cells_of(each))["widens"] for each in rules]

    first_of_each = [each[0]["line"] for each in found[:-1]]
    assert len(set(first_of_each)) == len(first_of_each)
    assert {each["line"] for each in found[-1]} < {each["line"] for each in found[0]}


def test_a_line_is_the_same_however_its_contexts_were_counted() -> None:
    rules = [permit("a", agency="police", risk="high")]
    finer = [*rules, forbid("x", "RISK", purpose="marac")]

    coarse, fine = (
        compare(cells_of(each[1:]), cells_of(each))["widens"][0] for each in (rules, finer)
    )

    assert coarse["line"] == fine["line"]
    assert coarse["context_classes"] < fine["context_classes"]


def test_one_comparison_is_quick() -> None:
    before = process_time()
    compare(SHIPPED, ONE_AGENCY_LESS)

    assert process_time() - before < 1


def test_order_among_the_rules_makes_no_difference() -> None:
    rules = list(SHIPPED.rules.values())
    Random(3).shuffle(rules)

    assert compare(SHIPPED, Cells(SHIPPED.vocabulary, rules)) == NOTHING
