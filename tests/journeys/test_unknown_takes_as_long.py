"""What one may not know of and what does not exist take the same time to be refused.

A thousand pairs of calls, by turns; how often the one took longer than the other (the statistic of Mann and Whitney
over the number of pairs) is a half if nothing can be told apart.
"""

import os
import random
import time
import uuid
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from pathlib import Path

import pytest

from hub.api.referral_form import COMPLETE
from hub.bootstrap.county import load_county
from hub.model.agency import AgencyId
from tests.doors import NamedDoor, admitted
from tests.made_events import AMBER, FENMARCH, KESTREL, NHS
from tests.worlds import HOME, Family, World, empty_hub, world

PAIRS, NEAR = (1000, 0.06) if os.environ.get("ASSURE") else (60, 0.3)
"""With as many pairs a share that is this near to a half is no more than chance and a noisy machine."""
WARM_UP, CLIENTS = 20, 50


def share(one: Sequence[float], other: Sequence[float]) -> float:
    """Give how often a call of the one kind took longer than one of the other; ties count half."""
    ordered = sorted(other)
    longer = sum((bisect_left(ordered, each) + bisect_right(ordered, each)) / 2 for each in one)
    return longer / (len(one) * len(other))


def many_clients() -> NamedDoor:
    """Give one organisation so many clients that none of them calls too often."""
    kestrel = load_county().bundle.recipients[AgencyId(KESTREL)]
    names = [str(number) for number in range(CLIENTS)]
    return NamedDoor({each: admitted(kestrel, client=each) for each in names})


def took(there: World, path: str, client: int) -> float:
    headers = {"Authorization": f"Test {client}", "Hub-Purpose": "marac"}
    began = time.perf_counter()
    answer = there.http.get(path, headers=headers)
    assert answer.status_code == 404
    return time.perf_counter() - began


@pytest.mark.assure
@pytest.mark.parametrize("what", ["case", "agenda", "meeting", "referral"])
def test_forbidden_and_unknown_cannot_be_told_apart_by_time(what: str, tmp_path: Path) -> None:
    family = Family("ann", HOME)
    told = [family.assessed(), *(family.event("incident-reported", f"k{n}") for n in range(20))]
    forms = {
        "case": "/v1/cases/{}",
        "agenda": "/v1/meetings/{}/agenda",
        "meeting": "/v1/meetings/{}",
        "referral": "/v1/referrals/{}",
    }
    with world(empty_hub(tmp_path), told) as there:
        listed = there.http.get("/v1/meetings", headers=there.headers(FENMARCH, "marac")).json()
        (mine,) = listed["meetings"]
        amber = there.http.post("/v1/referrals", json=COMPLETE, headers={**there.headers(AMBER, "support"), "Idempotency-Key": "a-key-of-ambers"})  # fmt: skip
        known = {
            "case": there.refs["ann"], "referral": amber.json()["referral_id"],
        }.get(what, mine["id"])  # fmt: skip
        there.app.state.door = many_clients()
        forbidden, unknown = [], []
        chance = random.Random(1)
        for number in range(WARM_UP + PAIRS):
            pair = [
                (forbidden, known),
                (unknown, str(uuid.UUID(int=chance.getrandbits(128), version=4))),
            ]
            chance.shuffle(pair)
            for kept, id_ in pair:
                seconds = took(there, forms[what].format(id_), number % CLIENTS)
                if number >= WARM_UP:
                    kept.append(seconds)

    assert share(forbidden, unknown) == pytest.approx(0.5, abs=NEAR)


@pytest.mark.assure
def test_a_referral_about_somebody_known_takes_as_long_as_one_about_nobody(tmp_path: Path) -> None:
    family = Family("ann", HOME, is_numbered=True)
    told = [family.assessed(), *(family.event("incident-reported", f"k{n}") for n in range(20))]
    chance = random.Random(1)
    with world(empty_hub(tmp_path), told) as there:
        there.app.state.door = many_clients()
        known, unknown = [], []
        for number in range(WARM_UP + PAIRS):
            pair = [
                (known, pushed("Ann", "Ann", NHS)),
                (unknown, pushed("Oda", "Vane", f"9{chance.randrange(10**9):09}")),
            ]
            chance.shuffle(pair)
            for kept, referral in pair:
                seconds = push_took(there, referral, number % CLIENTS)
                if number >= WARM_UP:
                    kept.append(seconds)

    assert share(known, unknown) == pytest.approx(0.5, abs=NEAR)


def pushed(given: str, family: str, nhs: str) -> dict[str, object]:
    """Give a referral about somebody, whose number need not be a real one: it is not said to be checked."""
    victim = {
        **COMPLETE["victim"], "names": [{"given": given, "family": family}],
        "identifiers": [{"scheme": "nhs_number", "value": nhs}],
    }  # fmt: skip
    return {**COMPLETE, "reference": uuid.uuid4().hex, "victim": victim}


def push_took(there: World, referral: dict[str, object], client: int) -> float:
    headers = {
        "Authorization": f"Test {client}", "Hub-Purpose": "marac", "Idempotency-Key": uuid.uuid4().hex,
    }  # fmt: skip
    began = time.perf_counter()
    answer = there.http.post("/v1/referrals", json=referral, headers=headers)
    assert answer.status_code == 201, answer.text
    return time.perf_counter() - began


def test_a_difference_of_a_tenth_would_be_found() -> None:
    chance = random.Random(1)
    usual = [chance.gauss(1.0, 0.2) for _ in range(1000)]
    longer = [chance.gauss(1.1, 0.2) for _ in range(1000)]

    assert abs(share(longer, usual) - 0.5) > 0.06
    assert abs(share(usual, usual) - 0.5) < 0.01
