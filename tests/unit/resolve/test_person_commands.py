"""`hub person`: what is shown to whom of a file, and what an unmerge does."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from click.testing import CliRunner, Result

from hub.bootstrap.county import load_county
from hub.cli import main
from hub.model.event import Body, Event
from hub.store import schema
from hub.store.engine import open_engine
from hub.store.events import event
from hub.store.ledger import ledger
from hub.store.people import link_decision, record
from tests.contract.sql_hub import SqlHub
from tests.made_events import AMBER, FENMARCH, IDVA, KESTREL, NHS, body_of, event_of, person, victim

POLICE, WORKER, ADVISER = f"joe@{FENMARCH}", f"mia@{AMBER}", f"eve@{IDVA}"
HERE, ELSEWHERE = "ZF1 1AA", "ZD3 9BB"


@pytest.fixture
def url(tmp_path: Path) -> str:
    found = f"sqlite:///{tmp_path / 'hub.sqlite'}"
    engine = open_engine(found)
    schema.upgrade(engine)
    engine.dispose()
    return found


@pytest.fixture
def sql(url: str) -> Iterator[SqlHub]:
    found = SqlHub(url, load_county())
    yield found
    found.close()


def told(
    key: str, agency: str, local_id: str, postcode: str = HERE, nhs: str | None = None
) -> Event:
    home: Body = {"line1": "1 Sedge Road", "line2": None, "town": None, "postcode": postcode}
    one = {**victim(local_id, nhs=nhs), "addresses": [home]}
    more: Body = {"victims": [one], "consent": "given", "risk_grade": "medium"}
    return event_of(body_of(key, agency=agency, named=[IDVA], **more))


def hub(sql: SqlHub, *words: str) -> Result:
    url = sql.engine.url.render_as_string(hide_password=False)
    return CliRunner().invoke(main, ["person", *words, "--db", url])


def document(found: Result) -> Any:
    assert found.exit_code == 0, found.output
    return json.loads(found.stdout)


def who(sql: SqlHub, local_id: str) -> str:
    (row,) = sql.rows(record, record.c.local_id == local_id)
    return str(row.person_id)


def look(sql: SqlHub, verb: str, id_: str, principal: str, purpose: str = "safeguarding") -> Result:
    return hub(sql, verb, id_, "--as", principal, "--purpose", purpose, "--json")


def part(sql: SqlHub, id_: str, *records: str, principal: str = ADVISER) -> Result:
    named = [word for each in records for word in ("--record", each)]
    why = ("--reason", "seen both", "--as", principal, "--json")
    return hub(sql, "unmerge", id_, *named, *why)


def test_why_records_are_one_person_is_explained_without_a_name_and_recorded(sql: SqlHub) -> None:
    sql.take(
        told("a", FENMARCH, "N-1"), told("b", AMBER, "A-1"), told("c", KESTREL, "K-1", ELSEWHERE)
    )

    found = look(sql, "explain", who(sql, "N-1"), POLICE)

    shown = document(found)
    assert [(each["agency"], each["own"]) for each in shown["records"]] == [
        (AMBER, False),
        (FENMARCH, True),
    ]
    (link,) = shown["links"]
    assert link["reason"] == "name, date of birth and postcode agree"
    assert {each["person"] for each in shown["possible"]} == {who(sql, "K-1")}
    assert len(shown["possible"]) == 2
    assert "N-1" in found.stdout
    for secret in ("A-1", "K-1", "Ann", "Example", "ZF1", "1990"):
        assert secret not in found.stdout
    (entry,) = sql.rows(ledger, ledger.c.kind == "consulted")
    assert (entry.principal, entry.recipient) == (POLICE, FENMARCH)
    assert entry.reasons == f"person {who(sql, 'N-1')}: explain"


def test_whom_a_conflict_bars_nobody_is_known_and_nothing_is_parted(sql: SqlHub) -> None:
    """That there is a file would itself tell; and a colleague must not take it apart."""
    he: Body = person("N-9", "Rex", "Example", employer="Fenmarch IDVA Service")
    one, other = told("a", FENMARCH, "N-1"), told("b", AMBER, "A-1")
    sql.take(event_of({**one.body, "perpetrators": [he]}), other)
    hers = who(sql, "N-1")

    refused = [look(sql, verb, hers, ADVISER) for verb in ("explain", "history")]
    unknown = look(sql, "explain", str(UUID(int=7)), ADVISER)
    parted = part(sql, hers, f"{AMBER}:A-1")
    nobodys = part(sql, str(UUID(int=7)), f"{AMBER}:A-1")

    assert {(each.exit_code, each.output) for each in refused} == {
        (unknown.exit_code, unknown.output)
    }
    assert unknown.exit_code != 0
    assert (parted.exit_code, parted.output) == (nobodys.exit_code, nobodys.output)
    assert nobodys.exit_code != 0
    assert who(sql, "A-1") == hers
    assert look(sql, "explain", hers, POLICE).exit_code == 0


def test_a_records_pseudonym_is_another_one_for_each_organisation(sql: SqlHub) -> None:
    sql.take(told("a", FENMARCH, "N-1"), told("b", AMBER, "A-1"))
    person = who(sql, "N-1")

    names = [
        {each["agency"]: each["record"] for each in document(look(sql, "explain", person, one))["records"]}
        for one in (ADVISER, POLICE, ADVISER)
    ]  # fmt: skip

    assert names[0] == names[2]
    assert names[0][AMBER] != names[1][AMBER]
    assert names[1][FENMARCH] == "N-1"


@pytest.mark.parametrize("verb", ["explain", "history"])
@pytest.mark.parametrize(
    ("principal", "purpose"),
    [("joe@nowhere", "safeguarding"), (POLICE, "curiosity"), ("joe", "safeguarding")],
)
def test_nobody_else_and_for_no_other_purpose(
    sql: SqlHub, verb: str, principal: str, purpose: str
) -> None:
    sql.take(told("a", FENMARCH, "N-1"))

    found = look(sql, verb, who(sql, "N-1"), principal, purpose)

    assert found.exit_code == 1
    assert found.stdout == ""


@pytest.mark.parametrize("id_", ["8a1f9d3e-0000-4000-8000-000000000000", "N-1", "Ann Example"])
def test_an_id_that_is_nobodys_looks_like_one_that_is_not_to_be_had(sql: SqlHub, id_: str) -> None:
    sql.take(told("a", FENMARCH, "N-1"))

    found = look(sql, "explain", id_, POLICE)

    assert (found.exit_code, found.stdout) == (1, "")
    assert id_ not in found.stderr
    assert not [each for each in sql.rows(ledger) if "Ann" in each.reasons]


def test_an_unmerge_parts_a_file_and_says_who_had_been_shown_something_of_it(sql: SqlHub) -> None:
    sql.take(told("a", FENMARCH, "N-1"), told("b", AMBER, "A-1"), told("c", KESTREL, "K-1"))
    person = who(sql, "N-1")
    assert {who(sql, each) for each in ("A-1", "K-1")} == {person}

    done = document(part(sql, person, f"{AMBER}:A-1"))

    assert set(done["people"]) == {who(sql, "N-1"), who(sql, "A-1")}
    assert who(sql, "N-1") == who(sql, "K-1") == person != who(sql, "A-1")
    assert done["moved_records"] == 1
    assert IDVA in done["shown_to"]
    assert len(sql.rows(event)) == 3
    cuts = sql.rows(link_decision, link_decision.c.kind == "cannot_link")
    assert [(each.actor, each.reason) for each in cuts] == [(ADVISER, "seen both")] * 2


def test_what_was_parted_stays_parted_when_it_is_told_again(sql: SqlHub) -> None:
    sql.take(told("a", FENMARCH, "N-1"), told("b", AMBER, "A-1"))
    document(part(sql, who(sql, "N-1"), f"{AMBER}:A-1"))

    sql.take(told("d", AMBER, "A-1", nhs=NHS), told("e", FENMARCH, "N-1", nhs=NHS))

    assert who(sql, "N-1") != who(sql, "A-1")
    assert document(look(sql, "explain", who(sql, "N-1"), POLICE))["possible"] == []


def test_the_history_tells_what_was_decided_and_when_it_ended(sql: SqlHub) -> None:
    sql.take(told("a", FENMARCH, "N-1"), told("b", AMBER, "A-1"))
    person = who(sql, "N-1")
    document(part(sql, person, f"{AMBER}:A-1"))

    told_ = document(look(sql, "history", person, ADVISER))["decisions"]
    elsewhere = document(look(sql, "history", person, POLICE))["decisions"]

    assert [(each["kind"], each["ended_at"] is None) for each in told_] == [
        ("auto_link", False),
        ("cannot_link", True),
    ]
    assert [each["reason"] for each in told_][1] == "seen both"
    assert [each["reason"] for each in elsewhere][1] is None, "somebody's own words stay with them"


def test_an_old_id_still_finds_its_person(sql: SqlHub) -> None:
    sql.take(told("a", FENMARCH, "N-1"), told("b", AMBER, "A-1", ELSEWHERE))
    old = {who(sql, "N-1"), who(sql, "A-1")}
    sql.take(told("c", AMBER, "A-1"))

    found = {document(look(sql, "explain", each, POLICE))["person"] for each in old}

    assert len(old) == 2
    assert found == {who(sql, "N-1")}


@pytest.mark.parametrize(
    ("records", "exit_code"),
    [
        ((f"{KESTREL}:K-1",), 1),
        ((f"{FENMARCH}:N-1", f"{AMBER}:A-1"), 1),
        ((f"{AMBER}:nobody",), 1),
        (("A-1",), 2),
        ((), 2),
    ],
)
def test_what_does_not_part_a_file_changes_nothing(
    sql: SqlHub, records: tuple[str, ...], exit_code: int
) -> None:
    sql.take(
        told("a", FENMARCH, "N-1"), told("b", AMBER, "A-1"), told("c", KESTREL, "K-1", ELSEWHERE)
    )
    before = sql.rows(record), sql.rows(link_decision)

    found = part(sql, who(sql, "N-1"), *records)

    assert (found.exit_code, found.stdout) == (exit_code, "")
    assert (sql.rows(record), sql.rows(link_decision)) == before


def test_nobody_parts_a_file_who_is_of_no_organisation_of_the_register(sql: SqlHub) -> None:
    sql.take(told("a", FENMARCH, "N-1"), told("b", AMBER, "A-1"))

    found = part(sql, who(sql, "N-1"), f"{AMBER}:A-1", principal="eve@nowhere")

    assert found.exit_code == 1
    assert who(sql, "N-1") == who(sql, "A-1")


def test_for_people_it_is_told_in_lines(sql: SqlHub) -> None:
    sql.take(told("a", FENMARCH, "N-1"), told("b", AMBER, "A-1"))
    asked = ("--as", WORKER, "--purpose", "safeguarding")

    explained = hub(sql, "explain", who(sql, "N-1"), *asked)
    told_ = hub(sql, "history", who(sql, "N-1"), *asked)

    assert explained.exit_code == told_.exit_code == 0
    assert f"{AMBER}:A-1" in explained.stdout
    assert "name, date of birth and postcode agree" in told_.stdout
