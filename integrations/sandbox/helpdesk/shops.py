"""The inbox's hands on the pretend shops: what is asleep, whose next answer gets lost."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import requests

SLEEPY_TICKET = 8
_SECONDS = 5


class ShopsUnreachable(Exception):
    """A pretend shop did not take an order from the inbox."""


@dataclass(slots=True, kw_only=True)
class Shops:
    """Remembers what was switched, since a shop's faults are cleared together."""

    first: str
    sleepy: str
    losing: bool = False
    asleep: bool = False
    ticket: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def select(self, ticket: int) -> None:
        """Casa Oliva falls asleep with ticket 8 and wakes when it is left."""
        with self._lock:
            self._notice_lost()
            entered = ticket != self.ticket
            self.ticket = ticket
            if entered and (ticket == SLEEPY_TICKET) != self.asleep:
                self._apply(losing=self.losing, asleep=ticket == SLEEPY_TICKET)

    def toggle_lost_answer(self) -> None:
        with self._lock:
            self._notice_lost()
            self._apply(losing=not self.losing, asleep=self.asleep)

    def wake(self) -> None:
        with self._lock:
            self._notice_lost()
            self._apply(losing=self.losing, asleep=False)

    def _notice_lost(self) -> None:
        """One answer is to get lost, not one in each shop."""
        if self.losing and not all(
            "drop_after" in _call("GET", url) for url in (self.first, self.sleepy)
        ):
            self._apply(losing=False, asleep=self.asleep)

    def _apply(self, *, losing: bool, asleep: bool) -> None:
        for url in (self.first, self.sleepy):
            _call("DELETE", url)
            if losing:
                _call("POST", url, {"fault": "drop_after", "on": "refund", "times": 1})
        if asleep:
            _call("POST", self.sleepy, {"fault": "down", "on": "any", "times": 0})
        self.losing, self.asleep = losing, asleep


def _call(method: str, url: str, body: dict[str, object] | None = None) -> str:
    with requests.Session() as session:
        session.trust_env = False
        try:
            answer = session.request(method, f"{url}/_control/faults", json=body, timeout=_SECONDS)
            answer.raise_for_status()
            return answer.text
        except requests.RequestException as error:
            raise ShopsUnreachable(type(error).__name__) from error
