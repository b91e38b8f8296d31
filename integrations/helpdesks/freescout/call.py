"""The request of the Sidebar Webhook: JSON with the mailbox's secret in clear, no signature and no
time, so that a replay cannot be told from another look at the conversation."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from plugin.errors import LaunchRefused
from plugin.ports.helpdesk import InstallSecrets, Launch, Request, Writer

_MOST_PHONES, _ADDRESS, _TEXT = 10, 254, 4000


def read(request: Request, install: InstallSecrets, now: datetime) -> Launch:
    """Whom the conversation is with. FreeScout names no conversation and no agent, and as address
    the first of the customer's record, which need not be the one that wrote."""
    if not request.body:  # a redirect on the way makes a GET of it
        raise LaunchRefused("launch_missing")
    said = _json(request.body)
    given = said.get("secret")
    if not isinstance(given, str) or not given:
        raise LaunchRefused("launch_secret_missing")
    if not install.secret or not hmac.compare_digest(given.encode(), install.secret):
        raise LaunchRefused("launch_secret_wrong")
    email = _text(said.get("customerEmail"))
    return Launch(
        writer=Writer(
            emails=(email,) if 0 < len(email) <= _ADDRESS else (),
            phones=tuple(_phones(said.get("customerPhones"))),
        ),
        source="claimed",
        proof="secret",
        place=_mailbox(said.get("mailboxId")),
        text=_text(said.get("conversationSubject"))[:_TEXT],
    )


def _json(body: bytes) -> Mapping[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise LaunchRefused("launch_invalid") from error
    if not isinstance(said, dict):
        raise LaunchRefused("launch_invalid")
    return said


def _mailbox(value: object) -> str:
    """Its number."""
    return str(value)[:20] if isinstance(value, int) and not isinstance(value, bool) else ""


def _phones(values: object) -> list[str]:
    """As typed, else the digits; items without either are sent too."""
    if not isinstance(values, list):
        return []
    items = [item for item in values if isinstance(item, dict)][:_MOST_PHONES]
    found = [_text(item.get("value")) or _text(item.get("n")) for item in items]
    return [phone for phone in found if 0 < len(phone) <= _ADDRESS]


def _text(value: object) -> str:
    """Without NUL and half surrogates, which JSON can carry and databases refuse."""
    text = value if isinstance(value, str) else ""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
