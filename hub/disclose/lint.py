"""Look for what is legal in a bundle but should not be there.

A rule that changes nothing misleads the officer who signs it; a permit without involvement gives a
whole type of agency the whole county; an untagged field is withheld from everybody for ever.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import date, timedelta
from typing import TypedDict

from hub.disclose.bundle import NEVER, VOCABULARY, Bundle
from hub.disclose.cells import Cells
from hub.disclose.idle import can_meet, idle, spoken_of
from hub.disclose.rules import Effect, Rule
from hub.disclose.schema import SourceSchema, untagged
from hub.disclose.tree import leaves_of
from hub.model.level import Level

NOTICE = timedelta(days=90)
"""An agreement takes a quarter to review."""

REVIEW = "have its owner review it, then write the new date or remove the rule"

NAMED_BY_RULES = ("agency", "role", "purpose", "lawful_basis")
"""Lists whose every word a rule should name. The others describe a case, and have to be complete."""


class Finding(TypedDict):
    """One thing to look at."""

    kind: str
    file: str
    rule: str
    message: str


def lint(bundle: Bundle, schemas: Mapping[str, SourceSchema], today: date) -> list[Finding]:
    """Give every finding, in a steady order."""
    found = [
        *_permits(bundle),
        *_reviews(bundle, today),
        *_dead(bundle),
        *_unmet(bundle),
        *_tags(bundle, schemas),
        *_words(bundle),
        *_schemas(bundle, schemas),
    ]
    return sorted(
        found, key=lambda each: (each["kind"], each["file"], each["rule"], each["message"])
    )


def _permits(bundle: Bundle) -> Iterator[Finding]:
    for rule in bundle.rules:
        personal = sorted(
            tag
            for tag in rule.on
            if tag in bundle.vocabulary.tags and bundle.vocabulary.tags[tag].personal
        )
        if rule.effect is not Effect.PERMIT or rule.step != "tag" or not personal:
            continue
        if not rule.condition("involvement") and not rule.county_wide_because:
            yield _of(rule, "county_wide", "no involvement_at_least: the whole county's, by type")
        if not rule.condition("purpose"):
            yield _of(rule, "no_purpose", f"personal data for any purpose: {personal[0]}")
        if not rule.condition("lawful_basis"):
            yield _of(rule, "no_lawful_basis", f"personal data on any basis: {personal[0]}")


def _reviews(bundle: Bundle, today: date) -> Iterator[Finding]:
    for rule in bundle.rules:
        if rule.review_by - today > NOTICE:
            continue
        over = today > rule.review_by
        ended = " and it no longer permits" if over and rule.effect is Effect.PERMIT else ""
        when = "was" if over else "is"
        yield _of(
            rule,
            "review_due",
            f"review {when} due by {rule.review_by.isoformat()}{ended}: {REVIEW}",
        )


def _dead(bundle: Bundle) -> Iterator[Finding]:
    cells = Cells(bundle.vocabulary, bundle.rules)
    for rule in bundle.rules:
        found = idle(rule, cells)
        if len(found) == len(spoken_of(rule, cells)):
            others = {other for each in found for other in each.others}
            why = f"{_list(others)} decides wherever it applies" if others else "nobody is given it"
            yield _of(
                rule,
                "dead_rule",
                f"no decision would change without it: {why}. Remove it, or say when it differs",
            )
        elif rule.effect is Effect.PERMIT:
            for each in found:
                yield _of(
                    rule,
                    "shadowed_permit",
                    f"for {each.cell.agency}/{each.cell.name} it gives nothing that {_list(each.others)}"
                    " does not decide: name it in one of them alone",
                )


def _unmet(bundle: Bundle) -> Iterator[Finding]:
    """Hold rules to the register, where there is one."""
    register = bundle.recipients.values()
    for rule in bundle.rules:
        if register and not any(can_meet(rule, each) for each in register):
            yield _of(
                rule,
                "unmet_rule",
                "no organisation of the register is of this type with this role, purpose and basis:"
                " correct `to` and `when`, or the entry in recipients/",
            )


def _list(rules: Collection[str]) -> str:
    return ", ".join(sorted(rules)) or "no rule"


def _tags(bundle: Bundle, schemas: Mapping[str, SourceSchema]) -> Iterator[Finding]:
    carried = frozenset().union(*(schema.tags() for schema in schemas.values()))
    spoken_of = frozenset().union(*(rule.on for rule in bundle.rules))
    closed = frozenset().union(
        *(each.on for each in bundle.never if each.step == "tag" and each.above is Level.WITHHOLD and not each.conditions)
    )  # fmt: skip
    for tag, told in bundle.vocabulary.tags.items():
        if schemas and tag not in carried and not told.derived:
            yield _in(VOCABULARY, "unused_tag", f"{tag}: no schema carries it")
        if tag not in spoken_of and tag not in closed:
            yield _in(
                VOCABULARY, "unused_tag", f"{tag}: no rule names it, and {NEVER} does not close it"
            )


def _words(bundle: Bundle) -> Iterator[Finding]:
    named = {
        (condition.attribute, word)
        for rule in bundle.rules
        for condition in rule.conditions
        for word in condition.allowed
    }
    for attribute in NAMED_BY_RULES:
        for word in bundle.vocabulary.words[attribute]:
            if (attribute, word) not in named and word not in bundle.vocabulary.reserved:
                yield _in(VOCABULARY, "unused_word", f"{attribute} {word}: no rule names it")


def _schemas(bundle: Bundle, schemas: Mapping[str, SourceSchema]) -> Iterator[Finding]:
    for name, schema in schemas.items():
        file = f"schemas/{name}"
        for path in untagged(schema):
            yield _in(file, "untagged", f"{path} has no tag: it is withheld from everybody")
        for tag in sorted(schema.tags() - bundle.vocabulary.tags.keys()):
            yield _in(
                file, "unknown_tag", f"{tag} is not in {VOCABULARY}: what carries it is withheld"
            )
        for leaf in leaves_of(schema.children):
            for transform in {leaf.generalise, leaf.mask} - {"", *bundle.vocabulary.transforms}:
                yield _in(
                    file, "unknown_transform", f"{leaf.path}: {transform} is not in {VOCABULARY}"
                )


def _of(rule: Rule, kind: str, message: str) -> Finding:
    return {"kind": kind, "file": rule.file, "rule": rule.id, "message": message}


def _in(file: str, kind: str, message: str) -> Finding:
    return {"kind": kind, "file": file, "rule": "", "message": message}
