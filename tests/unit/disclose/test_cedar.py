"""Cedar and the hub decide alike: over the rules that we ship, and over tables made at random."""

import os
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import pytest

from hub.disclose.bundle import Bundle
from hub.disclose.decide import decide_event, decide_tag
from hub.disclose.plan import Planner
from tests.unit.disclose.bodies import BUNDLE, EVENTS, TODAY, Json
from tests.unit.disclose.cedar import Oracle, Question
from tests.unit.disclose.oracle import RULES
from tests.unit.disclose.random_schemas import TAGS
from tests.unit.disclose.tables import ACCOUNT, WORDS, loaded, made_context, made_rules

MORE = 10 if os.environ.get("ASSURE") else 1
TABLES = 60 * MORE
CONTEXTS = 40
"""For each table made at random."""
SHIPPED_CONTEXTS = 80 * MORE
SHIPPED_TAGS = sorted(WORDS["tag"])


@dataclass
class Found:
    """What was asked, by level of the answer, and where the two differ."""

    levels: Counter[int] = field(default_factory=Counter)
    differ: list[object] = field(default_factory=list)

    def compare(
        self, bundle: Bundle, rules: Sequence[Json], questions: Sequence[Question], today: date
    ) -> None:
        answers = Oracle(WORDS, rules, today).levels(questions)
        for question, theirs in zip(questions, answers, strict=True):
            decide = decide_tag if question.kind == "Tag" else decide_event
            ours = decide(question.context, question.name, bundle.rules, today).level
            self.levels[theirs] += 1
            if ours != theirs:
                self.differ.append((question, ours, theirs))


def made_questions(chance: random.Random) -> list[Question]:
    contexts = [made_context(chance) for _ in range(CONTEXTS)]
    return [
        Question(each, *asked)
        for each in contexts
        for asked in (*(("Tag", tag) for tag in TAGS), ("Event", chance.choice(EVENTS)))
    ]


@pytest.mark.assure
def test_cedar_decides_tables_made_at_random_alike() -> None:
    found = Found()
    for seed in range(TABLES):
        chance = random.Random(seed)
        rules = made_rules(chance)
        found.compare(loaded(rules), rules, made_questions(chance), TODAY)

    assert found.differ == []
    assert found.levels.total() == TABLES * CONTEXTS * 7
    assert min(found.levels[level] for level in range(4)) > found.levels.total() / 20


@pytest.mark.assure
def test_cedar_decides_the_shipped_rules_alike() -> None:
    chance, found = random.Random(MORE), Found()
    questions = [
        Question(each, *asked)
        for each in (made_context(chance) for _ in range(SHIPPED_CONTEXTS))
        for asked in (*(("Tag", tag) for tag in SHIPPED_TAGS), *(("Event", event) for event in EVENTS))
    ]  # fmt: skip

    found.compare(BUNDLE, RULES, questions, TODAY)

    assert found.differ == []
    assert found.levels[3] > 100


def test_the_strictest_of_cedars_tags_is_the_level_of_a_field() -> None:
    for seed in range(20):
        chance = random.Random(seed)
        rules = made_rules(chance)
        planner, cedar = Planner(loaded(rules), TODAY), Oracle(WORDS, rules, TODAY)
        for asking in [made_context(chance) for _ in range(5)]:
            levels = dict(zip(TAGS, cedar.levels([Question(asking, "Tag", tag) for tag in TAGS]), strict=True))  # fmt: skip
            for _ in range(10):
                tags = chance.sample(TAGS, chance.randint(1, 3))
                assert planner.level(tags, asking) == min(levels[tag] for tag in tags)


def test_a_question_with_an_unknown_word_is_no_question_for_cedar_and_refused_by_the_hub() -> None:
    rules = [permit_of_everything()]
    planner, cedar = Planner(loaded(rules), TODAY), Oracle(WORDS, rules, TODAY)
    asking = made_context(random.Random(1))
    strange = replace(asking, purpose="curiosity")

    assert cedar.levels([Question(asking, "Tag", "VICTIM")]) == [3]
    assert planner.level(["VICTIM"], asking) == 3
    assert planner.level(["VICTIM"], strange) == 0
    with pytest.raises(AssertionError):
        cedar.levels([Question(strange, "Tag", "VICTIM")])


def test_a_rule_with_a_word_that_is_misspelt_is_found_by_cedar_too() -> None:
    with pytest.raises(AssertionError):
        Oracle(WORDS, [permit_of_everything() | {"tags": ["VICTEM"]}], TODAY)


def permit_of_everything() -> Json:
    return {
        "id": "all", "effect": "permit", "to": {"agency": WORDS["agency"]}, "tags": ["VICTIM"],
        "treatment": "full", **ACCOUNT, "review_by": TODAY,
    }  # fmt: skip
