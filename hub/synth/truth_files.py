"""Write the truth, one JSON document a line; no connector ever reads it. People are numbers throughout.

What is so:
    people, households, incidents, referrals, attendances, episodes, outcomes, orders, notes
                  the story
    records       {agency, local_id, person}: whose key this is; {agency, reference, role, person}: who
                  stands on a row under no key of the agency's

What a hub should make of the files, once it has all of them:
    expected.json       counts
    expected_people     {agency, local_id, person}: as `records`, with the keys that a connector has to
                        make up where the agency gives none (reference/role/place)
    expected_links      {one, other, expect, why}: pairs of records that are sure to be one person
                        (`link`), never to be joined (`never`: two who live together), or two people
                        whom nobody could tell apart on paper (`cannot_tell`)
    expected_events     {event, agency, key, type, incident, victim, perpetrators, unresolved, children,
                        standing, versions}: each record once. `standing` is attributed, unattributed,
                        unresolved, contested, elsewhere (it names no victim) or withdrawn;
                        `versions` are {version, file, received_at}
    expected_cases      {case, victim, perpetrators, events, unattributed, contested, told_twice}
    expected_criteria   {as_of, victim, perpetrators, code, anchor, since, lapsed_on, first, events}: as
                        of the last day and of three days before it

An event is called `agency/format:reference`; each of its versions is an event of its own to the hub.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path

from hub.synth.expected_cases import Known, cases_as_json, expected_cases, known_on
from hub.synth.expected_criteria import criteria_as_json, looks_back
from hub.synth.expected_links import expected_links, links_as_json
from hub.synth.inbox_book import Inbox
from hub.synth.places import AGENCIES
from hub.synth.told import Telling
from hub.synth.truth import Truth

Line = Mapping[str, object]


def write_truth(folder: Path, truth: Truth, inbox: Inbox, *, until: date) -> None:
    """Write the story and what is expected of a hub that has read every file by the end of a day."""
    folder.mkdir()
    told = inbox.told
    known = known_on(told.tellings, until)
    cases = expected_cases(known)
    files: dict[str, Iterable[Line]] = {
        "people": map(asdict, truth.people),
        "households": _households(truth),
        "incidents": _incidents(truth),
        "referrals": map(asdict, truth.referrals),
        "attendances": map(asdict, truth.attendances),
        "episodes": map(asdict, truth.episodes),
        "outcomes": map(asdict, truth.outcomes),
        "orders": map(asdict, truth.orders),
        "notes": map(asdict, truth.notes),
        "records": _records(inbox),
        "expected_people": _people(inbox),
        "expected_links": links_as_json(expected_links(truth, told.written.values())),
        "expected_events": _events(told.tellings, known),
        "expected_cases": cases_as_json(cases),
        "expected_criteria": criteria_as_json(looks_back(told.tellings, until)),
    }
    for name, lines in files.items():
        write_lines(folder / f"{name}.jsonl", lines)
    text = json.dumps({**_counts(truth, inbox), "cases": len(cases)}, indent=1)
    (folder / "expected.json").write_text(f"{text}\n", encoding="utf-8", newline="\n")


def write_lines(file: Path, lines: Iterable[Line]) -> None:
    with file.open("w", encoding="utf-8", newline="\n") as out:
        for line in lines:
            out.write(json.dumps(line, ensure_ascii=False, default=_as_text) + "\n")


def _counts(truth: Truth, inbox: Inbox) -> dict[str, object]:
    """Count each agency's formats: files, data rows, and rows without those that were sent again."""
    agencies: dict[str, dict[str, object]] = {agency: {} for agency in AGENCIES}
    for (agency, name), count in inbox.counts.items():
        agencies[agency][name] = asdict(count)
    return {
        "seed": truth.seed,
        "people": len(truth.people),
        "households": len(truth.households),
        "incidents": len(truth.incidents),
        "referrals": len(truth.referrals),
        "rows": sum(count.rows for count in inbox.counts.values()),
        "distinct": sum(count.distinct for count in inbox.counts.values()),
        "agencies": agencies,
    }


def _households(truth: Truth) -> Iterator[Line]:
    related: dict[int, list[Line]] = {}
    for relation in truth.relations:
        home = truth.people[relation.person].household
        related.setdefault(home, []).append(asdict(relation))
    for household in truth.households:
        yield {**asdict(household), "relations": related.get(household.number, [])}


def _incidents(truth: Truth) -> Iterator[Line]:
    for incident in truth.incidents:
        dyad = truth.dyads[incident.dyad]
        yield {
            **asdict(incident),
            "victim": dyad.victim,
            "perpetrator": dyad.perpetrator,
            "relation": dyad.relation,
        }


def _records(inbox: Inbox) -> Iterator[Line]:
    """Say which true person each agency's key stands for, and who stands on a row under none."""
    for agency, index in inbox.indexes.items():
        for number, record in sorted(index.known.items()):
            if record.local_id in index.keys_used:
                yield {"agency": agency, "local_id": record.local_id, "person": number}
    yield from inbox.without_id


def _people(inbox: Inbox) -> Iterator[Line]:
    for (agency, local_id), record in sorted(inbox.told.written.items()):
        yield {"agency": agency, "local_id": local_id, "person": record.person}


def _events(tellings: Iterable[Telling], known: Known) -> Iterator[Line]:
    """Give each record once, as its newest version tells it, with all its versions."""
    versions: dict[str, list[Telling]] = {}
    for telling in tellings:
        versions.setdefault(telling.event, []).append(telling)
    for event, told in sorted(versions.items()):
        newest = max(told, key=lambda each: each.version)
        yield {
            "event": event,
            "agency": newest.agency,
            "key": newest.key,
            "type": newest.event_type,
            "incident": newest.incident,
            "occurred_on": newest.occurred_on,
            "victim": newest.victim,
            "perpetrators": newest.perpetrators,
            "unresolved": newest.unresolved,
            "children": newest.children,
            "standing": _standing(newest, known),
            "versions": [
                {"version": each.version, "file": each.file, "received_at": each.received_at}
                for each in sorted(told, key=lambda each: each.version)
            ],
        }


def _standing(telling: Telling, known: Known) -> str:
    if telling.is_withdrawn:
        return "withdrawn"
    if telling.unresolved:
        return "unresolved"
    if telling.victim is None:
        return "elsewhere"
    if telling.event in known.contested:
        return "contested"
    return "attributed" if telling.perpetrators else "unattributed"


def _as_text(value: object) -> str:
    """Write a day or an instant.

    Raises:
        TypeError: it is neither.
    """
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError("neither a day nor an instant")
