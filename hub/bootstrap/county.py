"""The county: who takes part, by which rules, with which schemas and topics. Loaded once, whole.

One fault in any of it and nothing is loaded: a hub with half its rules would be a wider one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from hub.assess.book import Book
from hub.assess.criteria import load_book
from hub.bootstrap.files import folder, texts
from hub.convene.maracs import Marac, load_maracs
from hub.disclose.bundle import Bundle, load_bundle
from hub.disclose.conflict import Register
from hub.disclose.schema import SourceSchema
from hub.model.agency import AgencyId
from hub.model.event import EventType
from hub.model.recipient import Recipient
from hub.settings import by_reference_path
from hub.stream.codec import Codec
from hub.stream.registry import NOTICES, Registry, event_names, load_registry
from hub.stream.topics import CONNECTOR_LETTERS, INGEST_LETTERS, Topic, all_topics, out_topic


@dataclass(frozen=True)
class County:
    """Everything that is read from files before anything runs."""

    bundle: Bundle
    book: Book
    registry: Registry
    topics: tuple[Topic, ...]
    maracs: Mapping[str, Marac]

    @cached_property
    def codec(self) -> Codec:
        return Codec(self.registry, by_reference=by_reference_path())

    @cached_property
    def schemas(self) -> dict[EventType, SourceSchema]:
        """Every schema that policies speak of: events, and the hub's own notices."""
        latest = self.registry.latest
        names = [*event_names(self.registry), *NOTICES]
        return {EventType(name): SourceSchema.parse(name, latest[name].schema) for name in names}

    @property
    def organisations(self) -> list[Recipient]:
        return sorted(self.bundle.recipients.values(), key=lambda each: each.id)

    @property
    def recipients(self) -> list[Recipient]:
        return [each for each in self.organisations if each.receives]

    @cached_property
    def register(self) -> Register:
        """Every organisation, made comparable with those that events name.

        Also those that are sent nothing: they too ask, and read what waits for a judgement.
        """
        return Register(self.organisations)

    @property
    def partitions(self) -> dict[str, int]:
        return {topic.name: topic.partitions for topic in self.topics}

    @property
    def inputs(self) -> dict[str, int]:
        """The topics that ingest reads, and the number of their partitions."""
        return {
            topic.name: topic.partitions
            for topic in self.topics
            if topic.kind == "in" or topic.name == CONNECTOR_LETTERS
        }

    @property
    def outputs(self) -> dict[str, int]:
        """The topics that the relay writes."""
        return {
            topic.name: topic.partitions
            for topic in self.topics
            if topic.kind == "out" or topic.name == INGEST_LETTERS
        }

    @property
    def out_topics(self) -> dict[AgencyId, str]:
        return {each.id: out_topic(each.id) for each in self.recipients}


def load_county(policies: Path | None = None, schemas: Path | None = None) -> County:
    """Load the bundle, the registry and the topics.

    Raises:
        PolicyFault, RegistryFault, TopicsFault: something is not in order; nothing is loaded.
    """
    schema_files = texts(schemas or folder("schemas"))
    policy_files = texts(policies or folder("policies"))
    bundle = load_bundle(policy_files)
    book = load_book(policy_files, {each.id: each.type for each in bundle.recipients.values()})
    maracs = load_maracs(policy_files, bundle.recipients)
    registry = load_registry(schema_files)
    topics = all_topics(schema_files, bundle.recipients.values())
    return County(bundle, book, registry, tuple(topics), maracs)
