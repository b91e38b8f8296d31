"""Choices that look like chance and are the same for ever: a hash of what is being chosen."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def number(limit: int, *about: object) -> int:
    """0 ≤ result < limit, the same for the same `about` on every machine."""
    text = "|".join(str(part) for part in about)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") % limit


def pick(options: Sequence[T], *about: object) -> T:
    return options[number(len(options), *about)]
