"""One suite for the store, on SQLite and on a real PostgreSQL."""

import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256
from importlib import import_module
from itertools import count
from pathlib import Path
from pkgutil import iter_modules
from random import Random

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

import hub.store
from hub.afresh.values import Outcome, Surroundings
from hub.bootstrap import deciding
from hub.bootstrap.county import County, load_county
from hub.bootstrap.deciding import Deciding, OtherPolicy
from hub.model.agency import AgencyId
from hub.model.dead_letter import DeadLetter, Reason, Stage, labels
from hub.model.event import Body, Event, EventId, Value
from hub.model.parcel import Parcel
from hub.model.person import Identifier, Identity, Judgement, Name, PersonId, RecordKey
from hub.model.position import Fenced, Move, Place
from hub.model.recipient import StaffMember
from hub.resolve.compare import Tier
from hub.resolve.identity import identities
from hub.resolve.keys import marks
from hub.resolve.link import Link
from hub.resolve.neighbourhood import Changes, Known, Standing
from hub.resolve.part import across
from hub.store import bulk, dead_letters, schema, settings
from hub.store.cases import case, criterion
from hub.store.disclosures import plan, standing
from hub.store.engine import open_engine
from hub.store.events import event, event_record
from hub.store.events import event as event_table
from hub.store.fingerprint import fingerprint
from hub.store.keys import recipient_keys
from hub.store.lease import LeaseTaken, lease, take_turn
from hub.store.ledger import ledger
from hub.store.metadata import metadata
from hub.store.moments import from_ms, headers_from_text
from hub.store.outbox import outbox, relay_mark
from hub.store.people import link_decision, record, record_key
from hub.store.positions import advance, first_identity, positions
from hub.store.records import SqlPeople
from hub.store.sending import SqlOutbox
from hub.store.tasks import task
from hub.stream import sql_log
from hub.stream.log import partition_for
from hub.stream.topics import INGEST_LETTERS, out_topic
from hub.stream.wire import AvroWire
from tests.conftest import new_database
from tests.contract.sql_hub import SqlHub
from tests.harness import ROOT, until
from tests.made_events import (
    AMBER,
    BORN,
    CHILDREN,
    DUNMOOR,
    FENMARCH,
    HOMES,
    IDVA,
    KESTREL,
    NHS,
    OTHER_NHS,
    RECEIVED,
    REGISTERED,
    body_of,
    event_of,
    person,
    victim,
)
from tests.real_parts.postgres import PostgresServer
from tests.unit.ingest.memory import HubInMemory
from tests.unit.ingest.test_order import about_few
from tests.unit.resolve.people import Memory as People

COUNTY = load_county()
EVERYBODY = (FENMARCH, DUNMOOR, AMBER, KESTREL, CHILDREN, IDVA, HOMES)
ANN, AS_AMBER_KNOWS_HER = victim("N-1", nhs=NHS), victim("A-1", nhs=NHS)
PLACE, IDVAS = Place("hub.in.x", 0), out_topic(AgencyId(IDVA))


def incident(key: str = "one", **more: object) -> Event:
    fields = {"victims": [ANN], "risk_grade": "medium", "consent": "given", "named": [IDVA], **more}
    return event_of(body_of(key, **fields))  # type: ignore[arg-type]


def referral(key: str = "later", **more: object) -> Event:
    fields = {"agency": AMBER, "victims": [AS_AMBER_KNOWS_HER], "hour": 1, **more}
    return event_of(body_of(key, "referral-made", **fields), "referral-made")  # type: ignore[arg-type]


LETTER = DeadLetter(
    Stage.INGEST, AgencyId(FENMARCH), Reason.DECODE, "not framed", "hub.in", b"\x00?", RECEIVED,
    key=b"\xff", headers=(("ce_id", b"\x00\xff"),),
)  # fmt: skip


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database of this version, to be copied: to migrate each would take most of the time."""
    found = tmp_path_factory.mktemp("migrated") / "hub.sqlite"
    upgraded(f"sqlite:///{found}").dispose()
    return found


@pytest.fixture(scope="module")
def one_postgres(postgres_server: PostgresServer) -> Iterator[sa.Engine]:
    """One PostgreSQL database of this version for all, emptied before each."""
    found = upgraded(new_database(postgres_server.url))
    yield found
    found.dispose()


def upgraded(url: str) -> sa.Engine:
    found = open_engine(url)
    schema.upgrade(found)
    return found


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database of this version without a row in it, one kind after the other."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated"), tmp_path / "hub.sqlite")
        return f"sqlite:///{tmp_path / 'hub.sqlite'}"
    engine: sa.Engine = request.getfixturevalue("one_postgres")
    with engine.begin() as conn:
        for each in metadata.sorted_tables:
            conn.execute(each.delete())
    return engine.url.render_as_string(hide_password=False)


@pytest.fixture
def engine(url: str) -> Iterator[sa.Engine]:
    found = open_engine(url)
    yield found
    found.dispose()


@pytest.fixture
def sql(url: str) -> Iterator[SqlHub]:
    found = SqlHub(url, COUNTY)
    yield found
    found.close()


# The schema


def differences(engine: sa.Engine, *wanted: sa.MetaData) -> list[object]:
    for module in iter_modules(hub.store.__path__):
        if module.name != "migrations":
            import_module(f"hub.store.{module.name}")
    with engine.connect() as conn:
        context = MigrationContext.configure(conn, opts={"compare_type": True})
        return list(compare_metadata(context, [*wanted]))  # type: ignore[arg-type]


def test_the_migrations_make_the_tables_that_the_code_knows(engine: sa.Engine) -> None:
    assert differences(engine, metadata, sql_log.metadata) == []
    assert differences(engine, metadata) != []


def test_an_upgrade_is_done_once_and_a_database_knows_where_it_stands(database_url: str) -> None:
    engine = open_engine(database_url)
    assert schema.current(engine) is None

    first, again = schema.upgrade(engine), schema.upgrade(engine)

    assert first == again == schema.current(engine) == schema.newest()
    engine.dispose()


def test_processes_that_upgrade_at_once_do_not_get_into_each_others_way(database_url: str) -> None:
    engine = open_engine(database_url)
    failed: list[Exception] = []

    def upgrade() -> None:
        try:
            schema.upgrade(engine)
        except Exception as error:  # noqa: BLE001 - it is what the test looks for
            failed.append(error)

    at_once(upgrade, upgrade, upgrade)

    assert failed == []
    engine.dispose()


def test_every_table_says_how_long_its_rows_are_kept() -> None:
    assert all(table.info["retention"] for table in metadata.tables.values())


def at_once(*actions: object) -> None:
    """Run these in threads that start together."""
    gate = threading.Barrier(len(actions))

    def run(action: object) -> None:
        assert callable(action)
        gate.wait(10)
        action()

    threads = [threading.Thread(target=run, args=(each,)) for each in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()


# Positions


def test_a_new_reader_stands_at_the_beginning_and_moves(engine: sa.Engine) -> None:
    with engine.begin() as conn:
        assert positions(conn, "ingest", {PLACE.topic: 2}) == {PLACE: 0, Place(PLACE.topic, 1): 0}
        positions(conn, "another", {PLACE.topic: 2})
        advance(conn, "ingest", {PLACE: Move(0, 7)})

    with engine.begin() as conn:
        assert positions(conn, "ingest", {PLACE.topic: 2})[PLACE] == 7
        assert positions(conn, "another", {PLACE.topic: 2})[PLACE] == 0


def test_a_zombies_move_is_refused_and_changes_nothing(engine: sa.Engine) -> None:
    other = Place("hub.in.a", 0)
    with engine.begin() as conn:
        positions(conn, "ingest", {PLACE.topic: 1, other.topic: 1})
        advance(conn, "ingest", {PLACE: Move(0, 7)})

    with pytest.raises(Fenced, match=r"hub\.in\.x/0 offset 0"), engine.begin() as conn:
        advance(conn, "ingest", {other: Move(0, 3), PLACE: Move(0, 5)})

    with engine.begin() as conn:
        known = positions(conn, "ingest", {PLACE.topic: 1, other.topic: 1})
    assert known == {PLACE: 7, other: 0}


@pytest.mark.parametrize("move", [Move(1, 5), Move(-1, 5)])
def test_a_reader_that_went_astray_is_refused(engine: sa.Engine, move: Move) -> None:
    with engine.begin() as conn:
        positions(conn, "ingest", {PLACE.topic: 1})

    with pytest.raises(Fenced), engine.begin() as conn:
        advance(conn, "ingest", {PLACE: move})


def test_a_reader_that_nobody_knows_is_refused(engine: sa.Engine) -> None:
    with pytest.raises(Fenced), engine.begin() as conn:
        advance(conn, "ingest", {PLACE: Move(0, 5)})


def test_of_two_that_move_at_once_exactly_one_does(engine: sa.Engine) -> None:
    with engine.begin() as conn:
        positions(conn, "ingest", {PLACE.topic: 1})
    won: list[int] = []
    lost: list[Fenced] = []

    for start in range(0, 50, 10):

        def move(by: int, start: int = start) -> None:
            try:
                with engine.begin() as conn:
                    advance(conn, "ingest", {PLACE: Move(start, start + 10)})
                    settings.write(conn, f"from {start}", str(by))
                won.append(by)
            except Fenced as error:
                lost.append(error)

        at_once(lambda: move(1), lambda: move(2))

    assert len(won) == len(lost) == 5
    with engine.begin() as conn:
        assert positions(conn, "ingest", {PLACE.topic: 1}) == {PLACE: 50}
        assert [settings.read(conn, f"from {n}") for n in range(0, 50, 10)] == list(map(str, won))


def test_a_topic_keeps_the_identity_it_was_first_seen_with(engine: sa.Engine) -> None:
    with engine.begin() as conn:
        assert first_identity(conn, "hub.in.x", "one") == "one"
    with engine.begin() as conn:
        assert first_identity(conn, "hub.in.x", "another") == "one"
        assert first_identity(conn, "hub.in.y", "another") == "another"


# The journal


def test_what_was_kept_is_known_again_by_its_bytes(sql: SqlHub) -> None:
    one = incident()
    sql.take(one)

    with sql.engine.connect() as conn:
        found = sql.journal(conn).known([one.id, EventId("another")])

    (row,) = sql.rows(event)
    assert found == {one.id: COUNTY.codec.encode(COUNTY.registry.latest[one.type], one.body)}
    assert (row.type, row.agency, row.consent, row.risk) == (one.type, FENMARCH, "given", 1)
    assert {(r.agency, r.local_id, r.role) for r in sql.rows(event_record)} == {
        (FENMARCH, "N-1", "victims")
    }


def test_nothing_stays_of_a_batch_that_was_undone(
    sql: SqlHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = content(sql)

    def breaks_at_the_very_end(*_: object, **__: object) -> bytes:
        raise ConnectionError

    with monkeypatch.context() as patched:
        patched.setattr(AvroWire, "disclosure", breaks_at_the_very_end)
        with pytest.raises(ConnectionError):
            sql.take(incident(), letters=[LETTER])

    assert content(sql) == before
    assert sql.take(incident(), letters=[LETTER]).kept == 1


def test_a_zombies_batch_leaves_nothing(sql: SqlHub) -> None:
    zombie = SqlHub(sql.engine.url.render_as_string(hide_password=False), COUNTY)
    sql.take(incident())
    before = content(sql)

    with pytest.raises(Fenced):
        zombie.take(incident("another"), letters=[LETTER])

    assert content(sql) == before
    zombie.close()


def content(sql: SqlHub) -> dict[str, list[tuple[object, ...]]]:
    return {
        name: sorted((tuple(row) for row in sql.rows(table)), key=repr)
        for name, table in metadata.tables.items()
    }


def test_a_dead_letter_is_kept_and_announced_once(sql: SqlHub) -> None:
    later = replace(LETTER, received_at=RECEIVED + timedelta(days=1), detail="again")

    sql.take(letters=[LETTER, LETTER])
    sql.take(letters=[later])

    (row,) = sql.rows(dead_letters.dead_letter)
    (sent,) = sql.rows(outbox)
    assert dead_letters.letter_of(row) == LETTER
    assert (row.attempts, row.status) == (0, "open")
    assert (sent.topic, bytes(sent.value), sent.recipient) == (INGEST_LETTERS, LETTER.value, "")
    assert headers_from_text(sent.headers) == labels(LETTER)


def test_a_connectors_dead_letter_is_on_its_topic_already(sql: SqlHub) -> None:
    sql.take(letters=[replace(LETTER, stage=Stage.CONNECTOR)])

    assert len(sql.rows(dead_letters.dead_letter)) == 1
    assert sql.rows(outbox) == []


def test_a_mended_dead_letter_keeps_its_original_and_counts_its_attempts(sql: SqlHub) -> None:
    held = replace(LETTER, held="0" * 64, value=b"")
    sql.take(letters=[LETTER, held])

    with sql.engine.begin() as conn:
        dead_letters.repair(conn, held.id, b"mended")
        dead_letters.tried(conn, held.id, replayed=False)
        dead_letters.tried(conn, held.id, replayed=True)

    with sql.engine.connect() as conn:
        (row,) = dead_letters.letters(conn, [held.id])
        assert len(dead_letters.letters(conn)) == 2
    mended = dead_letters.letter_of(row)
    assert (mended.value, mended.held) == (b"mended", "")
    assert (bytes(row.value), row.attempts, row.status) == (b"", 2, "replayed")


def surroundings(sql: SqlHub, people: set[str], events: list[Event]) -> Surroundings:
    with sql.engine.connect() as conn:
        return sql.journal(conn).surroundings(
            {PersonId(each) for each in people},
            [each.id for each in events],
            SqlPeople(conn, RECEIVED).possibly_same,
        )


def who(sql: SqlHub, local_id: str) -> str:
    (row,) = sql.rows(record, record.c.local_id == local_id)
    return str(row.person_id)


def test_around_a_person_are_all_events_about_them_and_what_those_say(sql: SqlHub) -> None:
    hers, later = incident(), referral(consent="withdrawn")
    other = incident("other", victims=[victim("N-2", "Bea")])
    accused = incident("accused", victims=[], perpetrators=[person("N-1", nhs=NHS)])
    sql.take(hers, later, other, accused)
    ann = who(sql, "N-1")

    found = surroundings(sql, {ann}, [])

    told = found.happenings
    assert set(found.decide) == {hers.id, later.id}
    assert {told[each].statement.consent for each in found.decide} == {"given", "withdrawn"}
    assert {told[each].past.agency for each in found.decide} == {FENMARCH, AMBER}
    assert told[accused.id].suspects == {ann}
    assert told[accused.id].past.about == ()
    assert other.id not in told


def test_an_event_about_several_brings_all_that_is_told_of_each(sql: SqlHub) -> None:
    both = incident("both", victims=[ANN, victim("N-2", "Bea")])
    of_bea = incident(
        "bea", victims=[victim("N-2", "Bea"), victim("N-3", "Cat")], consent="refused"
    )
    of_cat = incident("cat", victims=[victim("N-3", "Cat")])
    of_dot = incident("dot", victims=[victim("N-4", "Dot")])
    sql.take(both, of_bea, of_cat, of_dot)
    ann, bea = who(sql, "N-1"), who(sql, "N-2")

    found = surroundings(sql, {ann}, [])

    assert found.happenings[both.id].past.about == tuple(sorted((ann, bea)))
    assert set(found.decide) == {both.id, of_bea.id}, "who stands with her is borne on"
    assert set(found.happenings) == {both.id, of_bea.id, of_cat.id}


def test_what_bears_on_a_victim_goes_by_way_of_who_may_have_harmed_her(sql: SqlHub) -> None:
    harmed = incident(
        "harmed", named=[IDVA, HOMES], perpetrators=[person("N-9", "Rex", nhs=OTHER_NHS)]
    )
    works = incident(
        "works", agency=AMBER, named=[IDVA, HOMES], victims=[victim("A-2", "Bea")],
        perpetrators=[person("A-9", "Rex", nhs=OTHER_NHS, employer="Fenmarch Homes")],
    )  # fmt: skip
    sql.take(harmed, works)
    rex = who(sql, "N-9")

    found = surroundings(sql, {rex}, [])

    assert set(found.decide) == {harmed.id, works.id}
    assert found.barred[PersonId(rex)].conflicts == {HOMES}
    assert sql.standing().keys() & {(HOMES, harmed.id), (HOMES, works.id)} == set()


def test_an_event_about_nobody_is_there_and_about_nobody(sql: SqlHub) -> None:
    nobodys = incident(victims=[], perpetrators=[person("N-2")])
    empty = incident("empty", victims=[])
    sql.take(nobodys, empty, incident("other"))

    found = surroundings(sql, set(), [nobodys, empty])

    assert set(found.decide) == {nobodys.id, empty.id}
    assert all(found.happenings[each].past.about == () for each in found.decide)
    assert found.happenings[empty.id].past.named == {IDVA}


def test_who_is_unresolved_is_guarded_like_a_victim(sql: SqlHub) -> None:
    event = incident(victims=[], unresolved=[ANN])
    sql.take(event)

    found = surroundings(sql, {who(sql, "N-1")}, []).happenings[event.id]

    assert found.past.about == (who(sql, "N-1"),)
    assert found.suspects == {who(sql, "N-1")}


def test_what_was_taken_back_before_it_came_never_stood(sql: SqlHub) -> None:
    event = incident()
    source = event.source
    named: Body = {"system": source.system, "key": source.key, "version": None}
    sql.take(event_of(body_of("gone", "record-retracted", retracts=named), "record-retracted"))

    outcome = sql.take(event)

    assert outcome.kept == 1
    assert not outcome.disclosed
    assert sql.standing() == {}
    assert sql.rows(event_table, event_table.c.event_id == event.id)[0].withdrawn


@pytest.mark.parametrize("correction_first", [False, True])
def test_what_stands_in_the_place_of_all_versions_still_stands(
    sql: SqlHub, correction_first: bool
) -> None:
    wrong, right = incident(), incident(version="2")
    named: Body = {"system": wrong.source.system, "key": wrong.source.key}
    notice = body_of(
        "correction", "record-corrected",
        corrects={**named, "version": None}, by={**named, "version": "2"},
    )  # fmt: skip
    told = [wrong, right, event_of(notice, "record-corrected")]

    for each in reversed(told) if correction_first else told:
        sql.take(each)

    assert sql.standing().keys() == {(AgencyId(IDVA), right.id)}


def test_more_than_a_statement_has_room_for_is_asked_and_written_in_parts(
    sql: SqlHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "PART", 2)
    sql.take(
        *(incident(str(number)) for number in range(7)), incident("b", victims=[], named=[HOMES])
    )

    found = surroundings(sql, {who(sql, "N-1")}, [])
    outcome = sql.take(referral(consent="withdrawn"))

    assert len(found.decide) == 7
    assert outcome.recalled == {IDVA: 7}
    assert waiting(sql) == []
    assert {row.recipient for row in sql.rows(standing)} == {FENMARCH, HOMES}


def test_a_part_and_its_pairs_fit_into_a_statement() -> None:
    assert 4 * bulk.PART < 32_766


# People


def identity(key: RecordKey, nhs: str) -> Identity:
    numbers = (
        Identifier("nhs_number", nhs, verified=True),
        Identifier("other", "7", verified=True),
    )
    return Identity(key, (Name("Ann", None), Name(None, "Exämple")), (BORN,), numbers)


ONE, TWO, THREE = (RecordKey(AgencyId("x"), name) for name in ("1", "2", "3"))


def test_records_and_links_come_back_as_they_were_kept(engine: sa.Engine) -> None:
    known = [Known(identity(key, NHS), PersonId(f"p-{key.local_id}")) for key in (ONE, TWO)]
    sure = Link(ONE, TWO, "why", Tier.NUMBER)
    loose = Link(ONE, THREE, "why not", Tier.POSSIBLE)
    shared = sorted(marks(known[0].identity) & marks(known[1].identity))
    assert shared
    with engine.begin() as conn:
        keys = [(mark, key) for mark in shared for key in (ONE, TWO)]
        SqlPeople(conn, RECEIVED).save(Changes(known, keys, [sure, loose]))

    with engine.connect() as conn:
        people = SqlPeople(conn, RECEIVED)
        assert people.find([ONE, THREE]) == {ONE: known[0]}
        assert people.find([]) == {}
        found = people.sharing([shared[0], "n0"])
        assert found.known == dict(zip((ONE, TWO), known, strict=True))
        assert found.under == {shared[0]: {ONE, TWO}, "n0": set()}
        assert people.standing([TWO]) == Standing([sure], set())
        assert set(people.standing([ONE]).links) == {sure, loose}
        assert people.possible([ONE]) == people.possible([THREE]) == [loose]
        assert people.possible([TWO]) == []


def test_a_link_that_ended_stands_no_more_stays_in_the_log_and_can_come_back(
    engine: sa.Engine,
) -> None:
    sure, again = Link(ONE, TWO, "why", Tier.NUMBER), Link(ONE, TWO, "better", Tier.NUMBER)
    with engine.begin() as conn:
        people = SqlPeople(conn, RECEIVED)
        people.save(Changes(added=[sure, Link(ONE, TWO, "held", Tier.REFUSED)]))

        people.save(Changes(ended=[sure], added=[again]))

        assert {each.reason for each in people.standing([ONE]).links} == {"better", "held"}
        rows = conn.execute(sa.select(link_decision).order_by(link_decision.c.seq)).all()
    assert [(row.kind, row.actor, row.reason, row.ended_ms is None) for row in rows] == [
        ("auto_link", "hub", "why", False),
        ("possible_link", "hub", "held", True),
        ("auto_link", "hub", "better", True),
    ]


def test_a_link_stands_once(engine: sa.Engine) -> None:
    sure = Link(ONE, TWO, "why", Tier.NUMBER)
    with engine.begin() as conn:
        SqlPeople(conn, RECEIVED).save(Changes(added=[sure]))

    with pytest.raises(sa.exc.IntegrityError), engine.begin() as conn:
        SqlPeople(conn, RECEIVED).save(Changes(added=[sure]))


def test_a_judgement_is_kept_with_who_made_it_and_is_no_link(engine: sa.Engine) -> None:
    pair = frozenset((ONE, TWO))
    with engine.begin() as conn:
        people = SqlPeople(conn, RECEIVED)
        people.save(Changes(cuts=[pair], judgement=Judgement("eve@x", "seen both")))

        assert people.standing([TWO]) == Standing([], {pair})
        (row,) = conn.execute(sa.select(link_decision))
    assert (row.kind, row.actor, row.reason) == ("cannot_link", "eve@x", "seen both")
    assert from_ms(row.at_ms) == RECEIVED


def test_nothing_of_a_name_a_date_or_a_number_stands_in_a_key(sql: SqlHub) -> None:
    sql.take(lives_here("one", FENMARCH, "N-1"))

    rows = sql.rows(record_key)

    assert len(rows) == 4
    assert all(re.fullmatch(r"[nabp][0-9a-f]{32}", row.mark) for row in rows)


def test_a_record_is_kept_in_the_place_of_what_was_known_of_it(engine: sa.Engine) -> None:
    before, now = (
        Known(identity(ONE, NHS), PersonId("p")),
        Known(identity(ONE, OTHER_NHS), PersonId("q")),
    )

    with engine.begin() as conn:
        people = SqlPeople(conn, RECEIVED)
        for each in (before, now, now):
            people.save(Changes([each]))

        assert people.find([ONE]) == {ONE: now}
        assert people.file(PersonId("p")) == []
        assert people.file(PersonId("q")) == [ONE]


def lives_here(
    key: str,
    agency: str,
    local_id: str,
    given: str = "Ann",
    postcode: str = "ZF1 1AA",
    **more: Value,
) -> Event:
    """Tell of somebody of whom name, date of birth and postcode are known, and with NHS a number."""
    home: Body = {"line1": "1 Sedge Road", "line2": None, "town": None, "postcode": postcode}
    one: Body = {
        **victim(local_id, given, nhs=NHS if key == "one" else None),
        "addresses": [home],
        **more,
    }
    return event_of(body_of(key, agency=agency, victims=[one]))


def linker(sql: SqlHub) -> Callable[[Sequence[RecordKey]], set[PersonId]]:
    """Give what parts records from the others of their file."""
    numbers = count(1)

    def part(named: Sequence[RecordKey]) -> set[PersonId]:
        with sql.engine.begin() as conn:
            people = SqlPeople(conn, RECEIVED)
            file = people.file(people.owners(named)[named[0]])
            judgement = Judgement("eve@fenmarch-idva", "seen both")
            new_id = lambda: PersonId(f"new-{next(numbers)}")  # noqa: E731 - short
            return people.cut(across(file, named), judgement, new_id)

    return part


def test_name_birth_and_postcode_join_across_agencies_and_a_cut_parts_for_ever(sql: SqlHub) -> None:
    sql.take(lives_here("a", FENMARCH, "N-1"), lives_here("b", AMBER, "A-1"))
    one = who(sql, "N-1")
    assert one == who(sql, "A-1")

    touched = linker(sql)([RecordKey(AgencyId(AMBER), "A-1")])
    sql.take(lives_here("c", AMBER, "A-1"), lives_here("d", FENMARCH, "N-1"))

    assert touched == {who(sql, "N-1"), who(sql, "A-1")}
    assert len(touched) == 2
    assert len(sql.rows(event)) == 4, "no event is lost"
    assert {r.kind for r in sql.rows(link_decision, link_decision.c.ended_ms.is_(None))} == {
        "cannot_link"
    }


def test_who_somebody_may_also_be_is_told_for_many_at_once_and_both_ways(sql: SqlHub) -> None:
    elsewhere = lives_here("b", AMBER, "A-1", postcode="ZD3 9BB")
    sql.take(lives_here("a", FENMARCH, "N-1"), elsewhere, lives_here("c", KESTREL, "K-1", "Bea"))
    ann, other, bea = (PersonId(who(sql, each)) for each in ("N-1", "A-1", "K-1"))

    with sql.engine.connect() as conn:
        people = SqlPeople(conn, RECEIVED)
        assert people.possibly_same([ann, other, bea]) == {ann: {other}, other: {ann}}
        assert people.possibly_same([bea]) == people.possibly_same([]) == {}
        assert people.possibly_same([ann]) == {ann: {other}}


def test_an_old_id_leads_to_who_the_person_is_now(sql: SqlHub) -> None:
    places = {"N-1": "ZF1 1AA", "A-1": "ZD3 9BB", "K-1": "ZH2 7CC"}
    agencies = dict(zip(places, (FENMARCH, AMBER, KESTREL), strict=True))
    sql.take(*(lives_here(id_, agencies[id_], id_, postcode=places[id_]) for id_ in places))
    old = {PersonId(who(sql, each)) for each in places}
    assert len(old) == 3

    sql.take(lives_here("n", FENMARCH, "N-1", postcode=places["A-1"]))
    sql.take(lives_here("m", KESTREL, "K-1", postcode=places["N-1"]))

    now = PersonId(who(sql, "N-1"))
    with sql.engine.connect() as conn:
        people = SqlPeople(conn, RECEIVED)
        assert {people.current(each) for each in old} == {now}
        assert people.current(PersonId("nobody")) is None


def test_while_one_changes_links_nobody_else_does(sql: SqlHub) -> None:
    """A judgement must not come between what ingest has read of a file and what it writes of it."""
    with (
        sql.deciding.turn(),
        sql.engine.connect() as other,
        pytest.raises(sa.exc.OperationalError),
    ):
        impatient(other)
        take_turn(other)
        SqlPeople(other, RECEIVED).find([ONE])

    with sql.deciding.turn() as turn:
        assert turn.people.find([]) == {}


def impatient(conn: sa.Connection) -> None:
    """Let a connection wait for nobody's lock for long."""
    if conn.dialect.name == "sqlite":
        connection = conn.connection.dbapi_connection
        assert connection is not None
        connection.execute("pragma busy_timeout=20")
    else:
        conn.execute(sa.text("set local lock_timeout = '20ms'"))


def test_a_crowded_key_grows_no_more_and_links_nobody(
    sql: SqlHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.resolve.attach.MOST", 2)
    for number in range(5):
        sql.take(incident(str(number), victims=[victim(f"N-{number}")]))

    assert len(sql.rows(record_key)) == 3
    stands = link_decision.c.ended_ms.is_(None)
    assert sql.rows(link_decision, stands) == []
    assert len(sql.rows(link_decision)) == 1


def test_those_who_stand_in_one_event_stand_together(sql: SqlHub) -> None:
    sql.take(incident(perpetrators=[person("N-2")], witnesses=[person("N-1", nhs=NHS)]), referral())
    ann, bob, as_amber = (RecordKey(AgencyId(a), i) for a, i in (
        (FENMARCH, "N-1"), (FENMARCH, "N-2"), (AMBER, "A-1")))  # fmt: skip

    with sql.engine.connect() as conn:
        people = SqlPeople(conn, RECEIVED)
        assert people.together([ann, bob, as_amber]) == {frozenset((ann, bob))}
        assert people.together([ann, as_amber]) == set()


Cases = set[tuple[object, ...]]


def cases_in(sql: SqlHub) -> Cases:
    """Give what stands in every case, each told by the records of its people."""
    records: dict[str, set[tuple[str, str]]] = {}
    for row in sql.rows(record):
        records.setdefault(row.person_id, set()).add((row.agency, row.local_id))
    cases = {
        row.case_id: (
            frozenset(records[row.victim]),
            frozenset(frozenset(records[each]) for each in row.perpetrators.split()),
        )
        for row in sql.rows(case)
    }
    standing = {
        (*cases[row.case_id], row.code, row.anchor, row.since, row.lapsed_on, row.events)
        for row in sql.rows(criterion)
    }
    return {*cases.values(), *standing}


def cases_of_memory(memory: HubInMemory) -> Cases:
    records = {person: frozenset(keys) for person, keys in memory.people.members().items()}
    found: Cases = set()
    for assessed in (each for theirs in memory.journal.cases.values() for each in theirs):
        who = (
            records[assessed.case.victim],
            frozenset(records[each] for each in assessed.case.perpetrators),
        )
        found.add(who)
        found |= {
            (*who, each.code, each.anchor or "", each.since.isoformat(),
             each.lapsed_on.isoformat() if each.lapsed_on else None, " ".join(each.events))
            for each in assessed.standings
        }  # fmt: skip
    return found


@pytest.mark.parametrize("seed", range(3))
def test_the_database_comes_to_what_the_hub_in_memory_comes_to(sql: SqlHub, seed: int) -> None:
    chance = Random(seed)
    events = about_few(chance, 24)
    memory = HubInMemory(COUNTY)

    for start in range(0, 24, 6):
        one, other = sql.take(*events[start : start + 6]), memory.take(*events[start : start + 6])
        assert one == other

    assert sql.standing() == memory.standing
    assert cases_in(sql) == cases_of_memory(memory)
    asked = {(each.kind, each.event, each.recipient or "") for each in memory.journal.tasks}
    assert {(row.kind, row.event_id, row.recipient) for row in sql.rows(task)} == asked
    assert sql.members() == memory.people.groups()
    assert links_that_stand(sql) == set(memory.people.links.values())


def links_that_stand(sql: SqlHub) -> set[Link]:
    keys = [RecordKey(AgencyId(row.agency), row.local_id) for row in sql.rows(record)]
    with sql.engine.connect() as conn:
        return set(SqlPeople(conn, RECEIVED).standing(keys).links)


@pytest.mark.parametrize("seed", range(8))
def test_the_order_in_which_the_database_hears_of_people_does_not_show(
    sql: SqlHub, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Records, possible links and a crowded key: the log of what stands is the same in any order."""
    monkeypatch.setattr("hub.resolve.attach.MOST", 5)
    chance = Random(seed)
    told = [
        lives_here(
            f"{n}",
            *chance.choice(KEYS),
            chance.choice(GIVEN),
            chance.choice(PLACES),
            born=chance.choice([None, BORN, BORN, OTHER_BORN]),
            gender=chance.choice(GENDERS),
        )
        for n in range(20)
    ]
    memory = People()

    for some in chance.sample([told[start : start + 4] for start in range(0, 20, 4)], 5):
        sql.take(*chance.sample(some, len(some)))
    for each in told:
        memory.take(
            [said for _, said in identities(each.source.agency, each.body)],
        )

    assert links_that_stand(sql) == set(memory.links.values()) != set()
    assert sql.members() == memory.groups()
    with sql.engine.connect() as conn:
        people = SqlPeople(conn, RECEIVED)
        persons = people.owners([*memory.records])
        maybe = people.possibly_same(persons.values())
    in_memory = memory.possibly_same(memory.members().keys())
    assert in_records(maybe, persons) == in_records(in_memory, memory.owners)
    assert {row.kind for row in sql.rows(link_decision)} == {"auto_link", "possible_link"}


def in_records(
    maybe: Mapping[PersonId, set[PersonId]], owners: Mapping[RecordKey, PersonId]
) -> set[tuple[RecordKey, RecordKey]]:
    """Say of which records whoever they are of may be the same."""
    return {
        (one, other)
        for one, person in owners.items()
        for other, also in owners.items()
        if also in maybe.get(person, ())
    }


KEYS = tuple(
    (agency, f"{agency[0]}-{n}") for agency in (FENMARCH, AMBER, KESTREL) for n in range(3)
)
GIVEN = ("Ann", "Ann", "Ann", "Bea", "Cat Mary", "Cat")
PLACES = ("ZF1 1AA", "ZF1 1AA", "ZD3 9BB", "none")
OTHER_BORN, GENDERS = date(1971, 7, 1), ("unknown", "unknown", "female", "male")


# What leaves


def waiting(sql: SqlHub, recipient: str = IDVA) -> list[tuple[str, str, bool]]:
    """Give (kind, disclosure id, opens) of what is in the outbox for a recipient, in order."""
    rows = sql.rows(outbox, outbox.c.recipient == recipient)
    return [
        (dict(headers_from_text(row.headers))["ce_type"].decode().split(".", 2)[-1], row.disclosure_id, row.opens)
        for row in sorted(rows, key=lambda row: row.id)
    ]  # fmt: skip


def test_a_disclosure_is_put_into_the_outbox_the_ledger_and_what_stands(sql: SqlHub) -> None:
    one = incident()

    sql.take(one)

    (row,) = sql.rows(outbox)
    (stands,) = sql.rows(standing)
    (the_plan,) = sql.rows(plan)
    entries = {entry.recipient: entry for entry in sql.rows(ledger)}
    assert (row.topic, row.recipient, row.seq, row.part) == (
        out_topic(AgencyId(IDVA)),
        IDVA,
        None,
        None,
    )
    assert (stands.recipient, stands.event_id, stands.plan_id) == (IDVA, one.id, the_plan.plan_id)
    assert (stands.disclosure_id, bytes(stands.key)) == (row.disclosure_id, bytes(row.key))
    assert {r: e.kind for r, e in entries.items()} == {
        IDVA: "disclosed", **dict.fromkeys(set(REGISTERED) - {IDVA, FENMARCH}, "suppressed")}  # fmt: skip
    assert entries[IDVA].sha256 == sha256(bytes(row.value)).hexdigest()
    assert entries[IDVA].plan_id == the_plan.plan_id
    assert entries[IDVA].reasons
    assert entries[HOMES].sha256 == entries[HOMES].disclosure_id == ""


def test_nothing_in_key_or_headers_leads_back_to_the_event(sql: SqlHub) -> None:
    one = incident()

    sql.take(one)

    (row,) = sql.rows(outbox)
    headers = dict(headers_from_text(row.headers))
    assert headers.keys() == {"ce_specversion", "ce_id", "ce_source", "ce_type"}
    assert headers["ce_source"] == b"/hub"
    for secret in (one.id, "N-1", FENMARCH, NHS, who(sql, "N-1")):
        assert secret.encode() not in b" ".join([bytes(row.key), *headers.values()])


def test_what_is_given_can_be_asked_for(sql: SqlHub) -> None:
    one = incident()
    sql.take(one, incident("two"))
    (stands,) = sql.rows(standing, standing.c.event_id == one.id)

    with sql.deciding.turn() as turn:
        found = turn.dispatch.given([one.id])
        assert turn.dispatch.given([]) == {}
        plans = turn.hub.planner._plans.values()

    (given,) = found.values()
    assert found.keys() == {(IDVA, one.id)}
    assert (given.plan_id, given.disclosure_id) == (stands.plan_id, stands.disclosure_id)
    (the_plan,) = [each for each in plans if each.id == given.plan_id]
    assert given.treatments == the_plan.treatments


def test_what_never_left_is_withdrawn_and_no_recall_says_that_it_was(sql: SqlHub) -> None:
    sql.take(incident())
    assert len(waiting(sql)) == 1

    sql.take(referral(consent="withdrawn"))

    assert waiting(sql) == []
    assert sql.rows(standing, standing.c.recipient == IDVA) == []
    assert [e.kind for e in sql.rows(ledger, ledger.c.recipient == IDVA)].count("recalled") == 1


def test_what_the_relay_has_taken_is_recalled(sql: SqlHub) -> None:
    sql.take(incident())
    ((_, id_, _),) = waiting(sql)
    assert len(sent(sql)) == 1

    sql.take(referral(consent="withdrawn"))

    assert waiting(sql) == [("incident-reported.disclosed", id_, True), ("recall", id_, False)]
    one, back = sql.rows(outbox, outbox.c.recipient == IDVA)
    assert bytes(one.key) == bytes(back.key)


def test_of_what_left_and_was_then_widened_only_the_widening_is_withdrawn(sql: SqlHub) -> None:
    sql.take(incident(consent="not_asked"))
    ((_, id_, _),) = waiting(sql)
    sent(sql)
    sql.take(incident("high", risk_grade="high", consent=None, named=[]))
    assert [kind for kind, _, _ in waiting(sql)] == ["incident-reported.disclosed"] * 2
    assert {each for _, each, _ in waiting(sql)} == {id_}

    with sql.engine.begin() as conn:
        conn.execute(event.update().where(event.c.risk == 2).values(risk=None))
    sql.take(referral(consent="withdrawn"))

    assert waiting(sql) == [("incident-reported.disclosed", id_, True), ("recall", id_, False)]


# Another policy comes into force


def with_status(recipient: str, status: str) -> County:
    """The county with another register."""
    return with_entry(recipient, status=status)


def with_entry(recipient: str, **fields: object) -> County:
    known = COUNTY.bundle.recipients
    changed = replace(known[AgencyId(recipient)], **fields)  # type: ignore[arg-type]
    return replace(COUNTY, bundle=replace(COUNTY.bundle, recipients={**known, changed.id: changed}))


def test_who_is_suspended_has_everything_recalled_when_the_policy_comes_into_force(
    sql: SqlHub,
) -> None:
    sql.take(*(incident(str(n), named=[IDVA, HOMES]) for n in range(3)))
    sent(sql)

    outcome = sql.decides_by(with_status(IDVA, "suspended"))

    assert outcome.recalled == {IDVA: 3}
    assert {recipient for recipient, _ in sql.standing()} == {HOMES}
    assert len([p for p in sent(sql) if p.place.topic == IDVAS]) == 3
    assert sql.decides_by(COUNTY).disclosed == {IDVA: 3}


def test_the_same_policy_decides_nothing_afresh(sql: SqlHub) -> None:
    sql.take(incident())
    before = content(sql)

    outcome = sql.decides_by(COUNTY)

    assert outcome == Outcome()
    assert content(sql) == before


def test_the_relay_sends_nothing_that_another_policy_decided(sql: SqlHub) -> None:
    sql.take(incident(named=[IDVA, HOMES]))
    box = sql.outbox()
    with sql.engine.begin() as conn:
        settings.write(conn, settings.POLICY, "another")

    assert box.seal(box.marks(), 1000) == []

    sql.decides_by(COUNTY)
    assert {parcel.place.topic for parcel in box.seal(box.marks(), 1000)} == {
        IDVAS,
        out_topic(AgencyId(HOMES)),
    }


def test_a_process_with_another_policy_than_the_one_in_force_decides_nothing(sql: SqlHub) -> None:
    stale = sql.deciding
    sql.decides_by(with_status(IDVA, "suspended"))

    with pytest.raises(OtherPolicy), stale.turn():
        pass


def test_a_policy_comes_into_force_though_it_is_killed_after_every_step(
    sql: SqlHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deciding, "CHUNK", 2)
    sql.take(*(incident(str(n), named=[IDVA, HOMES]) for n in range(7)))

    def dies(_: int) -> None:
        raise KeyboardInterrupt

    chunks = 4
    for life in range(2 * (chunks + 1)):  # the register, then the decisions; each ends with a look
        sql.deciding = Deciding(
            sql.engine,
            with_status(IDVA, "suspended"),
            recipient_keys(sql.engine, []),
            lambda: RECEIVED,
        )
        with pytest.raises(KeyboardInterrupt):
            sql.deciding.bring_into_force(dies)
        left = {event for recipient, event in sql.standing() if recipient == IDVA}
        assert len(left) == min(7, max(0, 7 - 2 * (life - chunks)))

    sql.deciding.bring_into_force(dies)
    assert {recipient for recipient, _ in sql.standing()} == {HOMES}
    assert {parcel.place.topic for parcel in sent(sql)} == {out_topic(AgencyId(HOMES))}


def test_who_comes_onto_a_staff_list_is_found_in_what_was_told_before(sql: SqlHub) -> None:
    """And in every event about the same victim, though only one of them names him."""
    sql.take(incident(perpetrators=REX), incident("two", named=[IDVA, HOMES]))
    sent(sql)
    he_starts_there = with_entry(IDVA, staff=(StaffMember("Rex", "Example", None),))

    sql.decides_by(he_starts_there)

    assert {row.recipient: row.stopped for row in sql.rows(standing)} == {IDVA: True, HOMES: False}
    assert len(sql.rows(standing, standing.c.stopped)) == 2
    assert sent(sql) == []
    assert IDVA not in sql.take(referral(named=[IDVA])).disclosed

    sql.decides_by(COUNTY)

    assert [
        row.recipient for row in sql.rows(event_record, event_record.c.perpetrator_links != "")
    ] == []


def test_who_gets_another_name_is_named_in_what_was_told_before(sql: SqlHub) -> None:
    by_name: list[Value] = [{"part": "notified", "name": "The Old Mill", "organisation_id": None}]
    sql.take(incident(organisations=by_name))
    assert sql.standing() == {}

    outcome = sql.decides_by(with_entry(IDVA, aliases=("The Old Mill",)))

    assert outcome.disclosed == {IDVA: 1}


def test_with_other_criteria_what_stands_of_every_case_is_kept_anew(sql: SqlHub) -> None:
    sql.take(*(incident(str(n), perpetrators=REX) for n in range(3)))
    assert {row.code for row in sql.rows(criterion)} == {"escalation"}
    book = COUNTY.book
    rarer = [replace(each, count=4) for each in book.criteria["escalation"]]
    criteria = {**book.criteria, "escalation": rarer}

    sql.decides_by(replace(COUNTY, book=replace(book, criteria=criteria, sha256="another")))

    assert sql.rows(criterion) == []


# The outbox, as the relay sees it


def sent(sql: SqlHub) -> list[Parcel]:
    """Take what waits, and note it as acknowledged."""
    box = sql.outbox()
    parcels = box.seal(box.marks(), 1000)
    box.mark({parcel.place: parcel.seq for parcel in parcels})
    return parcels


def test_rows_are_numbered_without_a_gap_in_each_place_in_the_order_they_came(sql: SqlHub) -> None:
    sql.take(*(incident(str(n), victims=[victim(f"N-{n}")], named=EVERYBODY) for n in range(8)))
    box = sql.outbox()
    at = box.marks()
    assert set(at.values()) == {-1}
    assert len(at) == sum(COUNTY.outputs.values())

    parcels = [*box.seal(at, 20)]
    last = {**at, **{each.place: each.seq for each in parcels}}
    parcels += box.seal(last, 1000)

    assert len(parcels) == len(sql.rows(outbox))
    assert [each.id for each in parcels] == sorted(each.id for each in parcels)
    for place in at:
        numbers = [each.seq for each in parcels if each.place == place]
        assert numbers == list(range(len(numbers)))
    assert all(
        each.place.partition == partition_for(each.key, COUNTY.outputs[each.place.topic])
        for each in parcels
    )
    assert box.seal(last, 1000) == []


def test_taken_rows_can_be_had_again_to_the_byte(sql: SqlHub) -> None:
    sql.take(*(incident(str(n)) for n in range(5)))
    parcels = sent(sql)
    place = parcels[0].place

    found = sql.outbox().sealed(place, 1, 3)

    assert found == [each for each in parcels if each.place == place and 1 < each.seq <= 3]


def test_numbers_that_were_taken_back_are_given_again(sql: SqlHub) -> None:
    sql.take(*(incident(str(n)) for n in range(3)))
    box = sql.outbox()
    first = box.seal(box.marks(), 1000)
    place = first[0].place

    box.unseal({**box.marks(), place: 0})

    assert box.sealed(place, -1, 9) == [each for each in first if each.place == place][:1]
    again = box.seal({**box.marks(), place: 0}, 1000)
    assert again == [each for each in first if each not in first[:1]]


def test_a_mark_is_kept(sql: SqlHub) -> None:
    box = sql.outbox()
    place = sorted(box.marks())[0]

    box.mark({place: 7})

    assert sql.outbox().marks()[place] == 7
    assert sorted(set(sql.outbox().marks().values())) == [-1, 7]


def test_a_relay_that_began_earlier_can_take_nothing_and_mark_nothing(sql: SqlHub) -> None:
    """Rows that two relays numbered would be taken for sent, and be lost."""
    sql.take(incident())
    zombie, box = sql.outbox(), sql.outbox()
    marks = box.marks()

    with pytest.raises(Fenced):
        zombie.seal(marks, 1000)
    with pytest.raises(Fenced):
        zombie.mark(dict.fromkeys(marks, 7))

    assert box.marks() == marks
    assert len(box.seal(marks, 1000)) == 1


REX = [person("N-9", "Rex", nhs=OTHER_NHS)]
WORKS_FOR_THE_IDVA = incident(
    "works", agency=AMBER, victims=[], named=[],
    perpetrators=[person("A-9", "Rex", nhs=OTHER_NHS, employer="Fenmarch IDVA Service")],
)  # fmt: skip


def test_under_a_new_conflict_what_waits_does_not_leave_and_what_left_is_remembered(
    sql: SqlHub,
) -> None:
    sql.take(incident(perpetrators=REX))
    sent(sql)
    sql.take(incident("two", perpetrators=REX))
    assert len(sql.rows(outbox, outbox.c.seq.is_(None))) == 1

    sql.take(WORKS_FOR_THE_IDVA)

    assert sql.rows(outbox, outbox.c.seq.is_(None)) == []
    (row,) = sql.rows(standing, standing.c.recipient == IDVA)
    assert row.stopped
    assert {entry.kind for entry in sql.rows(ledger, ledger.c.recipient == IDVA)} == {
        "disclosed", "stopped", "suppressed",
    }  # fmt: skip
    assert sent(sql) == []


def test_what_was_taken_and_is_stopped_before_it_left_does_not_leave(sql: SqlHub) -> None:
    sql.take(incident(perpetrators=REX))
    box = sql.outbox()
    assert len(box.seal(box.marks(), 1000)) == 1
    sql.take(WORKS_FOR_THE_IDVA)

    box.unseal(box.marks())  # the relay died between taking and sending, and begins again

    assert box.seal(box.marks(), 1000) == []
    assert sql.rows(standing, standing.c.recipient == IDVA) == []


def test_a_disclosure_that_was_taken_never_left_and_is_forbidden_by_now_does_not_leave(
    sql: SqlHub,
) -> None:
    sql.take(incident(), incident("other", victims=[victim("N-2", "Bea")]))
    box = sql.outbox()
    taken = box.seal(box.marks(), 1000)
    assert len(taken) == 2
    sql.take(referral(consent="withdrawn"))

    box.unseal(box.marks())  # the relay died between taking and sending, and begins again

    again = box.seal(box.marks(), 1000)
    assert [parcel.id for parcel in again if parcel.place.topic == IDVAS] == [taken[1].id]


def test_a_widening_that_never_left_does_not_leave_either_but_the_recall_does(sql: SqlHub) -> None:
    sql.take(incident(consent="not_asked"))
    (first,) = sent(sql)
    sql.take(incident("high", risk_grade="high", consent=None, named=[]))
    box = sql.outbox()
    (widened,) = box.seal(box.marks(), 1000)
    with sql.engine.begin() as conn:
        conn.execute(event.update().where(event.c.risk == 2).values(risk=None))
    sql.take(referral(consent="withdrawn"))

    box.unseal(box.marks())

    (back,) = (each for each in box.seal(box.marks(), 1000) if each.place.topic == IDVAS)
    assert back.id > widened.id > first.id
    assert dict(back.headers)["ce_type"].endswith(b".recall")
    assert back.seq == first.seq + 1


def test_what_was_sent_long_ago_is_forgotten_and_what_was_only_taken_is_not(sql: SqlHub) -> None:
    sql.take(incident())
    (left,) = sent(sql)
    sql.take(incident("two"))
    box = sql.outbox()
    (taken,) = box.seal(box.marks(), 1000)
    sql.take(incident("three"))
    later = SqlOutbox(
        sql.engine, COUNTY.outputs, partition_for, lambda: RECEIVED + timedelta(days=8)
    )

    box.trim()
    assert len(sql.rows(outbox)) == 3
    later.trim()

    assert left.id not in {row.id for row in sql.rows(outbox)}
    assert taken.id in {row.id for row in sql.rows(outbox)}
    assert len(sql.rows(outbox)) == 2


def test_waiting_ends_when_something_waits(sql: SqlHub) -> None:
    box = sql.outbox()
    box.wait(0)  # PostgreSQL: begins to listen
    began = time.monotonic()
    timer = threading.Timer(0.1, lambda: sql.take(incident()))
    timer.start()

    while not box.seal(box.marks(), 1):
        box.wait(20)

    timer.join()
    assert time.monotonic() - began < 10
    box.close()


def test_a_bell_whose_connection_was_lost_is_no_obstacle(sql: SqlHub) -> None:
    box = sql.outbox()
    box.wait(0)
    if box._bell is not None:
        with sql.engine.connect() as conn:
            conn.execute(sa.select(sa.func.pg_terminate_backend(box._bell.info.backend_pid)))

    for _ in range(3):
        box.wait(0.1)
    sql.take(incident())
    box.wait(5)

    assert len(box.seal(box.marks(), 10)) == 1
    box.close()


# Leases

HOLD = """
import sys, time
from hub.store.engine import open_engine
from hub.store.lease import lease
with lease(open_engine(sys.argv[1]), "ingest"):
    print("held", flush=True)
    time.sleep(600)
"""


def can_hold(engine: sa.Engine, name: str = "ingest") -> bool:
    try:
        with lease(engine, name):
            return True
    except LeaseTaken:
        return False


def test_a_lease_is_held_by_one_and_free_afterwards(engine: sa.Engine) -> None:
    with lease(engine, "ingest"):
        assert not can_hold(engine)
        assert can_hold(engine, "relay")

    assert can_hold(engine)


def test_a_lease_is_free_once_its_holder_failed(engine: sa.Engine) -> None:
    with pytest.raises(KeyError), lease(engine, "ingest"):
        raise KeyError

    assert can_hold(engine)


def test_a_lease_is_free_once_its_holder_was_killed(engine: sa.Engine) -> None:
    url = engine.url.render_as_string(hide_password=False)
    arguments = [sys.executable, "-c", HOLD, url]
    holder = subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    try:
        with holder.stdout as said:
            assert said.readline() == "held\n"
        assert not can_hold(engine)
    finally:
        holder.kill()
        holder.wait()

    until(lambda: can_hold(engine), seconds=10, what="the lease of a killed process")


def test_two_databases_have_two_leases(engine: sa.Engine, tmp_path: Path) -> None:
    other = open_engine(f"sqlite:///{tmp_path / 'other.sqlite'}")
    other.connect().close()

    with lease(engine, "ingest"):
        assert can_hold(other)
    other.dispose()


# The fingerprint


def new_hub(url: str) -> SqlHub:
    upgraded(url).dispose()
    return SqlHub(url, COUNTY)


def some_content(sql: SqlHub) -> None:
    sql.take(
        incident(perpetrators=[person("N-2", "Bob")]), incident("two", victims=[]), letters=[LETTER]
    )
    sql.take(referral(criteria=["visible_high_risk"]), letters=[replace(LETTER, value=b"!")])


def print_of(sql: SqlHub) -> dict[str, str]:
    with sql.engine.connect() as conn:
        found = fingerprint(conn)
    parts = found["parts"]
    assert isinstance(parts, dict)
    return {**parts, "whole": str(found["fingerprint"])}


def test_equal_content_has_an_equal_fingerprint_on_both_databases(
    sqlite_url: str, postgres_url: str
) -> None:
    both = [new_hub(url) for url in (sqlite_url, postgres_url)]
    for each in both:
        some_content(each)

    one, other = map(print_of, both)

    assert one == other
    assert len(set(one.values())) == len(one)
    for each in both:
        each.close()


def test_neither_order_nor_batches_nor_time_nor_what_was_sent_shows_in_it(
    sql: SqlHub, tmp_path: Path
) -> None:
    other = new_hub(f"sqlite:///{tmp_path / 'other.sqlite'}")
    some_content(sql)
    later = replace(LETTER, received_at=RECEIVED + timedelta(days=1))

    other.take(referral(criteria=["visible_high_risk"]))
    other.take(letters=[replace(LETTER, value=b"!"), later, LETTER])
    other.take(incident("two", victims=[]))
    sent(other)
    other.take(
        incident(perpetrators=[person("N-2", "Bob")]), referral(criteria=["visible_high_risk"])
    )

    assert print_of(other) == print_of(sql)
    other.close()


CHANGES: dict[str, tuple[str, sa.Table, dict[str, object]]] = {
    "another event": ("events", event, {"event_id": "another"}),
    "another type": ("events", event, {"type": "risk-assessed"}),
    "another content": ("events", event, {"sha256": "0"}),
    "another risk": ("events", event, {"risk": 0}),
    "another consent": ("events", event, {"consent": "refused"}),
    "nobody named": ("events", event, {"named": "x"}),
    "taken back": ("events", event, {"withdrawn": True}),
    "a conflict": ("events", event_record, {"conflicts": IDVA}),
    "a perpetrator link": ("events", event_record, {"perpetrator_links": IDVA}),
    "another role": ("events", event_record, {"role": "children"}),
    "another record": ("people cases criteria", record, {"local_id": "N-7"}),
    "another name": ("people", record, {"identity": "{}"}),
    "another person": ("people cases criteria", record, {"person_id": "another"}),
    "another link": ("links", link_decision, {"b_local_id": "N-7"}),
    "another kind of link": ("links", link_decision, {"kind": "cannot_link"}),
    "another case": ("cases criteria", case, {"opened_on": "2026-01-01"}),
    "nobody named in a case": ("cases criteria", case, {"perpetrators": ""}),
    "another criterion": ("criteria", criterion, {"code": "repeat"}),
    "another day": ("criteria", criterion, {"since": "2026-01-01"}),
    "lapsed": ("criteria", criterion, {"lapsed_on": "2026-01-01"}),
    "resting on another event": ("criteria", criterion, {"events": "another"}),
    "another fact": ("events", event, {"facts": "{}!"}),
    "another recipient": ("standing", standing, {"recipient": CHILDREN}),
    "another plan": ("standing", standing, {"plan_id": "another"}),
    "stopped": ("standing", standing, {"stopped": True}),
    "another reason": ("dead_letters", dead_letters.dead_letter, {"reason": "decode!"}),
    "other bytes": ("dead_letters", dead_letters.dead_letter, {"value": b"x"}),
    "another status": ("dead_letters", dead_letters.dead_letter, {"status": "replayed"}),
}  # fmt: skip


def test_any_one_thing_that_differs_shows_in_its_part_and_in_the_whole(sql: SqlHub) -> None:
    some_content(sql)
    before = print_of(sql)

    for name, (part, table, change) in CHANGES.items():
        with sql.engine.connect() as conn:
            row = conn.execute(sa.select(table).order_by(*table.primary_key.columns)).first()
            assert row is not None
            one = sa.and_(*(c == row._mapping[c.name] for c in table.primary_key.columns))
            conn.execute(table.update().where(one).values(change))
            found = fingerprint(conn)
            conn.rollback()
        parts = found["parts"]
        assert isinstance(parts, dict)
        changed = {each for each in parts if parts[each] != before[each]}
        assert changed == set(part.split()), name
        assert found["fingerprint"] != before["whole"], name
    assert print_of(sql) == before


# Many rows at once


@pytest.mark.parametrize("count", [1, bulk.FEW - 1, bulk.FEW, 200])
def test_rows_are_inserted_however_many_they_are(engine: sa.Engine, count: int) -> None:
    rows = [{"topic": "t", "part": number, "seq": number << 33} for number in range(count)]

    with engine.begin() as conn:
        bulk.insert(conn, relay_mark, rows)
        bulk.insert(conn, relay_mark, [])

    with engine.connect() as conn:
        assert len(conn.execute(sa.select(relay_mark)).all()) == count


@pytest.mark.parametrize("count", [1, 200])
def test_a_row_that_is_there_is_said_to_be_there_however_many_come_with_it(
    engine: sa.Engine, count: int
) -> None:
    rows = [{"topic": "t", "part": number, "seq": 0} for number in range(count)]
    with engine.begin() as conn:
        bulk.insert(conn, relay_mark, rows)

    with pytest.raises(sa.exc.IntegrityError), engine.begin() as conn:
        bulk.insert(conn, relay_mark, rows)


# Keys and settings


def test_each_recipient_keeps_its_own_key(engine: sa.Engine) -> None:
    first = recipient_keys(engine, [AgencyId("a"), AgencyId("b")])

    again = recipient_keys(engine, [AgencyId("b"), AgencyId("c")])

    assert first.items() <= again.items()
    assert len(set(again.values())) == 3
    assert all(len(key) == 32 for key in again.values())


def test_a_setting_is_kept_and_overwritten(engine: sa.Engine) -> None:
    with engine.begin() as conn:
        assert settings.read(conn, "demo") is None
        settings.write(conn, "demo", "no")
        settings.write(conn, "demo", "yes")

    with engine.connect() as conn:
        assert settings.read(conn, "demo") == "yes"
