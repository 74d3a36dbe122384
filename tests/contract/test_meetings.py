"""Meetings and what each reader sees of a case, on SQLite and on a real PostgreSQL."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from hub.bootstrap.county import load_county
from hub.bootstrap.meetings import Meetings
from hub.bootstrap.runtime import Runtime
from hub.model.agency import AgencyId
from hub.model.event import Body, Event
from hub.prepare import Changed, NotDone, NotFound, NotNow, Reader
from hub.settings import Settings
from hub.store import schema
from hub.store.cases import criterion
from hub.store.engine import open_engine
from hub.store.ledger import ledger
from hub.store.suspensions import suspend
from hub.store.tasks import task
from hub.stream.sql_log import SqlLog
from tests.conftest import new_database
from tests.contract.sql_hub import SqlHub
from tests.made_events import (
    AMBER,
    CHILDREN,
    DUNMOOR,
    FENMARCH,
    HOMES,
    HOSPITAL,
    IDVA,
    KESTREL,
    NHS,
    OCCURRED,
    OTHER_NHS,
    RECEIVED,
    SCHOOL,
    body_of,
    event_of,
    person,
    victim,
)
from tests.real_parts.postgres import PostgresServer

COUNTY = load_county()
MEETING = (RECEIVED + timedelta(days=30)).date()
SAFE: Body = {"channel": "telephone", "value": "07700900123456", "hours": "before ten"}
HOME: Body = {"line1": "1 Sedge Road", "line2": None, "town": "Osham", "postcode": "ZF2 1AA"}
HIM = person("N-9", "Rex", "Harrier", nhs=OTHER_NHS)
HER = {**victim("N-1", "Ann", "Example", nhs=NHS), "addresses": [HOME], "safe_contacts": [SAFE]}
PUPIL = {
    **person("N-3", "Kit", "Example"),
    "born": date(2016, 5, 4),
    "school": "Osham Primary School",
}

BROTHER = {**person("N-4", "Wren", "Example"), "school": "Saltby Church School"}


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


def prepared(sql: SqlHub, at: datetime = RECEIVED) -> Meetings:
    settings = Settings(str(sql.engine.url), "sql:", Path())
    return Meetings(Runtime(settings, sql.county, sql.engine, SqlLog(sql.engine), lambda: at))


def reader(organisation: str, purpose: str = "marac") -> Reader:
    found = COUNTY.bundle.recipients[AgencyId(organisation)]
    return Reader(f"sam@{organisation}", replace(found, purpose=purpose))


COORDINATOR = reader(FENMARCH)


def assessed(key: str = "assessed", **more: Any) -> Event:
    fields = {
        "victims": [HER], "perpetrators": [HIM], "instrument": "safelives-dash", "score": 17,
        "risk_grade": "high", "consent": "not_asked", **more,
    }  # fmt: skip
    return event_of(body_of(key, "risk-assessed", **fields), "risk-assessed")


def incident(key: str, **more: Any) -> Event:
    fields = {
        "victims": [HER],
        "perpetrators": [HIM],
        "children": [BROTHER, PUPIL],
        "named": [SCHOOL],
        **more,
    }
    return event_of(body_of(key, **fields))


def attended(key: str = "attended") -> Event:
    she = {**victim("H-1", "Ann", "Example", nhs=NHS), "addresses": [HOME]}
    fields: Body = {
        "victims": [she], "perpetrators": [{**HIM, "local_id": "H-9"}], "abuse_disclosed": "yes", "occurred_at": OCCURRED + timedelta(days=20), "injuries": "a broken wrist",
    }  # fmt: skip
    return event_of(
        body_of(key, "attendance-recorded", agency=HOSPITAL, **fields), "attendance-recorded"
    )


def circulated(sql: SqlHub) -> tuple[Meetings, str, str]:
    """Make and circulate a meeting with the one case that is due; give the case's reference."""
    meetings = prepared(sql)
    made = meetings.create(COORDINATOR, "fenmarch", MEETING, 120)
    assert made.listed == 1
    id_ = made.meeting["id"]
    meetings.circulate(COORDINATOR, id_)
    (case,) = meetings.agenda(COORDINATOR, id_)["cases"]
    return meetings, id_, case["ref"]


def test_a_case_that_meets_a_criterion_is_listed_in_its_area_alone(sql: SqlHub) -> None:
    sql.take(assessed(), incident("one"))
    meetings = prepared(sql)

    elsewhere = meetings.create(reader(DUNMOOR), "dunmoor", MEETING, 60)
    here = meetings.create(COORDINATOR, "fenmarch", MEETING, 60)

    assert (elsewhere.listed, here.listed) == (0, 1)
    agenda = meetings.agenda(COORDINATOR, here.meeting["id"])
    (case,) = agenda["cases"]
    assert [each["code"] for each in case["criteria"]] == ["visible_high_risk"]
    assert case["children"]
    assert agenda["minutes"] == {"capacity": 60, "used": 12, "over": 0}


def test_what_meets_no_criterion_is_not_listed(sql: SqlHub) -> None:
    sql.take(incident("one"))

    assert prepared(sql).create(COORDINATOR, "fenmarch", MEETING, 60).listed == 0


def test_a_case_is_on_one_open_agenda_and_a_meeting_is_made_once(sql: SqlHub) -> None:
    sql.take(assessed())
    meetings = prepared(sql)

    first = meetings.create(COORDINATOR, "fenmarch", MEETING, 60)
    again = meetings.create(COORDINATOR, "fenmarch", MEETING, 90)
    later = meetings.create(COORDINATOR, "fenmarch", MEETING + timedelta(days=30), 60)

    assert (first.listed, again.listed, later.listed) == (1, 0, 0)
    assert (first.is_new, again.is_new) == (True, False)
    assert again.meeting["id"] == first.meeting["id"]


def test_after_the_closing_date_nothing_is_added(sql: SqlHub) -> None:
    made = prepared(sql).create(COORDINATOR, "fenmarch", MEETING, 60)
    sql.take(assessed())
    closes = date.fromisoformat(made.meeting["closes_on"])

    late = datetime.combine(closes + timedelta(days=1), RECEIVED.time(), UTC)
    assert prepared(sql, late).refresh(COORDINATOR, made.meeting["id"]).listed == 0

    assert prepared(sql).refresh(COORDINATOR, made.meeting["id"]).listed == 1


def test_who_is_invited_gets_what_that_opens_and_nobody_before(sql: SqlHub) -> None:
    event = assessed()
    sql.take(event)
    made = prepared(sql).create(COORDINATOR, "fenmarch", MEETING, 60)
    before = {recipient for recipient, _ in sql.standing()}

    prepared(sql).circulate(COORDINATOR, made.meeting["id"])

    after = {recipient for recipient, id_ in sql.standing() if id_ == event.id}
    assert before == set()
    assert {IDVA, CHILDREN, HOMES} <= after
    assert not {AMBER, KESTREL, SCHOOL} & after


def test_four_readers_see_four_views_and_whoever_is_not_invited_sees_none(sql: SqlHub) -> None:
    sql.take(assessed(), incident("one"), attended())
    meetings, _, ref = circulated(sql)

    police, idva = meetings.case(COORDINATOR, ref), meetings.case(reader(IDVA), ref)
    hospital = meetings.case(reader(HOSPITAL), ref)
    school = meetings.case(reader(SCHOOL, "encompass"), ref)

    assert len({str({**each, "ref": ""}) for each in (police, idva, hospital, school)}) == 4
    assert set(school["people"]) == {"children"}
    assert "Kit" in str(school)
    assert "Wren" not in str(school)
    assert "Wren" in str(police)
    assert school["criteria"] == []
    assert "Sedge" not in str(school)
    assert "Ann" not in str(school)
    assert "broken wrist" not in str(police)
    (she,) = idva["people"]["victims"]
    assert next(iter(she["reached_by"][0])) == "said_in"
    assert list(she["reached_by"][0])[1] == "safe_contacts"
    for each in (KESTREL, AMBER, DUNMOOR):
        with pytest.raises(NotFound):
            meetings.case(reader(each), ref)


def test_evidence_that_one_may_not_have_is_neither_listed_nor_counted(sql: SqlHub) -> None:
    sql.take(incident("one"), incident("two", occurred_at=OCCURRED + timedelta(days=9)), attended())
    assert {row.code for row in sql.rows(criterion)} == {"escalation"}
    meetings, _, ref = circulated(sql)

    (to_police,) = meetings.case(COORDINATOR, ref)["criteria"]
    unstated = meetings.case(reader(FENMARCH, "safeguarding"), ref)["criteria"]

    assert (to_police["code"], len(to_police["events"])) == ("escalation", 2)
    assert unstated == [], (
        "no rule clears it for this purpose, and one of three events is not shown"
    )


def test_who_employs_him_is_not_invited_and_learns_nothing(sql: SqlHub) -> None:
    sql.take(assessed(perpetrators=[{**HIM, "employer": "Fenmarch Homes"}]))

    meetings, meeting, ref = circulated(sql)

    for ask in (
        lambda: meetings.case(reader(HOMES), ref),
        lambda: meetings.agenda(reader(HOMES), meeting),
        lambda: meetings.one(reader(HOMES), meeting),
    ):
        with pytest.raises(NotFound):
            ask()
    assert meetings.all(reader(HOMES)) == []
    invited = meetings.case(COORDINATOR, ref)["invited"]
    assert HOMES not in {each["organisation_id"] for each in invited}
    assert all(each["ring"].startswith("01632 960") for each in invited)


def test_who_comes_to_employ_him_loses_the_case(sql: SqlHub) -> None:
    sql.take(assessed())
    meetings, _, ref = circulated(sql)
    assert meetings.case(reader(HOMES), ref)

    sql.take(incident("later", perpetrators=[{**HIM, "employer": "Fenmarch Homes"}]))

    with pytest.raises(NotFound):
        meetings.case(reader(HOMES), ref)


def test_a_coordinator_in_a_conflict_is_asked_to_pass_it_on_without_seeing_it(sql: SqlHub) -> None:
    sql.take(assessed(agency=AMBER, perpetrators=[{**HIM, "employer": "Fenmarch Constabulary"}]))
    meetings = prepared(sql)

    made = meetings.create(COORDINATOR, "fenmarch", MEETING, 60)

    agenda = meetings.agenda(COORDINATOR, made.meeting["id"])
    assert agenda["cases"] == []
    assert agenda["minutes"]["used"] == 0
    (asked,) = sql.rows(task, task.c.recipient == FENMARCH)
    assert asked.kind == "reroute"


def test_what_is_not_there_and_what_one_may_not_know_of_are_the_same(sql: SqlHub) -> None:
    sql.take(assessed())
    meetings, meeting, ref = circulated(sql)
    nothing = "5f1d7a62-0000-4000-8000-000000000000"
    told = set()

    for ask in (
        lambda: meetings.case(reader(KESTREL), ref),
        lambda: meetings.case(reader(KESTREL), nothing),
        lambda: meetings.case(COORDINATOR, nothing),
    ):
        with pytest.raises(NotFound) as error:
            ask()
        told.add(str(error.value))
    assert len(told) == 1
    for id_ in (meeting, nothing):
        with pytest.raises(NotFound):
            meetings.circulate(reader(KESTREL), id_)
        with pytest.raises(NotFound):
            meetings.create(reader(KESTREL), "fenmarch", MEETING, 60)


def test_what_is_shown_is_recorded_first_and_not_shown_if_that_fails(sql: SqlHub) -> None:
    sql.take(assessed(), incident("one"))
    meetings, _, ref = circulated(sql)

    meetings.case(reader(IDVA), ref)

    seen = sql.rows(ledger, ledger.c.kind == "viewed", ledger.c.recipient == IDVA)
    assert {(row.principal, row.purpose) for row in seen} == {(f"sam@{IDVA}", "marac")}
    assert {row.event_id for row in seen} == {assessed().id, incident("one").id}
    assert all(row.plan_id and row.sha256 for row in seen)
    (consulted,) = sql.rows(ledger, ledger.c.kind == "consulted", ledger.c.recipient == IDVA)
    assert consulted.reasons == f"case {ref}"

    with sql.engine.begin() as conn:
        conn.execute(sa.text("alter table ledger rename to lost"))
    with pytest.raises(sa.exc.DBAPIError):
        meetings.case(reader(IDVA), ref)


def test_a_list_of_meetings_shows_no_event_and_records_none_as_shown(sql: SqlHub) -> None:
    sql.take(assessed())
    meetings, id_, _ = circulated(sql)

    assert [each["id"] for each in meetings.all(reader(IDVA))] == [id_]

    assert sql.rows(ledger, ledger.c.kind == "viewed", ledger.c.recipient == IDVA) == []


def test_whom_a_command_suspended_is_not_invited(sql: SqlHub) -> None:
    sql.take(assessed())
    with sql.engine.begin() as conn:
        suspend(conn, AgencyId(IDVA), 1)

    meetings, _, ref = circulated(sql)

    invited = {each["organisation_id"] for each in meetings.case(COORDINATOR, ref)["invited"]}
    assert IDVA not in invited
    assert CHILDREN in invited


def test_who_is_invited_when_nobody_was_named_is_not_invited_to_two_cases_that_it_becomes(
    sql: SqlHub,
) -> None:
    sql.take(assessed(perpetrators=[]))
    meetings, id_, ref = circulated(sql)
    assert meetings.case(reader(HOMES), ref)

    sql.take(
        assessed("by him", perpetrators=[HIM]),
        assessed("by another", perpetrators=[person("N-8", "Max", "Other")]),
    )

    with pytest.raises(NotFound):
        meetings.case(reader(HOMES), ref)
    assert meetings.refresh(COORDINATOR, id_).listed == 2, "each is due by itself"


def test_the_meetings_of_a_marac_that_ended_are_no_obstacle(sql: SqlHub) -> None:
    sql.take(assessed())
    _, id_, ref = circulated(sql)
    sql.county = replace(COUNTY, maracs={})
    meetings = prepared(sql)

    assert meetings.all(COORDINATOR) == []
    assert meetings.case(COORDINATOR, ref)
    with pytest.raises(NotFound):
        meetings.agenda(COORDINATOR, id_)


def test_a_case_follows_its_people_when_files_are_joined(sql: SqlHub) -> None:
    sql.take(assessed())
    _, _, ref = circulated(sql)
    she = {**victim("A-1", "Ann", "Example"), "addresses": [HOME]}
    he = person("A-9", "Rex", "Harrier")
    sql.take(
        incident("theirs", agency=AMBER, victims=[she], perpetrators=[he], children=[], named=[])
    )

    sql.take(incident("joins", agency=AMBER, victims=[{**she, "identifiers": HER["identifiers"]}], perpetrators=[{**he, "identifiers": HIM["identifiers"]}], children=[], named=[]))  # fmt: skip

    assert len(prepared(sql).case(COORDINATOR, ref)["timeline"]) == 3


def test_a_change_of_another_version_changes_nothing(sql: SqlHub) -> None:
    sql.take(assessed())
    meetings = prepared(sql)
    made = meetings.create(COORDINATOR, "fenmarch", MEETING, 60)
    version = made.meeting["version"]

    with pytest.raises(Changed):
        meetings.circulate(COORDINATOR, made.meeting["id"], version - 1)
    done = meetings.circulate(COORDINATOR, made.meeting["id"], version)

    assert done.meeting["version"] == version + 1
    assert done.invited > 3


def test_a_meeting_of_yesterday_is_not_made(sql: SqlHub) -> None:
    with pytest.raises(NotDone):
        prepared(sql).create(COORDINATOR, "fenmarch", RECEIVED.date() - timedelta(days=1), 60)


def test_while_another_policy_is_in_force_nothing_is_shown(sql: SqlHub) -> None:
    sql.take(assessed())
    meetings, _, ref = circulated(sql)
    known = COUNTY.bundle.recipients
    other = {**known, AgencyId(KESTREL): replace(known[AgencyId(KESTREL)], aliases=("Kestrel",))}
    sql.decides_by(replace(COUNTY, bundle=replace(COUNTY.bundle, recipients=other)))

    with pytest.raises(NotNow):
        meetings.case(COORDINATOR, ref)
