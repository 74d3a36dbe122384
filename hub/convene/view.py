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


@dataclass(frozen=True, slots=True)
class Disclosed:
    """One event as the reader gets it: `view` decoded from the bytes, `who` by role and place in its list."""

    id: EventId
    type: EventType
    view: Body
    who: Mapping[tuple[str, int], PersonId]


@dataclass(frozen=True, slots=True)
class Shown:
    """The disclosed events of a case in the order of their content, with their names in the view."""

    events: Sequence[Disclosed]
    names: Mapping[EventId, str]


def shown(events: Iterable[Disclosed]) -> Shown:
    """Order events by what is seen of them: the time as disclosed, then their whole content."""
    ordered = sorted(events, key=lambda e: (str(_plain(e.view.get("occurred_at"))), e.type, _text(e.view)))  # fmt: skip
    return Shown(ordered, {each.id: f"e{number}" for number, each in enumerate(ordered, 1)})


def timeline(case: Shown) -> list[dict[str, object]]:
    """Give what happened, event by event, without the people: they stand in `people`."""
    return [
        {
            "event": case.names[each.id],
            "type": each.type,
            **{
                name: _plain(value)
                for name, value in each.view.items()
                if name not in LEFT_OUT and not _is_nothing(value)
            },
        }
        for each in case.events
    ]


def people(
    case: Shown, pseudonym: Mapping[PersonId, str] | None = None
) -> dict[str, list[dict[str, object]]]:
    """Give who stands in the case, by role, each once with all that is shown of them."""
    found: dict[str, dict[PersonId, _Somebody]] = {role: {} for role in ROLES}
    for each in case.events:
        for role, place, record in _records(each.view):
            person = each.who[role, place]
            known = found[role].setdefault(person, _Somebody())
            known.add(record, case.names[each.id])
    numbers: dict[PersonId, str] = dict(pseudonym or {})
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
    found: dict[str, dict[str, object]] = {}
    for each in case.events:
        for one in _list(each.view.get("organisations")):
            plain = _plain(one)
            if isinstance(plain, dict):
                known = found.setdefault(_text(plain), {**plain, "events": []})
                _append(known["events"], case.names[each.id])
    return [found[text] for text in sorted(found)]


def days(case: Shown, types: Iterable[str]) -> list[date]:
    """Give the day of each shown event of these types, as far as the reader may know it."""
    wanted = set(types)
    seen = (_day(each.view.get("occurred_at")) for each in case.events if each.type in wanted)
    return [each for each in seen if each is not None]


@dataclass(slots=True)
class _Somebody:
    said: dict[str, list[object]] = field(default_factory=dict)
    reached: list[dict[str, object]] = field(default_factory=list)

    def add(self, record: Body, event: str) -> None:
        for name in SAID_OF_SOMEBODY:
            value = record.get(name)
            for one in value if isinstance(value, list) else [value]:
                if not _is_nothing(one):
                    _append(self.said.setdefault(name, []), _plain(one))
        ways = {n: _plain(record[n]) for n in REACHED_BY if not _is_nothing(record.get(n))}
        if ways:
            self.reached.append({"said_in": event, **ways})

    def plain(self) -> dict[str, object]:
        ways = sorted(self.reached, key=lambda each: not SAFE.intersection(each))
        return {**self.said, **({"reached_by": ways} if ways else {})}


def _records(view: Body) -> Iterator[tuple[str, int, Body]]:
    for role in ROLES:
        for place, record in enumerate(_list(view.get(role))):
            if isinstance(record, dict):
                yield role, place, record


def _append(known: object, value: object) -> None:
    if isinstance(known, list) and value not in known:
        known.append(value)


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
