"""A process that hangs is ended; one that gets on is left alone."""

import threading

from hub.bootstrap.watchdog import HUNG, watchdog


def test_a_process_that_falls_silent_is_ended() -> None:
    bitten, ends = [], threading.Event()

    def bite(code: int) -> None:
        bitten.append(code)
        ends.set()

    with watchdog("relay", 0.05, look_s=0.01, bite=bite):
        assert ends.wait(10)

    assert bitten == [HUNG]


def test_a_process_that_gets_on_is_left_alone() -> None:
    bitten: list[int] = []
    pause = threading.Event()

    with watchdog("relay", 5, look_s=0.01, bite=bitten.append) as is_well:
        for _ in range(20):
            is_well()
            pause.wait(0.01)

    assert bitten == []
