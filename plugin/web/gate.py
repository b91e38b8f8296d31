"""Until somebody used the set-up link this installation answers nothing but that link."""

from __future__ import annotations

from flask import Flask, request

from plugin.actions import accounts
from plugin.errors import NotOwned
from plugin.web.base import services

# What operates the service asks these; the link itself is the way out. Built files lie before us.
_OPEN = frozenset({"healthz", "readyz", "console.show_link", "console.use_link"})


def close_until_owned(app: Flask) -> None:
    """Once owned it stays so for the life of the process: no request asks again."""
    owned = False

    def check() -> None:
        nonlocal owned
        if owned or request.endpoint in _OPEN:
            return
        owned = accounts.is_owned(services())
        if not owned:
            raise NotOwned("nobody_owns_this")

    app.before_request(check)
