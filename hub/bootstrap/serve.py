"""Serve the API: on loopback, or behind a proxy that ends TLS; never in the open."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI, Request
from sqlalchemy.exc import InterfaceError, OperationalError
from starlette.responses import Response

from hub.api.app import make_api
from hub.api.meetings import meeting_routes
from hub.api.oauth import oauth_routes
from hub.api.operate import UNAVAILABLE, Calls, Counted, make_admin, readiness_route
from hub.api.problems import answer, plain
from hub.api.referrals import referral_routes
from hub.bootstrap.access import open_access
from hub.bootstrap.address import LOOPBACK
from hub.bootstrap.log import log
from hub.bootstrap.meetings import Meetings
from hub.bootstrap.metrics import registry_of
from hub.bootstrap.readiness import not_ready
from hub.bootstrap.referrals import Referrals
from hub.bootstrap.runtime import Runtime
from hub.settings import Settings, SettingsFault

GRACE_S = 10
WAIT_S = 5
"""After so many seconds whoever calls may find the database again."""


def make(runtime: Runtime, issuer: str) -> FastAPI:
    """Give the API. Here each subject's routes are joined to what they ask for."""
    access = open_access(runtime, issuer)
    app = make_api(
        access.gate,
        [
            readiness_route(lambda: not_ready(runtime)),
            oauth_routes(access.issuer, access.endpoint, access.gate.keys),
            meeting_routes(Meetings(runtime)),
            referral_routes(Referrals(runtime)),
        ],
    )
    say_when_away(app)
    return app


def say_when_away(app: FastAPI) -> None:
    """Let an application tell those who call while the database is away to come back."""

    def away(_request: Request, error: Exception) -> Response:
        log.error("request", error=type(error).__name__)  # its text may hold data
        return answer(plain(UNAVAILABLE, {"Retry-After": str(WAIT_S)}))

    for each in (OperationalError, InterfaceError):
        app.add_exception_handler(each, away)


@contextmanager
def operated(app: FastAPI, runtime: Runtime, port: int) -> Iterator[None]:
    """Count the calls of an application, and answer those who run it on a port of loopback.

    Raises:
        SettingsFault: the port is taken.
    """
    registry = registry_of(runtime.engine)
    app.add_middleware(Counted, calls=Calls(registry))
    try:
        listening = socket.create_server((LOOPBACK, port))
    except OSError:
        raise SettingsFault(
            f"port {port} on loopback is taken: choose another --admin-port"
        ) from None
    over = threading.Event()
    admin = make_admin(lambda: not_ready(runtime), registry)
    server = _Server(_config(admin, proxy_headers=False), over.is_set)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name="admin")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        listening.close()


def serve_until(
    app: FastAPI, settings: Settings, is_stopped: Callable[[], bool], *, host: str, port: int
) -> None:
    """Serve until told to stop; then finish the calls that are under way.

    It logs no calls, does not name itself, and believes a proxy only where one is said to stand.

    Raises:
        SettingsFault: it cannot listen there.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family)
    except OSError as error:
        raise SettingsFault(f"port {port} cannot be listened at: {error.strerror}") from None
    with listening:
        config = _config(app, proxy_headers=settings.tls_terminated)
        _Server(config, is_stopped).run(sockets=[listening])


def _config(app: FastAPI, *, proxy_headers: bool) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        access_log=False,
        server_header=False,
        proxy_headers=proxy_headers,
        log_level="critical",
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=GRACE_S,
    )


class _Server(uvicorn.Server):
    """Uvicorn, which is told when to stop and leaves signals to the process it is part of."""

    def __init__(self, config: uvicorn.Config, is_stopped: Callable[[], bool]) -> None:
        super().__init__(config)
        self._is_stopped = is_stopped

    async def on_tick(self, counter: int) -> bool:
        return await super().on_tick(counter) or self._is_stopped()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
