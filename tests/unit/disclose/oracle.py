"""What a recipient may not see, said a second time and by other means.

Rules are read as raw TOML, schemas as raw JSON, and no plan is asked: so that a mistake in the
engine is not also a mistake in what the engine is held to.
"""

import tomllib
from collections.abc import Callable
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
        strictest = min((level(tag) for tag in event_date["confluent:tags"]), default=0)
        day_shows = strictest == 3 or (strictest == 2 and "hub:generalise" in event_date)
    swap = _Swap(types, level, day_shows=day_shows)
    mixed: Json = swap.record(schema, mine, other, frozenset())
    return mixed


class _Swap:
    """Walks a schema with two bodies. `seen` asks of a type whether anything within it may be seen."""

    def __init__(self, types: Types, level: LevelOf, *, day_shows: bool) -> None:
        self.types, self.level, self.day_shows = types, level, day_shows

    def record(self, kind: Json, mine: Json, other: Any, above: frozenset[str]) -> Json:
        theirs = other if isinstance(other, dict) else {}
        return {
            field["name"]: self._field(
                field, mine.get(field["name"]), theirs.get(field["name"]), above
            )
            for field in kind["fields"]
        }

    def _field(self, field: Json, mine: Any, other: Any, above: frozenset[str]) -> Any:
        tags = above | set(field["confluent:tags"])
        if not self._seen(field["type"], field, tags, frozenset()):
            return other
        return self._value(field["type"], mine, other, tags)

    def _value(self, kind: Any, mine: Any, other: Any, tags: frozenset[str]) -> Any:
        """Give a value that may be seen, with what may not be seen within it taken from the other."""
        if mine is None or not self._has_records(kind):
            return mine
        inner = self._of(kind, mine)
        mine, name = (mine[1], mine[0]) if isinstance(mine, tuple) else (mine, None)
        other = other[1] if isinstance(other, tuple) else other
        match inner["type"]:
            case "record":
                found: Any = self.record(inner, mine, other, tags)
            case "array":
                spare = [*(other if isinstance(other, list) else []), {}]
                found = [
                    self._value(inner["items"], each, spare[turn % len(spare)], tags)
                    for turn, each in enumerate(mine)
                ]
            case "map":
                theirs = other if isinstance(other, dict) else {}
                found = {
                    key: self._value(inner["values"], each, theirs.get(key), tags)
                    for key, each in mine.items()
                }
            case _:
                found = mine
        return found if name is None else (name, found)

    def _of(self, kind: Any, value: Any) -> Json:
        """Give the type that a value is of."""
        kinds = [self.types.bare(each)[0] for each in self._kinds(kind)]
        if isinstance(value, tuple):
            return next(each for each in kinds if each.get("name") == value[0])
        shape = {dict: ("record", "map"), list: ("array",)}.get(type(value))
        fitting = [each for each in kinds if (each["type"] in shape if shape else each["type"] not in ("record", "map", "array"))]  # fmt: skip
        return fitting[0]

    def _kinds(self, kind: Any) -> list[Any]:
        """Give the types that a value may be of, null aside."""
        return [each for each in kind if each != "null"] if isinstance(kind, list) else [kind]

    def _has_records(self, kind: Any) -> bool:
        for each in self._kinds(kind):
            inner, _ = self.types.bare(each)
            if inner["type"] == "record":
                return True
            if inner["type"] in ("array", "map") and self._has_records(
                inner.get("items", inner.get("values"))
            ):
                return True
        return False

    def _seen(
        self,
        kind: Any,
        field: Json,
        tags: frozenset[str],
        met: frozenset[tuple[str, frozenset[str]]],
    ) -> bool:
        """Tell whether anything of a type may be seen. `met`: records that we are within already."""
        level = min((self.level(tag) for tag in tags), default=0)
        kinds = self._kinds(kind)
        inner, _ = self.types.bare(kinds[0])
        if not self._has_records(kind):
            return level == 3 or (len(kinds) == 1 and self._obscured(inner, field, level))
        if len(kinds) > 1:
            return level == 3 and any(self._seen(each, {}, tags, met) for each in kinds)
        match inner["type"]:
            case "array":
                lets = level == 3 or (level == 2 and field.get("hub:length") == "generalise")
                return lets and self._seen(inner["items"], {}, tags, met)
            case "map":
                return level == 3 and self._seen(inner["values"], {}, tags, met)
        here = inner["name"], tags
        if here in met:
            return False
        return any(
            self._seen(each["type"], each, tags | set(each["confluent:tags"]), met | {here})
            for each in inner["fields"]
        )

    def _obscured(self, inner: Json, field: Json, level: int) -> bool:
        if inner["type"] in ("array", "map"):
            return False
        method = field.get("hub:generalise")
        generalises = level == 2 and method and (method != "age-band" or self.day_shows)
        return bool(generalises or (level >= 1 and "hub:mask" in field))
