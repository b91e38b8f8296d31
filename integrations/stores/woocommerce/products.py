"""Products and their stock. Pure. The core knows no places: all stock is at the shop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal

from plugin.domain.products import Product, StockLevel, Variant
from plugin.ports.store import ShopInfo

from .payloads import ProductPayload, VariationPayload
from .values import clean, moment, money, web_url

StockState = Literal["in_stock", "out_of_stock", "backorder"]
_STATES: Mapping[str, StockState] = {
    "instock": "in_stock",
    "outofstock": "out_of_stock",
    "onbackorder": "backorder",
}


def product(
    payload: ProductPayload, variations: Sequence[VariationPayload], shop: ShopInfo
) -> Product:
    """`variations` of a variable product; any other is its own only variant. Prices are bare
    amounts in the shop's currency."""
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
        variants=tuple(_variant(item, shop) for item in _oldest_first(shown))
        or (_single(payload, shop),),
    )


def _oldest_first(variations: Sequence[VariationPayload]) -> list[VariationPayload]:
    return sorted(variations, key=lambda item: item["id"])


def _variant(payload: VariationPayload, shop: ShopInfo) -> Variant:
    return Variant(
        ref=str(payload["id"]),
        title=" / ".join(clean(item["option"]) for item in payload["attributes"]),
        sku=payload["sku"],
        price=money(payload["price"], shop.currency),
        stock=(StockLevel(location=shop.name, quantity=_counted(payload)),),
        state=_state(payload),
    )


def _single(payload: ProductPayload, shop: ShopInfo) -> Variant:
    return Variant(
        ref=str(payload["id"]),
        title="",
        sku=payload["sku"],
        price=money(payload["price"], shop.currency),
        stock=(StockLevel(location=shop.name, quantity=_counted(payload)),),
        state=_state(payload),
    )


def _counted(payload: ProductPayload | VariationPayload) -> int | None:
    """`manage_stock` may be "parent": then the quantity is what all variations share. Negative
    means sold on backorder."""
    quantity = payload["stock_quantity"]
    return int(quantity) if payload["manage_stock"] and quantity is not None else None


def _state(payload: ProductPayload | VariationPayload) -> StockState:
    state = _STATES.get(payload["stock_status"], "in_stock")
    quantity = _counted(payload)
    # with backorders allowed the status stays "instock" although nothing is there
    if state == "in_stock" and quantity is not None and quantity <= 0:
        return "out_of_stock" if payload["backorders"] == "no" else "backorder"
    return state
