"""The key of a browser: what it is made of, and what it signs. It never leaves the browser.

A challenge is made by us, holds for a minute and one install, and is answered once.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from plugin.errors import InvalidInput, LaunchRefused
from plugin.services import Services

CHALLENGE_LIFE = timedelta(seconds=60)
_PURPOSE = "pairing-challenge"


def challenge(services: Services, install_id: str) -> str:
    """Something new for a browser of this install to sign, once and within a minute."""
    expires = int((services.clock() + CHALLENGE_LIFE).timestamp())
    said = f"{expires}.{secrets.token_urlsafe(16)}"
    mac = services.keys.mac(_PURPOSE, f"{install_id}|{said}".encode())
    return f"{said}.{_base64(mac)}"


def checked(services: Services, install_id: str, challenge: str) -> tuple[str, datetime]:
    """The part of a challenge that is used once, and until when that must be remembered."""
    said, _, mac = challenge.rpartition(".")
    expires, _, nonce = said.partition(".")
    data = f"{install_id}|{said}".encode()
    if not services.keys.checks(_PURPOSE, data, _bytes(mac)):
        raise LaunchRefused("challenge_invalid")
    expires_at = datetime.fromtimestamp(int(expires), UTC)
    if services.clock() >= expires_at:
        raise LaunchRefused("challenge_expired")
    return f"challenge:{nonce}", expires_at


def check_signature(key: Any, pairing_id: str, challenge: str, signature: str) -> None:
    """ECDSA over "mostrador-pairing-v1", the pairing and the challenge, a line each. Raises
    LaunchRefused("key_signature_invalid")."""
    raw = _bytes(signature)
    said = f"mostrador-pairing-v1\n{pairing_id}\n{challenge}".encode()
    try:
        if len(raw) != 64:
            raise InvalidSignature
        der = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
        _point(key).public_key().verify(der, said, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, ValueError) as error:
        raise LaunchRefused("key_signature_invalid") from error


def public_key(key: Mapping[str, Any]) -> dict[str, str]:
    """Only what a P-256 public key is made of. Raises InvalidInput("key_invalid")."""
    public = {name: str(key.get(name, "")) for name in ("crv", "kty", "x", "y")}
    try:
        if (public["kty"], public["crv"]) != ("EC", "P-256") or "d" in key:
            raise ValueError
        _point(public).public_key()
    except ValueError as error:
        raise InvalidInput("key_invalid") from error
    return public


def _point(key: Mapping[str, str]) -> ec.EllipticCurvePublicNumbers:
    x, y = _bytes(key["x"]), _bytes(key["y"])
    if (len(x), len(y)) != (32, 32):
        raise ValueError("not a point of this curve")
    return ec.EllipticCurvePublicNumbers(int.from_bytes(x), int.from_bytes(y), ec.SECP256R1())


def thumbprint(public: Mapping[str, str]) -> str:
    """RFC 7638."""
    text = f'{{"crv":"P-256","kty":"EC","x":"{public["x"]}","y":"{public["y"]}"}}'
    return _base64(hashlib.sha256(text.encode()).digest())


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    """b"" for what is no base64url: it equals nothing."""
    try:
        return base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except ValueError:
        return b""
