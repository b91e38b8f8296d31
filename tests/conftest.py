"""What every test gets: databases, and no network beyond this machine."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings as hypothesis_settings

pytest_plugins = ["tests.database", "tests.sharing"]

# No timed assertions, and the same examples every time on CI.
hypothesis_settings.register_profile("mostrador", deadline=None, derandomize=True)
hypothesis_settings.load_profile("mostrador")


@pytest.fixture(autouse=True, scope="session")
def loopback_only() -> Iterator[None]:
    """A test that tries to leave this machine fails at once, with the address in its error."""
    patch = pytest.MonkeyPatch()
    plain = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _on_loopback(address[0]):
            self.close()
            raise AssertionError(f"a test tried to reach {address[0]}:{address[1]}")
        plain(self, address)

    patch.setattr(socket.socket, "connect", connect)
    yield
    patch.undo()


def _on_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
