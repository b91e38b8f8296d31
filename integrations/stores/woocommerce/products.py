"""Products and their stock. Pure. The core has no places: one level without a name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal

from plugin.domain.products import Product, StockLevel, Variant

from .payloads import ProductPayload, VariationPayload
from .values import clean, moment, money, web_url

StockState = Literal["in_stock", "out_of_stock", "backorder"]
_STATES: Mapping[str, StockState] = {
    "instock": "in_stock", "outofstock": "out_of_stock", "onbackorder": "backorder",
}


def product(
    payload: ProductPayload, variations: Sequence[VariationPayload], currency: str
) -> Product:
    """`variations` of a variable product; any other is its own only variant."""
    images = payload["images"]
    changed = payload["date_modified_gmt"] or payload["date_created_gmt"]
    shown = [item for item in variations if item["status"] == "publish"]
    return Product(
        ref=str(payload["id"]),
        title=clean(payload["name"]),
        updated_at=moment(changed) if changed else datetime.fromtimestamp(0, UTC),
        image_url=web_url(images[0].get("src")) if images else "",
        url=web_url(payload["permalink"]) if payload["status"] == "publish" else "",
        active=payload["status"] == "publish",
        variants=tuple(_variant(item, currency) for item in _oldest_first(shown))
        or (_single(payload, currency),),
    )


def _oldest_first(variations: Sequence[VariationPayload]) -> list[VariationPayload]:
    return sorted(variations, key=lambda item: item["id"])


def _variant(payload: VariationPayload, currency: str) -> Variant:
    return Variant(
        ref=str(payload["id"]),
        title=" / ".join(clean(item["option"]) for item in payload["attributes"]),
        sku=payload["sku"],
        price=money(payload["price"], currency),
        stock=_stock(payload["manage_stock"], payload["stock_quantity"]),
        state=_state(payload),
    )


def _single(payload: ProductPayload, currency: str) -> Variant:
    return Variant(
        ref=str(payload["id"]),
        title="",
        sku=payload["sku"],
        price=money(payload["price"], currency),
        stock=_stock(payload["manage_stock"], payload["stock_quantity"]),
        state=_state(payload),
    )


def _stock(managed: bool | str, quantity: Decimal | None) -> tuple[StockLevel, ...]:
    """`managed` may be "parent": then `quantity` is what all variations share. Negative means
    sold on backorder."""
    counted = int(quantity) if managed and quantity is not None else None
    return (StockLevel(location="", quantity=counted),)


def _state(payload: ProductPayload | VariationPayload) -> StockState:
    state = _STATES.get(payload["stock_status"], "in_stock")
    quantity = payload["stock_quantity"] if payload["manage_stock"] else None
    # with backorders allowed the status stays "instock" although nothing is there
    if state == "in_stock" and quantity is not None and quantity <= 0:
        return "out_of_stock" if payload["backorders"] == "no" else "backorder"
    return state
