"""Webhooks that go out: signed, one thread, with the mishaps of a real net on order."""

from __future__ import annotations

import base64
import hmac
import queue
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field

import requests
from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

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


@dataclass(slots=True)
class Net:
    """What the net does to a share of all parcels, drawn with a seed, and what it did so far."""

    shares: dict[str, float] = field(default_factory=dict)
    seed: int = 0
    posted: int = 0
    left: int = 0
    met: dict[str, int] = field(default_factory=dict)


class Courier:
    """Sends in the order of posting, unless a mishap says otherwise. `mishap` is asked once a
    parcel and gives the name of one of MISHAPS, or ""; then the shares of the net are drawn."""

    def __init__(self, mishap: Callable[[], str]) -> None:
        self._mishap = mishap
        self.net = Net()
        self._chance = random.Random(0)
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
            self.net.posted += 1
        self._waiting.put(make)

    def disturb(self, shares: Mapping[str, float], seed: int) -> None:
        """From now on; {} leaves parcels alone."""
        self.net.shares, self.net.seed = dict(shares), seed
        self._chance = random.Random(seed)

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

    def _drawn(self) -> str:
        point = self._chance.random()
        for name, share in self.net.shares.items():
            if point < share:
                return name
            point -= share
        return ""

    def _leave(self, session: requests.Session, parcel: Parcel) -> None:
        mishap = self._mishap() or self._drawn()
        self.net.left += 1
        self.net.met[mishap] = self.net.met.get(mishap, 0) + 1
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


def control(courier: Courier) -> Blueprint:
    """`/_control/net`: what happens to webhooks on their way, and whether all have left."""
    switches = Blueprint("net", __name__, url_prefix="/_control")

    @switches.get("/net")
    def shown() -> ResponseReturnValue:
        return jsonify({**asdict(courier.net), "quiet": courier.quiet()})

    @switches.post("/net")
    def disturb() -> ResponseReturnValue:
        wanted = request.get_json()
        if not MISHAPS.issuperset(wanted["shares"]):
            return jsonify(error=f"one of {sorted(MISHAPS)}"), 400
        courier.disturb(wanted["shares"], int(wanted.get("seed", 0)))
        return jsonify(asdict(courier.net))

    return switches
