"""Make an event of a message: an attendance with its patient, or the taking back of one.

A message of the trust's attendances is one in any case: what goes into the inbox has been chosen by
its clinicians. Any other message, and an encounter that did not take place, is one only if it says
something of safeguarding: of the rest nobody here has any need to know.
"""

from collections.abc import Iterator
from datetime import datetime

from connectors import people
from connectors.connector import RecordUnreadable
from connectors.health.bundle import Message, Resource, doubt_what_is_unread
from connectors.health.fhir_people import Reader
from connectors.health.findings import IN_ERROR, Findings, findings_of
from connectors.health.origin import origin_of, refuse_gp_connect
from connectors.health.related import Beside, Whose, accuses, beside
from connectors.health.times import Times, times_of
from connectors.health.trust import Trust
from hub.model.dead_letter import Reason
from hub.model.event import Body, Event, EventType, Value

ATTENDANCE, RETRACTION = EventType("attendance-recorded"), EventType("record-retracted")
NOT_ATTENDED = ("planned", "cancelled", IN_ERROR)


def event_of(message: Message, trust: Trust, received_at: datetime) -> Event | None:
    """Make a message's event; none if it says nothing that is for us.

    Raises:
        RecordUnreadable: it has no patient, no time or no number, or comes from where nothing may.
    """
    refuse_gp_connect(message)
    encounter = _encounter(message)
    status = message.look.words(encounter.content, "status") if encounter else None
    if status == IN_ERROR:
        return _retraction(message, trust, encounter, received_at)
    patient = _patient(message, encounter)
    found = findings_of(message, patient, trust)
    doubt_what_is_unread(message)
    origin = origin_of(message, trust, encounter)
    is_attendance = origin.event in trust.attendances and status not in NOT_ATTENDED
    is_concern = found.is_safeguarding or accuses(message, trust)
    if not (is_attendance and encounter) and not is_concern:
        message.look.doubt("not-safeguarding")
        return None
    times = times_of(message, trust, encounter, origin.written, received_at)
    reader = Reader(message.look, trust, times.occurred.at, received_at)
    key = str(origin.source["key"])
    who = reader.described(patient)
    whose = Whose(patient, who.local_id or f"{key}/patient", key, encounter)
    others = beside(message, whose, reader)
    return Event(
        ATTENDANCE,
        {
            "source": origin.source,
            **_times(times),
            "kind": _kind(message, trust, encounter),
            "crime_reference": _crime_reference(message, trust, encounter),
            **_findings(message, found, others, encounter),
            "organisations": _organisations(
                message, patient, encounter, is_hidden=_hidden(message, patient)
            ),
            **_people(message, found, who, whose, others),
        },
        received_at,
    )


def _times(times: Times) -> Body:
    return {
        "occurred_at": times.occurred.at,
        "occurred_accuracy": times.occurred.accuracy,
        "reported_at": times.reported_at,
    }


def _retraction(
    message: Message, trust: Trust, encounter: Resource | None, received_at: datetime
) -> Event:
    """Take back every version of an attendance that should never have been written down."""
    origin = origin_of(message, trust, encounter)
    times = times_of(message, trust, encounter, origin.written, received_at)
    source = {**origin.source, "system": f"{trust.system}.retractions"}
    retracts: Body = {
        "system": trust.system,
        "key": origin.source["key"],
        "version": None,
    }
    body: Body = {
        "source": source,
        **_times(times),
        "retracts": retracts,
        "reason": "entered_in_error",
    }
    return Event(RETRACTION, body, received_at)


def _findings(
    message: Message, found: Findings, others: Beside, encounter: Resource | None
) -> Body:
    """Read what was found and said, in the fields that an event has for it."""
    look = message.look
    for reason in look.parts(encounter.content, "reasonCode") if encounter else []:
        found.add_text("complaint", look.said(reason))
    for request in message.of("ServiceRequest"):
        for note in look.parts(request.content, "note"):
            found.add_text("account", look.text(note, "text"))
    for words in others.came_along:
        found.add_text("accompanied_by", words)
    diagnoses: list[Value] = [*found.diagnoses]
    return {
        "site": _site(message, encounter),
        "complaint": found.text("complaint"),
        "diagnoses": diagnoses,
        "injuries": found.text("injuries"),
        "abuse_disclosed": found.answers.get("abuse_disclosed", "unknown"),
        "pregnant": found.answers.get("pregnant", "unknown"),
        "accompanied_by": found.text("accompanied_by"),
        "flags": found.listed_flags(),
        "risk_grade": found.answers.get("risk_grade"),
        "consent": found.answers.get("consent"),
        "account": found.text("account", "\n"),
        "shareable_summary": found.text("shareable_summary", "\n"),
    }


def _people(
    message: Message, found: Findings, who: people.Described, whose: Whose, others: Beside
) -> Body:
    """Put the patient where the codes say that they belong; where they say nothing, nobody judges."""
    patient: Body
    roles: dict[str, list[Value]] = {"victims": [], "witnesses": [], **others.roles}
    if {"victim", "perpetrator"} <= found.says:
        message.look.doubt("role-contested")
        role, patient = "unresolved", people.unresolved(who, whose.local_id, others.ties)
    elif "victim" in found.says:
        role, patient = "victims", people.victim(who, whose.local_id, others.ties)
    elif "perpetrator" in found.says:
        role, patient = "perpetrators", people.perpetrator(who, whose.local_id, others.ties)
    else:
        message.look.doubt("role-unstated")
        role, patient = "unresolved", people.unresolved(who, whose.local_id, others.ties)
    roles[role] = [patient, *roles[role]]
    return {**roles}


def _encounter(message: Message) -> Resource | None:
    """Choose the encounter that the message is about: where its header points, else one that took place."""
    look, encounters = message.look, list(message.of("Encounter"))
    if len(encounters) > 1:
        look.doubt("another-encounter")
    for each in _focus(message):
        if each.kind == "Encounter":
            return each
        for _, target in message.targets(each, "encounter"):
            if target is not None and target.kind == "Encounter":
                return target
    encounters.sort(key=lambda each: look.words(each.content, "status") in NOT_ATTENDED)
    return encounters[0] if encounters else None


def _patient(message: Message, encounter: Resource | None) -> Resource:
    """Find whom the message is about. Of several patients it has to say which.

    Raises:
        RecordUnreadable: there is none, or it cannot be told.
    """
    patients = list(message.of("Patient"))
    if not patients:
        raise RecordUnreadable(Reason.BAD_VALUE, "Bundle.entry: no-patient")
    if len(patients) == 1:
        return patients[0]
    message.look.doubt("another-patient")
    pointing = [*_focus(message), *([encounter] if encounter else [])]
    stated = {id(each): each for each in pointing if each.kind == "Patient"}
    for each in pointing:
        for _, target in message.targets(each, "subject"):
            if target is not None and target.kind == "Patient":
                stated[id(target)] = target
    if len(stated) != 1:
        raise RecordUnreadable(Reason.BAD_VALUE, "MessageHeader.focus: patient-unclear")
    return next(iter(stated.values()))


def _focus(message: Message) -> list[Resource]:
    header = message.header
    if header is None:
        return []
    found = [target for _, target in message.targets(header, "focus")]
    if not found or None in found:
        message.look.doubt("no-focus")
    return [each for each in found if each is not None]


def _kind(message: Message, trust: Trust, encounter: Resource | None) -> str:
    """Say where in the health service: a type that is named says more than the class."""
    if encounter is None:
        return "other"
    look, content = message.look, encounter.content
    codings = [each for name in ("serviceType", "type") for each in look.codings(content, name)]
    codings += [look.coding(each) for each in look.parts(content, "class")]
    for each in codings:
        if each.key in trust.kinds:
            return trust.kinds[each.key]
    look.doubt("unknown-code")
    return "other"


def _crime_reference(message: Message, trust: Trust, encounter: Resource | None) -> str | None:
    look = message.look
    for each in (encounter, *message.of("ServiceRequest")):
        for number in look.parts(each.content, "identifier") if each else []:
            if look.words(number, "system") == trust.crime_numbers:
                return look.words(number, "value")
    return None


def _site(message: Message, encounter: Resource | None) -> str | None:
    """Name the site: the organisation that gives the care, which a site is; else the place."""
    if encounter is None:
        return None
    look = message.look
    for name in _names(message, encounter, "serviceProvider"):
        return name
    for part in look.parts(encounter.content, "location"):
        for name in _names(message, Resource("Encounter", part, encounter.place), "location"):
            return name
    return None


def _hidden(message: Message, patient: Resource) -> bool:
    return bool(message.look.parts(message.look.part(patient.content, "meta"), "security"))


def _organisations(
    message: Message, patient: Resource, encounter: Resource | None, *, is_hidden: bool
) -> list[Value]:
    """Name the patient's practice and whom the request is for; a hidden patient's practice is a place."""
    sites = list(_names(message, encounter, "serviceProvider")) if encounter else []
    found: list[Value] = []
    named = (
        []
        if is_hidden
        else [("gp", each) for each in _names(message, patient, "generalPractitioner")]
    )
    for request in message.of("ServiceRequest"):
        performers = _names(message, request, "performer")
        named += [("referred_to", each) for each in performers if each not in sites]
    for part, name in dict.fromkeys(named):
        found.append({"part": part, "name": name, "organisation_id": None})
    return found


def _names(message: Message, of: Resource, field: str) -> Iterator[str]:
    """Give the names of what a field points at: organisations and places, not people."""
    look = message.look
    for reference, target in message.targets(of, field):
        shown = look.words(reference, "display")
        if target is None:
            if shown:
                yield shown
            else:
                look.doubt("reference-unresolved")
        elif target.kind == "PractitionerRole":
            yield from _names(message, target, "organization")
        elif target.kind in ("Organization", "Location"):
            name = look.words(target.content, "name") or shown
            if name:
                yield name
