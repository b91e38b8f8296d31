"""What every shop must tell about changes, and the webhooks of its pretend twin."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from plugin.errors import NotFound
from plugin.ports.store import Part
from tests.contracts.shop import Catalogue, Running

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
SOON = datetime.now(UTC) + timedelta(days=1)


def changes(running: Running, part: Part, since: datetime) -> list[Any]:
    found: list[Any] = []
    cursor: str | None = None
    while True:
        page = running.store.changed_since(part, since, cursor)
        found.extend(page.items)
        cursor = page.cursor
        if cursor is None:
            return found


def test_every_order_changed_since_long_ago(shop: Running, seed: Catalogue) -> None:
    assert {item.ref for item in changes(shop, "orders", LONG_AGO)} == {
        item.ref for item in seed.orders
    }


def test_every_product_changed_since_long_ago(shop: Running, seed: Catalogue) -> None:
    assert {item.ref for item in changes(shop, "products", LONG_AGO)} == {
        item.ref for item in seed.products
    }


def test_every_customer_changed_since_long_ago(shop: Running, seed: Catalogue) -> None:
    assert {item.ref for item in changes(shop, "customers", LONG_AGO)} == {
        item.ref for item in seed.customers
    }


def test_nothing_changed_in_the_future(shop: Running) -> None:
    assert changes(shop, "customers", SOON) == []
    assert changes(shop, "orders", SOON) == []
    assert changes(shop, "products", SOON) == []


def test_the_second_itself_is_part_of_the_answer(shop: Running, seed: Catalogue) -> None:
    newest = max(order.updated_at for order in seed.orders)

    assert [item.updated_at for item in changes(shop, "orders", newest)]


def test_a_change_is_found(fresh: Running) -> None:
    before = changes(fresh, "orders", LONG_AGO)
    first = before[-1]
    _write(fresh, first.ref, note="changed just now")

    found = changes(fresh, "orders", datetime.now(UTC) - timedelta(seconds=30))

    assert "changed just now" in [item.note for item in found if item.ref == first.ref]


def test_what_is_deleted_is_missed(fresh: Running) -> None:
    one, other = (item.ref for item in changes(fresh, "orders", LONG_AGO)[:2])
    _write(fresh, one, delete=True)

    assert list(fresh.store.absent("orders", [one, other])) == [one]
    with pytest.raises(NotFound):
        fresh.store.order(one)


def test_customers_and_products_that_are_deleted_are_missed(fresh: Running) -> None:
    parts: tuple[Part, ...] = ("customers", "products")
    for part in parts:
        one, *others = (item.ref for item in changes(fresh, part, LONG_AGO)[:90])
        body = {"kind": part, "ref": one}
        requests.post(f"{fresh.url}/_control/gone", json=body, timeout=5).raise_for_status()

        assert list(fresh.store.absent(part, [one, *others])) == [one]
        with pytest.raises(NotFound):
            fresh.store.customer(one) if part == "customers" else fresh.store.product(one)


def test_nobody_asks_a_shop_for_nothing(shop: Running) -> None:
    before = len(shop.http.calls)

    assert list(shop.store.absent("customers", [])) == []
    assert len(shop.http.calls) == before


def test_orders_read_together_are_as_each_by_itself(shop: Running, seed: Catalogue) -> None:
    refs = [item.ref for item in seed.orders[:9]]

    found = shop.store.orders_among([*refs, "999999999", "x", ""])

    assert {order.ref: order for order in found} == {ref: shop.store.order(ref) for ref in refs}
    assert list(shop.store.orders_among([])) == []


def test_a_deleted_order_is_not_among_them(fresh: Running) -> None:
    one, other = (item.ref for item in changes(fresh, "orders", LONG_AGO)[:2])
    _write(fresh, one, delete=True)

    assert [order.ref for order in fresh.store.orders_among([one, other])] == [other]


def test_a_customer_and_a_product_are_read_by_their_id(shop: Running, seed: Catalogue) -> None:
    assert shop.store.customer(seed.customers[0].ref).ref == seed.customers[0].ref
    assert shop.store.product(seed.products[0].ref) == seed.products[0]


@pytest.mark.parametrize("ref", ["", "999999999", "../1", "x"])
def test_what_is_not_there_is_not_found(shop: Running, ref: str) -> None:
    with pytest.raises(NotFound):
        shop.store.customer(ref)
    with pytest.raises(NotFound):
        shop.store.product(ref)


def _write(running: Running, order_ref: str, **change: Any) -> None:
    body = {"order": order_ref, **change}
    requests.post(f"{running.url}/_control/order", json=body, timeout=5).raise_for_status()
