"""Take the files of one agency's inbox in: accept, read, keep, send, put away.

Each step can be the last before a kill, and the next run goes on from what is on disk:
accepted, and nothing read; read so far, by the spool's progress; all read, and not yet put away.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from connectors.inbox import digest_of, files, put_away, stamp
from connectors.outcome import UNKNOWN_FORMAT, Maker, Outcome
from connectors.publish import DEAD_LETTERS, LogUnreachable, Message, Sender
from connectors.report import Tally, Window
from connectors.spool import Progress, Spool, SpoolFull

CHUNK_RECORDS = 200
CHUNK_BYTES = 4_000_000
"""How much is written to the spool at once."""

OnProgress = Callable[[str, int], None]
"""Told now and then: a file's name, and how many of its records were read."""

Settled = Callable[[Path], bool]
"""Tells whether a file may be read now."""


@dataclass(slots=True)
class Desk:
    """Where one pass over an inbox is worked off."""

    inbox: Path
    make: Maker
    spool: Spool
    now: Callable[[], datetime]
    tally: Tally
    on_progress: OnProgress | None
    window: Window | None = None
    log_is_away: bool = False

    def take_in_all(self, settled: Settled | None) -> None:
        """Take in each file that may be read, by name."""
        self._forget_what_is_gone()
        for file in files(self.inbox):
            if settled is None or settled(file):
                self._take_in_if_there(file)

    def drain(self) -> None:
        """Send what waits; while the log is away it goes on waiting."""
        counting = _Counting(self.make.publisher, self.tally)
        try:
            while not self.log_is_away and self.spool.drain(counting):
                pass
        except LogUnreachable:
            self.log_is_away = True

    def _take_in_if_there(self, file: Path) -> None:
        """Take a file in; one that its sender takes back meanwhile is none of ours."""
        try:
            self._take_in(file)
        except FileNotFoundError:
            if file.exists():
                raise

    def _take_in(self, file: Path) -> None:
        before = stamp(file)
        if before is None:
            return
        progress = self._accepted(file)
        if not progress.finished:
            for chunk in _chunks(self._outcomes(file, progress)):
                progress = replace(progress, records_done=progress.records_done + len(chunk))
                self._keep(chunk, progress)
            if stamp(file) != before:  # written to meanwhile: read it again
                self.spool.forget(progress.digest, progress.name)
                return
            self.spool.put((), replace(progress, finished=True))
            self.tally.files += 1
        put_away(file, progress.digest, progress.received_at)
        self.spool.forget(progress.digest, progress.name)

    def _accepted(self, file: Path) -> Progress:
        """Give how far a file was read. One that was not seen before is received now."""
        digest = digest_of(file)
        progress = self.spool.progress(digest, file.name)
        if progress is None:
            progress = Progress(digest, file.name, self.now())
            self.spool.accept(progress)
        return progress

    def _outcomes(self, file: Path, progress: Progress) -> Iterator[Outcome]:
        return self.make.outcomes(
            file, progress.digest, progress.received_at, skip=progress.records_done
        )

    def _keep(self, chunk: list[Outcome], progress: Progress) -> None:
        """Put what came of some records onto disk, count it, and send what waits."""
        messages = [message for outcome in chunk for message in outcome.messages]
        try:
            self.spool.put(messages, progress)
        except SpoolFull:
            self.drain()
            self.spool.put(messages, progress)
        count(chunk, self.tally)
        if self.on_progress:
            self.on_progress(progress.name, progress.records_done)
        self.drain()
        if self.window:
            self.window.check([outcome.dead is not None for outcome in chunk])

    def _forget_what_is_gone(self) -> None:
        for digest, name in self.spool.names():
            if not (self.inbox / name).is_file():
                self.spool.forget(digest, name)


def count(chunk: Iterable[Outcome], tally: Tally) -> None:
    for outcome in chunk:
        if outcome.format != UNKNOWN_FORMAT:
            tally.formats.add(outcome.format)
        tally.warned.update(outcome.warnings)
        tally.events.update(outcome.events)
        if outcome.dead is None:
            tally.accepted += 1
        else:
            tally.dead_letters[outcome.dead] += 1


def _chunks(outcomes: Iterable[Outcome]) -> Iterator[list[Outcome]]:
    chunk: list[Outcome] = []
    size = 0
    for outcome in outcomes:
        chunk.append(outcome)
        size += outcome.size
        if len(chunk) >= CHUNK_RECORDS or size >= CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


@dataclass(frozen=True, slots=True)
class _Counting:
    """Counts the events that the log acknowledged; dead letters are counted where they are made."""

    publisher: Sender
    tally: Tally

    def send(self, messages: Sequence[Message]) -> None:
        self.publisher.send(messages)
        self.tally.published += sum(message.topic != DEAD_LETTERS for message in messages)
