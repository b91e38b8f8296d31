"""Verifies a signed first load: POST with the form field `token`, a JWT (RS256) of the app that the
account uploaded. It names account, installation and agent, neither ticket nor customer.

Refusals: `launch_missing` (no token), `launch_expired`, `launch_other_install` (a token of another
account or installation), `launch_other_origin` (the address says another helpdesk than the
install's), `launch_key_missing`, `launch_key_invalid`, and `launch_invalid` for everything else.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from integrations.tokens import fresh_until, in_form
from plugin.errors import LaunchRefused
from plugin.ports.helpdesk import HostAgent, InstallSecrets, Launch, Request, Writer

LEEWAY = timedelta(seconds=60)
MAX_AGE = timedelta(hours=1)
"""How long a token may say it is good for; how long theirs are is not documented."""
MAX_BODY = 64 * 1024

_REQUIRED = ["iss", "sub", "aud", "exp", "iat"]
# `now` is an argument, so times are checked here and not by the library's own clock; `aud` is an
# address whose parts are compared below.
_OPTIONS: Any = {
    "require": _REQUIRED, "verify_aud": False,
    "verify_exp": False, "verify_iat": False, "verify_nbf": False,
}  # fmt: skip
_INSTALLATION = re.compile(r"/api/v2/apps/installations/(\d{1,30})\.json")
_USER = re.compile(r"/api/v2/users/(\d{1,30})\.json")

Claims = Mapping[str, Any]


def verify(request: Request, install: InstallSecrets, now: datetime) -> Launch:
    """The agent a genuine token names. There is no id of the token, and frames that load within
    one second may get the same: what may be used once is the token in one frame, and soon. Raises
    LaunchRefused."""
    token = _token(request.body)
    host, guid = _host(request, install), _said(request, "app_guid")
    claims = _claims(token, _key(install))
    if _text(claims, "iss").removeprefix("https://") != host:
        raise LaunchRefused("launch_other_install")
    installation = _id(claims, "aud", host, _INSTALLATION)
    if install.fields.get("installation", installation) not in ("", installation):
        raise LaunchRefused("launch_other_install")
    return Launch(
        agent=HostAgent(id=_id(claims, "sub", host, _USER)),
        writer=Writer(),
        source="signed",
        nonce=_hash(f"{guid} {token}"),
        shared=_hash(token),
        expires_at=fresh_until(claims, now, longest=MAX_AGE, leeway=LEEWAY),
    )


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _token(body: bytes) -> str:
    if len(body) > MAX_BODY:
        raise LaunchRefused("launch_invalid")
    token = in_form(body, "token")
    if not token:
        raise LaunchRefused("launch_missing")
    return token


def _host(request: Request, install: InstallSecrets) -> str:
    """The account's host. The vendor's SDK believes the `origin` of its address, so it must be one
    of the install's."""
    origin = _said(request, "origin")
    if origin not in install.origins or "*" in origin:
        raise LaunchRefused("launch_other_origin")
    return urlsplit(origin).netloc


def _said(request: Request, name: str) -> str:
    """A parameter of the address that must be there, and once."""
    said = [value for known, value in request.query if known == name]
    if len(said) != 1 or not 0 < len(said[0]) <= 200:
        raise LaunchRefused("launch_other_origin" if name == "origin" else "launch_invalid")
    return said[0]


def _key(install: InstallSecrets) -> RSAPublicKey:
    pem = install.fields.get("public_key", "").strip()
    if not pem:
        raise LaunchRefused("launch_key_missing")
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise LaunchRefused("launch_key_invalid") from error
    if not isinstance(key, RSAPublicKey):
        raise LaunchRefused("launch_key_invalid")
    return key


def _claims(token: str, key: RSAPublicKey) -> Claims:
    try:
        # The algorithm is ours to say: "none", and HMAC with the public key, fail here.
        return jwt.decode(token, key, algorithms=["RS256"], options=_OPTIONS)
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
        raise LaunchRefused("launch_invalid") from error


def _id(claims: Claims, name: str, host: str, path: re.Pattern[str]) -> str:
    """The number in an address of this account."""
    address = urlsplit(_text(claims, name))
    found = path.fullmatch(address.path)
    if found is None or address.query or address.fragment:
        raise LaunchRefused("launch_invalid")
    if (address.scheme, address.netloc) != ("https", host):
        raise LaunchRefused("launch_other_install")
    return found[1]


def _text(claims: Claims, name: str) -> str:
    value = claims[name]
    if not isinstance(value, str) or len(value) > 500:
        raise LaunchRefused("launch_invalid")
    return value
