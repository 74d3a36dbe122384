"""A message as FHIR bundles it: its header, its resources, and how they point at each other."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NoReturn

from connectors.connector import RecordUnreadable
from connectors.health.look import EMPTY, Look, Part
from hub.model.dead_letter import Reason

HEADER = "MessageHeader"
READ = frozenset(
    {
        HEADER,
        "Patient",
        "Encounter",
        "Condition",
        "Observation",
        "Flag",
        "QuestionnaireResponse",
        "RelatedPerson",
        "Organization",
        "Location",
        "PractitionerRole",
        "ServiceRequest",
    }
)
PASSED_OVER = frozenset(
    {"Practitioner", "HealthcareService", "Endpoint", "Device", "Provenance", "Slot", "Schedule"}
)
"""Resources that every such message has, and that tell nothing of the patient."""


@dataclass(frozen=True, slots=True, eq=False)
class Resource:
    """One resource, and where it stands in its message. A resource is itself and no other like it."""

    kind: str
    content: Part
    place: str

    def refuse(self, where: str, code: str, reason: Reason = Reason.BAD_VALUE) -> NoReturn:
        raise RecordUnreadable(reason, f"{self.place}.{self.kind}{where}: {code}")


@dataclass(frozen=True, slots=True)
class Message:
    """A bundle of type `message`. `known` finds a resource by each name that another may point at."""

    content: Part
    resources: tuple[Resource, ...]
    known: dict[str, Resource]
    look: Look

    def of(self, kind: str) -> Iterator[Resource]:
        return (each for each in self.resources if each.kind == kind)

    @property
    def header(self) -> Resource | None:
        return next(self.of(HEADER), None)

    def targets(self, of: Resource, name: str) -> list[tuple[Part, Resource | None]]:
        """Give each reference in a field, and what it points at if that is in the message."""
        return [(each, self.target(of, each)) for each in self.look.parts(of.content, name)]

    def target(self, of: Resource, reference: Part) -> Resource | None:
        """Find what a reference points at: by full address, relative one, or number."""
        address = self.look.words(reference, "reference")
        if address is None:
            number = _number(self.look, self.look.part(reference, "identifier"))
            return self.known.get(number) if number else None
        if address.startswith("#"):
            return self.known.get(f"{of.place.partition('#')[0]}{address}")
        address = address.partition("/_history/")[0]
        return self.known.get(address) or self.known.get("/".join(address.split("/")[-2:]))


def message_of(content: Part, look: Look) -> Message:
    """Take a bundle apart. What has no shape is left out and counted."""
    resources: list[Resource] = []
    known: dict[str, Resource] = {}
    for number, entry in enumerate(look.parts(content, "entry")):
        found = _resource(look, look.part(entry, "resource"), f"entry[{number}]")
        if found is None:
            look.doubt("entry-unread")
            continue
        names = [*_addresses(look, entry, found)]
        if any(name in known for name in names):
            look.doubt("duplicate-entry")
            continue
        resources.append(found)
        known.update(dict.fromkeys(names, found))
        _add_numbers(look, found, known)
        for part in look.parts(found.content, "contained"):
            name = look.words(part, "id")
            inner = _resource(look, part, f"{found.place}#{name or ''}")
            if inner is not None:
                resources.append(inner)
                known.setdefault(inner.place, inner)
    return Message(content, tuple(resources), known, look)


def doubt_what_is_unread(message: Message) -> None:
    """Count the resources of a kind that nobody reads."""
    for each in message.resources:
        if each.kind not in READ and each.kind not in PASSED_OVER:
            message.look.doubt("resource-unread")


def first(found: Iterable[Resource]) -> Resource | None:
    return next(iter(found), None)


def _resource(look: Look, content: Part, place: str) -> Resource | None:
    kind = look.words(content, "resourceType")
    return Resource(kind, content, place) if content is not EMPTY and kind else None


def _addresses(look: Look, entry: Part, resource: Resource) -> Iterator[str]:
    full, own = look.words(entry, "fullUrl"), look.words(resource.content, "id")
    if full:
        yield full
    if own:
        yield f"{resource.kind}/{own}"


def _add_numbers(look: Look, resource: Resource, known: dict[str, Resource]) -> None:
    for part in look.parts(resource.content, "identifier"):
        number = _number(look, part)
        if number:
            known.setdefault(number, resource)


def _number(look: Look, identifier: Part) -> str | None:
    system, value = look.words(identifier, "system"), look.words(identifier, "value")
    return f"{system}|{value}" if system and value else None
