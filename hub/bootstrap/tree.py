"""All processes of a hub in one tree: what dies is started again, and all end together.

Children stay in our process group, so that whoever ends the group ends all. They end with us even if
we are killed: `parent.py`.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hub.bootstrap.connectors import formats_of
from hub.bootstrap.log import log
from hub.settings import SUPERVISED, Settings

LOOK_S = 0.1
FIRST_S, MOST_S = 0.5, 30.0
"""How long the first and how long the longest pause is before a process is started again."""
STEADY_S = 60.0
"""Who lived so long begins with the first pause again."""
STOP_S = 10.0
"""How long processes may take to finish what they are at, once asked to stop."""


class InboxUnusable(Exception):
    """The folder of inboxes is not as it should be. The text says what to do."""


@dataclass(frozen=True, slots=True)
class Part:
    """One process: a name for the log, and the command that it runs."""

    name: str
    arguments: tuple[str, ...]


def connector_parts(inboxes: Path) -> list[Part]:
    """Give a connector for each subfolder, which bears its agency's id as in `hub demo`'s county.

    Raises:
        InboxUnusable: no such folder, or a subfolder is no inbox of an agency that has a connector.
        ConnectorUnknown: likewise.
    """
    if not inboxes.is_dir():
        raise InboxUnusable(
            "the folder of inboxes is not there: make it, with one folder an agency"
        )
    folders = sorted(each for each in inboxes.iterdir() if each.is_dir())
    for each in folders:
        formats_of(each.name)
    return [
        Part(f"connector {each.name}", ("connector", "run", each.name, "--inbox", str(each.absolute())))
        for each in folders
    ]  # fmt: skip


def environment_of(
    settings: Settings, environment: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """Give what children are told: our settings, and that they are to end with us.

    Not as arguments: a database's URL may hold a password, and arguments are for all to see.
    """
    ours = {"HUB_DB": settings.db, "HUB_LOG": settings.log, "HUB_HOME": str(settings.home)}
    return {**environment, **ours, SUPERVISED: "1"}


def run_tree(
    parts: Sequence[Part], environment: Mapping[str, str], is_done: Callable[[], bool]
) -> None:
    """Keep all of these running until told to stop; then end all of them."""
    children = [_Child(part, environment) for part in parts]
    try:
        while not is_done():
            for child in children:
                child.look(time.monotonic())
            time.sleep(LOOK_S)
    finally:
        _end(children)


class _Child:
    """A process, and when it is to be started again."""

    def __init__(self, part: Part, environment: Mapping[str, str]) -> None:
        self.part, self._environment = part, environment
        self.process: subprocess.Popen[bytes] | None = None
        self._pause, self._due, self._since = FIRST_S, 0.0, 0.0

    def look(self, now: float) -> None:
        """Start it if it is time; note it if it ended."""
        if self.process is not None and self.process.poll() is not None:
            if now - self._since > STEADY_S:
                self._pause = FIRST_S
            log.warning("ended", process=self.part.name, count=self.process.returncode)
            self._forget()
            self._due, self._pause = now + self._pause, min(MOST_S, 2 * self._pause)
        if self.process is None and now >= self._due:
            self.process = self._started()
            self._since = now
            log.info("started", process=self.part.name)

    def _started(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "hub", *self.part.arguments],
            env=dict(self._environment),
            stdin=subprocess.PIPE,  # its other end is ours alone, so it tells when we are gone
            stdout=sys.stderr.fileno(),
        )

    def _forget(self) -> None:
        if self.process is not None and self.process.stdin is not None:
            self.process.stdin.close()
        self.process = None

    def end(self, deadline: float) -> None:
        """Wait until it ended; after the deadline, end it."""
        if self.process is None:
            return
        try:
            self.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            log.warning("killed", process=self.part.name)
            self.process.kill()
            self.process.wait()
        self._forget()


def _end(children: Sequence[_Child]) -> None:
    for child in children:
        if child.process is not None:
            child.process.terminate()
    deadline = time.monotonic() + STOP_S
    for child in children:
        child.end(deadline)
