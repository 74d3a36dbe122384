"""What was worked out already and would come out the same again, as much of it as there is room for."""

from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Mapping
from threading import Lock
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Found = TypeVar("Found")


class Remembered(Generic[Key, Found]):
    """Results by all that they rest on; what was asked for longest ago is forgotten first.

    `room` is how much is kept, by the `weight` of each result.
    """

    def __init__(self, room: int, weight: Callable[[Found], int] = lambda _: 1) -> None:
        self._room, self._weight, self._lock = room, weight, Lock()
        self._known: OrderedDict[Key, Found] = OrderedDict()
        self._taken = 0

    def known(self, keys: Collection[Key]) -> dict[Key, Found]:
        with self._lock:
            there = {key: self._known[key] for key in keys if key in self._known}
            for key in there:
                self._known.move_to_end(key)
            return there

    def keep(self, found: Mapping[Key, Found]) -> None:
        with self._lock:
            for key, one in found.items():
                if key not in self._known:
                    self._known[key] = one
                    self._taken += self._weight(one)
            while self._taken > self._room:
                _, gone = self._known.popitem(last=False)
                self._taken -= self._weight(gone)
