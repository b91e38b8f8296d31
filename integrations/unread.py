"""Of many records those that can be read; one that cannot costs nobody the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from plugin.errors import BadAnswer

T = TypeVar("T")
R = TypeVar("R")


def each(
    items: Iterable[T], read: Callable[[T], R], ref: Callable[[T], str]
) -> tuple[list[R], list[str]]:
    """Also the refs of those of another shape. What fails for another reason fails for all."""
    found: list[R] = []
    unread: list[str] = []
    for item in items:
        try:
            found.append(read(item))
        except BadAnswer as error:
            if error.code != "bad_answer":
                raise
            unread.append(ref(item))
    return found, unread
