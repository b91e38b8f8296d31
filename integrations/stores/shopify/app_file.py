"""The app's own file, filled in for this installation."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from .scopes import SCOPES, to_ask

NAME = "shopify.app.toml"
_ADDRESS = "https://panel.example.com"
_CLIENT_ID = "CLIENT_ID"


def app_file(public_url: str, *, client_id: str = "", all_orders: bool = False) -> str:
    text = _template().replace(_ADDRESS, public_url).replace(_CLIENT_ID, client_id or _CLIENT_ID)
    return text.replace(",".join(SCOPES), ",".join(to_ask(all_orders)))


@cache
def _template() -> str:
    return (files(__package__) / NAME).read_text("utf-8")
