"""Print, of requirements.lock, only what the hub itself needs: an image wants no tests and no Java.

    python .ci/runtime_lock.py requirements.lock

It has to run where all of the lock and the hub are installed, and follows what each distribution says
that it needs. Versions and hashes are those of the one lock.
"""

import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

HUB = "safeguarding-hub"


def needed(name: str, extras: Iterable[str], seen: set[str]) -> Iterator[str]:
    """Give the names of all that a distribution needs here, directly or not."""
    key = f"{canonicalize_name(name)}[{','.join(sorted(extras))}]"
    if key in seen:
        return
    seen.add(key)
    yield canonicalize_name(name)
    for text in requires(name) or ():
        found = Requirement(text)
        marker = found.marker
        if marker is None or any(marker.evaluate({"extra": each}) for each in ("", *extras)):
            yield from needed(found.name, found.extras, seen)


def entries(lock: str) -> Iterator[tuple[str, str]]:
    """Give each entry of a lock: the distribution's name, and its lines."""
    lines: list[str] = []
    for line in (*lock.splitlines(), "end"):
        if lines and not line.startswith(" "):
            yield canonicalize_name(lines[0].partition("==")[0]), "\n".join(lines)
            lines = []
        lines.append(line)


def main() -> None:
    try:
        wanted = set(needed(HUB, (), set()))
    except PackageNotFoundError as missing:
        sys.exit(f"not installed: {missing.name}. Install requirements.lock and the hub first")
    for name, text in entries(Path(sys.argv[1]).read_text("utf-8")):
        if name in wanted:
            print(text)  # noqa: T201 - what it is for


if __name__ == "__main__":
    main()
