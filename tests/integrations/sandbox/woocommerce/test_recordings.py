"""Every recorded answer against the pretend shop: status, recorded headers and body are equal.

The shop's clock stands where the real one stood and its counters run as the real ones did, so
that even new ids and times are compared; only two kinds of line metadata ids are masked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from integrations.sandbox.woocommerce.records import SUBSCRIBER, Json
from integrations.sandbox.woocommerce.shop import Shop
from tests.integrations.sandbox.woocommerce.lab import MANAGER, Lab, opened, yen_lab
from tests.integrations.sandbox.woocommerce.recordings import (
    ADMIN_KEY,
    SECRET,
    Seen,
    expected,
    names,
    recorded_at,
)

CANNOT = {
    "route-03-bad-json": "coupons come with a later issue",
}
BEFORE_ANYTHING = [
    name
    for name in names("auth-*", "customers-*", "orders-*", "products-*", "store-*", "route-*")
    if name not in CANNOT and recorded_at(name).strftime("%H:%M") == "15:28"
]
REFUNDS = names("refunds-*")
AFTER_A_WHILE = ["orders-31-offset", "orders-32-head", "orders-33-exclude-trash"]
AFTER_A_WHILE += ["orders-34-customer-0", "orders-36-search-draft", "products-12-batch-include"]
AFTER_A_WHILE += ["hpos-search-multi-word", "hpos-search-transaction"]
RESTORED = [
    "orders-37-modified-after-z-and-gmt",
    "orders-38-modified-after-z-only",
    "orders-39-modified-after-plain-gmt",
    "orders-40-deleted-product-line",
    "products-14-variation-parent-stock",
]


@pytest.fixture
def fresh() -> Lab:
    return opened()


@pytest.fixture(scope="module")
def refunds() -> dict[str, Seen]:
    """All refund calls in their recorded order."""
    return dict(_refund_history())


def _refund_history() -> Iterator[tuple[str, Seen]]:
    played = opened()
    for name in REFUNDS:
        if name == "refunds-29-three-decimals":
            _unrecorded_refunds(played)
        if name == "refunds-33-reason-html":
            # the recorded shop had been put back to its first state, two numbers further
            played = opened()
            played.shop.counters |= {"object": 51}
        yield name, played.play(name)


def _unrecorded_refunds(played: Lab) -> None:
    """Three refunds of order 31 that the recorded list shows, and the numbers used in between."""
    for number, meta, second, body in (
        (74, 142, "15:37:06", {"amount": "3.00"}),
        (80, 171, "15:37:18", {"amount": "1.00", "reason": "dup"}),
        (81, 176, "15:37:18", {"amount": "1.00", "reason": "dup"}),
    ):
        played.shop.counters |= {"object": number, "meta": meta}
        played.clock.moment = recorded_at("auth-00-index").replace(
            hour=15, minute=int(second[3:5]), second=int(second[6:])
        )
        refund(played.client, 31, body)


def refund(client: FlaskClient, order: int, body: Json) -> Json:
    answer = client.post(
        f"/wp-json/wc/v3/orders/{order}/refunds",
        base_url="https://tienda-a.example",
        json=body,
        auth=(ADMIN_KEY, SECRET),
    )
    assert answer.status_code == 201, answer.text
    document: Json = answer.get_json()
    return document


@pytest.mark.parametrize("name", REFUNDS)
def test_refund_answers_are_the_recorded_ones(refunds: dict[str, Seen], name: str) -> None:
    assert refunds[name] == expected(name)


@pytest.mark.parametrize("name", BEFORE_ANYTHING)
def test_first_answers_are_the_recorded_ones(fresh: Lab, name: str) -> None:
    if "header-eaten" in name:
        fresh.shop.site = replace(fresh.shop.site, header_eaten=True)

    assert fresh.play(name) == expected(name)


def test_key_of_a_demoted_user_is_forbidden(fresh: Lab) -> None:
    fresh.shop.users[MANAGER] = SUBSCRIBER

    assert fresh.play("auth-18-user-demoted") == expected("auth-18-user-demoted")


@pytest.mark.parametrize(
    "name",
    ["customers-12-delete-no-force", "customers-13-email-taken", "customers-14-create-duplicate"],
)
def test_refused_changes_of_customers_are_the_recorded_ones(name: str) -> None:
    store = "b" if name.startswith("customers-12") else "a"
    played = opened()
    played.shop.site = replace(played.shop.site, home=f"https://tienda-{store}.example")

    assert played.play(name) == expected(name)


@pytest.mark.parametrize("name", AFTER_A_WHILE)
def test_later_answers_are_the_recorded_ones(fresh: Lab, name: str) -> None:
    _as_after_the_changes(fresh.shop)

    assert fresh.play(name) == expected(name)


def _as_after_the_changes(shop: Shop) -> None:
    """Three orders deleted, four made, one of them an unfinished checkout."""
    for number in (29, 43, 44):
        shop.drop("orders", number)
    lucia = shop.get("orders", 21) or {}
    guest = shop.get("orders", 46) or {}
    address = {**guest["billing"], "email": "borrador@example.net", "phone": ""}
    later = {"date_created_gmt": "2026-11-22T15:35:00"}
    shop.put("orders", lucia | {"id": 68, "line_items": [], "transaction_id": ""} | later)
    shop.put("orders", guest | {"id": 69, "status": "checkout-draft", "billing": address} | later)
    for number in (70, 73):
        shop.put("orders", guest | {"id": number} | later)


@pytest.mark.parametrize("name", RESTORED)
def test_answers_after_the_restore_are_the_recorded_ones(fresh: Lab, name: str) -> None:
    fresh.shop.change(
        "orders", 21, lambda order: order.update(date_modified_gmt="2026-11-22T15:41:21")
    )
    fresh.shop.change("products", 20, lambda product: product.update(manage_stock="parent"))
    fresh.shop.change("products", 16, lambda product: product.update(stock_quantity=5))
    fresh.shop.drop("products", 13)

    assert fresh.play(name) == expected(name)


def test_stock_goes_back_with_the_refunded_line(fresh: Lab) -> None:
    fresh.shop.change("products", 11, lambda product: product.update(stock_quantity=35))

    before = fresh.play("stock-before-refund")
    fresh.play("refunds-02-partial-gateway")
    after = fresh.play("stock-after-refund")

    assert [before, after] == [expected("stock-before-refund"), expected("stock-after-refund")]


def test_refund_of_a_store_without_decimals_is_the_recorded_one() -> None:
    played = opened(yen_lab())

    assert played.play("legacy-10-refund-items") == expected("legacy-10-refund-items")


def test_decimals_a_store_does_not_have_are_rounded_up() -> None:
    made = refund(opened(yen_lab()).client, 13, {"amount": "100.50"})

    assert made["amount"] == "101"


def test_every_copied_recording_is_played_or_has_a_reason() -> None:
    played = {*BEFORE_ANYTHING, *REFUNDS, *AFTER_A_WHILE, *RESTORED, *CANNOT}

    left = set(names("auth-*", "customers-*", "orders-*", "refunds-*")) - played

    assert left == {
        "auth-18-user-demoted",
        "customers-12-delete-no-force",
        "customers-13-email-taken",
        "customers-14-create-duplicate",
        "orders-35-shipping-only-change-totals",  # with the other changes of addresses
    }
