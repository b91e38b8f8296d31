"""Faults by switch, so that tests and the demo can make the shop misbehave."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from .executor import mutations

NAMES = frozenset(
    {
        "latency", "late_answer", "throttled", "error_before", "error_after",
        "drop_before", "drop_after", "html", "bad_token", "down", "changed",
        "hook_lost", "hook_duplicate", "hook_late", "hook_reordered",
    }
)  # fmt: skip
KINDS = frozenset({"refund", "read", "write", "any", "hook", "token"})
"""Also every mutation by its own name; "write" is all of them but the refund."""
FOREVER = 0


class UnknownFault(ValueError):
    """A switch this shop does not have."""


@dataclass(slots=True, kw_only=True)
class Fault:
    """`times` left; 0 = until cleared."""

    fault: str
    on: str = "any"
    times: int = 1
    seconds: float = 0.0


class Switchboard:
    """The faults set now, in the order they were set."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(self, wanted: Mapping[str, Any]) -> None:
        """Raises UnknownFault."""
        try:
            fault = Fault(**wanted)
        except TypeError as error:
            raise UnknownFault(str(error)) from error
        if fault.fault not in NAMES or fault.on not in KINDS | mutations():
            raise UnknownFault(f"{fault.fault} on {fault.on}")
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def listed(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(fault) for fault in self._faults]

    def draw(self, kind: str, *, reads_order: bool) -> dict[str, Fault]:
        """The faults that hit a request of this kind, by name; each is used up by one."""
        with self._lock:
            hit = [fault for fault in self._faults if _hits(fault, kind, reads_order)]
            drawn = {fault.fault: Fault(**asdict(fault)) for fault in reversed(hit)}
            for fault in {fault.fault: fault for fault in reversed(hit)}.values():
                self._use(fault)
            return drawn

    def draw_hook(self, names: frozenset[str]) -> Fault | None:
        """The mishap that meets the next webhook."""
        with self._lock:
            hit = next((fault for fault in self._faults if fault.fault in names), None)
            if hit is not None:
                self._use(hit)
            return hit

    def _use(self, fault: Fault) -> None:
        if fault.times == FOREVER:
            return
        fault.times -= 1
        if fault.times == 0:
            self._faults.remove(fault)


def _hits(fault: Fault, kind: str, reads_order: bool) -> bool:
    if fault.fault.startswith("hook_"):
        return False
    if fault.fault == "changed":
        return reads_order
    if fault.on == "write":
        return kind not in ("refund", "read")
    return fault.on in ("any", kind)
