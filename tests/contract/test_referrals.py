"""Referrals over HTTP, down to the database and the hub: on SQLite and on a real PostgreSQL."""

import json
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
from httpx import Response

from hub.api.answers import NOTICE
from hub.api.app import make_api
from hub.api.referral_form import COMPLETE, SMALLEST
from hub.api.referrals import referral_routes
from hub.bootstrap.county import load_county
from hub.bootstrap.processes import ingest_until
from hub.bootstrap.referrals import Referrals, send_waiting
from hub.bootstrap.runtime import Runtime, running
from hub.bootstrap.serve import say_when_away
from hub.model.agency import AgencyId
from hub.model.client import Scope
from hub.settings import settings
from hub.store import referrals as kept
from hub.store.cases import criterion
from hub.store.engine import open_engine
from hub.store.events import event
from hub.stream.log import LogUnavailable
from hub.stream.sql_log import SqlLog
from tests.doors import NamedDoor, admitted
from tests.made_events import RECEIVED
from tests.real_parts.ports import free_ports
from tests.recipient import consume

COUNTY = load_county()
CANARY = "Wren Canaryfield"
TOPIC = "hub.in.amber-door.safeguarding.v1"


def organisation(name: str) -> Any:
    return COUNTY.bundle.recipients[AgencyId(name)]


DOOR = NamedDoor(
    {
        "amber": admitted(organisation("amber-door"), client="amber"),
        "amber-other": admitted(organisation("amber-door"), client="amber-other"),
        "amber-reader": admitted(organisation("amber-door"), Scope.REFERRALS_READ),
        "kestrel": admitted(organisation("kestrel-line"), client="kestrel"),
        "idva": admitted(organisation("fenmarch-idva"), client="idva"),
    }
)


class Hub:
    """A hub with its API, and whoever calls it."""

    def __init__(self, runtime: Runtime, **options: Any) -> None:
        self.runtime = runtime
        app = make_api(DOOR, [referral_routes(Referrals(runtime, **options))])
        say_when_away(app)
        self.http = TestClient(app)

    def push(
        self, said: object, key: str | None = None, client: str = "amber", **more: str
    ) -> Response:
        headers = {"Idempotency-Key": key or uuid.uuid4().hex, **more}
        return self.http.post("/v1/referrals", json=said, headers={**named(client), **headers})

    def status(self, location: str, client: str = "amber", **more: str) -> Response:
        return self.http.get(location, headers={**named(client), **more})

    def ingest(self) -> Any:
        return ingest_until(self.runtime, lambda: False, once=True, seen=lambda _: None)

    def count(self, table: sa.Table) -> int:
        with self.runtime.engine.connect() as conn:
            return int(conn.scalar(sa.select(sa.func.count()).select_from(table)) or 0)


def named(client: str) -> dict[str, str]:
    return {"Authorization": f"Test {client}", "Hub-Purpose": "safeguarding"}


@pytest.fixture
def hub(database_url: str, tmp_path: Path) -> Iterator[Hub]:
    options = settings(db=database_url, home=str(tmp_path), environment={})
    with running(options, COUNTY, lambda: RECEIVED, migrate=True) as runtime:
        runtime.create_topics()
        yield Hub(runtime)


def complete(**changes: Any) -> dict[str, Any]:
    return {**deepcopy(COMPLETE), **changes}


def test_a_referral_is_taken_in_and_its_event_is_kept(hub: Hub) -> None:
    answer = hub.push(complete())

    assert answer.status_code == 201
    told = answer.json()
    assert answer.headers["location"] == f"/v1/referrals/{told['referral_id']}"
    assert told == {
        "referral_id": told["referral_id"], "version": 1, "status": "received",
        "received_at": "2026-11-24T09:00:00.000Z", "missing": [], "notice": NOTICE,
    }  # fmt: skip
    assert not hub.status(answer.headers["location"]).json()["kept"]

    outcome = hub.ingest()

    assert (outcome.kept, outcome.duplicates, outcome.dead_letters.total()) == (1, 0, 0)
    assert hub.count(kept.waiting) == 0
    with hub.runtime.engine.connect() as conn:
        (row,) = conn.execute(sa.select(event)).all()
    assert (row.type, row.agency, row.system) == ("referral-made", "amber-door", "api")
    assert (row.key, row.version) == (COMPLETE["reference"], "1")
    assert hub.status(answer.headers["location"]).json() == {**told, "kept": True}


def test_a_judgement_that_was_ticked_counts(hub: Hub) -> None:
    hub.push(complete(), client="amber")
    hub.push(complete(reference="other", criteria=[], perpetrators=[{"id": "P", "names": [{"given": "Vic"}]}]))  # fmt: skip
    hub.ingest()

    with hub.runtime.engine.connect() as conn:
        found = conn.execute(sa.select(criterion)).all()

    assert [each.code for each in found] == ["professional_judgement"]


def test_what_is_incomplete_counts_and_says_what_is_asked_for(hub: Hub) -> None:
    answer = hub.push({**SMALLEST, "criteria": ["professional_judgement"]})

    assert answer.status_code == 201
    told = answer.json()
    assert told["status"] == "incomplete"
    assert {"pointer": "/victim/born", "code": "missing"}.items() <= told["missing"][1].items()
    assert all(each["why"] for each in told["missing"])
    assert hub.ingest().kept == 1


def test_a_higher_version_completes_it(hub: Hub) -> None:
    first = hub.push({**SMALLEST, "reference": "R-1"}).json()
    answer = hub.push(complete(reference="R-1", version=2))
    outcome = hub.ingest()

    assert answer.status_code == 201
    second = answer.json()
    assert second["referral_id"] == first["referral_id"]
    assert (first["status"], second["status"]) == ("incomplete", "received")
    assert outcome.kept == 2
    status = hub.status(answer.headers["location"]).json()
    assert (status["version"], status["status"], status["kept"]) == (2, "received", True)


def test_a_version_that_was_passed_or_is_another_is_refused(hub: Hub) -> None:
    hub.push(complete(version=2))

    other = hub.push(complete(version=2, wishes="Something else."))
    passed = hub.push(complete(version=1))

    assert (other.status_code, passed.status_code) == (409, 409)
    assert other.json()["type"] == passed.json()["type"] == "/problems/version-taken"
    assert hub.ingest().kept == 1


def test_the_same_key_and_body_give_the_same_bytes_and_one_event(hub: Hub) -> None:
    first = hub.push(complete(), "key-00000001")
    hub.ingest()
    reordered = dict(reversed(complete().items()))
    again = [hub.push(each, "key-00000001") for each in (complete(), reordered)]

    for each in again:
        assert each.status_code == first.status_code == 201
        assert each.content == first.content
        assert each.headers["location"] == first.headers["location"]
    assert hub.count(kept.waiting) == 0
    assert hub.ingest().read == 0


def test_the_same_key_with_another_body_is_refused(hub: Hub) -> None:
    hub.push(complete(), "key-00000001")

    answer = hub.push(complete(reference="another"), "key-00000001")

    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/key-reused"
    assert hub.count(kept.waiting) == 1


def test_a_key_is_of_one_client(hub: Hub) -> None:
    hub.push(complete(), "key-00000001")

    other = hub.push(complete(reference="another"), "key-00000001", client="amber-other")

    assert other.status_code == 201


def test_a_refused_request_does_not_use_its_key_up(hub: Hub) -> None:
    hub.push(complete(version=2))
    assert hub.push(complete(version=1), "key-00000001").status_code == 409

    assert hub.push(complete(version=3), "key-00000001").status_code == 201


def test_the_very_same_under_another_key_is_there_already(hub: Hub) -> None:
    first = hub.push(complete(), "key-00000001")
    second = hub.push(complete(), "key-00000002")
    again = hub.push(complete(), "key-00000002")

    assert (first.status_code, second.status_code, again.status_code) == (201, 200, 200)
    assert first.content == second.content == again.content
    assert hub.count(kept.waiting) == 1


def test_of_many_at_once_one_wins_and_all_are_told_the_same(hub: Hub) -> None:
    """Two processes, as it were: each has its own connections and shares the database alone."""
    other = open_engine(hub.runtime.settings.db)
    second = Hub(replace(hub.runtime, engine=other, log=SqlLog(other)))

    with ThreadPoolExecutor(8) as pool:
        doors = [hub, second] * 8
        answers = list(pool.map(lambda door: door.push(complete(), "key-00000001"), doors))
    other.dispose()

    assert {each.status_code for each in answers} == {201}
    assert len({each.content for each in answers}) == 1
    assert hub.count(kept.waiting) == hub.count(kept.referral_version) == 1


def test_of_versions_at_once_each_is_of_one_referral(hub: Hub) -> None:
    with ThreadPoolExecutor(4) as pool:
        said = [complete(version=1, wishes=str(number)) for number in range(8)]
        answers = list(pool.map(hub.push, said))

    assert sorted(each.status_code for each in answers) == [201] + [409] * 7
    assert hub.count(kept.referral) == hub.count(kept.waiting) == 1


def test_a_key_is_remembered_for_seven_days(hub: Hub) -> None:
    later = replace(hub.runtime, now=lambda: RECEIVED + timedelta(days=7, minutes=1))
    hub.push(complete(), "key-00000001")

    answer = Hub(later).push(complete(reference="another"), "key-00000001")

    assert answer.status_code == 201
    assert hub.count(kept.idempotency) == 1


def test_only_a_source_may_push(hub: Hub) -> None:
    refused = hub.push(complete(), client="idva")

    assert refused.status_code == 403
    assert refused.json()["type"] == "/problems/no-source"
    assert hub.push(complete(), client="amber-reader").status_code == 403
    assert hub.count(kept.waiting) == 0


def test_a_referral_of_others_and_none_are_the_same_answer(hub: Hub) -> None:
    location = hub.push(complete()).headers["location"]

    others = hub.status(location, client="kestrel")
    none = hub.status(f"/v1/referrals/{uuid.uuid4()}", client="kestrel")

    assert others.status_code == none.status_code == 404
    assert others.content == none.content
    assert hub.status(location, client="amber-other").status_code == 200


def test_receipt_and_status_do_not_tell_whether_anybody_is_known(hub: Hub) -> None:
    """The first is of people nobody heard of; the second of the same people, by then well known."""
    told = []
    for reference in ("R-1", "R-2"):
        answer = hub.push(complete(reference=reference))
        waits = hub.status(answer.headers["location"])
        hub.ingest()
        there = hub.status(answer.headers["location"])
        id_ = answer.json()["referral_id"]
        told.append([each.text.replace(id_, "ID") for each in (answer, waits, there)])

    assert told[0] == told[1]


def test_what_you_have_is_not_sent_again(hub: Hub) -> None:
    location = hub.push(complete()).headers["location"]
    tag = hub.status(location).headers["etag"]

    known = hub.status(location, **{"If-None-Match": tag})
    hub.ingest()
    changed = hub.status(location, **{"If-None-Match": tag})

    assert (known.status_code, known.content) == (304, b"")
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag


def marked(path: str, value: object) -> dict[str, Any]:
    """Give a referral with a value put in at a place."""
    said = complete()
    *way, last = path.split("/")
    place: Any = said
    for each in way:
        place = place[int(each)] if each.isdecimal() else place[each]
    place[int(last) if last.isdecimal() else last] = value
    return said


UNFIT = {
    "a field too many": (CANARY, 1, "", "extra_forbidden"),
    "a field too many, deeper": (f"victim/{CANARY}", 1, "/victim", "extra_forbidden"),
    "a version in words": ("version", CANARY, "/version", "int_type"),
    "a version in quotes": ("version", "1", "/version", "int_type"),
    "a version that is true": ("version", True, "/version", "int_type"),
    "no version": ("version", 0, "/version", "greater_than_equal"),
    "a system in words": ("system", CANARY, "/system", "string_pattern_mismatch"),
    "a reference of blanks": ("reference", "  ", "/reference", "string_too_short"),
    "a reference with a zero": ("reference", "R\x00", "/reference", "string_pattern_mismatch"),
    "half a character": ("reason", "\ud800", "/reason", "string_unicode"),
    "a day by another custom": ("victim/born", "03/02/1990", "/victim/born", "not_a_day"),
    "a day as a number": ("victim/born", 7500, "/victim/born", "not_a_day"),
    "a day that is none": ("victim/born", "1990-02-30", "/victim/born", "date_from_datetime_parsing"),
    "a day long ago": ("victim/born", "0001-01-01", "/victim/born", "unlikely_year"),
    "an instant without a zone": ("referred_at", "2026-11-24T09:30:00", "/referred_at", "not_an_instant"),
    "an instant as a number": ("referred_at", 1700000000, "/referred_at", "not_an_instant"),
    "an instant before all others": (
        "referred_at", "0001-01-01T00:00:00+14:00", "/referred_at", "unlikely_year"),
    "a criterion of one's own": ("criteria/0", CANARY, "/criteria/0", "literal_error"),
    "a name of nothing": ("victim/names", [{"kind": "usual"}], "/victim/names/0", "empty"),
    "an NHS number of nine": ("victim/identifiers/0/value", "999000001", "/victim/identifiers/0", "nhs_number"),
    "checked in words": ("victim/identifiers/0/checked", "yes", "/victim/identifiers/0/checked", "bool_type"),
    "a telephone with words": ("victim/safe_contacts/0/value", f"01632 960111 {CANARY}", "/victim/safe_contacts/0", "telephone"),
    "two ages": ("victim/age", 36, "/victim", "born_and_age"),
    "an age in part": ("perpetrators/0/age", 3.5, "/perpetrators/0/age", "int_type"),
    "one key for two": ("perpetrators/0/id", "C-1041", "", "id_of_two_people"),
    "tied to nobody": ("children/0/to_perpetrators", ["child", "child"], "", "to_nobody"),
    "people in words": ("perpetrators", CANARY, "/perpetrators", "list_type"),
}  # fmt: skip


@pytest.mark.parametrize(("path", "value", "pointer", "code"), UNFIT.values(), ids=UNFIT)
def test_an_unfit_referral_is_pointed_into_and_not_repeated(
    one_hub: Hub,
    capsys: pytest.CaptureFixture[str],
    path: str,
    value: object,
    pointer: str,
    code: str,
) -> None:
    said = json.dumps(marked(path, value)).encode()
    headers = {
        **named("amber"),
        "Idempotency-Key": uuid.uuid4().hex,
        "Content-Type": "application/json",
    }

    answer = one_hub.http.post("/v1/referrals", content=said, headers=headers)

    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"] == [{"in": "body", "pointer": pointer, "code": code}]
    assert answer.headers["hub-notice"] == NOTICE
    assert CANARY not in answer.text + "".join(capsys.readouterr())


@pytest.fixture
def one_hub(sqlite_url: str, tmp_path: Path) -> Iterator[Hub]:
    """Where the database makes no difference."""
    options = settings(db=sqlite_url, home=str(tmp_path), environment={})
    with running(options, COUNTY, lambda: RECEIVED, migrate=True) as runtime:
        runtime.create_topics()
        yield Hub(runtime)


KEYS = {
    "none": ({}, "missing"),
    "too short": ({"Idempotency-Key": "key"}, "string_pattern_mismatch"),
    "words": ({"Idempotency-Key": CANARY}, "string_pattern_mismatch"),
}


@pytest.mark.parametrize(("stated", "code"), KEYS.values(), ids=KEYS)
def test_a_key_is_wanted(one_hub: Hub, stated: dict[str, str], code: str) -> None:
    answer = one_hub.http.post(
        "/v1/referrals", json=complete(), headers={**named("amber"), **stated}
    )

    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"in": "header", "pointer": "/Idempotency-Key", "code": code}
    ]
    assert CANARY not in answer.text


def test_a_key_that_is_stated_twice_is_none(one_hub: Hub) -> None:
    twice = [*named("amber").items(), ("Idempotency-Key", "key-00000001"), ("Idempotency-Key", "key-00000002")]  # fmt: skip

    answer = one_hub.http.post("/v1/referrals", json=complete(), headers=twice)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == "stated_twice"


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_what_does_not_call_itself_json_is_refused(one_hub: Hub, kind: str) -> None:
    headers = {**named("amber"), "Idempotency-Key": "key-00000001", "Content-Type": kind}

    answer = one_hub.http.post("/v1/referrals", content=json.dumps(complete()), headers=headers)

    assert answer.status_code == 415
    assert answer.json()["type"] == "/problems/unsupported-media-type"


def test_when_too_much_waits_nothing_more_is_taken(one_hub: Hub) -> None:
    full = Hub(one_hub.runtime, most_waiting=1)
    full.push(complete())

    answer = full.push(complete(reference="another"), "key-00000001")

    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    one_hub.ingest()
    assert full.push(complete(reference="another"), "key-00000001").status_code == 201


def test_while_the_database_is_away_nothing_is_accepted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (port,) = free_ports(1)
    url = f"postgresql+psycopg://nobody@127.0.0.1:{port}/hub"
    engine = open_engine(url)
    options = settings(db=url, home=str(tmp_path), environment={})
    away = Hub(Runtime(options, COUNTY, engine, SqlLog(engine), lambda: RECEIVED))

    answer = away.push(complete(wishes=CANARY))
    engine.dispose()

    assert answer.status_code == 503
    assert answer.json()["type"] == "/problems/service-unavailable"
    assert int(answer.headers["retry-after"]) > 0
    printed = "".join(capsys.readouterr())
    assert "OperationalError" in printed
    assert CANARY not in printed + answer.text


def test_what_was_sent_twice_counts_once(hub: Hub) -> None:
    """As after a kill between sending and forgetting."""
    hub.push(complete())
    with hub.runtime.engine.begin() as conn:
        (row,) = kept.oldest(conn, 1)
        kept.put(conn, topic=row.topic, key=row.key, headers=row.headers, value=row.value)

    outcome = hub.ingest()

    assert (outcome.kept, outcome.duplicates) == (1, 1)


def test_one_topic_that_is_gone_holds_up_no_other(one_hub: Hub) -> None:
    with one_hub.runtime.engine.begin() as conn:
        kept.put(conn, topic="hub.in.gone.safeguarding.v1", key=b"k", headers="", value=b"v")
    one_hub.push(complete())

    with pytest.raises(LogUnavailable):
        send_waiting(one_hub.runtime)
    ingest_until(
        one_hub.runtime, lambda: one_hub.count(event) == 1, once=False, seen=lambda _: None
    )

    assert one_hub.count(kept.waiting) == 1


def test_while_kafka_is_away_it_is_accepted_and_goes_there_later(
    empty_kafka: str, sqlite_url: str, tmp_path: Path
) -> None:
    (port,) = free_ports(1)
    away = settings(
        db=sqlite_url, log=f"kafka://127.0.0.1:{port}", home=str(tmp_path), environment={}
    )
    there = replace(away, log=f"kafka://{empty_kafka}")
    with running(away, COUNTY, lambda: RECEIVED, migrate=True) as runtime:
        answer = Hub(runtime).push(complete())
    with running(there, COUNTY, lambda: RECEIVED) as runtime:
        runtime.create_topics()
        hub = Hub(runtime)
        outcome = hub.ingest()
        status = hub.status(answer.headers["location"]).json()

    assert answer.status_code == 201
    assert (outcome.kept, status["kept"]) == (1, True)
    (message,) = consume(empty_kafka, TOPIC)
    assert message.key == b"amber-door:C-1041"
    assert message.headers["ce_type"] == b"uk.safeguarding-hub.referral-made"
    assert message.headers["ce_source"] == b"/agency/amber-door"
    assert message.headers["ce_time"] == RECEIVED.isoformat().encode()


def test_no_table_of_its_own_names_anybody(one_hub: Hub) -> None:
    one_hub.push(complete(reference=CANARY, wishes=CANARY), f"key-{'9' * 8}")
    one_hub.ingest()

    with one_hub.runtime.engine.connect() as conn:
        tables = (kept.referral, kept.referral_version, kept.idempotency, kept.waiting)
        told = str([conn.execute(sa.select(each)).all() for each in tables])

    assert CANARY not in told
    assert "99999999" not in told


def test_the_description_teaches(one_hub: Hub) -> None:
    document = one_hub.http.get("/openapi.json").json()
    push = document["paths"]["/v1/referrals"]["post"]
    read = document["paths"]["/v1/referrals/{referral_id}"]["get"]

    assert "999" in push["description"] and "999" in read["description"]
    assert set(push["responses"]) == {
        "200", "201", "400", "401", "403", "409", "413", "415", "422", "429", "503",
    }  # fmt: skip
    assert set(read["responses"]) == {"200", "304", "401", "403", "404", "422", "429", "503"}
    assert "Retry-After" in push["responses"]["503"]["headers"]
    examples = push["requestBody"]["content"]["application/json"]["examples"]
    answers = [one_hub.push(each["value"]) for each in examples.values()]
    assert [(each.status_code, each.json()["status"]) for each in answers] == [
        (201, "received"),
        (201, "incomplete"),
    ]


def test_every_field_of_the_form_says_what_it_is(one_hub: Hub) -> None:
    schemas = one_hub.http.get("/openapi.json").json()["components"]["schemas"]

    fields = schemas["NewReferral"]["properties"]

    plain = {"reference", "referrer", "victim", "heard_elsewhere", "organisations"}
    assert not [
        name for name, each in fields.items() if "description" not in each and name not in plain
    ]
    for name in ("Victim", "Perpetrator", "Child", "Referrer", "Organisation", "HeardElsewhere"):
        assert schemas[name]["description"]
