"""Until somebody used the set-up link this installation answers nothing but that link."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, request

from plugin.actions import accounts
from plugin.errors import NotOwned
from plugin.services import Services

# What operates the service asks these; the link itself is the way out. Built files lie before us.
_OPEN = frozenset({"healthz", "readyz", "console.show_link", "console.use_link"})


def ownership(services: Services) -> Callable[[], bool]:
    """Tells whether somebody owns this installation. Once owned it stays so for the life of the
    process: no request asks again."""
    owned = False

    def is_owned() -> bool:
        nonlocal owned
        owned = owned or accounts.is_owned(services)
        return owned

    return is_owned


def close_until(is_owned: Callable[[], bool], app: Flask) -> None:
    def check() -> None:
        if request.endpoint not in _OPEN and not is_owned():
            raise NotOwned("nobody_owns_this")

    app.before_request(check)
