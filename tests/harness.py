"""Run the hub as its users do: by its commands, on the parts that a test names."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from hub.cli import main

ROOT = Path(__file__).parents[1]
STARTING = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}


@dataclass(frozen=True)
class Parts:
    """The parts that one hub works with."""

    db: str
    log: str
    home: Path

    @property
    def environment(self) -> dict[str, str]:
        return {**STARTING, **self.named}

    @property
    def named(self) -> dict[str, str]:
        found = {"HUB_DB": self.db, "HUB_LOG": self.log, "HUB_HOME": str(self.home)}
        return {name: value for name, value in found.items() if value}


def hub(parts: Parts, *arguments: str | Path, code: int = 0) -> str:
    """Run one command to its end, in this process (starting one takes half a second); give what it printed."""
    environment = {"HUB_DB": None, "HUB_LOG": None, "HUB_HOME": None, **parts.named}
    done = CliRunner(env=environment).invoke(main, [str(each) for each in arguments])
    told = f"hub {' '.join(map(str, arguments))}: {done.exit_code}\n{done.stdout}\n{done.stderr}"
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise AssertionError(told) from done.exception
    assert done.exit_code == code, told
    return done.stdout


def hub_json(parts: Parts, *arguments: str | Path, code: int = 0) -> Any:
    return json.loads(hub(parts, *arguments, "--json", code=code))


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "hub", *map(str, arguments)]


class Child:
    """A hub process that is killed and started again, as a supervisor would."""

    def __init__(self, parts: Parts, log: Path, *arguments: str | Path) -> None:
        self._parts, self._log, self.arguments = parts, log, arguments
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, unless it runs."""
        if self.process is None or self.process.poll() is not None:
            with self._log.open("ab") as log:
                self.process = subprocess.Popen(
                    command(*self.arguments),
                    env=self._parts.environment,
                    cwd=ROOT,
                    stdout=log,
                    stderr=log,
                )

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def has_ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None


@contextmanager
def children(
    parts: Parts, folder: Path, *commands: tuple[str | Path, ...]
) -> Iterator[list[Child]]:
    """Give running hub processes; they are ended by their process ids."""
    found = [
        Child(parts, folder / f"child-{index}.log", *each) for index, each in enumerate(commands)
    ]
    try:
        for child in found:
            child.start()
        yield found
    finally:
        for child in found:
            child.kill()


def until(condition: Callable[[], bool], *, seconds: float, what: str) -> None:
    """Wait for a condition that is promised to come true; fail when it does not."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.1)
