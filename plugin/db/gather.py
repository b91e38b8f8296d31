"""Writes of many threads in one transaction, so that they share one commit and one wait for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, TypeVar

C = TypeVar("C")
T = TypeVar("T")
R = TypeVar("R")
PAUSE = 0.001  # seconds: a fifth more in all for a crowd, and nothing for who comes alone


@dataclass(slots=True, eq=False)
class _Waiting(Generic[T]):
    """`call` is held until it is over, or until it is this one's turn to write."""

    item: T
    call: threading.Lock = field(default_factory=threading.Lock)
    over: bool = False
    result: Any = None
    error: Exception | None = None

    def settle(self, result: Any = None, error: Exception | None = None) -> None:
        self.result, self.error, self.over = result, error, True
        self.call.release()


class Gathering(Generic[C, T, R]):
    """One thread at a time writes for all: whatever the others handed over until its transaction
    had begun. The first of those that came too late writes next. Each comes back when its own is
    committed, or raises what happened to it. If a transaction fails, every item is tried by
    itself."""

    def __init__(
        self,
        begin: Callable[[], AbstractContextManager[C]],
        write: Callable[[C, Sequence[T]], Sequence[R]],
    ) -> None:
        self._begin = begin
        self._write = write
        self._waiting: list[_Waiting[T]] = []
        self._led = False
        self._crowded = False
        self._guard = threading.Lock()

    def put(self, item: T) -> R:
        mine = _Waiting(item)
        mine.call.acquire()
        with self._guard:
            self._waiting.append(mine)
            leads, self._led = not self._led, True
        if not leads:
            mine.call.acquire()
        if not mine.over:
            if self._crowded:
                time.sleep(PAUSE)
            try:
                self._commit(self._take)
            finally:
                self._hand_over()
        if mine.error is not None:
            raise mine.error
        result: R = mine.result
        return result

    def _take(self) -> list[_Waiting[T]]:
        with self._guard:
            taken, self._waiting = self._waiting, []
            self._crowded = len(taken) > 1
        return taken

    def _hand_over(self) -> None:
        with self._guard:
            self._led = bool(self._waiting)
            if self._led:
                self._waiting[0].call.release()

    def _commit(self, take: Callable[[], list[_Waiting[T]]]) -> None:
        taken: list[_Waiting[T]] = []
        try:
            with self._begin() as transaction:
                taken = take()
                results = self._write(transaction, [each.item for each in taken])
        except Exception as error:  # noqa: BLE001 - raised by `put` where it belongs
            if len(taken) > 1:
                for each in taken:
                    self._commit(partial(list, (each,)))
                return
            for each in taken or take():  # if nothing could begin, it is the same for all
                each.settle(error=error)
        else:
            for each, result in zip(taken, results, strict=True):
                each.settle(result)
