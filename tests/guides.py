"""Do what a guide tells its reader to do: every line of it, in one shell, in an empty folder.

A guide becomes a script that has the guide's own lines at the guide's own numbers, so that a line which
fails is named as the reader counts it. What it says will be printed is compared with what was.
"""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from tests.harness import STARTING

FENCE = "```"
NAMED = re.compile(r"`([a-z_]+\.py)`[^`]*:$")
MARK = "-- line "
END = "END_OF_GUIDE_FILE"
SHORT = "…"
LONGEST_S = 150


@dataclass(frozen=True)
class Block:
    """A fenced block: its first fence is at `line`. `file` is the name under which the reader saves it."""

    line: int
    kind: str
    lines: tuple[str, ...]
    file: str = ""


def blocks_of(text: str) -> list[Block]:
    """Give the fenced blocks of a guide.

    Raises:
        ValueError: one of them would be left out, or its place in the text makes no sense.
    """
    found: list[Block] = []
    lines, at = text.splitlines(), 0
    while at < len(lines):
        if lines[at].startswith(FENCE):
            end = lines.index(FENCE, at + 1)
            said_before = next((each for each in reversed(lines[:at]) if each), "")
            found.append(_block(at, lines[at:end], said_before, found[-1:]))
            at = end
        at += 1
    return found


def _block(at: int, lines: list[str], said_before: str, before: list[Block]) -> Block:
    block = Block(at + 1, lines[0].removeprefix(FENCE), tuple(lines[1:]))
    if block.kind == "python" and (name := NAMED.search(said_before)):
        return Block(block.line, block.kind, block.lines, name[1])
    if block.kind == "text" and before and before[0].kind == "sh":
        return block
    if block.kind == "sh":
        return block
    raise ValueError(f"line {at + 1}: neither run, nor saved under a name, nor what was printed")


def script_of(blocks: list[Block]) -> str:
    """Write the blocks as one shell script, each line under its number."""
    lines: dict[int, str] = {}
    for block in blocks:
        last = block.line + len(block.lines) + 1
        if block.kind == "text":
            continue
        first = f"echo '{MARK}{block.line}'"
        if block.file:
            lines[last] = END
            first = f"cat > {block.file} <<'{END}'"
        lines[block.line] = first
        lines |= dict(enumerate(block.lines, block.line + 1))
    return "\n".join(lines.get(number, "") for number in range(1, max(lines) + 1)) + "\n"


def follow(guide: Path, folder: Path, instead: Mapping[str, str]) -> None:
    """Do all of it, with addresses of this run `instead` of those of the text."""
    text = guide.read_text("utf-8")
    for written, meant in instead.items():
        text = text.replace(written, meant)
    blocks = blocks_of(text)
    script, printed = folder / "guide.sh", folder / "printed"
    script.write_text(script_of(blocks), "utf-8")
    place = folder / "reader"
    place.mkdir()
    code, has_left_any = _run(script, place, printed)
    said = printed.read_text("utf-8")
    assert code == 0, f"{guide.name} broke off:\n{said[-4000:]}"
    assert not has_left_any, f"{guide.name} leaves processes behind"
    outputs = outputs_of(said)
    for before, block in pairwise(blocks):
        if block.kind == "text":
            output = outputs[before.line]
            told = f"{guide.name}, line {block.line}, is not what was printed:\n{output}"
            assert is_as_shown(block.lines, output), told


def _run(script: Path, folder: Path, printed: Path) -> tuple[int, bool]:
    """Give how the shell ended, and whether anything that it started goes on."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{STARTING['PATH']}"
    tell = f"set -eo pipefail; trap 'echo \"line $LINENO failed\"' ERR; . {script}"
    with printed.open("wb") as out:
        shell = subprocess.Popen(
            ["/usr/bin/env", "bash", "-c", tell], cwd=folder, env={**STARTING, "PATH": path},
            stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
        )  # fmt: skip
        try:
            code = shell.wait(LONGEST_S)
        finally:
            has_left_any = _end(shell)
    return code, has_left_any


def _end(shell: subprocess.Popen[bytes]) -> bool:
    """End the group of processes that is the shell's; tell whether there was any left."""
    try:
        os.killpg(shell.pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    shell.wait()
    return True


def outputs_of(said: str) -> dict[int, str]:
    """Take apart what was printed, by the lines at which the blocks stand."""
    parts = re.split(rf"{MARK}(\d+)\n", said)[1:]
    return {int(line): output for line, output in zip(parts[::2], parts[1::2], strict=True)}


def is_as_shown(shown: tuple[str, ...], printed: str) -> bool:
    """Compare: `…` stands for anything in a line, and alone in a line for any lines."""
    pattern = "".join(
        r"(?:.*\n)*" if line.strip() == SHORT else ".*".join(map(re.escape, line.split(SHORT))) + r" *\n"
        for line in shown
    )  # fmt: skip
    whole = printed if printed.endswith("\n") else f"{printed}\n"
    return re.fullmatch(pattern, whole) is not None
