"""How a command ends that cannot do what it is asked: each error says so itself, wherever it is made.

Texts name nobody and hold nothing of what was read: they are printed as they stand.
"""


class WrongUse(Exception):
    """What the hub was given cannot be used: a setting, a file, a database. The text says what to do."""


class Refusal(Exception):
    """What was asked for is not done. `told` puts the text into a sentence for people."""

    told = "{}"


class Halt(Refusal):
    """A process stops, since only an operator can decide how to go on."""

    told = "halted: {}"
