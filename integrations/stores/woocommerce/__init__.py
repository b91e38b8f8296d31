"""WooCommerce: REST API wc/v3."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from plugin.errors import SetupError
from plugin.ports.store import Connection, Field, Http, Store, StorePlatform

from .abilities import ABILITIES
from .client import PREFIX, WooClient
from .install import prove
from .refunding import capability
from .store import WooStore
from .webhooks import WEBHOOKS

_SETTLE_SECONDS = "900"


def _open(connection: Connection, http: Http) -> Store:
    """Raises SetupError("key_missing") without keys, ("setting_invalid") for a bad option."""
    key = connection.credentials.get("consumer_key", "")
    secret = connection.credentials.get("consumer_secret", "")
    if not key or not secret or not connection.address:
        raise SetupError("key_missing", platform=PLATFORM.label)
    client = WooClient(
        http,
        address=_base_url(connection.address),
        key=key,
        secret=secret,
        query_auth=connection.options.get("auth") == "query",
        prefix=connection.options.get("prefix") or PREFIX,
    )
    return WooStore(client, connection, settle=_settle(connection))


def _base_url(address: str) -> str:
    """https unless the address says otherwise; plain http is the http client's to allow."""
    return address if "://" in address else f"https://{address}"


def _settle(connection: Connection) -> timedelta:
    text = connection.options.get("settle_seconds") or _SETTLE_SECONDS
    if not text.isdigit():
        raise SetupError("setting_invalid", setting="settle_seconds", value=text)
    return timedelta(seconds=int(text))


def _farewell(address: str, credentials: Mapping[str, str]) -> tuple[str, Mapping[str, str]]:
    """No route of the shop deletes keys; its own list shows their last seven letters."""
    return "key_to_revoke", {
        "address": address,
        "key": credentials.get("consumer_key", "")[-7:],
    }


PLATFORM = StorePlatform(
    key="woocommerce",
    label="WooCommerce",
    connect_fields=(
        Field(name="address", help="The shop's address, for example https://tienda.example"),
        Field(name="consumer_key", help="REST API key, begins with ck_"),
        Field(name="consumer_secret", help="REST API secret, begins with cs_", secret=True),
    ),
    open=_open,
    refund_capability=capability,
    prove=prove,
    webhooks=WEBHOOKS,
    abilities=ABILITIES,
    farewell=_farewell,
    connect_page="begin",
    walked=("customers",),
)
