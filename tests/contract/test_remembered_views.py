"""A view that is remembered is shown only as long as one that is made anew would be the same."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from hub.bootstrap.meetings import Meetings
from hub.bootstrap.runtime import Runtime
from hub.prepare import Document, NotFound
from hub.settings import Settings
from hub.store.ledger import ledger
from hub.stream.sql_log import SqlLog
from tests.contract.sql_hub import SqlHub
from tests.contract.test_meetings import (
    COORDINATOR,
    HIM,
    assessed,
    attended,
    circulated,
    incident,
    prepared,
    reader,
    sql,
)
from tests.made_events import AMBER, HOMES, HOSPITAL, IDVA, OCCURRED, RECEIVED, SCHOOL
from tests.unit.ingest.test_order import taking_back

__all__ = ["sql"]  # the fixture
READERS = (COORDINATOR, *map(reader, (IDVA, HOSPITAL, HOMES)), reader(SCHOOL, "encompass"))


def shown(meetings: Meetings, ref: str) -> list[Document | None]:
    """Give what each reader sees; nobody sees anything twice that is not recorded twice."""
    found: list[Document | None] = []
    for each in READERS:
        try:
            found.append(meetings.case(each, ref))
        except NotFound:
            found.append(None)
    return found


def test_whatever_changes_a_view_is_as_a_hub_shows_it_that_remembers_nothing(sql: SqlHub) -> None:
    sql.take(assessed(), incident("one"))
    meetings, id_, ref = circulated(sql)
    works_there = {**HIM, "employer": "Osham Hospital Trust"}

    changes: dict[str, Callable[[], object]] = {
        "an event": lambda: sql.take(attended()),
        "a refusal": lambda: sql.take(incident("two", occurred_at=OCCURRED + timedelta(days=2), consent="refused")),
        "one is taken back": lambda: sql.take(taking_back(incident("two"), "gone")),
        "she has another friend": lambda: sql.take(incident("three", named=[AMBER, SCHOOL], occurred_at=OCCURRED + timedelta(days=5))),
        "more are invited": lambda: meetings.circulate(COORDINATOR, id_),
        "a conflict": lambda: sql.take(incident("four", perpetrators=[works_there], occurred_at=OCCURRED + timedelta(days=7))),
    }  # fmt: skip
    before = shown(meetings, ref)
    for what, change in changes.items():
        change()
        after = shown(meetings, ref)
        assert after == shown(prepared(sql), ref), what
        assert after != before, f"{what}: and nobody sees it"
        before = after
    assert before[READERS.index(reader(HOSPITAL))] is None


def test_it_is_made_anew_for_another_day_and_for_other_readers(sql: SqlHub) -> None:
    sql.take(assessed(), incident("one"))
    _, _, ref = circulated(sql)
    days = [RECEIVED]
    settings = Settings(str(sql.engine.url), "sql:", Path())
    runtime = Runtime(settings, sql.county, sql.engine, SqlLog(sql.engine), lambda: days[-1])
    meetings = Meetings(runtime)

    assert len({str(each) for each in shown(meetings, ref)}) == len(READERS)
    days.append(RECEIVED + timedelta(days=1))

    assert meetings.case(COORDINATOR, ref)["as_of"] == days[-1].date().isoformat()


def test_whatever_is_shown_again_is_recorded_again(sql: SqlHub) -> None:
    sql.take(assessed(), incident("one"))
    meetings, _, ref = circulated(sql)

    for _ in range(3):
        meetings.case(reader(IDVA), ref)

    seen = sql.rows(ledger, ledger.c.kind == "viewed", ledger.c.recipient == IDVA)
    assert len(seen) == 3 * 2
