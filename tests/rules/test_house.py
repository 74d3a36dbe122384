"""The house rules that no other tool holds the code to."""

import importlib
import json
import pkgutil
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import sqlalchemy as sa

import hub.store
from hub.bootstrap.county import load_county
from hub.cli import main
from hub.disclose.view import disclosed_schema
from hub.store import schema
from hub.store.engine import open_engine
from hub.store.metadata import metadata
from hub.stream import sql_log
from hub.stream.registry import event_names, fingerprint
from hub.synth.examples import from_json, to_json
from tests.harness import ROOT

MOST_LINES = 400
EXAMPLES = ("full", "smallest")
A_HOME = str(Path("/") / "home" / "ann")
NO_NAMES = re.compile(r"utils?|common|managers?|helpers?|misc")

COUNTY = load_county()

_ROOTS = "home|root|Users|work|opt|srv|mnt|data"
_MACHINE = rf"""(?:^|[\s"'`=:(\[])/(?:{_ROOTS})/[\w.]"""
_HOSTS = "|".join(
    "".join(parts)
    for parts in (
        ("pypi", r"\.org"),
        ("python", r"hosted\.org"),
        ("repo1?", r"\.maven"),
        ("maven", r"\.org"),
        ("npm", r"js\.(?:org|com)"),
        ("registry", r"\.(?:npm|yarn|docker)"),
        ("proxy", r"\.golang"),
        ("arti", "factory"),
        ("sona", r"type\.(?:org|com)"),
    )
)
FORBIDDEN = re.compile(f"{_MACHINE}|{_HOSTS}", re.MULTILINE | re.IGNORECASE)
"""Put together out of parts, so that this file does not hold what it looks for."""


def our_files() -> list[Path]:
    """Give every file that is, or would be, committed."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],  # noqa: S607 - whichever git made the clone
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def commands(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            each = command.get_command(context, name)
            assert each is not None, f"{path} lists {name} and does not have it"
            yield from commands(each, f"{path} {name}")


def test_every_table_has_a_retention_rule() -> None:
    for module in pkgutil.iter_modules(hub.store.__path__):
        importlib.import_module(f"hub.store.{module.name}")

    without = [
        table.name for table in metadata.tables.values() if not table.info.get("retention", "")
    ]

    assert len(metadata.tables) > 10
    assert not without


def test_every_table_of_a_database_is_one_that_has_a_rule(tmp_path: Path) -> None:
    """The embedded log's tables hold topics, and each topic states for how many days."""
    engine = open_engine(f"sqlite:///{tmp_path / 'hub.sqlite'}")
    schema.upgrade(engine)

    there = set(sa.inspect(engine).get_table_names()) - {"alembic_version"}
    engine.dispose()

    assert there == {*metadata.tables, *sql_log.metadata.tables}
    assert all(topic.retention_days > 0 for topic in COUNTY.topics)


@pytest.mark.parametrize("name", event_names(COUNTY.registry))
@pytest.mark.parametrize("example", EXAMPLES)
def test_every_event_has_both_examples_and_they_encode(name: str, example: str) -> None:
    registered = COUNTY.registry.latest[name]
    text = (ROOT / "schemas" / name / "examples" / f"{example}.json").read_text("utf-8")

    body = from_json(registered.schema, text)

    assert COUNTY.codec.decode(COUNTY.codec.encode(registered, body)) == body
    assert json.loads(to_json(body)) == json.loads(text)


@pytest.mark.parametrize("name", event_names(COUNTY.registry))
def test_every_version_of_an_event_has_a_disclosed_view_with_an_id(name: str) -> None:
    ids = json.loads((ROOT / "schemas" / "ids.json").read_text("utf-8"))

    for version in COUNTY.registry.versions(name):
        view = COUNTY.registry.view_of(version)

        assert view.schema == disclosed_schema(version.schema)
        assert ids[fingerprint(view.text)] == view.id
        assert COUNTY.registry.by_id[view.id] == view


def test_no_id_of_a_schema_was_given_twice() -> None:
    ids = json.loads((ROOT / "schemas" / "ids.json").read_text("utf-8"))

    assert sorted(ids.values()) == list(range(1, len(ids) + 1))


def test_no_module_is_longer_than_can_be_read_at_once() -> None:
    lengths = {
        file.relative_to(ROOT).as_posix(): len(file.read_text("utf-8").splitlines())
        for folder in ("hub", "connectors", "schemas")
        for file in (ROOT / folder).rglob("*.py")
    }

    assert len(lengths) > 100
    assert not {name: count for name, count in lengths.items() if count > MOST_LINES}


def test_no_module_is_a_drawer_for_everything() -> None:
    names = {
        part
        for folder in ("hub", "connectors")
        for file in (ROOT / folder).rglob("*.py")
        for part in re.split(r"[_/]", file.relative_to(ROOT).with_suffix("").as_posix())
    }

    assert not {name for name in names if NO_NAMES.fullmatch(name)}


@pytest.mark.parametrize(
    ("path", "command"),
    list(commands(main, "hub")),
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_every_command_says_what_it_does(path: str, command: click.Command) -> None:
    assert (command.help or "").strip(), path


@pytest.mark.parametrize(
    ("path", "command"),
    list(commands(main, "hub")),
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_a_command_has_the_name_of_its_place(path: str, command: click.Command) -> None:
    """Else the help of a group lists a name that nobody can type."""
    assert re.fullmatch(r"hub( [a-z]+(-[a-z]+)*)*", path)
    assert path == "hub" or path.rsplit(maxsplit=1)[-1] == command.name


def test_nothing_tells_on_which_machine_it_was_written() -> None:
    found = []
    for file in our_files():
        try:
            text = file.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        found += [
            f"{file.relative_to(ROOT)}:{text.count(chr(10), 0, each.start()) + 1}"
            for each in FORBIDDEN.finditer(text)
        ]

    assert not found


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        (A_HOME, True),
        (f"path = '{A_HOME}/.venv'", True),
        ("DIR/home and hub-demo/home/hub.sqlite", False),
        ("index at py" + "pi.org", True),
        ("#!/usr/bin/env bash", False),
    ],
)
def test_a_path_of_a_machine_would_be_found(text: str, is_found: bool) -> None:
    assert (FORBIDDEN.search(text) is not None) is is_found
