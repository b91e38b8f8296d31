"""Pages that only Shopify has: for the owner in the console, and inside the shop's admin."""

from __future__ import annotations

from .connecting import CONNECT
from .embedded import ADMIN

__all__ = ["ADMIN", "CONNECT"]
