"""The closed lists of words that rules, contexts and schemas may use.

A word outside them is refused, not ignored: a permit with no condition on purpose would
otherwise match a purpose that nobody ever agreed to.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from hub.disclose.treat import TRANSFORMS
from hub.model.enquiry import Context
from hub.model.strict import SLUG, Table

FORMAT = 1

LISTS = ("agency", "role", "purpose", "lawful_basis", "consent", "risk", "involvement")
"""The attributes of a context that hold a word, each with its list of the same name."""

ORDERED = ("risk", "involvement")
"""Lists in which place is rank, the lowest first."""

FLAGS = ("envelope", "derived", "words", "identifies")
TAG = re.compile(r"[A-Z][A-Z0-9_]*")
VERSION = re.compile(r"[0-9]{4}\.[0-9]{1,2}(\.[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Tag:
    """A class of data. `envelope`: alone it is not worth a message, so a plan with no other is suppressed.

    `derived`: what the hub itself finds, and no field of an event carries. `words`: somebody's own, which may say
    anything. `identifies`: by it somebody can be found or known, so it is looked for in words that go out.
    """

    name: str
    meaning: str
    personal: bool
    envelope: bool
    derived: bool = False
    words: bool = False
    identifies: bool = False


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Every word there is. `reserved` words are agreed but not yet used by any rule."""

    version: str
    words: Mapping[str, tuple[str, ...]]
    events: tuple[str, ...]
    reserved: frozenset[str]
    tags: Mapping[str, Tag]
    transforms: frozenset[str]

    def at_least(self, attribute: str, word: str) -> frozenset[str]:
        """Give a word of an ordered list and all above it."""
        words = self.words[attribute]
        return frozenset(words[words.index(word) :])

    def below(self, attribute: str, word: str) -> frozenset[str]:
        words = self.words[attribute]
        return frozenset(words[: words.index(word)])

    def is_envelope(self, tags: frozenset[str]) -> bool:
        return any(self.tags[tag].envelope for tag in tags if tag in self.tags)


def outside(context: Context, vocabulary: Vocabulary) -> tuple[str, ...]:
    """Name the attributes of a context whose word is in no list."""
    return tuple(name for name in LISTS if getattr(context, name) not in vocabulary.words[name])


def read_vocabulary(top: Table) -> Vocabulary:
    top.keys(must=("format", "version", *LISTS, "event", "tag", "transform"), may=("reserved",))
    if top.content["format"] != FORMAT or isinstance(top.content["format"], bool):
        top.refuse("`format` is not one this hub reads", f"Write format = {FORMAT}.")
    if not VERSION.fullmatch(top.text("version")):
        top.refuse("`version` is no dated version", 'Write it as version = "2026.11.1".')
    words = {name: _slugs(top, name) for name in LISTS}
    known = [word for each in words.values() for word in each]
    return Vocabulary(
        version=top.text("version"),
        words=words,
        events=_slugs(top, "event"),
        reserved=frozenset(
            top.words("reserved", known, "word") if "reserved" in top else (),
        ),
        tags=_tags(top.table("tag")),
        transforms=_transforms(top.table("transform")),
    )


def _slugs(top: Table, key: str) -> tuple[str, ...]:
    words = top.words(key, None, "word")
    for word in words:
        if not SLUG.fullmatch(word):
            top.refuse(f"`{key}` has a word that is no slug", "Write lower case with hyphens.")
    return words


def _tags(tags: Table) -> dict[str, Tag]:
    found = {}
    for name in tags.content:
        if not TAG.fullmatch(name):
            tags.refuse(f"`{tags.path(name)}` is no name for a tag", "Write it UPPER_SNAKE.")
        tag = tags.table(name)
        tag.keys(must=("meaning", "personal"), may=FLAGS)
        flags = {key: key in tag and tag.flag(key) for key in FLAGS}
        found[name] = Tag(name, tag.text("meaning"), tag.flag("personal"), **flags)
    return found


def _transforms(transforms: Table) -> frozenset[str]:
    """Hold the declared transforms to those the code has: what it reads is part of the policy."""
    for name in transforms.content:
        told = transforms.table(name)
        told.keys(must=("kind", "input", "version"), may=("reads",))
        if name not in TRANSFORMS:
            told.refuse(
                f"unknown transform `{name}`", f"The hub has: {', '.join(sorted(TRANSFORMS))}."
            )
        real = TRANSFORMS[name]
        for key, value in (
            ("kind", real.kind),
            ("input", sorted(real.input)),
            ("reads", sorted(real.reads)),
            ("version", real.version),
        ):
            said = told.content.get(key, [])
            if (_sorted(said) if isinstance(said, list) else said) != value:
                told.refuse(
                    f"`{told.path(key)}` is not what the transform does",
                    f"Write {key} = {value!r}.",
                )
    return frozenset(transforms.content)


def _sorted(words: list[object]) -> list[object]:
    return sorted(words, key=str)
