import pytest

from connectors.connector import Reading, SourceUnusable
from hub.model.event import Body
from tests.unit.connectors.exports import (
    AMBER,
    BOM,
    KESTREL,
    REFERRALS,
    body_of,
    export,
    format_named,
    read,
    read_row,
)

SPREADSHEET = (
    BOM
    + (
        "Referral no,Date of referral,MARAC criteria,Notes,Client first name,Client surname,"
        "Client previous surname,Client phone,Client safe phone,Client safe times,"
        "Client safe address,Client safe postcode,Perpetrator 1 first name,Perpetrator 1 surname,"
        "Perpetrator 1 relationship to client,Perpetrator 2 surname,"
        "Perpetrator 2 relationship to client,Child 1 first name,Child 2 first name,School named\r\n"
        'R7,20/11/2025,High risk;Escalation,"She rang.\nThen, ""nothing"".",Zoë,O\'Neil,Fox,'
        "1632960001,01632 960002,after six,9 Quiet Row,zq99aa,Bob,Lee,Parent,Roe,Ex-partner,"
        "Cy,Di,Fenby Primary; Fenby High\r\n"
        "R8,21/11/2025 09:05,,,,,,,,,,,,,,,,,,\r\n"
    ).encode()
)


def readings() -> list[Reading]:
    return read(REFERRALS, SPREADSHEET)


def first() -> Body:
    return readings()[0].events[0].body


def person(body: Body, role: str, number: int = 0) -> Body:
    found = body[role]
    assert isinstance(found, list)
    one = found[number]
    assert isinstance(one, dict)
    return one


def test_a_spreadsheet_is_read_row_by_row() -> None:
    assert [reading.events[0].source.key for reading in readings()] == ["R7", "R8"]
    assert "leading-zero-lost" in readings()[0].warnings
    assert first()["account"] == 'She rang.\nThen, "nothing".'
    assert first()["criteria"] == ["visible_high_risk", "escalation"]


def test_the_client_is_the_victim() -> None:
    client = person(first(), "victims")

    assert client["names"] == [
        {"kind": "usual", "given": "Zoë", "family": "O'Neil"},
        {"kind": "former", "given": "Zoë", "family": "Fox"},
    ]
    assert client["local_id"] == "R7/victim/1"
    assert client["contacts"] == [{"channel": "telephone", "value": "1632960001", "hours": None}]
    assert client["safe_contacts"] == [
        {"channel": "telephone", "value": "01632960002", "hours": "after six"}
    ]
    assert client["safe_address"] == {
        "line1": "9 Quiet Row",
        "line2": None,
        "town": None,
        "postcode": "ZQ9 9AA",
    }
    assert client["addresses"] == []


def test_several_perpetrators_and_children_are_tied_to_the_client() -> None:
    client = person(first(), "victims")

    assert client["relationships"] == [
        {"to": "R7/perpetrator/1", "relation": "child"},
        {"to": "R7/perpetrator/2", "relation": "ex_partner"},
    ]
    assert person(first(), "perpetrators", 0)["relationships"] == [
        {"to": "R7/victim/1", "relation": "parent"}
    ]
    assert [person(first(), "children", number)["local_id"] for number in (0, 1)] == [
        "R7/child/1",
        "R7/child/2",
    ]


def test_organisations_are_taken_as_written() -> None:
    body = body_of(REFERRALS, landlord="Fenmarch Homes", school="Fenby High", referred_to="A; B")

    assert body["organisations"] == [
        {"part": "landlord", "name": "Fenmarch Homes", "organisation_id": None},
        {"part": "referred_to", "name": "A", "organisation_id": None},
        {"part": "referred_to", "name": "B", "organisation_id": None},
        {"part": "school", "name": "Fenby High", "organisation_id": None},
    ]


def test_a_criterion_nobody_knows_is_warned_of_and_the_others_stand() -> None:
    reading = read_row(REFERRALS, criteria="Repeat; Hunch")

    assert reading.events[0].body["criteria"] == ["repeat"]
    assert reading.warnings == ("unknown-code",)


def test_a_referral_has_no_version_and_is_known_by_what_it_says() -> None:
    first, second = read(REFERRALS, export(REFERRALS, {}, {"wishes": "calm"}))

    assert len(first.events[0].source.version) == 64
    assert first.events[0].id != second.events[0].id


def test_cp1252_is_read_where_the_mapping_allows_it() -> None:
    data = export(REFERRALS, {"victim_given": "Zoë", "account": "“so” she said"})

    (reading,) = read(REFERRALS, data.decode().encode("cp1252"))

    assert reading.events == read(REFERRALS, data)[0].events


def test_the_other_charity_has_its_own_headings() -> None:
    kestrel = format_named(KESTREL, "referrals")

    (reading,) = read(kestrel, export(kestrel, {"victim_given": "Ann", "risk_grade": "MED"}))

    (event,) = reading.events
    assert event.body["risk_grade"] == "medium"
    assert (event.source.agency, event.source.system) == (KESTREL, "referrals.referrals")
    with pytest.raises(SourceUnusable, match="heading: no column Referral no, Date of referral"):
        read(format_named(AMBER, "referrals"), export(kestrel, {}))
