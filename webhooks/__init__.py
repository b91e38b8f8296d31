"""The one receiver of what shops tell us by themselves; it knows no platform."""

from __future__ import annotations

from webhooks.receive import create_blueprint, receiver

__all__ = ["create_blueprint", "receiver"]
