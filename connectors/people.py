"""The people of an event: read from a row's columns, and given as the schemas want them.

A sender's columns for one person share a prefix (`victim_given`, `child2_born`). What stands in them
is read into `Described`; the role then decides which fields the person has, every one of them given.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from connectors.cells import Row, telephones
from hub.model.event import Body, Value
from hub.model.numbers import nhs_number, postcode

PART = {
    "landlord": "landlord",
    "notified": "notified",
    "referred_to": "referred_to",
    "school": "school",
}
"""Columns that name organisations, and the part these have in the event."""

GENDERS = frozenset({"female", "male", "non_binary", "other", "unknown"})
RELATIONS = frozenset(
    {
        "partner",
        "ex_partner",
        "parent",
        "child",
        "sibling",
        "other_family",
        "household",
        "carer",
        "acquaintance",
        "stranger",
        "unknown",
    }
)
_OTHER_NUMBERS = ("pnc", "upn")
"""Numbers without a check digit."""

_INVERSE = {"parent": "child", "child": "parent", "carer": "unknown"}

_IDENTITY = "id|given|family|former|alias|born|gender|nhs|pnc|upn"
_PLACE = "line1|line2|town|postcode"
_PERSON = f"{_IDENTITY}|{_PLACE}|telephone|email|occupation|employer"
_SAFE = f"safe_telephone|safe_email|safe_hours|safe_(?:{_PLACE})|language"
VICTIM_COLUMNS = f"victim_(?:{_PERSON}|{_SAFE})"
CHILD_COLUMNS = rf"child[1-9]_(?:{_PERSON}|school)"
PERSON_COLUMNS = f"(?:{_PERSON})"
PLACE_COLUMNS = f"(?:{_PLACE})"


@dataclass(frozen=True, slots=True)
class Described:
    """What a row says of one person, whatever their role. `local_id` is empty if it names none."""

    local_id: str
    names: list[Value]
    identifiers: list[Value]
    born: date | None
    gender: str
    contacts: list[Value]
    addresses: list[Value]
    occupation: str | None
    employer: str | None
    safe_contacts: list[Value]
    safe_address: Body | None
    language: str | None
    school: str | None
    born_accuracy: str = "exact"

    @property
    def is_named(self) -> bool:
        """Somebody with neither a name nor a number of their own is nobody in particular."""
        return bool(self.local_id or self.names or self.identifiers)

    @property
    def is_empty(self) -> bool:
        """Nothing is said: a gender alone makes nobody."""
        said = (self.born, self.contacts, self.addresses, self.occupation, self.employer)
        safe = (self.safe_contacts, self.safe_address, self.language, self.school)
        return not self.is_named and not any(said) and not any(safe)


def described(row: Row, prefix: str) -> Described | None:
    """Read the columns of one person, or nobody if nothing is said."""
    if prefix not in row.groups:
        return None
    who = _described(row, prefix)
    return None if who.is_empty else who


def named(row: Row, prefix: str) -> Described | None:
    """Read somebody who matters only by name: an unknown perpetrator is nobody."""
    who = described(row, prefix)
    if who and not who.is_named:
        row.warnings.append("nobody-named")
        return None
    return who


def _described(row: Row, prefix: str) -> Described:
    born = row.born(f"{prefix}_born")
    safe_hours = row.words(f"{prefix}_safe_hours")
    safe_contacts = _contacts(row, f"{prefix}_safe", hours=safe_hours)
    if safe_hours and not safe_contacts:
        row.warnings.append("safe-hours-alone")
    home = address(row, prefix)
    return Described(
        local_id=row.words(f"{prefix}_id") or "",
        names=_names(row, prefix),
        identifiers=_identifiers(row, prefix),
        born=born,
        gender=row.code(f"{prefix}_gender", "gender", unknown="unknown") or "unknown",
        contacts=_contacts(row, prefix),
        addresses=[home] if home else [],
        occupation=row.words(f"{prefix}_occupation"),
        employer=row.words(f"{prefix}_employer"),
        safe_contacts=safe_contacts,
        safe_address=address(row, f"{prefix}_safe"),
        language=row.words(f"{prefix}_language"),
        school=row.words(f"{prefix}_school"),
    )


def victim(who: Described, local_id: str, relationships: Iterable[Body] = ()) -> Body:
    return {**_person(who, local_id, relationships), **_safety(who)}


def perpetrator(who: Described, local_id: str, relationships: Iterable[Body] = ()) -> Body:
    return _person(who, local_id, relationships)


def witness(who: Described, local_id: str, relationships: Iterable[Body] = ()) -> Body:
    return _person(who, local_id, relationships)


def child(who: Described, local_id: str, relationships: Iterable[Body] = ()) -> Body:
    return {**_person(who, local_id, relationships), "school": who.school}


def unresolved(who: Described, local_id: str, relationships: Iterable[Body] = ()) -> Body:
    """Give somebody whose role a person has to judge: with all that a victim may have."""
    return {**_person(who, local_id, relationships), **_safety(who)}


def relationship(to: str, relation: str) -> Body:
    """Say what a person is to another."""
    return {"to": to, "relation": relation}


def inverse(relation: str) -> str:
    """Give what the other is to the one: a parent's other is their child, a partner's a partner."""
    return _INVERSE.get(relation, relation)


def local_id(who: Described | None, reference: str, role: str, number: int = 1) -> str:
    """Give the agency's own key for a person, or one made from the record's, the same each time."""
    return (who.local_id or f"{reference}/{role}/{number}") if who else ""


def children(row: Row, numbers: Iterable[int], reference: str, victim_id: str) -> list[Value]:
    """Read the children of a row; each is taken to be the victim's."""
    ties = [relationship(victim_id, "child")] if victim_id else []
    return [
        child(who, local_id(who, reference, "child", number), ties)
        for number in numbers
        if (who := described(row, f"child{number}"))
    ]


def witnesses(row: Row, numbers: Iterable[int], reference: str) -> list[Value]:
    return [
        witness(who, local_id(who, reference, "witness", number))
        for number in numbers
        if (who := described(row, f"witness{number}"))
    ]


def address(row: Row, prefix: str) -> Body | None:
    """Read an address, or nothing if all of it is empty."""
    code = row.text(f"{prefix}_postcode")
    if code:
        code, is_one = postcode(code)
        if not is_one:
            row.warnings.append("not-a-postcode")
    place: Body = {
        "line1": row.words(f"{prefix}_line1"),
        "line2": row.words(f"{prefix}_line2"),
        "town": row.words(f"{prefix}_town"),
        "postcode": code,
    }
    return place if any(place.values()) else None


def organisations(row: Row) -> list[Value]:
    """Read the organisations that a row names, as written; the hub finds out who they are."""
    return [
        {"part": part, "name": name, "organisation_id": None}
        for column, part in PART.items()
        for name in row.parts(column)
    ]


def numbers_of(columns: Iterable[str], role: str) -> list[int]:
    """Give the numbers under which a layout has people of a role: child1, child2."""
    found = (re.match(rf"{role}([1-9])_", column) for column in columns)
    return sorted({int(match[1]) for match in found if match})


def _person(who: Described, local_id: str, relationships: Iterable[Body]) -> Body:
    return {
        "local_id": local_id,
        "identifiers": who.identifiers,
        "names": who.names,
        "born": who.born,
        "born_accuracy": who.born_accuracy if who.born else "unknown",
        "gender": who.gender,
        "contacts": who.contacts,
        "addresses": who.addresses,
        "relationships": list(relationships),
        "occupation": who.occupation,
        "employer": who.employer,
    }


def _safety(who: Described) -> Body:
    return {
        "safe_contacts": who.safe_contacts,
        "safe_address": who.safe_address,
        "language": who.language,
    }


def _names(row: Row, prefix: str) -> list[Value]:
    """Read the usual name, then former ones, then aliases."""
    given, family = row.words(f"{prefix}_given"), row.words(f"{prefix}_family")
    names: list[Value] = []
    if given or family:
        names.append({"kind": "usual", "given": given, "family": family})
    formers = row.parts(f"{prefix}_former")
    names += [{"kind": "former", "given": given, "family": former} for former in formers]
    for alias in row.parts(f"{prefix}_alias"):
        first, _, last = alias.rpartition(" ")
        names.append({"kind": "alias", "given": first or last, "family": last if first else None})
    return names


def _identifiers(row: Row, prefix: str) -> list[Value]:
    found: list[Value] = []
    nhs = row.text(f"{prefix}_nhs")
    if nhs:
        digits, is_right = nhs_number(nhs)
        if not is_right:
            row.warnings.append("nhs-check-digit" if digits else "not-an-nhs-number")
        if digits:
            found.append(
                {
                    "scheme": "nhs_number",
                    "value": digits,
                    "verified": is_right and row.is_traced("nhs_number"),
                }
            )
    for scheme in _OTHER_NUMBERS:
        number = row.text(f"{prefix}_{scheme}")
        if number:
            value = "".join(number.split()).upper()
            found.append({"scheme": scheme, "value": value, "verified": row.is_traced(scheme)})
    return found


def _contacts(row: Row, prefix: str, hours: str | None = None) -> list[Value]:
    found: list[Value] = []
    text = row.text(f"{prefix}_telephone")
    if text:
        numbers, words, warnings = telephones(text)
        row.warnings += warnings
        when = "; ".join(filter(None, (hours, words))) or None
        found += [{"channel": "telephone", "value": number, "hours": when} for number in numbers]
    email = row.text(f"{prefix}_email")
    if email and "@" in email:
        found.append({"channel": "email", "value": email, "hours": hours})
    elif email:
        row.warnings.append("not-an-email")
    return found
