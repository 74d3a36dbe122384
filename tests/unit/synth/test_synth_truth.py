"""The truth has the shape of the real thing, and the hard cases are in it."""

from collections import Counter
from datetime import date

import pytest

from hub.synth.incidents import HARM_DAYS
from hub.synth.places import CONFLICTING_EMPLOYERS
from hub.synth.truth import Truth, draw_truth

UNTIL = date(2026, 11, 18)


@pytest.fixture(scope="module")
def large() -> Truth:
    return draw_truth(3, people=12_000, years=1, until=UNTIL)


def test_there_are_just_so_many_people_each_in_one_household() -> None:
    for people in (1, 2, 3, 7, 250):
        truth = draw_truth(5, people=people, years=1, until=UNTIL)

        members = [each for household in truth.households for each in household.members]
        assert sorted(members) == list(range(people))
        assert [person.number for person in truth.people] == list(range(people))
        assert all(
            truth.people[each].household == household.number
            for household in truth.households
            for each in household.members
        )


@pytest.mark.parametrize(("people", "years"), [(0, 1), (10, 0), (10, -1)])
def test_a_county_without_people_or_time_is_refused(people: int, years: float) -> None:
    with pytest.raises(ValueError, match="at least one person and some time"):
        draw_truth(1, people=people, years=years, until=UNTIL)


def test_most_dyads_have_one_incident(large: Truth) -> None:
    incidents = Counter(incident.dyad for incident in large.incidents)

    once = sum(count == 1 for count in incidents.values()) / len(large.dyads)
    assert 0.73 < once < 0.79
    assert len(incidents) == len(large.dyads)


def test_a_fiftieth_of_the_dyads_makes_most_of_the_harm(large: Truth) -> None:
    harm: Counter[int] = Counter()
    for incident in large.incidents:
        harm[incident.dyad] += HARM_DAYS[incident.severity]

    worst = [days for _, days in harm.most_common(len(large.dyads) // 50)]
    assert 0.7 < sum(worst) / harm.total() < 0.9


def test_nothing_happens_outside_the_years_asked_for() -> None:
    truth = draw_truth(1, people=800, years=0.5, until=UNTIL)

    days = [incident.reported_at.date() for incident in truth.incidents]
    assert max(days) <= UNTIL
    assert (UNTIL - min(days)).days <= 183
    assert all(each.occurred_at <= each.reported_at for each in truth.incidents)


def test_more_years_bring_more_incidents() -> None:
    one, three = (draw_truth(1, people=800, years=years, until=UNTIL) for years in (1, 3))

    assert len(three.incidents) > 1.8 * len(one.incidents)


def test_somebody_is_victim_in_one_dyad_and_perpetrator_in_another(truth: Truth) -> None:
    victims = {dyad.victim for dyad in truth.dyads}
    perpetrators = {dyad.perpetrator for dyad in truth.dyads}

    assert len(victims & perpetrators) > 5
    assert all(dyad.victim != dyad.perpetrator for dyad in truth.dyads)


def test_some_are_known_to_a_charity_alone(truth: Truth) -> None:
    alone = [referral for referral in truth.referrals if not truth.dyads[referral.dyad].police_know]

    assert len(alone) > 10
    assert all(truth.incidents[each.incident].force is None for each in alone)


def test_some_incidents_are_alleged_by_both(truth: Truth) -> None:
    assert sum(incident.both_alleged for incident in truth.incidents) > 5


def test_both_forces_know_the_same_dyad(truth: Truth) -> None:
    forces: dict[int, set[str]] = {}
    for incident in truth.incidents:
        if incident.force:
            forces.setdefault(incident.dyad, set()).add(incident.force)

    assert any(len(each) > 1 for each in forces.values())


def test_a_few_perpetrators_work_for_an_organisation_of_the_county(truth: Truth) -> None:
    employers = [truth.people[dyad.perpetrator].employer for dyad in truth.dyads]

    conflicts = [each for each in employers if each in CONFLICTING_EMPLOYERS]
    assert {"Fenmarch Homes", "Fenmarch Homes Ltd"} <= set(conflicts)
    assert 5 < len(conflicts) < 0.1 * len(truth.dyads)


def test_one_who_works_for_the_landlord_of_the_victim_is_there(truth: Truth) -> None:
    both = [
        dyad
        for dyad in truth.dyads
        if truth.people[dyad.perpetrator].employer in ("Fenmarch Homes", "Fenmarch Homes Ltd")
        and truth.households[truth.people[dyad.victim].household].landlord == "Fenmarch Homes"
    ]

    assert both


def test_no_child_is_named_before_being_born(truth: Truth) -> None:
    named = [
        (truth.people[child].born, incident.occurred_at.date())
        for incident in truth.incidents
        for child in incident.children
    ]

    assert len(named) > 100
    assert all(born <= day for born, day in named)


def test_relations_go_both_ways(truth: Truth) -> None:
    inverse = {
        "partner": "partner",
        "ex_partner": "ex_partner",
        "parent": "child",
        "child": "parent",
        "sibling": "sibling",
    }
    found = {(each.person, each.to): each.relation for each in truth.relations}

    assert set(inverse) == set(found.values())
    assert all(found[to, person] == inverse[kind] for (person, to), kind in found.items())


def test_the_same_arguments_give_the_same_truth_and_another_seed_another() -> None:
    first, again, other = (draw_truth(seed, people=120, years=1, until=UNTIL) for seed in (1, 1, 2))

    assert first == again
    assert first.people[0] != other.people[0]
    assert len(first.incidents) != len(other.incidents)
