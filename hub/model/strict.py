"""Read policy files strictly: what is not understood is refused, never skipped.

A misspelt key in a forbid would otherwise disclose in silence, and one in a criterion would let a
case go unseen. So each table says which keys it may have, each list which words, and the first
fault refuses the whole.
"""

import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from difflib import get_close_matches
from typing import NoReturn

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
EVERY = "*"
IN_VOCABULARY = "Add it to vocabulary.toml first"
"""What to do about an unknown word, where words come from the vocabulary of the policies."""


class PolicyFault(Exception):
    """A file of the policies cannot be used, and so none is. Says where, what is wrong, and what to do about it."""

    def __init__(self, file: str, rule: str, fault: str, remedy: str) -> None:
        where = f"{file}: {rule}" if rule else file
        super().__init__(f"{where}: {fault}. {remedy}")
        self.file, self.rule, self.fault, self.remedy = file, rule, fault, remedy


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a policy file, with what a fault in it has to name, and what new words need."""

    file: str
    rule: str
    where: str
    content: Mapping[str, object]
    new_word: str = IN_VOCABULARY

    def refuse(self, fault: str, remedy: str) -> NoReturn:
        raise PolicyFault(self.file, self.rule, fault, remedy)

    def path(self, key: str) -> str:
        return f"{self.where}.{key}" if self.where else key

    def __contains__(self, key: str) -> bool:
        return key in self.content

    def keys(self, *, must: Collection[str], may: Collection[str] = ()) -> None:
        """Hold the table to the keys it must and may have."""
        known = [*must, *may]
        for key in self.content:
            if key not in known:
                self.refuse(f"unknown key `{self.path(key)}`", _suggest(key, known, "Remove it"))
        for key in must:
            if key not in self.content:
                self.refuse(f"`{self.path(key)}` is missing", f"Add `{self.path(key)}`.")

    def text(self, key: str) -> str:
        value = self.content.get(key)
        if not isinstance(value, str) or not value.strip():
            self._wrong(key, "a text that is not empty")
        return value

    def slug(self, key: str) -> str:
        value = self.text(key)
        if not SLUG.fullmatch(value):
            self._wrong(key, "lower-case words joined by hyphens")
        return value

    def flag(self, key: str) -> bool:
        value = self.content.get(key)
        if not isinstance(value, bool):
            self._wrong(key, "true or false, without quotes")
        return value

    def day(self, key: str) -> date:
        value = self.content.get(key)
        if not isinstance(value, date) or isinstance(value, datetime):
            self._wrong(key, "a date such as 2027-03-31, without quotes or time")
        return value

    def number(self, key: str) -> int:
        """Give a whole number from one upwards."""
        value = self.content.get(key)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            self._wrong(key, "a whole number from 1 upwards, without quotes")
        return value

    def word(self, key: str, known: Iterable[str], kind: str) -> str:
        """Give one word out of a closed list."""
        return self._known(key, self.text(key), known, kind)

    def words(self, key: str, known: Iterable[str] | None, kind: str) -> tuple[str, ...]:
        """Give a list of words, each out of a closed list (`None`: any), none of them twice."""
        value = self.content.get(key)
        if not isinstance(value, list) or not value:
            self._wrong(key, f'a list with at least one {kind}, such as ["…"]')
        words: list[str] = []
        allowed = None if known is None else list(known)
        for each in value:
            if not isinstance(each, str) or not each.strip():
                self._wrong(key, f"a list of texts, each a {kind}")
            if each in words:
                self.refuse(f"`{self.path(key)}` has an entry twice", "Remove one of the two.")
            words.append(each if allowed is None else self._known(key, each, allowed, kind))
        return tuple(words)

    def table(self, key: str) -> "Table":
        value = self.content.get(key)
        if not isinstance(value, dict):
            self._wrong(key, "a table")
        return Table(self.file, self.rule, self.path(key), value, self.new_word)

    def tables(self, key: str, *, named: str = "") -> tuple["Table", ...]:
        """Give the tables of an array, each named by one of its own keys if it has a name."""
        value = self.content.get(key, [])
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            self.refuse(f"`{self.path(key)}` is no list of tables", f"Open each with [[{key}]].")
        return tuple(
            replace(self, rule=_name(each, named) if named else self.rule, where="", content=each)
            for each in value
        )

    def _known(self, key: str, word: str, known: Iterable[str], kind: str) -> str:
        allowed = list(known)
        if word not in allowed:
            self.refuse(
                f"`{self.path(key)}` has the unknown {kind} `{word}`",
                _suggest(word, allowed, self.new_word),
            )
        return word

    def _wrong(self, key: str, should: str) -> NoReturn:
        if key not in self.content:
            self.refuse(f"`{self.path(key)}` is missing", f"Add `{self.path(key)}`: {should}.")
        self.refuse(f"`{self.path(key)}` is not what it should be", f"Give {should}.")


def read(file: str, text: str, new_word: str = IN_VOCABULARY) -> Table:
    """Read one TOML file. `new_word` is what an unknown word in it needs."""
    try:
        return Table(file, "", "", tomllib.loads(text), new_word)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at (line \d+, column \d+|end of document)", str(error))
        at = found.group(1) if found else "a place that the reader does not name"
        raise PolicyFault(
            file,
            "",
            f"not readable as TOML at {at}",
            "Mend the file there: quotes, brackets, keys.",
        ) from None


def _name(content: Mapping[str, object], key: str) -> str:
    name = content.get(key)
    return name if isinstance(name, str) else ""


def _suggest(word: str, known: Collection[str], otherwise: str) -> str:
    near = get_close_matches(word, known, n=1)
    if near:
        return f"Did you mean `{near[0]}`? Known are: {', '.join(known)}."
    return f"{otherwise}. Known are: {', '.join(known)}."
