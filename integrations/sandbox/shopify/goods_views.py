"""Products, variants, stock, locations, and the lines of an order that name them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from urllib.parse import quote

from integrations.sandbox.seed.shapes import DiscountUse, Line, Location, Product, Variant

from .amounts import money, text
from .book import Book
from .connections import NOTHING, listed
from .ids import gid
from .scene import Scene, View, money_bag, stamp

VENDOR = "Tienda Azul"
STORE_URL = "https://tienda-azul.example"


def location(place: Location) -> View:
    return {
        "id": gid("Location", place.id),
        "legacyResourceId": str(place.id),
        "name": place.name,
        "isActive": True,
        "isPrimary": place.fulfils_online,
        "fulfillsOnlineOrders": place.fulfils_online,
        "shipsInventory": place.fulfils_online,
        "activatable": False,
        "deactivatable": False,
        "address": {"city": place.city, "countryCode": place.country},
    }


def product(scene: Scene, item: Product) -> View:
    first = item.variants[0]
    names = [name for name, _ in first.options]
    return {
        "id": gid("Product", item.id),
        "legacyResourceId": str(item.id),
        "title": item.title,
        "handle": item.handle,
        "status": "ACTIVE" if item.active else "DRAFT",
        "vendor": VENDOR,
        "productType": item.kind,
        "tags": [],
        "description": item.description,
        "descriptionHtml": f"<p>{item.description}</p>",
        "onlineStoreUrl": f"{STORE_URL}/products/{item.handle}" if item.active else None,
        "totalInventory": sum(_total(scene, variant) for variant in item.variants),
        "tracksInventory": any(variant.stock for variant in item.variants),
        "isGiftCard": False,
        "createdAt": stamp(item.created_at),
        "updatedAt": stamp(item.updated_at),
        "publishedAt": stamp(item.created_at) if item.active else None,
        "featuredMedia": _media(scene, first.sku, item.title),
        "media": listed([first], lambda shown: _media(scene, shown.sku, item.title)),
        "hasOnlyDefaultVariant": not names,
        "options": lambda _info, **_: [
            {"name": name, "values": _values(item, name)} for name in names or ["Title"]
        ],
        "variantsCount": {"count": len(item.variants), "precision": "EXACT"},
        "variants": listed(item.variants, lambda shown: variant(scene, item, shown)),
    }


def _values(item: Product, name: str) -> list[str]:
    found = [value for variant in item.variants for key, value in variant.options if key == name]
    return list(dict.fromkeys(found)) or ["Default Title"]


def _total(scene: Scene, variant: Variant) -> int:
    places = scene.world.locations.values()
    return sum(scene.world.available(variant, place) for place in places)


def variant(scene: Scene, item: Product, shown: Variant) -> View:
    title = shown.title or "Default Title"
    total = _total(scene, shown)
    return {
        "id": gid("ProductVariant", shown.id),
        "legacyResourceId": str(shown.id),
        "title": title,
        "displayName": f"{item.title} - {title}",
        "sku": shown.sku,
        "barcode": None,
        "position": item.variants.index(shown) + 1,
        "price": text(shown.price),
        "compareAtPrice": None,
        "availableForSale": item.active and (total > 0 or not shown.stock),
        "inventoryPolicy": "DENY",
        "inventoryQuantity": total,
        "selectedOptions": [
            {"name": name, "value": value}
            for name, value in shown.options or (("Title", "Default Title"),)
        ],
        "createdAt": stamp(item.created_at),
        "updatedAt": stamp(item.updated_at),
        "media": NOTHING,
        "product": lambda _info, **_: product(scene, item),
        "inventoryItem": lambda _info, **_: inventory_item(scene, shown),
    }


def inventory_item(scene: Scene, shown: Variant) -> View:
    return {
        "id": gid("InventoryItem", shown.id),
        "sku": shown.sku,
        "tracked": bool(shown.stock),
        "inventoryLevels": listed(
            scene.world.places_of(shown), lambda place: _level(scene, shown, place)
        ),
    }


def _level(scene: Scene, shown: Variant, place: Location) -> View:
    available = scene.world.available(shown, place)
    counted = {"available": available, "on_hand": available}

    def quantities(_info: Any, *, names: list[str]) -> list[View]:
        return [
            {
                "id": gid("InventoryQuantity", shown.id),
                "name": name,
                "quantity": counted.get(name, 0),
                "updatedAt": None,
            }
            for name in names
        ]

    return {
        "id": f"{gid('InventoryLevel', place.id)}?inventory_item_id={shown.id}",
        "isActive": True,
        "location": location(place),
        "quantities": quantities,
    }


def image(scene: Scene, sku: str, title: str) -> View:
    url = f"{scene.base}/images/{quote(sku)}.svg"
    return {
        "id": None,
        "url": lambda _info, **_: url,
        "altText": title,
        "width": 120,
        "height": 120,
    }


def _media(scene: Scene, sku: str, title: str) -> View:
    return {
        "__typename": "MediaImage",
        "id": gid("MediaImage", 1),
        "alt": title,
        "mediaContentType": "IMAGE",
        "image": image(scene, sku, title),
        "preview": {"image": image(scene, sku, title), "status": "READY"},
    }


def line(scene: Scene, book: Book, item: Line) -> View:
    """A `LineItem`."""
    known = scene.world.variants.get(item.variant_id)
    options = " / ".join(value for _, value in item.options)
    left = book.refundable_units(item)
    return {
        "id": gid("LineItem", item.id),
        "name": f"{item.title} - {options}" if options else item.title,
        "title": item.title,
        "variantTitle": options or None,
        "vendor": VENDOR,
        "sku": item.sku,
        "quantity": item.quantity,
        "currentQuantity": left,
        "refundableQuantity": left,
        "unfulfilledQuantity": book.unsent_units(item),
        "nonFulfillableQuantity": book.refunded_units(item),
        "requiresShipping": True,
        "restockable": bool(known and known[1].stock),
        "merchantEditable": not book.order.cancelled_at,
        "isGiftCard": False,
        "taxable": item.tax_rate > 0,
        "image": lambda _info, **_: image(scene, item.sku, item.title),
        "customAttributes": [],
        "discountAllocations": lambda _info, **_: _allocations(book, item),
        "taxLines": lambda _info, **_: tax_lines(book, item.tax, item.tax_rate),
        "variant": lambda _info, **_: known and variant(scene, *known),
        "product": lambda _info, **_: known and product(scene, known[0]),
        **_line_money(book, item),
    }


def _line_money(book: Book, item: Line) -> View:
    discounted = money_bag(book, item.total / item.quantity)
    return {
        "originalUnitPriceSet": money_bag(book, item.unit_price),
        "originalTotalSet": money_bag(book, item.subtotal),
        "discountedUnitPriceSet": discounted,
        "discountedUnitPriceAfterAllDiscountsSet": discounted,
        # a code applies to the order, so it is in the allocations and not in this total
        "discountedTotalSet": lambda _info, **given: money_bag(
            book, item.total if given.get("withCodeDiscounts") else item.subtotal
        ),
        "totalDiscountSet": money_bag(book, Decimal(0)),
        "unfulfilledOriginalTotalSet": money_bag(book, item.unit_price * book.unsent_units(item)),
        "unfulfilledDiscountedTotalSet": money_bag(
            book, item.total * book.unsent_units(item) / item.quantity
        ),
        "priceAfterAllDiscountsBeforeTaxesSet": money_bag(
            book, book.remaining(item, item.total) - _included_tax(book, item)
        ),
    }


def _included_tax(book: Book, item: Line) -> Decimal:
    return book.remaining(item, item.tax) if book.order.taxes_included else Decimal(0)


def _allocations(book: Book, item: Line) -> list[View]:
    if not item.discount:
        return []
    index, use = next(iter(enumerate(book.order.discounts)))
    return [
        {
            "allocatedAmountSet": money_bag(book, item.discount),
            "discountApplication": discount(book, index, use),
        }
    ]


def discount(book: Book, index: int, use: DiscountUse) -> View:
    """A `DiscountApplication`."""
    value: View = {"__typename": "MoneyV2", **money(use.amount, book.order.currency)}
    if use.percentage:
        value = {"__typename": "PricingPercentageValue", "percentage": float(use.percentage)}
    # by hand, on a draft, there is no code
    named = {"__typename": "DiscountCodeApplication", "code": use.code}
    return {
        **(named if use.code else {"__typename": "ManualDiscountApplication", "title": "100 %"}),
        "index": index,
        "allocationMethod": "ACROSS",
        "targetSelection": "ALL",
        "targetType": "LINE_ITEM",
        "value": value,
    }


def tax_lines(book: Book, tax: Decimal, rate: Decimal) -> list[View]:
    """At most one tax a line; `rate` in percent."""
    if not tax:
        return []
    return [
        {
            "title": "IVA",
            "rate": float(rate / 100),
            "ratePercentage": float(rate),
            "priceSet": money_bag(book, tax),
            "channelLiable": False,
            "source": None,
        }
    ]
