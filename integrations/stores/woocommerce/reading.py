"""Around lists and mappings: what cannot be read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

import msgspec

from plugin.errors import BadAnswer

from .client import decoded

T = TypeVar("T")
PAGE = 50


class _Head(msgspec.Struct):
    id: int


_HEAD = msgspec.json.Decoder(_Head)
_RAW = msgspec.json.Decoder(list[msgspec.Raw])


def records(decoder: msgspec.json.Decoder[list[T]], body: bytes) -> tuple[list[T], list[int]]:
    """Of a list those of the expected shape, and the ids of all others. Raises BadAnswer."""
    try:
        return decoder.decode(body), []
    except ValueError:
        pass  # one by one
    found: list[T] = []
    broken: list[int] = []
    for raw in decoded(_RAW, body):
        try:
            found += decoder.decode(b"[" + bytes(raw) + b"]")
        except ValueError:
            broken.append(decoded(_HEAD, bytes(raw)).id)
    return found, broken


@contextmanager
def readable() -> Iterator[None]:
    """Turns what a mapping stumbles over into BadAnswer."""
    try:
        yield
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        raise BadAnswer("bad_answer", cause=type(error).__name__) from error
