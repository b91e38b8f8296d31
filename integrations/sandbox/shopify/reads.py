"""The fields a query starts with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from graphql import GraphQLError

from integrations.sandbox.seed.shapes import SHOP_CURRENCY, Order, Person, Product

from . import goods_views, order_views, refund_views
from .book import Book
from .connections import page
from .ids import gid, number
from .scene import Scene, View
from .searching import Fields, matcher
from .suggestion import Refused, everything, store_credit_obstacle, suggest, wishes

DOMAIN = "tienda-azul.myshopify.com"
CURRENCIES = ("EUR", "MXN", "CLP", "USD")
_ZONE = "Europe/Madrid"


class Reads:
    """Every field a query can begin with."""

    def __init__(self, scene: Scene) -> None:
        self._scene, self._world = scene, scene.world

    def fields(self) -> View:
        return {
            "shop": _shop(self._world.accounts),
            "order": self.order,
            "orders": self.orders,
            "customer": self.customer,
            "customerByIdentifier": self.customer_by_identifier,
            "customers": self.customers,
            "product": self.product,
            "products": self.products,
            "productVariant": self.variant,
            "productVariants": self.variants,
            "inventoryItems": self.inventory_items,
            "locations": self.locations,
            "refund": self.refund,
            "ordersCount": lambda _info, query=None, **_: _count(
                self._world.books(), matcher(query, self._order_fields())
            ),
            "customersCount": lambda _info, query=None, **_: _count(
                self._world.customers.values(), matcher(query, self._customer_fields())
            ),
            "productsCount": lambda _info, query=None, **_: _count(
                self._world.products.values(), matcher(query, _PRODUCT_FIELDS)
            ),
        }

    # -- orders

    def order(self, _info: Any, **given: Any) -> View | None:
        book = self._world.book(number(given["id"], "Order"))
        return None if book is None else self._order(book)

    def _order(self, book: Book) -> View:
        view = order_views.order(self._scene, book)
        return {**view, "suggestedRefund": lambda _info, **given: self._suggested(book, given)}

    def orders(self, _info: Any, *, query: str | None = None, **wanted: Any) -> View:
        sort = wanted.pop("sortKey", "ID")
        found = filter(matcher(query, self._order_fields()), self._world.books())
        return page(found, self._order, _order_key(sort), **wanted)

    def _order_fields(self) -> Fields:
        return {
            "": lambda book: (book.order.name, book.order.email, _full_name(book.order)),
            "id": lambda book: book.order.id,
            "name": lambda book: book.order.name,
            "email": lambda book: book.order.email,
            "customer_id": self._customer_id,
            "tag": lambda book: book.order.tags,
            "sku": lambda book: tuple(line.sku for line in book.order.lines),
            "discount_code": lambda book: tuple(use.code for use in book.order.discounts),
            "financial_status": lambda book: book.financial_status,
            "confirmation_number": lambda book: f"TA{book.order.number * 7919:X}",
            "created_at": lambda book: book.order.placed_at,
            "processed_at": lambda book: book.order.placed_at,
            "updated_at": lambda book: book.updated_at,
        }

    def _customer_id(self, book: Book) -> int | None:
        if book.order.guest:
            return None
        people = self._world.customers.values()
        return next((person.id for person in people if person.key == book.order.person), None)

    def refund(self, _info: Any, **given: Any) -> View | None:
        record = self._world.refund(number(given["id"], "Refund"))
        if record is None:
            return None
        book = self._world.book(record.order_id)
        if book is None:
            raise LookupError(f"refund {record.id} belongs to no order")
        return refund_views.refund(self._scene, book, record, lambda _info, **_: self._order(book))

    def _suggested(self, book: Book, given: View) -> View:
        """A query has no userErrors, so what does not fit is a top-level error."""
        try:
            if given.get("suggestFullRefund"):
                asked, all_shipping = everything(book), True
            else:
                asked = wishes(self._world, book, given.get("refundLineItems") or [])
                all_shipping = bool(given.get("refundShipping"))
            amount = given.get("shippingAmount")
            shipping = None if amount is None else Decimal(str(amount))
            found = suggest(self._world, book, asked, shipping=shipping, all_shipping=all_shipping)
        except (Refused, InvalidOperation) as error:
            raise GraphQLError(str(error), extensions={"code": "INVALID"}) from error
        wanted = given.get("refundMethodAllocation") == "STORE_CREDIT"
        credit = wanted and store_credit_obstacle(self._world, book) == ""
        return refund_views.suggested(self._scene, found, credit=credit)

    # -- customers

    def customer(self, _info: Any, **given: Any) -> View | None:
        person = self._world.customers.get(number(given["id"], "Customer"))
        return None if person is None else order_views.customer(self._scene, person)

    def customer_by_identifier(self, _info: Any, *, identifier: View) -> View | None:
        test = self._identifies(identifier)
        person = next(filter(test, self._world.customers.values()), None)
        return None if person is None else order_views.customer(self._scene, person)

    def _identifies(self, identifier: View) -> Callable[[Person], bool]:
        (kind, value), *_ = identifier.items()
        if kind == "emailAddress":
            return lambda person: person.email.casefold() == value.casefold()
        if kind == "phoneNumber":
            return lambda person: order_views.phone_of(self._scene, person) == value
        return lambda person: person.id == number(str(value), "Customer")

    def customers(self, _info: Any, *, query: str | None = None, **wanted: Any) -> View:
        sort = wanted.pop("sortKey", "ID")
        found = filter(matcher(query, self._customer_fields()), self._world.customers.values())
        return page(
            found,
            lambda person: order_views.customer(self._scene, person),
            _record_key(sort),
            **wanted,
        )

    def _customer_fields(self) -> Fields:
        return {
            "": lambda person: (person.first_name, person.last_name, person.email),
            "id": lambda person: person.id,
            "email": lambda person: person.email,
            "phone": lambda person: order_views.phone_of(self._scene, person),
            "first_name": lambda person: person.first_name,
            "last_name": lambda person: person.last_name,
            "tag": lambda person: person.tags,
            "country": lambda person: person.address.country,
            "customer_date": lambda person: person.created_at,
            "updated_at": lambda person: person.updated_at,
        }

    # -- goods

    def product(self, _info: Any, **given: Any) -> View | None:
        item = self._world.products.get(number(given["id"], "Product"))
        return None if item is None else self._product(item)

    def products(self, _info: Any, *, query: str | None = None, **wanted: Any) -> View:
        sort = wanted.pop("sortKey", "ID")
        found = filter(matcher(query, _PRODUCT_FIELDS), self._world.products.values())
        return page(found, self._product, _record_key(sort), **wanted)

    def _product(self, item: Product) -> View:
        return goods_views.product(self._scene, item)

    def variant(self, _info: Any, **given: Any) -> View | None:
        known = self._world.variants.get(number(given["id"], "ProductVariant"))
        return None if known is None else goods_views.variant(self._scene, *known)

    def variants(self, _info: Any, *, query: str | None = None, **wanted: Any) -> View:
        wanted.pop("sortKey", None)
        found = filter(matcher(query, _VARIANT_FIELDS), self._world.variants.values())
        return page(
            found,
            lambda known: goods_views.variant(self._scene, *known),
            lambda known: (known[1].id,),
            **wanted,
        )

    def inventory_items(self, _info: Any, **wanted: Any) -> View:
        variants = (variant for _, variant in self._world.variants.values())
        return page(
            variants,
            lambda variant: goods_views.inventory_item(self._scene, variant),
            lambda variant: (variant.id,),
            **wanted,
        )

    def locations(self, _info: Any, **wanted: Any) -> View:
        for name in ("includeInactive", "includeLegacy", "sortKey"):
            wanted.pop(name, None)
        places = self._world.locations.values()
        return page(places, goods_views.location, lambda place: (place.id,), **wanted)


_PRODUCT_FIELDS: Fields = {
    "": lambda item: (
        f"{item.title} {item.kind} {item.handle} {' '.join(v.sku for v in item.variants)}"
    ),
    "id": lambda item: item.id,
    "title": lambda item: item.title,
    "handle": lambda item: item.handle,
    "product_type": lambda item: item.kind,
    "status": lambda item: "active" if item.active else "draft",
    "sku": lambda item: tuple(variant.sku for variant in item.variants),
    "updated_at": lambda item: item.updated_at,
    "created_at": lambda item: item.created_at,
}
_VARIANT_FIELDS: Fields = {
    "": lambda known: f"{known[0].title} {known[1].title} {known[1].sku}",
    "id": lambda known: known[1].id,
    "sku": lambda known: known[1].sku,
    "title": lambda known: f"{known[0].title} {known[1].title}",
    "product_id": lambda known: known[0].id,
    "product_status": lambda known: "active" if known[0].active else "draft",
    "updated_at": lambda known: known[0].updated_at,
}


def _count(items: Any, found: Callable[[Any], bool]) -> View:
    return {"count": sum(map(found, items)), "precision": "EXACT"}


def _full_name(order: Order) -> str:
    return f"{order.shipping.first_name} {order.shipping.last_name}"


def _order_key(sort: str) -> Callable[[Book], tuple[str | int, ...]]:
    if sort == "UPDATED_AT":
        return lambda book: (_sortable(book.updated_at), book.order.id)
    if sort in ("CREATED_AT", "PROCESSED_AT"):
        return lambda book: (_sortable(book.order.placed_at), book.order.id)
    return lambda book: (book.order.id,)


def _record_key(sort: str) -> Callable[[Person | Product], tuple[str | int, ...]]:
    if sort == "UPDATED_AT":
        return lambda item: (_sortable(item.updated_at), item.id)
    if sort == "CREATED_AT":
        return lambda item: (_sortable(item.created_at), item.id)
    return lambda item: (item.id,)


def _sortable(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")


def installation(scopes: Sequence[str]) -> View:
    """The app that asks, and what it was granted."""
    return {
        "id": gid("AppInstallation", 1),
        "accessScopes": [{"handle": handle} for handle in scopes],
        "app": {"id": gid("App", 1), "handle": "mostrador"},
    }


def _shop(accounts: str) -> View:
    return {
        "id": gid("Shop", 7_100_001),
        "name": "Tienda Azul",
        "myshopifyDomain": DOMAIN,
        "email": "hola@tienda-azul.example",
        "contactEmail": "hola@tienda-azul.example",
        "currencyCode": SHOP_CURRENCY,
        "enabledPresentmentCurrencies": list(CURRENCIES),
        "ianaTimezone": _ZONE,
        "timezoneAbbreviation": "CET",
        "orderNumberFormatPrefix": "#",
        "orderNumberFormatSuffix": "",
        "taxesIncluded": True,
        "url": "https://tienda-azul.example",
        "customerAccountsV2": {"customerAccountsVersion": accounts},
        "plan": {"publicDisplayName": "Basic", "partnerDevelopment": False, "shopifyPlus": False},
        "primaryDomain": {"host": "tienda-azul.example", "url": "https://tienda-azul.example"},
    }
