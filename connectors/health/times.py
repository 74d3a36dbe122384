"""When it was: of all the times that a message states, those of the attendance."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from connectors.connector import RecordUnreadable
from connectors.health.bundle import Message, Resource
from connectors.health.fhir_times import Instant, instant
from connectors.health.trust import Trust
from hub.model.dead_letter import Reason


@dataclass(frozen=True, slots=True)
class Times:
    """When somebody attended, and when that was reported.

    A report is as old as the request that goes with it, so that a later version of the message does
    not make it newer; without a request the attendance itself is when the trust was told.
    """

    occurred: Instant
    reported_at: datetime


def times_of(
    message: Message,
    trust: Trust,
    encounter: Resource | None,
    written: str | None,
    received_at: datetime,
) -> Times:
    """Read a message's times.

    Raises:
        RecordUnreadable: it has none.
    """
    texts = {"occurred": _began(message, encounter), "reported": _requested(message)}
    read = {
        name: _instant(message, text, trust, received_at)
        for name, text in {**texts, "written": written}.items()
    }
    occurred, reported = read["occurred"], read["reported"]
    told = reported or occurred or read["written"]
    if told is None:
        code = "missing" if not any((*texts.values(), written)) else "not-a-time"
        raise RecordUnreadable(
            Reason.BAD_VALUE, f"Encounter.period.start, Bundle.timestamp: {code}"
        )
    counted = [each for each in (occurred, reported) if each] or [told]
    for doubt in dict.fromkeys(doubt for each in counted for doubt in each.doubts):
        message.look.doubt(doubt)
    return Times(occurred or Instant(told.at, "unknown"), told.at)


def _began(message: Message, encounter: Resource | None) -> str | None:
    if encounter is None:
        return None
    return message.look.words(message.look.part(encounter.content, "period"), "start")


def _requested(message: Message) -> str | None:
    return next(filter(None, _requests(message)), None)


def _requests(message: Message) -> Iterator[str | None]:
    for each in message.of("ServiceRequest"):
        yield message.look.words(each.content, "authoredOn")


def _instant(
    message: Message, text: str | None, trust: Trust, received_at: datetime
) -> Instant | None:
    if text is None:
        return None
    found = instant(text, trust.zone, received_at)
    if found is None:
        message.look.doubt("not-a-time")
    return found
