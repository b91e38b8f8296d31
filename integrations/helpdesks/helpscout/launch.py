"""Verifies a signed address: `X-HelpScout-Signature` is base64 of HMAC-SHA1 over the JSON of all
other parameters in the order they came. It has no time, so it may be a replay; it names ids only.

Refusals: `launch_missing` (no signature), `launch_invalid` (everything else).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime

from plugin.errors import LaunchRefused
from plugin.ports.helpdesk import HostAgent, InstallSecrets, Launch, Request, Writer

SIGNATURE = "X-HelpScout-Signature"
_MOST, _LONGEST = 30, 500


def verify(request: Request, install: InstallSecrets, now: datetime) -> Launch:
    """The agent, conversation and customer of a genuine address. Raises LaunchRefused."""
    said = _parameters(request)
    signature = said.pop(SIGNATURE, "")
    if not signature:
        raise LaunchRefused("launch_missing")
    if not install.secret or not _equal(signature, sign(said, install.secret)):
        raise LaunchRefused("launch_invalid")
    return Launch(
        agent=HostAgent(id=_id(said, "user-id", required=True)),
        writer=Writer(external_id=_id(said, "customer-id")),
        source="signed",
        proof="replayable",
        conversation=_id(said, "conversation-id"),
    )


def sign(parameters: Mapping[str, str], secret: bytes) -> str:
    """As their server does: PHP's json_encode, which writes "/" with a backslash."""
    text = json.dumps(dict(parameters), separators=(",", ":")).replace("/", "\\/")
    return base64.b64encode(hmac.new(secret, text.encode(), hashlib.sha1).digest()).decode()


def _parameters(request: Request) -> dict[str, str]:
    """In their order. A name that comes twice is refused: what was signed would not be clear."""
    said = dict(request.query)
    whole = len(request.query) == len(said) <= _MOST
    if not whole or any(len(value) > _LONGEST for value in said.values()):
        raise LaunchRefused("launch_invalid")
    return said


def _equal(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())


def _id(said: Mapping[str, str], name: str, *, required: bool = False) -> str:
    value = said.get(name, "")
    if value and not (value.isascii() and value.isdecimal() and len(value) <= 30):
        raise LaunchRefused("launch_invalid")
    if required and not value:
        raise LaunchRefused("launch_invalid")
    return value
