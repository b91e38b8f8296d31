"""Writes of many threads in one transaction, so that they share one commit and one wait for it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


@dataclass(slots=True, eq=False)
class _Waiting(Generic[T]):
    item: T
    over: bool = False
    result: Any = None
    error: Exception | None = None


class Gathering(Generic[T, R]):
    """Who comes first writes, with all that others hand over meanwhile; each comes back when its
    own is committed, or raises what happened to it. `commit` is a transaction over some items; if
    it fails, every item is tried by itself."""

    def __init__(self, commit: Callable[[Sequence[T]], Sequence[R]]) -> None:
        self._commit = commit
        self._waiting: list[_Waiting[T]] = []
        self._guard = threading.Lock()
        self._turn = threading.Lock()

    def put(self, item: T) -> R:
        mine = _Waiting(item)
        with self._guard:
            self._waiting.append(mine)
        with self._turn:
            if not mine.over:
                with self._guard:
                    taken, self._waiting = self._waiting, []
                self._write(taken)
        if mine.error is not None:
            raise mine.error
        result: R = mine.result
        return result

    def _write(self, taken: Sequence[_Waiting[T]]) -> None:
        try:
            results = self._commit([each.item for each in taken])
        except Exception as error:  # noqa: BLE001 - raised by `put` where it belongs
            if len(taken) == 1:
                taken[0].over, taken[0].error = True, error
                return
            for each in taken:
                self._write([each])
            return
        for each, result in zip(taken, results, strict=True):
            each.over, each.result = True, result
