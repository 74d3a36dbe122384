"""What a recipient may not see, said a second time and by other means.

Rules are read as raw TOML, schemas as raw JSON, and no plan is asked: so that a mistake in the
engine is not also a mistake in what the engine is held to.
"""

import tomllib
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from hub.model.enquiry import Context
from tests.unit.disclose.bodies import POLICY_FILES, Json, Types

RANK = {"withhold": 0, "mask": 1, "generalise": 2, "full": 3}
WORDS: Json = tomllib.loads(POLICY_FILES["vocabulary.toml"])
RULES: list[Json] = [
    rule
    for name, text in POLICY_FILES.items()
    if name.startswith("rules/")
    for rule in tomllib.loads(text)["rule"]
]

LevelOf = Callable[[str], int]


def may_have_event(asking: Context, event: str, today: date) -> bool:
    rules = [rule for rule in RULES if set(rule.get("events", ())) & {event, "*"}]
    found = [rule["effect"] for rule in rules if _matches(rule, asking, today)]
    return "permit" in found and "forbid" not in found


def shipped_level(asking: Context, today: date) -> LevelOf:
    """Give the level of each tag under the shipped rules."""

    def level(tag: str) -> int:
        rules = [rule for rule in RULES if set(rule.get("tags", ())) & {tag, "*"}]
        rules = [rule for rule in rules if _matches(rule, asking, today)]
        if any(rule["effect"] == "forbid" for rule in rules):
            return 0
        given = [RANK[rule["treatment"]] for rule in rules if rule["effect"] == "permit"]
        caps = [RANK[rule["treatment"]] for rule in rules if rule["effect"] == "cap"]
        return min([max(given, default=0), *caps])

    return level


def _matches(rule: Json, asking: Context, today: date) -> bool:
    if rule["effect"] == "permit" and rule["review_by"] < today:
        return False
    agencies, roles = rule["to"]["agency"], rule["to"].get("role", [asking.role])
    if not (agencies == ["*"] or asking.agency in agencies) or asking.role not in roles:
        return False
    for key, wanted in rule.get("when", {}).items():
        if key.endswith("_at_least"):
            order = WORDS[key.removesuffix("_at_least")]
            holds = order.index(getattr(asking, key.removesuffix("_at_least"))) >= order.index(
                wanted
            )
        elif isinstance(wanted, bool):
            holds = (getattr(asking, key) is not False) == wanted
        else:
            holds = getattr(asking, key) in wanted
        if not holds:
            return False
    return True


def unseen_swapped(schema: Json, mine: Json, other: Json, level: LevelOf) -> Json:
    """Give `mine` with everything that may not be seen taken from `other`."""
    types = Types(schema)
    event_date = next((f for f in schema["fields"] if f.get("hub:event-date")), None)
    day_shows = False
    if event_date:
        strictest = min(level(tag) for tag in event_date["confluent:tags"])
        day_shows = strictest == 3 or (strictest == 2 and "hub:generalise" in event_date)
    swap = _Swap(types, level, day_shows=day_shows)
    mixed: Json = swap.record(schema, mine, other, frozenset())
    return mixed


class _Swap:
    def __init__(self, types: Types, level: LevelOf, *, day_shows: bool) -> None:
        self.types, self.level, self.day_shows = types, level, day_shows

    def record(self, kind: Json, mine: Json, other: Json, above: frozenset[str]) -> Json:
        return {
            field["name"]: self._field(
                field, mine.get(field["name"]), other.get(field["name"]), above
            )
            for field in kind["fields"]
        }

    def _field(self, field: Json, mine: Any, other: Any, above: frozenset[str]) -> Any:
        if not any(self._seen(field, above)):
            return other
        inner, _ = self.types.bare(field["type"])
        tags = above | set(field["confluent:tags"])
        if inner["type"] == "record" and mine is not None:
            return self.record(inner, mine, other or {}, tags)
        if inner["type"] == "array":
            items, _ = self.types.bare(inner["items"])
            if items["type"] == "record":
                spare = [*(other or []), {}]
                return [
                    self.record(items, each, spare[turn % len(spare)], tags)
                    for turn, each in enumerate(mine)
                ]
        return mine

    def _seen(self, field: Json, above: frozenset[str]) -> Iterator[bool]:
        """For each leaf of a field, whether anything of it may be seen."""
        tags = above | set(field["confluent:tags"])
        level = min((self.level(tag) for tag in tags), default=0)
        inner, _ = self.types.bare(field["type"])
        nested = inner
        if inner["type"] == "array":
            nested, _ = self.types.bare(inner["items"])
            lets = level == 3 or (level == 2 and field.get("hub:length") == "generalise")
            if nested["type"] != "record":
                yield level == 3
                return
            if not lets:
                yield False
                return
        if nested["type"] == "record":
            for each in nested["fields"]:
                yield from self._seen(each, tags)
            return
        method = field.get("hub:generalise")
        generalises = level == 2 and method and (method != "age-band" or self.day_shows)
        yield bool(level == 3 or generalises or (level >= 1 and "hub:mask" in field))
