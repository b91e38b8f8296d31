"""A WooCommerce shop as a `Store`."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import msgspec

from integrations.unread import each
from plugin.domain.identity import normal_email, normal_number
from plugin.domain.orders import Order
from plugin.domain.people import Customer
from plugin.domain.products import Product
from plugin.errors import BadAnswer, NotFound
from plugin.ports.store import Batch, Found, Page, Part, ShopInfo, Subscribed

from . import (
    backfill,
    changes,
    mapping_people,
    payloads,
    products,
    search,
    subscribing,
)
from .annotations import Annotations
from .cancels import Cancels
from .client import Listing, Query, decoded, digits
from .facts import Remembered
from .payloads import CustomerPayload, OrderPayload, ProductPayload
from .reading import PAGE, readable, records
from .replacements import Replacements
from .values import clean, web_url

NEWEST = 50
_PRODUCTS_PAGE = 20
_MOST = "100"
_CUSTOMERS_BY_PHONE = 5

_LISTS: Mapping[Part, msgspec.json.Decoder[Any]] = {
    "customers": payloads.CUSTOMERS,
    "orders": payloads.ORDERS,
    "products": payloads.PRODUCTS,
}

_shops: Remembered[ShopInfo] = Remembered()


class WooStore(Replacements, Cancels, Annotations):
    """One connected shop; see plugin.ports.store."""

    def shop(self) -> ShopInfo:
        """The site's own words need no key; the currency does, and so proves it."""
        listing = self._client.read("data/currencies/current")
        currency = decoded(payloads.CURRENCY, listing.body)["code"]
        index = decoded(payloads.INDEX, self._client.index())
        if "wc/v3" not in index.get("namespaces", []):
            raise BadAnswer("bad_answer", cause="no_api")
        return ShopInfo(
            name=clean(index.get("name")),
            currency=currency,
            timezone=index.get("timezone_string", ""),
            url=web_url(index.get("url")),
        )

    def find_by_email(self, email: str) -> Found:
        """Accounts by exact address, of any role; orders by account, and by what was typed at
        the checkout (guests have no account)."""
        email = normal_email(email)
        if not email:
            return Found()
        people = [
            person
            for person in self._customers({"email": email, "role": "all"})
            if search.is_email_of_customer(person, email)
        ]
        searched = self._orders({"search": email, "per_page": _MOST})
        orders = [order for order in searched if search.is_email_of_order(order, email)]
        return self._found(people, orders)

    def find_by_phone(self, phones: Sequence[str]) -> Found:
        """The shop has phones as they were typed, so several spellings are looked for, and every
        hit is compared as a number."""
        if not phones:
            return Found()
        orders = [
            order
            for text in search.phone_queries(phones)
            for order in self._orders({"search": text, "per_page": _MOST})
            if search.is_phone_of_order(order, phones[0])
        ]
        people = [
            person
            for person in self._owners(search.newest(orders, NEWEST))
            if search.is_phone_of_customer(person, phones[0])
        ]
        return self._found(people, orders)

    def find_by_number(self, number: str) -> Found:
        """The number is not the id where a numbering plugin is at work: the order with that id
        may be somebody else's. Only `number` counts."""
        number = normal_number(number)
        if not number:
            return Found()
        hits = self._orders({"include": number}) if digits(number) else []
        matching = [order for order in hits if search.is_number_of(order, number)]
        if not matching:
            hits = self._orders({"search": number, "per_page": _MOST})
            matching = [order for order in hits if search.is_number_of(order, number)]
        return Found(orders=self._mapped(matching[:1]))

    def orders_of_customer(self, customer_ref: str, *, limit: int = NEWEST) -> Sequence[Order]:
        return self._mapped(self._orders_of(customer_ref, limit))

    def order(self, ref: str) -> Order:
        """An order in the trash is gone: no list has it, though its id still answers."""
        payload = self._order(ref)
        if payload["status"] == "trash":
            raise NotFound("order_not_found")
        return self._mapped([payload], fresh=True)[0]

    def orders_among(self, refs: Sequence[str]) -> Sequence[Order]:
        listed = changes.orders_among(self._client, refs)
        if not listed:
            return ()
        found = decoded(payloads.ORDERS, listed)
        return self._mapped(found, fresh=True)

    def customer(self, ref: str) -> Customer:
        return _person(decoded(payloads.CUSTOMER, changes.record(self._client, "customers", ref)))

    def product(self, ref: str) -> Product:
        payload = decoded(payloads.PRODUCT, changes.record(self._client, "products", ref))
        if payload["status"] == "trash":
            raise NotFound("record_not_found")
        return self._product(payload)

    def changed_since(self, part: Part, moment: datetime, cursor: str | None) -> Page[Any]:
        """Of customers the shop has no such list: all are walked, so this is asked seldom."""
        if part == "customers":
            found, broken, following = changes.customers_since(self._client, moment, cursor)
        else:
            size = PAGE if part == "orders" else _PRODUCTS_PAGE
            body = changes.page(self._client, part, moment, cursor, size).body
            found, broken = records(_LISTS[part], body)
            following = changes.following(cursor, len(found) + len(broken), size)
        items, unread = self._each(part, found)
        return Page(items=items, cursor=following, unread=[*unread, *map(str, broken)])

    def absent(self, part: Part, refs: Sequence[str]) -> Sequence[str]:
        return changes.absent(self._client, part, refs)

    def subscribe(self, url: str, secret: str) -> Subscribed:
        return subscribing.subscribe(self._client, url, secret)

    def unsubscribe(self, url: str) -> int:
        return subscribing.unsubscribe(self._client, url)

    def search_products(self, text: str, *, limit: int = 10) -> Sequence[Product]:
        text = text.strip()
        if not text:
            return ()
        found = {item["id"]: item for item in self._products({"sku": text}).values()}
        found.update(self._products({"search": text, "per_page": str(limit)}))
        parents = [item["parent_id"] for item in found.values() if item["type"] == "variation"]
        missing = [str(parent) for parent in parents if parent not in found]
        if missing:
            found = {**self._products({"include": ",".join(missing)}), **found}
        whole = [item for item in found.values() if item["type"] != "variation"]
        return tuple(self._product(item) for item in whole[:limit])

    def backfill(self, part: Part, cursor: str) -> Generator[Batch, None, None]:
        size = _PRODUCTS_PAGE if part == "products" else PAGE
        return backfill.steps(self._client, part, size, cursor, partial(self._after, part))

    def _after(
        self, part: Part, listing: Listing, last: int
    ) -> tuple[list[int], Sequence[Any], list[str]]:
        """Of a page all ids, and what comes after the last one seen."""
        found, broken = records(_LISTS[part], listing.body)
        ids = sorted([*(item["id"] for item in found), *broken])
        items, unread = self._each(part, [item for item in found if item["id"] > last])
        return ids, items, [*unread, *(str(number) for number in broken if number > last)]

    def _each(self, part: Part, found: Sequence[Any]) -> tuple[list[Any], list[str]]:
        """Mapped, and the refs of those that cannot be."""
        read: Callable[[Any], Any] = self._product
        if part == "orders":
            read = self._order_of_list
        elif part == "customers":
            read = _person
        return each(found, read, lambda item: str(item["id"]))

    def _order_of_list(self, payload: OrderPayload) -> Order:
        return self._mapped([payload], fresh=True)[0]

    def _found(self, people: Sequence[CustomerPayload], orders: Sequence[OrderPayload]) -> Found:
        """People with the orders of their accounts besides those found directly."""
        theirs = [
            order for person in people for order in self._orders_of(str(person["id"]), NEWEST)
        ]
        with readable():
            customers = tuple(mapping_people.customer(person) for person in people)
        return Found(
            customers=customers, orders=self._mapped(search.newest([*orders, *theirs], NEWEST))
        )

    def _orders_of(self, customer_ref: str, limit: int) -> list[OrderPayload]:
        if not digits(customer_ref) or not int(customer_ref):
            return []  # 0 stands for all guests
        query = {"customer": customer_ref, "per_page": str(min(limit, int(_MOST)))}
        found = self._orders(query)
        return [order for order in found if order["customer_id"] == int(customer_ref)][:limit]

    def _owners(self, orders: Sequence[OrderPayload]) -> list[CustomerPayload]:
        ids = list(dict.fromkeys(str(order["customer_id"]) for order in orders))
        wanted = [ref for ref in ids if ref != "0"][:_CUSTOMERS_BY_PHONE]
        if not wanted:
            return []
        found = self._customers({"include": ",".join(wanted), "role": "all"})
        return [person for person in found if str(person["id"]) in wanted]

    def _customers(self, query: Query) -> list[CustomerPayload]:
        return decoded(payloads.CUSTOMERS, self._client.read("customers", query).body)

    def _orders(self, query: Query) -> list[OrderPayload]:
        return decoded(payloads.ORDERS, self._client.read("orders", query).body)

    def _products(self, query: Query) -> dict[int, ProductPayload]:
        found = decoded(payloads.PRODUCTS, self._client.read("products", query).body)
        return {item["id"]: item for item in found}

    def _product(self, payload: ProductPayload) -> Product:
        variations = []
        if payload["type"] == "variable":
            path = f"products/{payload['id']}/variations"
            listing = self._client.read(path, {"per_page": _MOST})
            variations = decoded(payloads.VARIATIONS, listing.body)
        with readable():
            return products.product(payload, variations, _shops.get(self._key, self.shop))


def _person(payload: CustomerPayload) -> Customer:
    with readable():
        return mapping_people.customer(payload)
