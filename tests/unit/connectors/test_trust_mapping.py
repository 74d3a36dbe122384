import copy
import json
from importlib import resources
from typing import Any

import pytest

from connectors.health import fhir_messages
from connectors.health.fields import FIELDS
from connectors.mapping import MappingFault
from tests.unit.connectors.exports import RECEIVED_AT
from tests.unit.connectors.messages import (
    HL7,
    LOCAL,
    MESSAGES,
    TRUST,
    VICTIM,
    Json,
    coded,
    condition,
    encoded,
    flag,
    message,
    observation,
    related,
    relation,
    standing,
)

FILE = resources.files("connectors.health") / "mappings" / "osham-hospital.toml"
TEXT = FILE.read_text("utf-8")

FAULTS = {
    "a key nobody knows": ('zone = "Eur', 'znoe = "x"\nzone = "Eur', "znoe: unknown key"),
    "a table nobody knows": ("[messages.answers.text]", "[messages.anwsers.text]", "anwsers: unkn"),
    "another trust": ('sender = "osham-hospital"', 'sender = "x"', "sender: is not the file's"),
    "no messages": ("[messages]\n", "[massages]\n", "massages: unknown key"),
    "a zone nobody knows": ('"Europe/London"', '"Europe/Osham"', "zone: no such zone"),
    "a version nobody states": ('["versionId", ', '["version", ', "versions: version is unknown"),
    "a list that is none": ('files = ["*.json", "*.ndjson"]', 'files = "*"', "files: missing, or"),
    "a word of no role": ('777996001 = "victim"', '777996001 = "vicitm"', "777996001: stands for"),
    "a question nobody asks": ('risk = "risk_grade"', 'risk = "risc"', "risk: stands for"),
    "a code that is there twice": (
        'U = "concern"',
        'U = "concern"\n[messages.codes."http://snomed.info/sct"]\nU = "victim"',
        "U: is there twice",
    ),
    "no table": ("[messages.answers.text]", "[messages.answers]\ntext2 = 1\n[messages.answers.t]", "text2: not a table"),
    "no TOML": ('zone = "Eur', "zone = Eur", "not TOML at line"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "said"), FAULTS.values(), ids=FAULTS)
def test_a_fault_refuses_the_file_and_says_what_to_do(old: str, new: str, said: str) -> None:
    assert old in TEXT

    with pytest.raises(MappingFault, match=r"^osham-hospital\.toml: ") as fault:
        fhir_messages.formats(TEXT.replace(old, new), FILE.name)

    assert said in str(fault.value)


def test_the_numbers_of_a_trust_are_its_own() -> None:
    (other,) = fhir_messages.formats(
        TEXT.replace("Id/patient-number", "Id/other").replace("Id/attendance-number", "Id/other2"),
        FILE.name,
    )

    (reading,) = other.read_bytes(encoded(message()), RECEIVED_AT)

    assert reading.events[0].source.key == f"{TRUST}/Id/attendance-number|ED1"
    assert reading.events[0].body["unresolved"][0]["local_id"].endswith("/patient")  # type: ignore[index,call-overload,union-attr]


NAMED: Json = {"name": [{"family": "Lee", "given": ["Bo"]}]}
PHONE: Json = {"telecom": [{"system": "phone", "value": "01632 960002"}]}
HOME: Json = {"address": [{"line": ["1 Row"]}]}
OTHER_PATIENT: Json = {"resourceType": "Patient"}
CRIME: Json = {"system": "https://fenmarch-police.example/Id/crime-number", "value": "CR/1"}
INJURY: Json = {"category": [coded(LOCAL, "injury")]}
NO_PLACE: Json = {"serviceProvider": None, "location": None}
POLISH: Json = {
    "communication": [{"language": {"text": "Polish"}}],
    "extension": [
        {
            "url": "http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired",
            "valueBoolean": True,
        }
    ],
}


def ours(name: str, code: str) -> Json:
    return coded(f"{TRUST}/CodeSystem/{name}", code)


def of_state(kind: str, state: str) -> Json:
    return coded(f"{HL7}/condition-{kind}", state)


def request(**more: object) -> Json:
    return {"resourceType": "ServiceRequest", **more}


def form(**more: object) -> Json:
    return {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": f"{TRUST}/Questionnaire/domestic-abuse",
        "subject": {"reference": "urn:uuid:patient"},
        "item": [{"linkId": "1", "answer": [{"valueBoolean": True}]}],
        **more,
    }


ICD = "http://hl7.org/fhir/sid/icd-10"
ESCORT: Json = {
    "type": [coded(f"{HL7}/v3-ParticipationType", "ESC")],
    "individual": {"reference": "urn:uuid:more0"},
}
WHERE_IT_MATTERS = [
    message(flag(VICTIM), form(), encounter={"reasonCode": [{"text": "Fell."}]}),
    message(encounter={"identifier": []}, identifier={"system": "urn:m", "value": "M1"}),
    message(meta={}, header={"meta": {"versionId": "4"}}),
    message(meta={}),
    message(header={"source": {"name": "GP Connect"}}),
    message(encounter={"status": "planned"}),
    message(encounter={"identifier": [*message()["entry"][1]["resource"]["identifier"], CRIME]}),
    message(encounter={"serviceType": ours("department", "MIU")}),
    message(encounter={"type": [ours("department", "MAT")]}),
    message(OTHER_PATIENT),
    message(OTHER_PATIENT, header={"focus": []}),
    message(
        OTHER_PATIENT,
        request(subject={"reference": "urn:uuid:patient"}),
        header={"focus": [{"reference": "urn:uuid:more1"}]},
        encounter={"subject": None},
    ),
    message(
        {
            "resourceType": "Encounter",
            "identifier": [{"value": "ED2"}],
            "period": {"start": "2025"},
        },
        request(encounter={"reference": "urn:uuid:more0"}),
        header={"focus": [{"reference": "urn:uuid:more1"}]},
    ),
    message(related(relation("HUSB")), encounter={"participant": [ESCORT]}),
    message(
        {"resourceType": "Location", "name": "Osham"},
        encounter={"location": [{"location": {"reference": "urn:uuid:more0"}}]},
    ),
    message(
        {"resourceType": "Organization", "name": "Osham"},
        {"resourceType": "PractitionerRole", "organization": {"reference": "urn:uuid:more0"}},
        encounter={"serviceProvider": {"reference": "urn:uuid:more0"}},
        patient={"generalPractitioner": [{"reference": "urn:uuid:more1"}]},
    ),
    message(
        request(
            identifier=[CRIME],
            authoredOn="2025-11-18T22:30:00Z",
            performer=[{"display": "Somebody"}],
            note=[{"text": "Noted."}],
        )
    ),
    message(patient={"meta": {"security": [{"code": "R"}]}, **HOME}),
    message(patient={**POLISH, **PHONE, **HOME}),
    message(patient={"contact": [{"relationship": [relation("ONESELF")], **PHONE}]}),
    message(
        related(
            standing("said-to-have-harmed"),
            relation("HUSB"),
            identifier=[{"system": f"{TRUST}/Id/patient-number", "value": "P2"}],
            gender="male",
            birthDate="1980-01-01",
            **PHONE,
            **HOME,
        )
    ),
    message(condition(ICD, "T74.1", **INJURY, code={**coded(ICD, "T74.1"), "text": "hurt"})),
    message(condition(ICD, "T74.1", clinicalStatus=of_state("clinical", "resolved"))),
    message(condition(ICD, "T74.1", verificationStatus=of_state("ver-status", "refuted"))),
    message(observation("abuse-disclosed", valueBoolean=True)),
    message(observation("abuse-disclosed", valueBoolean=True, status="cancelled")),
    message(observation("came-with", valueString="A man.")),
    message(observation("risk", valueCodeableConcept=ours("ed-answers", "HIGH"))),
    message(
        observation(
            "visit", component=[{"code": ours("ed-questions", "pregnant"), "valueBoolean": True}]
        )
    ),
    message(form(status="entered-in-error")),
]
"""Messages in which the fields matter that are read: each of them in one at least."""


def without(content: Json, path: str) -> None:
    kind, *names = path.split(".")
    holders: list[Any] = [content]
    if kind != "Bundle":
        holders = [each["resource"] for each in content["entry"]]
        holders = [each for each in holders if each["resourceType"] == kind]
    for name in names[:-1]:
        holders = [each[name] for each in holders if name in each]
    for holder in holders:
        holder.pop(names[-1], None)


def said_of(content: Json) -> str:
    (reading,) = MESSAGES.read_bytes(encoded(content), RECEIVED_AT)
    bodies = [event.body for event in reading.events]
    return json.dumps([bodies, reading.warnings, str(reading.unreadable)], default=str)


@pytest.mark.parametrize("path", FIELDS)
def test_each_field_that_counts_as_read_makes_a_difference(path: str) -> None:
    def matters(content: Json) -> bool:
        changed = copy.deepcopy(content)
        without(changed, path)
        return changed != content and said_of(changed) != said_of(content)

    assert any(matters(content) for content in WHERE_IT_MATTERS)


def test_of_several_encounters_the_one_that_the_request_names_counts() -> None:
    planned = {
        "resourceType": "Encounter",
        "identifier": [{"system": f"{TRUST}/Id/attendance-number", "value": "ED2"}],
        "period": {"start": "2025-11-19T10:00:00Z"},
    }
    request = {"resourceType": "ServiceRequest", "encounter": {"reference": "urn:uuid:more0"}}
    content = message(planned, request, header={"focus": [{"reference": "urn:uuid:more1"}]})

    (named,) = MESSAGES.read_bytes(encoded(content), RECEIVED_AT)
    without(content, "ServiceRequest.encounter")
    (unnamed,) = MESSAGES.read_bytes(encoded(content), RECEIVED_AT)

    assert (named.events[0].source.key, unnamed.events[0].source.key) == ("ED2", "ED1")
