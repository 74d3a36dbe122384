"""End with the process that started us, however that one ends.

`hub run` holds the other end of each child's standard input. When it is gone, kill -9 included, the
child reads its end: it asks itself to stop, and if that takes too long it just ends. Nothing is lost
by that: the fences are for it.
"""

import os
import signal
import threading
import time
from collections.abc import Mapping

from hub.settings import SUPERVISED

STOP_S = 8.0
ORPHANED = 71


def end_with_parent(environment: Mapping[str, str] = os.environ) -> None:
    """Watch standard input, if we were started to do so."""
    if environment.get(SUPERVISED) == "1":
        threading.Thread(target=_watch, daemon=True, name="parent").start()


def _watch() -> None:
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(STOP_S)
    os._exit(ORPHANED)
