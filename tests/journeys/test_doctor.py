"""`hub doctor` finds what is broken, names it, and finds nothing else."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.bootstrap import doctor
from hub.bootstrap.clock import utc_now
from hub.bootstrap.county import load_county
from hub.bootstrap.doctor import examine
from hub.settings import settings as read_settings
from hub.store import dead_letters, settings
from hub.store.engine import open_engine
from hub.store.ledger import changed
from hub.stream import kafka_log, sql_log
from tests.harness import Parts, hub, hub_json
from tests.real_parts.ports import free_ports

AT = ("--as-of", "2026-11-24T09:00:00Z")


@pytest.fixture(scope="module")
def well(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a hub in which all is well, to be copied."""
    home = tmp_path_factory.mktemp("well")
    found = parts_in(home)
    hub(found, "db", "upgrade")
    hub(found, "topics", "apply")
    hub(found, "ingest", "run", "--once", *AT)
    return home


def parts_in(home: Path) -> Parts:
    return Parts(f"sqlite:///{home / 'hub.sqlite'}", "", home)


@pytest.fixture
def parts(well: Path, tmp_path: Path) -> Parts:
    home = tmp_path / "home"
    shutil.copytree(well, home)
    home.chmod(0o700)
    return parts_in(home)


def wrong(parts: Parts, *arguments: str, code: int = 1) -> set[str]:
    document = hub_json(parts, "doctor", *(arguments or AT), code=code)
    found = {each["name"] for each in document["checks"] if not each["ok"]}
    assert document["ok"] == (not found)
    assert all(bool(each["remedy"]) != each["ok"] for each in document["checks"])
    return found


def test_a_hub_that_is_well_has_nothing_wrong(parts: Parts) -> None:
    assert wrong(parts, code=0) == set()


def set_(name: str, value: str) -> Callable[[sa.Engine], None]:
    def change(engine: sa.Engine) -> None:
        with engine.begin() as conn:
            settings.write(conn, name, value)

    return change


def enter_tomorrow(engine: sa.Engine) -> None:
    with engine.begin() as conn:
        changed(
            conn, at_ms=1_795_600_000_000, kind="retracted", principal="x@y", reason="", policy_version=""
        )  # fmt: skip


def set_aside(engine: sa.Engine) -> None:
    texts = {c.name: "" for c in dead_letters.dead_letter.columns if isinstance(c.type, sa.Text)}
    row = {**texts, "key": b"", "value": b"", "received_ms": 0, "attempts": 0, "status": "open"}
    with engine.begin() as conn:
        conn.execute(dead_letters.dead_letter.insert(), row)


def drop_a_topic(engine: sa.Engine) -> None:
    with engine.begin() as conn:
        is_hers = sql_log.partitions.c.topic.like("hub.out.fenmarch-idva%")
        conn.execute(sql_log.partitions.delete().where(is_hers))


BROKEN = {
    "another policy": (set_(settings.POLICY, "another"), {"policy"}),
    "a policy that comes into force": (set_(settings.COMES_INTO_FORCE, "register "), {"policy"}),
    "the ledger is ahead": (enter_tomorrow, {"clock"}),
    "a dead letter": (set_aside, {"dead-letters"}),
    "a topic is missing": (drop_a_topic, {"log"}),
}


@pytest.mark.parametrize(("change", "named"), BROKEN.values(), ids=BROKEN)
def test_what_is_broken_in_the_database_is_named(
    parts: Parts, change: Callable[[sa.Engine], None], named: set[str]
) -> None:
    engine = open_engine(parts.db)
    change(engine)
    engine.dispose()

    assert wrong(parts) == named


def test_a_folder_that_others_can_read_is_named(parts: Parts) -> None:
    parts.home.chmod(0o750)

    assert wrong(parts) == {"home"}


def test_a_full_disk_is_named(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "FREE_BYTES", shutil.disk_usage(parts.home).total * 2)

    assert wrong(parts) == {"disk"}


def test_permits_are_named_a_month_before_they_end(parts: Parts) -> None:
    first = min(rule.review_by for rule in load_county().bundle.rules if rule.effect == "permit")

    assert "permits" in wrong(parts, "--as-of", f"{first}T09:00:00Z")


def test_without_a_database_all_that_needs_it_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka_log, "CONNECT_MS", 200)
    tmp_path.chmod(0o700)
    (port,) = free_ports(1)
    found = Parts(f"sqlite:///{tmp_path / 'none.sqlite'}", f"kafka://127.0.0.1:{port}", tmp_path)

    assert wrong(found) == {"database", *doctor.NEED_DATABASE, "log"}
    assert not (tmp_path / "none.sqlite").exists()


def test_on_real_parts_it_looks_at_both(
    empty_kafka: str, postgres_url: str, tmp_path: Path
) -> None:
    tmp_path.chmod(0o700)
    parts = Parts(postgres_url, f"kafka://{empty_kafka}", tmp_path)
    options = read_settings(db=parts.db, log=parts.log, home=str(tmp_path), environment={})

    def named() -> set[str]:
        """What is wrong now, by the real clock; permits end in their time."""
        return {each.name for each in examine(options, utc_now()) if not each.ok} - {"permits"}

    assert named() == {"database", *doctor.NEED_DATABASE, "log"}

    hub(parts, "db", "upgrade")
    hub(parts, "topics", "apply")

    assert named() == set()
