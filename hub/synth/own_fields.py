"""What each type of event has of its own, between what opens and what closes every event.

`say` writes the text that stands at a path; lists have two of everything.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime

from hub.model.event import Body, Value

Mark = Callable[[str], str]
"""Gives the text that stands at a path, such as `victims[0].names[1].given`."""

INSTRUMENT = "dash-police-2009"
CRITERIA: list[Value] = ["visible_high_risk", "repeat"]
WITHOUT_CLOSING = ("identity-changed", "record-corrected", "record-retracted")
"""Events that bring no word on risk, consent, text or organisations."""
WITHOUT_PEOPLE = ("record-corrected", "record-retracted")


def fullest_own(event_type: str, say: Mark) -> Body:
    """Give everything that a type of event alone has."""
    return _FULLEST[event_type](say)


def smallest_own(event_type: str) -> Body:
    """Give what a type of event alone must have."""
    return dict(_SMALLEST[event_type])


def address(say: Mark, path: str) -> Body:
    parts = ("line1", "line2", "town", "postcode")
    return {part: say(f"{path}.{part}") for part in parts}


def _incident(say: Mark) -> Body:
    return {
        "kind": "violence",
        "crime_reference": say("crime_reference"),
        "offence_code": say("offence_code"),
        "place": address(say, "place"),
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
        "criteria": CRITERIA,
        "victim_aware": "yes",
        "no_consent_reason": say("no_consent_reason"),
        "wishes": say("wishes"),
        "not_safe_to_tell": say("not_safe_to_tell"),
    }


def _attendance(say: Mark) -> Body:
    return {
        "kind": "emergency",
        "crime_reference": say("crime_reference"),
        "site": say("site"),
        "complaint": say("complaint"),
        "diagnoses": [say("diagnoses[0]"), say("diagnoses[1]")],
        "injuries": say("injuries"),
        "abuse_disclosed": "yes",
        "pregnant": "no",
        "accompanied_by": say("accompanied_by"),
        "flags": [
            {"code": say("flags[0].code"), "active": True},
            {"code": say("flags[1].code"), "active": False},
        ],
    }


def _concern(say: Mark) -> Body:
    return {
        "kind": "child_protection",
        "state": "closed",
        "category": say("category"),
        "factors": [say("factors[0]"), say("factors[1]")],
        "domestic_abuse": "yes",
        "ended_on": date(2026, 11, 20),
    }


def _support(say: Mark) -> Body:
    return {
        "kind": "refuge",
        "service": say("service"),
        "abuse_disclosed": "yes",
        "wishes": say("wishes"),
    }


def _order(say: Mark) -> Body:
    return {
        "kind": "non_molestation",
        "state": "breached",
        "order_reference": say("order_reference"),
        "court": say("court"),
        "expires_on": date(2027, 5, 18),
        "conditions": say("conditions"),
    }


def _evidence(say: Mark) -> Body:
    return {
        "kind": "body_worn_video",
        "asset": say("asset"),
        "sha256": say("sha256"),
        "device": say("device"),
        "ended_at": datetime(2026, 11, 18, 22, 40, tzinfo=UTC),
        "shows": ["scene", "injury"],
        "evidential": "yes",
        "crime_reference": say("crime_reference"),
    }


def _outcome(say: Mark) -> Body:
    return {
        "kind": "charge",
        "crime_reference": say("crime_reference"),
        "offence_code": say("offence_code"),
        "victim_supports": "no",
        "reason": say("reason"),
    }


def _application(_: Mark) -> Body:
    return {
        "route": "right_to_ask",
        "applicant": "third_party",
        "stage": "decided",
        "decision": "disclose",
        "subject_told": "no",
    }


def _heard(say: Mark) -> Body:
    return {"marac": say("marac"), "outcome": "heard", "criteria": CRITERIA}


def _identity(say: Mark) -> Body:
    return {"change": "merged", "replaces": [say("replaces[0]"), say("replaces[1]")]}


def _correction(say: Mark) -> Body:
    return {
        "corrects": _named(say, "corrects"),
        "by": _named(say, "by"),
        "reason": "wrong_value",
    }


def _retraction(say: Mark) -> Body:
    return {"retracts": _named(say, "retracts"), "reason": "entered_in_error"}


def _named(say: Mark, path: str) -> Body:
    return {part: say(f"{path}.{part}") for part in ("system", "key", "version")}


_FULLEST: Mapping[str, Callable[[Mark], Body]] = {
    "incident-reported": _incident,
    "risk-assessed": _assessment,
    "referral-made": _referral,
    "attendance-recorded": _attendance,
    "concern-raised": _concern,
    "support-recorded": _support,
    "order-recorded": _order,
    "evidence-registered": _evidence,
    "outcome-recorded": _outcome,
    "disclosure-application": _application,
    "case-heard": _heard,
    "identity-changed": _identity,
    "record-corrected": _correction,
    "record-retracted": _retraction,
}
_SMALLEST: Mapping[str, Body] = {
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
    "attendance-recorded": {
        "kind": "other",
        "crime_reference": None,
        "site": None,
        "complaint": None,
        "diagnoses": [],
        "injuries": None,
        "abuse_disclosed": "unknown",
        "pregnant": "unknown",
        "accompanied_by": None,
        "flags": [],
    },
    "concern-raised": {
        "kind": "other",
        "state": "raised",
        "category": None,
        "factors": [],
        "domestic_abuse": "unknown",
        "ended_on": None,
    },
    "support-recorded": {
        "kind": "other",
        "service": None,
        "abuse_disclosed": "unknown",
        "wishes": None,
    },
    "order-recorded": {
        "kind": "other",
        "state": "made",
        "order_reference": None,
        "court": None,
        "expires_on": None,
        "conditions": None,
    },
    "evidence-registered": {
        "kind": "other",
        "asset": "A-1",
        "sha256": None,
        "device": None,
        "ended_at": None,
        "shows": [],
        "evidential": "unknown",
        "crime_reference": None,
    },
    "outcome-recorded": {
        "kind": "other",
        "crime_reference": None,
        "offence_code": None,
        "victim_supports": "unknown",
        "reason": None,
    },
    "disclosure-application": {
        "route": "right_to_ask",
        "applicant": "unknown",
        "stage": "received",
        "decision": "pending",
        "subject_told": "unknown",
    },
    "case-heard": {"marac": "Fenmarch", "outcome": "heard", "criteria": []},
    "identity-changed": {"change": "other", "replaces": []},
    "record-corrected": {
        "corrects": {"system": "rms", "key": "incidents:OCC-2026-000001", "version": None},
        "by": None,
        "reason": "other",
    },
    "record-retracted": {
        "retracts": {"system": "rms", "key": "incidents:OCC-2026-000001", "version": None},
        "reason": "other",
    },
}
EVENT_TYPES = tuple(_FULLEST)
