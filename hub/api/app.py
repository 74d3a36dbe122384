"""The hub's API over HTTP. Each subject adds its routes; what holds for all of them is here."""

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match

from hub.api.answers import Answers
from hub.api.description import describe
from hub.api.problem_pages import problem_pages
from hub.api.problems import Place, Problem, answer, plain
from hub.api.rate import CALLS_A_MINUTE, Pace
from hub.auth.door import Door

MAX_BODY = 256 * 1024
MALFORMED, WRONG_METHOD, UNFIT = 400, 405, 422

AddRoutes = Callable[[FastAPI], None]

DESCRIPTION = """
Prepares meetings about people at high risk of domestic abuse. **It is no emergency service: in danger
ring 999.**

Every call shows a DPoP-bound access token (`Authorization: DPoP …`, `DPoP: …`) and states its purpose
in `Hub-Purpose`. Errors are problem details (RFC 9457) and never repeat what was sent. Who calls too
often is told to wait (429, `Retry-After`).
"""


def make_api(
    door: Door,
    routes: Iterable[AddRoutes],
    *,
    max_body: int = MAX_BODY,
    calls_a_minute: int = CALLS_A_MINUTE,
) -> FastAPI:
    """Give the application. Its telemetry is off: a path may hold what somebody typed.

    It has no page to try it out: that would load scripts from elsewhere.
    """
    app = FastAPI(
        title="Safeguarding Hub",
        version="1",
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry={"logs": False, "operation_spans": False},
    )
    app.state.door = door
    app.state.pace = Pace(calls_a_minute)
    _add_problems(app)
    _add_liveness(app)
    problem_pages(app)
    for add in routes:
        add(app)
    describe(app)
    app.add_middleware(Answers, max_body=max_body)
    return app


def _add_liveness(app: FastAPI) -> None:
    @app.get("/livez", summary="Whether the process lives")
    def livez() -> dict[str, str]:
        return {"status": "ok"}


def _add_problems(app: FastAPI) -> None:
    schema = _Schema(app)

    @app.exception_handler(Problem)
    def known(_request: Request, problem: Problem) -> JSONResponse:
        return answer(problem)

    @app.exception_handler(RequestValidationError)
    def unfit(_request: Request, error: RequestValidationError) -> JSONResponse:
        places = [_place(each["loc"], each["type"], schema.names) for each in error.errors()]
        if any(each.code == "json_invalid" for each in places):
            return answer(Problem(MALFORMED, "malformed", "The body is no JSON", errors=places))
        title = "The request does not match the schema"
        return answer(Problem(UNFIT, "schema", title, errors=places))

    @app.exception_handler(HTTPException)
    def other(request: Request, error: HTTPException) -> Response:
        headers = dict(error.headers or {})
        if error.status_code == WRONG_METHOD:
            headers["Allow"] = ", ".join(sorted(set(_methods(request))))
        return answer(plain(error.status_code, headers))


def _methods(request: Request) -> Iterator[str]:
    """Give every method that the path has. Starlette names those of the first route alone."""
    for route in request.app.routes:
        if route.matches(request.scope)[0] is not Match.NONE:
            yield from getattr(route, "methods", None) or ()


def _place(location: tuple[int | str, ...], code: str, names: frozenset[str]) -> Place:
    """Point to what is wrong, up to the first part that the sender named: it may be a person's."""
    part, *rest = location
    pointer = ""
    for each in () if code == "json_invalid" else rest:
        if isinstance(each, str) and each not in names:
            break
        pointer += "/" + str(each).replace("~", "~0").replace("/", "~1")
    return Place(str(part), pointer, code)


class _Schema:
    """The names that the API's own description has, read when one is first asked for."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    @cached_property
    def names(self) -> frozenset[str]:
        return frozenset(_names(self._app.openapi()))


def _names(document: object) -> Iterator[str]:
    if isinstance(document, dict):
        yield from document.get("properties", {})
        if isinstance(name := document.get("name"), str):
            yield name
        for each in document.values():
            yield from _names(each)
    elif isinstance(document, list):
        for each in document:
            yield from _names(each)
