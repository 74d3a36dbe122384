"""How an organisation stands to the people an event names: loose where it narrows, exact where it widens."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.disclose.conflict import NOBODY, Register
from hub.disclose.names import may_be_same, name_of, one_typo
from hub.model.agency import AgencyId
from hub.model.recipient import Recipient, StaffMember
from tests.unit.disclose.bodies import BUNDLE, Json, typical

BORN = date(1968, 12, 5)
HOMES: Recipient = replace(
    BUNDLE.recipients[AgencyId("fenmarch-homes")],
    staff=(StaffMember("Leopold", "Brackenhythe", BORN),),
)
POLICE = BUNDLE.recipients[AgencyId("fenmarch-police")]
CHILDREN = BUNDLE.recipients[AgencyId("fenmarch-children")]


def standing(body: Json, recipient: Recipient) -> tuple[bool, bool]:
    """Tell (conflict of interest, perpetrator link) of a recipient, over the suspects of one event."""
    bars = Register([recipient]).bars(body)
    suspects = [
        person["local_id"] for role in ("perpetrators", "unresolved") for person in body[role]
    ]
    found = [bars.get(each, NOBODY) for each in suspects]
    return any(each.conflicts for each in found), any(each.links for each in found)


def incident(role: str = "perpetrators", **person: object) -> Json:
    """An incident with one person in a role, changed as said."""
    body: Json = typical()
    somebody = body["perpetrators"].pop() | {"employer": None} | person
    body[role] = [*body[role], somebody] if role != "victims" else [somebody]
    return body


EMPLOYERS = {
    "its name": ("Fenmarch Homes", True),
    "in capitals": ("FENMARCH HOMES", True),
    "with a form of company": ("Fenmarch Homes Ltd.", True),
    "with an article": ("The Fenmarch-Homes", True),
    "with accents": ("Fenmärch Homés", True),
    "run together": ("FenmarchHomes", True),
    "an alias": ("Fenmarch Housing Association", True),
    "a letter missing": ("Fenmrch Homes", True),
    "a letter wrong": ("Fenmorch Homes", True),
    "a letter too many": ("Fenmarch Hommes", True),
    "two letters swapped": ("Fenmacrh Homes", True),
    "a part of it": ("Fenmarch Homes, Repairs and Lettings", True),
    "two letters wrong": ("Fenmorch Domes", False),
    "one word of it": ("Fenmarch", False),
    "another place of that name": ("Fenmarch Growers", False),
    "another landlord": ("Larkfield Lettings", False),
    "noise alone": ("The Services Ltd", False),
    "nothing": ("", False),
    "not known": (None, False),
}


@pytest.mark.parametrize("role", ["perpetrators", "unresolved"])
@pytest.mark.parametrize(("employer", "conflict"), EMPLOYERS.values(), ids=EMPLOYERS)
def test_the_employer_of_a_suspect_is_a_conflict(
    role: str, employer: str | None, conflict: bool
) -> None:
    assert standing(incident(role, employer=employer), HOMES) == (conflict, False)


@pytest.mark.parametrize("role", ["victims", "children", "witnesses"])
def test_the_employer_of_anybody_else_is_none(role: str) -> None:
    assert standing(incident(role, employer="Fenmarch Homes"), HOMES) == (False, False)


def test_another_organisation_has_no_conflict() -> None:
    assert standing(incident(employer="Fenmarch Homes"), POLICE) == (False, False)


def test_an_apostrophe_does_not_decide() -> None:
    assert standing(incident(employer="Fenmarch Childrens Services"), CHILDREN) == (True, False)
    assert standing(incident(employer="Fenmarch Children\u2019s Services"), CHILDREN) == (
        True,
        False,
    )


def called(
    given: str | None, family: str | None, kind: str = "usual"
) -> list[dict[str, str | None]]:
    return [{"kind": "usual", "given": "Tobias", "family": "Marrable"}] * (kind != "usual") + [
        {"kind": kind, "given": given, "family": family}
    ]


STAFF = {
    "the same": (called("Leopold", "Brackenhythe"), BORN, "exact", True),
    "in another case": (called("LEOPOLD", "brackenhythe"), BORN, "exact", True),
    "with a second name": (called("Leopold Ambrose", "Brackenhythe"), BORN, "exact", True),
    "by an alias": (called("Leopold", "Brackenhythe", "alias"), BORN, "exact", True),
    "by a former name": (called("Leopold", "Brackenhythe", "former"), BORN, "exact", True),
    "birth not known": (called("Leopold", "Brackenhythe"), None, "unknown", True),
    "birth estimated": (called("Leopold", "Brackenhythe"), date(1970, 1, 1), "estimated", True),
    "the year alone, right": (called("Leopold", "Brackenhythe"), date(1968, 1, 1), "year", True),
    "the month alone, right": (called("Leopold", "Brackenhythe"), date(1968, 12, 1), "month", True),
    "another birth": (called("Leopold", "Brackenhythe"), date(1990, 2, 28), "exact", False),
    "the year alone, wrong": (called("Leopold", "Brackenhythe"), date(1969, 1, 1), "year", False),
    "another given name": (called("Leonard", "Brackenhythe"), BORN, "exact", False),
    "another family name": (called("Leopold", "Bracken"), BORN, "exact", False),
    "no given name": (called(None, "Brackenhythe"), BORN, "exact", False),
}


@pytest.mark.parametrize("role", ["perpetrators", "unresolved"])
@pytest.mark.parametrize(("names", "born", "accuracy", "same"), STAFF.values(), ids=STAFF)
def test_a_suspect_on_the_staff_list_is_a_conflict_and_a_link(
    role: str, names: list[object], born: date | None, accuracy: str, same: bool
) -> None:
    body = incident(role, names=names, born=born, born_accuracy=accuracy)

    assert standing(body, HOMES) == (same, same)


@pytest.mark.parametrize("role", ["victims", "children", "witnesses"])
def test_a_member_of_staff_in_another_role_is_neither(role: str) -> None:
    body = incident(role, names=called("Leopold", "Brackenhythe"), born=BORN)

    assert standing(body, HOMES) == (False, False)


def test_a_member_of_staff_without_a_birth_on_the_list_is_matched_by_name() -> None:
    unknown = replace(HOMES, staff=(StaffMember("Leopold", "Brackenhythe", None),))
    body = incident(names=called("Leopold", "Brackenhythe"), born=date(1990, 2, 28))

    assert standing(body, HOMES) == (False, False)
    assert standing(body, unknown) == (True, True)


@pytest.mark.parametrize("family", ["Brackenhyth", "Brackenhyhte", "Bracken Hythe"])
def test_a_slip_of_the_pen_does_not_hide_a_member_of_staff(family: str) -> None:
    body = incident(names=called("Leopold", family), born=BORN)

    assert standing(body, HOMES) == (True, True)


@pytest.mark.parametrize(
    ("relation", "conflict"),
    [("sibling", True), ("other_family", True), ("stranger", False), ("carer", False)],
)
def test_where_somebody_close_to_a_suspect_works_is_a_conflict(
    relation: str, conflict: bool
) -> None:
    body = incident(employer=None)
    close = body["perpetrators"][0]["local_id"]
    witness = body["perpetrators"][0] | {
        "local_id": "W-1",
        "employer": "Fenmarch Homes",
        "relationships": [{"to": close, "relation": relation}],
    }

    assert standing(body | {"witnesses": [witness]}, HOMES) == (conflict, False)


def test_a_victim_bars_nobody_but_would_if_she_were_a_suspect() -> None:
    body = incident("victims", employer="Fenmarch Homes")

    assert standing(body, HOMES) == (False, False)
    bars = Register([HOMES]).bars(body)
    assert bars[body["victims"][0]["local_id"]].conflicts == {HOMES.id}


def test_every_suspect_counts() -> None:
    body: Json = typical()
    second = body["perpetrators"][0] | {"employer": "Fenmarch Homes"}

    assert standing(body, HOMES) == (False, False)
    assert standing(body | {"perpetrators": [body["perpetrators"][0], second]}, HOMES)[0]


ORGANISATIONS: dict[str, tuple[dict[str, str | None], set[str]]] = {
    "by id": ({"name": "whatever", "organisation_id": "fenmarch-homes"}, {"fenmarch-homes"}),
    "by name": ({"name": "Fenmarch Homes", "organisation_id": None}, {"fenmarch-homes"}),
    "by name in another spelling": (
        {"name": "the FENMARCH homes ltd", "organisation_id": None}, {"fenmarch-homes"},
    ),
    "by alias": ({"name": "Fenmarch Constabulary", "organisation_id": None}, {"fenmarch-police"}),
    "by an id that is not registered, and a name": (
        {"name": "Amber Door", "organisation_id": "AD"}, {"amber-door"},
    ),
    "the id is surer than the name": (
        {"name": "Amber Door", "organisation_id": "kestrel-line"}, {"kestrel-line"},
    ),
    "a near miss": ({"name": "Fenmrch Homes", "organisation_id": None}, set()),
    "a longer name": ({"name": "Fenmarch Homes Repairs", "organisation_id": None}, set()),
    "a shorter name": ({"name": "Fenmarch", "organisation_id": None}, set()),
    "noise": ({"name": "The Service", "organisation_id": None}, set()),
    "somebody else": ({"name": "Larkfield Lettings", "organisation_id": None}, set()),
}  # fmt: skip


@pytest.mark.parametrize(("organisation", "found"), ORGANISATIONS.values(), ids=ORGANISATIONS)
def test_an_organisation_is_named_by_what_is_surely_its_name(
    organisation: dict[str, str | None], found: set[str]
) -> None:
    body = typical() | {"organisations": [{"part": "landlord", **organisation}]}

    assert Register(BUNDLE.recipients.values()).named(body) == found


def test_an_employer_or_a_school_names_nobody() -> None:
    body: Json = typical() | {"organisations": []}
    body["victims"][0]["employer"] = "Fenmarch Homes"
    body["children"][0]["school"] = "Amber Door"

    assert not Register(BUNDLE.recipients.values()).named(body)


def test_a_school_is_named_through_a_child_and_not_by_who_else_is_told() -> None:
    body: Json = typical() | {
        "organisations": [{"part": "notified", "name": "Osham Primary", "organisation_id": None}]
    }
    first, *others = body["children"]
    register = Register(BUNDLE.recipients.values())

    body["children"] = [first | {"school": "Withern Academy"}, *others]
    assert not register.named(body)
    body["children"] = [first | {"school": "the OSHAM primary school"}, *others]
    assert register.named(body) == {"osham-primary"}
    body["children"] = []
    assert not register.named(body)


words = st.text("abcdefgh", min_size=6, max_size=9)


@given(words, st.integers(0, 8), st.sampled_from("xyz"))
def test_one_letter_changed_missing_or_added_is_one_typo(
    word: str, place: int, letter: str
) -> None:
    at = place % len(word)

    for typo in (
        word[:at] + letter + word[at + 1 :],
        word[:at] + word[at + 1 :],
        word[:at] + letter + word[at:],
    ):
        assert one_typo(word, typo)
        assert one_typo(typo, word)


@given(words, st.integers(0, 7))
def test_two_neighbours_swapped_are_one_typo(word: str, place: int) -> None:
    at = place % (len(word) - 1)

    assert one_typo(word, word[:at] + word[at + 1] + word[at] + word[at + 2 :])


@given(words)
def test_two_letters_changed_are_no_typo(word: str) -> None:
    assert not one_typo(word, "x" + word[1:-1] + "y")
    assert not one_typo(word, word + "xy")


@given(st.text(), st.text())
def test_likeness_has_no_direction(one: str, other: str) -> None:
    assert may_be_same(name_of(one), name_of(other)) == may_be_same(name_of(other), name_of(one))
