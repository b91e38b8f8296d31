"""From domain values to mirror records: what is searched, what it opens, what is shown."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from plugin.db import connections as installed
from plugin.db import mirror, panel, tombstones
from plugin.db.mirror import Record
from plugin.db.session import DbConnection, Scope
from plugin.db.statements import Point
from plugin.db.tables import customers, orders, products
from plugin.db.types import microseconds, moment, to_units
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
    if hidden_by_age(scope, connection, connection_id, ref, fetched_at):
        return False
    return tombstones.bury_order(scope, connection, connection_id, ref, fetched_at)


def hidden_by_age(
    scope: Scope, connection: DbConnection, connection_id: str, ref: str, now: datetime
) -> bool:
    """Whether the shop shows no order as old as this one."""
    shop = installed.connection_row(scope, connection, connection_id)
    days = shop.options.get(HISTORY_DAYS, "") if shop else ""
    known = panel.one_order(scope, connection, connection_id, ref) if days.isdecimal() else None
    # a day or two of doubt: what counts as an order's age is the shop's business
    return bool(known and moment(known.placed_at) < now - timedelta(days=int(days)) + DOUBT)


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
    records = [_product_record(product) for product in found]
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


def _product_record(product: Product) -> Record:
    values = {"active": product.active}
    return Record(product.ref, mirror.encode(product), microseconds(product.updated_at), values)


def _order_record(order: Order, country: str) -> Record:
    emails = _given([normal_email(order.email)])
    phones = _given(_phones(order, country))
    number = normal_number(order.number)
    holder = _holder(order, emails, phones)
    values = {
        "holder": holder,
        "placed_at": microseconds(order.placed_at),
        "number": number,
        "total": to_units(order.total.amount),
        "currency": order.currency,
        "cancelled": order.cancelled_at is not None,
    }
    points = tuple(_order_points(order.ref, holder, number, emails, phones))
    outline = DETAILS in order.partial
    return Record(
        order.ref, mirror.encode(order), microseconds(order.updated_at), values, points, outline
    )


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
    at = microseconds(customer.updated_at)
    return Record(customer.ref, mirror.encode(customer), at, values, tuple(points))


def _holder(order: Order, emails: Sequence[str], phones: Sequence[str]) -> str:
    """Whose orders these are: a registered customer's, or a guest's by e-mail, then phone."""
    if order.customer_ref:
        return mirror.customer_holder(order.customer_ref)
    if emails:
        return "e:" + emails[0]
    return "p:" + phones[0] if phones else "o:" + order.ref


def _order_points(
    ref: str, holder: str, number: str, emails: Sequence[str], phones: Sequence[str]
) -> Iterator[Point]:
    """A number opens its order alone. So does an address on a registered customer's order:
    a gift to somebody else must not open the giver's other orders."""
    owner = "order:" + ref
    if number:
        yield Point("number", number, owner, holder, ref)
    for email in emails:
        whole = holder == "e:" + email
        yield Point("email", email, owner, holder, "" if whole else ref)
    for phone in phones:
        whole = holder == "p:" + phone
        yield Point("phone", phone, owner, holder, "" if whole else ref)


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
