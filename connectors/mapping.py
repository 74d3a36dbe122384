"""Load a mapping file: how one sender lays out each of its formats.

A mapping is written by a person at the agency, so it is read strictly: a key that nobody knows, a
word no schema has or a date form that cannot be read refuses the file, and says what to do. A typing
error must not quietly drop a column.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connectors.csv_rows import ENCODINGS
from hub.model.agency import AgencyId


class MappingFault(Exception):
    """A mapping file cannot be used. The text names file and key, and says what to do."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a format can read: the only names and words that its mapping may use.

    `coded` says which columns hold words of which kind; such a column needs the kind's values.
    """

    name: str
    columns: re.Pattern[str]
    must: frozenset[str]
    values: Mapping[str, frozenset[str]]
    coded: Mapping[str, str]
    answers: bool = False


@dataclass(frozen=True, slots=True)
class DateForm:
    """One way of writing a date or time: how it is recognised, and whether it states the hour."""

    pattern: re.Pattern[str]
    has_hour: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """How one sender lays out one format: our name for a column = the heading in the file."""

    agency: AgencyId
    system: str
    name: str
    files: str
    encodings: tuple[str, ...]
    dates: tuple[DateForm, ...]
    times: tuple[DateForm, ...]
    zone: ZoneInfo
    traced: tuple[str, ...]
    required: tuple[str, ...]
    columns: Mapping[str, str]
    values: Mapping[str, Mapping[str, str]]
    instrument: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)


_DIRECTIVES = {
    "%d": r"(?P<day>\d{1,2})",
    "%m": r"(?P<month>\d{1,2})",
    "%Y": r"(?P<year>\d{4})",
    "%H": r"(?P<hour>\d{1,2})",
    "%M": r"(?P<minute>\d{2})",
    "%S": r"(?P<second>\d{2})",
}
_SENDER_KEYS = {
    "sender": str,
    "system": str,
    "encodings": list,
    "dates": list,
    "times": list,
    "zone": str,
    "traced": list,
}
_FORMAT_KEYS = {"files": str, "required": list, "columns": dict}
SCHEMES = ("nhs_number", "pnc", "upn")
_ITEM = re.compile(r"[A-Z]{1,3}\d{2}")
_ANSWER_KEYS = {"instrument": str, "answers": dict}

Table = dict[str, object]


def load(text: str, file: str, shapes: Sequence[Shape]) -> tuple[Layout, ...]:
    """Read a mapping file's text; `file` is its name, which must be the sender's id.

    The layouts come in the order of the shapes.

    Raises:
        MappingFault: it is not as it should be.
    """
    known = {shape.name: shape for shape in shapes}
    top = opened(text, file, _SENDER_KEYS, optional=known)
    found = [shape for shape in shapes if shape.name in top.table]
    if not found:
        raise top.fault(", ".join(known), "none is there; add the section of a format")
    return tuple(_layout(top, shape) for shape in found)


def opened(
    text: str, file: str, keys: Mapping[str, type], *, optional: Mapping[str, object]
) -> "Place":
    """Read the text of a sender's mapping file, as far as to know that it has the keys it needs.

    Raises:
        MappingFault: it is no TOML, lacks a key or has an unknown one, or is another sender's.
    """
    try:
        table: Table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        place = re.search(r"at line \d+|at end", str(fault))
        where = place[0] if place else "somewhere"
        raise MappingFault(f"{file}: not TOML {where}; correct it there") from fault
    top = Place(file, "", table)
    top.needs(keys, optional=optional)
    if file.removesuffix(".toml") != table["sender"]:
        raise top.fault("sender", "is not the file's name; name the file SENDER.toml")
    return top


@dataclass(frozen=True, slots=True)
class Place:
    """A table of a mapping file, and where it stands."""

    file: str
    path: str
    table: Table

    def fault(self, key: str, problem: str) -> MappingFault:
        where = f"{self.path}.{key}" if self.path else key
        return MappingFault(f"{self.file}: {where}: {problem}")

    def needs(self, keys: Mapping[str, type], *, optional: Mapping[str, object]) -> None:
        """Refuse a key that is missing, of another type, or unknown."""
        for key, kind in keys.items():
            if not isinstance(self.table.get(key), kind):
                raise self.fault(key, f"missing, or no {kind.__name__}; add it")
        for key in self.table:
            if key not in keys and key not in optional:
                allowed = ", ".join((*keys, *optional))
                raise self.fault(key, f"unknown key; remove it, or use one of {allowed}")

    def inside(self, key: str) -> "Place":
        table = self.table.get(key, {})
        if not isinstance(table, dict):
            raise self.fault(key, "not a table; write it as [section]")
        return Place(self.file, f"{self.path}.{key}" if self.path else key, table)

    def text(self, key: str) -> str:
        value = self.table[key]
        if not isinstance(value, str) or not value.strip():
            raise self.fault(key, "empty, or no text; give it a text")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        values = self.table[key]
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise self.fault(key, 'not a list of texts; write it as ["…", "…"]')
        if not values:
            raise self.fault(key, "an empty list; name at least one")
        return tuple(values)

    def words(self) -> dict[str, str]:
        return {key: self.text(key) for key in self.table}


def _layout(top: Place, shape: Shape) -> Layout:
    place = top.inside(shape.name)
    answers = _ANSWER_KEYS if shape.answers else {}
    place.needs({**_FORMAT_KEYS, **answers}, optional={"values": dict})
    columns = _columns(place.inside("columns"), shape)
    values = _values(place.inside("values"), shape)
    _check_coded(place, shape, columns, values)
    return Layout(
        agency=AgencyId(top.text("sender")),
        system=top.text("system"),
        name=shape.name,
        files=place.text("files"),
        encodings=_encodings(top),
        dates=_forms(top, "dates", hours=False),
        times=_forms(top, "times", hours=True),
        zone=zone_of(top),
        traced=_traced(top),
        required=_required(place, shape, columns),
        columns=columns,
        values=values,
        instrument=place.text("instrument") if shape.answers else "",
        answers=_answers(place.inside("answers"), columns) if shape.answers else {},
    )


def _traced(top: Place) -> tuple[str, ...]:
    """Read which numbers the sender checks with their issuer; of most senders that is none."""
    found = top.texts("traced") if top.table["traced"] else ()
    for scheme in found:
        if scheme not in SCHEMES:
            raise top.fault("traced", f"{scheme} is no number; use {', '.join(SCHEMES)}")
    return found


def _columns(place: Place, shape: Shape) -> dict[str, str]:
    columns = place.words()
    seen: dict[str, str] = {}
    for name, heading in columns.items():
        if not shape.columns.fullmatch(name):
            raise place.fault(name, f"{shape.name} reads no such column; remove it or correct it")
        if heading in seen:
            raise place.fault(name, f"has the heading of {seen[heading]}; give each its own")
        seen[heading] = name
    return columns


def _answers(place: Place, columns: Mapping[str, str]) -> dict[str, str]:
    answers = place.words()
    headings = [*columns.values(), *answers.values()]
    for item, heading in answers.items():
        if not _ITEM.fullmatch(item):
            raise place.fault(item, "no item of an instrument; write it as D01")
        if headings.count(heading) > 1:
            raise place.fault(item, "has the heading of another; give each its own")
    return answers


def _required(place: Place, shape: Shape, columns: Mapping[str, str]) -> tuple[str, ...]:
    required = place.texts("required")
    for name in required:
        if name not in columns:
            raise place.fault("required", f"{name} is not among the columns; add it there")
    for name in sorted(shape.must - set(required)):
        raise place.fault("required", f"{name} is missing; {shape.name} cannot be read without")
    return required


def _values(place: Place, shape: Shape) -> dict[str, dict[str, str]]:
    """Read what the sender's words stand for; upper and lower case are one."""
    values: dict[str, dict[str, str]] = {}
    place.needs({}, optional=shape.values)
    for kind in place.table:
        words = place.inside(kind)
        values[kind] = {word.casefold(): symbol for word, symbol in words.words().items()}
        if len(values[kind]) < len(words.table):
            raise place.fault(kind, "two words differ in case alone; keep one")
        for word, symbol in words.words().items():
            if symbol not in shape.values[kind]:
                allowed = ", ".join(sorted(shape.values[kind]))
                raise words.fault(word, f"stands for an unknown word; use one of {allowed}")
    return values


def _check_coded(
    place: Place, shape: Shape, columns: Mapping[str, str], values: Mapping[str, object]
) -> None:
    for pattern, kind in shape.coded.items():
        for name in columns:
            if re.fullmatch(pattern, name) and kind not in values:
                raise place.fault(name, f"holds words; add [{place.path}.values.{kind}]")


def _encodings(top: Place) -> tuple[str, ...]:
    names = top.texts("encodings")
    for name in names:
        if name not in ENCODINGS:
            raise top.fault("encodings", f"{name} is unknown; use one of {', '.join(ENCODINGS)}")
    return names


def zone_of(top: Place) -> ZoneInfo:
    try:
        return ZoneInfo(top.text("zone"))
    except (ZoneInfoNotFoundError, ValueError) as fault:
        raise top.fault("zone", "no such zone; use a name such as Europe/London") from fault


def _forms(top: Place, key: str, *, hours: bool) -> tuple[DateForm, ...]:
    forms = tuple(_form(top, key, text) for text in top.texts(key))
    if not hours and any(form.has_hour for form in forms):
        raise top.fault(key, "a date has no hour; move the form to times")
    return forms


def _form(top: Place, key: str, text: str) -> DateForm:
    """Turn a form such as %d/%m/%Y into what recognises it."""
    parts = re.split(r"(%.)", text)
    unknown = [part for part in parts if part.startswith("%") and part not in _DIRECTIVES]
    if unknown or any(parts.count(day) != 1 for day in ("%d", "%m", "%Y")):
        raise top.fault(key, "a form needs %d, %m and %Y once, and may have %H, %M, %S; correct it")
    if any(parts.count(part) > 1 for part in _DIRECTIVES) or ("%H" in parts) != ("%M" in parts):
        raise top.fault(key, "a form needs %H and %M together and each once; correct it")
    pattern = "".join(_DIRECTIVES.get(part, re.escape(part)) for part in parts)
    return DateForm(re.compile(pattern, re.ASCII), has_hour="%H" in parts)
