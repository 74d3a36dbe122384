"""Events in: what is kept, what is set aside, and what recipients may have of it from then on."""

from dataclasses import replace
from datetime import timedelta

import pytest

from hub.afresh.values import TaskKind
from hub.model.agency import AgencyId
from hub.model.dead_letter import DeadLetter, Reason, Stage
from hub.model.event import Body, Event
from hub.model.level import Treatment
from tests.made_events import (
    AMBER,
    CHILDREN,
    DUNMOOR,
    FENMARCH,
    HOMES,
    HOSPITAL,
    IDVA,
    KESTREL,
    NHS,
    PRACTICE,
    PROBATION,
    RECEIVED,
    REGISTERED,
    SCHOOL,
    body_of,
    event_of,
    person,
    pupil,
    victim,
)
from tests.unit.ingest.memory import HubInMemory
from tests.unit.ingest.test_order import taking_back
from tests.unit.resolve.people import key

ANN = [victim("N-1", nhs=NHS)]
AS_AMBER_KNOWS_HER = [victim("A-1", nhs=NHS)]


@pytest.fixture
def hub() -> HubInMemory:
    return HubInMemory()


def incident(key: str = "one", **more: object) -> Event:
    """Make an incident about Ann, with consent, that names everybody."""
    fields = {
        "victims": ANN, "children": [pupil("N-3")], "risk_grade": "medium", "consent": "given",
        "named": REGISTERED,
    }  # fmt: skip
    return event_of(body_of(key, **{**fields, **more}))  # type: ignore[arg-type]


def referral(key: str, **fields: object) -> Event:
    """Make what a charity says of Ann later."""
    more = {"agency": AMBER, "victims": AS_AMBER_KNOWS_HER, "hour": 1, **fields}
    return event_of(body_of(key, "referral-made", **more), "referral-made")  # type: ignore[arg-type]


def letter(value: bytes = b"?") -> DeadLetter:
    return DeadLetter(
        Stage.INGEST, AgencyId(FENMARCH), Reason.DECODE, "not framed", "hub.in", value, RECEIVED
    )


def test_a_new_event_is_kept_and_decided_for_everybody_but_its_source(hub: HubInMemory) -> None:
    event = incident()

    outcome = hub.take(event)

    assert (outcome.read, outcome.kept, outcome.duplicates) == (1, 1, 0)
    assert set(hub.journal.events) == {event.id}
    assert {recipient for recipient, _ in hub.standing} == set(REGISTERED) - {FENMARCH}
    assert outcome.disclosed == dict.fromkeys(set(REGISTERED) - {FENMARCH}, 1)


def test_nobody_gets_their_own_event_back_whoever_it_names(hub: HubInMemory) -> None:
    hub.take(incident(), incident("two", agency=AMBER, victims=AS_AMBER_KNOWS_HER))

    assert all(
        hub.journal.events[event].arrival.event.source.agency != recipient
        for recipient, event in hub.standing
    )
    assert not any(
        verdict.recipient.id == verdict.event.agency for verdict in hub.dispatch.suppressed
    )


def test_who_has_no_part_in_an_event_gets_nothing_and_the_ledger_says_so(hub: HubInMemory) -> None:
    event = incident(named=[IDVA], children=[])

    outcome = hub.take(event)

    assert set(hub.standing) == {(IDVA, event.id)}
    assert outcome.suppressed == dict.fromkeys(set(REGISTERED) - {FENMARCH, IDVA}, 1)
    assert {v.recipient.id for v in hub.dispatch.suppressed} == set(REGISTERED) - {FENMARCH, IDVA}


def test_withheld_fields_are_counted_for_each_recipient(hub: HubInMemory) -> None:
    outcome = hub.take(incident(named=[HOMES], children=[]))

    plan = hub.dispatch.sent[0].verdict.plan
    withheld = [t for t in plan.treatments.values() if t is Treatment.WITHHOLD]
    assert outcome.withheld_fields == {HOMES: len(withheld)}


@pytest.mark.parametrize("is_one_batch", [True, False])
def test_an_event_that_comes_again_collapses(hub: HubInMemory, is_one_batch: bool) -> None:
    again = replace(incident(), received_at=RECEIVED + timedelta(days=1))

    if is_one_batch:
        outcome = hub.take(incident(), again)
    else:
        hub.take(incident())
        outcome = hub.take(again)

    assert outcome.duplicates == 1
    assert len(hub.journal.events) == 1
    assert len(hub.dispatch.sent) == len(REGISTERED) - 1
    assert not hub.journal.letters


def test_the_same_event_in_other_bytes_is_the_same_event(hub: HubInMemory) -> None:
    hub.take(incident())

    outcome = hub.take_batch([hub.arrival(incident(), spaces=True)])

    assert (outcome.kept, outcome.duplicates, len(hub.journal.letters)) == (0, 1, 0)


@pytest.mark.parametrize("is_one_batch", [True, False])
def test_the_same_id_with_another_content_is_an_alarm_and_never_an_overwrite(
    hub: HubInMemory, is_one_batch: bool
) -> None:
    first, other = incident(), incident(consent="withdrawn")
    assert first.id == other.id

    if is_one_batch:
        outcome = hub.take(first, other)
    else:
        hub.take(first)
        outcome = hub.take(other)

    kept = hub.journal.events[first.id]
    (found,) = hub.journal.letters.values()
    assert kept.arrival.event.body == first.body
    assert outcome.dead_letters == {(Stage.INGEST, Reason.IDENTITY_CONFLICT): 1}
    assert found.value == hub.wire.write(other.body)
    assert (found.agency, found.format) == (FENMARCH, "incident-reported")
    assert "Example" not in found.detail
    assert hub.has(AMBER, first), "consent stands as the event that was kept says"


def test_the_original_sent_again_after_a_clash_is_still_known(hub: HubInMemory) -> None:
    hub.take(incident(), incident(consent="withdrawn"))

    outcome = hub.take(incident())

    assert outcome.duplicates == 1
    assert len(hub.journal.letters) == 1


def test_what_could_not_be_read_is_set_aside_and_everything_around_it_is_kept(
    hub: HubInMemory,
) -> None:
    outcome = hub.take(incident(), letters=[letter(), letter(b"!")])

    assert (outcome.read, outcome.kept) == (3, 1)
    assert outcome.dead_letters == {(Stage.INGEST, Reason.DECODE): 2}
    assert len(hub.journal.letters) == 2


def test_positions_move_first(hub: HubInMemory) -> None:
    hub.take(incident())
    hub.take()

    assert len(hub.journal.moves) == 2


@pytest.mark.parametrize("said", ["withdrawn", "refused"])
def test_when_consent_is_gone_what_rested_on_it_is_recalled(hub: HubInMemory, said: str) -> None:
    event = incident()
    hub.take(event)
    rested_on_it = (AMBER, KESTREL, HOMES, IDVA, HOSPITAL, PRACTICE, PROBATION)
    before = {each: hub.has(each, event) for each in REGISTERED}

    outcome = hub.take(referral("later", consent=said))

    assert outcome.recalled == dict.fromkeys(rested_on_it, 1)
    assert not any(hub.has(each, event) for each in rested_on_it)
    for statutory in (CHILDREN, DUNMOOR, SCHOOL):
        assert before[statutory]
        assert hub.has(statutory, event) == before[statutory], "their basis is another one"


def test_when_less_may_be_given_it_is_recalled_and_given_anew_under_another_id(
    hub: HubInMemory,
) -> None:
    event = incident(risk_grade="high")
    hub.take(event)
    before = hub.has(AMBER, event)

    hub.take(referral("later", consent="withdrawn"))

    now = hub.has(AMBER, event)
    assert before and now
    assert before.disclosure_id != now.disclosure_id
    assert now.opens
    wider = {path: t.level for path, t in before.verdict.plan.treatments.items()}
    narrower = {path: t.level for path, t in now.verdict.plan.treatments.items()}
    assert any(narrower[path] < level for path, level in wider.items())


def test_when_risk_rises_what_is_newly_permitted_is_sent(hub: HubInMemory) -> None:
    event = incident(consent="refused")
    hub.take(event)
    assert not hub.has(IDVA, event)

    outcome = hub.take(referral("later", criteria=["visible_high_risk"]))

    assert hub.has(IDVA, event)
    assert outcome.disclosed[AgencyId(IDVA)] == 1
    assert not outcome.recalled


def test_when_more_may_be_given_the_same_disclosure_is_sent_wider(hub: HubInMemory) -> None:
    event = incident(consent="not_asked")
    hub.take(event)
    before = hub.has(IDVA, event)

    outcome = hub.take(referral("later", criteria=["visible_high_risk"]))

    now = hub.has(IDVA, event)
    assert before and now
    assert (now.disclosure_id, now.key, now.opens) == (before.disclosure_id, before.key, False)
    assert now.verdict.plan.id != before.verdict.plan.id
    assert not outcome.recalled


def test_a_disclosure_stays_under_its_key_though_its_person_goes_by_another_id(
    hub: HubInMemory,
) -> None:
    event = incident(consent="not_asked", victims=[victim("N-1")])
    hub.take(
        event, referral("hers"), referral("too", agency=KESTREL, victims=[victim("K-1", nhs=NHS)])
    )
    before, alone = hub.has(IDVA, event), hub.people.person(key("N-1"))

    hub.take(incident("number", risk_grade="high", consent=None, named=[]))

    now = hub.has(IDVA, event)
    assert hub.people.person(key("N-1")) != alone
    assert before and now
    assert now.verdict.plan.id != before.verdict.plan.id
    assert now.key == before.key


def test_what_did_not_change_is_not_sent_again(hub: HubInMemory) -> None:
    event = incident()
    hub.take(event)
    sent = len(hub.dispatch.sent)

    outcome = hub.take(referral("later"))

    assert len(hub.dispatch.sent) - sent == sum(outcome.disclosed.values())
    assert {one.verdict.event.id for one in hub.dispatch.sent[sent:]} & {event.id} == set()


def test_who_supplies_an_event_about_her_is_involved_in_all_of_hers(hub: HubInMemory) -> None:
    event = incident(named=[])
    hub.take(event)
    assert not hub.has(AMBER, event)

    hub.take(referral("later"))

    found = hub.has(AMBER, event)
    assert found
    assert found.verdict.context.involvement == "supplied"


def test_who_knows_one_of_two_victims_is_not_involved_in_what_concerns_both(
    hub: HubInMemory,
) -> None:
    event = incident(named=[], victims=[*ANN, victim("N-2", "Bea", "Other")])
    hub.take(event)

    hub.take(referral("later"))

    assert not hub.has(AMBER, event)


def test_an_unrelated_person_is_left_alone(hub: HubInMemory) -> None:
    other = incident("other", victims=[victim("N-2", "Bea", "Other")])
    hub.take(incident(), other)
    before = {each: hub.has(each, other) for each in REGISTERED}

    hub.take(referral("later", consent="withdrawn", criteria=["visible_high_risk"]))

    assert {each: hub.has(each, other) for each in REGISTERED} == before


def test_the_same_name_and_birth_may_be_she_so_that_a_refusal_counts_and_a_risk_does_not(
    hub: HubInMemory,
) -> None:
    event, refused = incident(), incident("two", consent="refused")
    hub.take(event)

    hub.take(referral("later", victims=[victim("A-1")], consent="withdrawn"))
    assert not hub.has(IDVA, event)

    other = HubInMemory()
    other.take(refused)
    other.take(referral("high", victims=[victim("A-1")], criteria=["visible_high_risk"]))
    assert not other.has(IDVA, refused)


def test_who_may_be_a_man_who_works_there_bars_his_employer(hub: HubInMemory) -> None:
    event = incident(perpetrators=[person("N-9", "Rex")])
    hub.take(event)
    assert hub.has(HOMES, event)

    maybe_he = person("D-9", "Rex", employer="Fenmarch Homes")
    hub.take(incident("elsewhere", agency=DUNMOOR, victims=[], perpetrators=[maybe_he]))

    assert (HOMES, event.id) not in hub.standing


def test_another_name_is_somebody_else(hub: HubInMemory) -> None:
    event = incident()
    hub.take(event)

    hub.take(referral("later", victims=[victim("A-1", "Bea")], consent="withdrawn"))

    assert hub.has(IDVA, event)


def test_what_is_said_of_the_perpetrator_is_not_said_of_the_victim(hub: HubInMemory) -> None:
    event = incident()
    hub.take(event)

    hub.take(
        referral("later", victims=[], perpetrators=[person("A-1", nhs=NHS)], consent="withdrawn")
    )

    assert hub.has(IDVA, event)


def test_when_two_records_turn_out_to_be_two_people_each_has_their_own_risk(
    hub: HubInMemory,
) -> None:
    event = incident(consent="refused")
    hub.take(event, referral("high", criteria=["visible_high_risk"]))
    assert hub.has(IDVA, event)

    hub.take(referral("both", perpetrators=[person("A-2", nhs=NHS)]))

    assert all(len(records) == 1 for records in hub.people.members().values())
    assert not hub.has(IDVA, event), "her risk was stated of somebody else"


def test_a_suspended_recipient_gets_nothing(hub: HubInMemory) -> None:
    event = incident()
    hub.suspend(IDVA)

    outcome = hub.take(event)

    assert not hub.has(IDVA, event)
    assert outcome.suppressed[AgencyId(IDVA)] == 1
    assert hub.has(HOMES, event)


def test_what_a_recipient_had_is_recalled_once_it_is_suspended(hub: HubInMemory) -> None:
    event = incident()
    hub.take(event)
    hub.suspend(IDVA)

    outcome = hub.take(referral("later"))

    assert not hub.has(IDVA, event)
    assert outcome.recalled == {IDVA: 1}


STAFF: Body = person("N-2", "Persis", "Quillfeather", born_accuracy="unknown", born=None)


def test_nothing_reaches_an_organisation_whose_member_may_have_done_it(hub: HubInMemory) -> None:
    event = incident(perpetrators=[STAFF])

    hub.take(event)

    assert not hub.has(IDVA, event)
    assert hub.has(HOMES, event)
    (refused,) = (v for v in hub.dispatch.suppressed if v.recipient.id == IDVA)
    assert refused.context.perpetrator_link


REX: Body = person("N-9", "Rex", nhs="9990000042")
WHERE_HE_WORKS = event_of(
    body_of(
        "works", agency=DUNMOOR, victims=[],
        perpetrators=[person("D-9", "Rex", nhs="9990000042", employer="Fenmarch Homes")],
    )
)  # fmt: skip


def test_when_a_conflict_comes_up_sending_stops_and_no_recall_tips_anybody_off(
    hub: HubInMemory,
) -> None:
    event = incident(perpetrators=[REX])
    hub.take(event)
    assert hub.has(HOMES, event)

    outcome = hub.take(WHERE_HE_WORKS)
    later = hub.take(incident("more", perpetrators=[REX]))

    assert not outcome.recalled
    assert hub.has(HOMES, event), "what it holds it holds, until a person has decided"
    assert (HOMES, event.id) not in hub.standing
    assert later.suppressed[AgencyId(HOMES)] == 1
    assert [one.verdict.recipient.id for one in hub.dispatch.stopped] == [HOMES]


def test_a_conflict_that_was_known_before_keeps_everything_back(hub: HubInMemory) -> None:
    event = incident(perpetrators=[REX])

    hub.take(WHERE_HE_WORKS)
    hub.take(event)

    assert not hub.has(HOMES, event)
    assert hub.has(IDVA, event)


def test_whom_to_tell_instead_is_asked_also_when_the_risk_rises_later(hub: HubInMemory) -> None:
    works_for_the_idva = person("N-9", "Rex", employer="Fenmarch IDVA Service")
    event = incident(consent="refused", perpetrators=[works_for_the_idva])
    hub.take(event)
    assert IDVA not in {each.recipient for each in hub.journal.tasks}

    hub.take(referral("high", criteria=["visible_high_risk"]))

    (asked,) = [each for each in hub.journal.tasks if each.recipient == IDVA]
    assert asked.kind is TaskKind.REROUTE


def test_when_a_conflict_was_an_error_what_was_stopped_is_sent_on(hub: HubInMemory) -> None:
    event = incident(perpetrators=[REX])
    hub.take(event)
    hub.take(WHERE_HE_WORKS)
    before = hub.has(HOMES, event)

    hub.take(taking_back(WHERE_HE_WORKS, "error"))

    now = hub.has(HOMES, event)
    assert before and now
    assert now is not before
    assert (now.disclosure_id, now.opens) == (before.disclosure_id, False)
    assert (HOMES, event.id) in hub.standing


def test_what_its_source_takes_back_is_recalled_from_everybody(hub: HubInMemory) -> None:
    event = incident()
    hub.take(event)
    had = {recipient for recipient, _ in hub.standing}

    outcome = hub.take(taking_back(event, "gone"))

    assert outcome.recalled == dict.fromkeys(had, 1)
    assert hub.standing == {}


def test_what_rested_on_an_event_goes_with_it(hub: HubInMemory) -> None:
    event = incident(consent="refused")
    high = referral("high", criteria=["visible_high_risk"])
    hub.take(event, high)
    assert hub.has(IDVA, event)

    hub.take(taking_back(high, "gone"))

    assert not hub.has(IDVA, event), "her risk is no longer stated by anybody"
    assert hub.has(CHILDREN, event)


def test_nobody_takes_back_what_another_agency_said(hub: HubInMemory) -> None:
    event = incident()
    hub.take(event)
    before = hub.standing
    body = taking_back(event, "gone").body
    source = body["source"]
    assert isinstance(source, dict)

    hub.take(event_of({**body, "source": {**source, "agency": AMBER}}, "record-retracted"))

    assert hub.standing == before


def test_one_version_is_corrected_and_the_other_stands(hub: HubInMemory) -> None:
    wrong, right = incident(risk_grade="high"), incident(version="2", risk_grade="medium")
    system, key = wrong.source.system, wrong.source.key
    corrected = event_of(
        body_of(
            "correction", "record-corrected",
            corrects={"system": system, "key": key, "version": "1"},
            by={"system": system, "key": key, "version": "2"},
        ),
        "record-corrected",
    )  # fmt: skip
    hub.take(wrong)

    hub.take(right, corrected)

    assert not hub.has(IDVA, wrong)
    found = hub.has(IDVA, right)
    assert found
    assert found.verdict.context.risk == "medium"


@pytest.mark.parametrize("correction_first", [False, True])
def test_what_stands_in_the_place_of_all_versions_is_not_taken_back_with_them(
    hub: HubInMemory, correction_first: bool
) -> None:
    wrong, right = incident(), incident(version="2")
    record: Body = {"system": wrong.source.system, "key": wrong.source.key}
    notice = body_of(
        "correction", "record-corrected",
        corrects={**record, "version": None}, by={**record, "version": "2"},
    )  # fmt: skip
    told = [wrong, right, event_of(notice, "record-corrected")]

    for event in reversed(told) if correction_first else told:
        hub.take(event)

    assert not hub.has(IDVA, wrong)
    assert hub.has(IDVA, right)


def test_an_event_about_nobody_is_kept_and_goes_under_a_key_of_its_own(hub: HubInMemory) -> None:
    event = incident(victims=[], perpetrators=[person("N-2")], consent=None)

    hub.take(event)

    found = hub.has(DUNMOOR, event)
    assert found
    assert event.id.encode() in found.key


def test_an_empty_batch_changes_nothing(hub: HubInMemory) -> None:
    outcome = hub.take()

    assert (outcome.read, outcome.kept, hub.dispatch.sent) == (0, 0, [])
