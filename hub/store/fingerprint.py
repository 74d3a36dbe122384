"""The content of the database as one number: equal where the same is known and the same may be had.

Over what was reported and decided, without wall times, surrogate ids or random ids. So it is equal
on SQLite and PostgreSQL, with the embedded log and Kafka, undisturbed or killed and begun again.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator

import sqlalchemy as sa

from hub.store.cases import case, criterion
from hub.store.dead_letters import dead_letter
from hub.store.disclosures import standing
from hub.store.events import event, event_record
from hub.store.people import link_decision, record

Line = tuple[object, ...]


def fingerprint(conn: sa.Connection) -> dict[str, object]:
    """Give `{fingerprint, parts}`: SHA-256 over each part's sorted lines, and over all parts."""
    parts = {
        "events": _digest(_events(conn)),
        "people": _digest(_people(conn)),
        "links": _digest(_links(conn)),
        "cases": _digest(_cases(conn)),
        "criteria": _digest(_criteria(conn)),
        "standing": _digest(_standing(conn)),
        "dead_letters": _digest(_dead_letters(conn)),
    }
    whole = hashlib.sha256("".join(parts[name] for name in sorted(parts)).encode()).hexdigest()
    return {"fingerprint": whole, "parts": parts}


def _events(conn: sa.Connection) -> Iterator[Line]:
    columns = (event.c.event_id, event.c.type, event.c.agency, event.c.sha256, event.c.risk, event.c.consent,
               event.c.named, event.c.facts, event.c.withdrawn)  # fmt: skip
    yield from (tuple(row) for row in conn.execute(sa.select(*columns)))
    yield from (tuple(row) for row in conn.execute(sa.select(event_record)))


def _people(conn: sa.Connection) -> Iterator[Line]:
    """Give each person as the records that are theirs, and each record's identity."""
    people: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in conn.execute(sa.select(record)):
        people[row.person_id].append((row.agency, row.local_id))
        yield (row.agency, row.local_id, row.identity)
    yield from (tuple(sorted(records)) for records in people.values())


def _links(conn: sa.Connection) -> Iterator[Line]:
    """Give what stands in the decision log. What stood meanwhile depends on the order of reading."""
    names = ("kind", "tier", "a_agency", "a_local_id", "b_agency", "b_local_id")
    query = sa.select(*(link_decision.c[name] for name in names))
    query = query.where(link_decision.c.ended_ms.is_(None))
    yield from (tuple(row) for row in conn.execute(query))


def _cases(conn: sa.Connection) -> Iterator[Line]:
    """Give each case as the records of its victim and of its perpetrators."""
    yield from _known_cases(conn).values()


def _criteria(conn: sa.Connection) -> Iterator[Line]:
    cases = _known_cases(conn)
    for row in conn.execute(sa.select(criterion)):
        yield (cases[row.case_id], row.code, row.anchor, row.since, row.lapsed_on, row.events)


def _known_cases(conn: sa.Connection) -> dict[str, Line]:
    records: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in conn.execute(sa.select(record.c.person_id, record.c.agency, record.c.local_id)):
        records[row.person_id].append((row.agency, row.local_id))
    return {
        row.case_id: (
            sorted(records[row.victim]),
            sorted(sorted(records[each]) for each in row.perpetrators.split()),
            row.opened_on,
        )
        for row in conn.execute(sa.select(case))
    }


def _standing(conn: sa.Connection) -> Iterator[Line]:
    """Give what each recipient may now have of each event: the plan names every treatment."""
    query = sa.select(standing.c.recipient, standing.c.event_id, standing.c.plan_id)
    query = query.where(~standing.c.stopped)
    yield from (tuple(row) for row in conn.execute(query))


def _dead_letters(conn: sa.Connection) -> Iterator[Line]:
    names = ("letter_id", "stage", "agency", "reason", "format", "status")
    query = sa.select(*(dead_letter.c[name] for name in names), dead_letter.c.value)
    for row in conn.execute(query):
        yield (*row[:-1], hashlib.sha256(bytes(row.value)).hexdigest())


def _digest(lines: Iterator[Line]) -> str:
    mac = hashlib.sha256()
    for line in sorted(json.dumps(line) for line in lines):
        mac.update(line.encode() + b"\n")
    return mac.hexdigest()
