"""One county, written once, for all who only read it."""

from datetime import date
from pathlib import Path

import pytest

from hub.synth.truth import Truth, draw_truth
from hub.synth.write import CountySummary, write_county

UNTIL = date(2026, 11, 18)


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, CountySummary]:
    out = tmp_path_factory.mktemp("county") / "out"
    return out, write_county(out, seed=1, people=2000, years=1, until=UNTIL)


@pytest.fixture(scope="session")
def county(written: tuple[Path, CountySummary]) -> Path:
    return written[0]


@pytest.fixture(scope="session")
def truth() -> Truth:
    return draw_truth(1, people=2000, years=1, until=UNTIL)
