"""What a shop seldom changes, remembered for some minutes and shared by the threads of a process:
its currency and its payment methods. Stores themselves are made anew for each job."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")
_SECONDS = 600.0
_MOST = 1000


class Remembered(Generic[T]):
    """Values by key, each fetched again after ten minutes. `now` counts seconds."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = Lock()
        self._values: dict[tuple[str, ...], tuple[float, T]] = {}

    def get(self, key: tuple[str, ...], fetch: Callable[[], T]) -> T:
        """The known value, else what `fetch` gives. Two threads may both fetch; errors are not
        remembered."""
        with self._lock:
            known = self._values.get(key)
        if known and self._now() - known[0] < _SECONDS:
            return known[1]
        value = fetch()
        with self._lock:
            if len(self._values) >= _MOST:
                self._values.clear()
            self._values[key] = (self._now(), value)
        return value
