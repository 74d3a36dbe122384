"""A bundle with one fault is refused whole, and says where, what, and what to do."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from hub.disclose.bundle import PolicyFault, load_bundle
from hub.model.agency import AgencyId, AgencyType
from hub.model.level import Level
from tests.unit.disclose.bodies import BUNDLE, POLICY_FILES

RULE = """
[[rule]]
id = "made"
effect = "permit"
to.agency = ["police"]
to.role = ["officer"]
tags = ["VICTIM"]
treatment = "full"
when.purpose = ["marac"]
when.lawful_basis = ["public-task"]
when.consent = ["given"]
when.risk_at_least = "high"
when.involvement_at_least = "named"
when.perpetrator_link = false
because = "It is a test."
authority = "none"
owner = "nobody@example.gov.uk"
review_by = 2027-03-31
"""
NEVER = """
[[never]]
id = "made-never"
to.agency = ["*"]
tags = ["VICTIM"]
above = "mask"
when.risk_below = "high"
because = "It is a test."
authority = "none"
owner = "nobody@example.gov.uk"
"""
TEST = """
[[test]]
name = "made test"
schema = "incident-reported"
to = { agency = "police", role = "officer" }
context = { purpose = "marac", lawful_basis = "public-task", risk = "high", consent = "given", involvement = "named", conflict_of_interest = false, perpetrator_link = "unknown" }
expect_outcome = "disclosed"
expect."victims.names.*" = "full"
expect_rule.event = "made"
"""
RULES, NEVERS, TESTS = "rules/made.toml", "never.toml", "tests/made.toml"
HOMES = "recipients/fenmarch-homes.toml"
WORDS = "vocabulary.toml"


def files(**changed: str) -> dict[str, str]:
    made = {RULES: RULE, NEVERS: NEVER, TESTS: TEST}
    kept = {name: POLICY_FILES[name] for name in (WORDS, HOMES, "recipients/amber-door.toml")}
    return kept | made | {name.replace("__", "/"): text for name, text in changed.items()}


def swap(file: str, old: str, new: str) -> Callable[[], dict[str, str]]:
    """Change one place of one file, once; a place that is not there would test nothing."""

    def changed() -> dict[str, str]:
        found = files()
        assert old in found[file]
        found[file] = found[file].replace(old, new, 1)
        return found

    return changed


def more(file: str, text: str) -> Callable[[], dict[str, str]]:
    return lambda: files() | {file: files().get(file, "") + text}


def gone(file: str) -> Callable[[], dict[str, str]]:
    return lambda: {name: text for name, text in files().items() if name != file}


Change = Callable[[], dict[str, str]]
EVENT_RULE = RULE.replace('tags = ["VICTIM"]\ntreatment = "full"', 'events = ["recall"]')
FORBID = RULE.replace("permit", "forbid").replace('treatment = "full"\n', "")

FAULTS: dict[str, tuple[Change, str, str]] = {
    "unknown key": (swap(RULES, "because =", 'becuase = ""\nbecause ='), RULES, "made"),
    "misspelt key": (swap(RULES, "authority", "authorty"), RULES, "made"),
    "unknown condition": (swap(RULES, "when.purpose", "when.porpose"), RULES, "made"),
    "unknown key in to": (swap(RULES, "to.role", "to.roles"), RULES, "made"),
    "a threshold downwards in a rule": (swap(RULES, "risk_at_least", "risk_below"), RULES, "made"),
    "unknown agency": (swap(RULES, '"police"', '"polis"'), RULES, "made"),
    "unknown role": (swap(RULES, '"officer"', '"wizard"'), RULES, "made"),
    "unknown purpose": (swap(RULES, '"marac"', '"marketing"'), RULES, "made"),
    "unknown basis": (swap(RULES, '"public-task"', '"curiosity"'), RULES, "made"),
    "unknown risk": (swap(RULES, '"high"', '"extreme"'), RULES, "made"),
    "unknown consent": (swap(RULES, '"given"', '"assumed"'), RULES, "made"),
    "unknown involvement": (swap(RULES, '"named"', '"nosy"'), RULES, "made"),
    "unknown tag": (swap(RULES, '"VICTIM"', '"VICTIMS"'), RULES, "made"),
    "unknown event": (more(RULES, EVENT_RULE.replace('"made"', '"b"').replace('"recall"', '"recal"')), RULES, "b"),
    "unknown effect": (swap(RULES, '"permit"', '"allow"'), RULES, "made"),
    "unknown treatment": (swap(RULES, '"full"', '"pseudonymise"'), RULES, "made"),
    "a permit that gives nothing": (swap(RULES, '"full"', '"withhold"'), RULES, "made"),
    "no id": (swap(RULES, 'id = "made"\n', ""), RULES, ""),
    "id that is no slug": (swap(RULES, '"made"', '"Made it"'), RULES, "Made it"),
    "no effect": (swap(RULES, 'effect = "permit"\n', ""), RULES, "made"),
    "no recipient": (swap(RULES, 'to.agency = ["police"]\nto.role = ["officer"]\n', ""), RULES, "made"),
    "no agency": (swap(RULES, 'to.agency = ["police"]\n', ""), RULES, "made"),
    "no because": (swap(RULES, 'because = "It is a test."\n', ""), RULES, "made"),
    "empty because": (swap(RULES, "It is a test.", " "), RULES, "made"),
    "no authority": (swap(RULES, 'authority = "none"\n', ""), RULES, "made"),
    "no owner": (swap(RULES, 'owner = "nobody@example.gov.uk"\n', ""), RULES, "made"),
    "no review date": (swap(RULES, "review_by = 2027-03-31\n", ""), RULES, "made"),
    "review date as text": (swap(RULES, "2027-03-31", '"2027-03-31"'), RULES, "made"),
    "review date with a time": (swap(RULES, "2027-03-31", "2027-03-31T00:00:00Z"), RULES, "made"),
    "agency as text": (swap(RULES, '["police"]', '"police"'), RULES, "made"),
    "empty list": (swap(RULES, '["police"]', "[]"), RULES, "made"),
    "list of numbers": (swap(RULES, '["police"]', "[1]"), RULES, "made"),
    "a word twice": (swap(RULES, '["police"]', '["police", "police"]'), RULES, "made"),
    "flag as text": (swap(RULES, "link = false", 'link = "false"'), RULES, "made"),
    "threshold as list": (swap(RULES, '"high"', '["high"]'), RULES, "made"),
    "every agency in a permit": (swap(RULES, '["police"]', '["*"]'), RULES, "made"),
    "every tag in a permit": (swap(RULES, '["VICTIM"]', '["*"]'), RULES, "made"),
    "every event in a permit": (more(RULES, EVENT_RULE.replace('"made"', '"b"').replace('["recall"]', '["*"]')), RULES, "b"),
    "every agency beside one": (more(RULES, FORBID.replace('"made"', '"b"').replace('["police"]', '["*", "police"]')), RULES, "b"),
    "every role": (swap(RULES, '["officer"]', '["*"]'), RULES, "made"),
    "neither events nor tags": (swap(RULES, 'tags = ["VICTIM"]\n', ""), RULES, "made"),
    "both events and tags": (swap(RULES, "tags =", 'events = ["recall"]\ntags ='), RULES, "made"),
    "no treatment": (swap(RULES, 'treatment = "full"\n', ""), RULES, "made"),
    "treatment on an event": (swap(RULES, 'tags = ["VICTIM"]', 'events = ["recall"]'), RULES, "made"),
    "treatment on a forbid": (swap(RULES, "permit", "forbid"), RULES, "made"),
    "cap without treatment": (more(RULES, FORBID.replace('"made"', '"b"').replace("forbid", "cap")), RULES, "b"),
    "cap on an event": (more(RULES, EVENT_RULE.replace('"made"', '"b"').replace("permit", "cap")), RULES, "b"),
    "county wide on a forbid": (more(RULES, FORBID.replace('"made"', '"b"') + 'county_wide_because = "x"\n'), RULES, "b"),
    "an id twice": (more(RULES, RULE), RULES, "made"),
    "an id twice across files": (more("rules/zeal.toml", RULE), "rules/zeal.toml", "made"),
    "an id of an assertion": (more(NEVERS, NEVER.replace("made-never", "made")), NEVERS, "made"),
    "a rule that is no list": (swap(RULES, "[[rule]]", "[rule]"), RULES, ""),
    "another kind of table": (more(RULES, NEVER), RULES, ""),
    "bad TOML": (more(RULES, 'id = "'), RULES, ""),
    "a key twice": (more(RULES, "review_by = 2027-03-31\n"), RULES, ""),
    "assertion without above": (swap(NEVERS, 'above = "mask"\n', ""), NEVERS, "made-never"),
    "assertion above full": (swap(NEVERS, '"mask"', '"full"'), NEVERS, "made-never"),
    "assertion on events with above": (swap(NEVERS, 'tags = ["VICTIM"]', 'events = ["*"]'), NEVERS, "made-never"),
    "assertion with a review date": (more(NEVERS, "review_by = 2027-03-31\n"), NEVERS, "made-never"),
    "test without expectation": (swap(TESTS, TEST[TEST.index("expect_outcome") :], ""), TESTS, "made test"),
    "test of an unknown schema": (swap(TESTS, '"incident-reported"', '"Incident"'), TESTS, "made test"),
    "test with half a context": (swap(TESTS, 'risk = "high", ', ""), TESTS, "made test"),
    "test of an unknown outcome": (swap(TESTS, '"disclosed"', '"sent"'), TESTS, "made test"),
    "test of an unknown treatment": (swap(TESTS, '"full"', '"shown"'), TESTS, "made test"),
    "test with an odd flag": (swap(TESTS, '"unknown"', '"maybe"'), TESTS, "made test"),
    "two tests of one name": (more(TESTS, TEST), TESTS, "made test"),
    "no vocabulary": (gone(WORDS), WORDS, ""),
    "another format": (swap(WORDS, "format = 1", "format = 2"), WORDS, ""),
    "no version": (swap(WORDS, 'version = "2026.11.2"', ""), WORDS, ""),
    "version without a date": (swap(WORDS, '"2026.11.2"', '"latest"'), WORDS, ""),
    "a word list gone": (swap(WORDS, "purpose = ", "porpoise = "), WORDS, ""),
    "tag without meaning": (swap(WORDS, 'meaning = "The victim\'s work."\n', ""), WORDS, ""),
    "tag without personal": (more(WORDS, '[tag.NEW]\nmeaning = "x"\n'), WORDS, ""),
    "tag in lower case": (more(WORDS, '[tag.new]\nmeaning = "x"\npersonal = true\n'), WORDS, ""),
    "unknown transform": (more(WORDS, '[transform.rot13]\nkind = "mask"\ninput = ["string"]\nversion = 1\n'), WORDS, ""),
    "transform of another version": (swap(WORDS, "version = 1\n\n[transform.outcode]", "version = 2\n\n[transform.outcode]"), WORDS, ""),
    "undeclared second input": (swap(WORDS, 'reads = ["event_date"]', ""), WORDS, ""),
    "reserved word that is none": (swap(WORDS, '"recall",\n]', '"recall",\n]\nreserved = ["wealth"]'), WORDS, ""),
    "recipient of unknown type": (swap(HOMES, 'type = "housing"', 'type = "house"'), HOMES, "fenmarch-homes"),
    "recipient with unknown status": (swap(HOMES, '"active"', '"paused"'), HOMES, "fenmarch-homes"),
    "purpose outside the register entry": (swap(HOMES, 'purpose = "safeguarding"', 'purpose = "support"'), HOMES, "fenmarch-homes"),
    "role outside the register entry": (swap(HOMES, 'role = "housing-officer"', 'role = "officer"'), HOMES, "fenmarch-homes"),
    "basis outside the register entry": (swap(HOMES, 'lawful_basis = "public-task"', 'lawful_basis = "consent"'), HOMES, "fenmarch-homes"),
    "register entry without agreement": (swap(HOMES, 'agreement = "ISA-2026-09"\n', ""), HOMES, "fenmarch-homes"),
    "file of another name": (swap(HOMES, 'id = "fenmarch-homes"', 'id = "fenmarch-house"'), HOMES, "fenmarch-homes"),
    "two of one name": (swap(HOMES, "Fenmarch Housing Association", "The Amber-Door Ltd"), HOMES, "fenmarch-homes"),
    "staff without family name": (swap(HOMES, 'family = "Brackenhythe"\n', ""), HOMES, "fenmarch-homes"),
    "file in an unknown place": (more("rules/old/made.toml", RULE), "rules/old/made.toml", ""),
    "file of an unknown kind": (more("rules/made.toml~", RULE), "rules/made.toml~", ""),
    "file of an unknown kind in golden": (more("golden/matrix.md", "x"), "golden/matrix.md", ""),
    "unknown file among what was signed": (more("golden/signed/never.toml", NEVER), "golden/signed/never.toml", ""),
    "approval in an unknown place": (more("approvals/old/made.toml", ""), "approvals/old/made.toml", ""),
    "unknown file at the top": (more("nevers.toml", NEVER), "nevers.toml", ""),
}  # fmt: skip


@pytest.mark.parametrize(("change", "file", "rule"), FAULTS.values(), ids=FAULTS)
def test_one_fault_refuses_the_whole(change: Change, file: str, rule: str) -> None:
    with pytest.raises(PolicyFault) as caught:
        load_bundle(change())

    fault = caught.value
    assert (fault.file, fault.rule) == (file, rule)
    assert fault.fault
    assert fault.remedy
    assert all(text in str(fault) for text in (file, fault.fault, fault.remedy))


def test_the_same_files_without_a_fault_load() -> None:
    bundle = load_bundle(files())

    (rule,) = bundle.rules
    assert (rule.id, rule.level, rule.review_by) == ("made", Level.FULL, date(2027, 3, 31))
    assert {each.attribute for each in rule.conditions} == {
        "agency", "role", "purpose", "lawful_basis", "consent", "risk", "involvement", "perpetrator_link",
    }  # fmt: skip
    assert rule.condition("involvement").allowed == {"named", "supplied", "invited"}  # type: ignore[union-attr]
    (never,) = bundle.never
    assert never.conditions[-1].allowed == {"standard", "medium"}
    (test,) = bundle.tests
    assert test.context.perpetrator_link is None


def test_a_near_miss_is_named() -> None:
    with pytest.raises(PolicyFault) as caught:
        load_bundle(swap(RULES, '"VICTIM"', '"VICTM"')())

    assert "Did you mean `VICTIM`?" in caught.value.remedy


def test_a_fault_about_staff_names_nobody() -> None:
    with pytest.raises(PolicyFault) as caught:
        load_bundle(swap(HOMES, 'given = "Leopold"', "given = 7")())

    assert "Brackenhythe" not in str(caught.value)


def test_an_organisations_staff_cannot_reach_a_log_by_way_of_its_text() -> None:
    assert "Brackenhythe" not in repr(BUNDLE.recipients[AgencyId("fenmarch-homes")])


def test_what_is_no_policy_file_is_left_alone() -> None:
    assert (
        load_bundle(files() | {"README.md": "# Policies"}).version == load_bundle(files()).version
    )


def version(change: Change = files) -> str:
    return load_bundle(change()).version


def test_a_version_has_a_date_and_a_fingerprint() -> None:
    assert re.fullmatch(r"2026\.11\.2\+[0-9a-f]{8}", version())


SAME = {
    "a comment": swap(RULES, "[[rule]]", "# why\n[[rule]]"),
    "a file of another name": lambda: {("rules/b.toml" if name == RULES else name): text for name, text in files().items()},
    "another test": swap(TESTS, "made test", "another test"),
    "someone new": swap(HOMES, "Leopold", "Leonard"),
    "the order of words": swap(WORDS, "meaning = \"The victim's work.\"\npersonal = true", "personal = true\nmeaning = \"The victim's work.\""),
}  # fmt: skip


@pytest.mark.parametrize("change", SAME.values(), ids=SAME)
def test_what_decides_nothing_changes_no_version(change: Change) -> None:
    assert version(change) == version()


DIFFERENT = {
    "a treatment": swap(RULES, '"full"', '"mask"'),
    "a condition": swap(RULES, "link = false", "link = true"),
    "a threshold": swap(RULES, '"high"', '"medium"'),
    "a review date": swap(RULES, "2027-03-31", "2027-04-01"),
    "a reason": swap(RULES, "It is a test.", "It was a test."),
    "a word": swap(WORDS, 'purpose = ["', 'purpose = ["archive", "'),
}


@pytest.mark.parametrize("change", DIFFERENT.values(), ids=DIFFERENT)
def test_what_decides_changes_the_version(change: Change) -> None:
    assert version(change) != version()


def test_the_split_into_files_and_their_order_do_not_matter() -> None:
    names = [name for name in POLICY_FILES if name.startswith("rules/")]
    joined = {name: text for name, text in POLICY_FILES.items() if name not in names}
    joined["rules/all.toml"] = "\n".join(POLICY_FILES[name] for name in sorted(names, reverse=True))

    found = load_bundle(joined)

    assert found.version == BUNDLE.version
    assert [replace(rule, file="") for rule in found.rules] == [
        replace(rule, file="") for rule in BUNDLE.rules
    ]


def test_the_register_is_read() -> None:
    homes = BUNDLE.recipients[AgencyId("fenmarch-homes")]

    assert (homes.name, homes.type) == ("Fenmarch Homes", AgencyType.HOUSING)
    assert (homes.role, homes.purpose, homes.lawful_basis) == (
        "housing-officer", "safeguarding", "public-task",
    )  # fmt: skip
    assert (homes.status, homes.source, homes.receives) == ("active", False, True)
    assert homes.staff[0].born == date(1968, 12, 5)
    assert {key for key, each in BUNDLE.recipients.items() if each.source} == {
        "fenmarch-police", "dunmoor-police", "amber-door", "kestrel-line", "osham-hospital",
        "fenmarch-children",
    }  # fmt: skip
