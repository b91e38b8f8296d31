"""Where a shop's admin and its helpers are found; in development a pretend one on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from plugin.errors import InvalidInput

from .client import base_url
from .install import SHOP

SANDBOX = "SHOPIFY_SANDBOX_URL"
_SCRIPT = "https://cdn.shopify.com/shopifycloud/app-bridge.js"
_ADMIN = "https://admin.shopify.com"
_DASHBOARD = "https://dev.shopify.com/dashboard"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """`sandbox` is the base address of the pretend shop, "" in production."""

    sandbox: str = ""

    @property
    def script(self) -> str:
        """The admin's script for pages inside it; it must come from there, unpinned."""
        return f"{self.sandbox}/app-bridge.js" if self.sandbox else _SCRIPT

    @property
    def dashboard(self) -> str:
        return f"{self.sandbox}/dashboard" if self.sandbox else _DASHBOARD

    def address(self, shop: str) -> str:
        """How a connection names the shop."""
        return self.sandbox or shop

    def base(self, shop: str) -> str:
        return base_url(self.address(shop))

    def ancestors(self, shop: str) -> str:
        """Who may frame a page for this shop, which must have been proven; "" for no shop."""
        own = f"https://{shop} " if shop else ""
        return f"{own}{_ADMIN}{' ' + self.sandbox if self.sandbox else ''}"

    def forms(self) -> tuple[str, ...]:
        """Where forms may lead: a shop's page that asks the owner, and wherever that one sends
        who has to log in first."""
        return ("https:", *([self.sandbox] if self.sandbox else []))


def place(settings: Mapping[str, str], *, development: bool) -> Place:
    return Place(sandbox=settings.get(SANDBOX, "").rstrip("/") if development else "")


def typed_shop(text: str) -> str:
    """The shop's own domain out of what people type or paste: a name, a domain, an address of its
    admin. Raises InvalidInput("shop_domain_invalid")."""
    text = text.strip().lower()
    parts = urlsplit(text if "//" in text else f"//{text}")
    host, path = parts.hostname or "", parts.path.strip("/").split("/")
    if host == "admin.shopify.com" and path[0] == "store" and len(path) > 1:
        host = path[1]
    if host and "." not in host:
        host = f"{host}.myshopify.com"
    if not SHOP.fullmatch(host):
        raise InvalidInput("shop_domain_invalid", field="shop")
    return host
