"""Build messages as a hospital's system sends them: the smallest one that is read, and what one adds to it."""

import copy
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from connectors.connector import Reading
from connectors.health.fhir_messages import MessageFormat
from connectors.registry import agencies
from hub.model.agency import AgencyId
from hub.model.event import Body
from tests.unit.connectors.exports import RECEIVED_AT

OSHAM = AgencyId("osham-hospital")
FIXTURES = Path(__file__).parent / "messages"

NHS = "https://fhir.nhs.uk"
HL7 = "http://terminology.hl7.org/CodeSystem"
TRUST = "https://osham-hospital.example"
SAFEGUARDING = f"{NHS}/CodeSystem/safeguarding-codes-bars"
CATEGORIES = f"{NHS}/CodeSystem/flag-categories-bars"
LOCAL = f"{TRUST}/CodeSystem/safeguarding"
VICTIM, CONCERN, NOTHING = "777996001", "697950003", "861931000000100"
VERIFICATION = (
    "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus"
)

Json = dict[str, Any]


def _messages() -> MessageFormat:
    (found,) = agencies()[OSHAM]
    assert isinstance(found, MessageFormat)
    return found


MESSAGES = _messages()

PATIENT = {"reference": "urn:uuid:patient"}
HEADER: Json = {
    "resourceType": "MessageHeader",
    "eventCoding": {
        "system": f"{NHS}/CodeSystem/message-events-bars",
        "code": "servicerequest-request",
    },
    "source": {"name": "Emergency Department", "endpoint": f"{TRUST}/fhir"},
    "focus": [{"reference": "urn:uuid:encounter"}],
}
ENCOUNTER: Json = {
    "resourceType": "Encounter",
    "identifier": [{"system": f"{TRUST}/Id/attendance-number", "value": "ED1"}],
    "status": "finished",
    "class": {"system": f"{HL7}/v3-ActCode", "code": "EMER"},
    "subject": PATIENT,
    "period": {"start": "2025-11-18T22:14:00Z"},
}
PERSON: Json = {
    "resourceType": "Patient",
    "identifier": [{"system": f"{TRUST}/Id/patient-number", "value": "P1"}],
    "name": [{"use": "official", "family": "Marsh", "given": ["Ada"]}],
    "gender": "female",
    "birthDate": "1990-02-03",
}


def message(
    *more: Json,
    header: Json | None = None,
    encounter: Json | None = None,
    patient: Json | None = None,
    without: Sequence[str] = (),
    **bundle: object,
) -> Json:
    """Give a message. What is given for header, encounter and patient is laid over the smallest ones."""
    parts = {
        "header": HEADER | (header or {}),
        "encounter": ENCOUNTER | (encounter or {}),
        "patient": PERSON | (patient or {}),
        **{f"more{number}": each for number, each in enumerate(more)},
    }
    return {
        "resourceType": "Bundle",
        "meta": {"versionId": "1"},
        "type": "message",
        "timestamp": "2025-11-18T23:00:00Z",
        "entry": [
            {"fullUrl": f"urn:uuid:{name}", "resource": copy.deepcopy(each)}
            for name, each in parts.items()
            if name not in without
        ],
        **bundle,
    }


def coded(system: str, *codes: str) -> Json:
    return {"coding": [{"system": system, "code": code} for code in codes]}


def flag(*codes: str, system: str = SAFEGUARDING, category: str = "SG", **more: object) -> Json:
    return {
        "resourceType": "Flag",
        "status": "active",
        "category": [coded(CATEGORIES, category)],
        "code": coded(system, *codes),
        "subject": PATIENT,
        **more,
    }


def condition(system: str, code: str, /, **more: object) -> Json:
    return {
        "resourceType": "Condition",
        "code": coded(system, code),
        "subject": PATIENT,
        **more,
    }


def observation(code: str, /, **more: object) -> Json:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": coded(f"{TRUST}/CodeSystem/ed-questions", code),
        "subject": PATIENT,
        **more,
    }


def related(*relationship: Json, **more: object) -> Json:
    return {
        "resourceType": "RelatedPerson",
        "patient": PATIENT,
        "relationship": list(relationship),
        "name": [{"family": "Lee", "given": ["Bo"]}],
        **more,
    }


def standing(code: str) -> Json:
    return coded(f"{TRUST}/CodeSystem/standing", code)


def relation(code: str) -> Json:
    return coded(f"{HL7}/v3-RoleCode", code)


def encoded(*messages: object) -> bytes:
    """Write messages, each on a line."""
    return b"\n".join(json.dumps(each).encode() for each in messages)


def readings(data: bytes) -> list[Reading]:
    return list(MESSAGES.read_bytes(data, RECEIVED_AT))


def reading_of(content: object) -> Reading:
    (found,) = readings(encoded(content))
    return found


def body_of(content: object) -> Body:
    """Read a message that has to be readable."""
    found = reading_of(content)
    assert found.unreadable is None, found.unreadable
    (event,) = found.events
    return event.body


def doubts_of(content: object) -> list[str]:
    found = reading_of(content)
    assert found.unreadable is None, found.unreadable
    return list(found.warnings)


def fault_of(data: bytes) -> str:
    """Give what is said of bytes that have to be unreadable."""
    (found,) = readings(data)
    assert found.unreadable is not None
    assert found.events == ()
    return f"{found.unreadable.reason}: {found.unreadable.detail}"


def people_in(body: Body) -> dict[str, list[str]]:
    """Say who stands where."""
    roles = ("victims", "perpetrators", "children", "witnesses", "unresolved")
    return {
        role: [str(each["local_id"]) for each in those(body, role)] for role in roles if body[role]
    }


def those(body: Body, role: str) -> list[dict[str, Any]]:
    found = body[role]
    assert isinstance(found, list)
    assert all(isinstance(each, dict) for each in found)
    return [dict(each) for each in found if isinstance(each, Mapping)]
