"""Every route of the API wants a principal, a scope and a purpose, or is listed with the reason why not."""

from collections.abc import Iterator
from typing import Annotated

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.routing import Route

from hub.api.access import OPEN, Caller, Needs, needs
from hub.bootstrap.county import load_county
from hub.bootstrap.runtime import running
from hub.bootstrap.serve import make
from hub.model.client import Scope
from hub.settings import settings


@pytest.fixture
def api(sqlite_url: str) -> Iterator[FastAPI]:
    with running(settings(db=sqlite_url), load_county(), migrate=True) as runtime:
        yield make(runtime, "http://127.0.0.1:8080")


def routes_without_caller(app: FastAPI) -> set[tuple[str, str]]:
    found = set()
    for route in app.routes:
        assert isinstance(route, Route | APIRoute), f"a route of another kind: {route}"
        is_guarded = isinstance(route, APIRoute) and _has_caller(route.dependant)
        if not is_guarded:
            found |= {(method, route.path) for method in (route.methods or ()) if method != "HEAD"}
    return found


def _has_caller(dependant: Dependant) -> bool:
    return isinstance(dependant.call, Needs) or any(map(_has_caller, dependant.dependencies))


def test_every_route_wants_a_caller_or_is_listed(api: FastAPI) -> None:
    assert routes_without_caller(api) == set(OPEN)


def test_every_open_route_says_why() -> None:
    assert all(len(reason.split()) > 1 for reason in OPEN.values())


def test_a_route_that_forgot_its_caller_would_be_found(api: FastAPI) -> None:
    @api.get("/v1/guarded")
    def guarded(_caller: Annotated[Caller, needs(Scope.CASES_READ)]) -> None: ...

    @api.get("/v1/forgotten")
    def forgotten() -> None: ...

    assert routes_without_caller(api) - set(OPEN) == {("GET", "/v1/forgotten")}
