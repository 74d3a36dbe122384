"""Problems: the one form in which every error is answered (RFC 9457).

None repeats what was sent, for that may be somebody's name. Where something is wrong with a body it
says at which place, as far as the place is named by the schema and not by the sender.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

MEDIA_TYPE = "application/problem+json"


class Fault(BaseModel):
    """One thing that is wrong with a request."""

    in_: str = Field(alias="in", description="body, query, path or header")
    pointer: str = Field(description="JSON pointer to the nearest place that the schema names")
    code: str = Field(description="What is wrong there, as a fixed word")


class ProblemBody(BaseModel):
    """What every error answers. It never repeats what was sent."""

    type: str = Field(description="Names the kind of problem", examples=["/problems/not-found"])
    title: str = Field(description="The same for every problem of this type")
    status: int
    errors: list[Fault] | None = Field(default=None, description="What is wrong, and where")


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is wrong, and what. `code` is a fixed word."""

    part: str
    pointer: str
    code: str


class Problem(Exception):
    """An error that a route answers with. Neither `title` nor anything else of it holds input."""

    def __init__(
        self,
        status: int,
        code: str,
        title: str,
        *,
        headers: Mapping[str, str] | None = None,
        errors: Sequence[Place] = (),
    ) -> None:
        super().__init__(code)
        self.status, self.code, self.title = status, code, title
        self.headers = dict(headers or {})
        self.errors = tuple(errors)


def plain(status: int, headers: Mapping[str, str] | None = None) -> Problem:
    """Give a problem that says no more than its status does."""
    phrase = HTTPStatus(status).phrase
    return Problem(status, phrase.lower().replace(" ", "-"), phrase, headers=headers)


def answer(problem: Problem) -> JSONResponse:
    """Give the response for a problem."""
    body: dict[str, object] = {
        "type": f"/problems/{problem.code}",
        "title": problem.title,
        "status": problem.status,
    }
    if problem.errors:
        body["errors"] = [
            {"in": each.part, "pointer": each.pointer, "code": each.code} for each in problem.errors
        ]
    return JSONResponse(body, problem.status, problem.headers, media_type=MEDIA_TYPE)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Give the OpenAPI responses of a route that may answer with problems of these statuses.

    What every guarded route may answer (401, 403) and every body (400, 413, 422) is added by itself.
    """
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemBody"}}}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": content}
        for status in statuses
    }
