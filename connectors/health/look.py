"""Look into a message without trusting its shape: what is of another type than it should be is not there.

About one message in six that real systems send breaks FHIR's rules. So nothing is refused for its
shape; what could not be taken is counted by a code.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

Part: TypeAlias = Mapping[str, object]
"""An object inside a message."""

EMPTY: Part = {}

_UNWRITABLE = re.compile("[\ud800-\udfff\x00]")
"""Halves of a character, and NUL: neither can be written down."""


@dataclass(frozen=True, slots=True)
class Coding:
    """A code of a system; either may be empty."""

    system: str
    code: str
    display: str | None

    @property
    def key(self) -> tuple[str, str]:
        return self.system, self.code


@dataclass(frozen=True, slots=True)
class Look:
    """Gives parts of a message by name, and collects codes for what is read with a doubt."""

    warnings: list[str] = field(default_factory=list)

    def doubt(self, code: str) -> None:
        self.warnings.append(code)

    def part(self, of: Part, name: str) -> Part:
        """Give an object; of a list, its first one."""
        found = self.parts(of, name)
        return found[0] if found else EMPTY

    def parts(self, of: Part, name: str) -> list[Part]:
        """Give a list of objects; one that stands alone is a list of one."""
        found = of.get(name)
        if found is None:
            return []
        if isinstance(found, dict):
            return [found]
        if not isinstance(found, list):
            self.doubt("wrong-type")
            return []
        parts: list[Part] = [each for each in found if isinstance(each, dict)]
        if len(parts) < len(found):
            self.doubt("wrong-type")
        return parts

    def text(self, of: Part, name: str) -> str | None:
        """Give a text of several lines, with one kind of line end."""
        return self._written(of.get(name))

    def words(self, of: Part, name: str) -> str | None:
        """Give a text of one line, with single spaces."""
        return _line(self.text(of, name))

    def texts(self, of: Part, name: str) -> list[str]:
        """Give a list of texts of one line; one that stands alone is a list of one."""
        found = of.get(name)
        several = found if isinstance(found, list) else [found]
        lines = [_line(self._written(each)) for each in several]
        return [each for each in lines if each]

    def truth(self, of: Part, name: str) -> bool | None:
        found = of.get(name)
        if found is None or isinstance(found, bool):
            return found
        self.doubt("wrong-type")
        return None

    def codings(self, of: Part, name: str) -> list[Coding]:
        """Give the codes of one concept or of several."""
        return [
            self.coding(each)
            for concept in self.parts(of, name)
            for each in self.parts(concept, "coding")
        ]

    def coding(self, part: Part) -> Coding:
        system, code = self.words(part, "system"), self.words(part, "code")
        return Coding(system or "", code or "", self.words(part, "display"))

    def said(self, concept: Part) -> str | None:
        """Give a concept in words: its own, or those of its first code that has any."""
        own = self.words(concept, "text")
        if own:
            return own
        shown = (self.coding(each).display for each in self.parts(concept, "coding"))
        return next((each for each in shown if each), None)

    def _written(self, found: object) -> str | None:
        if not isinstance(found, str):
            if found is None:
                return None
            self.doubt("wrong-type")
            is_number = isinstance(found, int) and not isinstance(found, bool)
            return str(found) if is_number else None
        if not (found.isascii() and found.isprintable()):
            if _UNWRITABLE.search(found):
                self.doubt("unwritable-character")
                found = _UNWRITABLE.sub("\ufffd", found)
            found = found.replace("\r\n", "\n")
        return found.strip() or None


def _line(text: str | None) -> str | None:
    return " ".join(text.split()) if text else None
