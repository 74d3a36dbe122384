"""Meetings and cases: make a meeting, list and circulate its agenda, read the cases on it.

Everything shown comes through the policy engine and is recorded first. A case or a meeting that one
may not know of, and one that does not exist, are the same answer.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Annotated, Any, Protocol
from uuid import UUID

from fastapi import FastAPI, Header, Query, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from hub.api.access import Caller, needs
from hub.api.problems import Problem, documented
from hub.api.shapes import Agenda, Case, Change, Meeting, MeetingPage
from hub.model.client import Scope
from hub.prepare import Changed, Document, Made, NotDone, NotFound, NotNow, Reader

PAGE = 50
MOST_DIGITS = 9
Writer = Annotated[Caller, needs(Scope.MEETINGS_WRITE)]
Attending = Annotated[Caller, needs(Scope.MEETINGS_READ)]
ETag = Annotated[
    str | None,
    Header(alias="If-Match", description="The ETag of the meeting as you read it, so that nobody overwrites another's change."),
]  # fmt: skip
Known = Annotated[
    str | None, Header(alias="If-None-Match", description="The ETag you have: 304 if nothing changed.")
]  # fmt: skip


class Preparing(Protocol):
    """What meetings can be asked."""

    def create(self, reader: Reader, marac_id: str, held_on: date, capacity: int) -> Made: ...

    def refresh(self, reader: Reader, meeting_id: str, version: int | None) -> Made: ...

    def circulate(self, reader: Reader, meeting_id: str, version: int | None) -> Made: ...

    def all(self, reader: Reader) -> list[Document]: ...

    def one(self, reader: Reader, meeting_id: str) -> Document: ...

    def agenda(self, reader: Reader, meeting_id: str) -> Document: ...

    def case(self, reader: Reader, ref: str) -> Document: ...


class NewMeeting(BaseModel):
    """A meeting to be made."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"marac": "fenmarch", "held_on": "2026-12-17", "minutes": 300}]
        },
    )

    marac: str = Field(max_length=64, description="Id of a MARAC that your organisation prepares")
    held_on: date = Field(description="The day on which it is held")
    minutes: int = Field(strict=True, ge=1, le=1440, description="How long it may sit")


def meeting_routes(meetings: Preparing) -> Callable[[FastAPI], None]:
    """Give what adds them."""

    def add(app: FastAPI) -> None:
        _add_changes(app, meetings)
        _add_reading(app, meetings)

    return add


def _add_changes(app: FastAPI, meetings: Preparing) -> None:
    @app.post(
        "/v1/meetings",
        status_code=201,
        summary="Make a meeting and list the cases that are due",
        response_model=Change,
        responses={
            200: {"model": Change, "description": "It was there already"},
            **documented(400, 401, 403, 404, 409, 413, 422, 429, 503),
        },
        tags=["meetings"],
    )
    def create(caller: Writer, new: NewMeeting) -> JSONResponse:
        """List every case of the area that meets a criterion and that no meeting has heard since.

        Made again for the same day it is the same meeting. Only the organisation that prepares the
        MARAC can do this, for the purpose `marac`.
        """
        made = _answered(
            lambda: meetings.create(_reader(caller), new.marac, new.held_on, new.minutes)
        )
        found = _change(made, 201 if made.is_new else 200)
        found.headers["Location"] = f"/v1/meetings/{made.meeting['id']}"
        return found

    @app.post(
        "/v1/meetings/{meeting_id}/refresh",
        summary="List the cases that became due since",
        response_model=Change,
        responses=documented(401, 403, 404, 412, 422, 428, 429, 503),
        tags=["meetings"],
    )
    def refresh(caller: Writer, meeting_id: UUID, if_match: ETag = None) -> JSONResponse:
        """Until the closing date; after it the list stays as it is."""
        version = _version(if_match)
        return _change(
            _answered(lambda: meetings.refresh(_reader(caller), str(meeting_id), version))
        )

    @app.post(
        "/v1/meetings/{meeting_id}/circulate",
        summary="Invite to every case on the agenda",
        response_model=Change,
        responses=documented(401, 403, 404, 412, 422, 428, 429, 503),
        tags=["meetings"],
    )
    def circulate(caller: Writer, meeting_id: UUID, if_match: ETag = None) -> JSONResponse:
        """Whoever sits there or has a part in the case is invited, and nobody whom a conflict bars.

        An invitation opens what the policy gives to the invited; it goes out on their topics at once.
        """
        version = _version(if_match)
        return _change(
            _answered(lambda: meetings.circulate(_reader(caller), str(meeting_id), version))
        )


def _add_reading(app: FastAPI, meetings: Preparing) -> None:
    @app.get(
        "/v1/meetings",
        summary="The meetings that you prepare or are invited to",
        response_model=MeetingPage,
        responses=documented(401, 403, 422, 429, 503),
        tags=["meetings"],
    )
    def every(
        caller: Attending,
        limit: Annotated[int, Query(ge=1, le=PAGE, description="How many at most")] = PAGE,
        cursor: Annotated[UUID | None, Query(description="`next` of the page before")] = None,
    ) -> JSONResponse:
        """Give them with the latest first."""
        found = _answered(lambda: meetings.all(_reader(caller)))
        start = 0
        if cursor is not None:
            ids = [each["id"] for each in found]
            start = ids.index(str(cursor)) + 1 if str(cursor) in ids else len(ids)
        page = found[start : start + limit]
        more = start + limit < len(found)
        return JSONResponse({"meetings": page, "next": page[-1]["id"] if more else None})

    @app.get(
        "/v1/meetings/{meeting_id}",
        summary="One meeting",
        response_model=Meeting,
        responses=documented(401, 403, 404, 422, 429, 503),
        tags=["meetings"],
    )
    def one(caller: Attending, meeting_id: UUID) -> JSONResponse:
        """Its ETag is what a change of it has to state."""
        found = _answered(lambda: meetings.one(_reader(caller), str(meeting_id)))
        return JSONResponse(found, headers={"ETag": _etag(found)})

    @app.get(
        "/v1/meetings/{meeting_id}/agenda",
        summary="What the meeting hears, as you may see it",
        response_model=Agenda,
        responses={
            304: {"description": "As you have it"},
            **documented(401, 403, 404, 422, 429, 503),
        },
        tags=["meetings"],
    )
    def agenda(caller: Attending, meeting_id: UUID, if_none_match: Known = None) -> Response:
        """Cases with children first, then by rank within the block, with the reasons.

        Block, rank and reasons are those of what you may see. A case to which you are not invited is
        not there, and counts for nothing.
        """
        found = _answered(lambda: meetings.agenda(_reader(caller), str(meeting_id)))
        return _tagged(found, if_none_match)

    @app.get(
        "/v1/cases/{ref}",
        summary="A case across all agencies, as you may see it",
        response_model=Case,
        responses={
            304: {"description": "As you have it"},
            **documented(401, 403, 404, 422, 429, 503),
        },
        tags=["cases"],
    )
    def case(
        caller: Annotated[Caller, needs(Scope.CASES_READ)], ref: UUID, if_none_match: Known = None
    ) -> Response:
        """Read who stands in it, why it is on the agenda, what happened, and what is held back from you.

        Of ways to reach somebody those come first that are said to be safe. `ref` is that of the agenda. Names such as `e1` and `p1` are good within one answer.
        """
        return _tagged(_answered(lambda: meetings.case(_reader(caller), str(ref))), if_none_match)


def _reader(caller: Caller) -> Reader:
    stated = {
        "role": caller.role,
        "purpose": caller.purpose,
        "lawful_basis": caller.lawful_basis,
    }
    return Reader(caller.principal, replace(caller.organisation, **stated))  # type: ignore[arg-type]


def _answered(ask: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever it answers
    try:
        return ask()
    except NotFound:
        raise Problem(404, "not-found", "Not Found") from None
    except NotDone:
        raise Problem(409, "not-done", "It cannot be done: the day has passed") from None
    except Changed:
        raise Problem(412, "changed", "It was changed since you read it: read it again") from None
    except NotNow:
        raise Problem(
            503,
            "policy-changes",
            "The policy is being changed: ask again",
            headers={"Retry-After": "5"},
        ) from None


def _change(made: Made, status: int = 200) -> JSONResponse:
    content = {"meeting": made.meeting, "listed": made.listed, "invited": made.invited}
    return JSONResponse(content, status, headers={"ETag": _etag(made.meeting)})


def _etag(meeting: Document) -> str:
    return f'"{meeting["version"]}"'


def _version(if_match: str | None) -> int:
    """Read which version a change is of."""
    if if_match is None:
        raise Problem(428, "precondition-required", "State in If-Match which version you change")
    plain = if_match.strip('"')
    if not plain.isdecimal() or f'"{plain}"' != if_match or len(plain) > MOST_DIGITS:
        raise Problem(412, "changed", "It was changed since you read it: read it again")
    return int(plain)


def _tagged(found: Document, known: str | None) -> Response:
    body = json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    if known == etag:
        return Response(status_code=304, headers={"ETag": etag})
    return Response(body, media_type="application/json", headers={"ETag": etag})
