"""Small counties to compare: hubs on copies of one database, made of events by hand and asked over HTTP.

What is random in every hub is the same in all of them: the recipients' keys and the key that signs
tokens come with the copy, and a case's reference is named for the family that it is of.
"""

import shutil
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import sqlalchemy as sa
from fastapi import FastAPI
from fastapi.testclient import TestClient

from hub.bootstrap.county import load_county
from hub.bootstrap.runtime import Runtime
from hub.bootstrap.serve import make
from hub.model.agency import AgencyId
from hub.model.event import Body, Event, Value
from hub.settings import Settings
from hub.store import schema
from hub.store.engine import open_engine
from hub.store.meetings import VICTIM, agenda_item, agenda_person, invitation
from hub.stream.sql_log import SqlLog
from tests.contract.sql_hub import SqlHub
from tests.doors import NamedDoor, admitted
from tests.made_events import (
    DUNMOOR,
    FENMARCH,
    NHS,
    OTHER_NHS,
    RECEIVED,
    REGISTERED,
    body_of,
    event_of,
    person,
    victim,
)

COUNTY = load_county()
ISSUER = "http://127.0.0.1:8080"
HELD_ON = (RECEIVED + timedelta(days=30)).date()
MARACS = {"fenmarch": FENMARCH, "dunmoor": DUNMOOR}
NAMES = uuid.UUID("b1b5b9b0-6c1d-5d0e-9a55-0d3b7b6a1f10")

MakeApp = Callable[[Runtime], FastAPI]


@dataclass(frozen=True)
class World:
    """A hub with its meetings made and circulated. Whoever is named in Authorization is that organisation."""

    http: TestClient
    app: FastAPI
    runtime: Runtime
    refs: Mapping[str, str]
    """The reference of each family's case."""

    def headers(self, organisation: str, purpose: str) -> dict[str, str]:
        return {"Authorization": f"Test {organisation}-system", "Hub-Purpose": purpose}

    def seen_by(self, organisation: str) -> set[str]:
        """Give the events that the ledger says it was given to see."""
        query = sa.text("select event_id from ledger where kind = 'viewed' and recipient = :who")
        with self.runtime.engine.connect() as conn:
            return set(conn.scalars(query, {"who": organisation}))


def empty_hub(folder: Path) -> Path:
    """Make the database of which every world begins with a copy."""
    file = folder / "empty.sqlite"
    engine = open_engine(f"sqlite:///{file}")
    schema.upgrade(engine)
    make(_runtime(engine, folder), ISSUER)  # makes the key that signs tokens
    engine.dispose()
    SqlHub(f"sqlite:///{file}", COUNTY).close()
    return file


@contextmanager
def world(
    empty: Path,
    events: Sequence[Event],
    *,
    make_app: MakeApp = lambda runtime: make(runtime, ISSUER),
    meetings: Sequence[tuple[str, date]] = (("fenmarch", HELD_ON), ("dunmoor", HELD_ON)),
) -> Iterator[World]:
    """Give a hub that took events in and holds meetings, each made and circulated over HTTP."""
    file = empty.with_name(f"{uuid.uuid4()}.sqlite")
    shutil.copyfile(empty, file)
    taken = SqlHub(f"sqlite:///{file}", COUNTY)
    taken.take(*events)
    runtime = _runtime(taken.engine, empty.parent)
    app = make_app(runtime)
    app.state.door = _door()
    with TestClient(app) as http:
        there = World(http, app, runtime, {})
        for marac, day in meetings:
            _made(there, marac, day)
        refs = _named_refs(taken.engine)
        for marac, day in meetings:
            _circulated(there, marac, day)
        yield World(http, app, runtime, refs)
    taken.close()
    file.unlink()


def _runtime(engine: sa.Engine, home: Path) -> Runtime:
    settings = Settings(str(engine.url), "sql:", home)
    return Runtime(settings, COUNTY, engine, SqlLog(engine), lambda: RECEIVED)


def _door() -> NamedDoor:
    known = [admitted(COUNTY.bundle.recipients[AgencyId(each)]) for each in REGISTERED]
    return NamedDoor({each.client.id: each for each in known})


def _made(there: World, marac: str, day: date) -> None:
    new = {"marac": marac, "held_on": day.isoformat(), "minutes": 60}
    headers = there.headers(MARACS[marac], "marac")
    assert there.http.post("/v1/meetings", json=new, headers=headers).status_code == 201


def _circulated(there: World, marac: str, day: date) -> None:
    headers = there.headers(MARACS[marac], "marac")
    found = there.http.get("/v1/meetings", headers=headers).json()["meetings"]
    (it,) = [each for each in found if (each["marac"], each["held_on"]) == (marac, str(day))]
    headers["If-Match"] = there.http.get(f"/v1/meetings/{it['id']}", headers=headers).headers["etag"]  # fmt: skip
    done = there.http.post(f"/v1/meetings/{it['id']}/circulate", headers=headers)
    assert done.status_code == 200


def _named_refs(engine: sa.Engine) -> dict[str, str]:
    """Name each case's reference, which is random, for its family: a victim's local id begins with that."""
    columns = agenda_person.c.ref, agenda_person.c.local_id
    with engine.begin() as conn:
        rows = conn.execute(sa.select(*columns).where(agenda_person.c.role == VICTIM)).all()
        found = {}
        for ref, local_id in rows:
            family = local_id.partition("-")[0]
            found[family] = str(uuid.uuid5(NAMES, family))
            for table in (agenda_item, agenda_person, invitation):
                conn.execute(table.update().where(table.c.ref == ref).values(ref=found[family]))
    return found


HOME: Body = {"line1": "1 Sedge Road", "line2": None, "town": "Osham", "postcode": "ZF2 1AA"}
DUNMOOR_HOME: Body = {**HOME, "town": "Dunmoor", "postcode": "ZD2 1AA"}


@dataclass(frozen=True)
class Family:
    """A victim and who harmed her. Their local ids begin with the family's name."""

    name: str
    home: Body
    is_numbered: bool = False
    """They bear verified NHS numbers, so that what every agency says of them is of the same two people."""

    def event(self, type_: str, key: str, *, agency: str = FENMARCH, **fields: Value) -> Event:
        she = victim(
            f"{self.name}-1", "Ann", self.name.title(), nhs=NHS if self.is_numbered else None
        )
        he = person(f"{self.name}-9", "Rex", self.name.title(), nhs=OTHER_NHS if self.is_numbered else None)  # fmt: skip
        whole: Body = {
            "victims": [{**she, "addresses": [self.home]}],
            "perpetrators": [he],
            **fields,
        }
        return event_of(body_of(f"{self.name}-{key}", type_, agency=agency, **whole), type_)

    def assessed(self, *, agency: str = FENMARCH, **fields: Value) -> Event:
        """Give an assessment by which the case is due at the next meeting."""
        high: Body = {"instrument": "safelives-dash", "score": 17, "risk_grade": "high", "consent": "not_asked"}  # fmt: skip
        return self.event("risk-assessed", "assessed", agency=agency, **{**high, **fields})
