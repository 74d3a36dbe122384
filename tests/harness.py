"""Run the hub as its users do: `hub` commands as processes of their own, on the parts a test names."""

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
        named = {"HUB_DB": self.db, "HUB_LOG": self.log, "HUB_HOME": str(self.home)}
        return {**STARTING, **{name: value for name, value in named.items() if value}}


def hub(parts: Parts, *arguments: str | Path, code: int = 0, timeout: float = 120) -> str:
    """Run one command to its end; give its standard output."""
    done = subprocess.run(
        command(*arguments),
        env=parts.environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert done.returncode == code, (
        f"hub {' '.join(map(str, arguments))}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    )
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
