"""A school hears of the child who is surely its own, and of no other."""

import pytest

from hub.disclose.conflict import Register
from hub.disclose.names import name_of
from hub.disclose.pupils import pupils
from hub.model.agency import AgencyId
from tests.unit.disclose.bodies import BUNDLE, Json, typical

OSHAM = AgencyId("osham-primary")
NAMES = {name_of("Osham Primary School")}


def child(key: str, school: str | None) -> Json:
    return {"local_id": key, "school": school}


OURS, BROTHER, NOBODYS, OTHER = (
    child("c1", "The Osham Primary School"), child("c2", "Withern Academy"), child("c3", None), child("c4", None),
)  # fmt: skip

MEANT: dict[str, tuple[list[Json], bool, list[Json]]] = {
    "her own pupil": ([OURS], False, [OURS]),
    "and not a brother elsewhere": ([OURS, BROTHER], True, [OURS]),
    "nor one of whom no school is known": ([OURS, NOBODYS], True, [OURS]),
    "an only child, if the school is meant": ([NOBODYS], True, [NOBODYS]),
    "and not if it is not": ([NOBODYS], False, []),
    "nor if she goes elsewhere": ([BROTHER], True, []),
    "neither of two of whom no school is known": ([NOBODYS, OTHER], True, []),
    "nobody": ([], True, []),
}


@pytest.mark.parametrize(("children", "is_meant", "told"), MEANT.values(), ids=MEANT)
def test_a_school_is_shown(children: list[Json], is_meant: bool, told: list[Json]) -> None:
    assert pupils({"children": children}, NAMES, is_meant=is_meant) == told


def test_a_school_that_no_event_names_has_no_part_in_it_though_a_child_is_alone_in_it() -> None:
    body: Json = typical() | {"organisations": []}
    body["children"][0]["school"] = None
    register = Register(BUNDLE.recipients.values())

    assert not register.named(body)
    assert register.share(OSHAM, body)["children"] == []


def test_a_school_alone_is_shown_less_than_the_event_has() -> None:
    body: Json = typical()
    first = body["children"][0]
    body["children"] = [first | {"school": "Osham Primary"}, first | {"school": "Withern Academy"}]
    register = Register(BUNDLE.recipients.values())

    assert register.share(OSHAM, body)["children"] == body["children"][:1]
    assert register.share(AgencyId("fenmarch-police"), body) == body
