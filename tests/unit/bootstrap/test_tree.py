"""How a process is started again, and how one ends that was orphaned, whatever it is at."""

import os
import subprocess
import sys
from pathlib import Path

from hub.bootstrap import tree
from hub.bootstrap.parent import ORPHANED
from hub.bootstrap.tree import Part, environment_of
from hub.settings import SUPERVISED, settings

FAILS = Part("fails", ("no-such-noun",))
STUCK = """
import signal, sys, time
from hub.bootstrap import parent
parent.STOP_S = 0.1
signal.signal(signal.SIGTERM, signal.SIG_IGN)
parent.end_with_parent()
print("up", flush=True)
time.sleep(60)
"""


def end(child: tree._Child) -> None:
    assert child.process is not None
    child.process.wait(20)


def test_the_pause_before_a_process_is_started_again_grows() -> None:
    child = tree._Child(FAILS, dict(os.environ))

    now, pauses = 0.0, []
    for _ in range(2):
        child.look(now)
        end(child)
        child.look(now)
        began = now
        while child.process is None:
            now += tree.FIRST_S / 2
            child.look(now)
        pauses.append(now - began)
    end(child)
    child._forget()

    assert pauses == [tree.FIRST_S, 2 * tree.FIRST_S]


def test_one_that_was_steady_begins_with_the_first_pause_again() -> None:
    child = tree._Child(FAILS, dict(os.environ))
    child._pause = tree.MOST_S
    child.look(0.0)
    end(child)

    child.look(tree.STEADY_S + 1)
    child.look(tree.STEADY_S + 1 + tree.FIRST_S)

    assert child.process is not None
    end(child)
    child._forget()


def test_one_that_does_not_stop_when_its_parent_is_gone_is_ended() -> None:
    orphan = subprocess.Popen(
        [sys.executable, "-c", STUCK],
        env={**os.environ, SUPERVISED: "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert orphan.stdin is not None
    assert orphan.stdout is not None
    assert orphan.stdout.readline() == b"up\n"

    orphan.stdin.close()

    assert orphan.wait(20) == ORPHANED
    orphan.stdout.close()


def test_children_are_told_where_everything_is_and_not_in_their_arguments(tmp_path: Path) -> None:
    ours = settings(db="postgresql://hub:secret@127.0.0.1/hub", home=str(tmp_path), environment={})

    told = environment_of(ours, {"PATH": "x", "HUB_DB": "another"})

    assert settings(environment=told) == ours
    assert told["PATH"] == "x"
    assert told[SUPERVISED] == "1"
