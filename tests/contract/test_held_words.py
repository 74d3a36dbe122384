"""Words that say what is withheld: they wait for whoever wrote them, and the event goes without them."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from hub.afresh.words import RELEASE
from hub.bootstrap.county import load_county
from hub.bootstrap.meetings import Meetings
from hub.bootstrap.review import UnknownTask, judge, tasks_for
from hub.bootstrap.runtime import Runtime
from hub.model.agency import AgencyId
from hub.model.event import Body, Event
from hub.prepare import Reader
from hub.settings import Settings
from hub.store import schema
from hub.store.disclosures import plan, standing
from hub.store.engine import open_engine
from hub.store.tasks import task
from hub.stream.sql_log import SqlLog
from tests.conftest import new_database
from tests.contract.sql_hub import SqlHub
from tests.made_events import (
    AMBER,
    CHILDREN,
    FENMARCH,
    HOMES,
    IDVA,
    NHS,
    OTHER_NHS,
    RECEIVED,
    body_of,
    event_of,
    person,
    victim,
)
from tests.real_parts.postgres import PostgresServer
from tests.unit.ingest.test_order import taking_back

COUNTY = load_county()
REFUGE: Body = {"line1": "The Old Mill", "line2": None, "town": "Saltby", "postcode": "ZF9 9ZZ"}
HER: Body = {**victim("N-1", "Ann", "Example", NHS), "safe_address": REFUGE}
HIM = person("N-9", "Rex", "Holt", OTHER_NHS)
TOLD = "He shouted. She is at the old mill now."
WORDS = "shareable_summary"


@pytest.fixture(params=["sqlite", "postgresql"])
def sql(
    request: pytest.FixtureRequest, tmp_path: Path, postgres_server: PostgresServer
) -> Iterator[SqlHub]:
    is_file = request.param == "sqlite"
    url = f"sqlite:///{tmp_path / 'hub.sqlite'}" if is_file else new_database(postgres_server.url)
    engine = open_engine(url)
    schema.upgrade(engine)
    engine.dispose()
    found = SqlHub(url, COUNTY)
    yield found
    found.close()


def incident(key: str = "one", **more: Any) -> Event:
    fields = {
        "victims": [HER], "perpetrators": [HIM], "named": [HOMES, CHILDREN, IDVA], "consent": "given",
        "risk_grade": "high", "account": "She says nothing.", WORDS: TOLD, **more,
    }  # fmt: skip
    return event_of(body_of(key, **fields))


def treatment(sql: SqlHub, recipient: str, event: Event, field: str = WORDS) -> str | None:
    """Give how a recipient has a field of an event now; nothing if it does not have the event."""
    query = sa.select(plan.c.treatments).join(standing, standing.c.plan_id == plan.c.plan_id)
    where = standing.c.recipient == recipient, standing.c.event_id == event.id
    with sql.engine.connect() as conn:
        found = conn.scalar(query.where(*where))
    return None if found is None else str(json.loads(found)[field])


def waiting(sql: SqlHub, organisation: str = FENMARCH) -> dict[str, tuple[str, str]]:
    """Give what an organisation is asked about words: recipient, to the task's id and the fields."""
    with sql.deciding.turn() as turn:
        rows = tasks_for(turn, AgencyId(organisation), is_open=True)
    return {row.recipient: (row.task_id, row.words) for row in rows if row.kind == "held-words"}


def judged(sql: SqlHub, id_: str, verdict: str, of: str = FENMARCH) -> None:
    with sql.deciding.turn() as turn:
        judge(turn, id_, verdict, principal=f"eve@{of}", of=AgencyId(of), reason="read")


def test_the_event_goes_at_once_without_the_words_that_say_what_is_withheld(sql: SqlHub) -> None:
    event, plain = incident(), incident("two", **{WORDS: "He shouted."})

    sql.take(event, plain)

    assert treatment(sql, HOMES, event) == "withhold"
    assert treatment(sql, HOMES, event, "risk_grade") == "full"
    assert treatment(sql, HOMES, plain) == "full"
    assert waiting(sql)[HOMES][1] == WORDS


def test_who_may_know_it_has_the_words_too(sql: SqlHub) -> None:
    event = incident(**{WORDS: "He shouted at Ann."})

    sql.take(event)

    assert treatment(sql, IDVA, event) == "full"
    assert IDVA not in waiting(sql)


def test_whoever_wrote_them_releases_them_to_one_recipient(sql: SqlHub) -> None:
    event = incident(named=[HOMES, CHILDREN, IDVA])
    sql.take(event)
    before = waiting(sql)
    assert set(before) >= {HOMES, IDVA}

    judged(sql, before[HOMES][0], RELEASE)

    assert treatment(sql, HOMES, event) == "full"
    assert treatment(sql, IDVA, event) == "withhold"
    assert set(waiting(sql)) == set(before) - {HOMES}


@pytest.mark.parametrize("other", [HOMES, CHILDREN, AMBER])
def test_nobody_else_is_asked_or_may_decide(sql: SqlHub, other: str) -> None:
    sql.take(incident())
    id_, _ = waiting(sql)[HOMES]

    assert waiting(sql, other) == {}
    with pytest.raises(UnknownTask):
        judged(sql, id_, RELEASE, of=other)


def test_kept_words_stay_and_a_release_can_be_taken_back(sql: SqlHub) -> None:
    event = incident()
    sql.take(event)
    id_, _ = waiting(sql)[HOMES]

    judged(sql, id_, "keep")
    assert treatment(sql, HOMES, event) == "withhold"
    judged(sql, id_, RELEASE)
    assert treatment(sql, HOMES, event) == "full"
    judged(sql, id_, "keep")
    assert treatment(sql, HOMES, event) == "withhold"
    assert HOMES not in waiting(sql)


def test_a_question_ends_when_the_record_is_taken_back(sql: SqlHub) -> None:
    event = incident()
    sql.take(event)
    assert HOMES in waiting(sql)

    sql.take(taking_back(event, "gone"))

    assert waiting(sql) == {}


def test_other_words_are_another_question(sql: SqlHub) -> None:
    """What was released is those words; more words that come with a higher risk are asked about anew."""
    event = incident(risk_grade="medium", account=f"Her words: {TOLD}", named=[CHILDREN])
    sql.take(event)
    id_, words = waiting(sql)[CHILDREN]
    assert words == WORDS
    judged(sql, id_, RELEASE)
    assert treatment(sql, CHILDREN, event) == "full"

    sql.take(incident("later", account="Calm.", **{WORDS: "Calm."}))

    assert treatment(sql, CHILDREN, event) == "full"
    assert treatment(sql, CHILDREN, event, "account") == "withhold"
    assert waiting(sql)[CHILDREN][1] == "account"


def test_what_stands_does_not_depend_on_the_order(sql: SqlHub) -> None:
    event = incident(risk_grade="medium", account=TOLD, named=[CHILDREN])
    later = incident("later", account="Calm.", **{WORDS: "Calm."})

    sql.take(later)
    sql.take(event)

    assert treatment(sql, CHILDREN, event) == "withhold"
    assert treatment(sql, CHILDREN, event, "account") == "withhold"
    assert waiting(sql)[CHILDREN][1] == f"account {WORDS}"


def test_a_case_view_shows_them_when_they_are_released(sql: SqlHub) -> None:
    settings = Settings(str(sql.engine.url), "sql:", Path())
    runtime = Runtime(settings, COUNTY, sql.engine, SqlLog(sql.engine), lambda: RECEIVED)
    meetings = Meetings(runtime)
    high: Body = {
        "instrument": "safelives-dash",
        "score": 17,
        "risk_grade": "high",
        "consent": "given",
    }
    assessed = event_of(body_of("assessed", "risk-assessed", victims=[HER], perpetrators=[HIM], **high), "risk-assessed")  # fmt: skip
    sql.take(assessed, incident())
    police = Reader("sam@x", replace(COUNTY.bundle.recipients[AgencyId(FENMARCH)], purpose="marac"))
    homes = Reader("sue@x", replace(COUNTY.bundle.recipients[AgencyId(HOMES)], purpose="marac"))
    made = meetings.create(police, "fenmarch", date(2026, 12, 24), 60)
    meetings.circulate(police, made.meeting["id"])
    ((case),) = meetings.agenda(police, made.meeting["id"])["cases"]

    before = str(meetings.case(homes, case["ref"]))
    judged(sql, waiting(sql)[HOMES][0], RELEASE)
    after = str(meetings.case(homes, case["ref"]))

    assert "old mill" not in before
    assert "old mill" in after


def test_a_task_says_which_field_and_never_what_is_in_it(sql: SqlHub) -> None:
    sql.take(incident())

    rows = [str(dict(row._mapping)) for row in sql.rows(task)]

    assert rows
    assert not any(word in row.lower() for row in rows for word in ("mill", "ann ", "zf9"))


def test_a_number_is_found_however_it_is_spaced(sql: SqlHub) -> None:
    event = incident(**{WORDS: "Go to ZF99ZZ tonight."}, occurred_at=RECEIVED - timedelta(days=1))

    sql.take(event)

    assert treatment(sql, HOMES, event) == "withhold"
