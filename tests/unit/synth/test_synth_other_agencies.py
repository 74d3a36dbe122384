"""What the hospital and children's services write, read as a stranger would."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from county_files import json_lines, messages, tables

RECORDS = ("ssd_cin_episodes", "ssd_assessment_factors", "ssd_cp_plans")


def resources(message: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    found = [entry["resource"] for entry in message["entry"]]
    return [each for each in found if each["resourceType"] == kind]


def at_of(county: Path, agency: str) -> dict[str, datetime]:
    return {
        each["file"]: datetime.fromisoformat(each["at"])
        for each in json_lines(county / "deliveries.jsonl")
        if each["agency"] == agency
    }


def test_a_message_is_fetched_soon_after_it_was_sent_and_each_version_has_one(
    county: Path,
) -> None:
    at = at_of(county, "osham-hospital")
    versions: dict[str, list[int]] = {}
    for file, message in messages(county):
        sent = datetime.fromisoformat(message["timestamp"]).astimezone(UTC)
        again = file.stem.endswith("-again")
        minutes = (at[file.name] - sent).total_seconds() / 60
        assert minutes < (2000 if again else 10)
        if not again:
            (encounter,) = resources(message, "Encounter")
            number = encounter["identifier"][0]["value"]
            versions.setdefault(number, []).append(int(message["meta"]["versionId"]))

    truth = json_lines(county / "truth/attendances.jsonl")
    assert len(versions) == len(truth)
    assert all(sorted(each) == list(range(1, len(each) + 1)) for each in versions.values())
    assert any(len(each) > 1 for each in versions.values())


def test_a_message_that_is_sent_again_is_the_same_to_the_last_byte(county: Path) -> None:
    again = [file for file, _ in messages(county) if file.stem.endswith("-again")]

    assert again
    for file in again:
        first = file.with_stem(file.stem.removesuffix("-again"))
        assert file.read_bytes() == first.read_bytes()


def test_an_attendance_is_taken_back_by_its_last_message(county: Path) -> None:
    taken_back = Counter(
        resources(message, "Encounter")[0]["identifier"][0]["value"]
        for file, message in messages(county)
        if resources(message, "Encounter")[0]["status"] == "entered-in-error"
        and not file.stem.endswith("-again")
    )

    truth = json_lines(county / "truth/attendances.jsonl")
    assert sum(taken_back.values()) == sum(each["withdrawn_at"] is not None for each in truth) > 0
    events = json_lines(county / "truth/expected_events.jsonl")
    withdrawn = {each["key"] for each in events if each["standing"] == "withdrawn"}
    assert withdrawn == {f"messages:{number}" for number in taken_back}


def test_only_the_patient_who_tells_names_somebody_and_some_state_the_crime(county: Path) -> None:
    named = stated = 0
    for _, message in messages(county):
        related = resources(message, "RelatedPerson")
        told = [
            each["valueCodeableConcept"]["coding"][0]["code"]
            for each in resources(message, "Observation")
            if each["code"]["coding"][0]["code"] == "abuse-disclosed"
        ]
        named += bool(related)
        stated += len(resources(message, "Encounter")[0]["identifier"]) > 1
        assert not related or told == ["Y"]

    assert named > 10
    assert stated > 3


def test_a_delivery_says_everything_anew_and_later_ones_more(county: Path) -> None:
    seen: dict[str, set[str]] = {table: set() for table in RECORDS}
    several = 0
    for _, found in tables(county):
        for table in RECORDS:
            ids = {next(iter(row.values())) for row in found[table]}
            if table != "ssd_assessment_factors":  # whose first column is the row's own number
                assert seen[table] <= ids
                several += len(ids) > len(seen[table]) > 0
                seen[table] = ids

    assert several > 10
    assert len(seen["ssd_cin_episodes"]) == len(json_lines(county / "truth/episodes.jsonl"))


def test_no_delivery_speaks_of_a_day_that_is_still_to_come(county: Path) -> None:
    at = at_of(county, "fenmarch-children")
    checked = 0
    for file, found in tables(county):
        for rows in found.values():
            for row in rows:
                for name, text in row.items():
                    if text and name.endswith("_date"):
                        assert text[:10] <= f"{at[file.name]:%Y-%m-%d}"
                        checked += 1

    assert checked > 500


def test_everybody_on_the_books_is_somebody_of_the_truth_and_each_child_has_a_mother(
    county: Path,
) -> None:
    person = {
        each["local_id"]: each["person"]
        for each in json_lines(county / "truth/expected_people.jsonl")
        if each["agency"] == "fenmarch-children"
    }
    parents = {
        (relation["to"], relation["person"])
        for household in json_lines(county / "truth/households.jsonl")
        for relation in household["relations"]
        if relation["relation"] == "parent"
    }
    *_, (_, found) = tables(county)

    assert {row["pers_person_id"] for row in found["ssd_person"]} == set(person)
    mothers = [
        (person[row["moth_childs_person_id"]], person[row["moth_person_id"]])
        for row in found["ssd_mother"]
    ]
    assert len(mothers) > 50
    assert set(mothers) <= parents
