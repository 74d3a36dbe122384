"""What each problem means and what to do about it: the page that its `type` leads to."""

from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.responses import PlainTextResponse

from hub.api.problems import Problem, documented


@dataclass(frozen=True, slots=True)
class Page:
    """What a problem means, and what whoever meets it can do."""

    means: str
    remedy: str


_READ_AGAIN = "Read it again (GET), look at what changed, and send your change with the new ETag."
_LATER = "Send the same again after as many seconds as Retry-After says. Nothing was done."

PAGES = {
    "bad-request": Page("The call is no HTTP request that can be read.", "Look at what your client sends."),
    "changed": Page("Somebody else changed it since you read it.", _READ_AGAIN),
    "insufficient-scope": Page(
        "The access token is good, and its scopes do not cover this route.",
        "Ask for a token with the scope that the description of the route names; if your client does not have it, ask the hub's operators.",
    ),
    "internal-server-error": Page(
        "Something went wrong at our side.", "Try once more. If it stays, tell the hub's operators when it was: they find it in the log."
    ),
    "invalid-dpop-proof": Page(
        "The DPoP proof does not fit the call, is too old, or was used before.",
        "Make a new proof for every call, with the method and address of that call, the time, and the hash of the token.",
    ),
    "invalid-token": Page(
        "There is no access token, or it is over, is another key's, or its client was disabled.",
        "Get a new token at /oauth/token. Tokens last ten minutes.",
    ),
    "key-reused": Page("This Idempotency-Key came with another request before.", "Take a new key for a new request; the same key only to try the very same again."),
    "malformed": Page("The body is no JSON.", "Look at what your client sends, and at its Content-Type."),
    "method-not-allowed": Page("The route does not have this method.", "Allow names those that it has."),
    "no-room": Page("Too much waits to be taken in.", _LATER),
    "no-source": Page("Your organisation's agreement is not to send anything.", "Ask the officer who signed the agreement."),
    "not-done": Page("It cannot be done any more: its day has passed.", "Make another meeting."),
    "not-found": Page(
        "There is none, or you may not know of it: the two are one answer.",
        "Look at the id. If you ought to be invited to the case, ask the coordinator of the meeting.",
    ),
    "policy-changes": Page(
        "Another policy is coming into force, and nothing is decided meanwhile.", _LATER
    ),
    "precondition-required": Page("If-Match is missing.", "State in If-Match the ETag of the version that you change."),
    "purpose": Page("Hub-Purpose is missing, or is none of your client's purposes.", "State one purpose of the client's agreement, once."),
    "request-entity-too-large": Page("The body is larger than any request of the API.", "Send less: each referral by itself."),
    "schema": Page("The request does not match the schema.", "`errors` names each place and what is wrong there. The description of the API has the schema and examples."),
    "service-unavailable": Page("The hub waits for its database or its policy.", _LATER),
    "too-many-requests": Page("The client calls too often.", _LATER),
    "unsupported-media-type": Page("The body is of another kind than JSON.", "Send it as application/json."),
    "version-taken": Page("Another referral has this reference and version, or a higher one.", "Raise `version`, and send the whole referral."),
}  # fmt: skip
"""By the last part of a problem's `type`. A test holds this to every problem that the hub answers with."""


def problem_pages(app: FastAPI) -> None:
    """Add the route of the pages."""

    @app.get(
        "/problems/{code}",
        summary="What a problem means, and what to do about it",
        description="Every error's `type` leads here. The pages are the same for everybody.",
        response_class=PlainTextResponse,
        responses=documented(404),
    )
    def page(code: str) -> PlainTextResponse:
        found = PAGES.get(code)
        if found is None:
            raise Problem(404, "not-found", "Not Found")
        return PlainTextResponse(f"{found.means}\n\n{found.remedy}\n")
