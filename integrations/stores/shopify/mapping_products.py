"""Products with stock by location. Pure, like mapping.py."""

from __future__ import annotations

from typing import Literal

from plugin.domain.money import Money
from plugin.domain.products import Product, StockLevel, Variant

from .payloads import InventoryItemPayload, LevelPayload, ProductPayload, VariantPayload
from .values import moment, ref, web_url

# Shopify names a product without options by this one variant.
_NO_OPTIONS = "Default Title"


def product(payload: ProductPayload, currency: str) -> Product:
    """`currency` is the shop's: variants' prices come as bare amounts in it."""
    return Product(
        ref=ref(payload["id"]),
        title=payload["title"],
        updated_at=moment(payload["updatedAt"]),
        image_url=_image(payload),
        url=web_url(payload["onlineStoreUrl"]),
        active=payload["status"] in ("ACTIVE", "UNLISTED"),
        variants=tuple(_variant(item, currency) for item in payload["variants"]["nodes"]),
    )


def _image(payload: ProductPayload) -> str:
    media = payload["featuredMedia"]
    preview = media["preview"] if media else None
    image = preview["image"] if preview else None
    return web_url(image["url"]) if image else ""


def _variant(payload: VariantPayload, currency: str) -> Variant:
    title = payload["title"]
    return Variant(
        ref=ref(payload["id"]),
        title="" if title == _NO_OPTIONS else title,
        sku=payload["sku"] or "",
        price=Money.of(payload["price"], currency).rounded(),
        stock=_stock(payload["inventoryItem"]),
        state=_state(payload),
    )


def _stock(item: InventoryItemPayload) -> tuple[StockLevel, ...]:
    tracked = item["tracked"]
    return tuple(
        StockLevel(location=level["location"]["name"], quantity=_available(level, tracked=tracked))
        for level in item["inventoryLevels"]["nodes"]
        if level["isActive"]
    )


def _available(level: LevelPayload, *, tracked: bool) -> int | None:
    amounts = {entry["name"]: entry["quantity"] for entry in level["quantities"]}
    return amounts.get("available") if tracked else None


def _state(payload: VariantPayload) -> Literal["in_stock", "out_of_stock", "backorder"]:
    if not payload["inventoryItem"]["tracked"] or (payload["inventoryQuantity"] or 0) > 0:
        return "in_stock"
    return "backorder" if payload["inventoryPolicy"] == "CONTINUE" else "out_of_stock"
