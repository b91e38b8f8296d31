"""*Casa Oliva* for the Store contract. It listens on plain http, so every call is signed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from integrations.sandbox.serving import App
from integrations.sandbox.woocommerce import create_app
from integrations.sandbox.woocommerce.casa_oliva import (
    CONSUMER_KEY,
    CONSUMER_SECRET,
    casa_oliva,
)

_NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
_AMOUNTS = {
    "cart_tax",
    "discount",
    "discount_tax",
    "discount_total",
    "price",
    "shipping_tax",
    "shipping_tax_total",
    "shipping_total",
    "subtotal",
    "subtotal_tax",
    "tax_total",
    "total",
    "total_tax",
}


_PLACES = {
    "address": "PUT orders",
    "cancel": "PUT orders",
    "discount": "POST coupons",
    "replacement": "POST orders",
    "note": "POST notes",
    "tags": "PUT orders",
    "mail": "POST send_order_details",
}


class CasaOliva:
    key = "woocommerce"

    def app(self, gateway: str) -> App:
        records = casa_oliva(_NOW)
        original = next(order for order in records.orders if _fits(order))
        yen = {**_in_yen(original), "id": 90001, "number": "90001", "currency": "JPY"}
        whole = replace(records, orders=(*records.orders, yen))
        return create_app(gateway=gateway, records=whole)

    def credentials(self) -> Mapping[str, str]:
        return {"consumer_key": CONSUMER_KEY, "consumer_secret": CONSUMER_SECRET}

    def place(self, change: str) -> str:
        return _PLACES[change]


def _fits(order: Mapping[str, Any]) -> bool:
    paid = order["date_paid_gmt"] and order["payment_method"] == "lab_card"
    return bool(paid) and order["status"] == "processing" and order["currency"] == "EUR"


def _in_yen(value: Any) -> Any:
    """A copy with amounts a hundred times as high: a shop that sells in several currencies (by a
    plugin) writes this one's amounts whole."""
    if isinstance(value, dict):
        return {name: _yen(name, entry) for name, entry in value.items()}
    return [_in_yen(entry) for entry in value] if isinstance(value, list) else value


def _yen(name: str, value: Any) -> Any:
    if name in _AMOUNTS and isinstance(value, str) and value:
        return str((Decimal(value) * 100).quantize(Decimal(1)))
    return _in_yen(value)


SHOP = CasaOliva()
