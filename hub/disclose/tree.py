"""An event's schema as a tree: what holds values, what holds other fields, and the tags of each.

A leaf carries its own tags and those of every field above it. What stands between a field and the
records in it (a list, a map, a union) is a gate: its length, keys or branch are data of its own.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import TypeAlias
from uuid import UUID

Tags: TypeAlias = frozenset[str]

FAMILIES: Mapping[type, str] = {
    bool: "a truth", int: "a number", float: "a number", date: "a number", time: "a number",
    datetime: "a number", str: "a text", UUID: "a text", bytes: "some bytes", Decimal: "some bytes",
    list: "a list", dict: "a record or map",
}  # fmt: skip
"""Kinds of value that Avro's libraries tell apart in a union; within one they may take one for another."""


@dataclass(frozen=True, slots=True)
class Detail:
    """What a field adds to its transform: the pseudonym's domain, the groups of an enum, limits of bands."""

    domain: str = ""
    groups: Mapping[str, str] = field(default_factory=dict)
    bands: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Leaf:
    """A field that holds a value, or plain values alone (kind `list`, `map`, `union`)."""

    name: str
    path: str
    own: Tags
    tags: Tags
    kind: str
    generalise: str = ""
    mask: str = ""
    detail: Detail = field(default_factory=Detail)
    is_event_date: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """A record: a field's, or each one's of a list, a map or a union."""

    name: str
    path: str
    own: Tags
    tags: Tags
    nullable: bool
    children: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Again:
    """A record that holds itself: here begins anew what stands at the path `target`, with the same tags."""

    name: str
    path: str
    own: Tags
    tags: Tags
    nullable: bool
    target: str


@dataclass(frozen=True, slots=True)
class Many:
    """A list with records in it. Its length is data."""

    name: str
    path: str
    own: Tags
    tags: Tags
    length_generalises: bool
    item: "Node"


@dataclass(frozen=True, slots=True)
class Keyed:
    """A map with records in it. Its keys are data."""

    name: str
    path: str
    own: Tags
    tags: Tags
    item: "Node"


@dataclass(frozen=True, slots=True)
class Branch:
    """One type of a union. `name`: what Avro calls it. `told_by`: by what a value shows that it is of it.

    That is a record's name where there are several (`brings_name`: the value is a pair of it and the
    record), and else one of `FAMILIES`.
    """

    name: str
    told_by: str
    brings_name: bool
    node: "Node"


@dataclass(frozen=True, slots=True)
class Choice:
    """A union of several types with records among them. Which one it is, is data."""

    name: str
    path: str
    own: Tags
    tags: Tags
    branches: tuple[Branch, ...]


Gate: TypeAlias = Many | Keyed | Choice
Node: TypeAlias = Leaf | Group | Again | Gate


def within(node: Node) -> tuple[Node, ...]:
    """Give what a node holds. The items of a list or a map have its own path."""
    match node:
        case Group(children=children):
            return children
        case Many(item=item) | Keyed(item=item):
            return (item,)
        case Choice(branches=branches):
            return tuple(each.node for each in branches)
        case Leaf() | Again():
            return ()


def nodes_of(nodes: Iterable[Node]) -> Iterator[Node]:
    """Walk a tree, each node before those within it."""
    for node in nodes:
        yield node
        yield from nodes_of(within(node))


def leaves_of(nodes: Iterable[Node]) -> Iterator[Leaf]:
    """Give every field that holds a value."""
    return (node for node in nodes_of(nodes) if isinstance(node, Leaf))


def ends_of(nodes: Iterable[Node]) -> Iterator[Leaf | Again]:
    """Give everything that a plan says something about: leaves, and where a record begins anew."""
    return (node for node in nodes_of(nodes) if isinstance(node, Leaf | Again))
