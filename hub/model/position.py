"""Places in the event log, and how far a reader has come."""

from typing import NamedTuple


class Place(NamedTuple):
    """One partition of one topic."""

    topic: str
    partition: int


class Move(NamedTuple):
    """A reader's step in one place: it stood at `before`, and stands at `after` (both offsets)."""

    before: int
    after: int


class Fenced(Exception):
    """The reader does not stand where it thought: another one moved on. Undo everything, begin again."""
