"""Levels and treatments: how much of a value may be given, and how it is given."""

from enum import IntEnum, StrEnum


class Level(IntEnum):
    """How much may be given. Mask and pseudonymise share one level."""

    WITHHOLD = 0
    MASK = 1
    GENERALISE = 2
    FULL = 3


class Treatment(StrEnum):
    """How a value is given."""

    WITHHOLD = "withhold"
    MASK = "mask"
    PSEUDONYMISE = "pseudonymise"
    GENERALISE = "generalise"
    FULL = "full"

    @property
    def level(self) -> Level:
        return _LEVELS[self]


_LEVELS = {
    Treatment.WITHHOLD: Level.WITHHOLD,
    Treatment.MASK: Level.MASK,
    Treatment.PSEUDONYMISE: Level.MASK,
    Treatment.GENERALISE: Level.GENERALISE,
    Treatment.FULL: Level.FULL,
}
