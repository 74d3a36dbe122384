"""The policies that we ship: tested, asserted, linted, and about the schemas that we ship."""

import re

from hub.disclose.lint import lint
from hub.disclose.never import check_never
from hub.disclose.plan import Planner
from hub.disclose.rules import Effect
from hub.disclose.trial import run_tests
from tests.unit.disclose.bodies import (
    AVRO,
    BUNDLE,
    EVENTS,
    POLICY_FILES,
    ROOT,
    SCHEMAS,
    TODAY,
    context,
)


def test_every_policy_test_holds() -> None:
    found = run_tests(BUNDLE, SCHEMAS, TODAY)

    assert found["failures"] == []
    assert found["checked"] >= 150


def test_no_assertion_is_broken() -> None:
    found = check_never(BUNDLE)

    assert found["failures"] == []
    assert found["checked"] >= 40
    assert found["contexts"] > 20_000


def test_lint_has_nothing_to_say() -> None:
    assert lint(BUNDLE, SCHEMAS, TODAY) == []


def test_the_vocabulary_has_the_tags_of_the_schemas_and_no_other() -> None:
    in_schemas = set[str]()
    for event in EVENTS:
        for found in re.findall(
            r'"confluent:tags": \[([^\]]*)\]', str(AVRO[event]).replace("'", '"')
        ):
            in_schemas |= set(re.findall(r'"([^"]+)"', found))

    assert in_schemas == {tag.name for tag in BUNDLE.vocabulary.tags.values() if not tag.derived}


def test_the_vocabulary_has_the_events_that_have_a_schema() -> None:
    folders = {path.parent.name for path in (ROOT / "schemas").glob("*/v1.avsc")}

    assert folders == set(BUNDLE.vocabulary.events)


def test_every_type_of_agency_has_a_recipient_and_tests_that_give_and_refuse() -> None:
    types = set(BUNDLE.vocabulary.words["agency"])
    outcomes = {(test.context.agency, test.outcome) for test in BUNDLE.tests}

    assert {str(each.type) for each in BUNDLE.recipients.values() if each.receives} == types
    assert {(each, told) for each in types for told in ("disclosed", "suppressed")} <= outcomes


def test_every_event_goes_to_somebody_or_is_closed_to_everybody() -> None:
    given = {
        event
        for rule in BUNDLE.rules
        if rule.step == "event" and rule.effect is Effect.PERMIT
        for event in rule.on
    }
    closed = {
        event
        for each in BUNDLE.never
        if each.step == "event" and not each.conditions
        for event in each.on
    }

    assert given | closed == set(BUNDLE.vocabulary.events)
    assert not given & closed


def test_every_permit_on_an_event_about_people_asks_for_a_part_in_it() -> None:
    for rule in BUNDLE.rules:
        if rule.step == "event" and rule.effect is Effect.PERMIT and rule.on != {"recall"}:
            assert "none" not in rule.condition("involvement").allowed  # type: ignore[union-attr]


def test_the_two_forbids_reach_every_agency_and_every_event() -> None:
    forbids = {
        rule.id: rule
        for rule in BUNDLE.rules
        if rule.step == "event" and rule.effect is Effect.FORBID
    }

    assert forbids.keys() == {
        "forbid-everything-near-perpetrator",
        "forbid-everything-under-conflict",
    }
    for rule in forbids.values():
        assert rule.on == {"*"}
        assert [each.attribute for each in rule.conditions] in (
            ["perpetrator_link"], ["conflict_of_interest"],
        )  # fmt: skip


def test_owners_can_be_written_to_and_are_nobody() -> None:
    owners = {rule.owner for rule in BUNDLE.rules} | {each.owner for each in BUNDLE.never}

    assert all(owner.endswith("@example.gov.uk") for owner in owners)


def test_the_readme_shows_a_rule_that_stands() -> None:
    shown = re.search(r'^id = "([^"]+)"', POLICY_FILES["README.md"], re.MULTILINE)

    assert shown
    assert shown.group(1) in {rule.id for rule in BUNDLE.rules}


MARKS = {
    "always", "override", "her word", "her word, high risk", "high risk", "invited", "never",
}  # fmt: skip


def table_of_events() -> dict[tuple[str, str], str]:
    """Read out of the README who is told of which kind of event."""
    lines = [line for line in POLICY_FILES["README.md"].splitlines() if line.startswith("|")]
    heading = next(line for line in lines if line.startswith("| Event |"))
    types = [cell.strip() for cell in heading.strip("|").split("|")][1:]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {
        (row[0], agency): mark
        for row in rows
        if row[0] in EVENTS
        for agency, mark in zip(types, row[1:], strict=True)
    }


def mark_of(event: str, agency: str) -> str:
    """Say in a word when any recipient of a type is told of an event; as its supplier, if that helps."""
    planner = Planner(BUNDLE, TODAY)

    def told(consent: str, risk: str, involvement: str = "supplied") -> bool:
        return any(
            planner.plan(
                SCHEMAS[event], context(id_, consent=consent, risk=risk, involvement=involvement)
            ).outcome
            == "disclosed"
            for id_, entry in BUNDLE.recipients.items()
            if entry.type == agency
        )

    if not told("given", "high", "invited"):
        return "never"
    if not told("given", "high"):
        return "invited"
    if told("refused", "medium"):
        return "always"
    if told("refused", "high"):
        return "override" if told("given", "medium") else "high risk"
    return "her word" if told("given", "medium") else "her word, high risk"


def test_the_readme_says_who_is_told_of_what() -> None:
    found = table_of_events()

    closed = {"identity-changed", "record-corrected", "record-retracted", "recall"}
    assert {event for event, _ in found} == set(EVENTS) - closed
    assert {agency for _, agency in found} == set(BUNDLE.vocabulary.words["agency"])
    assert set(found.values()) == MARKS
    assert found == {(event, agency): mark_of(event, agency) for event, agency in found}


def test_a_withdrawal_counts_as_a_refusal_in_every_rule() -> None:
    for clause in (*BUNDLE.rules, *BUNDLE.never):
        consents = [each.allowed for each in clause.conditions if each.attribute == "consent"]
        assert all(("refused" in each) == ("withdrawn" in each) for each in consents), clause.id
