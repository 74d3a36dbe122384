import io
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from connectors.registry import agencies
from hub.model.event import Body
from hub.synth.layout import Layout
from hub.synth.police_outcomes import (
    DUNMOOR_ORDERS,
    DUNMOOR_OUTCOMES,
    FENMARCH_ORDERS,
    FENMARCH_OUTCOMES,
    Order,
    Outcome,
    write_orders,
    write_outcomes,
)
from tests.unit.connectors.exports import (
    AMBER,
    DUNMOOR,
    FENMARCH,
    KESTREL,
    ORDERS,
    OUTCOMES,
    SUPPORT,
    body_of,
    detail_of,
    export,
    format_named,
    read,
    read_row,
)
from tests.unit.connectors.written_people import ANN, BOB, CY

AT = datetime(2025, 6, 30, 22, 15, tzinfo=UTC)  # 23:15 in England
OUTCOME = Outcome(
    reference="OC1",
    version=2,
    occurred_at=AT,
    recorded_at=AT,
    kind="no_further_action",
    crime_reference="CR/1/26",
    offence_code="105A",
    victim_supports="no",
    reason="16",
    victim=ANN,
    suspect=BOB,
    relation="ex_partner",
    children=(CY,),
    consent="refused",
    account='she said "no",\nand left',
)
ORDER = Order(
    reference="E1",
    version=1,
    occurred_at=AT,
    recorded_at=AT,
    kind="bail",
    state="breached",
    order_reference="B/77",
    court="Fenmarch Magistrates",
    expires_on=date(2027, 1, 31),
    conditions="Not to go to 12 Sedge Road",
    victim=ANN,
    suspect=BOB,
    relation="partner",
)
WHO = {"victims": "P1", "perpetrators": "P2", "children": "P3"}


def people(body: Body, role: str) -> list[Body]:
    found = body[role]
    assert isinstance(found, list)
    return [each for each in found if isinstance(each, dict)]


@pytest.mark.parametrize("force", [FENMARCH, DUNMOOR])
@pytest.mark.parametrize("month", range(4))
def test_an_outcome_that_is_written_is_read_as_it_was(force: str, month: int) -> None:
    (reading,) = read(format_named(force, "outcomes"), write_outcomes(force, [OUTCOME], month))

    (event,) = reading.events
    body = event.body
    assert reading.warnings == ()
    assert (event.type, event.source.key, event.source.version) == ("outcome-recorded", "OC1", "2")
    assert (body["occurred_at"], body["reported_at"]) == (AT, AT)
    assert body["kind"] == "no_further_action"
    assert (body["victim_supports"], body["reason"], body["consent"]) == ("no", "16", "refused")
    assert (body["crime_reference"], body["offence_code"]) == ("CR/1/26", "105A")
    assert body["account"] == OUTCOME.account
    assert {role: people(body, role)[0]["local_id"] for role in WHO} == WHO
    assert people(body, "victims")[0]["born"] == date(1990, 2, 3)
    assert people(body, "victims")[0]["relationships"] == [{"to": "P2", "relation": "ex_partner"}]
    assert people(body, "perpetrators")[0]["employer"] == "Sedge Foods"
    assert body["unresolved"] == []


@pytest.mark.parametrize("force", [FENMARCH, DUNMOOR])
@pytest.mark.parametrize("month", range(4))
def test_an_order_that_is_written_is_read_as_it_was(force: str, month: int) -> None:
    (reading,) = read(format_named(force, "orders"), write_orders(force, [ORDER], month))

    (event,) = reading.events
    body = event.body
    assert reading.warnings == ()
    assert (event.type, event.source.key) == ("order-recorded", "E1")
    assert (body["kind"], body["state"], body["order_reference"]) == ("bail", "breached", "B/77")
    assert (body["court"], body["expires_on"]) == ("Fenmarch Magistrates", date(2027, 1, 31))
    assert body["conditions"] == ORDER.conditions
    assert people(body, "perpetrators")[0]["local_id"] == "P2"


LAYOUTS = [FENMARCH_OUTCOMES, FENMARCH_ORDERS, DUNMOOR_OUTCOMES, DUNMOOR_ORDERS]


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda each: f"{each.agency}.{each.name}")
def test_the_mapping_knows_each_column_and_word_that_a_force_writes(layout: Layout) -> None:
    mapped = format_named(layout.agency, layout.name).layout

    assert {heading: name for name, heading in mapped.columns.items()} == {
        heading: name for name, heading in layout.columns.items()
    }
    for kind, words in layout.words.items():
        if kind in mapped.values:
            meant = {
                word: mapped.values[kind][text.casefold()] for word, text in words.items() if text
            }
            if kind != "suspect_role":
                assert meant == {word: word for word in meant}


def test_what_is_not_known_of_a_kind_is_other_and_of_a_state_is_set_aside() -> None:
    assert body_of(ORDERS, kind="XYZ")["kind"] == "other"
    assert read_row(ORDERS, kind="XYZ").warnings == ("unknown-code",)
    assert body_of(OUTCOMES, kind="XYZ")["kind"] == "other"
    assert detail_of(ORDERS, state="XYZ") == ("bad_value: line 2, column ORDER_STATE: unknown-code")
    assert detail_of(ORDERS, state="") == "bad_value: line 2, column ORDER_STATE: missing"


def test_an_order_may_end_in_the_future_without_a_doubt() -> None:
    reading = read_row(ORDERS, expires_on="31/12/2035")

    assert reading.events[0].body["expires_on"] == date(2035, 12, 31)
    assert reading.warnings == ()
    assert detail_of(ORDERS, expires_on="soon") == "bad_value: line 2, column EXPIRES: not-a-date"


def test_both_alleged_are_for_a_person_to_judge() -> None:
    row = {"victim_role": "P_012", "victim_given": "Ann", "suspect_role": "P_012"}
    body = body_of(OUTCOMES, **row, suspect_given="Bob")

    assert (body["victims"], body["perpetrators"]) == ([], [])
    assert len(people(body, "unresolved")) == 2


def test_a_support_note_is_about_the_client_alone() -> None:
    body = body_of(SUPPORT, victim_id="C1", abuse_disclosed="Yes", service="Amber House")

    assert (body["kind"], body["abuse_disclosed"], body["service"]) == (
        "contact",
        "yes",
        "Amber House",
    )
    assert people(body, "victims")[0]["local_id"] == "C1"
    assert (body["occurred_accuracy"], body["children"]) == ("unknown", [])


@pytest.mark.parametrize(("agency", "name"), [(AMBER, "support-1.csv"), (KESTREL, "notes_2.csv")])
def test_a_file_of_support_notes_is_not_taken_for_referrals(agency: str, name: str) -> None:
    claiming = [each.name for each in agencies()[agency] if each.claims(Path(name))]

    assert claiming[0] == "support"


def test_an_export_of_another_kind_is_none_of_outcomes_or_orders() -> None:
    assert not OUTCOMES.recognises(io.BytesIO(export(ORDERS)))
    assert not ORDERS.recognises(io.BytesIO(export(OUTCOMES)))
