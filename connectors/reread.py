"""Read a connector's dead letter again, once somebody has mended it."""

import io
from collections.abc import Sequence

from connectors.connector import Format, RecordUnreadable, format_by_heading
from hub.model.dead_letter import DeadLetter, Reason
from hub.model.event import Event


def reread(letter: DeadLetter, formats: Sequence[Format]) -> tuple[Event, ...]:
    """Read a dead letter's value as the smallest file of its format.

    Raises:
        RecordUnreadable: it still cannot be read, or what it stands for is kept at the connector.
    """
    if letter.held:
        raise RecordUnreadable(Reason.TOO_LARGE, "its bytes are kept at the connector")
    named = (each for each in formats if each.name == letter.format)
    chosen = next(named, None) or format_by_heading(io.BytesIO(letter.value), formats)
    if chosen is None:
        raise RecordUnreadable(Reason.BAD_FORMAT, "no format of this agency")
    events: list[Event] = []
    for reading in chosen.read_bytes(letter.value, letter.received_at):
        if reading.unreadable:
            raise reading.unreadable
        events += reading.events
    if not events:
        raise RecordUnreadable(Reason.BAD_FORMAT, "no record in it")
    return tuple(events)
