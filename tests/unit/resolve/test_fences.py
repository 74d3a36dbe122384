"""Two people who share a household are never joined, whatever they share; told by whole events."""

from dataclasses import fields
from datetime import date
from itertools import count

import pytest

from hub.model.agency import AgencyId
from hub.model.event import Body, Value
from hub.model.person import Identity, RecordKey
from hub.resolve.identity import identities, postcode
from hub.resolve.keys import marks
from tests.made_events import AMBER, FENMARCH, NHS, OTHER_NHS, body_of, person, victim
from tests.unit.resolve.people import Memory

OURS, THEIRS = RecordKey(AgencyId(FENMARCH), "N-1"), RecordKey(AgencyId(AMBER), "A-1")
HOME, REFUGE = "ZF1 1AA", "ZB2 9XY"
TELEPHONE: Body = {"channel": "telephone", "value": "07700 900123", "hours": None}
_numbers = count(1)


def address(code: str | None) -> Body:
    return {"line1": "1 Sedge Road", "line2": None, "town": "Fenmarch", "postcode": code}


def at_home(local_id: str, given: str = "Ann", family: str = "Example", nhs: str | None = None,
            **more: Value) -> Body:  # fmt: skip
    """Tell of somebody at the one address and the one telephone that all of a household have."""
    home: Body = {"addresses": [address(HOME)], "contacts": [TELEPHONE]}
    return {**victim(local_id, given, family, nhs), **home, **more}


def told(one: Body, agency: str) -> list[Identity]:
    body = body_of(f"{next(_numbers)}", agency=agency, victims=[one])
    return [said for _, said in identities(AgencyId(agency), body)]


def linked(ours: Body, theirs: Body) -> tuple[bool, bool]:
    """Tell whether two records end as one person, and whether they are possibly one."""
    people = Memory()
    people.take(told({**ours, "local_id": "N-1"}, FENMARCH))
    people.take(told({**theirs, "local_id": "A-1"}, AMBER))
    return people.person(OURS) == people.person(THEIRS), bool(people.possible)


def test_the_same_person_at_the_same_address_is_one_without_any_number() -> None:
    assert linked(at_home("N-1"), at_home("A-1")) == (True, False)
    assert linked(at_home("N-1", "Zoë", "O'Neil"), at_home("A-1", "ZOE", "ONEIL"))[0]
    assert linked(at_home("N-1"), at_home("A-1", addresses=[address(" zf11aa")]))[0]


HOUSEHOLDS: dict[str, tuple[Body, Body]] = {
    "twins": (at_home("a"), at_home("b", "Bea")),
    "twins with nearly the same name": (at_home("a", "Anna"), at_home("b", "Anne")),
    "twins of whom initials are known": (at_home("a", "A"), at_home("b", "A")),
    "twins whose first forename is the same": (
        at_home("a", "Mohammed Ali"),
        at_home("b", "Mohammed Omar"),
    ),
    "father and son of one name": (at_home("a"), at_home("b", born=date(1961, 7, 1))),
    "father and son, the son's date unknown": (at_home("a"), at_home("b", born=None)),
    "junior, with day and month changed about": (
        at_home("a", born=date(1990, 3, 2)),
        at_home("b", born=date(1990, 2, 3)),
    ),
    "a couple": (at_home("a"), at_home("b", "Bob", born=date(1988, 1, 5))),
    "a couple of one name and one day": (
        at_home("a", gender="female"),
        at_home("b", gender="male"),
    ),
    "two with different NHS numbers": (at_home("a", nhs=NHS), at_home("b", nhs=OTHER_NHS)),
    "babies that have no name yet": (at_home("a", "Baby"), at_home("b", "baby")),
    "babies of a mother": (at_home("a", "Baby of Ann"), at_home("b", "Baby of Ann")),
    "a forename that is not known": (at_home("a", "Not known"), at_home("b", "NOT KNOWN")),
    "a family name that is not known": (
        at_home("a", "Ann", "Unknown"),
        at_home("b", "Ann", "unknown"),
    ),
    "somebody who is a test": (at_home("a", "Test"), at_home("b", "Test")),
    "no forename": (at_home("a", ""), at_home("b", "")),
    "a date of which only the year is known": (
        at_home("a", born=date(1990, 1, 1), born_accuracy="year"),
        at_home("b", born=date(1990, 1, 1), born_accuracy="year"),
    ),
    "one date exact, the other estimated": (at_home("a"), at_home("b", born_accuracy="estimated")),
    "a date that a system fills in": (
        at_home("a", born=date(1900, 1, 1)),
        at_home("b", born=date(1900, 1, 1)),
    ),
    "no fixed abode": (
        at_home("a", addresses=[address("ZZ99 3VZ")]),
        at_home("b", addresses=[address("ZZ99 3VZ")]),
    ),
    "half a postcode": (at_home("a", addresses=[address("ZF1")]), at_home("b", addresses=[address("ZF1")])),
    "no address in common": (at_home("a"), at_home("b", addresses=[address("ZD3 9BB")])),
}  # fmt: skip


@pytest.mark.parametrize(("ours", "theirs"), HOUSEHOLDS.values(), ids=HOUSEHOLDS)
def test_two_of_a_household_are_not_joined(ours: Body, theirs: Body) -> None:
    assert linked(ours, theirs)[0] is False
    assert linked(theirs, ours)[0] is False


NOT_EVEN_POSSIBLY = (
    "twins", "father and son of one name", "junior, with day and month changed about", "a couple",
    "babies that have no name yet", "a forename that is not known", "a family name that is not known",
    "somebody who is a test", "no forename",
)  # fmt: skip


@pytest.mark.parametrize("name", NOT_EVEN_POSSIBLY)
def test_what_says_that_they_are_two_or_says_nothing_makes_no_possible_link(name: str) -> None:
    assert linked(*HOUSEHOLDS[name]) == (False, False)


POSSIBLE: dict[str, tuple[Body, Body]] = {
    "name and date of birth, elsewhere": HOUSEHOLDS["no address in common"],
    "name and postcode, a date missing": HOUSEHOLDS["father and son, the son's date unknown"],
    "name and postcode, a date not exact": HOUSEHOLDS["one date exact, the other estimated"],
    "all but the gender": HOUSEHOLDS["a couple of one name and one day"],
    "all but the number": HOUSEHOLDS["two with different NHS numbers"],
    "all but a second forename": (at_home("a"), at_home("b", "Ann Mary")),
    "names the other way round, and date of birth": (
        at_home("a"),
        at_home("b", "Example", "Ann", addresses=[]),
    ),
    "names the other way round, and postcode": (at_home("a"), at_home("b", "Example", "Ann", born=None)),
    "a number, and another name": (
        at_home("a", nhs=NHS),
        at_home("b", "Bob", "Other", nhs=NHS, born=date(1971, 7, 1)),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("ours", "theirs"), POSSIBLE.values(), ids=POSSIBLE)
def test_where_part_of_it_agrees_they_are_possibly_one_and_are_not_joined(
    ours: Body, theirs: Body
) -> None:
    assert linked(ours, theirs) == linked(theirs, ours) == (False, True)


def test_a_telephone_or_a_safe_contact_links_nobody() -> None:
    alone: Body = {"contacts": [TELEPHONE], "safe_contacts": [TELEPHONE], "addresses": []}
    ours, theirs = ({**victim("x", "Ann"), **alone}, {**victim("x", "Bob", "Other"), **alone})

    assert linked({**ours, "born": None}, {**theirs, "born": None}) == (False, False)
    assert {each.name for each in fields(Identity)} == {
        "record", "names", "births", "identifiers", "postcodes", "genders",
    }  # fmt: skip


def test_where_somebody_is_kept_safe_links_nobody_and_is_in_no_key() -> None:
    hidden = at_home("x", addresses=[], safe_address=address(REFUGE))
    lives_there = at_home("x", addresses=[address(REFUGE)])

    assert linked(hidden, hidden) == (False, True)
    assert linked(hidden, lives_there) == (False, True)
    (said,) = told(hidden, FENMARCH)
    assert said.postcodes == ()
    assert marks(said) == marks(told(at_home("x", addresses=[]), FENMARCH)[0])


def test_a_safe_address_among_the_ordinary_ones_is_still_safe() -> None:
    both = [address(HOME), address("zb29xy")]

    (said,) = told(at_home("x", addresses=both, safe_address=address(REFUGE)), FENMARCH)

    assert said.postcodes == ("ZF11AA",)


def test_two_in_one_event_are_two_people_though_all_agrees_and_possibly_one() -> None:
    people = Memory()
    body = body_of("one", victims=[at_home("N-1")], perpetrators=[person("N-2")])
    body["perpetrators"] = [{**person("N-2"), "addresses": [address(HOME)]}]

    people.take([said for _, said in identities(AgencyId(FENMARCH), body)])

    assert len(people.members()) == 2
    assert len(people.possible) == 1


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("zf1 1aa", "ZF11AA"), (" ZF11AA ", "ZF11AA"), ("Z1A 1AA", "Z1A1AA"), ("ZF1", None), ("", None),
        (None, None), ("ZZ99 3VZ", None), ("no fixed abode", None), ("ZF1 1AAA", None),
    ],
)  # fmt: skip
def test_a_postcode_is_whole_or_it_is_none(text: str | None, found: str | None) -> None:
    assert postcode(text) == found


def test_a_gender_that_is_unknown_is_none_that_is_stated() -> None:
    stated = [
        told(at_home("x", gender=each), FENMARCH)[0].genders
        for each in ("female", "unknown", "non_binary")
    ]

    assert stated == [("female",), (), ("non_binary",)]
