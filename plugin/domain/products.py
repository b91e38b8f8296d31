"""Products with variants and stock by location."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from plugin.domain.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class StockLevel:
    """Units at one place. `quantity` None = the shop does not count this item."""

    location: str
    quantity: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    ref: str
    title: str
    sku: str = ""
    price: Money
    stock: tuple[StockLevel, ...] = ()
    state: Literal["in_stock", "out_of_stock", "backorder"] = "in_stock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """`url` is the public page or empty; `price` of each variant in the shop's currency."""

    ref: str
    title: str
    updated_at: datetime
    image_url: str = ""
    url: str = ""
    active: bool = True
    variants: tuple[Variant, ...] = ()
