"""Shopify: Admin GraphQL API 2026-10."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from plugin.errors import SetupError
from plugin.ports.store import Connection, Field, Http, Store, StorePlatform

from .abilities import ABILITIES
from .client import ShopifyClient
from .install import renew
from .place import SANDBOX
from .refunding import capability
from .rights import prove, rights
from .store import ShopifyStore
from .webhooks import WEBHOOKS

_SETTLE_SECONDS = "600"


def _open(connection: Connection, http: Http) -> Store:
    """Raises SetupError("key_missing") without a token, ("setting_invalid") for a bad option."""
    token = connection.credentials.get("access_token", "")
    if not token or not connection.address:
        raise SetupError("key_missing", platform=PLATFORM.label)
    client = ShopifyClient(http, address=connection.address, token=token, fresh=connection.fresh)
    return ShopifyStore(client, address=connection.address, settle=_settle(connection))


def _settle(connection: Connection) -> timedelta:
    text = connection.options.get("settle_seconds") or _SETTLE_SECONDS
    if not text.isdigit():
        raise SetupError("setting_invalid", setting="settle_seconds", value=text)
    return timedelta(seconds=int(text))


def _farewell(address: str, _credentials: Mapping[str, str]) -> tuple[str, Mapping[str, str]]:
    """Its webhooks belong to the app, not to the shop: they end when the app is uninstalled."""
    return "app_to_uninstall", {"address": address}


PLATFORM = StorePlatform(
    key="shopify",
    label="Shopify",
    connect_fields=(
        Field(name="address", help="The shop's own domain, for example tienda.myshopify.com"),
        Field(name="access_token", help="The Admin API access token of the app", secret=True),
    ),
    open=_open,
    refund_capability=capability,
    settings=(
        Field(
            name="SHOPIFY_CLIENT_ID",
            help="The client id of an app for all shops of this installation",
            required=False,
        ),
        Field(
            name="SHOPIFY_CLIENT_SECRET",
            help="That app's client secret; it signs webhooks too",
            secret=True,
            required=False,
        ),
        Field(
            name="SHOPIFY_CLIENT_SECRET_OLD",
            help="The client secret before, during a rotation",
            secret=True,
            required=False,
        ),
        Field(
            name=SANDBOX,
            help="Development only: a pretend shop that stands for every shop",
            required=False,
        ),
    ),
    webhooks=WEBHOOKS,
    connect_page="start",
    prove=prove,
    rights=rights,
    renew=renew,
    app_settings={
        "client_id": "SHOPIFY_CLIENT_ID",
        "client_secret": "SHOPIFY_CLIENT_SECRET",
        "client_secret_old": "SHOPIFY_CLIENT_SECRET_OLD",
    },
    abilities=ABILITIES,
    farewell=_farewell,
)
