"""Webhooks that go out: signed, one thread, with the mishaps of a real net on order."""

from __future__ import annotations

import base64
import hmac
import queue
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import requests

LATE_SECONDS = 1.0
_TIMEOUT = (1, 5)
MISHAPS = frozenset(("hook_lost", "hook_duplicate", "hook_late", "hook_reordered"))


def signature(secret: str, body: bytes) -> str:
    """base64 of HMAC-SHA256, as both vendors have it."""
    return base64.b64encode(hmac.digest(secret.encode(), body, "sha256")).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One request to come. `answered` hears whether it was taken (any 2xx)."""

    url: str
    headers: Mapping[str, str]
    body: bytes
    answered: Callable[[bool], None] = lambda _taken: None


class Courier:
    """Sends in the order of posting, unless a mishap says otherwise. `mishap` is asked once a
    parcel and gives the name of one of MISHAPS, or ""."""

    def __init__(self, mishap: Callable[[], str]) -> None:
        self._mishap = mishap
        self._waiting: queue.Queue[Callable[[], Parcel | None]] = queue.Queue()
        self._held: Parcel | None = None
        self._started = False
        self._lock = threading.Lock()

    def post(self, make: Callable[[], Parcel | None]) -> None:
        """`make` is called when the parcel leaves: what is sent is what is true then."""
        with self._lock:
            if not self._started:
                self._started = True
                threading.Thread(target=self._work, daemon=True).start()
        self._waiting.put(make)

    def quiet(self) -> bool:
        """Whether everything posted has left."""
        return self._waiting.unfinished_tasks == 0

    def _work(self) -> None:
        with requests.Session() as session:
            session.trust_env = False
            while True:
                make = self._waiting.get()
                try:
                    parcel = make()
                    if parcel is not None:
                        self._leave(session, parcel)
                finally:
                    self._waiting.task_done()

    def _leave(self, session: requests.Session, parcel: Parcel) -> None:
        mishap = self._mishap()
        if mishap == "hook_lost":
            return
        if mishap == "hook_reordered" and self._held is None:
            self._held = parcel
            return
        if mishap == "hook_late":
            time.sleep(LATE_SECONDS)
        _send(session, parcel)
        if mishap == "hook_duplicate":
            _send(session, parcel)
        if self._held is not None:
            held, self._held = self._held, None
            _send(session, held)


def _send(session: requests.Session, parcel: Parcel) -> None:
    try:
        answer = session.post(
            parcel.url, data=parcel.body, headers=dict(parcel.headers), timeout=_TIMEOUT,
            allow_redirects=False,
        )  # fmt: skip
    except requests.RequestException:
        parcel.answered(False)
        return
    parcel.answered(200 <= answer.status_code <= 302)
