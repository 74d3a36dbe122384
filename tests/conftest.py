"""Real parts, started once per test run: Apache Kafka and PostgreSQL.

Where one is missing its tests skip, with a line that says how to get it. In CI a missing part is a
failure. What needs a fresh or a breakable one of its own starts it itself.
"""

import os
import shutil
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from kafka import KafkaAdminClient

from tests.real_parts import kafka, postgres

DATABASES = ("sqlite", "postgresql")


def _need(reason: str | None) -> None:
    if reason and os.environ.get("CI"):
        pytest.fail(f"in CI every real part has to be there: {reason}", pytrace=False)
    if reason:
        pytest.skip(reason)


@pytest.fixture(scope="session")
def kafka_needed() -> None:
    """For a test that starts a broker of its own, to break it."""
    _need(kafka.missing())


@pytest.fixture(scope="session")
def postgres_needed() -> None:
    """For a test that starts a PostgreSQL of its own, to break it."""
    _need(postgres.missing())


@pytest.fixture(scope="session")
def curl_needed() -> None:
    """For a test that does what a document tells its reader to do."""
    _need(None if shutil.which("curl") else "the guides are followed with curl: install it")


@pytest.fixture(scope="session")
def kafka_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the address of a real broker; tests name their topics apart."""
    _need(kafka.missing())
    with kafka.running_kafka(tmp_path_factory.mktemp("kafka")) as broker:
        yield broker.bootstrap


@pytest.fixture
def empty_kafka(kafka_address: str) -> str:
    """The address of the real broker, without any topic of a hub's: its names are always the same."""
    admin = KafkaAdminClient(bootstrap_servers=kafka_address)
    there = [name for name in admin.list_topics() if name.startswith("hub.")]
    if there:
        admin.delete_topics(there)
        deadline = time.monotonic() + 30
        while any(name in admin.list_topics() for name in there):
            assert time.monotonic() < deadline, "the broker keeps topics that were deleted"
    admin.close()
    return kafka_address


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.PostgresServer]:
    _need(postgres.missing())
    with postgres.running_postgres() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: postgres.PostgresServer) -> str:
    """The URL of an empty database on the real server."""
    return new_database(postgres_server.url)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'hub.sqlite'}"


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest) -> str:
    """Each database in turn: what holds on one has to hold on the other."""
    url: str = request.getfixturevalue(
        f"{'postgres' if request.param == 'postgresql' else 'sqlite'}_url"
    )
    return url


def new_database(server_url: str) -> str:
    name = f"hub_{uuid.uuid4().hex[:12]}"
    engine = sa.create_engine(server_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as conn:
        conn.execute(sa.text(f"create database {name}"))
    engine.dispose()
    return server_url.rsplit("/", 1)[0] + "/" + name


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever the order, the spine comes first: where it breaks, nothing else is worth knowing."""
    items.sort(key=lambda item: "test_spine" not in item.nodeid)
