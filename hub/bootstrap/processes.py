"""The processes: ingest and relay, each working for ever whatever is away for a while.

Of each kind one works and holds the lease; another one stands by. What passes (the broker or the
database is away, another worker was quicker) is waited out. What only an operator can decide ends
the process with a message that says what to do.
"""

import gc
import random
import time
from collections.abc import Callable, Collection
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from hub.afresh.values import Outcome
from hub.bootstrap.deciding import OtherPolicy
from hub.bootstrap.heartbeat import beat
from hub.bootstrap.ingest import SourceHalted
from hub.bootstrap.log import log
from hub.bootstrap.referrals import send_waiting
from hub.bootstrap.runtime import Runtime
from hub.bootstrap.watchdog import watchdog
from hub.model.position import Fenced, Place
from hub.store.lease import LeaseTaken, lease
from hub.stream.log import LogReplaced, LogUnavailable, TopicMissing
from hub.stream.relay import Relay, RelayStale

PASSING = (LogUnavailable, DBAPIError, Fenced, OtherPolicy, RelayStale)

WAIT_S = 0.3
"""How long an idle process waits for work before it looks whether it is to end."""
STAND_BY_S = 1.0
GONE_S = 10.0
"""A topic that a broker does not know for so long is gone; just after its start it may not say."""
COLLECT_EVERY = 100_000
"""So many more objects made than freed, before the collector looks for cycles among them."""
GIVE_UP_S = 60.0
"""With --once, nobody waits for ever for a broker or a database."""


def ingest_until(
    runtime: Runtime, is_done: Callable[[], bool], *, once: bool, seen: Callable[[Outcome], None]
) -> Outcome:
    """Take in what comes until told to stop, or, with `once`, until nothing is left.

    Raises:
        LeaseTaken: with `once`, another process is at it.
        LogReplaced, PositionLost, SourceHalted: an operator has to decide.
    """
    total = Outcome()

    def life(is_well: Callable[[], None]) -> None:
        worker = runtime.ingest_worker()
        total.add(worker.start(lambda _: is_well()))
        runtime.expire()
        told: set[Place] = set()
        while not is_done():
            if _send_waiting(runtime, once=once):
                is_well()
            followed = worker.follow()
            outcome = worker.step(0.0 if once or followed else WAIT_S)
            is_well()
            total.add(followed or Outcome())
            total.add(outcome)
            seen(outcome)
            if once and not outcome.read and not followed and not worker.lag():
                if worker.stuck:
                    raise SourceHalted(_stuck(worker.stuck))
                return
            for place in worker.stuck - told:
                log.error("unreadable", process="ingest", reason=f"{place.topic}/{place.partition}")
            told.update(worker.stuck)
            if not once:
                worker.halt_on_bad_deploy()

    _live("ingest", runtime, life, is_done, once=once)
    return total


def relay_until(runtime: Runtime, is_done: Callable[[], bool], *, once: bool) -> int:
    """Send what waits until told to stop, or, with `once`, until nothing is left; give how many went.

    Raises:
        LeaseTaken: with `once`, another process is at it.
        LogReplaced, OutputLost: an operator has to decide.
    """
    sent = 0

    def life(is_well: Callable[[], None]) -> None:
        nonlocal sent
        outbox, output = runtime.outbox(), runtime.output()
        try:
            outbox.trim()
            relay = Relay(outbox, output)
            relay.start()
            if relay.refilled:
                log.warning("refilled", process="relay", count=relay.refilled)
            while not is_done():
                went = relay.step(0.0 if once else WAIT_S)
                is_well()
                sent += went
                if once and not went:
                    return
        finally:
            output.close()
            outbox.close()

    _live("relay", runtime, life, is_done, once=once)
    return sent


def _send_waiting(runtime: Runtime, *, once: bool) -> int:
    """Put referrals that were pushed on their topics. Where that fails, what is there is taken in all the same."""
    try:
        return send_waiting(runtime)
    except LogUnavailable as error:
        if once:
            raise
        log.warning("again", process="referrals", error=type(error).__name__)
        return 0


def _stuck(places: Collection[Place]) -> str:
    names = ", ".join(f"{place.topic}/{place.partition}" for place in sorted(places))
    return (
        f"{names}: what stands at our position there cannot be read at all, so nothing behind it was taken in. "
        "Everything else was. Follow hub/README.md, 'A record that nobody can read'"
    )


def _live(
    name: str,
    runtime: Runtime,
    life: Callable[[Callable[[], None]], None],
    is_done: Callable[[], bool],
    *,
    once: bool,
) -> None:
    """Live one life after the other, each under the lease, until one comes to its end."""
    trouble = _Trouble(name, runtime.settings.home, once=once)
    spare_the_collector()
    while not is_done():
        try:
            with lease(runtime.engine, name), watchdog(name) as got_on:
                trouble.got_on = got_on
                life(trouble.is_over)
                return
        except LeaseTaken:
            if once:
                raise
            log.info("standing by", process=name)
            beat(runtime.settings.home, name)
            time.sleep(STAND_BY_S)
        except PASSING as error:
            trouble.came(error)
            time.sleep(random.uniform(0.1, 0.5))  # noqa: S311 - so that two do not keep step


def spare_the_collector() -> None:
    """Let the garbage collector look less often, and not at what was loaded once and stays.

    A batch makes some hundred thousand objects that reference counts free by themselves. Looking for
    cycles among them at every seven hundredth took a third of the time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_EVERY, 20, 100)


class _Trouble:
    """Knows since when nothing worked, and for how long that may go on."""

    def __init__(self, name: str, home: Path, *, once: bool) -> None:
        self._name, self._home, self._once = name, home, once
        self._since: float | None = None
        self.got_on: Callable[[], None] = lambda: None

    def is_over(self) -> None:
        self._since = None
        self.got_on()
        if not self._once:
            beat(self._home, self._name)

    def came(self, error: Exception) -> None:
        """Note what came in the way.

        Raises:
            LogReplaced: a topic has been missing too long for a broker that is only starting.
            Exception: what came, once nobody waits any longer.
        """
        log.warning(
            "again", process=self._name, error=type(error).__name__
        )  # its text may hold data
        now = time.monotonic()
        self._since = self._since or now
        if isinstance(error, TopicMissing) and now - self._since > GONE_S:
            raise LogReplaced(
                f"the event log has no topic {error.topic}. In a new hub run `hub topics apply`. If it was "
                "there before, the log is lost: follow hub/README.md, 'A lost log'"
            ) from None
        if self._once and now - self._since > GIVE_UP_S:
            raise error
