"""The fullest and the smallest event of each type, for examples, canaries and whatever walks a schema.

The fullest has every optional field and two of everything that may repeat, and no text in it occurs
twice: whoever finds a text knows which field it came from. A test holds both to the schemas.
"""

from datetime import UTC, date, datetime

from hub.model.event import ROLES, Body, Value
from hub.synth.own_fields import (
    EVENT_TYPES,
    WITHOUT_CLOSING,
    WITHOUT_PEOPLE,
    Mark,
    address,
    fullest_own,
    smallest_own,
)
from hub.synth.plain_texts import PARTS, SOURCES, PlainTexts

__all__ = ["EVENT_TYPES", "OCCURRED", "UnknownEventType", "fullest", "smallest"]

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
    people: Body = {role: [_person(say, role, 0), _person(say, role, 1)] for role in ROLES}
    closing: Body = {
        "risk_grade": "high",
        "consent": "given",
        "account": say("account"),
        "shareable_summary": say("shareable_summary"),
        "organisations": [_organisation(say, place) for place in (0, 1)],
    }
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
        **fullest_own(event_type, say),
        **({} if event_type in WITHOUT_CLOSING else closing),
        **({} if event_type in WITHOUT_PEOPLE else people),
    }


def smallest(event_type: str) -> Body:
    """Give an event that has only what it must have.

    Raises:
        UnknownEventType: there is no such type.
    """
    _known(event_type)
    agency, system, key, version = SOURCES[event_type]
    nobody: Body = {role: [] for role in ROLES}
    closing: Body = {
        "risk_grade": None,
        "consent": None,
        "account": None,
        "shareable_summary": None,
        "organisations": [],
    }
    return {
        "source": {"agency": agency, "system": system, "key": key, "version": version},
        "occurred_at": OCCURRED,
        "occurred_accuracy": "unknown",
        "reported_at": REPORTED,
        **smallest_own(event_type),
        **({} if event_type in WITHOUT_CLOSING else closing),
        **({} if event_type in WITHOUT_PEOPLE else nobody),
    }


def _known(event_type: str) -> None:
    if event_type not in EVENT_TYPES:
        raise UnknownEventType(f"an event type is one of {', '.join(EVENT_TYPES)}")


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
        "addresses": [address(say, f"{path}.addresses{at}") for at in both],
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
        body["safe_address"] = address(say, f"{path}.safe_address")
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
