"""`hub agencies`: who takes part."""

import click

from hub.bootstrap.county import load_county
from hub.cli.frame import show, table, with_json
from hub.model.recipient import Recipient
from hub.stream.topics import in_topic, out_topic


@click.group()
def agencies() -> None:
    """Show the organisations of the register."""


@agencies.command(name="list")
@with_json
def list_(as_json: bool) -> None:
    """List the organisations: type, whether source or recipient, roles, purposes, topics."""
    organisations = load_county().organisations
    found = [
        {
            "id": each.id,
            "type": each.type.value,
            "source": each.source,
            "recipient": each.receives,
            "status": each.status,
            "roles": list(each.roles),
            "purposes": _purposes(each),
            "topics": [in_topic(each.id)] * each.source + [out_topic(each.id)] * each.receives,
        }
        for each in organisations
    ]
    rows = [
        (
            each.id,
            each.type,
            _yes(each.source),
            _yes(each.receives),
            each.status,
            ", ".join(_purposes(each)),
        )
        for each in organisations
    ]
    heading = ("organisation", "type", "source", "recipient", "status", "purposes")
    show(found, table(rows, heading), as_json=as_json)


def _purposes(each: Recipient) -> list[str]:
    """Give its purposes, first the one that its topic is decided for."""
    return [each.purpose, *(purpose for purpose in each.purposes if purpose != each.purpose)]


def _yes(fact: bool) -> str:
    return "yes" if fact else "no"
