"""One served API for each test, and two agencies that are its clients."""

from collections.abc import Iterator

import pytest

from tests.unit.auth.kit import Agency, es256
from tests.unit.auth.served import CHARITY_KEY, POLICE_KEY, PROOF_KEY, Server, at, serving


@pytest.fixture
def server(sqlite_url: str) -> Iterator[Server]:
    with serving(sqlite_url) as found:
        yield found


@pytest.fixture
def police() -> Agency:
    return Agency("police-records", POLICE_KEY, PROOF_KEY, at())


@pytest.fixture
def charity() -> Agency:
    return Agency("amber-cases", CHARITY_KEY, es256(), at())
