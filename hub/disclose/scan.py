"""Look for what a recipient may not have in the words that it would be given.

Policy decides by field, and words may say anything: the postcode of a refuge in a note, while where she
is is withheld. So before an event goes out, what it withholds from this recipient and what somebody can
be found or known by is looked for in the words that go out. A hit stops nothing by itself and takes nothing out
of the words: a person reads them. It promises recorded identifiers in recorded spellings, and no more.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

from hub.disclose.schema import Records, SourceSchema
from hub.disclose.tree import FAMILIES, Again, Choice, Group, Keyed, Leaf, Many, Node, leaves_of
from hub.disclose.vocabulary import Tag, Vocabulary
from hub.model.event import Body
from hub.model.level import Treatment

Treatments: TypeAlias = Mapping[str, Treatment]

SHORTEST = 3
"""A name of two letters is in every sentence. Joy and Mark are looked for: a person will see."""

BETWEEN = re.compile(r"(?<=\w)[ .\-()/]+(?=\w)")
"""What people put into numbers and postcodes, or leave out."""

DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Said:
    """Words that say what stands in a field too: the field of the words, those of the value, and the value, folded."""

    words: str
    fields: frozenset[str]
    value: str


class Scanner:
    """Looks through the words of events, under the tags of one vocabulary."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._tags = vocabulary.tags
        self._paths: dict[str, tuple[frozenset[str], frozenset[str]]] = {}

    def said(self, body: Body, schema: SourceSchema) -> list[Said]:
        """Give what the words of an event say by which somebody can be found or known, whoever gets them."""
        words, names = self._sorted(schema)
        spoken: dict[str, list[str]] = {}
        fields: dict[str, set[str]] = {}
        for path, text in _texts(body, schema):
            if path in words:
                spoken.setdefault(path, []).append(text)
            else:
                fields.setdefault(_folded(text), set()).add(path)
        looked = {path: _Words(texts) for path, texts in spoken.items() if any(texts)}
        return [
            Said(path, frozenset(paths), value)
            for value, paths in fields.items()
            if len(value) >= SHORTEST and not paths.isdisjoint(names)
            for path, text in looked.items()
            if text.say(value)
        ]

    def gives_words(self, schema: SourceSchema, treatments: Treatments) -> bool:
        """Tell whether a plan gives any words at all."""
        words, _ = self._sorted(schema)
        return any(treatments[path] is Treatment.FULL for path in words)

    def hits(
        self, said: Iterable[Said], share: Body, schema: SourceSchema, treatments: Treatments
    ) -> list[str]:
        """Name the fields of words that a plan gives, and that say what it gives in no field of its own.

        `share` is what of the event the recipient is told of at all.
        """
        found = []
        for each in said:
            given = [path for path in each.fields if treatments[path] is Treatment.FULL]
            if treatments[each.words] is Treatment.FULL and not (
                given and _is_there(each.value, given, share, schema)
            ):
                found.append(each.words)
        return sorted(set(found))

    def _sorted(self, schema: SourceSchema) -> tuple[frozenset[str], frozenset[str]]:
        """Give the fields that hold words, and those that identify; looked up once for each schema."""
        found = self._paths.get(schema.sha256)
        if found is None:
            texts = [leaf for leaf in leaves_of(schema.children) if leaf.kind == "string"]
            words = {leaf.path for leaf in texts if self._any(leaf, lambda tag: tag.words)}
            names = {leaf.path for leaf in texts if self._any(leaf, lambda tag: tag.identifies)}
            found = self._paths[schema.sha256] = frozenset(words), frozenset(names - words)
        return found

    def _any(self, leaf: Leaf, has: Callable[[Tag], bool]) -> bool:
        return any(has(self._tags[tag]) for tag in leaf.tags if tag in self._tags)


class _Words:
    """The texts of one field, made ready to be looked through."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._text = _fold(" \n ".join(texts))
        self._squeezed = BETWEEN.sub("", self._text)

    def say(self, value: str) -> bool:
        """Tell whether a folded value is in them: a number or postcode however it is spaced, others as whole words."""
        if DIGIT.search(value):
            return _squeezed(value) in self._squeezed
        return value in self._text and bool(re.search(rf"\b{re.escape(value)}\b", self._text))


def _is_there(value: str, paths: Collection[str], share: Body, schema: SourceSchema) -> bool:
    return any(path in paths and _folded(text) == value for path, text in _texts(share, schema))


@lru_cache(maxsize=8192)
def _squeezed(value: str) -> str:
    return BETWEEN.sub("", value)


@lru_cache(maxsize=8192)
def _folded(text: str) -> str:
    return _fold(text)


def _fold(text: str) -> str:
    """Give a text without case and accents, and with single spaces."""
    plain = text.casefold()
    if not plain.isascii():
        apart = unicodedata.normalize("NFKD", plain)
        plain = "".join(each for each in apart if not unicodedata.combining(each))
    return " ".join(plain.split())


def _texts(body: Body, schema: SourceSchema) -> list[tuple[str, str]]:
    """Give every text of an event with its field's path."""
    found: list[tuple[str, str]] = []
    _record(body, schema.children, schema.records, found)
    return found


def _record(
    record: Any,  # noqa: ANN401 - any of Avro's values
    nodes: Iterable[Node],
    records: Records,
    found: list[tuple[str, str]],
) -> None:
    if isinstance(record, dict):
        for node in nodes:
            value = record.get(node.name)
            if isinstance(node, Leaf):
                if isinstance(value, str):
                    found.append((node.path, value))
            elif value:
                _held(value, node, records, found)


def _held(value: Any, node: Node, records: Records, found: list[tuple[str, str]]) -> None:  # noqa: ANN401 - as above
    match node:
        case Many() | Keyed():
            for each in value.values() if isinstance(value, dict) else value:
                _held(each, node.item, records, found)
        case Group():
            _record(value, node.children, records, found)
        case Again():
            _record(value, records[node.target], records, found)
        case Choice():
            brought, inner = value if isinstance(value, tuple) else (None, value)
            told = brought or FAMILIES.get(type(inner), "")
            for branch in node.branches:
                if branch.told_by == told:
                    _held(inner, branch.node, records, found)
        case Leaf():
            if isinstance(value, str):
                found.append((node.path, value))
