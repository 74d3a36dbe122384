from datetime import UTC, date, datetime

import pytest

from hub.model.event import Body
from tests.unit.connectors.messages import (
    CONCERN,
    HL7,
    LOCAL,
    NHS,
    NOTHING,
    SAFEGUARDING,
    TRUST,
    VERIFICATION,
    VICTIM,
    Json,
    body_of,
    coded,
    condition,
    doubts_of,
    encoded,
    fault_of,
    flag,
    message,
    observation,
    people_in,
    reading_of,
    related,
    relation,
    standing,
    those,
)

ICD = "http://hl7.org/fhir/sid/icd-10"
ED_ANSWERS = f"{TRUST}/CodeSystem/ed-answers"
YES, NO = {"valueBoolean": True}, {"valueBoolean": False}
UNCONFIRMED = coded(f"{HL7}/condition-ver-status", "provisional")
REFUTED = coded(f"{HL7}/condition-ver-status", "refuted")
OVER = coded(f"{HL7}/condition-clinical", "resolved")
BEATEN = {"note": [{"text": "Her husband beats her. She is the victim, he the perpetrator."}]}

WHERE_THE_PATIENT_STANDS: dict[str, tuple[Json, str]] = {
    "a flag that calls them a victim": (flag(VICTIM), "victims"),
    "a condition that does": (condition(ICD, "T74.1"), "victims"),
    "what they disclosed": (observation("abuse-disclosed", **YES), "victims"),
    "a flag that calls them harmful": (
        flag("domestic-abuse-harmer", system=LOCAL),
        "perpetrators",
    ),
    "a flag that names no role": (flag(CONCERN), "unresolved"),
    "a flag that no longer stands": (flag(VICTIM, status="inactive"), "unresolved"),
    "a flag entered in error": (flag(VICTIM, status="entered-in-error"), "unresolved"),
    "a flag of another category": (flag(VICTIM, category="RA"), "unresolved"),
    "the code in another system": (flag(VICTIM, system="http://other.example"), "unresolved"),
    "a flag about nobody": (flag(VICTIM, subject={}), "unresolved"),
    "a flag about somebody who is not there": (
        flag(VICTIM, subject={"reference": "Patient/9"}),
        "unresolved",
    ),
    "a condition that is not confirmed": (
        condition(ICD, "T74.1", verificationStatus=UNCONFIRMED),
        "unresolved",
    ),
    "a condition that was refuted": (
        condition(ICD, "T74.1", verificationStatus=REFUTED),
        "unresolved",
    ),
    "a condition that is over": (condition(ICD, "T74.1", clinicalStatus=OVER), "unresolved"),
    "a disclosure denied": (observation("abuse-disclosed", **NO), "unresolved"),
    "an observation entered in error": (
        observation("abuse-disclosed", status="entered-in-error", **YES),
        "unresolved",
    ),
    "words alone": ({"resourceType": "ServiceRequest", **BEATEN}, "unresolved"),
    "words on a flag": (
        flag("X1", code={"text": "victim of domestic abuse"}),
        "unresolved",
    ),
}


@pytest.mark.parametrize(
    ("said", "role"), WHERE_THE_PATIENT_STANDS.values(), ids=WHERE_THE_PATIENT_STANDS
)
def test_a_code_and_nothing_else_gives_the_patient_a_role(said: Json, role: str) -> None:
    assert people_in(body_of(message(said))) == {role: ["P1"]}


def test_who_is_called_both_is_for_a_person_to_judge() -> None:
    both = message(flag(VICTIM), flag("domestic-abuse-harmer", system=LOCAL))

    assert people_in(body_of(both)) == {"unresolved": ["P1"]}
    assert "role-contested" in doubts_of(both)


def test_a_questionnaire_tells_what_an_observation_tells() -> None:
    form = {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": f"{TRUST}/Questionnaire/domestic-abuse|2.1",
        "status": "completed",
        "subject": {"reference": "urn:uuid:patient"},
        "item": [
            {
                "linkId": "a",
                "item": [{"linkId": "1", "answer": [{"valueBoolean": True}]}],
            },
            {"linkId": "2", "answer": [{"valueCoding": {"system": ED_ANSWERS, "code": "REFUSED"}}]},
            {"linkId": "3", "answer": [{"valueString": "He held her by the throat."}]},
        ],
    }

    body = body_of(message(form))

    assert people_in(body) == {"victims": ["P1"]}
    assert (body["abuse_disclosed"], body["consent"]) == ("yes", "refused")
    assert body["account"] == "He held her by the throat."


def test_consent_in_a_word_that_nobody_knows_sets_the_message_aside() -> None:
    said = observation("consent-to-share", valueString="rather not")

    assert fault_of(encoded(message(said))) == "bad_value: consent: unknown-code"


def test_of_two_answers_the_more_cautious_stands() -> None:
    answers = [
        observation(code, valueCodeableConcept=coded(ED_ANSWERS, answer))
        for code, answer in (
            ("consent-to-share", "AGREED"), ("consent-to-share", "REFUSED"),
            ("risk", "HIGH"), ("risk", "MED"),
            ("abuse-disclosed", "N"), ("abuse-disclosed", "Y"),
        )
    ]  # fmt: skip

    for several in (answers, answers[::-1]):
        body = body_of(message(*several))

        assert (body["consent"], body["risk_grade"]) == ("refused", "high")
        assert body["abuse_disclosed"] == "yes"


def test_what_was_found_is_read() -> None:
    body = body_of(
        message(
            condition("http://snomed.info/sct", "77386006"),
            condition(
                ICD,
                "S40.0",
                category=[coded(LOCAL, "injury")],
                code={**coded(ICD, "S40.0"), "text": "bruised shoulder"},
            ),
            condition(ICD, "S40.0"),
            condition("", "", code={"text": "seems afraid"}),
            observation("injuries-seen", valueString="marks on the neck"),
            observation("came-with", valueString="A man who answered for her."),
            observation("summary-to-share", valueString="Physical assault."),
            {"resourceType": "Observation", "code": coded("http://loinc.org", "8867-4")},
            encounter={"reasonCode": [{"text": "Fell, she says."}]},
        )
    )

    assert body["diagnoses"] == ["77386006", "S40.0"]
    assert body["pregnant"] == "yes"
    assert body["injuries"] == "bruised shoulder; marks on the neck"
    assert body["account"] == "seems afraid"
    assert body["accompanied_by"] == "A man who answered for her."
    assert body["shareable_summary"] == "Physical assault."
    assert body["complaint"] == "Fell, she says."


def test_safeguarding_flags_are_listed_as_the_sender_has_them() -> None:
    said = message(
        flag(VICTIM, "766561000000109"),
        flag("child-protection-plan", system=LOCAL, status="inactive"),
        flag("NEW-CODE"),
        flag(NOTHING),
        flag("U", category="SS"),
        flag(CONCERN, category="NEW"),
    )

    assert body_of(said)["flags"] == [
        {"code": VICTIM, "active": True},
        {"code": "766561000000109", "active": True},
        {"code": "child-protection-plan", "active": False},
        {"code": "NEW-CODE", "active": True},
        {"code": CONCERN, "active": True},
    ]
    assert {"unknown-code", "flag-category-unknown"} <= set(doubts_of(said))


WHERE_OTHERS_STAND: dict[str, tuple[Json, dict[str, list[str]]]] = {
    "said to have harmed": (
        related(standing("said-to-have-harmed"), relation("HUSB")),
        {"perpetrators": ["ED1/related/1"]},
    ),
    "both accused": (related(standing("both-accused")), {"unresolved": ["P1", "ED1/related/1"]}),
    "a husband": (related(relation("HUSB")), {}),
    "a husband who came along": (related(relation("HUSB"), standing("came-along")), {}),
    "a young child": (
        related(relation("CHILD"), birthDate="2019-05"),
        {"children": ["ED1/related/1"]},
    ),
    "a grown-up child": (related(relation("CHILD"), birthDate="1981"), {}),
    "a child of unknown age": (
        related(relation("CHILD")),
        {"unresolved": ["P1", "ED1/related/1"]},
    ),
    "said to be a child of the household": (
        related(standing("child-of-household")),
        {"children": ["ED1/related/1"]},
    ),
    "said to be a child, and grown up": (
        related(standing("child-of-household"), birthDate="1981-01-01"),
        {"unresolved": ["P1", "ED1/related/1"]},
    ),
    "harmful in words": (related({"text": "perpetrator, abuser, said-to-have-harmed"}), {}),
    "harmful to somebody else": (
        related(standing("said-to-have-harmed"), patient={"reference": "urn:uuid:encounter"}),
        {},
    ),
    "harmful to nobody knows whom": (
        related(standing("said-to-have-harmed"), patient={"reference": "Patient/7"}),
        {"unresolved": ["P1", "ED1/related/1"]},
    ),
    "harmful and without a name": (related(standing("said-to-have-harmed"), name=[]), {}),
}


@pytest.mark.parametrize(("who", "stands"), WHERE_OTHERS_STAND.values(), ids=WHERE_OTHERS_STAND)
def test_a_code_and_nothing_else_gives_others_a_role(
    who: Json, stands: dict[str, list[str]]
) -> None:
    assert people_in(body_of(message(who))) == {"unresolved": ["P1"], **stands}


def test_people_are_tied_to_each_other() -> None:
    he = related(
        standing("said-to-have-harmed"),
        relation("FMRSPS"),
        identifier=[{"system": f"{TRUST}/Id/patient-number", "value": "P2"}],
    )
    child = related(relation("DAU"), birthDate="2020-01-02")

    body = body_of(message(flag(VICTIM), he, child))

    assert those(body, "victims")[0]["relationships"] == [
        {"to": "P2", "relation": "ex_partner"},
        {"to": "ED1/related/2", "relation": "parent"},
    ]
    assert those(body, "perpetrators")[0]["relationships"] == [
        {"to": "P1", "relation": "ex_partner"}
    ]
    assert those(body, "children")[0]["relationships"] == [{"to": "P1", "relation": "child"}]


def test_who_came_along_is_told_in_words() -> None:
    came = related(relation("HUSB"))
    escort = {
        "participant": [
            {
                "type": [coded(f"{HL7}/v3-ParticipationType", "ESC")],
                "individual": {"reference": "urn:uuid:more0"},
            }
        ]
    }

    body = body_of(message(came, encounter=escort))

    assert body["accompanied_by"] == "partner: Bo Lee"
    assert people_in(body) == {"unresolved": ["P1"]}


def patient(**more: object) -> Body:
    return those(body_of(message(flag(VICTIM), patient=more)), "victims")[0]


def number(value: object, *codes: str, system: str = f"{NHS}/Id/nhs-number") -> Json:
    said = [
        {"url": VERIFICATION, "valueCodeableConcept": coded("https://any.example", code)}
        for code in codes
    ]
    return {"system": system, "value": value, "extension": said}


VERIFIED = "number-present-and-verified"
NUMBERS: dict[str, tuple[Json, bool | None]] = {
    "right and traced": (number("9990000018", VERIFIED), True),
    "by its older code": (number("9990000018", "01"), True),
    "its system in other letters": (
        number("9990000018", VERIFIED, system="https://fhir.nhs.uk/id/nhs-number"),
        True,
    ),
    "nothing said of tracing": (number("9990000018"), False),
    "not traced": (number("9990000018", "number-present-but-not-traced"), False),
    "traced and not": (number("9990000018", VERIFIED, "number-not-present"), False),
    "a number as a number": (number(9990000018, VERIFIED), True),
    "with a wrong check digit": (number("9990000017", VERIFIED), False),
    "too short": (number("999", VERIFIED), None),
    "of another system": (number("9990000018", VERIFIED, system="https://x.example"), None),
}


@pytest.mark.parametrize(("given", "verified"), NUMBERS.values(), ids=NUMBERS)
def test_a_number_is_verified_only_where_the_message_says_so(
    given: Json, verified: bool | None
) -> None:
    found = patient(identifier=[given])["identifiers"]

    value = str(given["value"])
    expected = [{"scheme": "nhs_number", "value": value, "verified": verified}]
    assert found == ([] if verified is None else expected)


def test_of_two_numbers_neither_is_verified() -> None:
    found = patient(identifier=[number("9990000018", VERIFIED), number("9990000026", VERIFIED)])

    assert [each["verified"] for each in those(found, "identifiers")] == [False, False]


def test_names_have_their_use() -> None:
    names = patient(
        name=[
            {"use": "nickname", "given": ["Addie"]},
            {"use": "maiden", "family": "Fox", "given": "Ada"},
            {"use": "anonymous", "text": "Unknown Female"},
            {"use": "usual", "text": "Mrs Ada May Marsh"},
            {"use": "official", "family": "Roe", "given": ["Ada"], "period": {"end": "2019-01-01"}},
        ]
    )["names"]

    assert names == [
        {"kind": "usual", "given": "Ada May", "family": "Marsh"},
        {"kind": "former", "given": "Ada", "family": "Fox"},
        {"kind": "former", "given": "Ada", "family": "Roe"},
        {"kind": "alias", "given": "Addie", "family": None},
    ]


BIRTHS: dict[str, tuple[object, date | None, str]] = {
    "a day": ("1990-02-03", date(1990, 2, 3), "exact"),
    "a month": ("1990-02", date(1990, 2, 15), "month"),
    "a year": ("1990", date(1990, 7, 1), "year"),
    "with a time": ("1990-02-03T23:30:00-05:00", date(1990, 2, 3), "exact"),
    "the wrong way round": ("03/02/1990", None, "unknown"),
    "no such day": ("1990-02-31", None, "unknown"),
    "no text": (["1990-02-03"], None, "unknown"),
}


@pytest.mark.parametrize(("said", "day", "accuracy"), BIRTHS.values(), ids=BIRTHS)
def test_a_date_of_birth_may_be_known_in_part(
    said: object, day: date | None, accuracy: str
) -> None:
    found = patient(birthDate=said)

    assert (found["born"], found["born_accuracy"]) == (day, accuracy)


def test_contacts_are_safe_only_where_they_are_said_to_be() -> None:
    safe = f"{TRUST}/StructureDefinition/safe-contact"
    found = patient(
        telecom=[
            {"system": "phone", "value": "01632 960001"},
            {
                "system": "phone",
                "value": "01632 960002",
                "extension": [{"url": safe, "valueString": "after six"}],
            },
            {
                "system": "phone",
                "value": "01632 960003",
                "extension": [{"url": safe, "valueBoolean": False}],
            },
            {"system": "phone", "value": "01632 960004", "use": "old"},
            {"system": "email", "value": "ada@example.org"},
            {"system": "fax", "value": "01632 960005"},
        ],
        contact=[
            {
                "relationship": [relation("ONESELF")],
                "telecom": [{"system": "phone", "value": "01632 960006"}],
            },
            {
                "relationship": [coded(f"{HL7}/v2-0131", "C")],
                "telecom": [{"system": "phone", "value": "01632 960007"}],
            },
        ],
    )

    assert [each["value"] for each in those(found, "contacts")] == [
        "01632960001", "ada@example.org", "01632960006",
    ]  # fmt: skip
    assert found["safe_contacts"] == [
        {"channel": "telephone", "value": "01632960002", "hours": "after six"}
    ]


HOME = {
    "use": "home",
    "line": ["1 Sedge Street", "Flat 2"],
    "city": "Osham",
    "postalCode": "zf11ab",
}
BEFORE = {"use": "old", "line": ["2 Sedge Street"], "city": "Osham", "postalCode": "ZF1 2AB"}
REFUGE = {"use": "temp", "line": ["3 Quiet Row"], "city": "Osham", "postalCode": "ZF1 3AB"}


def test_a_temporary_address_is_taken_for_a_safe_one() -> None:
    found = patient(address=[BEFORE, REFUGE, HOME])

    assert [each["line1"] for each in those(found, "addresses")] == [
        "1 Sedge Street",
        "2 Sedge Street",
    ]
    assert those(found, "addresses")[0]["postcode"] == "ZF1 1AB"
    assert found["safe_address"] == {
        "line1": "3 Quiet Row", "line2": None, "town": "Osham", "postcode": "ZF1 3AB",
    }  # fmt: skip


def test_a_childs_temporary_address_is_nowhere() -> None:
    child = related(relation("CHILD"), birthDate="2020-01-01", address=[REFUGE])

    assert those(body_of(message(child)), "children")[0]["addresses"] == []


def test_a_restricted_record_gives_no_whereabouts_away() -> None:
    restricted = {
        "meta": {"security": [{"system": f"{HL7}/v3-Confidentiality", "code": "R"}]},
        "address": [HOME],
        "telecom": [{"system": "phone", "value": "01632 960001"}],
        "generalPractitioner": [{"display": "Lode Surgery"}],
    }

    body = body_of(message(flag(VICTIM), patient=restricted))

    (found,) = those(body, "victims")
    assert (found["addresses"], found["contacts"], body["organisations"]) == ([], [], [])
    assert found["safe_address"]["line1"] == "1 Sedge Street"
    assert "restricted-record" in doubts_of(message(flag(VICTIM), patient=restricted))


def test_a_language_matters_where_an_interpreter_is_needed() -> None:
    spoken = [{"language": {"text": "Polish"}}]
    url = "http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired"
    needed = [{"url": url, "valueBoolean": True}]

    assert patient(communication=spoken)["language"] is None
    assert patient(communication=spoken, extension=needed)["language"] == "Polish"


def test_organisations_are_named() -> None:
    body = body_of(
        message(
            {"resourceType": "Organization", "name": "Osham General Hospital"},
            {"resourceType": "Organization", "id": "gp", "name": "Lode Surgery"},
            {
                "resourceType": "PractitionerRole",
                "id": "doctor",
                "organization": {"reference": "Organization/gp"},
            },
            {
                "resourceType": "ServiceRequest",
                "performer": [{"display": "Fenmarch Children's Services"}],
            },
            encounter={"serviceProvider": {"reference": "urn:uuid:more0"}},
            patient={"generalPractitioner": {"reference": "PractitionerRole/doctor"}},
        )
    )

    assert body["site"] == "Osham General Hospital"
    assert body["organisations"] == [
        {"part": "gp", "name": "Lode Surgery", "organisation_id": None},
        {"part": "referred_to", "name": "Fenmarch Children's Services", "organisation_id": None},
    ]


START: dict[str, tuple[object, datetime, str]] = {
    "to the second": ("2025-11-18T22:14:05+00:00", datetime(2025, 11, 18, 22, 14, 5, tzinfo=UTC), "exact"),
    "in another zone": ("2025-11-19T05:14:00+07:00", datetime(2025, 11, 18, 22, 14, tzinfo=UTC), "exact"),
    "to the tick": ("2025-11-18T22:14:05.8185338Z", datetime(2025, 11, 18, 22, 14, 5, 818000, tzinfo=UTC), "exact"),
    "without a zone": ("2025-07-18T22:14:00", datetime(2025, 7, 18, 21, 14, tzinfo=UTC), "exact"),
    "a leap second": ("2016-12-31T23:59:60Z", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC), "exact"),
    "a day": ("2025-07-18", datetime(2025, 7, 18, 11, tzinfo=UTC), "day"),
    "a month": ("2025-11", datetime(2025, 11, 15, 12, tzinfo=UTC), "about"),
    "a year": ("2025", datetime(2025, 11, 18, 23, tzinfo=UTC), "unknown"),
    "nothing": (None, datetime(2025, 11, 18, 23, tzinfo=UTC), "unknown"),
    "nonsense": ("last night", datetime(2025, 11, 18, 23, tzinfo=UTC), "unknown"),
    "before all time": ("0001-01-01T00:00:00+14:00", datetime(2025, 11, 18, 23, tzinfo=UTC), "unknown"),
}  # fmt: skip


@pytest.mark.parametrize(("said", "at", "accuracy"), START.values(), ids=START)
def test_the_time_of_an_attendance_is_as_exact_as_it_is_stated(
    said: object, at: datetime, accuracy: str
) -> None:
    body = body_of(message(encounter={"period": {"start": said}}))

    assert (body["occurred_at"], body["occurred_accuracy"]) == (at, accuracy)


def test_a_later_version_is_reported_no_later() -> None:
    request = {"resourceType": "ServiceRequest", "authoredOn": "2025-11-18T22:50:00Z"}

    times = {
        body_of(message(request, timestamp=sent))["reported_at"]
        for sent in ("2025-11-18T23:00:00Z", "2025-12-24T08:00:00Z")
    }

    assert times == {datetime(2025, 11, 18, 22, 50, tzinfo=UTC)}


def test_an_attendance_that_never_was_takes_every_version_of_it_back() -> None:
    wrong = message(flag(VICTIM), encounter={"status": "entered-in-error"}, meta={"versionId": "2"})

    (event,) = reading_of(wrong).events

    assert event.type == "record-retracted"
    assert event.body["retracts"] == {"system": "ed.messages", "key": "ED1", "version": None}
    assert (event.source.system, event.source.key) == ("ed.messages.retractions", "ED1")


BOOKING = {"eventCoding": {"code": "booking-request"}}


def test_another_kind_of_message_is_read_for_safeguarding_alone() -> None:
    plain, flagged = message(header=BOOKING), message(flag(CONCERN), header=BOOKING)
    accusing = message(related(standing("said-to-have-harmed")), header=BOOKING)

    assert reading_of(plain).events == ()
    assert doubts_of(plain)[-1] == "not-safeguarding"
    assert body_of(flagged)["flags"] == [{"code": CONCERN, "active": True}]
    assert people_in(body_of(accusing))["perpetrators"] == ["ED1/related/1"]


@pytest.mark.parametrize("status", ["planned", "cancelled"])
def test_who_was_not_brought_matters_if_there_is_a_flag(status: str) -> None:
    assert reading_of(message(encounter={"status": status})).events == ()
    assert people_in(body_of(message(flag(VICTIM), encounter={"status": status}))) == {
        "victims": ["P1"]
    }


def test_a_flag_without_an_encounter_is_an_event_under_the_messages_own_number() -> None:
    said = message(
        flag(VICTIM), without=["encounter"], identifier={"system": "urn:x", "value": "M1"}
    )

    (event,) = reading_of(said).events

    assert event.source.key == "message|M1"
    assert event.body["kind"] == "other"


def test_a_crime_number_on_the_notes_is_no_number_of_the_attendance() -> None:
    crime = {"system": "https://fenmarch-police.example/Id/crime-number", "value": "CR/1/26"}
    own = {"system": f"{TRUST}/Id/attendance-number", "value": "ED1"}

    (event,) = reading_of(message(encounter={"identifier": [crime, own]})).events

    assert (event.source.key, event.body["crime_reference"]) == ("ED1", "CR/1/26")


def test_a_number_of_another_system_cannot_be_taken_for_ours() -> None:
    (event,) = reading_of(
        message(encounter={"identifier": [{"system": "urn:other", "value": "ED1"}]})
    ).events

    assert event.source.key == "urn:other|ED1"


VERSIONS: dict[str, tuple[Json, str]] = {
    "the header's": ({"meta": {"versionId": "7"}}, "3"),
    "the bundle's": ({"meta": {"versionId": "7"}, "header": {"meta": {}}}, "7"),
    "the time it was sent": ({"meta": {}, "header": {"meta": {}}}, "2025-11-18T23:00:00Z"),
}


@pytest.mark.parametrize(("stated", "version"), VERSIONS.values(), ids=VERSIONS)
def test_a_version_is_where_the_mapping_says(stated: Json, version: str) -> None:
    header = stated.get("header", {"meta": {"versionId": "3"}})

    (event,) = reading_of(message(header=header, meta=stated["meta"])).events

    assert event.source.version == version


def test_without_a_stated_version_the_content_is_the_version() -> None:
    first, same, other = (
        reading_of(message(meta={}, timestamp=None, encounter={"reasonCode": reason})).events[0]
        for reason in ([{"text": "Fell."}], [{"text": "Fell."}], [{"text": "Pushed."}])
    )

    assert first.id == same.id != other.id
    assert len(first.source.version) == 64


def test_the_named_type_of_department_says_more_than_the_class() -> None:
    department = coded(f"{TRUST}/CodeSystem/department", "MIU")

    assert body_of(message())["kind"] == "emergency"
    assert body_of(message(encounter={"serviceType": department}))["kind"] == "minor_injuries"


def test_the_flag_itself_goes_along_with_the_role() -> None:
    suspected = flag("697949003")

    body = body_of(message(suspected))

    assert people_in(body) == {"victims": ["P1"]}
    assert body["flags"] == [{"code": "697949003", "active": True}]
    assert SAFEGUARDING not in str(body)
