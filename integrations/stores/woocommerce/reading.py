"""Around mappings: what cannot be read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from plugin.errors import BadAnswer

PAGE = 50


@contextmanager
def readable() -> Iterator[None]:
    """Turns what a mapping stumbles over into BadAnswer."""
    try:
        yield
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        raise BadAnswer("bad_answer", cause=type(error).__name__) from error
