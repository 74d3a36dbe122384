"""A case as one reader may see it: made of what was disclosed to them, and of nothing else.

Everything is worked out from the disclosed views themselves: people, order, counts. So two cases
that differ only in what this reader may not see look the same to the last byte. Names inside a view
(`e1`, `p1`) number what is shown, in the order of its content.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeAlias

from hub.model.event import ROLES, Body, EventId, EventType, Value
from hub.model.person import PersonId

SAID_OF_SOMEBODY = (
    "names", "born", "born_accuracy", "gender", "language", "identifiers", "occupation", "employer", "school",
)  # fmt: skip
"""What is gathered from all records that are one person."""
REACHED_BY = ("safe_contacts", "safe_address", "contacts", "addresses")
"""Ways to somebody, the safe ones first. They are never gathered: a link may be wrong, and a call then kills."""
SAFE = frozenset({"safe_contacts", "safe_address"})
HEAD = "_disclosure"
LEFT_OUT = (HEAD, "source", *ROLES)
OF_NO_USE = re.compile(r"source\..*|device|asset|.*\.(local_id|relationships)")
"""Fields that say how the hub finds a record, or who is who in it: nobody misses them."""


Texts: TypeAlias = Mapping[str, object]
"""Values by their text."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """One event as the reader gets it, made ready to be shown: the same whenever it is read again.

    `order` is what it is sorted by. Of people it has, by role and place in the list, what is said of
    them and the ways to reach them; each value stands beside its text, by which it is told apart.
    """

    order: tuple[str, str, str]
    day: date | None
    entry: Mapping[str, object]
    people: Sequence[tuple[str, int, Mapping[str, Texts], Mapping[str, object]]]
    organisations: Texts


@dataclass(frozen=True, slots=True)
class Disclosed:
    """An event of a case as the reader gets it, and who stands in it by role and place in its list."""

    id: EventId
    type: EventType
    rendered: Rendered
    who: Mapping[tuple[str, int], PersonId]


@dataclass(frozen=True, slots=True)
class Shown:
    """The disclosed events of a case in the order of their content, with their names in the view."""

    events: Sequence[Disclosed]
    names: Mapping[EventId, str]


def rendered(type_: EventType, view: Body) -> Rendered:
    """Make a disclosed view ready. It is sorted by the time as disclosed, then by its whole content."""
    return Rendered(
        order=(str(_plain(view.get("occurred_at"))), type_, _text(view)),
        day=_day(view.get("occurred_at")),
        entry={
            name: _plain(value)
            for name, value in view.items()
            if name not in LEFT_OUT and not _is_nothing(value)
        },
        people=[
            (
                role,
                place,
                _said(one),
                {n: _plain(one[n]) for n in REACHED_BY if not _is_nothing(one.get(n))},
            )
            for role, place, one in _records(view)
        ],
        organisations=_texts(view.get("organisations")),
    )


def shown(events: Iterable[Disclosed]) -> Shown:
    """Put events in order and name them."""
    ordered = sorted(events, key=lambda each: each.rendered.order)
    return Shown(ordered, {each.id: f"e{number}" for number, each in enumerate(ordered, 1)})


def timeline(case: Shown) -> list[dict[str, object]]:
    """Give what happened, event by event, without the people: they stand in `people`."""
    return [
        {"event": case.names[each.id], "type": each.type, **each.rendered.entry}
        for each in case.events
    ]


def people(case: Shown) -> dict[str, list[dict[str, object]]]:
    """Give who stands in the case, by role, each once with all that is shown of them."""
    found: dict[str, dict[PersonId, _Somebody]] = {role: {} for role in ROLES}
    for each in case.events:
        for role, place, said, ways in each.rendered.people:
            known = found[role].setdefault(each.who[role, place], _Somebody())
            known.add(said, ways, case.names[each.id])
    numbers: dict[PersonId, str] = {}
    for role in ROLES:
        for person in found[role]:
            numbers.setdefault(person, f"p{len(numbers) + 1}")
    return {
        role: [
            {"person": numbers[person], **known.plain()} for person, known in found[role].items()
        ]
        for role in ROLES
        if found[role]
    }


def organisations(case: Shown) -> list[dict[str, object]]:
    """Give the organisations that have a part in the case, as the events name them."""
    found: dict[str, tuple[dict[str, object], list[str]]] = {}
    for each in case.events:
        for text, plain in each.rendered.organisations.items():
            if isinstance(plain, dict):
                found.setdefault(text, (plain, []))[1].append(case.names[each.id])
    return [{**found[text][0], "events": found[text][1]} for text in sorted(found)]


def days(case: Shown, types: Iterable[str]) -> list[date]:
    """Give the day of each shown event of these types, as far as the reader may know it."""
    wanted = set(types)
    return [each.rendered.day for each in case.events if each.type in wanted and each.rendered.day]


@dataclass(slots=True)
class _Somebody:
    said: dict[str, dict[str, object]] = field(default_factory=dict)
    reached: list[dict[str, object]] = field(default_factory=list)

    def add(self, said: Mapping[str, Texts], ways: Mapping[str, object], event: str) -> None:
        for name, values in said.items():
            self.said.setdefault(name, {}).update(values)
        if ways:
            self.reached.append({"said_in": event, **ways})

    def plain(self) -> dict[str, object]:
        said = {name: list(values.values()) for name, values in self.said.items()}
        ways = sorted(self.reached, key=lambda each: not SAFE.intersection(each))
        return {**said, **({"reached_by": ways} if ways else {})}


def _said(record: Body) -> dict[str, Texts]:
    found = {name: _texts(record.get(name)) for name in SAID_OF_SOMEBODY}
    return {name: values for name, values in found.items() if values}


def _texts(value: Value) -> Texts:
    """Give each value once, by its text."""
    values = value if isinstance(value, list) else [value]
    plain = [_plain(each) for each in values if not _is_nothing(each)]
    return {_text(each): each for each in plain}


def _records(view: Body) -> Iterator[tuple[str, int, Body]]:
    for role in ROLES:
        for place, record in enumerate(_list(view.get(role))):
            if isinstance(record, dict):
                yield role, place, record


def _is_nothing(value: Value) -> bool:
    """Tell whether nothing is there to show: withheld and not there look alike."""
    if isinstance(value, dict):
        return all(map(_is_nothing, value.values()))
    return value is None or value == []


def _list(value: Value) -> list[Value]:
    return value if isinstance(value, list) else []


def _day(value: Value) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, dict) and isinstance(value.get("value"), str):
        try:
            return date.fromisoformat(str(value["value"])[:10])
        except ValueError:
            return None
    return None


def _plain(value: Value) -> object:
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items() if not _is_nothing(one)}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, date) else value


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True, default=str)
