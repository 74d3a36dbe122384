"""Two records are one person only where a verified number, a forename and one thing more agree."""

from datetime import date

import pytest

from hub.model.person import Identifier, Identity, Name
from hub.resolve.compare import contradict, fold, same_person, verified
from hub.resolve.identity import merged
from tests.unit.resolve.people import BORN, NHS, OTHER_NHS, identity, key

OURS, THEIRS = key("N-1"), key("A-1", "amber-door")
ELSE = date(1971, 7, 1)

PAIRS = {
    "number, forename and birth agree": (identity(THEIRS, "Ann", "Married"), True),
    "number, forename and family name agree": (identity(THEIRS, born=ELSE), True),
    "a birth that was not said is no objection": (identity(THEIRS, born=None), True),
    "case, accents, hyphens and apostrophes do not count": (
        identity(THEIRS, "ÁNN", "ex-am'ple", None),
        True,
    ),
    "a second forename does not count": (identity(THEIRS, "Ann Mary"), True),
    "the number alone": (identity(THEIRS, "Bob", "Other", ELSE), False),
    "a number and a family name, as a couple have": (identity(THEIRS, "Bob", born=ELSE), False),
    "a number and a birth, as twins have": (identity(THEIRS, "Bea"), False),
    "a number and a forename": (identity(THEIRS, "Ann", "Other", ELSE), False),
    "no number in common": (identity(THEIRS, nhs=OTHER_NHS), False),
    "no number at all": (identity(THEIRS, nhs=None), False),
    "a number that nobody checked": (identity(THEIRS, is_verified=False), False),
    "no forename": (identity(THEIRS, None), False),
    "a forename of which nothing is left": (identity(THEIRS, "-"), False),
}


@pytest.mark.parametrize(("other", "is_one"), PAIRS.values(), ids=PAIRS)
def test_the_cross_check(other: Identity, is_one: bool) -> None:
    ours = identity(OURS)

    assert (same_person(ours, other) is not None) is is_one
    assert same_person(ours, other) == same_person(other, ours)


@pytest.mark.parametrize("given", [None, "", " ", "-"])
def test_two_people_of_whom_no_forename_is_known_do_not_agree_in_it(given: str | None) -> None:
    assert same_person(identity(OURS, given), identity(THEIRS, given)) is None


@pytest.mark.parametrize("family", [None, "", "'"])
def test_two_people_of_whom_no_family_name_is_known_do_not_agree_in_it(family: str | None) -> None:
    ours, theirs = identity(OURS, "Ann", family), identity(THEIRS, "Ann", family, ELSE)

    assert same_person(ours, theirs) is None


def test_a_name_in_letters_that_folding_does_not_know_agrees_with_no_other() -> None:
    ours, theirs = identity(OURS, "Анна", "Иванова"), identity(THEIRS, "Мария", "Петрова")

    assert same_person(ours, theirs) is None


def test_any_of_a_persons_names_will_do() -> None:
    names = (Name("Ann", "Married"), Name("Annie", "Example"))
    theirs = Identity(THEIRS, names, (), (Identifier("nhs_number", NHS, verified=True),))

    assert same_person(identity(OURS), theirs)


def test_a_scheme_in_which_several_people_have_one_number_links_nobody() -> None:
    shared = (Identifier("other", "1", verified=True), Identifier("upn", "2", verified=True))
    ours, theirs = (Identity(k, (Name("Ann", "Example"),), (BORN,), shared) for k in (OURS, THEIRS))

    assert same_person(ours, theirs) is None
    assert verified(ours) == set()


def test_the_reason_says_what_agrees_and_no_value() -> None:
    reason = same_person(identity(OURS), identity(THEIRS))

    assert reason == "nhs_number, forename and date of birth agree"


NUMBERS = {
    "the same number": (identity(THEIRS), False),
    "another number": (identity(THEIRS, nhs=OTHER_NHS), True),
    "another number that nobody checked": (
        identity(THEIRS, nhs=OTHER_NHS, is_verified=False),
        False,
    ),
    "no number": (identity(THEIRS, nhs=None), False),
    "a number of another scheme": (identity(THEIRS, nhs=None, pnc="20/1A"), False),
}


@pytest.mark.parametrize(("other", "is_other"), NUMBERS.values(), ids=NUMBERS)
def test_different_verified_numbers_contradict(other: Identity, is_other: bool) -> None:
    assert contradict(identity(OURS), other) is is_other
    assert contradict(other, identity(OURS)) is is_other


def test_one_number_of_several_in_common_is_enough_not_to_contradict() -> None:
    both = merged(identity(THEIRS), identity(THEIRS, nhs=OTHER_NHS))

    assert not contradict(identity(OURS), both)
    assert not contradict(both, identity(OURS, nhs=OTHER_NHS))


def test_one_scheme_that_contradicts_outweighs_one_that_agrees() -> None:
    ours, theirs = identity(OURS, pnc="20/1A"), identity(THEIRS, pnc="21/2B")

    assert contradict(ours, theirs)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("O'Neil", "ONEIL"),
        ("Zoë", "ZOE"),
        ("Smith-Jones", "SMITHJONES"),
        ("ﬁnn", "FINN"),
        (None, ""),
    ],
)
def test_folding(text: str | None, folded: str) -> None:
    assert fold(text) == folded
