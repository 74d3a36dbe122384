"""Assertions, policy tests, lint and explanations: each finds what it is there to find."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from itertools import product

import pytest

from hub.disclose.bundle import Bundle, load_bundle
from hub.disclose.decide import decide_tag
from hub.disclose.domain import contexts
from hub.disclose.explain import explain
from hub.disclose.lint import lint
from hub.disclose.never import check_never
from hub.disclose.plan import Planner
from hub.disclose.rules import Never
from hub.disclose.schema import SourceSchema
from hub.disclose.trial import run_tests
from hub.model.level import Level, Treatment
from tests.unit.disclose.bodies import AVRO, BUNDLE, POLICY_FILES, SCHEMAS, TODAY, context
from tests.unit.disclose.made import bundle, cap, forbid, giving, permit, receive

LAST = """
review_by = 2027-11-30
because = "It is a test."
authority = "none"
owner = "nobody@example.gov.uk"
when.purpose = ["safeguarding", "marac", "support"]
when.lawful_basis = ["public-task"]
"""


def with_rule(text: str, last: str = LAST) -> Bundle:
    """The shipped bundle with one more rule."""
    return load_bundle(POLICY_FILES | {"rules/made.toml": f'[[rule]]\nid = "made"\n{text}\n{last}'})


def tag_permit(agency: str, tag: str, treatment: str = "full", more: str = "") -> str:
    return (
        f'effect = "permit"\nto.agency = ["{agency}"]\ntags = ["{tag}"]\n'
        f'treatment = "{treatment}"\nwhen.involvement_at_least = "named"\n{more}'
    )


def event_permit(agency: str, more: str = "", event: str = "incident-reported") -> str:
    return f'effect = "permit"\nto.agency = ["{agency}"]\nevents = ["{event}"]\n{more}'


NAMED = 'when.involvement_at_least = "named"'


BREAKING = {
    "nothing-to-the-uninvolved": event_permit("police"),
    "housekeeping-stays": event_permit("police", NAMED, "record-retracted"),
    "hub-internal-stays": tag_permit("police", "HUB_INTERNAL", "mask"),
    "local-key-only-as-pseudonym": tag_permit("police", "LOCAL_KEY", "generalise"),
    "safe-place-below-high-risk": tag_permit("idva", "VICTIM_SAFE_LOCATION", more='when.risk_at_least = "medium"'),
    "safe-place-to-the-merely-named": tag_permit("idva", "VICTIM_SAFE_LOCATION", more='when.risk_at_least = "high"'),
    "safe-place-only-police-and-idva": tag_permit("housing", "VICTIM_SAFE_LOCATION", "mask"),
    "safe-contact-against-her-word": tag_permit("idva", "VICTIM_SAFE_CONTACT"),
    "housing-no-door": tag_permit("housing", "VICTIM_LOCATION"),
    "charity-no-crime": tag_permit("charity", "CRIMINAL_RECORD", "mask"),
    "crime-only-police-and-probation": tag_permit("idva", "CRIMINAL_RECORD"),
    "nothing-against-her-word-below-high-risk": event_permit("charity", 'when.involvement_at_least = "supplied"'),
    "charity-name-without-consent": tag_permit("charity", "VICTIM_IDENTITY"),
    "free-text-only-police-and-children": tag_permit("housing", "FREE_TEXT"),
    "health-data-only-where-it-is-cared-for": tag_permit("police", "HEALTH_DATA"),
    "witnesses-only-police": tag_permit("housing", "WITNESS"),
    "overridden-on-its-grounds-alone": event_permit("housing", 'when.risk_at_least = "high"\n' + NAMED),
    "care-and-help-against-her-word": tag_permit("probation", "SUPPORT"),
    "no-patient-against-her-word": event_permit("idva", NAMED, "attendance-recorded"),
    "help-is-hers": event_permit("police", NAMED, "support-recorded"),
    "schools-hear-of-incidents-alone": event_permit("education", NAMED, "order-recorded"),
    "schools-hear-for-encompass-alone": event_permit("education", NAMED),
    "schools-never-who": tag_permit("education", "PERPETRATOR_IDENTITY", "mask"),
    "schools-never-where": tag_permit("education", "VICTIM_LOCATION", "generalise"),
    "schools-never-what": tag_permit("education", "SHAREABLE_SUMMARY"),
    "criteria-at-the-table-alone": tag_permit("police", "CASE_CRITERION"),
    "schools-day-not-hour": tag_permit("education", "EVENT_TIME"),
    "patients-stay-in-care": event_permit("police", 'when.risk_at_least = "high"\nwhen.consent = ["given"]\n' + NAMED, "attendance-recorded"),
    "injuries-to-whoever-treats-her": tag_permit("health", "HEALTH_DATA"),
    "nobody-else-in-her-record": tag_permit("health", "PERPETRATOR", "mask"),
    "no-words-in-her-record": tag_permit("health", "SHAREABLE_SUMMARY"),
    "probation-never-finds-her": tag_permit("probation", "VICTIM_LOCATION", "generalise"),
    "probation-name-only-at-high-risk": tag_permit("probation", "VICTIM_IDENTITY", "mask"),
    "probation-nothing-she-said": tag_permit("probation", "CONSENT"),
    "probation-hears-of-no-help": event_permit("probation", NAMED, "referral-made"),
    "evidence-only-police": tag_permit("idva", "EVIDENCE", "mask"),
    "evidence-told-to-police-alone": event_permit("probation", NAMED, "evidence-registered"),
    "disclosure-scheme-only-police": tag_permit("probation", "DISCLOSURE_SCHEME", "mask"),
    "disclosure-scheme-told-to-police-alone": event_permit("idva", NAMED, "disclosure-application"),
    "outcomes-only-police-and-probation": event_permit("idva", NAMED, "outcome-recorded"),
    "charity-order-in-outline": tag_permit("charity", "ORDER"),
    "orders-not-to-health": tag_permit("health", "ORDER", "mask"),
    "help-not-to-her-landlord": tag_permit("housing", "SUPPORT", "mask"),
    "social-care-only-where-children-are-cared-for": tag_permit("charity", "SOCIAL_CARE", "mask"),
    "meetings-to-those-who-sat-there": event_permit("charity", 'when.consent = ["given"]\n' + NAMED, "case-heard"),
    "charity-no-door-and-no-other-area": tag_permit("charity", "VICTIM_LOCATION"),
    "health-no-place": tag_permit("health", "VICTIM_LOCATION", "mask"),
    "idva-door-only-at-high-risk": tag_permit("idva", "VICTIM_LOCATION"),
}  # fmt: skip
OTHERWISE = {
    "overridden-on-its-grounds-alone": LAST.replace("public-task", "consent"),
    "no-words-in-her-record": LAST.replace('"support"]', '"direct-care"]'),
}
"""For another purpose, or on another ground, than the other permits."""


@pytest.mark.parametrize(("assertion", "text"), BREAKING.items(), ids=BREAKING)
def test_one_permit_too_many_breaks_the_assertion_that_is_there_for_it(
    assertion: str, text: str
) -> None:
    found = check_never(with_rule(text, OTHERWISE.get(assertion, LAST)))

    breaches = [each for each in found["failures"] if each["id"] == assertion]
    assert breaches
    assert breaches[0]["rules"] == ["made"]
    assert found["failed"] >= 1


@pytest.mark.parametrize(
    ("forbidding", "assertion"),
    [
        ("forbid-everything-near-perpetrator", "nothing-near-the-perpetrator"),
        ("forbid-everything-under-conflict", "nothing-under-conflict"),
    ],
)
def test_without_its_forbid_an_assertion_breaks(forbidding: str, assertion: str) -> None:
    rules = tuple(rule for rule in BUNDLE.rules if rule.id != forbidding)

    found = check_never(replace(BUNDLE, rules=rules))

    assert {each["id"] for each in found["failures"]} == {assertion}


def test_every_assertion_is_broken_by_some_test() -> None:
    forbids = {"nothing-near-the-perpetrator", "nothing-under-conflict"}

    assert {each.id for each in BUNDLE.never} == BREAKING.keys() | forbids


TOLD_TO_SCHOOLS = {"CHILD", "CHILD_IDENTITY", "EVENT_TIME", "HUB_NOTICE"}


@pytest.mark.parametrize("tag", sorted(BUNDLE.vocabulary.tags.keys() - TOLD_TO_SCHOOLS))
def test_whatever_else_a_school_is_told_breaks_an_assertion(tag: str) -> None:
    encompass = LAST.replace('"support"]', '"encompass"]').replace(
        "public-task", "legal-obligation"
    )
    made = with_rule(tag_permit("education", tag, "mask"), encompass)
    of_it = tuple(each for each in made.never if tag in each.on)

    assert check_never(replace(made, never=of_it))["failed"] >= 1


ONLY_POLICE_EVENTS = ("evidence-registered", "disclosure-application")


@pytest.mark.parametrize("event", ONLY_POLICE_EVENTS)
@pytest.mark.parametrize("agency", sorted(set(BUNDLE.vocabulary.words["agency"]) - {"police"}))
def test_what_is_for_police_alone_is_so_for_each_type_of_agency(agency: str, event: str) -> None:
    found = check_never(with_rule(event_permit(agency, NAMED, event)))

    assert agency in {each["agency"] for each in found["failures"]}


LONGER_NOTICE = """
effect = "permit"
to.agency = ["education"]
tags = [
  "CRIME_REFERENCE", "INCIDENT_LOCATION", "VICTIM_LOCATION", "ALLEGATION", "SHAREABLE_SUMMARY", "FREE_TEXT",
  "THIRD_PARTY",
]
treatment = "full"
when.involvement_at_least = "named"
because = "The list of a force that tells schools what happened, and where."
authority = "none"
owner = "nobody@example.gov.uk"
review_by = 2027-11-30
when.purpose = ["encompass"]
when.lawful_basis = ["legal-obligation"]
"""
LONGER_FIELDS = {
    "crime_reference", "place.line1", "place.line2", "place.town", "place.postcode", "kind", "weapon_used",
    "account", "shareable_summary",
}  # fmt: skip


def test_the_longer_notice_to_schools_would_add_fields_and_break_assertions() -> None:
    ours, longer = (
        Planner(made, TODAY).plan(SCHEMAS["incident-reported"], context("osham-primary"))
        for made in (BUNDLE, with_rule(LONGER_NOTICE, ""))
    )

    shown = [
        {path for path, treatment in plan.treatments.items() if treatment is not Treatment.WITHHOLD}
        for plan in (ours, longer)
    ]
    assert shown[1] - shown[0] == LONGER_FIELDS
    assert shown[0] < shown[1]
    assert {each["id"] for each in check_never(with_rule(LONGER_NOTICE, ""))["failures"]} == {
        "schools-never-where", "schools-never-what", "free-text-only-police-and-children",
        "crime-only-police-and-probation",
    }  # fmt: skip


def test_a_breach_names_a_context_in_which_it_happens() -> None:
    made = with_rule(
        tag_permit("housing", "VICTIM_SAFE_LOCATION", "full", 'when.consent = ["refused"]')
    )

    breach = next(
        each
        for each in check_never(made)["failures"]
        if each["id"] == "safe-place-only-police-and-idva"
    )

    assert breach["context"]["consent"] == "refused"
    assert (breach["agency"], breach["on"], breach["level"]) == (
        "housing",
        "VICTIM_SAFE_LOCATION",
        "full",
    )


def test_a_breach_does_not_hide_behind_a_review_date() -> None:
    past = LAST.replace("2027-11-30", "2020-01-01")

    assert check_never(with_rule(tag_permit("charity", "CRIMINAL_RECORD"), past))["failed"] == 1


def test_the_classes_of_the_domain_miss_nothing() -> None:
    rules = [
        permit("a", Level.FULL, risk={"high"}, consent={"given", "not-asked"}),
        permit("b", Level.MASK, involvement={"supplied", "invited"}, role="officer"),
        cap("c", Level.GENERALISE, purpose="marac"),
        forbid("d", conflict_of_interest=True),
    ]
    told_apart = [condition for rule in rules for condition in rule.conditions]

    by_class = {
        decide_tag(each, "VICTIM", rules, TODAY)
        for each in contexts("police", told_apart, BUNDLE.vocabulary)
    }
    one_by_one = {
        decide_tag(
            context(role=role, purpose=purpose, risk=risk, consent=consent, involvement=involvement,
                    conflict_of_interest=conflict), "VICTIM", rules, TODAY,
        )
        for role, purpose, risk, consent, involvement, conflict in product(
            *(BUNDLE.vocabulary.words[name] for name in ("role", "purpose", "risk", "consent", "involvement")),
            (True, False, None),
        )
    }  # fmt: skip

    assert by_class == one_by_one
    assert len(by_class) == 5


def test_an_assertion_with_a_threshold_looks_at_those_contexts_only() -> None:
    high = [permit("a", Level.FULL, "VICTIM", risk="high")]
    below = Never(
        id="n", file="never.toml", step="tag", on=frozenset({"VICTIM"}),
        conditions=cap("", Level.MASK, risk={"standard", "medium"}).conditions,
        above=Level.WITHHOLD, because="", authority="", owner="",
    )  # fmt: skip
    made = replace(bundle(*high), never=(below,))

    assert check_never(made)["failed"] == 0
    assert check_never(replace(made, rules=(permit("a", Level.FULL, "VICTIM", risk="medium"),)))[
        "failed"
    ]


LINT: dict[str, tuple[Callable[[], Bundle], str]] = {
    "county_wide": (lambda: with_rule(tag_permit("police", "HEALTH_DATA").replace('when.involvement_at_least = "named"', "")), "made"),
    "no_purpose": (lambda: with_rule(tag_permit("police", "HEALTH_DATA"), LAST.replace('when.purpose = ["safeguarding", "marac", "support"]', "")), "made"),
    "no_lawful_basis": (lambda: with_rule(tag_permit("police", "HEALTH_DATA"), LAST.replace('when.lawful_basis = ["public-task"]', "")), "made"),
    "dead_rule": (lambda: with_rule(tag_permit("police", "VICTIM")), "made"),
    "review_due": (lambda: with_rule(tag_permit("police", "HEALTH_DATA"), LAST.replace("2027-11-30", "2027-01-31")), "made"),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "case"), LINT.items(), ids=LINT)
def test_lint_finds_a_rule_that_should_not_be_there(
    kind: str, case: tuple[Callable[[], Bundle], str]
) -> None:
    make, rule = case

    found = lint(make(), SCHEMAS, TODAY)

    assert [(each["kind"], each["file"], each["rule"]) for each in found] == [
        (kind, "rules/made.toml", rule)
    ]


def test_a_permit_that_says_why_it_is_county_wide_is_let_be() -> None:
    text = tag_permit("police", "HEALTH_DATA").replace(
        'when.involvement_at_least = "named"', 'county_wide_because = "It is a test."'
    )

    assert lint(with_rule(text), SCHEMAS, TODAY) == []


DEAD = {
    "a forbid of what nobody gets": [forbid("x", "CHILD"), permit("a")],
    "a cap above every permit": [cap("x", Level.GENERALISE), permit("a", Level.MASK)],
    "a permit below another": [permit("x", Level.MASK, risk="high"), permit("a")],
    "a permit that is always forbidden": [permit("x"), forbid("a")],
}


@pytest.mark.parametrize("rules", DEAD.values(), ids=DEAD)
def test_a_rule_without_which_nothing_changes_is_dead(rules: list[object]) -> None:
    found = lint(bundle(*rules, receive()), {}, TODAY)  # type: ignore[arg-type]

    assert "x" in {each["rule"] for each in found if each["kind"] == "dead_rule"}


ALIVE = {
    "a forbid of something": [forbid("x", consent="refused"), permit("a")],
    "a cap below a permit": [cap("x", Level.MASK), permit("a")],
    "a permit above another": [permit("x", risk="high"), permit("a", Level.MASK)],
}


@pytest.mark.parametrize("rules", ALIVE.values(), ids=ALIVE)
def test_a_rule_that_changes_something_is_not(rules: list[object]) -> None:
    found = lint(bundle(*rules, receive()), {}, TODAY)  # type: ignore[arg-type]

    assert [each for each in found if each["kind"] == "dead_rule" and each["rule"] == "x"] == []


def test_a_dead_rule_is_told_from_what_decides_instead() -> None:
    rules = [permit("x", Level.MASK, risk="high"), permit("a"), forbid("z", "CHILD")]

    told = {
        each["rule"]: each["message"]
        for each in lint(bundle(*rules, receive()), {}, TODAY)
        if each["kind"] == "dead_rule"
    }

    assert "without it: a decides wherever it applies. Remove it" in told["x"]
    assert "without it: nobody is given it. Remove it" in told["z"]


def test_a_permit_that_is_shadowed_for_one_of_its_tags_is_found() -> None:
    made = bundle(
        permit("a", Level.FULL, "VICTIM", agency={"police", "housing"}),
        permit("x", Level.MASK, "VICTIM", "CHILD", agency="police"),
        receive(),
    )

    found = [each for each in lint(made, {}, TODAY) if each["kind"] == "shadowed_permit"]

    assert [(each["rule"], each["message"].split(":")[0]) for each in found] == [
        ("x", "for police/VICTIM it gives nothing that a does not decide")
    ]


def test_a_rule_that_no_organisation_can_meet_is_found() -> None:
    """A housing officer's purpose is never `encompass`: such a forbid would only seem to protect."""
    unmet = 'effect = "{}"\nto.agency = ["housing"]\ntags = ["VICTIM_SAFE_CONTACT"]\n{}when.purpose = ["encompass"]\n'
    last = LAST[: LAST.index("when.purpose")]

    for effect, treatment in (("forbid", ""), ("cap", 'treatment = "mask"\n')):
        found = lint(with_rule(unmet.format(effect, treatment), last), SCHEMAS, TODAY)

        (one,) = [each for each in found if each["kind"] == "unmet_rule"]
        assert one["rule"] == "made"
        assert "recipients/" in one["message"]
    without = replace(with_rule(unmet.format("forbid", ""), last), recipients={})
    assert not [each for each in lint(without, {}, TODAY) if each["kind"] == "unmet_rule"]


def test_lint_says_what_to_do_about_a_permit_that_has_ended() -> None:
    found = lint(BUNDLE, SCHEMAS, date(2030, 1, 1))

    assert all(
        "have its owner review it" in e["message"] for e in found if e["kind"] == "review_due"
    )


def test_lint_says_when_a_permit_has_ended() -> None:
    after = max(rule.review_by for rule in BUNDLE.rules) + timedelta(days=1)

    found = [each for each in lint(BUNDLE, SCHEMAS, after) if each["kind"] == "review_due"]

    assert len(found) == len(BUNDLE.rules)
    assert "it no longer permits" in next(
        e["message"] for e in found if e["rule"] == "police-receive"
    )
    assert "no longer" not in next(
        e["message"] for e in found if e["rule"] == "forbid-everything-near-perpetrator"
    )


def test_lint_finds_words_and_tags_that_nobody_uses() -> None:
    words = POLICY_FILES["vocabulary.toml"]
    for old, new in (
        ('"direct-care"]', '"direct-care", "archive"]'),
        (
            '"designated-safeguarding-lead",',
            '"designated-safeguarding-lead", "clerk", "registrar",',
        ),
        ('"recall",\n]', '"recall",\n]\nreserved = ["clerk"]'),
    ):
        assert old in words
        words = words.replace(old, new, 1)
    words += '\n[tag.UNUSED]\nmeaning = "x"\npersonal = true\n'

    found = lint(load_bundle(POLICY_FILES | {"vocabulary.toml": words}), SCHEMAS, TODAY)

    assert [(each["kind"], each["message"].split(":")[0]) for each in found] == [
        ("unused_tag", "UNUSED"), ("unused_tag", "UNUSED"),
        ("unused_word", "purpose archive"), ("unused_word", "role registrar"),
    ]  # fmt: skip


def test_lint_finds_what_schemas_lack() -> None:
    changed = {**AVRO["recall"], "fields": [
        {"name": "bare", "type": "string"},
        {"name": "odd", "type": "string", "confluent:tags": ["ODD"], "hub:mask": "initial"},
    ]}  # fmt: skip
    schemas = SCHEMAS | {"recall": SourceSchema.parse("recall", changed)}
    poorer = replace(BUNDLE.vocabulary, transforms=BUNDLE.vocabulary.transforms - {"initial"})

    found = lint(replace(BUNDLE, vocabulary=poorer), {"recall": schemas["recall"]}, TODAY)

    assert {(e["kind"], e["message"].split()[0]) for e in found if e["file"] == "schemas/recall"} == {
        ("untagged", "bare"), ("unknown_tag", "ODD"), ("unknown_transform", "odd:"),
    }  # fmt: skip


def with_test(expectation: str, schema: str = "incident-reported") -> Bundle:
    text = f"""[[test]]
name = "made"
schema = "{schema}"
to = {{ agency = "police", role = "officer" }}
context = {{ purpose = "safeguarding", lawful_basis = "public-task", risk = "high", consent = "given", involvement = "named", conflict_of_interest = false, perpetrator_link = false }}
{expectation}
"""
    kept = {name: text for name, text in POLICY_FILES.items() if not name.startswith("tests/")}
    return load_bundle(kept | {"tests/made.toml": text})


EXPECTATIONS = {
    'expect_outcome = "disclosed"': None,
    'expect_outcome = "suppressed"': "outcome is disclosed, not suppressed",
    'expect."account" = "full"': None,
    'expect."account" = "withhold"': "account: full, not withhold",
    'expect."place.*" = "full"': None,
    'expect."place.*" = "mask"': "place.line1: full, not mask",
    'expect."victims.safe_address.*" = "withhold"': None,
    'expect."victim.names.given" = "withhold"': "no field is called victim.names.given",
    'expect."nobody.*" = "withhold"': "no field is called nobody.*",
    'expect."pla*" = "full"': "no field is called pla*",
    'expect_rule.event = "police-receive"': None,
    'expect_rule.event = "housing-receive"': "event: set by police-receive, not by housing-receive",
    'expect_rule."account" = "police-account"': None,
    'expect_rule."injuries" = "police-account"': "injuries: set by no rule, not by police-account",
    'expect_rule."nobody" = "police-account"': "no field is called nobody",
}


@pytest.mark.parametrize(("expectation", "message"), EXPECTATIONS.items())
def test_a_policy_test_says_what_is_not_as_expected(expectation: str, message: str | None) -> None:
    found = run_tests(with_test(expectation), SCHEMAS, TODAY)

    assert found["checked"] == 1
    assert found["failed"] == (message is not None)
    messages = [each["message"] for each in found["failures"]]
    assert messages[:1] == ([message] if message else [])
    assert {(each["name"], each["file"]) for each in found["failures"]} <= {
        ("made", "tests/made.toml")
    }


def test_a_policy_test_without_its_schema_fails() -> None:
    found = run_tests(with_test('expect_outcome = "disclosed"'), {}, TODAY)

    assert found["failures"][0]["message"] == "there is no schema incident-reported"


def explained(path: str, made: Bundle = BUNDLE, **asking: object) -> dict[str, object]:
    found = explain(Planner(made, TODAY), SCHEMAS["incident-reported"], context(**asking))  # type: ignore[arg-type]
    return dict(found["fields"][path])


def test_an_explanation_names_the_tag_that_binds_and_what_is_missing() -> None:
    found = explained("victims.safe_address.line1", recipient="fenmarch-police")

    assert found == {
        "tags": ["VICTIM", "VICTIM_SAFE_LOCATION"],
        "level": "withhold",
        "levels": {"VICTIM": "full", "VICTIM_SAFE_LOCATION": "withhold"},
        "treatment": "withhold",
        "rule": {"VICTIM": "who-stands-in-it", "VICTIM_SAFE_LOCATION": None},
        "reasons": {"VICTIM": ["who-stands-in-it"], "VICTIM_SAFE_LOCATION": []},
        "binding": "VICTIM_SAFE_LOCATION",
        "nearest_missing": "risk high needed, was medium; "
        "involvement supplied or more needed, was named (safe-place-high-risk)",
    }


def test_an_explanation_of_a_full_field_misses_nothing() -> None:
    found = explained("account", recipient="fenmarch-police")

    assert (found["treatment"], found["nearest_missing"]) == ("full", "")


def test_an_explanation_says_that_the_event_step_refused() -> None:
    found = explained("account", recipient="fenmarch-police", perpetrator_link=None)

    assert (found["binding"], found["treatment"]) == ("event", "withhold")
    assert found["nearest_missing"] == "held down by forbid-everything-near-perpetrator"


def test_an_explanation_says_that_a_word_is_unknown() -> None:
    found = explained("account", recipient="fenmarch-police", purpose="curiosity")

    assert (found["binding"], found["nearest_missing"]) == ("event", "no such word: purpose")


def test_an_explanation_says_that_a_list_is_closed() -> None:
    made = giving({"VICTIM": Level.GENERALISE, "VICTIM_IDENTITY": Level.FULL, "RISK": Level.FULL})

    found = explained("victims.gender", made)

    assert (found["level"], found["treatment"], found["binding"]) == (
        "generalise",
        "withhold",
        "VICTIM",
    )
    assert str(found["nearest_missing"]).startswith("the list victims is closed: ")
    deeper = explained("victims.names.given", giving({"RISK": Level.FULL}))
    assert str(deeper["nearest_missing"]).startswith("the list victims is closed: ")


def test_explanations_and_findings_are_plain_data() -> None:
    told = explain(Planner(BUNDLE, TODAY), SCHEMAS["recall"], context())

    for each in (told, lint(BUNDLE, SCHEMAS, date(2030, 1, 1)), check_never(BUNDLE)):
        assert json.loads(json.dumps(each)) == each
