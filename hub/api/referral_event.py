"""A pushed referral as the event that a connector would make of the same facts.

What the form asks for and the event has no field for is not lost: it is written into the account, one
labelled line each, where it is guarded as strictly as any other free text.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta

from hub.api.referral_form import NewReferral
from hub.api.referral_people import (
    Address,
    Child,
    Contact,
    Identifier,
    Perpetrator,
    Somebody,
    Victim,
)
from hub.model.agency import AgencyId
from hub.model.event import Body, Value
from hub.model.numbers import nhs_number, postcode

YEAR_DAYS = 365.25
INVERSE = {"parent": "child", "child": "parent", "carer": "unknown"}
"""What the other is to the one, where it is not the same: a partner's other is a partner."""


def event_body(form: NewReferral, agency: AgencyId) -> Body:
    """Give the body of the `referral-made` event."""
    accuracy = form.occurred_accuracy if form.occurred_at else "unknown"
    return {
        "source": {
            "agency": agency,
            "system": form.system,
            "key": form.reference,
            "version": str(form.version),
        },
        "occurred_at": form.occurred_at or form.referred_at,
        "occurred_accuracy": accuracy,
        "reported_at": form.referred_at,
        "criteria": list[Value](dict.fromkeys(form.criteria or [])),
        "victim_aware": form.victim_aware or "unknown",
        "no_consent_reason": form.no_consent_reason,
        "wishes": form.wishes,
        "not_safe_to_tell": form.not_safe_to_tell,
        "risk_grade": form.risk_grade,
        "consent": form.consent,
        "account": "\n".join(_account(form)) or None,
        "shareable_summary": form.shareable_summary,
        "organisations": [
            {"part": each.part, "name": each.name, "organisation_id": None}
            for each in form.organisations
        ],
        **_people(form),
    }


def _people(form: NewReferral) -> Body:
    on = form.referred_on
    victim = form.victim if form.victim and not form.victim.is_empty else None
    victim_id = _local_id(victim, form.reference, "victim", 1) if victim else ""
    numbered = list(enumerate(form.perpetrators or [], 1))
    accused = {
        number: _local_id(each, form.reference, "perpetrator", number)
        for number, each in numbered
        if each.is_named
    }
    ties: list[Value] = [
        _tie(accused[number], INVERSE.get(each.relationship, each.relationship))
        for number, each in numbered
        if number in accused and each.relationship
    ]
    return {
        "victims": [_victim(victim, victim_id, on, ties)] if victim else [],
        "perpetrators": [
            _person(each, accused[number], on, _to_victim(each, victim_id))
            for number, each in numbered
            if number in accused
        ],
        "children": [
            _child(each, _local_id(each, form.reference, "child", number), on, victim_id, accused)
            for number, each in enumerate(form.children or [], 1)
        ],
        "witnesses": [],
        "unresolved": [],
    }


def _victim(victim: Victim, local_id: str, on: date, ties: list[Value]) -> Body:
    """Give the victim. Where contact is not safe, no way of reaching them may be called safe."""
    is_safe = victim.safe_to_contact != "no"
    safe, others = victim.safe_contacts, victim.contacts
    return {
        **_person(victim, local_id, on, ties),
        "contacts": [*_contacts(others if is_safe else [*others, *safe])],
        "safe_contacts": [*_contacts(safe if is_safe else [])],
        "safe_address": _address(victim.safe_address) if victim.safe_address else None,
        "language": victim.language,
    }


def _child(child: Child, local_id: str, on: date, victim_id: str, accused: dict[int, str]) -> Body:
    ties: list[Value] = [_tie(victim_id, child.relationship)] if victim_id else []
    ties += [
        _tie(accused[number], relation)
        for number, relation in enumerate(child.to_perpetrators, 1)
        if number in accused
    ]
    return {**_person(child, local_id, on, ties), "school": child.school}


def _to_victim(each: Perpetrator, victim_id: str) -> list[Value]:
    return [_tie(victim_id, each.relationship)] if victim_id and each.relationship else []


def _person(who: Somebody, local_id: str, on: date, ties: list[Value]) -> Body:
    born, accuracy = _born(who, on)
    return {
        "local_id": local_id,
        "identifiers": [_identifier(each) for each in who.identifiers],
        "names": [
            {"kind": each.kind, "given": each.given, "family": each.family} for each in who.names
        ],
        "born": born,
        "born_accuracy": accuracy,
        "gender": who.gender,
        "contacts": [*_contacts(who.contacts)],
        "addresses": [_address(each) for each in who.addresses],
        "relationships": ties,
        "occupation": who.occupation,
        "employer": who.employer,
    }


def _born(who: Somebody, on: date) -> tuple[date | None, str]:
    """Give the day of birth; of an age the middle of the year in which it may be, as an estimate."""
    if who.born is not None:
        return who.born, who.born_accuracy
    if who.age is None:
        return None, "unknown"
    return on - timedelta(days=round((who.age + 0.5) * YEAR_DAYS)), "estimated"


def _identifier(given: Identifier) -> Body:
    """Give a number; a wrong check digit was not checked, whatever is said."""
    if given.scheme == "nhs_number":
        digits, is_right = nhs_number(given.value)
        return {"scheme": given.scheme, "value": digits, "verified": is_right and given.checked}
    value = "".join(given.value.split()).upper()
    return {"scheme": given.scheme, "value": value, "verified": given.checked}


def _contacts(given: list[Contact]) -> Iterator[Body]:
    for each in given:
        value = each.value
        if each.channel == "telephone":
            trunk = value.replace("(0)", "") if value.startswith("+") else value
            value = re.sub(r"[^\d+]", "", trunk)
        yield {"channel": each.channel, "value": value, "hours": each.hours}


def _address(given: Address) -> Body:
    return {
        "line1": given.line1,
        "line2": given.line2,
        "town": given.town,
        "postcode": postcode(given.postcode)[0] if given.postcode else None,
    }


def _tie(to: str, relation: str | None) -> Body:
    return {"to": to, "relation": relation}


def _local_id(who: Somebody, reference: str, role: str, number: int) -> str:
    """Give the sender's own key, or one made from the referral's, the same each time."""
    return who.id or f"{reference}/{role}/{number}"


def _account(form: NewReferral) -> Iterator[str]:
    """Give the reason, then what else was said, a line each."""
    if form.reason:
        yield form.reason.replace("\r\n", "\n")
    victim = form.victim or Victim()
    referrer = form.referrer
    lines: list[tuple[str, str | None]] = [
        ("Referred by", "; ".join([referrer.name, *map(_way, referrer.contacts)]) if referrer else None),
        ("Safe to contact the victim", victim.safe_to_contact),
        ("No safe contact, because", victim.no_safe_contact_reason),
        ("Perpetrator not named, because", form.perpetrator_unknown_reason),
        *_unnamed(form),
        ("Whom the victim fears", form.fears),
        ("Safe to talk to", form.safe_to_tell),
        ("The victim does not know, because", form.not_aware_reason),
        ("Referred before on", str(form.earlier_referral_on) if form.earlier_referral_on else None),
        *(("Heard at the MARAC of", _said(each.marac, each.heard_on)) for each in form.heard_elsewhere),
    ]  # fmt: skip
    for label, text in lines:
        if text:
            yield f"{label}: {text}"


def _unnamed(form: NewReferral) -> Iterator[tuple[str, str]]:
    """Tell of a perpetrator without a name, who is nobody in particular for the event."""
    for number, each in enumerate(form.perpetrators or [], 1):
        if not each.is_named:
            ways = [_way(way) for way in each.contacts]
            places = [_said(*place.model_dump().values()) for place in each.addresses]
            gender = None if each.gender == "unknown" else each.gender
            known = _said(
                each.relationship, gender, each.born, each.age, *ways, *places, each.occupation,
                each.employer,
            )  # fmt: skip
            yield f"Perpetrator {number}, not named", known


def _way(contact: Contact) -> str:
    return _said(contact.value, contact.hours)


def _said(*parts: object) -> str:
    return ", ".join(str(each) for each in parts if each is not None)
