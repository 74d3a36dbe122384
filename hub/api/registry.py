"""The schema registry over Confluent's REST, so that recipients' stock clients can decode.

It only answers: a schema is registered by a commit. Schemas hold nobody's data, so reading wants no
principal; it binds to loopback all the same.
"""

from fastapi import FastAPI
from fastapi.responses import JSONResponse

from hub.stream.compat import problems
from hub.stream.registry import JsonObject, Registered, Registry, fingerprint

MEDIA_TYPE = "application/vnd.schemaregistry.v1+json"
SUBJECT_NOT_FOUND, VERSION_NOT_FOUND, SCHEMA_NOT_FOUND, INVALID = 40401, 40402, 40403, 42201


def make_app(registry: Registry) -> FastAPI:
    """Give the application. Its telemetry is off: a path may hold what somebody typed."""
    app = FastAPI(
        title="Safeguarding Hub schema registry",
        version="1",
        telemetry={"logs": False, "operation_spans": False},
    )
    _add_schemas(app, registry)
    _add_subjects(app, registry)
    _add_checks(app, registry)
    return app


def _add_schemas(app: FastAPI, registry: Registry) -> None:
    @app.get("/schemas/types")
    def types() -> JSONResponse:
        return _answer(["AVRO"])

    @app.get("/config")
    @app.get("/config/{subject}")
    def level(subject: str = "") -> JSONResponse:  # noqa: ARG001 - the same for all
        return _answer({"compatibilityLevel": "FULL_TRANSITIVE"})

    @app.get("/schemas/ids/{number}")
    def by_id(number: int) -> JSONResponse:
        found = registry.by_id.get(number)
        return (
            _answer({"schema": found.text})
            if found
            else _missing(SCHEMA_NOT_FOUND, "Schema not found")
        )


def _add_subjects(app: FastAPI, registry: Registry) -> None:
    @app.get("/subjects")
    def subjects() -> JSONResponse:
        return _answer(sorted(registry.latest))

    @app.get("/subjects/{subject}/versions")
    def versions(subject: str) -> JSONResponse:
        found = [each.version for each in registry.versions(subject)]
        return _answer(found) if found else _missing(SUBJECT_NOT_FOUND, "Subject not found")

    @app.get("/subjects/{subject}/versions/{version}")
    def version(subject: str, version: str) -> JSONResponse:
        known = {str(each.version): each for each in registry.versions(subject)}
        if not known:
            return _missing(SUBJECT_NOT_FOUND, "Subject not found")
        found = registry.latest[subject] if version == "latest" else known.get(version)
        return (
            _answer(_described(found))
            if found
            else _missing(VERSION_NOT_FOUND, "Version not found")
        )


def _add_checks(app: FastAPI, registry: Registry) -> None:
    @app.post("/subjects/{subject}")
    def lookup(subject: str, body: JsonObject) -> JSONResponse:
        if (text := _schema_text(body)) is None:
            return _missing(INVALID, "Invalid schema")
        wanted = fingerprint(text)
        found = [each for each in registry.versions(subject) if fingerprint(each.text) == wanted]
        return (
            _answer(_described(found[0]))
            if found
            else _missing(SCHEMA_NOT_FOUND, "Schema not found")
        )

    @app.post("/compatibility/subjects/{subject}/versions/{version}")
    def compatibility(subject: str, version: str, body: JsonObject) -> JSONResponse:  # noqa: ARG001 - always all
        text = _schema_text(body)
        if text is None:
            return _missing(INVALID, "Invalid schema")
        new = Registered(subject, 0, 0, text).schema
        messages = [
            each
            for old in registry.versions(subject)
            for each in (*problems(old.schema, new), *problems(new, old.schema))
        ]
        return _answer({"is_compatible": not messages, "messages": messages})


def _described(found: Registered) -> JsonObject:
    return {
        "subject": found.subject,
        "version": found.version,
        "id": found.id,
        "schema": found.text,
    }


def _schema_text(body: JsonObject) -> str | None:
    text = body.get("schema")
    if (
        not isinstance(text, str)
        or body.get("schemaType", "AVRO") != "AVRO"
        or body.get("references")
    ):
        return None
    try:
        fingerprint(text)
    except ValueError:
        return None
    return text


def _answer(content: object, status: int = 200) -> JSONResponse:
    return JSONResponse(content, status, media_type=MEDIA_TYPE)


def _missing(code: int, message: str) -> JSONResponse:
    return _answer({"error_code": code, "message": message}, code // 100)
