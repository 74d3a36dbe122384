"""The whole county against the truth it was drawn from: people, cases and criteria, day by day.

The truth knows who everybody is; the hub knows what the agencies wrote. So a criterion may be missed
where records of one person could not be joined, and only there: none may be missed otherwise, none
may stand too early, and none may stand without its events.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from hub.afresh.values import Happening
from hub.assess.cases import cases_of
from hub.assess.contested import contested
from hub.assess.criteria import standings
from hub.bootstrap.county import load_county
from hub.bootstrap.runtime import running
from hub.model.event import EventId
from hub.model.person import PersonId
from hub.settings import settings
from hub.store.events import event
from hub.store.people import record
from tests.harness import Parts, hub, hub_json

Record = tuple[str, str]
Criterion = tuple[int, frozenset[int], str, str]
PEOPLE = 1500
BOOK = load_county().book


@dataclass(frozen=True)
class Found:
    """What the hub came to: whose each record is, what happened, and the names that the truth gives events."""

    persons: dict[Record, PersonId]
    happenings: dict[EventId, Happening]
    maybe: dict[PersonId, Any]
    names: dict[EventId, str]
    truth: Path

    def true_people(self) -> dict[PersonId, set[int]]:
        found: dict[PersonId, set[int]] = defaultdict(set)
        for each in lines(self.truth, "expected_people"):
            key = (each["agency"], each["local_id"])
            if key in self.persons:
                found[self.persons[key]].add(each["person"])
        return found

    def files_of(self) -> dict[int, set[PersonId]]:
        found: dict[int, set[PersonId]] = defaultdict(set)
        for person, true in self.true_people().items():
            for each in true:
                found[each].add(person)
        return found

    def criteria(self, day: date) -> dict[Criterion, tuple[str, str | None, frozenset[str]]]:
        """Give what stands at the end of a day, told by true people and by the truth's names of events."""
        true = {person: min(each) for person, each in self.true_people().items()}
        told = [
            each.telling
            for each in self.happenings.values()
            if each.telling and each.telling.received_on <= day and not each.past.withdrawn
        ]
        waiting = contested(told, lambda person: self.maybe.get(person, ()))
        by_victim = defaultdict(list)
        for each in told:
            for victim in each.victims:
                by_victim[victim].append(each)
        found = {}
        for victim, hers in by_victim.items():
            for case in cases_of(victim, hers):
                for each in standings(case, BOOK, day, waiting):
                    they = frozenset(true[one] for one in case.perpetrators)
                    found[true[victim], they, each.code, each.anchor or ""] = (
                        each.since.isoformat(),
                        each.lapsed_on.isoformat() if each.lapsed_on else None,
                        frozenset(self.names[one] for one in each.events),
                    )
        return found


def lines(truth: Path, name: str) -> Iterator[Any]:
    for line in (truth / f"{name}.jsonl").read_text("utf-8").splitlines():
        yield json.loads(line)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    folder = tmp_path_factory.mktemp("county")
    parts = Parts(f"sqlite:///{folder}/hub.sqlite", "", folder / "home")
    document = hub_json(
        parts, "demo", "--once", "--people", str(PEOPLE), "--as-of", "2026-11-20", "--seed", "5",
        "--out", folder / "x", "--db", parts.db,
    )  # fmt: skip
    assert document["dead_letters"] == {"connector": {}, "ingest": {}}
    with running(settings(db=parts.db, environment={}), load_county()) as runtime:
        with runtime.engine.connect() as conn:
            rows = conn.execute(sa.select(record)).all()
            sources = conn.execute(sa.select(event)).all()
        persons = {(row.agency, row.local_id): PersonId(row.person_id) for row in rows}
        with runtime.deciding().turn() as turn:
            around = turn.journal.surroundings(
                set(persons.values()), [EventId(row.event_id) for row in sources],
                turn.people.possibly_same,
            )  # fmt: skip
    return Found(
        persons=persons,
        happenings=dict(around.happenings),
        maybe=dict(around.maybe),
        names={EventId(row.event_id): name_of(row) for row in sources},
        truth=folder / "x" / "truth",
    )


def name_of(row: Any) -> str:
    part = row.system.rpartition(".")[2]
    return f"{row.agency}/{'messages' if part == 'ed' else part}:{row.key}"


def test_no_file_mixes_two_people(found: Found) -> None:
    mixed = {person: true for person, true in found.true_people().items() if len(true) > 1}
    split = {true: files for true, files in found.files_of().items() if len(files) > 1}
    print(
        f"{len(found.files_of())} people in {len(found.true_people())} files: {len(mixed)} mixed, "
        f"{len(split)} people split over {sum(map(len, split.values()))} files"
    )

    assert mixed == {}
    assert split, "if every record could be joined, this county would prove little"


def test_what_is_sure_to_be_one_person_is_joined_and_who_lives_together_never_is(
    found: Found,
) -> None:
    joined = {True: 0, False: 0}
    for each in lines(found.truth, "expected_links"):
        one, other = ((each[end]["agency"], each[end]["local_id"]) for end in ("one", "other"))
        if one not in found.persons or other not in found.persons:
            continue
        same = found.persons[one] == found.persons[other]
        if each["expect"] == "link":
            joined[same] += 1
        elif each["expect"] == "never":
            assert not same, each["why"]

    print(f"of pairs that are sure to be one person {joined[True]} joined, {joined[False]} not")
    assert joined[True] > 100
    assert joined[False] <= 0.02 * joined[True]


DAYS = 4


def test_every_criterion_stands_from_its_day_on_and_none_without_its_events(found: Found) -> None:
    expected: dict[str, dict[Criterion, Any]] = defaultdict(dict)
    for each in lines(found.truth, "expected_criteria"):
        key = (each["victim"], frozenset(each["perpetrators"]), each["code"], each["anchor"] or "")
        expected[each["as_of"]][key] = each
    split = {true for true, files in found.files_of().items() if len(files) > 1}
    assert len(expected) == DAYS
    whole, parted = 0, 0

    for day, wanted in expected.items():
        got = found.criteria(date.fromisoformat(day))
        for key, each in wanted.items():
            if {key[0], *key[1]} & split:
                parted += 1
                continue
            whole += 1
            assert key in got, f"missed {key[2]} on {day}"
            since, lapsed_on, events = got[key]
            assert (since, lapsed_on) == (each["since"], each["lapsed_on"]), key[2]
            assert events == set(each["events"]), key[2]
        for key, (since, _, _) in got.items():
            if not {key[0], *key[1]} & split:
                assert key in wanted, f"{key[2]} stands on {day} since {since} without its events"

    print(
        f"criteria on {DAYS} days: {whole} as expected, {parted} of people whose records are apart"
    )
    assert whole > 200


def test_the_database_keeps_what_stands_at_the_end(found: Found) -> None:
    kept = hub_cases(found)
    last = max(each["as_of"] for each in lines(found.truth, "expected_criteria"))

    assert kept == {
        key: since for key, (since, _, _) in found.criteria(date.fromisoformat(last)).items()
    }


def hub_cases(found: Found) -> dict[Criterion, str]:
    true = {person: min(each) for person, each in found.true_people().items()}
    engine = sa.create_engine(f"sqlite:///{found.truth.parents[1]}/hub.sqlite")
    query = sa.text(
        "select c.victim, c.perpetrators, k.code, k.anchor, k.since "
        "from criterion k join marac_case c on c.case_id = k.case_id"
    )
    with engine.connect() as conn:
        rows = conn.execute(query).all()
    engine.dispose()
    return {
        (
            true[PersonId(row.victim)],
            frozenset(true[PersonId(one)] for one in row.perpetrators.split()),
            row.code,
            row.anchor,
        ): row.since
        for row in rows
    }


def test_a_self_referral_of_somebody_who_is_named_as_perpetrator_waits(found: Found) -> None:
    contested_ = {
        each["event"]
        for each in lines(found.truth, "expected_events")
        if each["standing"] == "contested"
    }
    parts = Parts(f"sqlite:///{found.truth.parents[1]}/hub.sqlite", "", found.truth)
    tasks = json.loads(
        hub(parts, "review", "list", "--as", "d@fenmarch-children", "--purpose", "safeguarding", "--json")
    )  # fmt: skip

    asked = {
        found.names[EventId(each["event"])]
        for each in tasks
        if each["kind"] == "contested-referral"
    }
    assert contested_
    assert asked >= contested_, "possible links may contest more"
