"""Run chosen tests against a copy of the hub with one change in it.

The tests that have to see the change are named beside it, so that it is known what each of them is for,
and so that a hundred changes take a minute.
"""

import multiprocessing
import os
import shutil
import sys
import tomllib
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LISTS = Path(__file__).parent / "lists"

COPIED = ("hub", "policies", "schemas", "tests")
LEFT = shutil.ignore_patterns("conftest.py", "mutants")
"""The real parts of `tests/conftest.py` are not wanted here, and take long to import."""

CONFIG = """\
[pytest]
pythonpath = .
markers = assure
filterwarnings = error
"""
STEADY = """\
from hypothesis import Phase, settings

PHASES = (Phase.explicit, Phase.generate)
settings.register_profile("steady", derandomize=True, deadline=None, phases=PHASES)
settings.load_profile("steady")
"""
"""The same examples each time, and none is made smaller once one has failed."""

ALL_WELL, FAILED = 0, 1
"""How pytest ends. Anything else is a test that could not be run, and shows nothing."""
NOT_RUN = 99
LONGEST_SECONDS = 120
SAID, CODE = "said.txt", "code.txt"
"""What pytest said and how it ended. Files, for two threads that look after processes take each other's exit code."""

_NURSERY = multiprocessing.get_context("forkserver")
_NURSERY.set_forkserver_preload(["pytest", "hypothesis", "fastavro"])


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change to the code: `before`, which stands once in `file`, becomes `after`.

    `breaks` says what is then wrong; `killers` are tests of which one has to see it.
    """

    file: str
    breaks: str
    before: str
    after: str
    killers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ended:
    """How pytest ended, and what it said."""

    code: int
    said: str


def mutants() -> list[Mutant]:
    """Read every list there is: `lists/disclose/plan.toml` is of `hub/disclose/plan.py`."""
    return [
        Mutant(f"hub/{path.relative_to(LISTS).with_suffix('.py').as_posix()}", **_told(each))
        for path in sorted(LISTS.rglob("*.toml"))
        for each in tomllib.loads(path.read_text("utf-8"))["mutant"]
    ]


def _told(table: dict[str, str | list[str]]) -> dict[str, object]:
    return table | {"killers": tuple(f"tests/unit/{each}" for each in table["killers"])}


def copy_of_the_hub(folder: Path) -> Path:
    """Copy what the tests need, and how pytest is to run them."""
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=LEFT)
    (folder / "pytest.ini").write_text(CONFIG, "utf-8")
    (folder / "conftest.py").write_text(STEADY, "utf-8")
    return folder


def trial(mutant: Mutant, pristine: Path, folder: Path) -> Ended:
    """Change one file of a fresh copy, whose others are those of the pristine one, and run the killers."""
    shutil.copytree(
        pristine, folder, copy_function=os.link, ignore=shutil.ignore_patterns(SAID, CODE)
    )
    file = folder / mutant.file
    text = file.read_text("utf-8")
    file.unlink()  # the pristine copy keeps its own
    file.write_text(changed(text, mutant), "utf-8")
    ended = run(folder, mutant.killers)
    shutil.rmtree(folder)
    return ended


def changed(text: str, mutant: Mutant) -> str:
    if text.count(mutant.before) != 1:
        raise AssertionError(f"{mutant.file} has {text.count(mutant.before)} of: {mutant.before}")
    return text.replace(mutant.before, mutant.after)


def run(folder: Path, tests: tuple[str, ...]) -> Ended:
    """Run tests in a copy, in a process of its own that has the libraries loaded and nothing of the hub."""
    process = _NURSERY.Process(target=_born, args=(folder, tests))
    process.start()
    process.join(LONGEST_SECONDS)
    if process.is_alive():
        process.kill()
    process.join()
    said, code = folder / SAID, folder / CODE
    ended = int(code.read_text("utf-8")) if code.exists() else NOT_RUN
    return Ended(ended, said.read_text("utf-8")[-3000:])


def _born(folder: Path, tests: tuple[str, ...]) -> None:
    """Become pytest in a copy: `hub` is the one that lies there, and not the one that is installed."""
    os.environ.pop("ASSURE", None)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    try:
        with Path(SAID).open("w", encoding="utf-8") as said, redirect_stdout(said):
            ended = pytest.main(["-x", "-q", "-p", "no:cacheprovider", *tests])
        if Path(sys.modules["hub"].__file__ or "").is_relative_to(folder):
            Path(CODE).write_text(str(int(ended)), "utf-8")
    finally:
        os._exit(0)
