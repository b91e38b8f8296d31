"""How actions wake a job without importing jobs."""

from __future__ import annotations

from typing import Protocol


class Wake(Protocol):
    """Called after the commit that made the work visible; losing a wake loses no work."""

    def __call__(self, job: str, *ids: str) -> None: ...
