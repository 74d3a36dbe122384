"""The commands: `hub NOUN VERB`, one file per noun.

Exit 0: done and fine. 1: the check found something, or what was asked for is refused. 2: wrong use
or configuration, with a message that says what to do.
"""

import click

from hub.cli.frame import Nouns

NOUNS = (
    "demo",
    "synth",
    "agencies",
    "clients",
    "keys",
    "token",
    "connector",
    "ingest",
    "relay",
    "serve",
    "run",
    "doctor",
    "db",
    "topics",
    "dead-letters",
    "meeting",
    "agenda",
    "case",
    "person",
    "review",
    "retract",
    "recipients",
    "schema",
    "policy",
    "chronology",
)
"""In the order in which a newcomer meets them. Each is loaded when it is named."""


@click.group(cls=Nouns, nouns=NOUNS, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Share more with the right agency, and provably nothing with the wrong person.

    Begin with `hub demo --once`. Every command has --help.
    """
