"""Texts for the fullest event such as an agency would write, no two alike but for who is kin to whom."""

from collections.abc import Iterator
from itertools import product

from hub.model.event import ROLES
from hub.synth.identifiers import LANDLINE, nhs_numbers, pnc_ids, telephones
from hub.synth.layout import DASH_ITEMS
from hub.synth.own_fields import INSTRUMENT

SOURCES = {
    "incident-reported": ("fenmarch-police", "rms", "incidents:OCC-2026-000001", "1"),
    "risk-assessed": ("fenmarch-police", "rms", "dash:DA-2026-000001", "1"),
    "referral-made": ("amber-door", "referrals", "referrals:AD/00001", "1"),
    "attendance-recorded": ("osham-hospital", "ed", "encounters:ED-000001", "1"),
    "concern-raised": ("fenmarch-children", "ssd", "ssd_cin_episodes:CIN000001", "1"),
    "support-recorded": ("amber-door", "casework", "support:AD/S00001", "1"),
    "order-recorded": ("fenmarch-police", "rms", "orders:ORD-2026-000001", "1"),
    "evidence-registered": ("fenmarch-police", "dems", "evidence:EV-2026-000001", "1"),
    "outcome-recorded": ("fenmarch-police", "rms", "outcomes:OUT-2026-000001", "1"),
    "disclosure-application": ("fenmarch-police", "rms", "dvds:DV-2026-000001", "1"),
    "case-heard": ("fenmarch-police", "marac", "meetings:M-2026-11/1", "1"),
    "identity-changed": ("fenmarch-police", "rms", "people:MRG-000001", "1"),
    "record-corrected": ("fenmarch-police", "rms", "corrections:COR-000001", "1"),
    "record-retracted": ("fenmarch-police", "rms", "retractions:RET-000001", "1"),
}
PARTS = (
    ("landlord", "Fenmarch Homes", "fenmarch-homes"),
    ("school", "Osham Primary School", "osham-primary"),
)


class PlainTexts:
    """Texts such as an agency would write, no two alike."""

    def __init__(self, event_type: str) -> None:
        agency, system, key, version = SOURCES[event_type]
        self._once = {
            "source.agency": agency,
            "source.system": system,
            "source.key": key,
            "source.version": version,
            "instrument": INSTRUMENT,
            "answers[0].code": DASH_ITEMS[0],
            "answers[1].code": DASH_ITEMS[1],
            **{f"organisations[{at}].name": name for at, (_, name, _) in enumerate(PARTS)},
            **{f"organisations[{at}].organisation_id": id_ for at, (_, _, id_) in enumerate(PARTS)},
            **_SENTENCES,
        }
        self._series = _series()

    def text(self, path: str) -> str:
        if path in self._once:
            return self._once[path]
        head, _, name = path.rpartition(".")
        if name == "value":
            name = _VALUES[head[head.rindex(".") + 1 :].replace("safe_", "")]
        if name == "to":
            return f"P{_counterpart(head):04d}"
        if name == "local_id":
            return f"P{_local(head):04d}"
        return next(self._series[name])


_SENTENCES = {
    "crime_reference": "CR/0000001/26",
    "offence_code": "105A",
    "injuries": "bruising to upper arm",
    "account": 'Neighbour heard shouting, and the words "get out".\nZoë said that it was the third time.',
    "shareable_summary": "Physical assault reported; children were present. Graded high.",
    "judgement_rationale": "Separation, control and violence together.",
    "no_consent_reason": "To ask again would add to the danger.",
    "wishes": "No marked cars at the house, please.",
    "not_safe_to_tell": "The brother, who works with the other.",
    "site": "Osham General Hospital",
    "complaint": "Pain in the arm after a fall, she says.",
    "diagnoses[0]": "S52.5",
    "diagnoses[1]": "T74.1",
    "accompanied_by": "A man who answered for her.",
    "flags[0].code": "domestic-abuse-victim",
    "flags[1].code": "child-protection-plan",
    "category": "EMO",
    "factors[0]": "3B",
    "factors[1]": "4B",
    "service": "Amber Door refuge",
    "order_reference": "FL/0000001/26",
    "court": "Osham Family Court",
    "conditions": "Not to go to the house, the school or the street between.",
    "asset": "AX-0000001",
    "sha256": "5e" * 32,
    "device": "BWV-0001",
    "reason": "evidential difficulties, victim supports",
    "marac": "Saltby",
    "replaces[0]": "P9001",
    "replaces[1]": "P9002",
    "corrects.system": "rms.incidents",
    "corrects.key": "incidents:OCC-2026-000002",
    "corrects.version": "2",
    "by.system": "rms.later",
    "by.key": "incidents:OCC-2026-000003",
    "by.version": "3",
    "retracts.system": "rms.incidents",
    "retracts.key": "incidents:OCC-2026-000002",
    "retracts.version": "2",
}
_VALUES = {
    "identifiers[0]": "nhs",
    "identifiers[1]": "pnc",
    "contacts[0]": "telephone",
    "contacts[1]": "email",
}


def _series() -> dict[str, Iterator[str]]:
    """Give endless or long enough series of texts, by the name of the field."""
    givens = ("Ada", "Bea", "Cleo", "Dora", "Edie", "Fay", "Gwen", "Hope", "Isla", "Joy")
    families = ("Marsh", "Reed", "Sedge", "Osier", "Fenn", "Lode", "Mere", "Holt", "Wold", "Dyke")
    towns = product(
        ("Upper", "Lower", "Great", "Little", "Nether"),
        ("Osham", "Tarnley", "Eelwick", "Withern", "Saltby"),
    )
    return {
        "given": (f"{each}{end}" for end in ("", "-May") for each in givens),
        "family": (f"{each}{end}" for end in ("", "ley") for each in families),
        "nhs": nhs_numbers(0),
        "pnc": pnc_ids(0),
        "telephone": telephones(0, "example", prefix=LANDLINE),
        "email": (f"person{number}@example.org" for number in range(1, 100)),
        "hours": (
            f"weekdays after {hour}:{minute}" for hour in range(8, 18) for minute in (10, 30, 50)
        ),
        "line1": (f"{number} Sedge Street" for number in range(1, 100)),
        "line2": (f"Flat {number}" for number in range(1, 100)),
        "town": (f"{which} {town}" for which, town in towns),
        "postcode": (
            f"ZF{district} {sector}AB" for district in range(1, 4) for sector in range(1, 10)
        ),
        "occupation": (f"care assistant, band {number}" for number in range(1, 20)),
        "employer": (f"Teasel Care Homes {number}" for number in range(1, 20)),
        "language": (f"{each}, spoken" for each in ("Polish", "Urdu", "Romanian", "Arabic")),
        "school": iter(("Osham Primary", "Withern Academy")),
    }


def _local(head: str) -> int:
    """Give the number of one of the people of the event, from a path such as `victims[1]`."""
    role, place = head.rstrip("]").split("[")
    return 1 + 2 * ROLES.index(role) + int(place)


def _counterpart(head: str) -> int:
    """Say to whom a relationship goes: the victims' to the perpetrators, everybody else's to the victims."""
    role, place = head.split(".", maxsplit=1)[0].split("[", maxsplit=1)[0], head[-2]
    return _local(f"{'perpetrators' if role == 'victims' else 'victims'}[{place}]")
