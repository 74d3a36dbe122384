"""An event's Avro schema, read as a tree of fields with their tags.

What the engine cannot treat safely it refuses to read at all: a shape that it does not know is never
passed on.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from hub.disclose.read_schema import Json, Reader, SchemaUnsupported, refuse
from hub.disclose.tree import Group, Leaf, Node, Tags, ends_of, leaves_of, nodes_of

__all__ = ["Json", "SchemaUnsupported", "SourceSchema", "sha256_of", "untagged"]

Records: TypeAlias = Mapping[str, tuple[Node, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class SourceSchema:
    """The schema of one type of event. `sha256` is over all of its JSON, tags included.

    `leaves` has the tags of everything that a plan speaks of; `records` what each record holds, by path.
    """

    name: str
    sha256: str
    children: tuple[Node, ...]
    leaves: Mapping[str, Tags]
    records: Records
    event_date: Leaf | None = field(default=None)

    @staticmethod
    def parse(name: str, schema: Json) -> "SourceSchema":
        """Read a schema, or refuse it.

        Raises:
            SchemaUnsupported: it has a shape, type or attribute that the engine does not know.
        """
        children = Reader().top(schema)
        days = [leaf for leaf in leaves_of(children) if leaf.is_event_date]
        if len(days) > 1 or (days and days[0] not in children):
            refuse(days[-1].path, "hub:event-date belongs on one field at the top, no more")
        groups = [node for node in nodes_of(children) if isinstance(node, Group)]
        return SourceSchema(
            name=name,
            sha256=sha256_of(schema),
            children=children,
            leaves={each.path: each.tags for each in ends_of(children)},
            records={"": children, **{each.path: each.children for each in groups}},
            event_date=days[0] if days else None,
        )

    def tags(self) -> Tags:
        """Give every tag that any field of it carries."""
        return frozenset(tag for node in nodes_of(self.children) for tag in node.own)


def sha256_of(schema: Json) -> str:
    """Identify a schema with its tags; Avro's own fingerprint is blind to them."""
    text = json.dumps(schema, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def untagged(schema: SourceSchema) -> list[str]:
    """List leaves, lists, maps, unions and nullable records without a tag of their own: presence is data too."""
    found = [
        node.path
        for node in nodes_of(schema.children)
        if not node.own and not (isinstance(node, Group) and not node.nullable)
    ]
    return list(dict.fromkeys(found))
