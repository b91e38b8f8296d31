"""The key ring: encrypts secrets at rest and signs. Losing it loses every stored credential."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from plugin.errors import SetupError


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Fernet keys, newest first: the first encrypts, all decrypt."""

    keys: tuple[str, ...] = field(repr=False)

    def seal(self, plain: bytes) -> bytes:
        return self._fernet().encrypt(plain)

    def open(self, sealed: bytes) -> bytes:
        """Raises SetupError("key_missing") if no key of the ring fits."""
        try:
            return self._fernet().decrypt(sealed)
        except InvalidToken as error:
            raise SetupError("key_missing") from error

    def mac(self, purpose: str, data: bytes, *, key: int = 0) -> bytes:
        """HMAC-SHA256 under a key derived for one purpose from ring key number `key`."""
        derived = hmac.digest(self.keys[key].encode(), purpose.encode(), hashlib.sha256)
        return hmac.digest(derived, data, hashlib.sha256)

    def checks(self, purpose: str, data: bytes, mac: bytes) -> bool:
        """Whether any key of the ring made this mac (old keys stay valid after rotation)."""
        return any(
            hmac.compare_digest(self.mac(purpose, data, key=i), mac) for i in range(len(self.keys))
        )

    def _fernet(self) -> MultiFernet:
        return MultiFernet([Fernet(key) for key in self.keys])


def load_key_ring(text: str, file: Path | None) -> KeyRing:
    """From the setting (comma-separated, newest first) or the file, made on first start."""
    if text:
        return _ring(text.split(","))
    if file is None:
        raise SetupError("key_ring_missing")
    if not file.exists():
        _write_once(file)
    return _ring(file.read_text().split())


def _write_once(file: Path) -> None:
    """Atomic, so that web and worker starting together agree on one key."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as handle:
        handle.write(Fernet.generate_key() + b"\n")
        handle.flush()
        os.fsync(descriptor)  # what it seals must not outlive it in a power cut
    try:
        os.link(draft, file)
    except FileExistsError:
        pass  # another process was first; its key counts
    finally:
        draft.unlink()


def _ring(keys: list[str]) -> KeyRing:
    cleaned = tuple(key.strip() for key in keys if key.strip())
    try:
        for key in cleaned:
            Fernet(key)
    except ValueError as error:
        raise SetupError("key_ring_invalid") from error
    if not cleaned:
        raise SetupError("key_ring_missing")
    return KeyRing(cleaned)
