"""What holds for every answer: a request id, nothing kept in caches, no body too large, no fault told.

Pure ASGI, around the whole application, so that what goes wrong anywhere inside comes by here. An
exception's text may hold what somebody sent: its type is logged, and nothing of it goes out.
"""

import uuid

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.api.problems import answer, plain

log = structlog.get_logger("hub")

REQUEST_ID = "X-Request-ID"
NOTICE = (
    "This is no emergency service, and nobody watches what comes in. In danger ring 999. "
    "A national domestic abuse helpline answers at any hour."
)
"""In every answer, whatever else it says: somebody may have sent a call for help."""
TOO_LARGE = 413


class BrokenOff(Exception):
    """An answer could not be finished. Says nothing more: servers log this text."""


class Answers:
    """Wraps an application. `max_body` is in bytes."""

    def __init__(self, app: ASGIApp, max_body: int) -> None:
        self._app, self._max_body = app, max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        finish = _Finish(send, _request_id(headers.getlist(REQUEST_ID)))
        if not _is_within(headers.getlist("content-length"), self._max_body):
            await answer(plain(TOO_LARGE))(scope, receive, finish)
            return
        try:
            await self._app(scope, _Counted(receive, self._max_body), finish)
        except Exception as error:  # noqa: BLE001 - the edge of a request
            log.error("request", error=type(error).__name__)  # noqa: TRY400 - no text of it
            if finish.has_started:
                raise BrokenOff("an answer was broken off") from None
            await answer(plain(500))(scope, receive, finish)


class _Finish:
    """Sends, with the headers that every answer has."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send, self._request_id = send, request_id
        self.has_started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.has_started = True
            headers = MutableHeaders(scope=message)
            headers[REQUEST_ID] = self._request_id
            headers["Cache-Control"] = "no-store"
            headers["X-Content-Type-Options"] = "nosniff"
            headers["Hub-Notice"] = NOTICE
        await self._send(message)


class _Counted:
    """Receives, and refuses a body that grows beyond its bound without having said so."""

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive, self._left = receive, most

    async def __call__(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise HTTPException(TOO_LARGE)
        return message


def _request_id(stated: list[str]) -> str:
    """Give the caller's id if it is one UUID, else a new one: any other text might name somebody."""
    if len(stated) == 1:
        try:
            return str(uuid.UUID(stated[0]))
        except ValueError:
            pass
    return str(uuid.uuid4())


def _is_within(stated: list[str], most: int) -> bool:
    return all(each.isdecimal() and int(each) <= most for each in stated)
