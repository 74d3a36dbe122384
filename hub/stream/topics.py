"""The topics: what they are called, who writes and who reads them.

`schemas/topics/*.toml` declares each kind of topic once; the register of organisations says for
whom there is one. A topic's owner is the only agency whose events are taken from it.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hub.model.agency import AgencyId
from hub.model.faults import WrongUse
from hub.model.recipient import Recipient

DOMAIN = "safeguarding"
CONNECTOR_LETTERS = "hub.dlq.connector"
INGEST_LETTERS = "hub.dlq.ingest"
KINDS = ("in", "out", "dlq")
KEYS = {"topic", "owner", "readers", "partitions", "retention_days", "compatibility", "because"}


class TopicsFault(WrongUse):
    """The topics file is not in order. The text says where, and what to do."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic, with all that a broker has to be told of it."""

    name: str
    kind: str
    owner: str
    readers: str
    partitions: int
    retention_days: int
    compatibility: str


def in_topic(agency: AgencyId) -> str:
    return f"hub.in.{agency}.{DOMAIN}.v1"


def out_topic(recipient: AgencyId) -> str:
    return f"hub.out.{recipient}.{DOMAIN}.v1"


def all_topics(files: Mapping[str, str], register: Iterable[Recipient]) -> list[Topic]:
    """Give every topic of this county.

    Raises:
        TopicsFault: a declaration is missing or odd.
    """
    declared = {kind: _declaration(files, kind) for kind in KINDS}
    organisations = sorted(register, key=lambda each: each.id)
    found = [
        _topic(declared["in"], in_topic(each.id), each.id) for each in organisations if each.source
    ]
    found += [
        _topic(declared["out"], out_topic(each.id), each.id)
        for each in organisations
        if each.receives
    ]
    found += [_topic(declared["dlq"], name, "") for name in (CONNECTOR_LETTERS, INGEST_LETTERS)]
    return found


def owner_of(topic: str) -> AgencyId | None:
    """Give the agency whose events this topic carries; none has a topic of another kind."""
    parts = topic.split(".")
    is_input = parts[:2] == ["hub", "in"] and parts[3:] == [DOMAIN, "v1"]
    return AgencyId(parts[2]) if is_input and parts[2] else None


def _declaration(files: Mapping[str, str], kind: str) -> dict[str, object]:
    path = f"topics/{kind}.toml"
    if path not in files:
        raise TopicsFault(f"schemas/{path} is missing: each kind of topic has to be declared")
    try:
        found = tomllib.loads(files[path])
    except tomllib.TOMLDecodeError as error:
        raise TopicsFault(f"schemas/{path}: {error}") from error
    if odd := found.keys() ^ KEYS:
        raise TopicsFault(f"schemas/{path}: {', '.join(sorted(odd))} missing or unknown")
    return found


def _topic(declared: dict[str, object], name: str, agency: str) -> Topic:
    return Topic(
        name=name,
        kind=str(declared["topic"]).split(".")[1],
        owner=str(declared["owner"]).replace("<agency>", agency).replace("<recipient>", agency),
        readers=str(declared["readers"]).replace("<agency>", agency).replace("<recipient>", agency),
        partitions=int(str(declared["partitions"])),
        retention_days=int(str(declared["retention_days"])),
        compatibility=str(declared["compatibility"]),
    )
