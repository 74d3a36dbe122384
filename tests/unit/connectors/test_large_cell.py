import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.connectors.exports import INCIDENTS, export, heading_of

PROGRAM = """
import sys
from pathlib import Path
from connectors.registry import agencies
from connectors.run import run_once
from tests.unit.connectors.exports import FENMARCH, RECEIVED_AT, MemoryLog

folder = Path(sys.argv[1])
log = MemoryLog()
report = run_once(
    FENMARCH, agencies()[FENMARCH], folder / "inbox", folder / "home", log, lambda: RECEIVED_AT
)
assert report.dead_letters == {"too_large": 1}, report.dead_letters
assert [each.key for each in log.events] == [b"OCC1", b"OCC2"]
status = Path("/proc/self/status").read_text()
print(int(status.split("VmHWM:")[1].split()[0]) // 1024)
"""


@pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="the peak of one program is known on Linux alone"
)
def test_a_cell_of_50_mb_is_one_dead_letter_in_less_than_300_mb(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    first, second = ({"reference": name} for name in ("OCC1", "OCC2"))
    large = export(INCIDENTS, {"account": "x,y"}).replace(b"x,y", b"x" * 50_000_000)
    rows = (export(INCIDENTS, first), large, export(INCIDENTS, second))
    data = heading_of(INCIDENTS) + b"".join(row.removeprefix(heading_of(INCIDENTS)) for row in rows)
    (tmp_path / "inbox" / "incidents.csv").write_bytes(data)

    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path)],
        cwd=Path(__file__).parents[3],
        check=True,
        capture_output=True,
        text=True,
    )

    assert int(done.stdout) < 300
    (kept,) = (tmp_path / "home" / "oversize").iterdir()
    assert kept.read_bytes() == large
