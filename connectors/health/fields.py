"""Which field of which resource is read, and what becomes of it: what `hub connector map` shows."""

from collections.abc import Iterable, Iterator

from connectors.csv_format import Column

FIELDS = {
    "Bundle.identifier": "source.key",
    "Bundle.timestamp": "source.version",
    "Bundle.meta.versionId": "source.version",
    "MessageHeader.eventCoding": "what kind of message",
    "MessageHeader.focus": "whose message",
    "MessageHeader.source": "whether it may be read",
    "MessageHeader.meta.versionId": "source.version",
    "Encounter.identifier": "source.key, crime_reference",
    "Encounter.status": "whether it took place",
    "Encounter.class": "kind",
    "Encounter.serviceType": "kind",
    "Encounter.type": "kind",
    "Encounter.subject": "whose message",
    "Encounter.participant": "accompanied_by",
    "Encounter.period": "occurred_at",
    "Encounter.reasonCode": "complaint",
    "Encounter.location": "site",
    "Encounter.serviceProvider": "site",
    "ServiceRequest.identifier": "crime_reference",
    "ServiceRequest.subject": "whose message",
    "ServiceRequest.encounter": "which encounter",
    "ServiceRequest.authoredOn": "reported_at",
    "ServiceRequest.performer": "organisations",
    "ServiceRequest.note": "account",
    "Patient.meta.security": "safe_address",
    "Patient.extension": "language",
    "Patient.identifier": "local_id, identifiers",
    "Patient.name": "names",
    "Patient.telecom": "contacts, safe_contacts",
    "Patient.gender": "gender",
    "Patient.birthDate": "born",
    "Patient.address": "addresses, safe_address",
    "Patient.contact": "contacts",
    "Patient.communication": "language",
    "Patient.generalPractitioner": "organisations",
    "RelatedPerson.identifier": "local_id, identifiers",
    "RelatedPerson.patient": "relationships",
    "RelatedPerson.relationship": "role, relationships",
    "RelatedPerson.name": "names, accompanied_by",
    "RelatedPerson.telecom": "contacts",
    "RelatedPerson.gender": "gender",
    "RelatedPerson.birthDate": "born",
    "RelatedPerson.address": "addresses",
    "Flag.status": "flags",
    "Flag.category": "flags",
    "Flag.code": "flags, role",
    "Flag.subject": "role",
    "Condition.clinicalStatus": "role",
    "Condition.verificationStatus": "diagnoses, role",
    "Condition.category": "injuries, role",
    "Condition.code": "diagnoses, injuries, role",
    "Condition.subject": "role",
    "Observation.status": "whether it stands",
    "Observation.code": "which question",
    "Observation.subject": "whose answer",
    "Observation.valueBoolean": "answer",
    "Observation.valueString": "answer",
    "Observation.valueCodeableConcept": "answer",
    "Observation.component": "answer",
    "QuestionnaireResponse.questionnaire": "which question",
    "QuestionnaireResponse.status": "whether it stands",
    "QuestionnaireResponse.subject": "whose answer",
    "QuestionnaireResponse.item": "answer",
    "Organization.name": "site, organisations",
    "Location.name": "site",
    "PractitionerRole.organization": "organisations",
}
"""What each field becomes. A field that stands here, and all that is inside it, counts as read."""

REQUIRED = frozenset({"Encounter.identifier", "Encounter.period"})
"""What a message cannot do without, or only by something that stands for it."""

OF_EVERY_RESOURCE = ("resourceType", "id", "text", "implicitRules", "language")
MAX_PATHS = 2_000
MAX_NAME = 60


def columns_of(messages: Iterable[object]) -> list[Column]:
    """Say of each field that messages have what it becomes, and which that could be read is in none."""
    paths = dict.fromkeys(path for message in messages for path in _paths_of(message))
    read = {path: field for path in paths if (field := _field_of(path))}
    found = [
        Column(path, FIELDS[read[path]] if path in read else None, read.get(path) in REQUIRED)
        for path in paths
    ]
    missing = [field for field in FIELDS if field not in read.values()]
    return found + [Column(None, f"{FIELDS[each]} ({each})", each in REQUIRED) for each in missing]


def _field_of(path: str) -> str | None:
    parts = path.split(".")
    return next(
        (name for end in range(len(parts), 1, -1) if (name := ".".join(parts[:end])) in FIELDS),
        None,
    )


def _paths_of(message: object) -> Iterator[str]:
    """Give the path of each value of a message, without what every resource has."""
    waiting = [("", message)]
    given = 0
    while waiting and given < MAX_PATHS:
        path, value = waiting.pop()
        if isinstance(value, list):
            waiting += [(path, each) for each in reversed(value)]
        elif isinstance(value, dict):
            kind = value.get("resourceType")
            path = kind[:MAX_NAME] if isinstance(kind, str) else path
            waiting += [
                (f"{path}.{name[:MAX_NAME]}" if path else name[:MAX_NAME], each)
                for name, each in reversed(value.items())
                if not (kind and name in OF_EVERY_RESOURCE)
            ]
        elif not path.startswith("Bundle.entry"):
            given += 1
            yield path
