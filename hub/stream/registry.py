"""The schema registry in files: every schema that may be on the wire, and its id.

`schemas/<name>/v<N>.avsc` and the append-only `schemas/ids.json` are committed, so a schema change
is read as a diff and the hub starts with no registry running. A schema is known by the SHA-256 of
its whole sorted JSON: Avro's canonical form drops our tags. The disclosed view of an event is
registered beside it, as `<name>.disclosed`.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from hub.disclose.view import disclosed_schema
from hub.model.faults import WrongUse

JsonObject = dict[str, object]

FILE = re.compile(r"([a-z][a-z-]*)/v([1-9][0-9]*)\.avsc")
NOTICES = frozenset({"recall"})
"""What the hub itself says; it is not an event of an agency and has no disclosed view."""


class RegistryFault(WrongUse):
    """The schema folder is not in order. The text says what to do."""


@dataclass(frozen=True, slots=True)
class Registered:
    """One version of one schema, as registered."""

    subject: str
    version: int
    id: int
    text: str

    @property
    def schema(self) -> JsonObject:
        return _object(self.text)


@dataclass(frozen=True, slots=True)
class Registry:
    """All registered schemas. `by_id` is what a reader of the wire looks in."""

    by_id: Mapping[int, Registered]
    latest: Mapping[str, Registered]

    def versions(self, subject: str) -> list[Registered]:
        """Give a subject's versions, oldest first."""
        return sorted(
            (each for each in self.by_id.values() if each.subject == subject),
            key=lambda e: e.version,
        )

    def view_of(self, source: Registered) -> Registered:
        """Give the disclosed view of an event's schema."""
        return next(
            each
            for each in self.versions(f"{source.subject}.disclosed")
            if each.version == source.version
        )


def event_names(registry: Registry) -> list[str]:
    return sorted(
        subject
        for subject in registry.latest
        if not subject.endswith(".disclosed") and subject not in NOTICES
    )


def load_registry(files: Mapping[str, str]) -> Registry:
    """Read the registry out of the texts of `schemas/`.

    Raises:
        RegistryFault: a schema has no id (`hub schema register` gives it one), two have the same
            one (two branches gave it, and were merged), or the folder is odd.
    """
    ids: dict[str, int] = json.loads(files.get("ids.json", "{}"))
    if twice := sorted(id_ for id_, count in Counter(ids.values()).items() if count > 1):
        raise RegistryFault(
            f"schemas/ids.json gives {twice} twice: take out the line that was not released yet, "
            "and run `hub schema register`"
        )
    by_id: dict[int, Registered] = {}
    latest: dict[str, Registered] = {}
    for subject, version, text in schemas_in(files):
        if fingerprint(text) not in ids:
            raise RegistryFault(f"{subject} v{version} has no id: run `hub schema register`")
        each = Registered(subject, version, ids[fingerprint(text)], text)
        if each.id in by_id:
            raise RegistryFault(
                f"{subject} v{version} says the same as {by_id[each.id].subject} "
                f"v{by_id[each.id].version}: remove it"
            )
        by_id[each.id] = each
        if subject not in latest or latest[subject].version < version:
            latest[subject] = each
    return Registry(by_id, latest)


def schemas_in(files: Mapping[str, str]) -> list[tuple[str, int, str]]:
    """Give (subject, version, text) of every schema and of every disclosed view, in a fixed order."""
    found = []
    for path in sorted(files):
        if match := FILE.fullmatch(path):
            name, version, text = match[1], int(match[2]), files[path]
            found.append((name, version, text))
            if name not in NOTICES:
                view = json.dumps(disclosed_schema(_object(text)), sort_keys=True)
                found.append((f"{name}.disclosed", version, view))
        elif path.endswith(".avsc"):
            raise RegistryFault(f"schemas/{path} is not named <name>/v<N>.avsc: rename it")
    return found


def new_ids(files: Mapping[str, str]) -> dict[str, int]:
    """Give `ids.json` with an id for every schema that had none; ids that were given stay."""
    ids: dict[str, int] = json.loads(files.get("ids.json", "{}"))
    for _, _, text in schemas_in(files):
        ids.setdefault(fingerprint(text), max(ids.values(), default=0) + 1)
    return ids


def fingerprint(text: str) -> str:
    """Identify a schema by its whole sorted JSON, tags and all."""
    whole = json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(whole.encode()).hexdigest()


def _object(text: str) -> JsonObject:
    found = json.loads(text)
    if not isinstance(found, dict):
        raise RegistryFault("a schema has to be a JSON object")
    return found
