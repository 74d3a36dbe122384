"""The description of the API (OpenAPI 3.1): what the door and the frame add to every route.

A route describes its own answers. That it may be refused, is in one place here, so that no route can
forget to say so.
"""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from hub.api.access import PURPOSE
from hub.api.problems import MEDIA_TYPE, Fault, ProblemBody

Document = dict[str, Any]

REFERENCE = "#/components/schemas/{model}"
REFUSALS = {
    "401": "No valid access token with its proof",
    "403": "No such scope, or no such purpose",
}
OF_A_BODY = {"400": "The body is no JSON", "413": "The body is too large"}
UNFIT = {"422": "Something does not match the schema"}

PROOF = {
    "name": "DPoP",
    "in": "header",
    "required": True,
    "description": "A proof of possession for this one call (RFC 9449), with `ath`.",
    "schema": {"type": "string"},
}
REQUEST_ID = {
    "description": "Names this call in the hub's logs",
    "schema": {"type": "string", "format": "uuid"},
}


def describe(app: FastAPI) -> None:
    """Let the application give its description with all that holds for every route."""

    def openapi() -> Document:
        if app.openapi_schema is None:
            document = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                routes=app.routes,
                separate_input_output_schemas=False,
            )
            app.openapi_schema = _completed(document)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _completed(document: Document) -> Document:
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for left in ("HTTPValidationError", "ValidationError"):
        schemas.pop(left, None)
    for model in (Fault, ProblemBody):
        found = model.model_json_schema(ref_template=REFERENCE)
        found.pop("$defs", None)
        schemas[model.__name__] = found
    for operation in _operations(document):
        _complete(operation)
    return document


def _complete(operation: Document) -> None:
    answers = operation.setdefault("responses", {})
    added = UNFIT if "422" in answers else {}
    if operation.get("security"):
        added = added | REFUSALS
        for each in operation.get("parameters", []):
            each["required"] = each["required"] or each["name"] == PURPOSE
        operation.setdefault("parameters", []).append(PROOF)
    if "requestBody" in operation:
        added = added | OF_A_BODY
    for status, text in added.items():
        known = answers.get(status, {})
        if status == "422" or not known:
            answers[status] = _problem(known.get("description", text) if known else text)
    for each in answers.values():
        each.setdefault("headers", {})["X-Request-ID"] = REQUEST_ID


def _problem(text: str) -> Document:
    reference = REFERENCE.format(model=ProblemBody.__name__)
    return {"description": text, "content": {MEDIA_TYPE: {"schema": {"$ref": reference}}}}


def _operations(document: Document) -> Iterator[Document]:
    for path in document.get("paths", {}).values():
        yield from path.values()
