"""Session tokens as the admin signs them: a JWT by HS256 with the app's client secret."""

from __future__ import annotations

import base64
import hmac
import json
import secrets
import time
from collections.abc import Mapping
from typing import Any

LIFETIME = 60


def claims(client_id: str, domain: str, **changed: Any) -> dict[str, Any]:
    now = int(time.time())
    return {
        "iss": f"https://{domain}/admin",
        "dest": f"https://{domain}",
        "aud": client_id,
        "sub": "42",
        "exp": now + LIFETIME,
        "nbf": now,
        "iat": now,
        "jti": secrets.token_hex(8),
        "sid": secrets.token_hex(8),
        **changed,
    }


def signed(payload: Mapping[str, Any], secret: str) -> str:
    head = _part({"alg": "HS256", "typ": "JWT"})
    text = f"{head}.{_part(payload)}"
    return f"{text}.{_mac(text, secret)}"


def read(token: str, secret: str) -> dict[str, Any] | None:
    """The claims of a token of ours that still lives, else None."""
    text, _, mac = token.rpartition(".")
    if text.count(".") != 1 or not hmac.compare_digest(_mac(text, secret), mac):
        return None
    body = text.partition(".")[2]
    known: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return known if known.get("exp", 0) > time.time() else None


def _part(value: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _mac(text: str, secret: str) -> str:
    made = hmac.digest(secret.encode(), text.encode(), "sha256")
    return base64.urlsafe_b64encode(made).decode().rstrip("=")
