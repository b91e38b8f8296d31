"""Verifies a signed launch: an HS256 JWT in the form field or JSON member `launch`.

Refusals: `launch_missing` (no token), `launch_expired`, `launch_other_install` (signed with our
secret for another install) and `launch_invalid` for everything else, without saying which check
failed: whoever forges tokens gets no hint, and the README lists what is checked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import jwt

from integrations.tokens import fresh_until, in_form
from plugin.errors import LaunchRefused
from plugin.ports.helpdesk import HostAgent, InstallSecrets, Launch, Request, Writer

ISSUER = "helpdesk"
MAX_AGE = timedelta(seconds=60)
LEEWAY = timedelta(seconds=10)
MAX_BODY = 64 * 1024

_REQUIRED = ["iss", "aud", "iat", "exp", "jti", "agent"]
# `now` is an argument, so times are checked here and not by the library's own clock.
_OPTIONS: Any = {
    "require": _REQUIRED, "strict_aud": True,
    "verify_exp": False, "verify_iat": False, "verify_nbf": False,
}  # fmt: skip
_ID, _NAME, _ADDRESS, _TEXT = 200, 200, 254, 4000
_MOST_ADDRESSES, _MOST_MESSAGES = 10, 20

Claims = Mapping[str, Any]


def verify(request: Request, install: InstallSecrets, now: datetime) -> Launch:
    """The launch a genuine token describes. Raises LaunchRefused."""
    claims = _claims(_token(request), install)
    expires_at = fresh_until(claims, now, longest=MAX_AGE, leeway=LEEWAY)
    agent = _mapping(claims, "agent")
    customer = _mapping(claims, "customer")
    return Launch(
        agent=HostAgent(
            id=_id(agent, "id"), name=_text(agent, "name", _NAME),
            email=_text(agent, "email", _ADDRESS),
        ),
        writer=Writer(
            name=_text(customer, "name", _NAME),
            emails=_texts(customer, "emails", _MOST_ADDRESSES, _ADDRESS),
            phones=_texts(customer, "phones", _MOST_ADDRESSES, _ADDRESS),
        ),
        source="signed",
        conversation=_id(claims, "conversation", required=False),
        text=_said(claims),
        locale=_text(claims, "locale", 35),
        link=_text(claims, "link", 500),
        nonce=_id(claims, "jti"),
        expires_at=expires_at,
    )  # fmt: skip


def _token(request: Request) -> str:
    if len(request.body) > MAX_BODY:
        raise LaunchRefused("launch_invalid")
    kind = {name.lower(): value for name, value in request.headers.items()}.get("content-type", "")
    found = _in_json(request.body) if "json" in kind.lower() else in_form(request.body, "launch")
    if not found:
        raise LaunchRefused("launch_missing")
    return found


def _in_json(body: bytes) -> str:
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise LaunchRefused("launch_invalid") from error
    token = parsed.get("launch", "") if isinstance(parsed, dict) else None
    if not isinstance(token, str):
        raise LaunchRefused("launch_invalid")
    return token


def _claims(token: str, install: InstallSecrets) -> Claims:
    if not install.secret:
        # an empty secret would verify what anybody signs with nothing
        raise LaunchRefused("launch_invalid")
    try:
        # The algorithm is ours to say: a token that names "none" or another one fails here.
        return jwt.decode(
            token, install.secret, algorithms=["HS256"], audience=install.id, issuer=ISSUER,
            options=_OPTIONS,
        )  # fmt: skip
    except jwt.InvalidAudienceError as error:
        raise LaunchRefused("launch_other_install") from error
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
        raise LaunchRefused("launch_invalid") from error


def _mapping(claims: Claims, name: str) -> Claims:
    value = claims.get(name, {})
    if not isinstance(value, dict):
        raise LaunchRefused("launch_invalid")
    return value


def _id(claims: Claims, name: str, *, required: bool = True) -> str:
    """Never shortened: two ids that begin alike must not become one."""
    value = claims.get(name, "")
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or len(value) > _ID or value != _clean(value):
        raise LaunchRefused("launch_invalid")
    if required and not value.strip():
        raise LaunchRefused("launch_invalid")
    return value


def _text(claims: Claims, name: str, longest: int) -> str:
    """Shortened; absent and null are "" and anything else than text is refused."""
    value = claims.get(name)
    if value is not None and not isinstance(value, str):
        raise LaunchRefused("launch_invalid")
    return _clean(value or "")[:longest]


def _clean(text: str) -> str:
    """Without NUL and half surrogates, which JSON can carry and databases refuse."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def _texts(claims: Claims, name: str, most: int, longest: int) -> tuple[str, ...]:
    """An address that is too long is left out: half an address is another address."""
    values = claims.get(name)
    if values is None:
        return ()
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise LaunchRefused("launch_invalid")
    return tuple(_clean(value) for value in values[:most] if 0 < len(value) <= longest)


def _said(claims: Claims) -> str:
    """Subject and the last messages, where order numbers and addresses may be named."""
    messages = claims.get("messages")
    if messages is None:
        messages = []
    if not isinstance(messages, list) or not all(isinstance(text, str) for text in messages):
        raise LaunchRefused("launch_invalid")
    messages = messages[-_MOST_MESSAGES:]
    said = [_text(claims, "subject", _TEXT), *(_clean(text)[:_TEXT] for text in messages)]
    return "\n".join(text for text in said if text)
