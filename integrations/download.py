"""An answer of any size, read in pieces: bounded in time and by a least rate, not in size."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import requests
import urllib3

from integrations.pinned import Trip, trip
from plugin.errors import Unreachable

PIECE = 1 << 16
LONGEST = 6 * 3600.0
LEAST_RATE = 2048.0
"""Bytes a second, over every window: a sender that drips is left."""
WINDOW = 60.0

Now = Callable[[], float]


@dataclass(slots=True)
class Flow:
    """One open answer; `close` it. `clock` counts seconds."""

    response: requests.Response
    journey: Trip
    clock: Now = time.monotonic

    def pieces(self) -> Iterator[bytes]:
        """Decoded pieces. Raises Unreachable("shop_unreachable")."""
        began = self.clock()
        received = 0
        while True:
            piece, cause = self._piece()
            if cause:
                # outside the except block: the library's error quotes the address
                raise Unreachable("shop_unreachable", cause=cause)
            if not piece:
                return
            received += len(piece)
            yield piece
            passed = self.clock() - began
            if passed >= WINDOW:
                if received < LEAST_RATE * passed:
                    raise Unreachable("shop_unreachable", cause="too_slow")
                began, received = self.clock(), 0

    def _piece(self) -> tuple[bytes, str]:
        try:
            return self.response.raw.read1(PIECE, decode_content=True), ""
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            return b"", type(error).__name__

    def close(self) -> None:
        """Also of an answer read in part: its connection is not used again."""
        self.journey.done()
        self.response.close()


def opened(
    session: requests.Session, prepared: requests.PreparedRequest, timeout: tuple[float, float],
    *, allow_loopback: bool,
) -> Flow:  # fmt: skip
    """Sends, and returns when the head of the answer is there. Raises Unreachable."""
    journey = Trip(allow_loopback=allow_loopback, seconds=LONGEST)
    token = trip.set(journey)
    cause = ""
    try:
        response = session.send(prepared, timeout=timeout, allow_redirects=False, stream=True)
        return Flow(response, journey)
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        cause = type(error).__name__
    finally:
        trip.reset(token)
    journey.done()
    if journey.forbidden:
        raise Unreachable("address_forbidden")
    raise Unreachable("shop_unreachable", cause=cause)
