"""The commands: `hub NOUN VERB`, one file per noun.

Exit 0: done and fine. 1: the check found something, or what was asked for is refused. 2: wrong use
or configuration, with a message that says what to do.
"""

import click

from hub.cli.frame import Nouns

NOUNS = {
    "demo": "Write a county of invented people in its agencies' own formats, and take it all the way.",
    "synth": "Invent people and households, and what agencies would write about them.",
    "agencies": "Show the organisations of the register.",
    "clients": "Register the systems that may call the API, each of one organisation of the register.",
    "keys": "Show and change the keys with which the hub signs access tokens.",
    "token": "Get an access token for a client, bound to the client's own key.",
    "connector": "Read what an agency's own systems write, and publish it on the agency's topic.",
    "ingest": "Take what agencies published into the database, and decide who may have it.",
    "relay": "Send what was decided from the outbox to the recipients' topics.",
    "serve": "Answer the API over HTTP.",
    "run": "Run connectors, ingest, relay and the API in one process tree, until Ctrl-C or SIGTERM.",
    "doctor": "Look at settings, files, database, log, clock and disk; say what is wrong and what to do.",
    "db": "Migrations, and what the database holds as one number.",
    "topics": "Topics: what is declared, making what is missing, and reading.",
    "dead-letters": "Look at, mend and replay what was set aside.",
    "meeting": "MARAC meetings: made, listed, circulated.",
    "agenda": "Agendas: cases with children first, then by rank, with the reasons.",
    "case": "Cases on an agenda: who, why it is there, what happened, what is held back.",
    "person": "Explain a person's file, tell its history, and part records of two people.",
    "review": "Contested referrals, disclosures that a conflict stopped, warnings to take another way, held words.",
    "retract": "Take EVENT (its id) back: it stops counting, and whoever was given it is told to delete it.",
    "recipients": "Suspend an organisation at once, and resume it.",
    "schema": "Work with the Avro schemas of events, and of what is disclosed of them.",
    "policy": "Try, explain and check the rules that decide who may see what.",
    "chronology": "Look back on a case: which criterion stood from which day, and on what it rested.",
}
"""In the order in which a newcomer meets them, with what each does. Its module is loaded when it is named."""


@click.group(cls=Nouns, nouns=NOUNS, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Share more with the right agency, and provably nothing with the wrong person.

    Begin with `hub demo --once`. Every command has --help.
    """
