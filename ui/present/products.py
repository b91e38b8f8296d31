"""Products with stock by location."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from plugin.domain.products import Product, Variant
from ui.present.words import Tag, Words, image_url, web_url

if TYPE_CHECKING:
    from plugin.actions.search import ProductView

_TONES = {"in_stock": "good", "out_of_stock": "bad", "backorder": "warn"}


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantRow:
    """`places` are (location, units as text, tone)."""

    title: str
    sku: str
    price: str
    state: Tag
    places: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductCard:
    title: str
    shop: str
    image: str
    url: str
    price: str
    note: str
    variants: tuple[VariantRow, ...]


def product_cards(
    found: Sequence[ProductView], shops: dict[str, str], words: Words
) -> list[ProductCard]:
    """In the order found; `shops` are labels by connection id."""
    return [_card(view.product, shops.get(view.connection_id, ""), words) for view in found]


def _card(product: Product, shop: str, words: Words) -> ProductCard:
    return ProductCard(
        title=product.title,
        shop=shop,
        image=image_url(product.image_url),
        url=web_url(product.url),
        price=_price(product.variants, words),
        note="" if product.active else words.t("ui.inactive"),
        variants=tuple(_variant(variant, words) for variant in product.variants),
    )


def _price(variants: Sequence[Variant], words: Words) -> str:
    prices = [variant.price for variant in variants]
    if not prices:
        return ""
    low, high = min(prices), max(prices)
    if low == high:
        return words.money(low)
    return words.t("ui.price_range", low=words.money(low), high=words.money(high))


def _variant(variant: Variant, words: Words) -> VariantRow:
    return VariantRow(
        title=variant.title,
        sku=variant.sku,
        price=words.money(variant.price),
        state=Tag(words.t("ui." + variant.state), _TONES[variant.state]),
        places=tuple(_places(variant, words)),
    )


def _places(variant: Variant, words: Words) -> Iterator[tuple[str, str, str]]:
    for level in variant.stock:
        if level.quantity is None:
            yield level.location, words.t("ui.not_counted"), "calm"
        else:
            yield level.location, str(level.quantity), "good" if level.quantity > 0 else "bad"
