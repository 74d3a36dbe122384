"""Two hubs that differ only in what a caller may not see answer it alike, on every route, to the last byte.

What differs: values that the policy withholds from the caller, events that it may not have, whole families and meetings of others.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from hub.convene import view
from hub.model.event import Body, Event
from tests.made_events import (
    AMBER,
    CHILDREN,
    HOMES,
    HOSPITAL,
    IDVA,
    KESTREL,
    OCCURRED,
    OTHER_NHS,
    SCHOOL,
    person,
)
from tests.worlds import DUNMOOR_HOME, HOME, Family, World, empty_hub, world

ANN = Family("ann", HOME, is_numbered=True)
BEE, CAT = Family("bee", HOME), Family("cat", DUNMOOR_HOME)
PUPIL: Body = {
    **person("ann-3", "Kit", "Ann"),
    "born": date(2016, 5, 4),
    "school": "Osham Primary School",
}
WORKS_THERE = person("ann-9", "Rex", "Ann", nhs=OTHER_NHS, employer="Fenmarch Homes")
NOTHING = "5f1d7a62-0000-4000-8000-000000000000"
SAME_FOR_ALL = {
    "/livez",
    "/readyz",
    "/openapi.json",
    "/problems/{code}",
    "/oauth/jwks",
    "/.well-known/oauth-authorization-server",
}
VARIES = {"date", "x-request-id", "content-length"}


def told(**fields: Any) -> list[Event]:
    return [
        ANN.assessed(),
        ANN.event("incident-reported", "one", children=[PUPIL], named=[SCHOOL], **fields),
        ANN.event("incident-reported", "two", occurred_at=OCCURRED + timedelta(days=3)),
    ]


def attended(**fields: Any) -> Event:
    return ANN.event("attendance-recorded", "hurt", agency=HOSPITAL, **fields)


Worlds = tuple[str, str, Sequence[Event], Sequence[Event]]
PAIRS: dict[str, Worlds] = {
    "free text that a landlord may not read": (
        HOMES, "marac", told(account="He was calm."), told(account="He broke the door at 9, and said why."),
    ),
    "which agency's crime number it is": (
        IDVA, "marac", told(crime_reference="FM/1/26"), told(crime_reference="FM/20481/26"),
    ),
    "an hour, to a school that is told the day": (
        SCHOOL, "encompass", told(occurred_at=OCCURRED), told(occurred_at=OCCURRED + timedelta(minutes=70)),
    ),
    "what happened, to a school": (
        SCHOOL, "encompass", told(shareable_summary="He shouted.", account="A"), told(shareable_summary="He hit her with a pan.", account="B"),
    ),
    "an injury, to a landlord": (
        HOMES, "marac", [*told(), attended(injuries="a bruise")], [*told(), attended(injuries="a broken wrist", abuse_disclosed="yes")],
    ),
    "that she was in hospital at all, to a landlord": (
        HOMES, "marac", told(), [*told(), attended(occurred_at=OCCURRED)],
    ),
    "that she called a helpline, to a landlord": (
        HOMES, "marac", told(), [*told(), ANN.event("support-recorded", "call", agency=KESTREL, service="Kestrel Line")],
    ),
    "another family on the same agenda, to a charity that has no part in it": (
        AMBER, "marac", [*told(), ANN.event("referral-made", "ref", agency=AMBER)],
        [*told(), ANN.event("referral-made", "ref", agency=AMBER), BEE.assessed()],
    ),
    "another family in another area, to everybody who sits there not": (
        HOSPITAL, "marac", told(), [*told(), BEE.event("incident-reported", "x")],
    ),
    "a whole meeting, to a charity that is nowhere invited": (
        KESTREL, "marac", [BEE.event("incident-reported", "x")], [*told(), CAT.assessed(), BEE.event("incident-reported", "x")],
    ),
    "a case, to whom its perpetrator works for": (
        HOMES, "marac", [], [ANN.assessed(perpetrators=[WORKS_THERE]), *told()[1:]],
    ),
    "a case, to a charity that has no part in it": (KESTREL, "support", [], told()),
}  # fmt: skip


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return empty_hub(tmp_path_factory.mktemp("worlds"))


def heard(
    there: World, organisation: str, purpose: str, refs: Sequence[str]
) -> list[tuple[str, str, int, dict[str, str], bytes]]:
    """Give everything that a caller can hear: each route that reads, for each id that there may be."""
    headers = there.headers(organisation, purpose)
    paths = sorted(
        path
        for path, methods in there.app.openapi()["paths"].items()
        if "get" in methods and path not in SAME_FOR_ALL
    )
    assert len(paths) >= 5
    listed = there.http.get("/v1/meetings", headers=headers).json()["meetings"]
    ids = {
        "meeting_id": [NOTHING, *(each["id"] for each in listed)],
        "ref": [NOTHING, *refs],
        "referral_id": [NOTHING],
    }
    found = []
    for path in paths:
        name = path.partition("{")[2].partition("}")[0]
        for id_ in ids[name] if name else [""]:
            answer = there.http.get(path.replace(f"{{{name}}}", id_), headers=headers)
            kept = {n: v for n, v in answer.headers.items() if n not in VARIES}
            found.append((path, id_, answer.status_code, kept, answer.content))
    return found


@pytest.mark.parametrize("what", PAIRS)
def test_what_a_caller_may_not_see_shows_in_nothing_that_it_hears(what: str, empty: Path) -> None:
    organisation, purpose, one, other = PAIRS[what]

    with world(empty, one) as first, world(empty, other) as second:
        refs = sorted({*first.refs.values(), *second.refs.values()})
        heard_first = heard(first, organisation, purpose, refs)
        heard_second = heard(second, organisation, purpose, refs)

    assert heard_first == heard_second
    sees_a_case = any(
        path == "/v1/cases/{ref}" and status == 200 for path, _, status, *_ in heard_first
    )
    assert sees_a_case == (not what.startswith(("a case", "a whole meeting")))


@pytest.mark.parametrize("organisation", [IDVA, HOMES, HOSPITAL, CHILDREN])
def test_the_same_pairs_differ_for_those_who_may_see_them(organisation: str, empty: Path) -> None:
    """Or the test above would hold of a hub that says nothing."""
    told_more = [*told(), ANN.event("incident-reported", "three", occurred_at=OCCURRED)]

    with world(empty, told()) as first, world(empty, told_more) as second:
        refs = sorted(first.refs.values())
        heard_first = heard(first, organisation, "marac", refs)
        heard_second = heard(second, organisation, "marac", refs)

    assert heard_first != heard_second


def test_a_view_in_the_order_of_what_is_withheld_would_be_found(
    empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A test of the tests: order the timeline by the event's id, which a withheld value is part of."""
    _, _, one, other = PAIRS["an hour, to a school that is told the day"]
    ordered = view.shown

    def by_id(events: Any) -> view.Shown:
        found = sorted(events, key=lambda each: each.id)
        return replace(ordered(found), events=found, names={e.id: e.id[:4] for e in found})

    monkeypatch.setattr(view, "shown", by_id)
    with world(empty, one) as first, world(empty, _another_version(other)) as second:
        refs = sorted(first.refs.values())
        differ = heard(first, SCHOOL, "encompass", refs) != heard(second, SCHOOL, "encompass", refs)

    assert differ


def _another_version(events: Sequence[Event]) -> list[Event]:
    """Give the same events as another version of their records: their ids are others."""
    found = []
    for each in events:
        source = each.body["source"]
        assert isinstance(source, dict)
        found.append(replace(each, body={**each.body, "source": {**source, "version": "2"}}))
    return found
