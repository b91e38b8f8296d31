"""A logger that remembers, in the place of one that other tests have made print."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class FakeLog:
    """Every event of every level, with its values."""

    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []

    def __getattr__(self, level: str) -> Callable[..., None]:
        return lambda event, **values: self.events.append((event, values))
