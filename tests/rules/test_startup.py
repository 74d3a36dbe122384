"""A command loads what it works with and no more: people and tests start `hub` hundreds of times."""

import subprocess
import sys

import click
import pytest

from hub.cli import NOUNS, main
from tests.harness import ROOT, Parts, hub

HEAVY = frozenset(
    {
        "alembic", "authlib", "avro", "cryptography", "faker", "fastapi", "fastavro",
        "govuk_bank_holidays", "joserfc", "kafka", "limits", "prometheus_client", "psycopg",
        "pydantic", "requests", "rich", "sqlalchemy", "starlette", "structlog", "uvicorn",
    }
)  # fmt: skip
FILES = frozenset({"fastavro"})
DATABASE = FILES | {"sqlalchemy"}
LOGS = DATABASE | {"structlog", "rich"}
"""structlog takes rich along where it is installed, as it is with the tools for development."""
SIGNS = DATABASE | {"joserfc", "cryptography"}
ASKED = ("--as", "joe@fenmarch-police", "--purpose", "safeguarding")
NOBODY = "00000000-0000-4000-8000-000000000000"

MAY_LOAD: dict[str, frozenset[str]] = {
    "--help": frozenset(),
    "synth --help": frozenset({"faker"}),
    "agencies list": FILES,
    "policy test": FILES,
    "policy lint": FILES,
    "chronology --help": FILES,
    "schema check": FILES | {"avro"},
    "db check": DATABASE,
    "doctor": DATABASE,
    "topics apply": DATABASE,
    "topics list": DATABASE,
    f"person explain {NOBODY} {' '.join(ASKED)}": DATABASE,
    f"review list {' '.join(ASKED)}": DATABASE,
    f"agenda show {NOBODY} {' '.join(ASKED)}": DATABASE,
    f"case show {NOBODY} {' '.join(ASKED)}": DATABASE,
    "connector --help": DATABASE,
    "dead-letters list": LOGS,
    "ingest run --once": LOGS,
    "relay run --once": LOGS,
    "run --help": LOGS,
    "clients list": SIGNS,
    "token --help": SIGNS | {"authlib"},
    "db upgrade": DATABASE | {"alembic"},
}


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A hub whose database and topics are there."""
    parts = Parts("", "", tmp_path_factory.mktemp("home"))
    hub(parts, "db", "upgrade")
    hub(parts, "topics", "apply")
    return parts.environment


def loaded(words: str, environment: dict[str, str]) -> set[str]:
    """Run a command to its end, and give the packages that were loaded for it."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "hub", *words.split()],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "Traceback" not in done.stderr, done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rsplit("|", 1)[1].strip().split(".")[0] for line in lines}


@pytest.mark.parametrize("words", MAY_LOAD)
def test_a_command_loads_no_more_than_it_works_with(
    words: str, environment: dict[str, str]
) -> None:
    found = loaded(words, environment)

    assert {"click", "hub"} <= found
    assert found & HEAVY <= MAY_LOAD[words]


def test_what_is_loaded_is_seen(environment: dict[str, str]) -> None:
    assert loaded("ingest run --once", environment) & HEAVY >= DATABASE
    assert "alembic" in loaded("db upgrade", environment)
    assert "kafka" in loaded("doctor --log kafka://127.0.0.1:1", environment)


@pytest.mark.parametrize("noun", NOUNS)
def test_a_noun_is_listed_with_its_own_words(noun: str) -> None:
    found = main.get_command(click.Context(main), noun)

    assert found is not None
    assert found.help is not None
    assert NOUNS[noun] == " ".join(found.help.split("\n\n")[0].split())
