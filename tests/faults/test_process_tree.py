"""`hub run`: one tree of real processes, whatever is killed in it, and nobody left when it ends."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import sqlalchemy as sa

from tests.harness import Child, Parts, children, hub, until
from tests.journeys.test_spine import write_row
from tests.real_parts.ports import free_ports

AGENCY = "fenmarch-police"
NAMES = {f"connector run {AGENCY}", "ingest run", "relay run", "serve"}


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    found = Parts(f"sqlite:///{tmp_path / 'hub.sqlite'}", "", tmp_path / "home")
    hub(found, "db", "upgrade")
    hub(found, "topics", "apply")
    (tmp_path / "inboxes").mkdir()
    return found


@pytest.fixture
def tree(parts: Parts, tmp_path: Path) -> Iterator[Child]:
    write_row(tmp_path / "inboxes" / AGENCY)
    port, admin = map(str, free_ports(2))
    where = ("--inbox", tmp_path / "inboxes", "--port", port, "--admin-port", admin)
    with children(parts, tmp_path, ("run", *where)) as (found,):
        until(lambda: set(members(found)) >= NAMES, seconds=30, what="all processes")
        yield found


def members(tree: Child) -> dict[str, psutil.Process]:
    """Give the processes below, by what they run."""
    assert tree.process is not None
    found = {}
    for each in psutil.Process(tree.process.pid).children(recursive=True):
        try:
            words = each.cmdline()
        except psutil.NoSuchProcess:
            continue
        if "hub" in words:
            found[" ".join(words[words.index("hub") + 1 :]).partition(" --")[0]] = each
    return found


def are_gone(processes: dict[str, psutil.Process]) -> bool:
    return not any(each.is_running() and each.status() != "zombie" for each in processes.values())


def kept(parts: Parts) -> int:
    engine = sa.create_engine(parts.db)
    with engine.connect() as conn:
        count = conn.exec_driver_sql("select count(*) from outbox where seq is not null").scalar()
    engine.dispose()
    return count or 0


def test_what_is_killed_comes_back_and_all_end_together(tree: Child, parts: Parts) -> None:
    before = members(tree)
    assert tree.process is not None
    assert {os.getpgid(each.pid) for each in before.values()} == {os.getpgid(tree.process.pid)}

    for each in before.values():
        each.kill()
    gone = {each.pid for each in before.values()}
    until(
        lambda: {name for name, each in members(tree).items() if each.pid not in gone} >= NAMES,
        seconds=30,
        what="all of them again",
    )
    after = members(tree)
    until(lambda: kept(parts) > 0, seconds=60, what="the row at its recipient")

    assert not gone & {each.pid for each in after.values()}
    began = time.monotonic()
    tree.process.send_signal(signal.SIGTERM)
    assert tree.process.wait(15) == 0
    assert time.monotonic() - began < 8
    assert are_gone(after)


def test_nobody_is_left_when_the_first_one_is_killed(tree: Child) -> None:
    below = members(tree)

    tree.kill()

    until(lambda: are_gone(below), seconds=15, what="no orphan")


def test_an_inbox_of_nobody_is_wrong_use(parts: Parts, tmp_path: Path) -> None:
    (tmp_path / "inboxes" / "nobody").mkdir()

    hub(parts, "run", "--inbox", tmp_path / "inboxes", code=2)
    hub(parts, "run", "--inbox", tmp_path / "elsewhere", code=2)
