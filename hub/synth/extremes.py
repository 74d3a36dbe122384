"""The fullest and the smallest event of each type, for examples, canaries and whatever walks a schema.

The fullest has every optional field and two of everything that may repeat, and no text in it occurs
twice: whoever finds a text knows which field it came from. A test holds both to the schemas.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime

from hub.model.event import ROLES, Body, Value
from hub.synth.plain_texts import INSTRUMENT, PARTS, SOURCES, PlainTexts

Mark = Callable[[str], str]
"""Gives the text that stands at a path, such as `victims[0].names[1].given`."""

EVENT_TYPES = ("incident-reported", "risk-assessed", "referral-made")
OCCURRED = datetime(2026, 11, 18, 22, 14, tzinfo=UTC)
REPORTED = datetime(2026, 11, 18, 22, 41, tzinfo=UTC)
RELATIONS = {"victims": "ex_partner", "perpetrators": "ex_partner", "children": "child"}
MAY_BE_SAFE = ("victims", "unresolved")


class UnknownEventType(Exception):
    """There is no such event type."""


def fullest(event_type: str, mark: Mark | None = None) -> Body:
    """Give an event that has everything. `mark` writes every text in it; without it they read like real ones.

    Every text is marked, `source.agency` too: who means to send the event sets that one back.

    Raises:
        UnknownEventType: there is no such type.
    """
    _known(event_type)
    say = mark or PlainTexts(event_type).text
    own: dict[str, Callable[[Mark], Body]] = {
        "incident-reported": _incident,
        "risk-assessed": _assessment,
        "referral-made": _referral,
    }
    people: Body = {role: [_person(say, role, 0), _person(say, role, 1)] for role in ROLES}
    return {
        "source": {
            "agency": say("source.agency"),
            "system": say("source.system"),
            "key": say("source.key"),
            "version": say("source.version"),
        },
        "occurred_at": OCCURRED,
        "occurred_accuracy": "exact",
        "reported_at": REPORTED,
        **own[event_type](say),
        "risk_grade": "high",
        "consent": "given",
        "account": say("account"),
        "shareable_summary": say("shareable_summary"),
        "organisations": [_organisation(say, place) for place in (0, 1)],
        **people,
    }


def smallest(event_type: str) -> Body:
    """Give an event that has only what it must have.

    Raises:
        UnknownEventType: there is no such type.
    """
    _known(event_type)
    own: dict[str, Body] = {
        "incident-reported": {
            "kind": "other",
            "crime_reference": None,
            "offence_code": None,
            "place": None,
            "weapon_used": "unknown",
            "injuries": None,
            "children_present": "unknown",
        },
        "risk-assessed": {
            "instrument": INSTRUMENT,
            "answers": [],
            "score": None,
            "professional_judgement": False,
            "judgement_rationale": None,
        },
        "referral-made": {
            "criteria": [],
            "victim_aware": "unknown",
            "no_consent_reason": None,
            "wishes": None,
            "not_safe_to_tell": None,
        },
    }
    agency, system, key, version = SOURCES[event_type]
    nobody: Body = {role: [] for role in ROLES}
    return {
        "source": {"agency": agency, "system": system, "key": key, "version": version},
        "occurred_at": OCCURRED,
        "occurred_accuracy": "unknown",
        "reported_at": REPORTED,
        **own[event_type],
        "risk_grade": None,
        "consent": None,
        "account": None,
        "shareable_summary": None,
        "organisations": [],
        **nobody,
    }


def _known(event_type: str) -> None:
    if event_type not in EVENT_TYPES:
        raise UnknownEventType(f"an event type is one of {', '.join(EVENT_TYPES)}")


def _incident(say: Mark) -> Body:
    return {
        "kind": "violence",
        "crime_reference": say("crime_reference"),
        "offence_code": say("offence_code"),
        "place": _address(say, "place"),
        "weapon_used": "no",
        "injuries": say("injuries"),
        "children_present": "yes",
    }


def _assessment(say: Mark) -> Body:
    return {
        "instrument": say("instrument"),
        "answers": [
            {"code": say("answers[0].code"), "answer": "yes"},
            {"code": say("answers[1].code"), "answer": "dont_know"},
        ],
        "score": 1,
        "professional_judgement": True,
        "judgement_rationale": say("judgement_rationale"),
    }


def _referral(say: Mark) -> Body:
    return {
        "criteria": ["visible_high_risk", "repeat"],
        "victim_aware": "yes",
        "no_consent_reason": say("no_consent_reason"),
        "wishes": say("wishes"),
        "not_safe_to_tell": say("not_safe_to_tell"),
    }


def _organisation(say: Mark, place: int) -> Body:
    path = f"organisations[{place}]"
    return {
        "part": PARTS[place][0],
        "name": say(f"{path}.name"),
        "organisation_id": say(f"{path}.organisation_id"),
    }


def _person(say: Mark, role: str, place: int) -> Body:
    path = f"{role}[{place}]"
    years_back = 2 * ROLES.index(role) + place + (24 if role == "children" else 0)
    both = ("[0]", "[1]")
    body: Body = {
        "local_id": say(f"{path}.local_id"),
        "identifiers": [
            {
                "scheme": scheme,
                "value": say(f"{path}.identifiers{at}.value"),
                "verified": scheme == "pnc",
            }
            for scheme, at in zip(("nhs_number", "pnc"), both, strict=True)
        ],
        "names": [
            {
                "kind": kind,
                "given": say(f"{path}.names{at}.given"),
                "family": say(f"{path}.names{at}.family"),
            }
            for kind, at in zip(("usual", "alias"), both, strict=True)
        ],
        "born": date(1990 + years_back, 2, 3),
        "born_accuracy": "exact",
        "gender": ("female", "male")[place],
        "contacts": [_contact(say, f"{path}.contacts{at}", each) for each, at in enumerate(both)],
        "addresses": [_address(say, f"{path}.addresses{at}") for at in both],
        "relationships": [
            {"to": say(f"{path}.relationships{at}.to"), "relation": RELATIONS.get(role, "unknown")}
            for at in both
        ],
        "occupation": say(f"{path}.occupation"),
        "employer": say(f"{path}.employer"),
    }
    if role in MAY_BE_SAFE:
        safe = [_contact(say, f"{path}.safe_contacts{at}", each) for each, at in enumerate(both)]
        body["safe_contacts"] = list[Value](safe)
        body["safe_address"] = _address(say, f"{path}.safe_address")
        body["language"] = say(f"{path}.language")
    if role == "children":
        body["school"] = say(f"{path}.school")
    return body


def _contact(say: Mark, path: str, place: int) -> Body:
    return {
        "channel": ("telephone", "email")[place],
        "value": say(f"{path}.value"),
        "hours": say(f"{path}.hours"),
    }


def _address(say: Mark, path: str) -> Body:
    parts = ("line1", "line2", "town", "postcode")
    return {part: say(f"{path}.{part}") for part in parts}
