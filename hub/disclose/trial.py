"""Run the policy tests: expectations as data, that an information governance officer can write."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import TypedDict

from hub.disclose.bundle import Bundle
from hub.disclose.explain import EVENT, Explanation, Field, explain
from hub.disclose.plan import Plan, Planner
from hub.disclose.read_tests import PolicyTest
from hub.disclose.schema import SourceSchema


class Failure(TypedDict):
    """One expectation that was not met."""

    name: str
    file: str
    message: str


class Trial(TypedDict):
    """What a run of all tests found; `failed` counts tests."""

    checked: int
    failed: int
    failures: list[Failure]


def run_tests(bundle: Bundle, schemas: Mapping[str, SourceSchema], today: date) -> Trial:
    """Run every policy test of a bundle against the schemas, by event type."""
    planner = Planner(bundle, today)
    failures = [
        Failure(name=test.name, file=test.file, message=message)
        for test in bundle.tests
        for message in _faults(test, planner, schemas)
    ]
    return {
        "checked": len(bundle.tests),
        "failed": len({each["name"] for each in failures}),
        "failures": failures,
    }


def _faults(
    test: PolicyTest, planner: Planner, schemas: Mapping[str, SourceSchema]
) -> Iterator[str]:
    schema = schemas.get(test.schema)
    if schema is None:
        yield f"there is no schema {test.schema}"
        return
    plan = planner.plan(schema, test.context)
    if test.outcome and plan.outcome != test.outcome:
        yield f"outcome is {plan.outcome}, not {test.outcome}"
    for pattern, expected in test.treatments.items():
        yield from _treatment_faults(plan, pattern, expected)
    yield from _rule_faults(test, planner, schema)


def _treatment_faults(plan: Plan, pattern: str, expected: str) -> Iterator[str]:
    """Compare each leaf that a path names; one that names none is a fault, not a pass."""
    start = pattern.removesuffix("*") if pattern.endswith(".*") else None
    found = {
        path: treatment
        for path, treatment in plan.treatments.items()
        if path == pattern or (start and path.startswith(start))
    }
    if not found:
        yield f"no field is called {pattern}"
    for path, treatment in found.items():
        if treatment != expected:
            yield f"{path}: {treatment}, not {expected}"


def _rule_faults(test: PolicyTest, planner: Planner, schema: SourceSchema) -> Iterator[str]:
    if not test.rules:
        return
    told = explain(planner, schema, test.context)
    for path, expected in test.rules.items():
        if path != EVENT and path not in told["fields"]:
            yield f"no field is called {path}"
            continue
        rules = told["event"]["rules"] if path == EVENT else _set_by(told["fields"][path], told)
        if expected not in rules:
            yield f"{path}: set by {', '.join(rules) or 'no rule'}, not by {expected}"


def _set_by(field: Field, told: Explanation) -> list[str]:
    """Give the rules that set a field's level: those of every tag that is as strict as the binding one."""
    if field["binding"] == EVENT:
        return told["event"]["rules"]
    tags = {tag for tag, level in field["levels"].items() if level == field["level"]}
    return sorted({rule for tag in tags for rule in field["reasons"][tag]})
