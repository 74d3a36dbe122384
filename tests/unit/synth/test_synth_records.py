"""Who is who: the truth knows what each agency's keys stand for, and the agencies do not."""

from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from county_files import MAPPINGS, Export, exports, json_lines

POLICE, CHARITIES = ("fenmarch-police", "dunmoor-police"), ("amber-door", "kestrel-line")


@pytest.fixture(scope="module")
def all_exports(county: Path) -> list[Export]:
    return list(exports(county))


@pytest.fixture(scope="module")
def records(county: Path) -> list[dict[str, Any]]:
    return json_lines(county / "truth/records.jsonl")


def test_every_key_on_a_row_is_one_true_person_and_none_is_invented(
    all_exports: list[Export], records: list[dict[str, Any]]
) -> None:
    on_rows = {
        (export.agency, text)
        for export in all_exports
        for row in export.rows
        for name, text in row.items()
        if name.endswith("_id") and text
    }
    in_truth = [
        (each["agency"], each["local_id"])
        for each in records
        if "local_id" in each and each["agency"] in MAPPINGS
    ]

    assert len(in_truth) == len(set(in_truth))
    assert set(in_truth) == on_rows


def test_a_person_has_one_key_at_an_agency(records: list[dict[str, Any]]) -> None:
    held = [(each["agency"], each["person"]) for each in records if "local_id" in each]

    assert len(held) == len(set(held))


def test_whoever_has_no_key_on_a_row_is_named_by_row_and_role(
    all_exports: list[Export], records: list[dict[str, Any]]
) -> None:
    without = {
        (export.agency, row["reference"], name.removesuffix("_given"))
        for export in all_exports
        for row in export.rows
        for name, text in row.items()
        if name.endswith("_given") and text and not row.get(f"{name.removesuffix('_given')}_id")
    }
    in_truth = {
        (each["agency"], each["reference"], each["role"])
        for each in records
        if "role" in each and each["agency"] in MAPPINGS
    }

    assert len(without) > 50
    assert without == in_truth


def test_police_and_charity_know_the_same_people_with_and_without_the_same_number(
    all_exports: list[Export], records: list[dict[str, Any]]
) -> None:
    numbers = nhs_by_person(all_exports, records)
    both = [
        (police, charity)
        for person, by_agency in numbers.items()
        for police in (by_agency[each] for each in POLICE if each in by_agency)
        for charity in (by_agency[each] for each in CHARITIES if each in by_agency)
    ]

    same = [pair for pair in both if pair[0] and pair[0] == pair[1]]
    missing = [pair for pair in both if not all(pair)]
    assert len(same) > 20
    assert len(missing) > 20


def test_a_wrong_number_is_mistyped_and_nobody_s_or_that_of_somebody_at_home(
    county: Path, all_exports: list[Export], records: list[dict[str, Any]]
) -> None:
    people = json_lines(county / "truth/people.jsonl")
    issued_to = {person["nhs_number"]: person for person in people}
    wrong = [
        (people[person], number)
        for person, by_agency in nhs_by_person(all_exports, records).items()
        for number in by_agency.values()
        if number and number != people[person]["nhs_number"]
    ]

    borrowed = [(person, issued_to[number]) for person, number in wrong if number in issued_to]
    assert len(wrong) - len(borrowed) > 5
    assert borrowed
    assert all(one["household"] == other["household"] for one, other in borrowed)


def test_both_forces_know_some_of_the_same_people(records: list[dict[str, Any]]) -> None:
    known = [{each["person"] for each in records if each["agency"] == agency} for agency in POLICE]

    assert len(known[0] & known[1]) > 20


def test_roles_on_rows_are_those_of_the_truth(county: Path, all_exports: list[Export]) -> None:
    """A shared case number must not turn victim and perpetrator round."""
    records = json_lines(county / "truth/records.jsonl")
    person = {(r["agency"], r["local_id"]): r["person"] for r in records if "local_id" in r}
    dyads = {
        (each["victim"], each["perpetrator"])
        for each in json_lines(county / "truth/incidents.jsonl")
    }
    turned_round = {
        (each["victim"], each["perpetrators"][0])
        for each in json_lines(county / "truth/referrals.jsonl")
        if each["is_turned_round"]
    }
    checked = turned = 0
    for export in all_exports:
        suspect = "perpetrator1_id" if export.format == "referrals" else "suspect_id"
        for row in export.rows:
            if row["victim_id"] and row.get(suspect):
                pair = (
                    person[export.agency, row["victim_id"]], person[export.agency, row[suspect]],
                )  # fmt: skip
                is_turned = export.format == "referrals" and pair in turned_round
                assert pair in dyads or is_turned
                checked += 1
                turned += is_turned

    assert checked > 1000
    assert 0 < turned < 20


def nhs_by_person(
    all_exports: list[Export], records: list[dict[str, Any]]
) -> dict[int, dict[str, str]]:
    person = {(r["agency"], r["local_id"]): r["person"] for r in records if "local_id" in r}
    found: dict[int, dict[str, str]] = defaultdict(dict)
    for export in all_exports:
        for row in export.rows:
            for name, text in row.items():
                role = name.removesuffix("_nhs")
                if name.endswith("_nhs") and row[f"{role}_id"]:
                    found[person[export.agency, row[f"{role}_id"]]][export.agency] = text
    return found
