from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from connectors.cells import telephones
from connectors.connector import Reading
from hub.model.event import Body
from hub.model.numbers import nhs_number, postcode
from tests.unit.connectors.exports import (
    DUNMOOR,
    INCIDENTS,
    REFERRALS,
    body_of,
    detail_of,
    format_named,
    read_row,
)


def warnings(reading: Reading) -> list[str]:
    assert reading.unreadable is None, reading.unreadable
    return list(reading.warnings)


def victim(**row: str) -> Body:
    victims = body_of(INCIDENTS, **{f"victim_{name}": cell for name, cell in row.items()})[
        "victims"
    ]
    assert isinstance(victims, list)
    (found,) = victims
    assert isinstance(found, dict)
    return found


def test_a_time_is_read_in_the_senders_zone() -> None:
    summer = body_of(INCIDENTS, occurred_at="01/07/2025 22:14")["occurred_at"]
    winter = body_of(INCIDENTS, occurred_at="01/12/2025 22:14")["occurred_at"]

    assert summer == datetime(2025, 7, 1, 21, 14, tzinfo=UTC)
    assert winter == datetime(2025, 12, 1, 22, 14, tzinfo=UTC)


def test_day_and_month_are_never_swapped() -> None:
    assert victim(born="02/03/1990")["born"] == date(1990, 3, 2)
    assert detail_of(INCIDENTS, victim_born="03/13/1990").endswith("not-a-date")


def test_each_form_that_the_mapping_names_is_read() -> None:
    dunmoor = format_named(DUNMOOR, "incidents")
    row = {"occurred_at": "2025-11-18T22:14", "reported_at": "2025-11-18 22:50"}

    borns = [
        body_of(dunmoor, **row, victim_born=born)["victims"]
        for born in ("1990-03-02", "02-03-1990")
    ]

    assert borns[0] == borns[1]


UNREADABLE = {
    "another form": ("victim_born", "1990-03-02", "V_DOB: not-a-date"),
    "no such day": ("victim_born", "30/02/1990", "V_DOB: not-a-date"),
    "two digits of a year": ("victim_born", "02/03/90", "V_DOB: not-a-date"),
    "a word": ("suspect_born", "unknown", "S_DOB: not-a-date"),
    "no hour": ("occurred_at", "18/11/2025", "OCCURRED: not-a-time"),
    "no such hour": ("reported_at", "18/11/2025 24:10", "REPORTED: not-a-time"),
    "digits of another script": ("occurred_at", "١٨/11/2025 22:14", "OCCURRED: not-a-time"),
    "no reference": ("reference", "", "OCC_NO: missing"),
    "blanks for a kind": ("kind", "  ", "CRIME_TYPE: missing"),
}


@pytest.mark.parametrize(("name", "cell", "said"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_read_is_named_by_line_column_and_code(
    name: str, cell: str, said: str
) -> None:
    assert detail_of(INCIDENTS, **{name: cell}) == f"bad_value: line 2, column {said}"


DOUBTS = {
    "nothing": ({}, []),
    "a kind nobody knows": ({"kind": "Affray"}, ["unknown-code"]),
    "words in another case": ({"kind": "VIOLENCE", "risk_grade": "h"}, []),
    "a grade nobody knows": ({"risk_grade": "X"}, ["unknown-code"]),
    "a birth before its time": ({"victim_born": "06/01/2026"}, ["unlikely-date"]),
    "a birth too long ago": ({"victim_born": "01/01/1900"}, ["unlikely-date"]),
    "an event to come": ({"occurred_at": "05/01/2026 09:31"}, ["unlikely-date"]),
    "an hour that comes twice": ({"occurred_at": "26/10/2025 01:30"}, ["clock-change"]),
    "an hour that never came": ({"occurred_at": "30/03/2025 01:30"}, ["clock-change"]),
    "a lost zero": ({"victim_telephone": "1632960001"}, ["leading-zero-lost"]),
    "a wrong check digit": ({"victim_nhs": "9990000019"}, ["nhs-check-digit"]),
    "too few digits": ({"victim_nhs": "99900000"}, ["not-an-nhs-number"]),
    "a spreadsheet's number": ({"victim_nhs": "9.99E+09"}, ["not-an-nhs-number"]),
    "no postcode": ({"victim_postcode": "Fenmarch"}, ["not-a-postcode"]),
    "no e-mail": ({"victim_email": "none"}, ["not-an-email"]),
    "hours for no number": ({"victim_id": "1", "victim_safe_hours": "am"}, ["safe-hours-alone"]),
}


@pytest.mark.parametrize(("row", "codes"), DOUBTS.values(), ids=DOUBTS)
def test_what_is_read_with_a_doubt_is_warned_of(row: dict[str, str], codes: list[str]) -> None:
    assert warnings(read_row(INCIDENTS, **row)) == codes


def test_a_word_nobody_knows_is_said_to_be_unknown() -> None:
    row = dict.fromkeys(("kind", "risk_grade", "weapon_used", "victim_gender"), "?")

    body = body_of(INCIDENTS, victim_id="1", relationship="?", suspect_id="2", **row)

    assert isinstance(body["victims"], list)
    (harmed,) = body["victims"]
    assert isinstance(harmed, dict)
    assert (body["kind"], body["risk_grade"]) == ("other", None)
    assert (body["weapon_used"], harmed["gender"]) == ("unknown", "unknown")
    assert harmed["relationships"] == [{"to": "2", "relation": "unknown"}]


def test_a_word_for_consent_that_nobody_knows_may_be_a_refusal() -> None:
    known = read_row(INCIDENTS, consent="N")

    unknown = read_row(INCIDENTS, consent="Declined")

    assert known.events[0].body["consent"] == "refused"
    assert unknown.unreadable is not None
    assert unknown.unreadable.detail == "line 2, column CONSENT: unknown-code"


def test_a_number_is_verified_where_its_sender_checks_it_with_its_issuer() -> None:
    number = {"victim_id": "1", "victim_nhs": "9990000018"}
    traced, untraced = (
        replace(INCIDENTS, layout=replace(INCIDENTS.layout, traced=schemes))
        for schemes in (("nhs_number",), ())
    )

    verified = [body_of(each, **number)["victims"][0]["identifiers"] for each in (traced, untraced)]  # type: ignore[index, call-overload]

    assert [each[0]["verified"] for each in verified] == [True, False]


def test_a_day_without_an_hour_is_its_noon() -> None:
    body = body_of(REFERRALS, referred_at="20/07/2025", occurred_at="19/07/2025")

    assert body["occurred_at"] == datetime(2025, 7, 19, 11, 0, tzinfo=UTC)
    assert body["occurred_accuracy"] == "day"
    assert body["reported_at"] == datetime(2025, 7, 20, 11, 0, tzinfo=UTC)


def test_an_event_without_a_time_is_put_at_its_report() -> None:
    body = body_of(REFERRALS, referred_at="20/07/2025 10:00")

    assert body["occurred_at"] == body["reported_at"]
    assert body["occurred_accuracy"] == "unknown"


def test_a_text_of_several_lines_keeps_them() -> None:
    assert body_of(INCIDENTS, account=" one\r\n two\nthree ")["account"] == "one\n two\nthree"


POSTCODES = {
    "zq1 2ab": ("ZQ1 2AB", True),
    "ZQ12AB": ("ZQ1 2AB", True),
    "z1a2bc": ("Z1A 2BC", True),
    " ZQ12  2AB": ("ZQ12 2AB", True),
    "ZQ1": ("ZQ1", False),
    "12345": ("12345", False),
}


@pytest.mark.parametrize(("text", "expected"), POSTCODES.items())
def test_postcodes_are_tidied(text: str, expected: tuple[str, bool]) -> None:
    assert postcode(text) == expected


TELEPHONES: dict[str, tuple[list[str], str | None, list[str]]] = {
    "01632 960001": (["01632960001"], None, []),
    "(01632) 960-001": (["01632960001"], None, []),
    "+44 (0)1632 960001": (["+441632960001"], None, []),
    "999": ([], None, ["not-a-telephone"]),
    "116 123": (["116123"], None, []),
    "none": ([], None, ["not-a-telephone"]),
    "1632960001": (["1632960001"], None, ["leading-zero-lost"]),
    "01632960001 / 01632960002": (["01632960001", "01632960002"], None, []),
    "01632960001 after 6pm": (["01632960001"], "01632960001 after 6pm", ["telephone-with-words"]),
}


@pytest.mark.parametrize(("text", "expected"), TELEPHONES.items())
def test_telephones_are_read_as_they_are_given(
    text: str, expected: tuple[list[str], str | None, list[str]]
) -> None:
    assert telephones(text) == expected


NHS_NUMBERS = {
    "999 000 0018": ("9990000018", True),
    "999-000-0018": ("9990000018", True),
    "9990000019": ("9990000019", False),
    "9999999999": ("9999999999", False),
    "999000001": (None, False),
    "99900000181": (None, False),
    "999000001X": (None, False),
    "٩٩٩٠٠٠٠٠١٨": (None, False),
}


@pytest.mark.parametrize(("text", "expected"), NHS_NUMBERS.items())
def test_an_nhs_number_is_verified_by_its_check_digit(
    text: str, expected: tuple[str | None, bool]
) -> None:
    assert nhs_number(text) == expected


def test_the_check_digit_is_that_of_the_nhs() -> None:
    oracle = pytest.importorskip("nhs_number")

    for number in range(9990000000, 9990004000):
        assert nhs_number(str(number))[1] == oracle.is_valid(str(number))
