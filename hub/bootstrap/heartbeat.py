"""A file that a process touches whenever it got on, so that a supervisor sees that it works.

In the data folder and not over the network: a connector, ingest and the relay listen nowhere.
"""

import time
from pathlib import Path

FOLDER = "alive"
WITHIN_S = 60.0
"""Older than this is no sign of life."""


def beat(home: Path, process: str) -> None:
    file = _file(home, process)
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    file.touch(mode=0o600)


def is_beating(home: Path, process: str, within_s: float = WITHIN_S) -> bool:
    try:
        return time.time() - _file(home, process).stat().st_mtime <= within_s
    except FileNotFoundError:
        return False


def _file(home: Path, process: str) -> Path:
    return home / FOLDER / process.replace(" ", "-")
