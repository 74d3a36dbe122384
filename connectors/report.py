"""What a run did, in numbers: every record is either accepted or a dead letter."""

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hub.model.agency import AgencyId
from hub.model.dead_letter import Reason

WINDOW_RECORDS = 10_000
MAX_BAD_SHARE = 0.01
MIN_BAD_RECORDS = 100
"""More than the share, and at least this many, in the window: a bad deploy, no bad row."""


class SourceHalted(Exception):
    """Too much of a source cannot be read: stop before all of it is set aside."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a run did. `read` = `accepted` + all dead letters.

    `published` events are in the log, whenever they were read; `waiting` messages are in the spool,
    and go out with the next run.
    """

    agency: AgencyId
    formats: tuple[str, ...]
    files: int
    read: int
    accepted: int
    warned: Mapping[str, int]
    dead_letters: Mapping[Reason, int]
    events: Mapping[str, int]
    published: int
    waiting: int
    seconds: float


@dataclass(slots=True)
class Tally:
    """Counts while a run goes on."""

    agency: AgencyId
    formats: set[str] = field(default_factory=set)
    files: int = 0
    accepted: int = 0
    warned: Counter[str] = field(default_factory=Counter)
    dead_letters: Counter[Reason] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    published: int = 0

    def report(self, *, waiting: int, seconds: float) -> Report:
        return Report(
            agency=self.agency,
            formats=tuple(sorted(self.formats)),
            files=self.files,
            read=self.accepted + self.dead_letters.total(),
            accepted=self.accepted,
            warned=dict(self.warned),
            dead_letters=dict(self.dead_letters),
            events=dict(self.events),
            published=self.published,
            waiting=waiting,
            seconds=seconds,
        )


class Window:
    """Watches the last records of a source, and stops it when too many of them are bad."""

    def __init__(self) -> None:
        self._bad: deque[bool] = deque(maxlen=WINDOW_RECORDS)

    def check(self, bad: Sequence[bool]) -> None:
        """Take the next records in.

        Raises:
            SourceHalted: too many of the last ones were bad.
        """
        self._bad.extend(bad)
        count = sum(self._bad)
        if count >= MIN_BAD_RECORDS and count > MAX_BAD_SHARE * len(self._bad):
            raise SourceHalted(
                f"{count} of the last {len(self._bad)} records could not be read. What was read is"
                " kept and goes out. Look at the dead letters: if the sender changed its export,"
                " correct the mapping or have the export mended; then start the connector again"
            )
