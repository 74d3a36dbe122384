"""End a long-running command politely: SIGTERM and Ctrl-C let it finish the batch it is at."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event


@contextmanager
def stopped() -> Iterator[Callable[[], bool]]:
    """Give a function that tells whether the process was asked to end."""
    asked = Event()
    before = {each: signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)}
    for each in before:
        signal.signal(each, lambda *_: asked.set())
    try:
        yield asked.is_set
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
