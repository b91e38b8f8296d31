"""Giving way: what runs beside people's work lets their calls go first. Set around such work, and
asked by `ApiClient` before every call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Event

leaving = Event()
"""Set when the process was asked to end: long work stops after the step it is at."""
_before: ContextVar[Callable[[], None] | None] = ContextVar("before", default=None)


class GaveWay(Exception):
    """People keep the shop busy: the call was not made, and is to be tried in a while."""


def give_way() -> None:
    """Returns when the call may go. Raises GaveWay."""
    ask = _before.get()
    if ask is not None:
        ask()


@contextmanager
def giving_way(ask: Callable[[], None]) -> Iterator[None]:
    """`ask` returns when nobody is in front, or raises GaveWay."""
    token = _before.set(ask)
    try:
        yield
    finally:
        _before.reset(token)
