"""What holds for every route of the API: problems, headers, bounds, and who may call."""

import re
import uuid
from collections.abc import Iterator
from typing import Annotated

import pytest
from fastapi import FastAPI, Path
from fastapi.testclient import TestClient
from pydantic import BaseModel, ConfigDict
from structlog.testing import capture_logs

from hub.api.access import Caller, needs
from hub.api.app import make_api
from hub.bootstrap.county import load_county
from hub.model.agency import AgencyId
from hub.model.client import Scope
from tests.doors import NamedDoor, admitted

POLICE = load_county().bundle.recipients[AgencyId("fenmarch-police")]
CANARY = "Wren Canaryfield"
GOOD = {"Authorization": "Test reader", "Hub-Purpose": "safeguarding"}


class Child(BaseModel):
    model_config = ConfigDict(extra="forbid")
    age: int


class Note(BaseModel):
    model_config = ConfigDict(extra="forbid")
    ticks: int
    children: list[Child] = []
    by_name: dict[str, Child] = {}


def add_notes(app: FastAPI) -> None:
    @app.get("/v1/notes")
    def read(caller: Annotated[Caller, needs(Scope.CASES_READ)]) -> dict[str, str]:
        return {"principal": caller.principal, "purpose": caller.purpose, "role": caller.role}

    @app.post("/v1/notes")
    def write(_caller: Annotated[Caller, needs(Scope.REFERRALS_WRITE)], note: Note) -> Note:
        return note

    @app.put("/v1/notes/{number}")
    def fall(
        _caller: Annotated[Caller, needs(Scope.CASES_READ)],
        number: Annotated[int, Path(le=9)],
    ) -> None:
        raise LookupError(f"{CANARY} {number}")


@pytest.fixture
def http() -> Iterator[TestClient]:
    door = NamedDoor(
        {
            "reader": admitted(POLICE, Scope.CASES_READ, client="reader"),
            "writer": admitted(POLICE, Scope.REFERRALS_WRITE, purposes=("marac",)),
            "lapsed": admitted(POLICE, Scope.CASES_READ, purposes=("marac", "support")),
        }
    )
    with TestClient(make_api(door, [add_notes], max_body=1000)) as client:
        yield client


WRITER = {"Authorization": "Test writer", "Hub-Purpose": "marac"}


def test_a_caller_is_told_to_its_route(http: TestClient) -> None:
    answer = http.get("/v1/notes", headers=GOOD)

    assert answer.status_code == 200
    assert answer.json() == {"principal": "reader", "purpose": "safeguarding", "role": "officer"}


REFUSALS = {
    "no token": ({"Hub-Purpose": "safeguarding"}, 401, "invalid-token"),
    "a token that nobody knows": ({**GOOD, "Authorization": "Test nobody"}, 401, "invalid-token"),
    "another scope": ({**WRITER}, 403, "insufficient-scope"),
    "no purpose": ({"Authorization": "Test reader"}, 403, "purpose"),
    "a purpose of others": ({**GOOD, "Hub-Purpose": "direct-care"}, 403, "purpose"),
    "no word for a purpose": ({**GOOD, "Hub-Purpose": CANARY}, 403, "purpose"),
    "an empty purpose": ({**GOOD, "Hub-Purpose": ""}, 403, "purpose"),
    "a purpose outside the client's set": (
        {"Authorization": "Test lapsed", "Hub-Purpose": "safeguarding"}, 403, "purpose"),
    "a purpose that its organisation has no more": (
        {"Authorization": "Test lapsed", "Hub-Purpose": "support"}, 403, "purpose"),
}  # fmt: skip


@pytest.mark.parametrize(("headers", "status", "code"), REFUSALS.values(), ids=REFUSALS)
def test_a_call_is_refused(
    http: TestClient, headers: dict[str, str], status: int, code: str
) -> None:
    answer = http.get("/v1/notes", headers=headers)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == f"/problems/{code}"
    assert CANARY not in answer.text
    assert ("www-authenticate" in answer.headers) == (code != "purpose")


def test_a_purpose_that_is_stated_twice_is_none(http: TestClient) -> None:
    twice = [*GOOD.items(), ("Hub-Purpose", "safeguarding")]

    assert http.get("/v1/notes", headers=twice).status_code == 403


def test_a_challenge_names_the_scheme_the_error_and_the_scope(http: TestClient) -> None:
    shown = [
        http.get("/v1/notes", headers=headers).headers["www-authenticate"]
        for headers in ({}, {"Authorization": "Test nobody"}, WRITER)
    ]

    assert shown == [
        'DPoP algs="ES256 PS256 Ed25519"',
        'DPoP error="invalid_token", algs="ES256 PS256 Ed25519"',
        'DPoP error="insufficient_scope", scope="cases.read", algs="ES256 PS256 Ed25519"',
    ]


UNFIT = {
    "no number": ({"ticks": CANARY}, "/ticks", "int_parsing"),
    "a field too many": ({"ticks": 1, CANARY: 1}, "", "extra_forbidden"),
    "one deeper": ({"ticks": 1, "children": [{"age": CANARY}]}, "/children/0/age", "int_parsing"),
    "under a name that was sent": (
        {"ticks": 1, "by_name": {CANARY: {"age": CANARY}}}, "/by_name", "int_parsing"),
    "nothing": ({}, "/ticks", "missing"),
}  # fmt: skip


@pytest.mark.parametrize(("body", "pointer", "code"), UNFIT.values(), ids=UNFIT)
def test_an_unfit_body_is_pointed_into_and_not_repeated(
    http: TestClient, body: object, pointer: str, code: str
) -> None:
    answer = http.post("/v1/notes", json=body, headers=WRITER)

    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"in": "body", "pointer": pointer, "code": code}]
    assert CANARY not in answer.text


def test_what_is_no_json_is_malformed(http: TestClient) -> None:
    answer = http.post(
        "/v1/notes",
        content=f'{{"{CANARY}'.encode(),
        headers={**WRITER, "Content-Type": "application/json"},
    )

    assert answer.status_code == 400
    assert answer.json()["errors"] == [{"in": "body", "pointer": "", "code": "json_invalid"}]


def test_an_unfit_path_is_pointed_to(http: TestClient) -> None:
    answer = http.put("/v1/notes/10", headers=GOOD)

    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"in": "path", "pointer": "/number", "code": "less_than_equal"}
    ]


@pytest.mark.parametrize("path", ["/nowhere", f"/v1/{CANARY}", "/v1/notes/", "/docs"])
def test_what_is_not_there_is_a_problem(http: TestClient, path: str) -> None:
    answer = http.get(path)

    assert answer.status_code == 404
    assert answer.json() == {"type": "/problems/not-found", "title": "Not Found", "status": 404}


def test_a_wrong_method_is_told_all_that_the_path_has(http: TestClient) -> None:
    answer = http.delete("/v1/notes")

    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, POST"
    assert answer.json()["type"] == "/problems/method-not-allowed"


def test_a_fault_of_ours_tells_its_type_to_the_log_alone(
    http: TestClient, capsys: pytest.CaptureFixture[str]
) -> None:
    with capture_logs() as lines:  # whatever another test of this process made of the log
        answer = http.put("/v1/notes/1", headers=GOOD)

    assert answer.status_code == 500
    assert answer.json()["type"] == "/problems/internal-server-error"
    assert "LookupError" in [line.get("error") for line in lines]
    assert CANARY not in "".join(capsys.readouterr()) + str(lines) + answer.text


def test_a_body_that_says_it_is_too_large_is_refused(http: TestClient) -> None:
    answer = http.post("/v1/notes", content=b"x" * 1001, headers=WRITER)

    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_body_that_grows_too_large_is_refused(http: TestClient) -> None:
    answer = http.post("/v1/notes", content=iter([b"x" * 600, b"x" * 600]), headers=WRITER)

    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/v1/notes"), ("GET", "/nowhere"), ("PUT", "/v1/notes/1"), ("GET", "/livez")]
)  # fmt: skip
def test_every_answer_is_kept_nowhere_and_has_an_id(
    http: TestClient, method: str, path: str
) -> None:
    answer = http.request(method, path, headers=GOOD)

    assert answer.headers["cache-control"] == "no-store"
    assert uuid.UUID(answer.headers["x-request-id"]).version == 4


def test_a_request_keeps_the_id_it_came_with_if_that_is_one(http: TestClient) -> None:
    given = str(uuid.uuid4())

    kept = http.get("/livez", headers={"X-Request-ID": given}).headers["x-request-id"]
    replaced = http.get("/livez", headers={"X-Request-ID": CANARY}).headers["x-request-id"]

    assert kept == given
    assert replaced != CANARY
    assert uuid.UUID(replaced)


def test_the_description_says_what_the_door_demands(http: TestClient) -> None:
    document = http.get("/openapi.json").json()
    read, write = document["paths"]["/v1/notes"]["get"], document["paths"]["/v1/notes"]["post"]

    assert document["openapi"].startswith("3.1")
    assert read["security"] == [{"oauth": ["cases.read"]}]
    assert [(each["name"], each["required"]) for each in read["parameters"]] == [
        ("Hub-Purpose", True), ("DPoP", True),
    ]  # fmt: skip
    assert sorted(read["responses"]) == ["200", "401", "403", "422"]
    assert sorted(write["responses"]) == ["200", "400", "401", "403", "413", "422"]
    assert sorted(document["paths"]["/livez"]["get"]["responses"]) == ["200"]


def test_every_problem_in_the_description_is_the_one_form(http: TestClient) -> None:
    document = http.get("/openapi.json").json()
    schemas = document["components"]["schemas"]
    contents = [
        answer["content"]
        for path in document["paths"].values()
        for operation in path.values()
        for status, answer in operation["responses"].items()
        if status >= "400"
    ]

    assert len(contents) > 8
    for content in contents:
        assert content == {
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemBody"}}
        }
    assert {"ProblemBody", "Fault"} <= schemas.keys()
    assert not schemas.keys() & {"HTTPValidationError", "ValidationError"}


def test_every_reference_in_the_description_leads_somewhere(http: TestClient) -> None:
    text = http.get("/openapi.json").text
    schemas = http.get("/openapi.json").json()["components"]["schemas"]

    named = set(re.findall(r"#/components/schemas/(\w+)", text))

    assert named
    assert not named - schemas.keys()


def test_who_calls_too_often_is_told_how_long_to_wait() -> None:
    clients = {
        name: admitted(POLICE, Scope.CASES_READ, client=name) for name in ("reader", "other")
    }
    http = TestClient(make_api(NamedDoor(clients), [add_notes], calls_a_minute=2))

    answers = [http.get("/v1/notes", headers=GOOD) for _ in range(3)]

    assert [each.status_code for each in answers] == [200, 200, 429]
    assert answers[2].json()["type"] == "/problems/too-many-requests"
    assert 1 <= int(answers[2].headers["retry-after"]) <= 60
    other = {**GOOD, "Authorization": "Test other"}
    assert http.get("/v1/notes", headers=other).status_code == 200


def test_what_is_refused_counts_too() -> None:
    door = NamedDoor({"reader": admitted(POLICE, Scope.REFERRALS_READ, client="reader")})
    http = TestClient(make_api(door, [add_notes], calls_a_minute=1))

    assert [http.get("/v1/notes", headers=GOOD).status_code for _ in range(2)] == [403, 429]
