"""Check the assertions: what must not happen in any context, whatever the rules say.

Every context that the rules can tell apart is looked at, with every permit in force, so that a
breach cannot hide behind a review date.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import TypedDict

from hub.disclose.bundle import Bundle
from hub.disclose.decide import Decision, decide_event, decide_tag
from hub.disclose.domain import NO_EXPIRY, contexts, reaches
from hub.disclose.rules import Never, Rule
from hub.disclose.vocabulary import LISTS
from hub.model.enquiry import Context
from hub.model.strict import EVERY


class Breach(TypedDict):
    """One assertion broken: for whom, on what, by which rules, in which context for example."""

    id: str
    agency: str
    on: str
    level: str
    rules: list[str]
    context: dict[str, str | bool | None]


class Assertions(TypedDict):
    """What a check of all assertions found."""

    checked: int
    contexts: int
    failed: int
    failures: list[Breach]


def check_never(bundle: Bundle) -> Assertions:
    """Check every assertion over the whole domain; `failed` counts assertions, not contexts."""
    failures: list[Breach] = []
    looked_at = 0
    for assertion in bundle.never:
        for agency, name in _cells(assertion, bundle):
            seen, breach = _check(assertion, agency, name, bundle)
            looked_at += seen
            failures += [breach] if breach else []
    return {
        "checked": len(bundle.never),
        "contexts": looked_at,
        "failed": len({each["id"] for each in failures}),
        "failures": failures,
    }


def _cells(assertion: Never, bundle: Bundle) -> Iterator[tuple[str, str]]:
    words: Collection[str] = bundle.vocabulary.tags
    if assertion.step == "event":
        words = bundle.vocabulary.events
    for agency in bundle.vocabulary.words["agency"]:
        if reaches(assertion.conditions, agency):
            for name in words if EVERY in assertion.on else sorted(assertion.on):
                yield agency, name


def _check(assertion: Never, agency: str, name: str, bundle: Bundle) -> tuple[int, Breach | None]:
    """Look for a context in which more is given than the assertion allows."""
    rules = [
        rule
        for rule in bundle.rules
        if rule.covers(assertion.step, name) and reaches(rule.conditions, agency)
    ]
    apart = [condition for rule in rules for condition in rule.conditions]
    seen = 0
    for context in contexts(agency, apart, bundle.vocabulary, within=assertion.conditions):
        seen += 1
        decision = _decide(assertion, context, name, rules)
        if decision.level > assertion.above:
            return seen, _breach(assertion, context, name, decision)
    return seen, None


def _decide(assertion: Never, context: Context, name: str, rules: Sequence[Rule]) -> Decision:
    decide = decide_event if assertion.step == "event" else decide_tag
    return decide(context, name, rules, NO_EXPIRY)


def _breach(assertion: Never, context: Context, name: str, decision: Decision) -> Breach:
    shown = (*LISTS, "conflict_of_interest", "perpetrator_link")
    return {
        "id": assertion.id,
        "agency": context.agency,
        "on": name,
        "level": decision.level.name.lower(),
        "rules": list(decision.reasons),
        "context": {key: getattr(context, key) for key in shown},
    }
