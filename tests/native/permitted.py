"""What a recipient may have of an event, by the rules read as TOML and the schema read as JSON.

No plan, no projector and no codec of ours has a part in it; the context of each decision is the ledger's.
"""

import io
import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from typing import Any

import fastavro

from hub.model.enquiry import Context
from tests.harness import ROOT
from tests.unit.disclose.bodies import AVRO, Json, Types
from tests.unit.disclose.oracle import LevelOf, may_have_event, shipped_level

FULL, GENERALISE = 3, 2
REGISTER: dict[str, Json] = {
    each["id"]: each
    for each in (
        tomllib.loads(file.read_text("utf-8"))
        for file in sorted((ROOT / "policies/recipients").glob("*.toml"))
    )
}


@dataclass(frozen=True)
class Permitted:
    """The values of an event that may be given whole, and those of which the outward half may be."""

    whole: str
    in_outline: str


def decoded(event_type: str, value: bytes) -> Json:
    """Read a kept event: what Confluent's wire format puts before it has five bytes."""
    body: Any = fastavro.schemaless_reader(io.BytesIO(value[5:]), AVRO[event_type], None)
    return dict(body)


def context_of(recipient: str, entry: Any, occurred_on: date) -> Context:
    """Give the context that an entry of the ledger states."""
    said = json.loads(entry.context)
    return Context(
        agency=REGISTER[recipient]["type"],
        role=entry.role,
        purpose=entry.purpose,
        lawful_basis=entry.lawful_basis,
        risk=said["risk"],
        consent=said["consent"],
        involvement=said["involvement"],
        conflict_of_interest=said["conflict_of_interest"],
        perpetrator_link=said["perpetrator_link"],
        event_date=occurred_on,
    )


def permitted(event_type: str, body: Json, asking: Context, today: date) -> Permitted:
    """Say what of an event may be given; nothing, if the event may not."""
    if not may_have_event(asking, event_type, today):
        return Permitted("", "")
    rules = _rules(event_type, replace(asking, event_date=today), today)
    found = list(_values(AVRO[event_type], body, frozenset(), rules))
    return Permitted(
        json.dumps([each for rank, each in found if rank == FULL], default=_plain),
        json.dumps([each for rank, each in found if rank >= GENERALISE], default=_plain),
    )


@cache
def _rules(event_type: str, asking: Context, today: date) -> "_Rules":
    return _Rules(event_type, asking, today)


class _Rules:
    def __init__(self, event_type: str, asking: Context, today: date) -> None:
        self.types = Types(AVRO[event_type])
        self._level: LevelOf = cache(shipped_level(asking, today))

    def level(self, tags: frozenset[str]) -> int:
        return min(map(self._level, tags), default=0)


def _values(
    kind: Any, value: Any, tags: frozenset[str], rules: _Rules
) -> Iterator[tuple[int, Any]]:
    """Give each leaf's value with its level; what is in a list that may not be sent is withheld."""
    for each in kind["fields"]:
        inner, _ = rules.types.bare(each["type"])
        here, there = tags | set(each["confluent:tags"]), value[each["name"]]
        if inner["type"] == "array":
            level = rules.level(here)
            is_open = level == FULL or (
                level == GENERALISE and each.get("hub:length") == "generalise"
            )
            items, _ = rules.types.bare(inner["items"])
            for item in there if is_open else ():
                if items["type"] == "record":
                    yield from _values(items, item, here, rules)
                else:
                    yield level, item
        elif inner["type"] == "record":
            if there is not None:
                yield from _values(inner, there, here, rules)
        else:
            yield rules.level(here), there


def _plain(value: object) -> str:
    assert isinstance(value, date | datetime)
    return value.isoformat()
