"""Any helpdesk that can sign a JWT (HS256) with the secret of its install; see README.md."""

from __future__ import annotations

from plugin.ports.helpdesk import HelpdeskPlatform

from .launch import verify

PLATFORM = HelpdeskPlatform(key="generic", label="Signed launch", verify=verify)
