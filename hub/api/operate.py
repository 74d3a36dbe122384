"""How a process is: alive, ready and counted. Names and numbers alone, never what somebody sent.

Readiness is for whoever sends it calls. Counts are for those who run it, on a port of their own on
loopback: how often a route is called tells what goes on in a county.
"""

import time
from collections.abc import Callable, Sequence

import structlog
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram
from prometheus_client.exposition import generate_latest
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

NotReady = Callable[[], Sequence[str]]
"""Gives the names of what has to be waited for; none: ready."""

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER, UNMATCHED = "other", "unmatched"
UNAVAILABLE, BROKEN_OFF = 503, 500

log = structlog.get_logger("hub")


def readiness_route(not_ready: NotReady) -> Callable[[FastAPI], None]:
    """Give what adds /readyz to an application."""

    def add(app: FastAPI) -> None:
        @app.get(
            "/readyz",
            summary="Whether calls may be sent here",
            responses={UNAVAILABLE: {"description": "Not now; `waits_for` names what for"}},
        )
        def readyz() -> JSONResponse:
            waits_for = list(not_ready())
            status = "waiting" if waits_for else "ok"
            content = {"status": status, "waits_for": waits_for}
            return JSONResponse(content, UNAVAILABLE if waits_for else 200)

    return add


def make_admin(not_ready: NotReady, registry: CollectorRegistry) -> FastAPI:
    """Give the application of those who run it: /livez, /readyz, /metrics. For loopback alone."""
    app = FastAPI(
        title="Safeguarding Hub, for those who run it",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        telemetry={"logs": False, "operation_spans": False},
    )
    readiness_route(not_ready)(app)

    @app.get("/livez")
    def livez() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/metrics")
    def metrics() -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return app


class Calls:
    """Counts of the calls that were answered: by method, route's template and status."""

    def __init__(self, registry: CollectorRegistry) -> None:
        labels = ("method", "route", "status")
        self._count = Counter("hub_http_requests", "Calls answered", labels, registry=registry)
        self._seconds = Histogram(
            "hub_http_request_seconds", "How long calls took", ("route",), registry=registry
        )

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        self._count.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)


class Counted:
    """Wraps an application: counts each call, and logs it by its route's template."""

    def __init__(self, app: ASGIApp, calls: Calls) -> None:
        self._app, self._calls = app, calls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, began = BROKEN_OFF, time.perf_counter()

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            seconds = time.perf_counter() - began
            method = scope["method"] if scope["method"] in METHODS else OTHER
            route = str(getattr(scope.get("route"), "path", UNMATCHED))
            self._calls.answered(method, route, status, seconds)
            log.info("served", method=method, route=route, status=status, ms=round(1000 * seconds))
