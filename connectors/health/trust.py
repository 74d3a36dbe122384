"""How one trust writes its messages: its own numbers, and what the codes it uses stand for.

Role is never guessed, so everything that makes somebody a victim, a perpetrator or a child is a code
in the mapping file, with a word of ours from the closed lists below.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from connectors.event_parts import CONSENT, GRADES, YES_NO
from connectors.mapping import Place, opened, zone_of
from connectors.people import RELATIONS
from hub.model.agency import AgencyId

NAME = "messages"

SAYS = frozenset({"victim", "perpetrator", "concern", "nothing", "injury", "pregnant"})
"""What a code on a flag or a condition says of the patient. `concern` names no role; `nothing` is no flag."""

TEXTS = frozenset({"complaint", "injuries", "accompanied_by", "account", "shareable_summary"})
ASKS = TEXTS | {"abuse_disclosed", "pregnant", "risk_grade", "consent"}
"""What an observation or an item of a questionnaire asks."""

ANSWERS = YES_NO | GRADES | CONSENT
KINDS = frozenset(
    {
        "emergency",
        "minor_injuries",
        "ambulance",
        "general_practice",
        "maternity",
        "mental_health",
        "sexual_health",
        "other",
    }
)
STANDINGS = frozenset({"perpetrator", "unresolved", "child", "accompanied"})
"""How a related person stands to the attendance."""

CATEGORIES = frozenset({"safeguarding", "other"})
VERSIONS = ("versionId", "timestamp")
TEXT = "text"
"""Stands for the system where an answer is no code but words."""

Codes = Mapping[tuple[str, str], str]
"""A word of ours for each code of each system."""

_SENDER_KEYS = {"sender": str, "system": str, "zone": str}
_KEYS = {
    "files": list,
    "attendances": list,
    "patient_numbers": str,
    "attendance_numbers": str,
    "crime_numbers": str,
    "safe_contact": str,
    "versions": list,
    "diagnoses": list,
    "flag_categories": dict,
    "codes": dict,
    "questions": dict,
    "answers": dict,
    "kinds": dict,
    "relations": dict,
    "standings": dict,
}


@dataclass(frozen=True, slots=True)
class Trust:
    """One trust's messages. Systems are the addresses under which FHIR knows a list of codes or numbers."""

    agency: AgencyId
    system: str
    zone: ZoneInfo
    files: tuple[str, ...]
    attendances: frozenset[str]
    patient_numbers: str
    attendance_numbers: str
    crime_numbers: str
    safe_contact: str
    versions: tuple[str, ...]
    diagnoses: tuple[str, ...]
    flag_categories: Codes
    codes: Codes
    questions: Codes
    answers: Codes
    kinds: Codes
    relations: Codes
    standings: Codes


def load(text: str, file: str) -> Trust:
    """Read a trust's mapping file; `file` is its name, which must be the trust's id.

    Raises:
        MappingFault: it is not as it should be.
    """
    top = opened(text, file, {**_SENDER_KEYS, NAME: dict}, optional={})
    place = top.inside(NAME)
    place.needs(_KEYS, optional={})
    return Trust(
        agency=AgencyId(top.text("sender")),
        system=f"{top.text('system')}.{NAME}",
        zone=zone_of(top),
        files=place.texts("files"),
        attendances=frozenset(place.texts("attendances")),
        patient_numbers=place.text("patient_numbers"),
        attendance_numbers=place.text("attendance_numbers"),
        crime_numbers=place.text("crime_numbers"),
        safe_contact=place.text("safe_contact"),
        versions=_versions(place),
        diagnoses=place.texts("diagnoses"),
        flag_categories=_codes(place, "flag_categories", CATEGORIES),
        codes=_codes(place, "codes", SAYS),
        questions=_codes(place, "questions", ASKS),
        answers=_codes(place, "answers", ANSWERS),
        kinds=_codes(place, "kinds", KINDS),
        relations=_codes(place, "relations", RELATIONS),
        standings=_codes(place, "standings", STANDINGS),
    )


def _versions(place: Place) -> tuple[str, ...]:
    found = place.texts("versions")
    for each in found:
        if each not in VERSIONS:
            raise place.fault("versions", f"{each} is unknown; use {' or '.join(VERSIONS)}")
    return found


def _codes(place: Place, name: str, words: frozenset[str]) -> dict[tuple[str, str], str]:
    """Read a table of systems, each a table of codes. Systems that share a list stand in one heading."""
    table = place.inside(name)
    found: dict[tuple[str, str], str] = {}
    for heading in table.table:
        inner = table.inside(heading)
        for code, word in inner.words().items():
            if word not in words:
                raise inner.fault(
                    code, f"stands for an unknown word; use {', '.join(sorted(words))}"
                )
            for system in heading.split():
                key = system, code.casefold() if system == TEXT else code
                if key in found:
                    raise inner.fault(code, "is there twice for this system; keep one")
                found[key] = word
    return found
