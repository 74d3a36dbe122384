"""An approval is of one line, and strictly what it says."""

from collections.abc import Callable
from datetime import date

import pytest

from hub.disclose.approvals import as_toml, signed, unspent
from hub.disclose.bundle import load_approvals, load_bundle
from hub.disclose.diff import Change, compare
from hub.disclose.read_approvals import Approval
from hub.model.level import Level
from hub.model.strict import PolicyFault
from tests.unit.disclose.bodies import BUNDLE, POLICY_FILES
from tests.unit.disclose.drawn_rules import cells_of
from tests.unit.disclose.made import permit

FILE = "approvals/2026-11-24.toml"
DAY = date(2026, 11, 24)
WHY = 'Board of "24 November", line\n2'


def change(*rules: object) -> Change:
    made = rules or (permit("a", agency="police", risk="high"),)
    return compare(cells_of([]), cells_of(made))["widens"][0]  # type: ignore[arg-type]


TEXT = as_toml(change(), "Ann Example", "ann@example.gov.uk", DAY, WHY)


def approvals(text: str = TEXT) -> tuple[Approval, ...]:
    return load_approvals({FILE: text})


def test_what_is_written_is_what_was_signed() -> None:
    (found,) = approvals()

    assert signed(change(), [found]) == {
        "by": "Ann Example <ann@example.gov.uk>",
        "on": "2026-11-24",
    }
    assert found.because == WHY


OTHERS = {
    "wider": permit("a", agency="police", risk={"high", "medium"}),
    "narrower": permit("a", agency="police", risk="high", consent="given"),
    "by another rule": permit("b", agency="police", risk="high"),
    "to another level": permit("a", Level.MASK, agency="police", risk="high"),
    "of another tag": permit("a", Level.FULL, "CHILD", agency="police", risk="high"),
    "for another agency": permit("a", agency="housing", risk="high"),
}  # fmt: skip


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_a_line_that_is_another_is_signed_by_nobody(other: object) -> None:
    assert signed(change(other), approvals()) is None


WORDS = {
    "another agency": ('agency = "police"', 'agency = "charity"'),
    "another level": ('to = "full"', 'to = "mask"'),
    "another rule": ('rule = "a"', 'rule = "b"'),
    "other conditions": ("risk high", "risk medium"),
    "another hash": (change()["line"], "0" * 64),
}


@pytest.mark.parametrize(("old", "new"), WORDS.values(), ids=WORDS)
def test_an_approval_whose_words_are_not_those_of_its_hash_signs_nothing(
    old: str, new: str
) -> None:
    assert old in TEXT

    assert signed(change(), approvals(TEXT.replace(old, new))) is None


def test_an_approval_of_an_earlier_time_is_spent() -> None:
    """What was taken back since has to be signed again."""
    again = as_toml(change(), "Ann Example", "ann@example.gov.uk", DAY, "another board")

    assert unspent(approvals(), load_approvals({"approvals/a.toml": TEXT})) == ()
    assert unspent(approvals(f"{TEXT}\n{again}"), approvals()) == approvals(again)


def swap(old: str, new: str) -> Callable[[], str]:
    def changed() -> str:
        assert old in TEXT
        return TEXT.replace(old, new, 1)

    return changed


FAULTS: dict[str, tuple[Callable[[], str], str]] = {
    "unknown key": (lambda: f'{TEXT}by = "x"\n', "unknown key `by`"),
    "no name": (swap('approved_by = "Ann Example"\n', ""), "`approved_by` is missing"),
    "an empty name": (swap('"Ann Example"', '" "'), "`approved_by` is not what it should be"),
    "no date": (swap("approved_on = 2026-11-24\n", ""), "`approved_on` is missing"),
    "a date as text": (swap("2026-11-24", '"2026-11-24"'), "`approved_on` is not what it should be"),
    "no reason": (swap("because = ", "# because = "), "`because` is missing"),
    "an address that is none": (swap("ann@example.gov.uk", "ann"), "`email` is no address"),
    "a hash that is none": (swap(change()["line"], "abc"), "`line` is no SHA-256"),
    "a step that is none": (swap('step = "tag"', 'step = "tags"'), "`step` has the unknown step `tags`"),
    "no conditions": (lambda: TEXT[: TEXT.index("where")] + "where = []\n" + TEXT[TEXT.index("approved_by") :], "`where` is not what it should be"),
    "another table": (lambda: TEXT + "[[rule]]\n", "unknown key `rule`"),
    "bad TOML": (lambda: TEXT + "x =", "not readable as TOML"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "fault"), FAULTS.values(), ids=FAULTS)
def test_one_fault_in_an_approval_refuses_the_bundle(text: Callable[[], str], fault: str) -> None:
    with pytest.raises(PolicyFault) as caught:
        load_bundle(POLICY_FILES | {FILE: text()})

    assert caught.value.file == FILE
    assert fault in caught.value.fault
    assert caught.value.remedy


def test_approvals_decide_nothing() -> None:
    found = load_bundle(POLICY_FILES | {FILE: TEXT})

    assert found.version == BUNDLE.version
    assert [each.approved_by for each in found.approvals] == ["Ann Example"]
