"""How often one client may call. Counted by each process for itself, over a moving minute."""

import math
import time

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from hub.api.problems import Problem

CALLS_A_MINUTE = 600
TOO_MANY = 429


class Pace:
    """Counts each client's calls. With two processes a client may call twice as often."""

    def __init__(self, calls_a_minute: int) -> None:
        self._allowed = RateLimitItemPerMinute(calls_a_minute)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def check(self, client: str) -> None:
        """Count a call.

        Raises:
            Problem: it is one too many; it says in how many seconds the next one is taken.
        """
        if self._limiter.hit(self._allowed, client):
            return
        left_s = self._limiter.get_window_stats(self._allowed, client).reset_time - time.time()
        raise Problem(
            TOO_MANY,
            "too-many-requests",
            "The client calls too often: wait as long as Retry-After says",
            headers={"Retry-After": str(max(1, math.ceil(left_s)))},
        )
