"""Examine a hub: each check says whether it is well, and what to do if it is not.

A check that cannot be made is not well. No check changes anything, and none tells a value.
"""

import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from hub.afresh.needs import epoch_of
from hub.bootstrap.address import LOOPBACK, PORT, issuer_of
from hub.bootstrap.county import County, load_county
from hub.bootstrap.database import DatabaseUnusable, opened
from hub.bootstrap.event_log import kafka_log
from hub.disclose.bundle import PolicyFault
from hub.disclose.plan import Planner
from hub.disclose.rules import Effect
from hub.settings import Settings, SettingsFault
from hub.store import pulse, schema
from hub.store.engine import exists
from hub.store.moments import from_ms
from hub.stream.log import EventLog, LogUnavailable
from hub.stream.registry import RegistryFault
from hub.stream.sql_log import SqlLog
from hub.stream.topics import TopicsFault

OLDEST_PYTHON = (3, 11)
FREE_BYTES = 1 << 30
SOON = timedelta(days=30)
"""A permit that ends so soon has to be looked at: what it gives ends with it."""
CLOCK = timedelta(seconds=30)
OTHERS = 0o077


@dataclass(frozen=True, slots=True)
class Check:
    """`remedy` is empty where all is well."""

    name: str
    ok: bool
    remedy: str


def examine(settings: Settings, now: datetime) -> list[Check]:
    """Make all checks, those that need something else last."""
    found = [_python(), *_home(settings), _address(settings)]
    county, loads = _county()
    found += [loads, _permits(county, now)]
    if not exists(settings.db):
        return [*found, *_without_database("run `hub db upgrade`", settings, county)]
    try:
        with opened(settings.db) as engine:
            found += _database(engine, settings, county, now)
    except DatabaseUnusable:
        found += _without_database("check HUB_DB, and start the database", settings, county)
    return found


def _check(name: str, *, ok: bool, remedy: str) -> Check:
    return Check(name, ok, "" if ok else remedy)


def _python() -> Check:
    remedy = f"install Python {'.'.join(map(str, OLDEST_PYTHON))} or newer"
    return _check("python", ok=sys.version_info >= OLDEST_PYTHON, remedy=remedy)


def _home(settings: Settings) -> Iterator[Check]:
    home = settings.home
    if not home.is_dir():
        for name in ("home", "disk"):
            yield _check(name, ok=False, remedy="make the data folder (HUB_HOME), mode 0700")
        return
    is_ours = stat.S_IMODE(home.stat().st_mode) & OTHERS == 0
    yield _check("home", ok=is_ours, remedy="chmod 700 the data folder (HUB_HOME)")
    free = shutil.disk_usage(home).free
    yield _check("disk", ok=free >= FREE_BYTES, remedy="make room where the data folder is: 1 GiB")


def _address(settings: Settings) -> Check:
    try:
        issuer_of(settings, LOOPBACK, PORT)
    except SettingsFault as fault:
        return _check("address", ok=False, remedy=str(fault))
    return _check("address", ok=True, remedy="")


def _county() -> tuple[County | None, Check]:
    try:
        return load_county(), _check("files", ok=True, remedy="")
    except PolicyFault as fault:
        remedy = f"{fault.file}: {fault.fault}. {fault.remedy}"
    except (RegistryFault, TopicsFault) as fault:
        remedy = str(fault)
    return None, _check("files", ok=False, remedy=remedy)


def _permits(county: County | None, now: datetime) -> Check:
    if county is None:
        return _check("permits", ok=False, remedy="mend the files first")
    soon = (now + SOON).date()
    ending = sorted(
        rule.id
        for rule in county.bundle.rules
        if rule.effect is Effect.PERMIT and rule.review_by <= soon
    )
    remedy = f"review the permits that end within 30 days or have ended: {', '.join(ending)}"
    return _check("permits", ok=not ending, remedy=remedy)


NEED_DATABASE = ("migrations", "policy", "dead-letters", "clock")


def _without_database(remedy: str, settings: Settings, county: County | None) -> Iterator[Check]:
    yield _check("database", ok=False, remedy=remedy)
    for name in NEED_DATABASE:
        yield _check(name, ok=False, remedy="the database first")
    if settings.kafka is None:
        yield _check("log", ok=False, remedy="the database first: it holds the log")
    else:
        yield _log(lambda: kafka_log(str(settings.kafka)), county)


def _database(
    engine: sa.Engine, settings: Settings, county: County | None, now: datetime
) -> Iterator[Check]:
    is_current = schema.current(engine) == schema.newest()
    if not is_current:
        yield from _without_database("run `hub db upgrade`", settings, county)
        return
    yield _check("database", ok=True, remedy="")
    yield _check("migrations", ok=True, remedy="")
    with engine.connect().execution_options(reading=True) as conn, conn.begin():
        yield _policy(pulse.in_force(conn), county, now)
        waiting = pulse.letters_waiting(conn)
        remedy = f"{waiting} wait: `hub dead-letters list`"
        yield _check("dead-letters", ok=not waiting, remedy=remedy)
        yield _clock(conn, now)
    if settings.kafka is None:
        yield _log(lambda: SqlLog(engine), county)
    else:
        yield _log(lambda: kafka_log(str(settings.kafka)), county)


def _policy(there: pulse.InForce, county: County | None, now: datetime) -> Check:
    if county is None:
        return _check("policy", ok=False, remedy="mend the files first")
    ours = epoch_of(Planner(county.bundle, now.date()), county.book, county.register)
    if there.is_coming:
        remedy = "everything is being decided afresh by ingest: wait until that is done"
        return _check("policy", ok=False, remedy=remedy)
    remedy = "another policy is in force than in these files: start `hub ingest run` again"
    return _check("policy", ok=there.policy in (None, ours), remedy=remedy)


def _clock(conn: sa.Connection, now: datetime) -> Check:
    newest = pulse.newest_entry_ms(conn)
    times = [] if newest is None else [from_ms(newest)]
    is_ahead = all(each <= now + CLOCK for each in times)
    if conn.dialect.name == "postgresql":
        theirs: datetime = conn.execute(sa.text("select clock_timestamp()")).scalar_one()
        is_ahead = is_ahead and abs(theirs - now) <= CLOCK
    remedy = "set the clock: it is behind the ledger, or another than the database's"
    return _check("clock", ok=is_ahead, remedy=remedy)


def _log(opened: Callable[[], EventLog], county: County | None) -> Check:
    """Look whether the log is there, and holds the topics that are declared."""
    log = opened()
    try:
        there = log.topics()
    except LogUnavailable:
        return _check("log", ok=False, remedy="check HUB_LOG, and start the broker")
    finally:
        log.close()
    wanted = county.partitions if county else {}
    wrong = [name for name in sorted(wanted) if there.get(name) != wanted[name]]
    remedy = (
        f"not there, or with other partitions: {', '.join(wrong)}. In a new hub: `hub topics apply`"
    )
    return _check("log", ok=not wrong, remedy=remedy)
