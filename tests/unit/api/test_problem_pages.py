"""Every problem that the hub answers with has a page that says what to do."""

import ast
from http import HTTPStatus
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from hub.api.app import make_api
from hub.api.problem_pages import PAGES
from hub.auth.gate import INVALID_PROOF, INVALID_TOKEN
from tests.doors import NamedDoor

HUB = Path(__file__).parents[3] / "hub"
OF_A_TOKEN = (INVALID_TOKEN, INVALID_PROOF)
OF_A_STATUS = (400, 404, 405, 413, 500, 503)
"""What the frame answers with by itself."""


def raised() -> set[str]:
    """Give the code of every problem that is made anywhere, as its source says it."""
    found = {HTTPStatus(each).phrase.lower().replace(" ", "-") for each in OF_A_STATUS}
    found |= {each.replace("_", "-") for each in OF_A_TOKEN}
    for file in HUB.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Problem":
                code = node.args[1]
                if isinstance(code, ast.Constant):
                    found.add(str(code.value))
    return found


def test_every_problem_has_a_page_and_every_page_a_problem() -> None:
    assert raised() == set(PAGES)


@pytest.mark.parametrize("code", PAGES)
def test_a_page_says_what_to_do(code: str) -> None:
    answer = TestClient(make_api(NamedDoor({}), [])).get(f"/problems/{code}")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert PAGES[code].remedy in answer.text


def test_an_unknown_page_echoes_nothing() -> None:
    answer = TestClient(make_api(NamedDoor({}), [])).get("/problems/Zoe-Example")

    assert answer.status_code == 404
    assert "Zoe" not in answer.text
