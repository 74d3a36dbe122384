"""The commands: `hub NOUN VERB`, one file per noun.

Exit 0: done and fine. 1: the check found something, or what was asked for is refused. 2: wrong use
or configuration, with a message that says what to do.
"""

import click

from hub.cli import (
    agencies,
    connector,
    db,
    dead_letters,
    demo,
    ingest,
    policy,
    relay,
    schema,
    synth,
    topics,
)
from hub.cli.frame import Nouns


@click.group(cls=Nouns, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Share more with the right agency, and provably nothing with the wrong person.

    Begin with `hub demo --once`. Every command has --help.
    """


for noun in (
    demo.demo,
    synth.synth,
    dead_letters.dead_letters,
    schema.schema,
    policy.policy,
    agencies.agencies,
    connector.connector,
    ingest.ingest,
    relay.relay,
    db.db,
    topics.topics,
):
    main.add_command(noun)
