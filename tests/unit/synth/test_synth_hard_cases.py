"""What goes wrong in life and with records is in the county, and so is the shape of a MARAC's year."""

import json
import tomllib
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from county_files import ROOT, exports, json_lines

from hub.synth.expected_links import TRACED
from hub.synth.places import STAFF
from hub.synth.truth import Truth
from hub.synth.write import write_county

UNTIL = date(2026, 11, 18)
POLICE = ("fenmarch-police/", "dunmoor-police/")


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("large") / "county"
    write_county(out, seed=3, people=12_000, years=1, until=UNTIL)
    return out


@pytest.fixture(scope="module")
def raised(large: Path) -> dict[tuple[int, ...], dict[str, Any]]:
    """Give what first raised each case that meets any criterion."""
    first: dict[tuple[int, ...], dict[str, Any]] = {}
    for each in json_lines(large / "truth/expected_criteria.jsonl"):
        case = each["victim"], *each["perpetrators"]
        is_earlier = case not in first or each["since"] < first[case]["since"]
        if each["as_of"] == UNTIL.isoformat() and is_earlier:
            first[case] = each
    return first


def test_about_64_of_100_cases_are_raised_by_police_and_36_by_partners(
    raised: dict[tuple[int, ...], dict[str, Any]],
) -> None:
    by_police = sum(
        any(event.startswith(POLICE) for event in each["first"]) for each in raised.values()
    )

    assert len(raised) > 600
    assert 0.58 < by_police / len(raised) < 0.70


def test_a_case_has_about_five_children_to_four(
    large: Path, raised: dict[tuple[int, ...], dict[str, Any]]
) -> None:
    truth = large / "truth"
    incidents = json_lines(truth / "incidents.jsonl")
    events = {each["event"]: each for each in json_lines(truth / "expected_events.jsonl")}
    children = [
        {
            child
            for name in case["events"]
            if events[name]["incident"] is not None
            for child in incidents[events[name]["incident"]]["children"]
        }
        for case in json_lines(truth / "expected_cases.jsonl")
        if (case["victim"], *case["perpetrators"]) in raised
    ]

    assert 1.12 < sum(map(len, children)) / len(children) < 1.36


def test_some_homes_share_a_telephone_and_some_sons_their_father_s_name(truth: Truth) -> None:
    telephones = Counter(
        (person.household, person.telephone)
        for person in truth.people
        if (UNTIL - person.born).days > 18 * 366
    )
    fathers = {
        (each.person, each.to)
        for each in truth.relations
        if each.relation == "parent"
        and truth.people[each.person].given == truth.people[each.to].given
    }

    assert sum(count > 1 for count in telephones.values()) > 20
    assert len(fathers) > 5


def test_grown_twins_live_together_and_one_harms_the_other(truth: Truth) -> None:
    twins = {
        (each.person, each.to)
        for each in truth.relations
        if each.relation == "sibling"
        and truth.people[each.person].born == truth.people[each.to].born
    }

    assert len(twins) > 2
    assert any((dyad.victim, dyad.perpetrator) in twins for dyad in truth.dyads)


def test_a_father_and_a_son_of_one_name_are_a_victim_and_a_perpetrator(truth: Truth) -> None:
    namesakes = [
        dyad
        for dyad in truth.dyads
        if name(truth, dyad.victim) == name(truth, dyad.perpetrator)
        and truth.people[dyad.victim].household == truth.people[dyad.perpetrator].household
    ]

    assert namesakes
    assert all(
        truth.people[each.victim].born != truth.people[each.perpetrator].born for each in namesakes
    )


def name(truth: Truth, person: int) -> tuple[str, str]:
    return truth.people[person].given, truth.people[person].family


def test_a_perpetrator_is_on_the_staff_of_each_organisation_of_the_list(truth: Truth) -> None:
    perpetrators = {
        (person.given, person.family, person.born)
        for person in (truth.people[dyad.perpetrator] for dyad in truth.dyads)
    }
    register = {
        (file.stem, each["given"], each["family"], each["born"])
        for file in (ROOT / "policies/recipients").glob("*.toml")
        for each in tomllib.loads(file.read_text("utf-8")).get("staff", [])
    }

    assert {(given, family, born) for _, given, family, born in STAFF} <= perpetrators
    assert set(STAFF) <= register


def test_a_perpetrator_has_a_second_home_with_another_victim(truth: Truth) -> None:
    both = [
        dyad
        for dyad in truth.dyads
        if truth.people[dyad.perpetrator].second_home == truth.people[dyad.victim].home
    ]

    assert both
    assert all(
        truth.people[each.perpetrator].home != truth.people[each.victim].home for each in both
    )


def test_a_perpetrator_refers_himself_whom_police_have_named_and_nobody_speaks_for_her(
    truth: Truth,
) -> None:
    turned = [each for each in truth.referrals if each.is_turned_round]

    assert turned
    for each in turned:
        dyad = truth.dyads[each.dyad]
        assert (each.victim, *each.perpetrators) == (dyad.perpetrator, dyad.victim)
        assert any(
            incident.dyad == each.dyad and incident.force and incident.suspect == "named"
            for incident in truth.incidents
        )
        assert all(other.victim != dyad.victim for other in truth.referrals)


def test_no_two_incidents_of_a_dyad_are_on_days_that_follow_each_other(truth: Truth) -> None:
    days: dict[int, list[date]] = {}
    for incident in truth.incidents:
        days.setdefault(incident.dyad, []).append(incident.occurred_at.date())

    several = [each for each in days.values() if len(each) > 1]
    assert several
    assert all(
        (later - earlier).days > 1
        for each in several
        for earlier, later in zip(sorted(each), sorted(each)[1:], strict=False)
    )


def test_an_order_is_broken_by_a_later_incident_while_it_holds(truth: Truth) -> None:
    made = {each.order: each for each in truth.orders if each.state == "made"}
    broken = [each for each in truth.orders if each.state == "breached"]

    assert len(broken) > 10
    for each in broken:
        assert made[each.order].at < each.at == truth.incidents[each.incident].occurred_at
        assert each.at.date() <= each.expires_on
        assert made[each.order].dyad == each.dyad


def test_one_person_has_two_days_of_birth_and_two_surnames_at_two_agencies(county: Path) -> None:
    person = {
        (each["agency"], each["local_id"]): each["person"]
        for each in json_lines(county / "truth/expected_people.jsonl")
    }
    births: dict[int, set[date]] = {}
    families: dict[int, set[str]] = {}
    for export in exports(county):
        for row in export.rows:
            for who in ("victim", "suspect", "perpetrator1"):
                if row.get(f"{who}_id") and row.get(f"{who}_born"):
                    number = person[export.agency, row[f"{who}_id"]]
                    born = day(row[f"{who}_born"], export.mapping["dates"])
                    births.setdefault(number, set()).add(born)
                    families.setdefault(number, set()).add(row[f"{who}_family"])
    people = json_lines(county / "truth/people.jsonl")

    two = {number for number, days in births.items() if len(days) > 1}
    assert two & {each["number"] for each in people if each["other_born"]}
    assert any(
        {people[number]["family"], people[number]["former"]} <= names
        for number, names in families.items()
    )


def day(text: str, forms: list[str]) -> date:
    for form in forms:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC).date()
        except ValueError:
            continue
    raise AssertionError("in none of the agreed forms")


def test_who_checks_numbers_is_what_the_mappings_say(county: Path) -> None:
    traced: dict[str, set[str]] = {"nhs_number": set(), "pnc": set()}
    for file in (ROOT / "connectors").glob("*/mappings/*.toml"):
        for scheme in tomllib.loads(file.read_text("utf-8")).get("traced", []):
            if scheme in traced:
                traced[scheme].add(file.stem)
    traced["nhs_number"].add("osham-hospital")  # whose messages say so number by number

    assert traced == {scheme: set(agencies) for scheme, agencies in TRACED.items()}
    expected = json.loads((county / "truth/expected.json").read_text("utf-8"))
    assert set(expected["agencies"]) == {
        "fenmarch-police", "dunmoor-police", "amber-door", "kestrel-line", "osham-hospital",
        "fenmarch-children",
    }  # fmt: skip
