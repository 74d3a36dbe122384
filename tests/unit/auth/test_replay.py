"""What was used once is used: in the same process, in another one, and at the same instant."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta

import pytest
import sqlalchemy as sa

from hub.store.moments import to_ms
from hub.store.replays import TRIM_EVERY_MS, SqlReplays, replay
from tests.unit.auth.kit import ISSUER, Agency
from tests.unit.auth.served import NOW, Clock, Server, serving

WHOAMI = f"{ISSUER}/v1/whoami"


@pytest.fixture
def two(database_url: str) -> Iterator[tuple[Server, Server]]:
    """Two APIs on one database, each with connections of its own, as two processes have them."""
    with ExitStack() as stack:
        first = stack.enter_context(serving(database_url))
        second = stack.enter_context(serving(database_url, is_new=False))
        yield first, second


def test_an_assertion_that_one_process_took_is_refused_by_another(
    two: tuple[Server, Server], police: Agency
) -> None:
    fields = police.fields()

    answers = [
        server.http.post("/oauth/token", data=fields, headers={"DPoP": police.proof()})
        for server in two
    ]

    assert [answer.status_code for answer in answers] == [200, 400]
    assert answers[1].json() == {"error": "invalid_client"}


def test_a_proof_that_one_process_took_is_refused_by_another(
    two: tuple[Server, Server], police: Agency
) -> None:
    first, _ = two
    asked = first.http.post("/oauth/token", data=police.fields(), headers={"DPoP": police.proof()})
    token = asked.json()["access_token"]
    headers = {
        "Authorization": f"DPoP {token}", "DPoP": police.proof("GET", WHOAMI, token),
        "Hub-Purpose": "safeguarding",
    }  # fmt: skip

    answers = [server.http.get("/v1/whoami", headers=headers) for server in two]

    assert [answer.status_code for answer in answers] == [200, 401]
    assert answers[1].json()["type"] == "/problems/invalid-dpop-proof"


def test_of_many_at_once_one_is_let_in(two: tuple[Server, Server], police: Agency) -> None:
    fields = police.fields()
    proofs = [police.proof() for _ in range(16)]

    def ask(number: int) -> int:
        server = two[number % 2]
        headers = {"DPoP": proofs[number]}
        return server.http.post("/oauth/token", data=fields, headers=headers).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(ask, range(16)))

    assert sorted(statuses) == [200, *[400] * 15]


def test_a_token_and_a_key_of_one_process_are_good_in_another(
    two: tuple[Server, Server], police: Agency
) -> None:
    first, second = two
    asked = first.http.post("/oauth/token", data=police.fields(), headers={"DPoP": police.proof()})
    token = asked.json()["access_token"]
    headers = {
        "Authorization": f"DPoP {token}", "DPoP": police.proof("GET", WHOAMI, token),
        "Hub-Purpose": "safeguarding",
    }  # fmt: skip

    assert second.http.get("/v1/whoami", headers=headers).status_code == 200
    assert len(second.access.gate.keys.signing_keys()) == 1


def test_two_clients_may_use_one_id(server: Server, police: Agency, charity: Agency) -> None:
    statuses = [
        server.http.post(
            "/oauth/token",
            data=each.fields(each.assertion(jti="1")),
            headers={"DPoP": each.proof(jti="1")},
        ).status_code
        for each in (police, charity)
    ]

    assert statuses == [200, 200]


def test_what_is_over_is_forgotten_and_nothing_else(server: Server) -> None:
    clock = Clock()
    replays = SqlReplays(server.runtime.engine, clock)
    over, goes_on = to_ms(NOW) + TRIM_EVERY_MS, to_ms(NOW) + 2 * TRIM_EVERY_MS
    replays.is_first("over", over)
    replays.is_first("goes on", goes_on)

    clock.at = NOW + timedelta(milliseconds=TRIM_EVERY_MS + 1)
    first_again = [replays.is_first(each, goes_on) for each in ("new", "over", "goes on")]

    assert first_again == [True, True, False]
    with server.runtime.engine.begin() as conn:
        marks = set(conn.scalars(sa.select(replay.c.mark)))
    assert marks == {"new", "over", "goes on"}


def test_no_id_is_kept_as_it_came(server: Server, police: Agency) -> None:
    canary = "Wren-Canaryfield"

    answer = server.http.post(
        "/oauth/token",
        data=police.fields(police.assertion(jti=canary)),
        headers={"DPoP": police.proof(jti=canary)},
    )

    assert answer.status_code == 200
    with server.runtime.engine.begin() as conn:
        marks = list(conn.scalars(sa.select(replay.c.mark)))
    assert [len(each) for each in marks] == [64, 64]
    assert not [each for each in marks if canary in each]


def test_a_refused_proof_uses_nothing_up(server: Server, police: Agency) -> None:
    """Else whoever sees a proof could spoil it by sending it to another place."""
    asked = server.http.post("/oauth/token", data=police.fields(), headers={"DPoP": police.proof()})
    token = asked.json()["access_token"]
    proof = police.proof("GET", WHOAMI, token)
    headers = {"Authorization": f"DPoP {token}", "DPoP": proof, "Hub-Purpose": "safeguarding"}

    statuses = [
        server.http.get(path, headers=headers).status_code
        for path in ("/v1/meetings", "/v1/whoami")
    ]

    assert statuses == [401, 200]
