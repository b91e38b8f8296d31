"""A Shopify shop as a `Store`."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from integrations.unread import each
from plugin.domain.identity import normal_email, normal_number
from plugin.domain.orders import Order
from plugin.domain.people import Customer
from plugin.domain.products import Product
from plugin.domain.refunds import RefundChoice, RefundPlan, RefundReceipt
from plugin.errors import BadAnswer, Conflict, NotFound, OutcomeUnknown, RateLimited
from plugin.ports.store import Batch, Found, Page, Part, ShopInfo, Subscribed

from . import changes, mapping, mapping_money, mapping_products, refunding, search
from .addresses import Addresses
from .annotations import Annotations
from .cancels import Cancels
from .client import Result
from .discounts import Discounts
from .orders import BATCH, readable
from .payloads import ProductPayload
from .replacements import Replacements
from .values import gid, moment
from .values import ref as ref_of

T = TypeVar("T")

NEWEST = 50
_PRODUCTS_PAGE = 4
_VARIANTS_PAGE = 20
_MOST_VARIANTS = 200
_SEARCHED_CUSTOMERS = 10
_MOST_REFUNDS = 80
_RESEND_WITHIN = timedelta(minutes=10)


class ShopifyStore(Addresses, Cancels, Discounts, Replacements, Annotations):
    """One connected shop; see plugin.ports.store."""

    def shop(self) -> ShopInfo:
        shop = self._shop()
        with readable():
            return ShopInfo(
                name=shop["name"],
                currency=shop["currencyCode"],
                timezone=shop["ianaTimezone"] or "",
                url=shop["primaryDomain"]["url"],
                key=shop["myshopifyDomain"],
            )

    def find_by_email(self, email: str) -> Found:
        email = normal_email(email)
        if not email:
            return Found()
        person = self._client.read("customer_by_email", {"email": email})
        found = _customers([person.data.get("customerByIdentifier")])
        customers = [item for item in found if search.is_email_of(item, email)]
        known = {item.ref for item in customers}
        terms = [search.term("email", email), *_customer_terms(known)]
        orders = self._newest(terms, NEWEST)
        return Found(
            customers=tuple(customers),
            orders=tuple(
                order
                for order in orders
                if normal_email(order.email) == email or order.customer_ref in known
            ),
        )

    def find_by_phone(self, phones: Sequence[str]) -> Found:
        """Customers by phone and their orders. Shopify has no search for the phone of an order,
        so guests are found in the mirror only."""
        spellings = search.dialable(list(phones))
        if not spellings:
            return Found()
        customers = {
            item.ref: item
            for spelling in spellings
            for item in self._people_by_phone(spelling)
            if search.is_phone_of(item, spellings[0])
        }
        orders = self._newest(_customer_terms(customers), NEWEST) if customers else []
        return Found(
            customers=tuple(customers.values()),
            orders=tuple(order for order in orders if order.customer_ref in customers),
        )

    def find_by_number(self, number: str) -> Found:
        number = normal_number(number)
        if not number:
            return Found()
        shop = self._shop()
        with readable():
            prefix = shop["orderNumberFormatPrefix"] or ""
            suffix = shop["orderNumberFormatSuffix"] or ""
        terms = {search.term("name", name) for name in (number, f"{prefix}{number}{suffix}")}
        named = [
            (normal_number(node["name"]) != number, node["id"])
            for node in self._summaries(sorted(terms), 10)
            if search.is_number(node["name"], number, prefix, suffix)
        ]
        # the whole name counts more than the part inside a prefix
        orders, _, _ = self._orders.many([order_id for _, order_id in sorted(named)[:1]])
        return Found(orders=tuple(orders))

    def orders_of_customer(self, customer_ref: str, *, limit: int = NEWEST) -> Sequence[Order]:
        if not gid("Customer", customer_ref):
            return ()
        orders = self._newest(_customer_terms([customer_ref]), limit)
        return tuple(order for order in orders if order.customer_ref == customer_ref)

    def order(self, ref: str) -> Order:
        return self._read_order(ref)

    def orders_among(self, refs: Sequence[str]) -> Sequence[Order]:
        ids = [order_id for ref in refs if (order_id := gid("Order", ref))]
        found: list[Order] = []
        for start in range(0, len(ids), BATCH):
            try:
                found += self._orders.many(ids[start : start + BATCH])[0]
            except RateLimited:
                if not found:
                    raise
                break
        return found

    def customer(self, ref: str) -> Customer:
        return changes.customer(self._client, ref)

    def product(self, ref: str) -> Product:
        product_id = gid("Product", ref)
        if not product_id:
            raise NotFound("record_not_found")
        variables = {"id": product_id, "variantsFirst": _VARIANTS_PAGE, "variantsAfter": None}
        found = self._client.read("product_detail", variables).data.get("product")
        if found is None:
            raise NotFound("record_not_found")
        with readable():
            return self._product(found, self._shop()["currencyCode"])

    def changed_since(self, part: Part, moment: datetime, cursor: str | None) -> Page[Any]:
        def products(query: str, after: str | None) -> Page[Product]:
            return self._products(query, after, sort="UPDATED_AT", unhurried=True)

        return changes.changed_since(self._client, self._orders, products, part, moment, cursor)

    def absent(self, part: Part, refs: Sequence[str]) -> Sequence[str]:
        return changes.absent(self._client, part, refs)

    def subscribe(self, url: str, secret: str) -> Subscribed:
        """The app's own subscriptions, in its toml, are for all shops at once."""
        return Subscribed(active=True)

    def unsubscribe(self, url: str) -> int:
        """They end with the app."""
        return 0

    def search_products(self, text: str, *, limit: int = 10) -> Sequence[Product]:
        words = search.words(text)
        if not words:
            return ()
        found: dict[str, Product] = {}
        for query in (words, search.term("sku", text.strip())):
            cursor: str | None = None
            while len(found) < limit:
                page = self._products(query, cursor, sort="RELEVANCE")
                found.update({item.ref: item for item in page.items})
                cursor = page.cursor
                if cursor is None:
                    break
        return tuple(found.values())[:limit]

    def backfill(self, part: Part, cursor: str) -> Generator[Batch, None, None]:
        return self._backfill.steps(part, cursor)

    def plan_refund(self, choice: RefundChoice) -> RefundPlan:
        order = self._read_order(choice.order_ref, hurried=True)
        refunding.check(order, choice)
        result = self._hurried.read("refund_suggestion", refunding.question(order, choice))
        with readable():
            answer = result.data["order"]
            if answer is None:
                raise NotFound("order_not_found")
            if moment(answer["updatedAt"]) != order.updated_at:
                raise Conflict("order_changed")
            return refunding.plan(order, choice, answer["suggestedRefund"])

    def refund(self, plan: RefundPlan, *, key: str, reference: str) -> RefundReceipt:
        variables = refunding.mutation(plan, key, reference)
        made: Any = self._client.write("refund_create", "refundCreate", "refund", variables)
        try:
            with readable():
                return mapping_money.receipt(made)
        except BadAnswer as error:
            raise OutcomeUnknown("answer_lost", cause="refund_unreadable") from error

    def find_refund(self, order_ref: str, reference: str) -> RefundReceipt | None:
        found = self.refunds_of(order_ref)
        match = next((item for item in found if item.reference == reference), None)
        if match is None and len(found) >= _MOST_REFUNDS:
            raise BadAnswer("bad_answer", cause="too_many_refunds")
        return match

    def refunds_of(self, order_ref: str) -> Sequence[RefundReceipt]:
        variables = {"id": gid("Order", order_ref), "first": _MOST_REFUNDS}
        order = self._client.read("order_refund_records", variables).data.get("order")
        if order is None:
            raise NotFound("order_not_found")
        with readable():
            found = [mapping_money.receipt(item) for item in order["refunds"]]
        return tuple(sorted(found, key=lambda item: item.created_at))

    def may_resend(self, first_call: datetime, now: datetime) -> bool:
        return now - first_call < _RESEND_WITHIN

    def settle_limit(self) -> timedelta:
        return self._settle

    def _shop(self) -> Mapping[str, Any]:
        with readable():
            shop: Mapping[str, Any] = self._client.read("shop", {}).data["shop"]
            return dict(shop)

    def _people_by_phone(self, phone: str) -> list[Customer]:
        exact = self._client.read("customer_by_phone", {"phone": phone})
        query = search.term("phone", phone)
        variables = {"query": query, "first": _SEARCHED_CUSTOMERS, "after": None}
        similar = self._client.read("customers_search", variables)
        with readable():
            nodes = similar.data["customers"]["nodes"]
        return _customers([exact.data.get("customerByIdentifier"), *nodes])

    def _newest(self, terms: Iterable[str], limit: int) -> list[Order]:
        """Orders that match any term, newest first."""
        ids = [node["id"] for node in self._summaries(terms, limit)]
        return self._orders.many(ids[:limit])[0]

    def _summaries(self, terms: Iterable[str], limit: int) -> list[Mapping[str, Any]]:
        found: dict[str, Mapping[str, Any]] = {}
        for query in terms:
            variables = {"query": query, "first": limit, "after": None}
            result = self._client.read("orders_page", variables)
            with readable():
                nodes = result.data["orders"]["nodes"]
                found.update({node["id"]: node for node in nodes})
        with readable():
            return sorted(found.values(), key=lambda node: node["processedAt"], reverse=True)

    def _products(
        self, query: str, cursor: str | None, *, sort: str, unhurried: bool = False
    ) -> Page[Product]:
        variables = {"query": query, "first": _PRODUCTS_PAGE, "after": cursor, "sort": sort}
        result = self._client.read("products_page", variables)
        with readable():
            connection = result.data["products"]
            currency = result.data["shop"]["currencyCode"]
            items, unread = each(
                connection["nodes"],
                lambda node: self._product(node, currency),
                lambda node: ref_of(node["id"]),
            )
            page = Page(
                items=items, cursor=_cursor(connection), unread=unread,
                estimated=_count(result, "productsCount"),
            )  # fmt: skip
        return self._unhurried(page, result) if unhurried else page

    def _product(self, payload: ProductPayload, currency: str) -> Product:
        """With all variants and places, read page by page where there are more than a list of
        products gives."""
        with readable():
            whole: Any = payload
            variants = payload["variants"]
            if variants["pageInfo"]["hasNextPage"] or _places_cut(payload):
                nodes = self._all_variants(payload["id"])
                whole = {**payload, "variants": {**variants, "nodes": nodes}}
            return mapping_products.product(whole, currency)

    def _all_variants(self, product_id: str) -> list[Mapping[str, Any]]:
        nodes: list[Mapping[str, Any]] = []
        cursor: str | None = None
        while len(nodes) < _MOST_VARIANTS:
            variables = {"id": product_id, "variantsFirst": _VARIANTS_PAGE, "variantsAfter": cursor}
            page = self._client.read("product_detail", variables).data["product"]["variants"]
            nodes.extend(page["nodes"])
            cursor = _cursor(page)
            if cursor is None:
                break
        return nodes

    def _unhurried(self, page: Page[T], result: Result) -> Page[T]:
        if page.cursor is not None:
            self._client.pause_for_agents(result.bucket)
        return page


def _customers(nodes: Iterable[Any]) -> list[Customer]:
    with readable():
        return [mapping.customer(node) for node in nodes if node]


def _customer_terms(customer_refs: Iterable[str]) -> list[str]:
    return [f"customer_id:{customer_ref}" for customer_ref in customer_refs]


def _cursor(connection: Mapping[str, Any]) -> str | None:
    page = connection["pageInfo"]
    return page["endCursor"] if page["hasNextPage"] else None


def _count(result: Result, field: str) -> int | None:
    count = result.data.get(field)
    return count["count"] if count else None


def _places_cut(payload: ProductPayload) -> bool:
    return any(
        variant["inventoryItem"]["inventoryLevels"].get("pageInfo", {}).get("hasNextPage", False)
        for variant in payload["variants"]["nodes"]
    )
