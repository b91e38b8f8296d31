"""Around mappings and lists: what cannot be read, and whether more follows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from plugin.errors import BadAnswer

from .client import Listing

PAGE = 50


@contextmanager
def readable() -> Iterator[None]:
    """Turns what a mapping stumbles over into BadAnswer."""
    try:
        yield
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        raise BadAnswer("bad_answer", cause=type(error).__name__) from error


def next_page(listing: Listing, number: int, count: int, *, size: int = PAGE) -> str | None:
    """The next page; without the shop's own count a full page means that more may come."""
    more = number < listing.pages if listing.pages is not None else count == size
    return str(number + 1) if more and count else None
