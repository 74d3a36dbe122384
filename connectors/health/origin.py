"""What a message is: where it comes from, what it is known by, and when it was written."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass

from connectors.connector import RecordUnreadable
from connectors.health.bundle import Message, Resource
from connectors.health.look import EMPTY, Look, Part
from connectors.health.trust import Trust
from hub.model.dead_letter import Reason
from hub.model.event import Body

GP_CONNECT = ("gpconnect", "gp-connect", "gp connect", "gp_connect", "-gpc-", "careconnect-gpc")
"""How GP Connect names itself in its sources, profiles and systems, in small letters."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a message comes from: its event, and the key and version of the attendance it tells of."""

    event: str
    source: Body
    written: str | None


def origin_of(message: Message, trust: Trust, encounter: Resource | None) -> Origin:
    """Name a message.

    Raises:
        RecordUnreadable: nothing in it names the attendance.
    """
    look, header = message.look, message.header
    if header is None or (message.resources and message.resources[0] is not header):
        look.doubt("no-header")
    content = header.content if header else EMPTY
    event = look.coding(look.part(content, "eventCoding")).code
    if header is not None and not event:
        look.doubt("no-event")
    source: Body = {
        "agency": trust.agency,
        "system": trust.system,
        "key": _key(message, trust, encounter),
        "version": _version(message, trust, content),
    }
    return Origin(event, source, _written(look, message.content, content))


def refuse_gp_connect(message: Message) -> None:
    """Refuse what was drawn from GP Connect: that is for direct care only, and for nothing of ours.

    Raises:
        RecordUnreadable: the message, or a resource in it, says that it comes from there.
    """
    for resource in message.resources:
        for text in _marks(message.look, resource):
            if any(name in text.casefold() for name in GP_CONNECT):
                resource.refuse("", "gp-connect", Reason.POLICY)
    for text in _meta(message.look, message.content):
        if any(name in text.casefold() for name in GP_CONNECT):
            raise RecordUnreadable(Reason.POLICY, "Bundle.meta: gp-connect")


def _marks(look: Look, resource: Resource) -> Iterator[str]:
    """Give each text in which a resource says what made it."""
    yield from _meta(look, resource.content)
    if resource.kind != "MessageHeader":
        return
    source = look.part(resource.content, "source")
    coding = look.coding(look.part(resource.content, "eventCoding"))
    told = (look.words(source, name) for name in ("name", "software", "endpoint"))
    yield from (each for each in told if each)
    yield from (coding.system, coding.code, look.words(resource.content, "definition") or "")


def _meta(look: Look, content: Part) -> Iterator[str]:
    meta = look.part(content, "meta")
    yield from look.texts(meta, "profile")
    yield from look.texts(meta, "source")
    for tag in look.parts(meta, "tag"):
        coding = look.coding(tag)
        yield from coding.key


def _key(message: Message, trust: Trust, encounter: Resource | None) -> str:
    """Give the trust's own number of the attendance; another's with its system, so that none are one."""
    look = message.look
    numbers = look.parts(encounter.content, "identifier") if encounter else []
    numbers.sort(key=lambda each: look.words(each, "system") != trust.attendance_numbers)
    for each in numbers:
        value, system = look.words(each, "value"), look.words(each, "system")
        if value and system != trust.crime_numbers:
            return value if system == trust.attendance_numbers else f"{system or ''}|{value}"
    number = look.words(look.part(message.content, "identifier"), "value")
    if number:
        return f"message|{number}"
    raise RecordUnreadable(Reason.BAD_VALUE, "Encounter.identifier, Bundle.identifier: missing")


def _version(message: Message, trust: Trust, header: Part) -> str:
    """Give what the trust says changes with every version; else the message's content is its version.

    What counts is the mapping's to say: some systems state the same `versionId` in every message,
    and an update under a version that is known would be lost.
    """
    look, bundle = message.look, message.content
    for place in trust.versions:
        if place == "timestamp":
            stated = look.words(bundle, "timestamp")
        else:
            metas = (look.part(each, "meta") for each in (header, bundle))
            stated = next(filter(None, (look.words(meta, place) for meta in metas)), None)
        if stated:
            return stated
    text = json.dumps(message.content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _written(look: Look, bundle: Part, header: Part) -> str | None:
    stamps = [look.words(bundle, "timestamp")]
    stamps += [look.words(look.part(each, "meta"), "lastUpdated") for each in (bundle, header)]
    return next(filter(None, stamps), None)
