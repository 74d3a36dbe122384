"""Referrals in: an agency's system pushes one, and reads back that it was taken in.

An answer is the same whether or not anybody in the referral is known: it says what was sent and when
it was taken in, and nothing of cases, meetings or anybody else's records.
"""

import hashlib
import json
from collections.abc import Callable
from typing import Annotated, Any, Literal, Protocol
from uuid import UUID

from fastapi import Body, Depends, FastAPI, Header, Request, Response
from pydantic import BaseModel, Field

from hub.api.access import Caller, needs
from hub.api.answers import NOTICE
from hub.api.problems import Place, Problem, documented
from hub.api.referral_event import event_body
from hub.api.referral_form import COMPLETE, SMALLEST, NewReferral
from hub.api.referral_gaps import gaps, why
from hub.model.agency import AgencyId
from hub.model.client import Scope
from hub.model.event import Body as EventBody
from hub.model.referral import (
    Accepted,
    KeyReused,
    Missing,
    NoRoom,
    Receipt,
    Sender,
    VersionTaken,
)

KEY = "Idempotency-Key"
KEY_FORM = r"^[A-Za-z0-9_-]{8,64}$"
WAIT_S = 30

PUSHING = f"""
**{NOTICE}**

Two things have to be there: your `reference` and `referred_at`. What you do not know you leave out; then
the answer is 201 with the status `incomplete`, and `missing` names each gap and why it is asked for. The
referral counts all the same. Complete it by sending the whole of it again with the same `reference`, a
higher `version` and another `Idempotency-Key`.

**201 means that it is on disk**, and will be in the hub. If you get no answer, or 503, send the very same
again with the same key: it is taken in once, however often it comes, and answered with the same bytes. A
key is remembered for seven days.
"""

READING = f"""
**{NOTICE}**

Tells of its newest version what you sent and when, and whether the hub has taken it in (`kept`). It tells
nothing of what comes of it: who is known, which case it is, whether a meeting hears it. A referral of
another organisation and one that does not exist are the same answer.
"""

COMPLETE_EXAMPLE = {"summary": "Everything that a meeting asks for", "value": COMPLETE}
SMALLEST_EXAMPLE = {"summary": "Hardly anything: accepted as incomplete", "value": SMALLEST}


class Referring(Protocol):
    """What referrals can be asked."""

    def push(
        self,
        sender: Sender,
        body: EventBody,
        *,
        digest: str,
        missing: tuple[Missing, ...],
        key: str,
    ) -> Accepted:
        """Take one in. When this returns it is durable; raises `ReferralRefused` if it is not taken."""
        ...

    def newest(self, organisation: AgencyId, referral_id: str) -> Receipt | None:
        """Give what is told of a referral, if it is this organisation's."""
        ...


class Gap(BaseModel):
    """Something that a meeting will ask for."""

    pointer: str = Field(description="JSON pointer into the referral", examples=["/victim/born"])
    code: str = Field(
        description="missing, reason_missing, contradicted or not_named", examples=["missing"]
    )
    why: str = Field(examples=["A date of birth, or an age, tells people of one name apart."])


class ReferralReceipt(BaseModel):
    """That a referral was taken in. It tells nothing of anybody."""

    referral_id: UUID = Field(description="The same for every version of the referral")
    version: int
    status: Literal["received", "incomplete"] = Field(
        description="Incomplete: it counts, and a meeting will ask for what is missing"
    )
    received_at: str = Field(
        description="When it was taken in", examples=["2026-11-24T09:30:02.125Z"]
    )
    missing: list[Gap]
    notice: str = Field(examples=[NOTICE])


class ReferralStatus(ReferralReceipt):
    """What became of a referral, as far as its sender is told."""

    kept: bool = Field(description="The hub has taken it in; usually within a second")


def _json_alone(request: Request) -> None:
    """Refuse a body of another kind. Parameters (`charset=utf-8`) do not matter."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Problem(415, "unsupported-media-type", "Send the referral as application/json")


def _one_key(request: Request) -> None:
    """Refuse a key that is stated twice: nobody could say which of them counts."""
    if len(request.headers.getlist(KEY)) > 1:
        raise Problem(
            422, "schema", "The request does not match the schema",
            errors=[Place("header", f"/{KEY}", "stated_twice")],
        )  # fmt: skip


Pushing = Annotated[Caller, needs(Scope.REFERRALS_WRITE)]
Reading = Annotated[Caller, needs(Scope.REFERRALS_READ)]
Key = Annotated[
    str,
    Header(
        alias=KEY,
        pattern=KEY_FORM,
        description="A new one for each new request, such as a UUID; the same one when you try again",
        examples=["5f0c2f6e-6a39-4f0b-9a55-6c1f3f1f2a10"],
    ),
]
Known = Annotated[
    str | None, Header(alias="If-None-Match", description="The ETag you have: 304 if nothing changed")
]  # fmt: skip

_WAIT = {"Retry-After": {"description": "After so many seconds", "schema": {"type": "integer"}}}
_TAKEN = {
    "Location": {"description": "Where its status is", "schema": {"type": "string"}},
}
_ETAG = {"ETag": {"description": "Changes with what is told", "schema": {"type": "string"}}}


def referral_routes(referrals: Referring) -> Callable[[FastAPI], None]:
    """Give what adds them."""

    def add(app: FastAPI) -> None:
        _add_pushing(app, referrals)
        _add_reading(app, referrals)

    return add


def _add_pushing(app: FastAPI, referrals: Referring) -> None:
    @app.post(
        "/v1/referrals",
        status_code=201,
        summary="Push a referral",
        description=PUSHING,
        response_model=ReferralReceipt,
        responses={
            200: {
                "model": ReferralReceipt,
                "description": "This version was there already, under another key",
                "headers": _TAKEN,
            },
            201: {"description": "It is on disk, and will be in the hub", "headers": _TAKEN},
            **_documented(400, 401, 403, 409, 413, 415, 422, 429, 503),
        },
        tags=["referrals"],
    )
    def push(
        caller: Pushing,
        _is_json: Annotated[None, Depends(_json_alone)],
        _is_one_key: Annotated[None, Depends(_one_key)],
        new: Annotated[
            NewReferral,
            Body(openapi_examples={"complete": COMPLETE_EXAMPLE, "smallest": SMALLEST_EXAMPLE}),
        ],
        idempotency_key: Key,
    ) -> Response:
        organisation = caller.organisation
        if not organisation.source:
            raise Problem(403, "no-source", "Your organisation's agreement is not to send anything")
        sender = Sender(organisation.id, caller.principal)
        body = event_body(new, organisation.id)
        digest = hashlib.sha256(new.model_dump_json(exclude_unset=True).encode()).hexdigest()
        try:
            found = referrals.push(
                sender, body, digest=digest, missing=gaps(new), key=idempotency_key
            )
        except KeyReused:
            title = "This Idempotency-Key came with another request: take a new one"
            raise Problem(422, "key-reused", title) from None
        except VersionTaken:
            title = "Another referral has this reference and version, or a higher one: raise it"
            raise Problem(409, "version-taken", title) from None
        except NoRoom:
            title = "Too much waits: nothing was taken in. Send the same again with the same key"
            raise Problem(503, "no-room", title, headers={"Retry-After": str(WAIT_S)}) from None
        return Response(
            _written(_told(found.receipt)),
            201 if found.is_new else 200,
            {"Location": f"/v1/referrals/{found.receipt.referral_id}"},
            media_type="application/json",
        )


def _add_reading(app: FastAPI, referrals: Referring) -> None:
    @app.get(
        "/v1/referrals/{referral_id}",
        summary="Whether a referral of yours was taken in",
        description=READING,
        response_model=ReferralStatus,
        responses={
            200: {"description": "What became of it", "headers": _ETAG},
            304: {"description": "As you have it"},
            **_documented(401, 403, 404, 422, 429, 503),
        },
        tags=["referrals"],
    )
    def status(caller: Reading, referral_id: UUID, if_none_match: Known = None) -> Response:
        receipt = referrals.newest(caller.organisation.id, str(referral_id))
        if receipt is None:
            raise Problem(404, "not-found", "Not Found")
        body = _written({**_told(receipt), "kept": receipt.is_kept})
        headers = {"ETag": f'"{hashlib.sha256(body).hexdigest()[:32]}"'}
        if if_none_match == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        return Response(body, headers=headers, media_type="application/json")


def _documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    found = documented(*statuses)
    for status in (429, 503):
        if status in found:
            found[status]["headers"] = _WAIT
    return found


def _told(receipt: Receipt) -> dict[str, object]:
    """Say of a referral what its sender may know, which is what the sender said."""
    return {
        "referral_id": receipt.referral_id,
        "version": receipt.version,
        "status": "incomplete" if receipt.missing else "received",
        "received_at": receipt.received_at.isoformat(timespec="milliseconds").replace(
            "+00:00", "Z"
        ),
        "missing": [
            {"pointer": each.pointer, "code": each.code, "why": why(each)}
            for each in receipt.missing
        ],
        "notice": NOTICE,
    }


def _written(told: dict[str, object]) -> bytes:
    return json.dumps(told, separators=(",", ":")).encode()
