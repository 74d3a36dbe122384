"""`hub topics`: what there is on the event log."""

import base64
import json
from collections.abc import Callable, Iterator
from datetime import date, datetime

import click

from hub.bootstrap.consult import record_consultation
from hub.bootstrap.county import load_county
from hub.bootstrap.runtime import Runtime, running
from hub.cli.frame import say, show, table, with_clock, with_json, with_settings
from hub.cli.principal import Refused, asking
from hub.model.position import Place
from hub.settings import Settings
from hub.store import settings as store_settings
from hub.stream.codec import Undecodable, UnknownSchema
from hub.stream.log import Record
from hub.stream.topics import out_topic

PAGE = 500


@click.group()
def topics() -> None:
    """Topics: what is declared, making what is missing, and reading."""


@topics.command(name="list")
@with_json
def list_(as_json: bool) -> None:
    """List the topics that schemas/topics/ and the register declare."""
    found = [
        {
            "topic": each.name,
            "owner": each.owner,
            "readers": each.readers,
            "partitions": each.partitions,
            "retention_days": each.retention_days,
            "compatibility": each.compatibility,
        }
        for each in load_county().topics
    ]
    show(found, table([each.values() for each in found], found[0]), as_json=as_json)


@topics.command()
@with_settings
def apply(settings: Settings) -> None:
    """Make the topics that are missing. Changes none that is there."""
    with running(settings, load_county()) as runtime:
        before = set(runtime.log.topics())
        runtime.create_topics()
        made = set(runtime.log.topics()) - before
    say(f"{len(made)} topics made")


@topics.command()
@click.argument("topic")
@click.option("--as", "principal", default="", help="Who asks: user@organisation-id.")
@click.option("--purpose", default="", help="What for.")
@click.option("--raw", is_flag=True, help="Give key, headers and value in base64; decode nothing.")
@click.option(
    "--from", "from_", default=0, show_default=True, help="First offset in each partition."
)
@click.option("--limit", type=click.IntRange(min=1), help="At most so many records.")
@with_settings
@with_clock
def read(
    settings: Settings,
    now: Callable[[], datetime],
    topic: str,
    principal: str,
    purpose: str,
    raw: bool,
    from_: int,
    limit: int | None,
) -> None:
    """Read TOPIC from its beginning to its present end, as JSON Lines.

    A recipient's topic is shown to its recipient alone, for the purpose that it was decided for. Input topics and dead letters can be read
    only where all the people are invented: in a demonstration.
    """
    with running(settings, load_county(), now) as runtime:
        _allow(runtime, topic, principal, purpose)
        for count, (place, record) in enumerate(_records(runtime, topic, from_)):
            if count == limit:
                return
            click.echo(json.dumps(_line(runtime, place, record, raw=raw), ensure_ascii=False))


def _allow(runtime: Runtime, topic: str, principal: str, purpose: str) -> None:
    """Let the recipient read its own topic, or anybody in a demonstration; record it first."""
    if topic not in runtime.county.partitions:
        raise click.UsageError(f"no topic {topic}: `hub topics list` has them")
    if topic.startswith("hub.out."):
        if not principal or not purpose:
            raise click.UsageError(
                "a recipient's topic wants --as user@organisation-id and --purpose"
            )
        who = asking(runtime, principal, purpose)
        if topic != out_topic(who.organisation.id):
            raise Refused(f"{principal} may not have this for the purpose {purpose}")
        if purpose != who.organisation.purpose:
            raise Refused(f"this topic was decided for the purpose {who.organisation.purpose}")
        record_consultation(
            runtime, principal=principal, organisation=who.organisation, purpose=purpose, what=topic
        )
        return
    with runtime.engine.connect() as conn:
        if store_settings.read(conn, store_settings.DEMO) is None:
            raise Refused("input topics and dead letters are read in a demonstration only")


def _records(runtime: Runtime, topic: str, first: int) -> Iterator[tuple[Place, Record]]:
    """Give what is there now. Behind the last record a partition may hold marks of transactions alone."""
    starts, ends = runtime.log.start(topic), runtime.log.end(topic)
    at = {Place(topic, part): min(max(first, starts[part]), end) for part, end in ends.items()}
    while left := {place: offset for place, offset in at.items() if offset < ends[place.partition]}:
        found = runtime.log.read(left, PAGE, 1.0)
        if not found:
            return
        for place, records in sorted(found.items()):
            yield from ((place, each) for each in records if each.offset < ends[place.partition])
            at[place] = records[-1].offset + 1


def _line(runtime: Runtime, place: Place, record: Record, *, raw: bool) -> dict[str, object]:
    line: dict[str, object] = {"partition": place.partition, "offset": record.offset}
    if raw:
        return {
            **line,
            "key": _base64(record.key),
            "headers": {name: _base64(value) for name, value in record.headers},
            "value": None if record.value is None else _base64(record.value),
        }
    return {
        **line,
        "key": record.key.decode(errors="replace"),
        "headers": {name: value.decode(errors="replace") for name, value in record.headers},
        "value": _decoded(runtime, record),
    }


def _decoded(runtime: Runtime, record: Record) -> object:
    if record.value is None:
        return None
    try:
        return json.loads(json.dumps(runtime.county.codec.decode(record.value), default=_plain))
    except (Undecodable, UnknownSchema):
        return {"base64": _base64(record.value)}


def _plain(value: object) -> str:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    raise TypeError


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
