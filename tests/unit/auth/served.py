"""An API with clients of two organisations on a real database, and a clock that stands."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Annotated

from fastapi import FastAPI
from fastapi.testclient import TestClient

from hub.api.access import Caller, needs
from hub.api.app import make_api
from hub.api.oauth import oauth_routes
from hub.bootstrap import clients
from hub.bootstrap.access import Access, open_access
from hub.bootstrap.clients import Wanted
from hub.bootstrap.county import County, load_county
from hub.bootstrap.runtime import Runtime, running
from hub.model.agency import AgencyId
from hub.model.client import Scope
from hub.settings import settings
from tests.unit.auth.kit import ISSUER, Key, ed25519_key, es256, ps256

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
POLICE_KEY, CHARITY_KEY, PROOF_KEY = es256(), es256(), es256()
RSA_KEY, ED_KEY = ps256(), ed25519_key()
COUNTY = load_county()

KEYS: Mapping[str, Mapping[str, Key]] = {
    "police-records": {"k1": POLICE_KEY},
    "amber-cases": {"k1": CHARITY_KEY},
    "children-cases": {"rsa": RSA_KEY, "ed": ED_KEY},
}
ORGANISATIONS = {
    "police-records": "fenmarch-police",
    "amber-cases": "amber-door",
    "children-cases": "fenmarch-children",
}


def add_routes(app: FastAPI) -> None:
    @app.get("/v1/whoami")
    def whoami(caller: Annotated[Caller, needs(Scope.CASES_READ)]) -> dict[str, str]:
        return {"principal": caller.principal, "organisation": caller.organisation.id}

    @app.get("/v1/meetings")
    def meetings(_caller: Annotated[Caller, needs(Scope.MEETINGS_READ)]) -> None: ...


@dataclass
class Clock:
    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at


@dataclass
class Server:
    """A running API: its application, what it is made of, and its clock."""

    runtime: Runtime
    access: Access
    http: TestClient
    clock: Clock = field(repr=False)


def keys(client: str) -> str:
    return json.dumps({"keys": [key.named(kid) for kid, key in KEYS[client].items()]})


def add_clients(runtime: Runtime) -> None:
    for name, organisation in ORGANISATIONS.items():
        wanted = Wanted(name, organisation, None, None, (), ["cases.read", "referrals.write"])
        clients.add(runtime, wanted, keys(name))


@contextmanager
def serving(url: str, county: County = COUNTY, *, is_new: bool = True) -> Iterator[Server]:
    clock = Clock()
    with running(settings(db=url), county, clock, migrate=is_new) as runtime:
        if is_new:
            add_clients(runtime)
        access = open_access(runtime, ISSUER)
        routes = [oauth_routes(access.issuer, access.endpoint, access.gate.keys), add_routes]
        with TestClient(make_api(access.gate, routes), base_url=ISSUER) as http:
            yield Server(runtime, access, http, clock)


def suspended(county: County, organisation: str) -> County:
    """Give the same county with one organisation suspended."""
    recipients = dict(county.bundle.recipients)
    id_ = AgencyId(organisation)
    recipients[id_] = replace(recipients[id_], status="suspended")
    return replace(county, bundle=replace(county.bundle, recipients=recipients))


def at(moment: datetime = NOW) -> int:
    return int(moment.timestamp())
