"""Time and identity, so that tests own both."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]

_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ"


def utc_now() -> datetime:
    """The present, aware UTC."""
    return datetime.now(UTC)


def new_id(prefix: str = "") -> str:
    """An unguessable url-safe id of 128 bits."""
    return prefix + secrets.token_hex(16)


def new_reference() -> str:
    """ "M-" and eight letters: short enough for a note, unique enough for one order."""
    return "M-" + "".join(secrets.choice(_ALPHABET) for _ in range(8))
