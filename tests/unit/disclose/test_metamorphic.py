"""What an edit of the rules or of a schema may do to a plan, over tables and schemas made at random.

What narrows by its nature never shows more anywhere; what only looks different changes nothing at all.
"""

import copy
import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from hub.disclose.bundle import Bundle
from hub.disclose.plan import Plan, Planner
from hub.disclose.schema import SourceSchema
from hub.model.enquiry import Context
from tests.unit.disclose.bodies import TODAY, Json
from tests.unit.disclose.random_schemas import TAGS, Made
from tests.unit.disclose.tables import (
    ACCOUNT,
    VOCABULARY,
    WORDS,
    loaded,
    made_context,
    made_rule,
    made_rules,
)

EVENT = "incident-reported"
SEEDS = range(50)
ASKING = 6
"""For each table, so many contexts."""

RECEIVE: Json = {
    "id": "receive", "effect": "permit", "to": {"agency": WORDS["agency"]}, "events": [EVENT],
    **ACCOUNT, "review_by": TODAY,
}  # fmt: skip

Edit = Callable[[random.Random, list[Json]], list[Json]]


def add(effect: str) -> Edit:
    def more(chance: random.Random, rules: list[Json]) -> list[Json]:
        return [*rules, *(made_rule(chance, f"more-{turn}", effect, [EVENT]) for turn in range(4))]

    return more


def half(change: Callable[[Json], list[Json]]) -> Edit:
    """Change about half of the permits."""
    return lambda chance, rules: [
        each
        for rule in rules
        for each in (
            change(rule) if rule["effect"] == "permit" and chance.random() < 0.5 else [rule]
        )
    ]


def ended(permit: Json) -> list[Json]:
    return [permit | {"review_by": TODAY - timedelta(days=1)}]


def for_fewer(permit: Json) -> list[Json]:
    agencies = permit["to"]["agency"]
    return [permit | {"to": permit["to"] | {"agency": agencies[1:]}}] if agencies[1:] else []


NARROWING: dict[str, Edit] = {
    "more forbids": add("forbid"),
    "more caps": add("cap"),
    "fewer permits": half(lambda _: []),
    "permits that ended": half(ended),
    "permits for fewer": half(for_fewer),
}


@pytest.mark.parametrize("edit", NARROWING.values(), ids=NARROWING)
def test_what_narrows_never_shows_more(edit: Edit) -> None:
    narrowed = 0
    for chance, schema in cases():
        rules = table(chance)
        before, after = loaded(rules), loaded(edit(chance, rules))
        for one, other in plans(chance, schema, before, after):
            assert shows_no_more(other, one)
            narrowed += other.id != one.id

    assert narrowed >= 10


def test_more_tags_on_fields_never_shows_more() -> None:
    narrowed = 0
    for chance, schema in cases():
        bundle = loaded(table(chance))
        planner = Planner(bundle, TODAY)
        more = tagged_more(chance, schema)
        for asking in some_contexts(chance):
            one, other = planner.plan(parsed(schema), asking), planner.plan(parsed(more), asking)
            assert shows_no_more(other, one)
            narrowed += other.treatments != one.treatments

    assert narrowed >= 10


def renamed(_: random.Random, rules: list[Json]) -> Bundle:
    """Give every rule another name, in another order of names."""
    count = len(rules)
    return loaded([rule | {"id": f"other-{count - turn:03}"} for turn, rule in enumerate(rules)])


def reordered(chance: random.Random, rules: list[Json]) -> Bundle:
    return loaded(chance.sample(rules, len(rules)))


def split(chance: random.Random, rules: list[Json]) -> Bundle:
    at = chance.randrange(1, len(rules))
    return loaded(rules[at:], rules[:at])


def with_words_nobody_uses(_: random.Random, rules: list[Json]) -> Bundle:
    """Add a word to each list, among the ordered ones too."""
    text = VOCABULARY
    for key in ("agency", "role", "purpose", "lawful_basis", "consent", "event"):
        text = text.replace(f"{key} = [", f'{key} = ["unheard-of", ', 1)
    text = text.replace('"medium", "high"]', '"medium", "in-between", "high", "highest"]')
    return loaded(
        rules, vocabulary=text + '[tag.UNHEARD_OF]\nmeaning = "Nothing."\npersonal = true\n'
    )


SAME = {each.__name__: each for each in (renamed, reordered, split, with_words_nobody_uses)}


@pytest.mark.parametrize("edit", SAME.values(), ids=SAME)
def test_what_only_looks_different_decides_the_same(
    edit: Callable[[random.Random, list[Json]], Bundle],
) -> None:
    for chance, schema in cases():
        rules = table(chance)
        before, after = loaded(rules), edit(chance, rules)
        for one, other in plans(chance, schema, before, after):
            assert (one.outcome, one.id, one.treatments) == (other.outcome, other.id, other.treatments)  # fmt: skip


def cases() -> Iterator[tuple[random.Random, Json]]:
    for seed in SEEDS:
        yield random.Random(seed), Made(seed).schema


def table(chance: random.Random) -> list[Json]:
    """Make a table that lets the event out to everybody, unless one of its forbids is about it."""
    return [*made_rules(chance, events=[EVENT]), RECEIVE]


def some_contexts(chance: random.Random) -> list[Context]:
    return [made_context(chance) for _ in range(ASKING)]


def plans(
    chance: random.Random, schema: Json, before: Bundle, after: Bundle
) -> Iterator[tuple[Plan, Plan]]:
    one, other = Planner(before, TODAY), Planner(after, TODAY)
    source = parsed(schema)
    for asking in some_contexts(chance):
        yield one.plan(source, asking), other.plan(source, asking)


def parsed(schema: Json) -> SourceSchema:
    return SourceSchema.parse(EVENT, schema)


def shows_no_more(after: Plan, before: Plan) -> bool:
    return all(
        treatment.level <= before.treatments[path].level
        for path, treatment in after.treatments.items()
        if path in before.treatments
    )


def tagged_more(chance: random.Random, schema: Json) -> Json:
    changed = copy.deepcopy(schema)
    for field in fields_of(changed):
        if (
            field["confluent:tags"] and chance.random() < 0.3
        ):  # one without any is withheld as it is
            field["confluent:tags"] = [*field["confluent:tags"], chance.choice(TAGS)]
    return changed


def fields_of(kind: Any) -> Iterator[Json]:
    """Give every field that is described anywhere in a schema."""
    if isinstance(kind, dict):
        if "confluent:tags" in kind:
            yield kind
        for each in kind.values():
            yield from fields_of(each)
    elif isinstance(kind, list):
        for each in kind:
            yield from fields_of(each)
