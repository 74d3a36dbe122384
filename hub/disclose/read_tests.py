"""Read policy tests: data that says, for one context, what is to come out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from hub.disclose.vocabulary import LISTS, Vocabulary
from hub.model.enquiry import Context
from hub.model.level import Treatment
from hub.model.strict import Table

OUTCOMES = ("disclosed", "suppressed", "refused")
WORDS = tuple(name for name in LISTS if name not in ("agency", "role"))
FLAGS = ("conflict_of_interest", "perpetrator_link")
NO_DAY = date(2000, 1, 1)
"""A plan does not depend on the day of the event."""


@dataclass(frozen=True, slots=True)
class PolicyTest:
    """One expectation. `treatments` by path or `path.*`; `rules` by path, or `event`."""

    name: str
    file: str
    schema: str
    context: Context
    outcome: str
    treatments: Mapping[str, str]
    rules: Mapping[str, str]


def read_test(table: Table, vocabulary: Vocabulary) -> PolicyTest:
    table.keys(
        must=("name", "schema", "to", "context"), may=("expect_outcome", "expect", "expect_rule")
    )
    expects = [key for key in ("expect_outcome", "expect", "expect_rule") if key in table]
    if not expects:
        table.refuse("it expects nothing", "Give `expect_outcome`, `expect` or `expect_rule`.")
    return PolicyTest(
        name=table.text("name"),
        file=table.file,
        schema=table.word("schema", vocabulary.events, "event"),
        context=_context(table, vocabulary),
        outcome=table.word("expect_outcome", OUTCOMES, "outcome")
        if "expect_outcome" in table
        else "",
        treatments=_treatments(table) if "expect" in table else {},
        rules=_rules(table.table("expect_rule")) if "expect_rule" in table else {},
    )


def _context(table: Table, vocabulary: Vocabulary) -> Context:
    to, context = table.table("to"), table.table("context")
    to.keys(must=("agency", "role"))
    context.keys(must=(*WORDS, *FLAGS))
    words = {name: context.word(name, vocabulary.words[name], name) for name in WORDS}
    flags = {
        name: None if context.content[name] == "unknown" else context.flag(name) for name in FLAGS
    }
    return Context(
        agency=to.word("agency", vocabulary.words["agency"], "agency"),
        role=to.word("role", vocabulary.words["role"], "role"),
        purpose=words["purpose"],
        lawful_basis=words["lawful_basis"],
        risk=words["risk"],
        consent=words["consent"],
        involvement=words["involvement"],
        conflict_of_interest=flags["conflict_of_interest"],
        perpetrator_link=flags["perpetrator_link"],
        event_date=NO_DAY,
    )


def _treatments(table: Table) -> dict[str, str]:
    expect = table.table("expect")
    return {path: expect.word(path, list(Treatment), "treatment") for path in expect.content}


def _rules(expect: Table) -> dict[str, str]:
    return {path: expect.slug(path) for path in expect.content}
