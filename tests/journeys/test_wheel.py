"""What is installed from a wheel is whole: schemas, policies, mappings and migrations come with it."""

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

from tests.harness import ROOT, STARTING


def test_the_demonstration_runs_from_a_wheel_alone(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*build, "--wheel-dir", tmp_path, ROOT], check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")

    path = os.pathsep.join([str(tmp_path / "site"), sysconfig.get_paths()["purelib"]])
    done = subprocess.run(
        [sys.executable, "-S", "-m", "hub", "demo", "--once", "--json", "--people", "60"],
        env=STARTING | {"PYTHONPATH": path},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert '"fingerprint"' in done.stdout
