"""Ends a process that hangs, so that whoever supervises it starts a new one.

kafka-python waits for ever for some answers (`commit_transaction`), with no time-out to set. Nothing
is lost by ending it: that is what the fences and the relay's start-up are for.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from hub.bootstrap.log import log

LIMIT_S = 120.0
LOOK_S = 1.0
HUNG = 70


@contextmanager
def watchdog(
    process: str,
    limit_s: float = LIMIT_S,
    *,
    look_s: float = LOOK_S,
    bite: Callable[[int], object] = os._exit,
) -> Iterator[Callable[[], None]]:
    """Give a function to call whenever the process got on; end the process if it falls silent."""
    last = time.monotonic()
    over = threading.Event()

    def is_well() -> None:
        nonlocal last
        last = time.monotonic()

    def look() -> None:
        while not over.wait(look_s):
            if time.monotonic() - last > limit_s:
                log.error("hung", process=process)
                bite(HUNG)
                return

    watcher = threading.Thread(target=look, daemon=True, name=f"{process} watchdog")
    watcher.start()
    try:
        yield is_well
    finally:
        over.set()
        watcher.join()
