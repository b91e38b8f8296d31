"""Mishaps on order: what a shop or the net before it does once in a while."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from typing import Any

NAMES = frozenset(
    (
        "latency",
        "late_answer",
        "throttled",
        "error_before",
        "error_after",
        "drop_before",
        "drop_after",
        "html",
        "bad_token",
        "down",
        "changed",
        "hook_lost",
        "hook_duplicate",
        "hook_late",
        "hook_reordered",
    )
)
PLACES = frozenset(("refund", "read", "write", "any", "hook", "callback"))
"""Also a method and the end of a path, as "PUT orders"; "write" is all of them but refunds."""
FOREVER = 0


@dataclass(slots=True, kw_only=True)
class Fault:
    """`times` counts down; 0 means until cleared. `seconds` is for latency,
    and for an answer that is kept back although it was read."""

    fault: str
    on: str = "any"
    times: int = 1
    seconds: float = 1.0


class Faults:
    """The mishaps waiting to happen."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, wanted: dict[str, Any]) -> None:
        """Raises ValueError for a name or place that does not exist."""
        fault = Fault(
            fault=str(wanted.get("fault")),
            on=str(wanted.get("on", "any")),
            times=int(wanted.get("times", 1)),
            seconds=float(wanted.get("seconds", 1)),
        )
        if fault.fault not in NAMES or not (fault.on in PLACES or " " in fault.on):
            raise ValueError(f"no such fault: {wanted}")
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()

    def shown(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(fault) for fault in self._waiting]

    def take(self, places: Collection[str], names: Iterable[str]) -> list[Fault]:
        """Those of `names` that strike at one of `places` now, each used up once."""
        wanted = frozenset(names)
        with self._lock:
            here = [f for f in self._waiting if f.on in (*places, "any")]
            struck = [f for f in here if f.fault in wanted]
            for fault in struck:
                self._use(fault)
            return struck

    def _use(self, fault: Fault) -> None:
        if fault.times == FOREVER:
            return
        fault.times -= 1
        if fault.times == 0:
            self._waiting.remove(fault)
