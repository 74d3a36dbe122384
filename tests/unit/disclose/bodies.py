"""Bodies of events for the tests: drawn from a schema, with a canary in every text, or typical."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from hub.disclose.bundle import Bundle, load_bundle
from hub.disclose.schema import SourceSchema
from hub.model.enquiry import Context
from hub.synth.extremes import EVENT_TYPES

ROOT = Path(__file__).parents[3]
EVENTS = (*EVENT_TYPES, "recall")
TODAY = date(2026, 11, 24)
EVENT_DATE = date(2026, 3, 5)
KEY = b"k" * 32

Json = dict[str, Any]


def policy_files() -> dict[str, str]:
    folder = ROOT / "policies"
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in folder.rglob("*")
        if path.is_file()
    }


def avro(event: str) -> Json:
    loaded: Json = json.loads((ROOT / "schemas" / event / "v1.avsc").read_text(encoding="utf-8"))
    return loaded


POLICY_FILES = policy_files()
BUNDLE: Bundle = load_bundle(POLICY_FILES)
AVRO = {event: avro(event) for event in EVENTS}
SCHEMAS = {event: SourceSchema.parse(event, AVRO[event]) for event in EVENTS}


def context(recipient: str = "fenmarch-police", **changes: Any) -> Context:  # words and flags
    """A context in which the recipient is named in a medium-risk case, with consent."""
    entry = BUNDLE.recipients[recipient]  # type: ignore[index]
    words = {
        "agency": str(entry.type),
        "role": entry.role,
        "purpose": entry.purpose,
        "lawful_basis": entry.lawful_basis,
        "risk": "medium",
        "consent": "given",
        "involvement": "named",
        "conflict_of_interest": False,
        "perpetrator_link": False,
        "event_date": EVENT_DATE,
    }
    return Context(**(words | changes))


class Types:
    """The named types of a schema, written again here so that the tests rest on no code of ours."""

    def __init__(self, schema: Json) -> None:
        self.named: dict[str, Json] = {}
        self._learn(schema)

    def _learn(self, kind: Any) -> None:  # any piece of JSON
        if isinstance(kind, list):
            for each in kind:
                self._learn(each)
        elif isinstance(kind, dict):
            if kind["type"] in ("record", "enum", "fixed"):
                self.named[kind["name"]] = kind
            for field in kind.get("fields", ()):
                self._learn(field["type"])
            self._learn(kind.get("items", "null"))
            self._learn(kind.get("values", "null"))

    def bare(self, kind: Any) -> tuple[Json, bool]:
        """Give a type in full, and whether it may be null."""
        if isinstance(kind, list):
            inner, _ = self.bare(next(each for each in kind if each != "null"))
            return inner, True
        if isinstance(kind, str):
            return self.named.get(kind, {"type": kind}), False
        return kind, False


def bodies(event: str) -> st.SearchStrategy[Json]:
    """Draw bodies of an event: few of each so that two often agree, empty lists and nulls included."""
    schema = AVRO[event]
    return _values(schema, Types(schema))


POSTCODES = ("ZA1 2BC", "ZA1 9XX", "ZB22 7QQ", "no such place", "")
DATES = (date(1990, 2, 28), date(1990, 3, 6), date(2012, 5, 1), date(2026, 3, 6), date(1950, 1, 1))
TIMES = tuple(datetime(2026, 3, 5, 1, 30, tzinfo=UTC) + timedelta(hours=18 * n) for n in range(4))


def _values(kind: Any, types: Types) -> st.SearchStrategy[Any]:
    inner, nullable = types.bare(kind)
    match inner:
        case {"type": "record", "fields": fields}:
            found: st.SearchStrategy[Any] = st.fixed_dictionaries(
                {field["name"]: _values(field["type"], types) for field in fields}
            )
        case {"type": "array", "items": items}:
            found = st.lists(_values(items, types), max_size=2)
        case {"type": "enum", "symbols": symbols}:
            found = st.sampled_from(symbols)
        case {"logicalType": "date"}:
            found = st.sampled_from(DATES)
        case {"logicalType": "timestamp-millis"}:
            found = st.sampled_from(TIMES)
        case {"type": "int" | "long"}:
            found = st.integers(0, 24)
        case {"type": "boolean"}:
            found = st.booleans()
        case _:
            found = st.sampled_from(("Mirela", "Okonjo", "N999 000 0018", *POSTCODES))
    return st.none() | found if nullable else found


def canaries(event: str) -> tuple[Json, dict[str, list[str]]]:
    """Give the fullest body of an event with a token of its own in every text, and tokens by path."""
    schema, tokens = AVRO[event], dict[str, list[str]]()
    body: Json = _canary(schema, "", Types(schema), tokens)
    return body, tokens


def _canary(kind: Any, path: str, types: Types, tokens: dict[str, list[str]]) -> Any:
    inner, _ = types.bare(kind)
    match inner:
        case {"type": "record", "fields": fields}:
            return {
                field["name"]: _canary(
                    field["type"],
                    f"{path}.{field['name']}" if path else field["name"],
                    types,
                    tokens,
                )
                for field in fields
            }
        case {"type": "array", "items": items}:
            return [_canary(items, path, types, tokens) for _ in range(2)]
        case {"type": "enum", "symbols": symbols}:
            return symbols[0]
        case {"logicalType": "date"}:
            return date(1990, 1, 1)
        case {"logicalType": "timestamp-millis"}:
            return TIMES[0]
        case {"type": "int" | "long"}:
            return 7
        case {"type": "boolean"}:
            return True
    token = f"canary{sum(len(each) for each in tokens.values()):04}x"
    tokens.setdefault(path, []).append(token)
    return token


def texts(value: Any) -> Iterator[str]:
    """Give every text anywhere in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from texts(each)


def typical() -> Json:
    """An incident with one victim, one perpetrator and one child, as a police force sends it."""
    place = {"line1": "12 Sedge Lane", "line2": None, "town": "Fenmarch", "postcode": "ZF1 4AB"}
    return {
        "source": {"agency": "dunmoor-police", "system": "rms", "key": "DM/1", "version": "1"},
        "occurred_at": datetime(2026, 3, 5, 21, 15, tzinfo=UTC),
        "occurred_accuracy": "exact",
        "reported_at": datetime(2026, 3, 5, 21, 40, tzinfo=UTC),
        "kind": "violence",
        "crime_reference": "DM/2026/1",
        "offence_code": "8N",
        "place": place,
        "weapon_used": "no",
        "injuries": "Bruising.",
        "children_present": "yes",
        "risk_grade": "medium",
        "consent": "given",
        "account": "What happened, in two or three sentences of a report.",
        "shareable_summary": "Violence at home; a child was there.",
        "organisations": [
            {"part": "landlord", "name": "Fenmarch Homes", "organisation_id": "fenmarch-homes"}
        ],
        "victims": [_person("v1", "Mirela", "Okonjo", place, victim=True)],
        "perpetrators": [_person("p1", "Tobias", "Marrable", place)],
        "children": [_person("c1", "Wren", "Okonjo", place) | {"school": "Withern Academy"}],
        "witnesses": [],
        "unresolved": [],
    }


def _person(key: str, given: str, family: str, place: Json, *, victim: bool = False) -> Json:
    safe = {
        "safe_contacts": [{"channel": "telephone", "value": "07700900123", "hours": "mornings"}],
        "safe_address": None,
        "language": None,
    }
    return {
        "local_id": key,
        "identifiers": [{"scheme": "nhs_number", "value": "9990000018", "verified": True}],
        "names": [{"kind": "usual", "given": given, "family": family}],
        "born": date(1990, 2, 28),
        "born_accuracy": "exact",
        "gender": "female",
        "contacts": [{"channel": "telephone", "value": "07700900456", "hours": None}],
        "addresses": [dict(place)],
        "relationships": [{"to": "p1", "relation": "ex_partner"}],
        "occupation": "driver",
        "employer": "Sedge Foods",
    } | (safe if victim else {})
