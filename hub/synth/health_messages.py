"""Write what a hospital's emergency department sends: FHIR R4 messages, shaped as NHS BaRS shapes them.

One message is one version of one attendance. The same attendance gives the same bytes, ids included.
"""

import json
import uuid
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from hub.synth.people import Person
from hub.synth.places import Address

LONDON = ZoneInfo("Europe/London")
MESSAGES = uuid.UUID("0d6c1c02-3f0e-5b57-9c2a-5f1f6d1b8a44")

NHS = "https://fhir.nhs.uk"
UK_CORE = "https://fhir.hl7.org.uk"
HL7 = "http://terminology.hl7.org/CodeSystem"
TRUST = "https://osham-hospital.example"
CRIME_NUMBERS = "https://fenmarch-police.example/Id/crime-number"
SAFEGUARDING = f"{NHS}/CodeSystem/safeguarding-codes-bars"
ICD_10 = "http://hl7.org/fhir/sid/icd-10"
INTERPRETER = "http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired"
TRUST_NAME = "Osham Hospital Trust"

DEPARTMENTS = {"emergency": "ED", "minor_injuries": "MIU", "maternity": "MAT"}
GENDERS = {"female": "female", "male": "male", "non_binary": "other", "other": "other"}
ANSWERS = {
    "yes": "Y",
    "no": "N",
    "unknown": "NK",
    "standard": "STD",
    "medium": "MED",
    "high": "HIGH",
    "given": "AGREED",
    "refused": "REFUSED",
    "withdrawn": "WITHDRAWN",
    "not_asked": "NOT-ASKED",
}
RELATIONS = {
    "partner": (f"{HL7}/v3-RoleCode", "DOMPART"),
    "parent": (f"{HL7}/v3-RoleCode", "PRN"),
    "child": (f"{HL7}/v3-RoleCode", "CHILD"),
    "sibling": (f"{HL7}/v3-RoleCode", "SIB"),
    "other_family": (f"{HL7}/v3-RoleCode", "FAMMEMB"),
    "household": (f"{HL7}/v3-RoleCode", "ROOM"),
    "acquaintance": (f"{HL7}/v3-RoleCode", "FRND"),
    "ex_partner": (f"{TRUST}/CodeSystem/relation", "former-partner"),
    "carer": (f"{TRUST}/CodeSystem/relation", "carer"),
    "stranger": (f"{TRUST}/CodeSystem/relation", "stranger"),
    "unknown": (f"{TRUST}/CodeSystem/relation", "not-known"),
}

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Accused:
    """Whom the patient named, the trust's number for them if it has one, and what they are to her."""

    person: Person
    relation: str
    number: str | None = None


@dataclass(frozen=True, slots=True)
class Attendance:
    """One version of one attendance, as the trust wrote it down.

    `flags` are codes of BaRS's list or the trust's own, each with whether it stands. `written_at` is
    when the notes were first written, `sent_at` when this version left. `person` is as the trust knows
    them: who wants a misspelt name gives a misspelt person. `withdrawn`: it was never this patient's.
    """

    number: str
    version: str
    person: Person
    patient_number: str
    attended_at: datetime
    written_at: datetime
    sent_at: datetime
    site: str
    kind: str = "emergency"
    reason: str | None = None
    diagnoses: tuple[str, ...] = ()
    injuries: str | None = None
    flags: tuple[tuple[str, bool], ...] = ()
    disclosed: str = "unknown"
    pregnant: str = "unknown"
    accompanied_by: str | None = None
    gp_practice: str | None = None
    referred_to: tuple[str, ...] = ()
    crime_reference: str | None = None
    risk_grade: str | None = None
    consent: str | None = None
    note: str | None = None
    summary: str | None = None
    accused: tuple[Accused, ...] = ()
    children: tuple[Person, ...] = ()
    is_traced: bool = True
    is_in_refuge: bool = False
    withdrawn: bool = False


def bundle(attendance: Attendance) -> str:
    """Write one message, on one line."""
    resources = {
        "header": _header(attendance),
        "request": _request(attendance),
        "encounter": _encounter(attendance),
        "patient": _patient(attendance),
        **_organisations(attendance),
        **_conditions(attendance),
        **_answers(attendance),
        **_flags(attendance),
        **_related(attendance),
    }
    message: Json = {
        "resourceType": "Bundle",
        "id": _id(attendance, "message"),
        "meta": {
            "versionId": attendance.version,
            "lastUpdated": _time(attendance.sent_at),
            "profile": [f"{NHS}/StructureDefinition/BARSBundleMessage"],
        },
        "identifier": {
            "system": f"{TRUST}/Id/message",
            "value": f"{attendance.number}/{attendance.version}",
        },
        "type": "message",
        "timestamp": _time(attendance.sent_at),
        "entry": [
            {
                "fullUrl": _url(attendance, name),
                "resource": {**content, "id": _id(attendance, name)},
            }
            for name, content in resources.items()
        ],
    }
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))


def _header(it: Attendance) -> Json:
    is_new = it.version == "1"
    return {
        "resourceType": "MessageHeader",
        "eventCoding": _coding(f"{NHS}/CodeSystem/message-events-bars", "servicerequest-request"),
        "sender": _to(it, "trust"),
        "source": {
            "name": TRUST_NAME,
            "software": "Osham ED",
            "endpoint": f"{TRUST}/fhir",
        },
        "reason": _concept(f"{NHS}/CodeSystem/message-reason-bars", "new" if is_new else "update"),
        "focus": [_to(it, "request")],
        "definition": f"{NHS}/MessageDefinition/bars-message-servicerequest-request-referral",
    }


def _request(it: Attendance) -> Json:
    request: Json = {
        "resourceType": "ServiceRequest",
        "status": "active",
        "intent": "plan",
        "category": [_concept(f"{NHS}/CodeSystem/message-category-servicerequest", "referral")],
        "subject": _to(it, "patient"),
        "encounter": _to(it, "encounter"),
        "authoredOn": _time(it.written_at),
        "requester": _to(it, "trust"),
    }
    if it.referred_to:
        request["performer"] = [
            _to(it, f"receiver-{number}") for number in range(len(it.referred_to))
        ]
    if it.note:
        request["note"] = [{"text": it.note}]
    return request


def _encounter(it: Attendance) -> Json:
    numbers = [_number(f"{TRUST}/Id/attendance-number", it.number)]
    if it.crime_reference:
        numbers.append(_number(CRIME_NUMBERS, it.crime_reference))
    encounter: Json = {
        "resourceType": "Encounter",
        "identifier": numbers,
        "status": "entered-in-error" if it.withdrawn else "finished",
        "class": _coding(f"{HL7}/v3-ActCode", "AMB" if it.kind == "maternity" else "EMER"),
        "serviceType": _concept(f"{TRUST}/CodeSystem/department", DEPARTMENTS[it.kind]),
        "subject": _to(it, "patient"),
        "period": {
            "start": _time(it.attended_at),
            "end": _time(max(it.attended_at, it.written_at)),
        },
        "serviceProvider": _to(it, "site"),
    }
    if it.reason:
        encounter["reasonCode"] = [{"text": it.reason}]
    return encounter


def _patient(it: Attendance) -> Json:
    person, day = it.person, it.attended_at.date()
    addresses = [_address("home", person.home_on(day))]
    if person.home_on(day) != person.home:
        addresses.append(_address("old", person.home))
    if it.is_in_refuge and person.refuge is not None:
        addresses.append(_address("temp", person.refuge))
    patient = _person(person, it.patient_number, is_traced=it.is_traced)
    patient |= {"resourceType": "Patient", "telecom": _telecom(person), "address": addresses}
    if person.language:
        patient["extension"] = [{"url": INTERPRETER, "valueBoolean": True}]
        patient["communication"] = [{"language": {"text": person.language}, "preferred": True}]
    if it.gp_practice:
        patient["generalPractitioner"] = [_to(it, "practice")]
    return patient


def _person(person: Person, number: str | None, *, is_traced: bool) -> Json:
    """Write what patients and those beside them have alike."""
    names: list[Json] = [{"use": "official", "family": person.family, "given": [person.given]}]
    if person.former:
        names.append({"use": "maiden", "family": person.former, "given": [person.given]})
    if person.alias:
        names.append({"use": "nickname", "given": [person.alias]})
    status = "number-present-and-verified" if is_traced else "number-present-but-not-traced"
    nhs = _number(f"{NHS}/Id/nhs-number", person.nhs_number) | {
        "extension": [
            {
                "url": f"{UK_CORE}/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus",
                "valueCodeableConcept": _concept(
                    f"{UK_CORE}/CodeSystem/UKCore-NHSNumberVerificationStatus", status
                ),
            }
        ]
    }
    return {
        "identifier": [nhs, *([_number(f"{TRUST}/Id/patient-number", number)] if number else [])],
        "name": names,
        "gender": GENDERS.get(person.gender, "unknown"),
        "birthDate": person.born.isoformat(),
    }


def _telecom(person: Person) -> list[Json]:
    found: list[Json] = [{"system": "phone", "value": person.telephone, "use": "mobile"}]
    if person.email:
        found.append({"system": "email", "value": person.email, "use": "home"})
    if person.safe_telephone:
        said: Json = {"url": f"{TRUST}/StructureDefinition/safe-contact"}
        said |= {"valueString": person.safe_hours} if person.safe_hours else {"valueBoolean": True}
        found.append({"system": "phone", "value": person.safe_telephone, "extension": [said]})
    return found


def _organisations(it: Attendance) -> dict[str, Json]:
    names = {"trust": TRUST_NAME, "site": it.site, "practice": it.gp_practice}
    names |= {f"receiver-{number}": name for number, name in enumerate(it.referred_to)}
    return {
        key: {"resourceType": "Organization", "name": name} for key, name in names.items() if name
    }


def _conditions(it: Attendance) -> dict[str, Json]:
    return {
        f"condition-{number}": {
            "resourceType": "Condition",
            "clinicalStatus": _concept(f"{HL7}/condition-clinical", "active"),
            "verificationStatus": _concept(f"{HL7}/condition-ver-status", "confirmed"),
            "code": _concept(ICD_10, code),
            "subject": _to(it, "patient"),
            "encounter": _to(it, "encounter"),
        }
        for number, code in enumerate(it.diagnoses)
    }


def _answers(it: Attendance) -> dict[str, Json]:
    """Write what was asked and seen. What nobody asked is not in the message at all."""
    coded = {
        "abuse-disclosed": it.disclosed,
        "pregnant": it.pregnant,
        "risk": it.risk_grade,
        "consent-to-share": it.consent,
    }
    texts = {
        "injuries-seen": it.injuries,
        "came-with": it.accompanied_by,
        "summary-to-share": it.summary,
    }
    values: dict[str, Json] = {
        code: {"valueCodeableConcept": _concept(f"{TRUST}/CodeSystem/ed-answers", ANSWERS[word])}
        for code, word in coded.items()
        if word and word != "unknown"
    }
    values |= {code: {"valueString": text} for code, text in texts.items() if text}
    return {
        code: {
            "resourceType": "Observation",
            "status": "final",
            "code": _concept(f"{TRUST}/CodeSystem/ed-questions", code),
            "subject": _to(it, "patient"),
            "encounter": _to(it, "encounter"),
            **value,
        }
        for code, value in values.items()
    }


def _flags(it: Attendance) -> dict[str, Json]:
    return {
        f"flag-{number}": {
            "resourceType": "Flag",
            "status": "active" if is_active else "inactive",
            "category": [_concept(f"{NHS}/CodeSystem/flag-categories-bars", "SG")],
            "code": _concept(_list_of(code), code),
            "subject": _to(it, "patient"),
            "period": {"start": _time(it.attended_at)},
        }
        for number, (code, is_active) in enumerate(it.flags)
    }


def _related(it: Attendance) -> dict[str, Json]:
    standing = f"{TRUST}/CodeSystem/standing"
    accused = {
        f"accused-{number}": _person(each.person, each.number, is_traced=False)
        | {
            "relationship": [
                _concept(*RELATIONS[each.relation]),
                _concept(standing, "said-to-have-harmed"),
            ],
            "address": [_address("home", each.person.home_on(it.attended_at.date()))],
        }
        for number, each in enumerate(it.accused)
    }
    children = {
        f"child-{number}": _person(each, None, is_traced=it.is_traced)
        | {"relationship": [_concept(*RELATIONS["child"])]}
        for number, each in enumerate(it.children)
    }
    return {
        name: {"resourceType": "RelatedPerson", "patient": _to(it, "patient"), **content}
        for name, content in (accused | children).items()
    }


def _address(use: str, home: Address) -> Json:
    return {"use": use, "line": [home.line1], "city": home.town, "postalCode": home.postcode}


def _list_of(code: str) -> str:
    is_national = code.isdigit() or code == "U"
    return SAFEGUARDING if is_national else f"{TRUST}/CodeSystem/safeguarding"


def _coding(system: str, code: str) -> Json:
    return {"system": system, "code": code}


def _concept(system: str, code: str) -> Json:
    return {"coding": [_coding(system, code)]}


def _number(system: str, value: str) -> Json:
    return {"system": system, "value": value}


def _to(it: Attendance, name: str) -> Json:
    return {"reference": _url(it, name)}


def _url(it: Attendance, name: str) -> str:
    return f"urn:uuid:{_id(it, name)}"


def _id(it: Attendance, name: str) -> str:
    return str(uuid.uuid5(MESSAGES, f"{it.number}\x1f{it.version}\x1f{name}"))


def _time(instant: datetime) -> str:
    return instant.astimezone(LONDON).isoformat(timespec="seconds")
