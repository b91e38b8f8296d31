"""From domain values to mirror records: what is searched, what it opens, what is shown."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from plugin.db import connections as installed
from plugin.db import mirror, panel, tombstones
from plugin.db.mirror import Point, Record
from plugin.db.session import DbConnection, Scope
from plugin.db.tables import customers, orders, products
from plugin.db.types import moment
from plugin.domain.identity import normal_email, normal_number, normal_phone
from plugin.domain.orders import DETAILS, Order
from plugin.domain.people import Customer
from plugin.domain.products import Product
from plugin.ports.store import HISTORY_DAYS

DOUBT = timedelta(days=2)


def save_orders(
    scope: Scope,
    connection: DbConnection,
    connection_id: str,
    found: Sequence[Order],
    country: str,
    fetched_at: datetime,
) -> int:
    records = [_order_record(order, country) for order in found]
    return mirror.merge(scope, connection, orders, connection_id, records, fetched_at)


def bury_order(
    scope: Scope, connection: DbConnection, connection_id: str, ref: str, fetched_at: datetime
) -> bool:
    """The shop did not show this order: a tombstone, unless it shows none of that age. False where
    nothing changed."""
    shop = installed.connection_row(scope, connection, connection_id)
    days = shop.options.get(HISTORY_DAYS, "") if shop else ""
    if days.isdecimal():
        known = panel.one_order(scope, connection, connection_id, ref)
        # a day or two of doubt: what counts as an order's age is the shop's business
        if known and moment(known.placed_at) < fetched_at - timedelta(days=int(days)) + DOUBT:
            return False
    return tombstones.bury_order(scope, connection, connection_id, ref, fetched_at)


def save_customers(
    scope: Scope,
    connection: DbConnection,
    connection_id: str,
    found: Sequence[Customer],
    country: str,
    fetched_at: datetime,
) -> int:
    records = [_customer_record(customer, country) for customer in found]
    return mirror.merge(scope, connection, customers, connection_id, records, fetched_at)


def save_products(
    scope: Scope,
    connection: DbConnection,
    connection_id: str,
    found: Sequence[Product],
    fetched_at: datetime,
) -> int:
    records = [
        Record(product.ref, mirror.encode(product), product.updated_at, {"active": product.active})
        for product in found
    ]
    changed = mirror.merge(scope, connection, products, connection_id, records, fetched_at)
    terms = {product.ref: words_of(_searchable(product)) for product in found}
    mirror.replace_terms(scope, connection, connection_id, terms)
    return changed


def words_of(text: str) -> tuple[str, ...]:
    """Search words: lower case, accents folded, at most 40 letters each."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(mark for mark in folded if not unicodedata.combining(mark))
    return tuple(dict.fromkeys(word[:40] for word in re.findall(r"[^\W_]+", plain)))


def plain_phones(texts: Iterable[str], country: str) -> tuple[str, ...]:
    """Normal forms of what are phones."""
    return _given(normal_phone(text, country) for text in texts)


def _order_record(order: Order, country: str) -> Record:
    holder = _holder(order, country)
    values = {
        "holder": holder,
        "placed_at": order.placed_at,
        "number": normal_number(order.number),
        "total": order.total.amount,
        "currency": order.currency,
        "cancelled": order.cancelled_at is not None,
    }
    points = tuple(_order_points(order, holder, country))
    outline = DETAILS in order.partial
    return Record(order.ref, mirror.encode(order), order.updated_at, values, points, outline)


def _customer_record(customer: Customer, country: str) -> Record:
    holder = mirror.customer_holder(customer.ref)
    owner = "customer:" + customer.ref
    region = (customer.address.country if customer.address else "") or country
    emails = map(normal_email, (customer.email, *customer.other_emails))
    texts = [customer.phone, *customer.other_phones]
    if customer.address:
        texts.append(customer.address.phone)
    points = [Point("email", email, owner, holder) for email in _given(emails)]
    phones = (normal_phone(text, region) for text in texts)
    points += [Point("phone", phone, owner, holder) for phone in _given(phones)]
    values = {"holder": holder}
    return Record(customer.ref, mirror.encode(customer), customer.updated_at, values, tuple(points))


def _holder(order: Order, country: str) -> str:
    """Whose orders these are: a registered customer's, or a guest's by e-mail, then phone."""
    if order.customer_ref:
        return mirror.customer_holder(order.customer_ref)
    email = normal_email(order.email)
    if email:
        return "e:" + email
    phone = next(iter(_given(_phones(order, country))), "")
    return "p:" + phone if phone else "o:" + order.ref


def _order_points(order: Order, holder: str, country: str) -> Iterator[Point]:
    """A number opens its order alone. So does an address on a registered customer's order:
    a gift to somebody else must not open the giver's other orders."""
    owner = "order:" + order.ref
    number = normal_number(order.number)
    if number:
        yield Point("number", number, owner, holder, order.ref)
    for email in _given([normal_email(order.email)]):
        whole = holder == "e:" + email
        yield Point("email", email, owner, holder, "" if whole else order.ref)
    for phone in _given(_phones(order, country)):
        whole = holder == "p:" + phone
        yield Point("phone", phone, owner, holder, "" if whole else order.ref)


def _phones(order: Order, country: str) -> Iterator[str]:
    """Read with the order's country first, then the workspace's."""
    for address in (order.shipping_address, order.billing_address):
        region = (address.country if address else "") or country
        for text in (order.phone, address.phone if address else ""):
            yield normal_phone(text, region)


def _searchable(product: Product) -> str:
    variants = " ".join(f"{variant.title} {variant.sku}" for variant in product.variants)
    return f"{product.title} {variants}"


def _given(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))
