"""Whatever is sent, the API answers as its description says, and never with a fault of its own.

Schemathesis makes the calls out of the description: good ones, and ones with something wrong in them.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.made_events import FENMARCH
from tests.worlds import HOME, Family, World, empty_hub, world

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)
CALLS = 200 if os.environ.get("ASSURE") else 8
"""So many to each route."""


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder: Path = tmp_path_factory.mktemp("api")
    with world(empty_hub(folder), [Family("ann", HOME).assessed()]) as found:
        yield found


@pytest.mark.assure
@pytest.mark.parametrize("mode", list(schemathesis.GenerationMode))
def test_every_answer_is_one_that_the_description_names(
    there: World, mode: schemathesis.GenerationMode
) -> None:
    """`mode`: calls as they should be, or with something wrong in them."""
    described = schemathesis.openapi.from_asgi("/openapi.json", there.app)
    headers = there.headers(FENMARCH, "marac")
    tried = set()
    for found in described.get_all_operations():
        operation = found.ok()

        @given(operation.as_strategy(generation_mode=mode))
        @settings(
            max_examples=CALLS,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        def holds(case: schemathesis.Case) -> None:
            answer = case.call(headers={**(case.headers or {}), **headers})
            case.validate_response(answer, checks=CHECKS)

        try:
            holds()
        except Unsatisfiable:
            continue
        tried.add(operation.label)
    assert len(tried) > (8 if mode is schemathesis.GenerationMode.POSITIVE else 4)
