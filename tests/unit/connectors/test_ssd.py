import io
import json
import re
from datetime import UTC, date, datetime
from pathlib import Path

import fastavro
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.connector import RecordUnreadable, SourceUnusable
from connectors.reread import reread
from connectors.social_services import archive, context
from hub.model.dead_letter import DeadLetter, Reason, Stage
from hub.synth.ssd_tables import RECORDS
from tests.unit.connectors.exports import RECEIVED_AT
from tests.unit.connectors.ssd_exports import (
    ASSESSMENT,
    BROTHER,
    CHILD,
    COUNCIL,
    EPISODE,
    FACTORS,
    FAMILY,
    FULL,
    MAN,
    MOTHER,
    PEOPLE,
    PLAN,
    SSD,
    bodies,
    delivery,
    people,
    read,
    said,
    table,
    zipped,
)

SCHEMA = Path(__file__).parents[3] / "schemas" / "concern-raised" / "v1.avsc"


def test_each_row_of_an_episode_of_factors_and_of_a_plan_is_an_event() -> None:
    readings = read(delivery())

    found = [(each.events[0].source.system, each.events[0].source.key) for each in readings]
    assert found == [
        ("ssd.cin_episodes", "R1"),
        ("ssd.assessment_factors", "S1"),
        ("ssd.cp_plans", "P1"),
    ]
    assert {each.events[0].type for each in readings} == {"concern-raised"}


def test_a_body_has_every_field_of_its_schema_and_no_other() -> None:
    schema = json.loads(SCHEMA.read_text())

    for body in bodies(delivery()):
        assert fastavro.validate(body, schema, strict=True)


def test_the_three_concerns_are_read() -> None:
    episode, assessment, plan = bodies(delivery())

    assert (episode["kind"], episode["state"], episode["category"]) == (
        "child_in_need",
        "open",
        "N1",
    )
    assert episode["occurred_at"] == datetime(2025, 11, 1, 12, tzinfo=UTC)
    assert episode["occurred_accuracy"] == "day"
    assert (episode["factors"], episode["domestic_abuse"]) == ([], "unknown")
    assert (assessment["kind"], assessment["state"]) == ("child_in_need", "raised")
    assert (assessment["factors"], assessment["domestic_abuse"]) == (["3B", "4B"], "yes")
    assert assessment["occurred_at"] == datetime(2025, 11, 20, 10, 12, 13, tzinfo=UTC)
    assert assessment["occurred_accuracy"] == "exact"
    assert (plan["kind"], plan["category"]) == ("child_protection", "Emotional abuse")


def test_a_concern_that_is_over_says_since_when() -> None:
    closed = {**EPISODE, "cine_close_date": "2025-12-31 00:00:00"}
    refused = {**EPISODE, "cine_referral_id": "R2", "cine_referral_nfa": "Y"}
    ended = {**PLAN, "cppl_cp_plan_end_date": "2026-01-02"}
    nothing = {**ASSESSMENT, "cina_assessment_outcome_nfa": "Y"}

    found = bodies(
        delivery(
            ssd_cin_episodes=[closed, refused], ssd_cp_plans=[ended], ssd_cin_assessments=[nothing]
        )
    )

    assert [(body["state"], body["ended_on"]) for body in found] == [
        ("closed", date(2025, 12, 31)),
        ("raised", None),
        ("closed", date(2025, 11, 20)),
        ("closed", date(2026, 1, 2)),
    ]


def test_children_in_care_and_early_help_are_read_if_they_are_there() -> None:
    care = {
        "clae_cla_episode_id": "L1",
        "clae_person_id": "C1",
        "clae_cla_episode_start_date": "2025-12-01",
        "clae_cla_primary_need_code": "N1",
    }
    early = {
        "earl_episode_id": "E1",
        "earl_person_id": "C1",
        "earl_episode_start_date": "2025-01-01",
        "earl_episode_end_date": "2025-02-01",
    }

    found = bodies(delivery(ssd_cla_episodes=[care], ssd_early_help_episodes=[early]))

    assert [body["kind"] for body in found] == [
        "early_help",
        "child_in_need",
        "child_in_need",
        "child_protection",
        "looked_after",
    ]


def test_nobody_is_made_a_victim_or_a_perpetrator() -> None:
    """3B says that a parent is subject to abuse; it does not say which, nor who does it."""
    for factor in ("3A", "3B", "3C"):
        factors = {**FACTORS, "cinf_assessment_factors_json": f'["{factor}"]'}
        body = bodies(delivery(ssd_assessment_factors=[factors]))[1]

        assert body["domestic_abuse"] == "yes"
        assert (body["victims"], body["perpetrators"]) == ([], [])
        assert [each["local_id"] for each in people(body, "children")] == ["C1"]
        assert [each["local_id"] for each in people(body, "unresolved")] == ["A1", "A2"]


def test_a_mother_is_a_parent_and_of_others_nothing_is_said() -> None:
    body = bodies(delivery())[0]

    mother, man = people(body, "unresolved")
    assert mother["relationships"] == [{"to": "C1", "relation": "parent"}]
    assert man["relationships"] == []
    assert people(body, "children")[0]["relationships"] == [{"to": "A1", "relation": "child"}]


def test_who_is_grown_up_is_so_on_the_day_of_the_concern() -> None:
    """Or an unchanged row would be another event once a brother comes of age."""
    for born, is_there in (("2007-11-01", True), ("2007-11-02", False), ("", True)):
        brother = {**BROTHER, "pers_dob": born}
        body = bodies(delivery(ssd_person=[CHILD, MOTHER, MAN, brother]))[0]

        ids = [each["local_id"] for each in people(body, "unresolved")]
        assert ("C2" in ids) is is_there


def test_a_mother_who_is_a_child_herself_is_there_as_a_parent() -> None:
    young = {**MOTHER, "pers_dob": "2009-01-01"}

    body = bodies(delivery(ssd_person=[CHILD, young, MAN, BROTHER]))[0]

    assert [each["local_id"] for each in people(body, "unresolved")] == ["A1", "A2"]


def test_a_child_has_its_numbers_and_school() -> None:
    child = {
        **CHILD,
        "pers_single_unique_id": "999 000 0018",
        "pers_upn": "z000000000001",
        "pers_school": "Osham Primary School",
        "pers_sex": "F",
        "pers_gender": "00",
    }

    body = bodies(delivery(ssd_person=[child, *PEOPLE[1:]]))[0]

    (found,) = people(body, "children")
    assert found["identifiers"] == [
        {"scheme": "nhs_number", "value": "9990000018", "verified": True},
        {"scheme": "upn", "value": "Z000000000001", "verified": False},
    ]
    assert (found["school"], found["gender"]) == ("Osham Primary School", "female")
    assert body["organisations"] == []


def test_an_unborn_child_is_known_by_the_day_it_is_due() -> None:
    unborn = {**CHILD, "pers_dob": "", "pers_expected_dob": "2026-03-01"}

    (found,) = people(bodies(delivery(ssd_person=[unborn, *PEOPLE[1:]]))[0], "children")

    assert (found["born"], found["born_accuracy"]) == (date(2026, 3, 1), "estimated")


def address(person: str, **more: str) -> dict[str, str]:
    given = {"type": "HOME", "postcode": "zf11ab", "json": '{"HOUSE": "3", "STREET": "Sedge Road"}'}
    return {
        "addr_person_id": person,
        **{f"addr_address_{name}": value for name, value in {**given, **more}.items()},
    }


ADDRESSES = {
    "an object": (
        {"json": '{"FLAT": "2", "HOUSE": "3", "STREET": "Sedge Road", "TOWN": "Osham"}'},
        {"line1": "3 Sedge Road", "line2": "2", "town": "Osham", "postcode": "ZF1 1AB"},
        [],
    ),
    "a house with a name": (
        {"json": '{"BUILDING": "The Mill", "HOUSE": null}'},
        {"line1": "The Mill", "line2": None, "town": None, "postcode": "ZF1 1AB"},
        [],
    ),
    "a line of text": (
        {"json": "3 Sedge Road,  Osham"},
        {"line1": "3 Sedge Road, Osham", "line2": None, "town": None, "postcode": "ZF1 1AB"},
        [],
    ),
    "protected": ({"postcode": "CON"}, None, ["address-protected"]),
    "where a child was placed": ({"type": "PLACEMENT"}, None, []),
    "of a kind nobody knows": ({"type": "FOSTER"}, None, ["unknown-code"]),
    "of no kind": ({"type": ""}, None, []),
    "left before the concern": ({"end_date": "2025-10-31"}, None, []),
    "left after it": (
        {"end_date": "2025-11-02", "json": ""},
        {"line1": None, "line2": None, "town": None, "postcode": "ZF1 1AB"},
        [],
    ),
}


@pytest.mark.parametrize(("row", "expected", "warnings"), ADDRESSES.values(), ids=ADDRESSES)
def test_only_a_home_that_is_not_protected_is_read(
    row: dict[str, str], expected: dict[str, str] | None, warnings: list[str]
) -> None:
    reading = read(delivery(ssd_address=[address("C1", **row)]))[0]

    (child,) = people(reading.events[0].body, "children")
    assert child["addresses"] == ([expected] if expected else [])
    assert [each for each in reading.warnings if each not in OF_THE_DELIVERY] == warnings


OF_THE_DELIVERY = ("table-missing", "column-missing")


def test_the_newest_home_comes_first() -> None:
    homes = [
        address("C1", start_date="2020-01-01", postcode="ZF1 1AA"),
        address("C1", start_date="2024-01-01", postcode="ZF1 1AB"),
        address("C1", postcode="ZF1 1AD"),
    ]

    (child,) = people(bodies(delivery(ssd_address=homes))[0], "children")

    assert [each["postcode"] for each in child["addresses"]] == ["ZF1 1AB", "ZF1 1AA", "ZF1 1AD"]  # type: ignore[union-attr,index]


FACTOR_LISTS = {
    "a list": ('["4b", "3A", "4B"]', ["3A", "4B"], "yes", 0),
    "an object": ('{"3A": "No", "3C": "Yes", "4B": true}', ["3C", "4B"], "yes", 0),
    "codes": ("1A, 3B ,", ["1A", "3B"], "yes", 0),
    "without abuse": ('["4B"]', ["4B"], "unknown", 0),
    "nothing found": ('["21"]', ["21"], "no", 0),
    "nothing found, and something": ('["21", "4B"]', ["21", "4B"], "unknown", 0),
    "empty": ("[]", [], "unknown", 0),
    "words": ('["3A", "Ann is afraid"]', ["3A"], "yes", 1),
    "an answer nobody knows": ('{"3A": "perhaps"}', [], "unknown", 1),
}


@pytest.mark.parametrize(
    ("cell", "codes", "abuse", "doubts"), FACTOR_LISTS.values(), ids=FACTOR_LISTS
)
def test_factors_are_read_however_they_are_written(
    cell: str, codes: list[str], abuse: str, doubts: int
) -> None:
    factors = {**FACTORS, "cinf_assessment_factors_json": cell}

    readings = read(delivery(ssd_assessment_factors=[factors]))

    body = readings[1].events[0].body
    assert (body["factors"], body["domestic_abuse"]) == (codes, abuse)
    assert readings[1].warnings == ("unknown-code",) * doubts


def test_people_are_the_same_whether_they_are_remembered_or_read_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    homes = [address("C1"), address("A1", postcode="CON")]
    remembered = read(delivery(ssd_address=homes))
    monkeypatch.setattr(context, "MOST_REMEMBERED", 1)

    again = read(delivery(ssd_address=homes))

    assert [each.events for each in again] == [each.events for each in remembered]
    assert [each.warnings for each in again] == [each.warnings for each in remembered]


def test_what_does_not_change_is_the_same_event_and_what_changes_is_a_new_version() -> None:
    first = read(delivery())
    again = read(delivery(ssd_person=[{**MOTHER, "pers_ethnicity": "WBRI"}, MAN, BROTHER, CHILD]))
    moved = read(delivery(ssd_address=[address("A1")]))

    ids = [[each.events[0].id for each in readings] for readings in (first, again, moved)]
    keys = [[each.events[0].source.key for each in readings] for readings in (first, moved)]
    assert ids[0] == ids[1]
    assert not set(ids[0]) & set(ids[2])
    assert keys[0] == keys[1]


BAD = {
    "an episode of nobody": (
        {"ssd_cin_episodes": [{**EPISODE, "cine_person_id": "X"}, EPISODE]},
        ["bad_value: ssd_cin_episodes, line 2, column cine_person_id: no-such-person"],
        3,
    ),
    "an episode without a day": (
        {"ssd_cin_episodes": [{**EPISODE, "cine_referral_date": "yesterday"}, EPISODE]},
        ["bad_value: ssd_cin_episodes, line 2, column cine_referral_date: not-a-time"],
        3,
    ),
    "a plan without its own key": (
        {"ssd_cp_plans": [{**PLAN, "cppl_cp_plan_id": ""}]},
        ["bad_value: ssd_cp_plans, line 2, column cppl_cp_plan_id: missing"],
        2,
    ),
    "factors of no assessment": (
        {"ssd_assessment_factors": [{**FACTORS, "cinf_assessment_id": "X"}]},
        [
            "bad_value: ssd_assessment_factors, line 2, column cinf_assessment_id: no-such-assessment"
        ],
        2,
    ),
    "an assessment of nobody": (
        {"ssd_cin_assessments": [{**ASSESSMENT, "cina_person_id": "X"}]},
        ["bad_value: ssd_cin_assessments, line 2, column cina_person_id: no-such-person"],
        2,
    ),
    "factors that are no JSON": (
        {"ssd_assessment_factors": [{**FACTORS, "cinf_assessment_factors_json": '["3A'}]},
        [
            "bad_value: ssd_assessment_factors, line 2, column cinf_assessment_factors_json: not-json"
        ],
        2,
    ),
    "a grown-up's date": (
        {"ssd_person": [CHILD, MOTHER, {**MAN, "pers_dob": "31/31/1988"}, BROTHER]},
        ["bad_value: ssd_person, line 4, column pers_dob: not-a-date"],
        3,
    ),
    "the child's date": (
        {"ssd_person": [{**CHILD, "pers_dob": "x"}, MOTHER, MAN, BROTHER]},
        [
            "bad_value: ssd_person, line 2, column pers_dob: not-a-date",
            "bad_value: ssd_cin_episodes, line 2, column cine_person_id: person-unreadable",
            "bad_value: ssd_cin_assessments, line 2, column cina_person_id: person-unreadable",
            "bad_value: ssd_cp_plans, line 2, column cppl_person_id: person-unreadable",
        ],
        0,
    ),
    "two people of one id": (
        {"ssd_person": [*PEOPLE, {**MAN, "pers_person_id": "C1"}]},
        ["bad_value: ssd_person, line 6, column pers_person_id: reference-twice"],
        3,
    ),
    "a family with nobody": (
        {"ssd_family": [*FAMILY, {"fami_family_id": "F1", "fami_person_id": "X"}]},
        ["bad_value: ssd_family, line 6, column fami_person_id: no-such-person"],
        3,
    ),
    "an address of nobody": (
        {"ssd_address": [address("X")]},
        ["bad_value: ssd_address, line 2, column addr_person_id: no-such-person"],
        3,
    ),
    "an address that is no JSON": (
        {"ssd_address": [address("C1", json="{bad")]},
        ["bad_value: ssd_address, line 2, column addr_address_json: not-json"],
        3,
    ),
    "half a letter in JSON": (
        {"ssd_address": [address("C1", json='{"TOWN": "\\ud800"}')]},
        ["bad_value: ssd_address, line 2, column addr_address_json: not-json"],
        3,
    ),
}


@pytest.mark.parametrize(("tables", "faults", "events"), BAD.values(), ids=BAD)
def test_a_bad_row_costs_itself_and_what_rests_on_it(
    tables: dict[str, list[dict[str, str]]], faults: list[str], events: int
) -> None:
    readings = read(delivery(**tables))

    assert said(readings) == faults
    assert sum(len(reading.events) for reading in readings) == events


def letter(value: bytes) -> DeadLetter:
    return DeadLetter(
        stage=Stage.CONNECTOR,
        agency=COUNCIL,
        reason=Reason.BAD_VALUE,
        detail="",
        format="ssd",
        value=value,
        received_at=RECEIVED_AT,
        held="",
    )


MENDED = {
    "a day": (
        {"ssd_cin_episodes": [{**EPISODE, "cine_referral_date": "yesterday"}]},
        (b"yesterday", b"2025-11-01 00:00:00"),
        0,
    ),
    "whom it is about": (
        {"ssd_person": [{**CHILD, "pers_dob": "2016/03/02"}, MOTHER, MAN, BROTHER]},
        (b"2016/03/02", b"2016-03-02"),
        1,
    ),
    "whom it is about, in a row that is broken": (
        {"ssd_cin_episodes": [{**EPISODE, "cine_referral_source_desc": "BREAK"}]},
        (b'BRE"AK', b"BREAK"),
        0,
    ),
    "factors": (
        {"ssd_assessment_factors": [{**FACTORS, "cinf_assessment_factors_json": "[3B"}]},
        (b"[3B", b"3B"),
        0,
    ),
}


@pytest.mark.parametrize(("tables", "change", "number"), MENDED.values(), ids=MENDED)
def test_what_is_set_aside_can_be_mended_and_read_by_itself(
    tables: dict[str, list[dict[str, str]]], change: tuple[bytes, bytes], number: int
) -> None:
    files = {name: table(name, rows) for name, rows in {**FULL, **tables}.items()}
    broken = {f"{name}.csv": data.replace(b"BREAK", b'BRE"AK') for name, data in files.items()}
    bad = [each for each in read(zipped(broken)) if each.unreadable][number]

    with pytest.raises(RecordUnreadable):
        reread(letter(bad.raw), [SSD])
    (event,) = reread(letter(bad.raw.replace(*change)), [SSD])

    assert event.body["children"]


def test_a_row_that_is_read_by_itself_is_the_same_event() -> None:
    """The smallest delivery that holds a row has all that the row needs, and reads as it did."""
    whole = read(delivery(ssd_address=[address("C1"), address("A1"), address("C2")]))

    for reading in whole:
        (again,) = read(reading.raw)
        assert again.events[0].id == reading.events[0].id
        assert again.raw == reading.raw


def test_a_text_that_an_editor_saved_is_read() -> None:
    (reading, *_) = read(delivery())
    saved = b"\xef\xbb\xbf" + reading.raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")

    assert read(saved)[0].events == reading.events


def test_strangers_under_one_id_are_no_family() -> None:
    """Systems give those without a family one id: they must not meet in an event."""
    many = [{"pers_person_id": f"X{number}", "pers_forename": "Xi"} for number in range(40)]
    family = [{"fami_family_id": "-1", "fami_person_id": f"X{number}"} for number in range(40)]
    child = {"fami_family_id": "-1", "fami_person_id": "C1"}

    reading = read(delivery(ssd_person=[*PEOPLE, *many], ssd_family=[child, *family]))[0]

    assert [each["local_id"] for each in people(reading.events[0].body, "unresolved")] == ["A1"]
    assert "not-a-family" in reading.warnings


def test_columns_and_tables_that_the_dataset_has_besides_are_no_doubt() -> None:
    files = {f"{name}.csv": table(name, rows) for name, rows in FULL.items()}
    more = {"ssd_sdq_scores.csv": b"a,b\n1,2\n", "readme.txt": b"hello"}

    first, second, _ = read(zipped({**files, **more}))

    assert first.warnings == ("table-missing",) * 3  # addresses, early help, in care
    assert second.warnings == ()


def test_a_column_that_only_the_mapping_has_is_warned_of_once() -> None:
    files = {f"{name}.csv": table(name, rows) for name, rows in FULL.items()}
    files["ssd_person.csv"] = files["ssd_person.csv"].replace(b"pers_surname", b"pers_lastname")

    first, second, _ = read(zipped(files))

    assert first.warnings.count("column-missing") == 1
    assert "column-missing" not in second.warnings


def parts(**changed: bytes | None) -> bytes:
    files = {name: table(name, rows) for name, rows in FULL.items()}
    return zipped(
        {f"{name}.csv": data for name, data in {**files, **changed}.items() if data is not None}
    )


UNUSABLE = {
    "nothing": (b"", "delivery: no-zip"),
    "a table alone": (table("ssd_person", PEOPLE), "delivery: no-zip"),
    "a broken zip": (delivery()[:-30], "delivery: broken-zip"),
    "a zip that says it is one": (b"PK\x03\x04 and so on", "delivery: broken-zip"),
    "no people": (parts(ssd_person=None), "ssd_person: table-missing"),
    "people alone": (
        zipped({"ssd_person.csv": table("ssd_person", PEOPLE)}),
        "delivery: no table of records",
    ),
    "a table twice": (
        zipped(
            {f"{at}/{name}.csv": table(name, rows) for at in "ab" for name, rows in FULL.items()}
        ),
        "ssd_person: table-twice",
    ),
    "an empty table": (parts(ssd_person=b""), "ssd_person, heading: empty"),
    "a table of another kind": (
        parts(ssd_cp_plans=b"a,b\n"),
        "ssd_cp_plans, heading: no column cppl_cp_plan_id, cppl_person_id, cppl_cp_plan_start_date",
    ),
    "a binary table": (parts(ssd_family=b"\x00\x01\n"), "ssd_family, heading: not-text"),
}


@pytest.mark.parametrize(("data", "detail"), UNUSABLE.values(), ids=UNUSABLE)
def test_a_delivery_that_is_none_is_refused_whole(data: bytes, detail: str) -> None:
    with pytest.raises(SourceUnusable) as fault:
        read(data)

    assert fault.value.detail == detail


def test_a_damaged_byte_refuses_the_delivery_before_the_first_row() -> None:
    """A checksum is compared before anything is read, so that no half of a table goes out."""
    data = bytearray(delivery())
    data[data.index(b"ssd_cp_plans.csv") + 40] ^= 0xFF

    with pytest.raises(SourceUnusable, match="broken-zip"):
        next(SSD.read_bytes(bytes(data), RECEIVED_AT))


def test_a_zip_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_TABLES_BYTES", 100)

    with pytest.raises(SourceUnusable) as fault:
        read(delivery())

    assert fault.value.reason is Reason.TOO_LARGE


def test_a_delivery_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_ARCHIVE_BYTES", 100)

    with pytest.raises(SourceUnusable) as fault:
        read(delivery())

    assert fault.value.reason is Reason.TOO_LARGE


def test_a_zip_with_a_password_is_refused() -> None:
    data = bytearray(delivery())
    at = data.rindex(b"PK\x01\x02")
    data[at + 8] |= 1  # in the list of contents, the flag that says so

    with pytest.raises(SourceUnusable, match="broken-zip"):
        read(bytes(data))


def test_each_table_has_an_encoding_of_its_own() -> None:
    files = {f"{name}.csv": table(name, rows) for name, rows in FULL.items()}
    files["ssd_person.csv"] = files["ssd_person.csv"].replace(b"Cy", "Zoë".encode("cp1252"))
    files["ssd_cp_plans.csv"] = files["ssd_cp_plans.csv"].replace(b"Emotional", "Émo".encode())

    plan = bodies(zipped(files))[2]

    assert people(plan, "children")[0]["names"] == [
        {"kind": "usual", "given": "Zoë", "family": None}
    ]
    assert plan["category"] == "Émo abuse"


ROUGH = {
    "an unclosed quote": (b"R1,", b'R1,"'),
    "a cell too many": (b"R1,", b"R1,x,"),
    "a cell too few": (b"N1,", b"N1"),
    "a nul": (b"N1", b"N\x00"),
    "a cell that is huge": (b"N1", b"N" * 1_000_001),
}


@pytest.mark.parametrize(("old", "new"), ROUGH.values(), ids=ROUGH)
def test_a_rough_row_costs_itself_alone(old: bytes, new: bytes) -> None:
    bad = table("ssd_cin_episodes", [EPISODE]).replace(old, new)
    good = table("ssd_cin_episodes", [{**EPISODE, "cine_referral_id": "R9"}]).split(b"\r\n", 1)[1]

    readings = read(parts(ssd_cin_episodes=bad + good))

    assert len(said(readings)) == 1
    assert [each.events[0].source.key for each in readings if each.events] == ["R9", "S1", "P1"]


MARKS = [f"=== {name}.csv ===".encode() for name in RECORDS]
"""A row of one of these tables lies in its own table; a row of another lies among the people."""

cells = st.text('CA12-:/ ,"\n\u00e9[]{}', max_size=8) | st.sampled_from(
    ["C1", "A1", "S1", "F1", "2025-11-01", '["3A"]', '{"3A": "Yes"}']
)


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(sorted(FULL)),
        st.lists(st.lists(cells, min_size=9, max_size=9), max_size=4),
        max_size=4,
    )
)
def test_whatever_stands_in_the_tables_the_rule_of_what_is_a_record_holds(
    drawn: dict[str, list[list[str]]],
) -> None:
    tables: dict[str, list[dict[str, str]]] = {name: [*rows] for name, rows in FULL.items()}  # type: ignore[dict-item]
    for name, rows in drawn.items():
        columns = sorted({column for row in FULL[name] for column in row})
        tables[name] += [dict(zip(columns, row, strict=False)) for row in rows]
    readings = read(delivery(**tables))

    of_records = [each for each in readings if any(mark in each.raw for mark in MARKS)]
    assert len(of_records) == sum(len(tables[name]) for name in RECORDS)
    assert all(bool(each.events) != bool(each.unreadable) for each in readings)
    assert all(each.unreadable for each in readings if each not in of_records)
    assert not [text for text in said(readings) if "handler_bug" in text]
    again = read(delivery(**tables))
    assert [each.events for each in again] == [each.events for each in readings]


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=6), st.floats(0, 1), st.booleans())
def test_a_file_with_any_bytes_in_it_is_read_or_refused(
    junk: bytes, where: float, is_zip: bool
) -> None:
    whole = delivery() if is_zip else read(delivery())[0].raw
    at = int(where * len(whole))

    try:
        readings = read(whole[:at] + junk + whole[at + len(junk) :])
    except SourceUnusable:
        return

    assert not [text for text in said(readings) if "handler_bug" in text]


@given(st.binary(max_size=300))
def test_bytes_that_are_no_delivery_are_refused(data: bytes) -> None:
    for start in (b"", b"PK", b"=== ssd_person.csv ===\n"):
        with pytest.raises(SourceUnusable):
            read(start + data)


def test_no_cell_is_found_in_what_is_said_of_a_row() -> None:
    number = iter(range(1000))
    every = {
        name: [
            *rows,
            *({**rows[0], column: f"Canary{next(number)}"} for column in rows[0]),
        ]
        for name, rows in FULL.items()
    }
    homes = [address("Canary"), address("C1", json="{Canary")]
    rough = table("ssd_cin_episodes", [{**EPISODE, "cine_close_reason": 'Can"ary'}])
    files = {name: table(name, rows) for name, rows in {**every, "ssd_address": homes}.items()}
    files["ssd_cin_episodes"] += rough.replace(b'""', b'"').split(b"\r\n", 1)[1]

    readings = read(zipped({f"{name}.csv": data for name, data in files.items()}))

    faults = said(readings)
    assert len(faults) > 10
    assert any("unclosed-quote" in text for text in faults)
    assert not [text for text in faults if re.search("Can.?ary", text)]
    assert not [each for each in readings if "Canary" in str(each.warnings)]


def test_a_delivery_is_known_by_its_name_or_by_what_is_in_it() -> None:
    assert SSD.claims(Path("SSD_20261118.ZIP"))
    assert not SSD.claims(Path("ssd_person.csv"))
    assert SSD.recognises(io.BytesIO(delivery()))
    assert SSD.recognises(io.BytesIO(read(delivery())[0].raw))
    assert not SSD.recognises(io.BytesIO(zipped({"a.csv": b"a\n"})))
    assert not SSD.recognises(io.BytesIO(b"a,b\n"))


def test_the_mapping_of_a_delivery_is_described(tmp_path: Path) -> None:
    file = tmp_path / "ssd.zip"
    file.write_bytes(delivery())

    columns = SSD.columns(file)

    headings = {column.heading: column.name for column in columns}
    assert headings["pers_person_id"] == "person_id"
    assert headings["pers_ethnicity"] is None
    assert headings["cppl_cp_plan_id"] == "reference"


def test_a_folder_inside_the_zip_does_not_matter() -> None:
    files = {f"export/2026\\{name}.csv": table(name, rows) for name, rows in FULL.items()}

    assert len(bodies(zipped(files))) == 3
