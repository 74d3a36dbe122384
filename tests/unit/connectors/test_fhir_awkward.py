"""Messages as real systems send them, each awkward in ways of its own. Written by us; nobody is in them."""

from datetime import UTC, date, datetime

from connectors.connector import Reading
from hub.model.event import Body
from tests.unit.connectors.messages import FIXTURES, people_in, readings, those


def reading_of(name: str) -> Reading:
    (found,) = readings((FIXTURES / name).read_bytes())
    assert found.unreadable is None, found.unreadable
    return found


def body_of(name: str) -> Body:
    (event,) = reading_of(name).events
    return event.body


def test_a_message_to_another_service_is_read_for_its_flag() -> None:
    body = body_of("from-a-111-service.json")

    assert people_in(body) == {
        "unresolved": ["https://sender.example/Id/case-number|sender1234/patient"]
    }
    assert body["flags"] == [
        {"code": "766561000000109", "active": True},
        {"code": "707087005", "active": True},
    ]
    assert (body["occurred_at"], body["reported_at"]) == (
        datetime(2025, 11, 18, 21, 15, tzinfo=UTC),
        datetime(2025, 11, 18, 23, 23, 30, tzinfo=UTC),
    )
    assert (body["kind"], body["site"]) == ("emergency", "Osham General Hospital")
    assert [(each["part"], each["name"]) for each in those(body, "organisations")] == [
        ("gp", "Lode Surgery"),
        ("referred_to", "Fenmarch 111"),
    ]
    assert str(body["account"]).endswith("wait.\nLeft before she was seen.")


def test_the_emergency_contact_is_nowhere_in_the_event() -> None:
    (person,) = those(body_of("from-a-111-service.json"), "unresolved")

    assert [each["value"] for each in person["contacts"]] == ["077009000001"]
    assert person["identifiers"] == [
        {"scheme": "nhs_number", "value": "9990000018", "verified": True}
    ]
    assert "Jack" not in str(body_of("from-a-111-service.json"))


def test_what_nobody_reads_in_it_is_counted() -> None:
    assert sorted(reading_of("from-a-111-service.json").warnings) == [
        "resource-unread",
        "role-unstated",
    ]


def test_a_sloppy_sender_is_understood() -> None:
    body = body_of("sloppy-sender.json")

    (person,) = those(body, "victims")
    assert person["names"] == [{"kind": "usual", "given": "Ada", "family": "Marsh"}]
    assert (person["born"], person["gender"]) == (date(1990, 2, 3), "unknown")
    assert person["identifiers"] == [
        {"scheme": "nhs_number", "value": "9990000018", "verified": False}
    ]
    assert person["contacts"][0]["value"] == "077009000001"
    assert person["addresses"][0]["line1"] == "1 Sedge Street, Fenmarch"
    assert body["occurred_at"] == datetime(2025, 7, 18, 22, 14, tzinfo=UTC)
    assert (body["complaint"], body["site"]) == ("Headache", "Osham General Hospital")
    assert body["source"] == {
        "agency": "osham-hospital",
        "system": "ed.messages",
        "key": "ED-7",
        "version": "3",
    }


def test_and_each_of_its_faults_is_counted() -> None:
    assert {
        "date-with-time", "entry-unread", "name-as-text", "no-zone", "observation-unread",
        "telephone-with-words", "unknown-code", "wrong-type",
    } == set(reading_of("sloppy-sender.json").warnings)  # fmt: skip


def test_of_mother_and_newborn_the_one_it_is_about_is_told_of() -> None:
    body = body_of("mother-and-newborn.json")

    assert people_in(body) == {"unresolved": ["P1"]}
    assert body["flags"] == [{"code": "878111000000109", "active": True}]
    assert (body["kind"], body["pregnant"]) == ("maternity", "no")
    assert {"another-patient", "about-another"} <= set(
        reading_of("mother-and-newborn.json").warnings
    )


def test_a_booking_without_concern_is_nobodys_business() -> None:
    reading = reading_of("booking-without-concern.json")

    assert reading.events == ()
    assert reading.warnings == ("resource-unread", "not-safeguarding")
