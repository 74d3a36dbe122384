"""What authorisation costs a call: the same route behind the hub's door, and behind one that lets anybody in.

On PostgreSQL, in one process and without a socket, by turns: what differs is the door alone. Proofs are signed beforehand, since
that is the client's work; each is used once, as the replay protection wants.
"""

import statistics
import time
from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import FastAPI
from fastapi.testclient import TestClient

from hub.api.access import Caller, needs
from hub.api.app import make_api
from hub.api.oauth import oauth_routes
from hub.bootstrap.access import open_access
from hub.bootstrap.runtime import running
from hub.model.agency import AgencyId
from hub.model.client import Scope
from hub.settings import settings
from tests.doors import NamedDoor, admitted
from tests.real_parts.postgres import running_postgres
from tests.unit.auth.kit import ISSUER, Agency
from tests.unit.auth.served import COUNTY, POLICE_KEY, PROOF_KEY, add_clients, at

ROUNDS, CALLS, WARM_UP = 7, 200, 50
NO_LIMIT = 10**6
"""The door is timed, not the bound on how often one client may call."""
PATH = "/v1/whoami"


def run() -> list[dict[str, object]]:
    with (
        running_postgres() as server,
        running(settings(db=server.url), COUNTY, migrate=True) as runtime,
    ):
        add_clients(runtime)
        access = open_access(runtime, ISSUER)
        police = COUNTY.bundle.recipients[AgencyId("fenmarch-police")]
        anybody = NamedDoor({"anybody": admitted(police, Scope.CASES_READ)})
        agency = Agency("police-records", POLICE_KEY, PROOF_KEY, at(runtime.now()))
        open_headers = {"Authorization": "Test anybody", "Hub-Purpose": "safeguarding"}
        took: dict[str, list[float]] = {"authorised": [], "open": []}
        tokens = oauth_routes(access.issuer, access.endpoint, access.gate.keys)
        with (
            TestClient(
                make_api(access.gate, [tokens, _add_route], calls_a_minute=NO_LIMIT),
                base_url=ISSUER,
            ) as authorised,
            TestClient(
                make_api(anybody, [_add_route], calls_a_minute=NO_LIMIT), base_url=ISSUER
            ) as unauthorised,
        ):
            answer = authorised.post(
                "/oauth/token", data=agency.fields(), headers={"DPoP": agency.proof()}
            )
            token = answer.json()["access_token"]
            for number in range(ROUNDS + 1):
                count = CALLS if number else WARM_UP
                shown = [_headers(agency, token) for _ in range(count)]
                took["authorised"].append(_per_s(authorised, shown))
                took["open"].append(_per_s(unauthorised, [open_headers] * count))
    figures = {name: round(statistics.median(rates[1:])) for name, rates in took.items()}
    return [
        {
            "figures": {"calls_per_s": figures["authorised"]},
            "peers": {"the same route without authorisation": {"calls_per_s": figures["open"]}},
            "ratios": {"authorised / open": round(figures["authorised"] / figures["open"], 2)},
            "workload": f"{ROUNDS} rounds of {CALLS} calls each by turns, one client, PostgreSQL, no socket",
        }
    ]


def _add_route(app: FastAPI) -> None:
    @app.get(PATH)
    def whoami(caller: Annotated[Caller, needs(Scope.CASES_READ)]) -> dict[str, str]:
        return {"principal": caller.principal}


def _headers(agency: Agency, token: str) -> dict[str, str]:
    proof = agency.proof("GET", f"{ISSUER}{PATH}", token)
    return {"Authorization": f"DPoP {token}", "DPoP": proof, "Hub-Purpose": "safeguarding"}


def _per_s(http: TestClient, calls: Sequence[Mapping[str, str]]) -> float:
    began = time.perf_counter()
    for headers in calls:
        answer = http.get(PATH, headers=dict(headers))
        if answer.status_code != 200:
            raise RuntimeError(f"a call was refused: {answer.status_code}")
    return len(calls) / (time.perf_counter() - began)
