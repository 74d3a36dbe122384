"""Read what a schema says of a single value: its kind, and how it may become less."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import NoReturn, TypeAlias

from hub.disclose.treat import TRANSFORMS
from hub.disclose.tree import Detail, Leaf

Json: TypeAlias = Mapping[str, object]
Refuse: TypeAlias = Callable[[str, str], NoReturn]

LOGICAL = {
    ("int", "date"): "date",
    ("int", "time-millis"): "time",
    ("long", "time-micros"): "time",
    ("long", "timestamp-millis"): "timestamp",
    ("long", "timestamp-micros"): "timestamp",
    ("long", "local-timestamp-millis"): "local-timestamp",
    ("long", "local-timestamp-micros"): "local-timestamp",
    ("string", "uuid"): "uuid",
    ("bytes", "decimal"): "decimal",
    ("fixed", "decimal"): "decimal",
    # Avro has these too; fastavro reads them as what they are made of, and so do we
    ("long", "timestamp-nanos"): "long",
    ("long", "local-timestamp-nanos"): "long",
    ("bytes", "big-decimal"): "bytes",
    ("fixed", "duration"): "fixed",
    ("fixed", "uuid"): "fixed",
}
EVENT_DATE_KINDS = frozenset({"date", "timestamp"})

GENERALISE, MASK = "hub:generalise", "hub:mask"
DOMAIN, GROUPS, BANDS = "hub:pseudonym-domain", "hub:groups", "hub:bands"
EVENT_DATE = "hub:event-date"
LEAF_ATTRIBUTES = (GENERALISE, MASK, DOMAIN, GROUPS, BANDS, EVENT_DATE)


def kind_of(kind: Json, path: str, refuse: Refuse) -> str:
    """Name a value's kind, or refuse it."""
    base, logical = str(kind["type"]), kind.get("logicalType")
    if logical is None:
        return base
    found = LOGICAL.get((base, str(logical)))
    if found is None:
        refuse(path, f"the type {base} as {logical} is not supported")
    return found


def leaf_of(described: Json, leaf: Leaf, kind: Json, refuse: Refuse) -> Leaf:
    """Give a leaf with the transforms that its field declares, each with what it needs."""
    generalise = _transform(described, GENERALISE, leaf, refuse)
    mask = _transform(described, MASK, leaf, refuse)
    detail = Detail(
        domain=_domain(described, mask, leaf.path, refuse),
        groups=_groups(described, generalise, kind, leaf.path, refuse),
        bands=_bands(described, generalise, leaf.path, refuse),
    )
    is_event_date = described.get(EVENT_DATE, False)
    if not isinstance(is_event_date, bool) or (is_event_date and leaf.kind not in EVENT_DATE_KINDS):
        refuse(leaf.path, f"{EVENT_DATE} is true, and on a date or an instant")
    return replace(
        leaf, generalise=generalise, mask=mask, detail=detail, is_event_date=is_event_date
    )


def _transform(described: Json, key: str, leaf: Leaf, refuse: Refuse) -> str:
    name = described.get(key, "")
    if name == "":
        return ""
    found = TRANSFORMS.get(name) if isinstance(name, str) else None
    if found is None or f"hub:{found.kind}" != key or leaf.kind not in found.input:
        refuse(leaf.path, f"{key} names no transform that takes a {leaf.kind}")
    return found.name


def _domain(described: Json, mask: str, path: str, refuse: Refuse) -> str:
    domain = described.get(DOMAIN, "")
    if not isinstance(domain, str) or (mask == "hmac") != bool(domain):
        refuse(path, f"hmac and {DOMAIN} go together")
    return domain


def _groups(
    described: Json, generalise: str, kind: Json, path: str, refuse: Refuse
) -> dict[str, str]:
    """Read which group each symbol is of. One that is forgotten would have none to hide in."""
    groups = described.get(GROUPS, {})
    if not isinstance(groups, dict) or (generalise == "group") != bool(groups):
        refuse(path, f"group and {GROUPS} go together")
    symbols = kind.get("symbols")
    if groups and (not isinstance(symbols, list) or set(groups) != set(symbols)):
        refuse(path, f"{GROUPS} names every symbol of the enum, and no other")
    if not all(isinstance(each, str) and each for each in groups.values()):
        refuse(path, f"{GROUPS} gives each symbol the name of its group")
    return groups


def _bands(described: Json, generalise: str, path: str, refuse: Refuse) -> tuple[int, ...]:
    """Read where each band begins, the lowest first."""
    bands = described.get(BANDS, [])
    if not isinstance(bands, list) or (generalise == "band") != bool(bands):
        refuse(path, f"band and {BANDS} go together")
    if not all(type(each) is int for each in bands) or any(a >= b for a, b in pairwise(bands)):
        refuse(path, f"{BANDS} are whole numbers, each greater than the one before")
    return tuple(bands)
