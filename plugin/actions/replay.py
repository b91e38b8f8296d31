"""A signed launch is used once."""

from __future__ import annotations

from datetime import timedelta

from plugin.db import pairings
from plugin.db.session import DbConnection, Scope
from plugin.errors import LaunchRefused
from plugin.ports.helpdesk import Launch
from plugin.services import Services

BURST = timedelta(minutes=1)
"""How long after its first use other frames may bring the same signed text."""


def use_nonce(
    services: Services, scope: Scope, connection: DbConnection, install_id: str, launch: Launch
) -> None:
    """Raises LaunchRefused("launch_replayed")."""
    now = services.clock()
    expires_at = launch.expires_at or now + timedelta(days=1)

    def is_first(nonce: str) -> bool:
        return pairings.use_nonce(scope, connection, install_id, nonce, expires_at)

    if launch.shared and is_first(f"first:{launch.shared}"):
        also = f"also:{launch.shared}"
        pairings.use_nonce(scope, connection, install_id, also, now + BURST)
    elif launch.shared and not pairings.nonce_lives(
        scope, connection, install_id, f"also:{launch.shared}", now
    ):
        raise LaunchRefused("launch_replayed")
    if launch.nonce and not is_first(launch.nonce):
        raise LaunchRefused("launch_replayed")
