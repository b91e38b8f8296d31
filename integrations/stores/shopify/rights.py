"""What a shop's owner has granted, and what Shopify has: measured, not assumed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from json import dumps
from typing import Any

from plugin.errors import GrantRevoked
from plugin.ports.http import Http
from plugin.ports.store import (
    HISTORY_DAYS,
    NO_CREDIT,
    PLACES,
    RIGHTS_MISSING,
    WITHHELD,
    Capability,
    Connection,
    Proven,
    Rights,
)

from .abilities import ABILITIES
from .client import ShopifyClient
from .orders import readable
from .place import typed_shop
from .scopes import ALL_ORDERS, missing
from .store import ShopifyStore
from .values import ref

_RECENT_DAYS = "60"
_ORDERS = "write_orders"
_MOST_PLACES = 50
# Changes that need another scope than most of them do.
NEEDS = {
    "discount": "write_discounts",
    "replacement": "write_draft_orders",
    "customer_note": "write_customers",
    "customer_tags": "write_customers",
}


def prove(known: Connection, http: Http) -> Proven:
    """The shop by its credentials, and what they open. Raises InvalidInput, and what reads
    raise."""
    known = replace(known, address=_plain(known.address))
    client = _client(known, http)
    shop = ShopifyStore(client, address=known.address).shop()
    rights = _measured(client)
    return Proven(address=known.address, shop=shop, options=rights.options, missing=rights.missing)


def _plain(address: str) -> str:
    """A shop's own domain as it is stored, however it was typed. Raises
    InvalidInput("shop_domain_invalid")."""
    text = address.strip().rstrip("/").lower()
    if text.startswith("http://") and ".myshopify." not in text:
        return text  # a pretend shop on this machine: outside development it is not called
    return typed_shop(text)


def rights(known: Connection, http: Http) -> Rights:
    """See plugin.ports.store. Raises what reads raise."""
    return _measured(_client(known, http))


def _measured(client: ShopifyClient) -> Rights:
    with readable():
        found = client.read("app_installation_scopes", {}).data["currentAppInstallation"]
        granted = [scope["handle"] for scope in found["accessScopes"]]
    lacking = missing(granted)
    options = {
        HISTORY_DAYS: "" if ALL_ORDERS in granted else _RECENT_DAYS,
        RIGHTS_MISSING: ", ".join(lacking),
        WITHHELD: "1" if _withheld(client) else "",
        PLACES: _places(client),
        NO_CREDIT: _no_credit(client),
    }
    return Rights(options=options, missing=tuple(_unable(lacking)))


def _unable(lacking: Iterable[str]) -> Iterable[Capability]:
    held_back = set(lacking)
    for name in ("refund", *ABILITIES):
        scope = NEEDS.get(name, _ORDERS)
        if scope in held_back:
            yield Capability(name=name, available=False, reason="shop_scope_missing")


def _withheld(client: ShopifyClient) -> bool:
    """Protected customer data: kept back field by field, or customers altogether. A shop without
    customers shows nothing either way, and counts as open."""
    try:
        return bool(client.read("protected_data", {}).denied)
    except GrantRevoked as error:
        if error.code != "shop_scope_missing":
            raise
        return True


def _places(client: ShopifyClient) -> str:
    """The locations goods can come back to, where there is a choice."""
    found = _allowed(client, "locations", {"first": _MOST_PLACES, "after": None})
    with readable():
        nodes = found["locations"]["nodes"] if found else []
        places = [[ref(node["id"]), node["name"]] for node in nodes if node["isActive"]]
    return dumps(places, ensure_ascii=False) if len(places) > 1 else ""


def _no_credit(client: ShopifyClient) -> str:
    """Store credit belongs to new customer accounts; a shop that does not tell is tried."""
    found = _allowed(client, "customer_accounts", {})
    with readable():
        accounts = found["shop"]["customerAccountsV2"] if found else {}
    old = accounts.get("customerAccountsVersion") == "CLASSIC"
    return "store_credit_old_accounts" if old else ""


def _allowed(
    client: ShopifyClient, name: str, variables: Mapping[str, object]
) -> Mapping[str, Any] | None:
    """None where our scopes do not reach."""
    try:
        return client.read(name, variables).data
    except GrantRevoked as error:
        if error.code != "shop_scope_missing":
            raise
        return None


def _client(known: Connection, http: Http) -> ShopifyClient:
    token: Mapping[str, str] = known.credentials
    return ShopifyClient(
        http, address=known.address, token=token.get("access_token", ""), fresh=known.fresh
    )
