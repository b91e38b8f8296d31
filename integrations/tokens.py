"""What signed launches have in common: the form field a token comes in, and how fresh it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from plugin.errors import LaunchRefused


def in_form(body: bytes, field: str) -> str:
    """The token of a posted form, "" if there is none. Raises LaunchRefused("launch_invalid") for
    what is no form or has two."""
    try:
        fields = parse_qsl(body.decode("ascii"), max_num_fields=20)
    except ValueError as error:
        raise LaunchRefused("launch_invalid") from error
    tokens = [value for name, value in fields if name == field]
    if len(tokens) > 1:
        raise LaunchRefused("launch_invalid")
    return tokens[0] if tokens else ""


def fresh_until(
    claims: Mapping[str, Any], now: datetime, *, longest: timedelta, leeway: timedelta
) -> datetime:
    """Until when a token with these `iat`, `exp` and perhaps `nbf` (RFC 7519) must be remembered;
    `longest` is how long it may say it is good for. Raises LaunchRefused: launch_invalid,
    launch_expired."""
    issued, expires = _moment(claims, "iat"), _moment(claims, "exp")
    begins = _moment(claims, "nbf") if "nbf" in claims else issued
    if expires <= issued or expires - issued > longest or max(issued, begins) > now + leeway:
        raise LaunchRefused("launch_invalid")
    if now >= expires + leeway:
        raise LaunchRefused("launch_expired")
    return expires + leeway


def _moment(claims: Mapping[str, Any], name: str) -> datetime:
    value = claims[name]
    if isinstance(value, bool) or not isinstance(value, int):
        raise LaunchRefused("launch_invalid")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, OSError, ValueError) as error:
        raise LaunchRefused("launch_invalid") from error
