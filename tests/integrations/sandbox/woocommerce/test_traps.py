"""The traps of the real platform, by their number in the list of what should change the design."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
import requests

from tests.integrations.sandbox.woocommerce.conftest import PATIENCE, Gateway, Store
from tests.integrations.sandbox.woocommerce.recordings import ADMIN_KEY, SECRET

CARD_ORDER, CASH_ORDER, UNPAID_ORDER, UNKNOWN_ORDER = 21, 28, 29, 999999
FALSE_ORDER, GONE_ORDER = 27, 32


@pytest.mark.parametrize(
    ("order", "amount", "code", "data"),
    [
        (CARD_ORDER, "9999.00", "woocommerce_rest_cannot_create_order_refund", 500),
        (CARD_ORDER, "abc", "woocommerce_rest_cannot_create_order_refund", 500),
        (CASH_ORDER, "1.00", "woocommerce_rest_cannot_create_order_refund", 500),
        (FALSE_ORDER, "1.00", "woocommerce_rest_cannot_create_order_refund", 500),
        (GONE_ORDER, "1.00", "woocommerce_rest_cannot_create_order_refund", 500),
        (CARD_ORDER, "-1.00", "woocommerce_rest_invalid_order_refund", 400),
        (UNKNOWN_ORDER, "1.00", "woocommerce_rest_invalid_order_id", 404),
    ],
)
def test_trap_01_refund_errors_come_as_http_500(
    store: Store, order: int, amount: str, code: str, data: int
) -> None:
    answer = store.refund(order, amount=amount)

    assert (answer.status_code, answer.json()["code"]) == (500, code)
    assert answer.json()["data"] == data


def test_trap_01_the_gateways_own_words_come_as_http_500(store: Store, gateway: Gateway) -> None:
    gateway.declines = True

    answer = store.refund(CARD_ORDER, amount="1.00")

    assert answer.status_code == 500
    assert answer.json()["message"] == "Refund refused by the issuer."


def test_trap_02_four_full_refunds_at_once_all_pay(store: Store, gateway: Gateway) -> None:
    together = threading.Barrier(4)
    store.shop.between_check_and_save = lambda: _meet(together)  # type: ignore[method-assign]

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: store.refund(CARD_ORDER, amount="37.93"), range(4)))

    assert [answer.status_code for answer in answers] == [201] * 4
    assert [asked["amount"] for asked in gateway.asked] == ["37.93"] * 4


def _meet(barrier: threading.Barrier) -> None:
    barrier.wait(PATIENCE)


def test_trap_02_the_same_refund_twice_is_two_refunds(store: Store, gateway: Gateway) -> None:
    reference = [{"key": "mostrador_ref", "value": "T-1"}]
    for _ in range(2):
        store.refund(CARD_ORDER, amount="1.00", meta_data=reference)

    assert len(store.refunds(CARD_ORDER)) == len(gateway.asked) == 2


def test_trap_03_a_client_that_stops_waiting_does_not_stop_the_refund(
    store: Store, gateway: Gateway
) -> None:
    gateway.open.clear()

    with pytest.raises(requests.Timeout):
        store.call(
            "POST", f"orders/{CARD_ORDER}/refunds", json={"amount": "1.00"}, timeout=(5, 0.05)
        )
    assert gateway.reached.wait(PATIENCE)
    gateway.open.set()

    assert _settled(store)[0]["refunded_payment"] is True


def test_trap_03_an_unfinished_refund_shows_without_payment_and_reference(
    store: Store, gateway: Gateway
) -> None:
    gateway.open.clear()
    with ThreadPoolExecutor(1) as pool:
        later = pool.submit(
            store.refund, CARD_ORDER, amount="1.00", meta_data=[{"key": "ref", "value": "T-2"}]
        )
        assert gateway.reached.wait(PATIENCE)
        meanwhile = store.refunds(CARD_ORDER)
        gateway.open.set()
        finished = later.result().json()

    assert [(r["refunded_payment"], r["meta_data"]) for r in meanwhile] == [(False, [])]
    assert finished["refunded_payment"] is True
    assert {"ref": "T-2"}.items() <= {m["key"]: m["value"] for m in finished["meta_data"]}.items()


def test_trap_03_an_unfinished_refund_vanishes_when_the_gateway_refuses(
    store: Store, gateway: Gateway
) -> None:
    gateway.declines = True
    gateway.open.clear()
    with ThreadPoolExecutor(1) as pool:
        later = pool.submit(store.refund, CARD_ORDER, amount="1.00")
        assert gateway.reached.wait(PATIENCE)
        meanwhile = len(store.refunds(CARD_ORDER))
        gateway.open.set()
        later.result()

    assert (meanwhile, store.refunds(CARD_ORDER)) == (1, [])


def _settled(store: Store) -> list[dict[str, Any]]:
    for _ in range(PATIENCE * 50):
        found = store.refunds(CARD_ORDER)
        if found and found[0]["refunded_payment"]:
            return found
        threading.Event().wait(0.02)
    raise AssertionError("the refund was never finished")


@pytest.mark.parametrize(
    ("order", "typed", "stored"),
    [(31, "0,50", "50.00"), (CARD_ORDER, "0.333", "0.33"), (CARD_ORDER, "0", "0.00")],
)
def test_trap_04_amount_text_is_not_checked_well(
    store: Store, order: int, typed: str, stored: str
) -> None:
    answer = store.refund(order, amount=typed, api_refund=False)

    assert (answer.status_code, answer.json()["amount"]) == (201, stored)


def test_trap_04_the_gateway_pays_what_the_comma_became(store: Store, gateway: Gateway) -> None:
    store.refund(CARD_ORDER, amount="1,50")

    assert [asked["amount"] for asked in gateway.asked] == ["150.00"]


def test_trap_04_no_amount_and_no_lines_is_an_empty_refund(store: Store) -> None:
    answer = store.refund(CARD_ORDER, api_refund=False)

    assert (answer.status_code, answer.json()["amount"]) == (201, "")


def test_trap_04_lines_of_nobody_are_dropped_and_sums_may_disagree(store: Store) -> None:
    foreign = [{"id": 999999, "quantity": 1, "refund_total": "1.00"}]
    other_sum = [{"id": 1, "quantity": 1, "refund_total": "9.90"}]

    dropped = store.refund(CARD_ORDER, amount="1.00", api_refund=False, line_items=foreign)
    differing = store.refund(CARD_ORDER, amount="0.50", api_refund=False, line_items=other_sum)

    assert (dropped.status_code, dropped.json()["line_items"]) == (201, [])
    assert (differing.status_code, differing.json()["amount"]) == (201, "0.50")
    assert differing.json()["line_items"][0]["total"] == "-9.90"


def test_trap_04_an_unpaid_order_can_be_refunded(store: Store) -> None:
    assert store.refund(UNPAID_ORDER, amount="1.00", api_refund=False).status_code == 201


def test_trap_05_left_out_switches_mean_pay_and_restock(store: Store, gateway: Gateway) -> None:
    before = store.call("GET", "products/11").json()["stock_quantity"]

    store.refund(
        CARD_ORDER, amount="9.90", line_items=[{"id": 1, "quantity": 1, "refund_total": "9.90"}]
    )

    assert store.call("GET", "products/11").json()["stock_quantity"] == before + 1
    assert len(gateway.asked) == 1


def test_trap_05_only_a_spoken_false_moves_no_money_and_no_goods(
    store: Store, gateway: Gateway
) -> None:
    before = store.call("GET", "products/11").json()["stock_quantity"]

    answer = store.refund(
        CARD_ORDER,
        amount="9.90",
        api_refund=False,
        api_restock=False,
        line_items=[{"id": 1, "quantity": 1, "refund_total": "9.90"}],
    )

    assert answer.json()["refunded_payment"] is False
    assert store.call("GET", "products/11").json()["stock_quantity"] == before
    assert gateway.asked == []


@pytest.mark.parametrize("name", ["email", "billing_email", "phone", "customer_email"])
def test_trap_09_unknown_filters_return_everybodys_orders(store: Store, name: str) -> None:
    answer = store.call("GET", "orders", params={name: "marta.nunez@example.net"})

    emails = {order["billing"]["email"] for order in answer.json()}
    assert answer.headers["X-WP-Total"] == "27"
    assert len(emails) > 1


@pytest.mark.parametrize("case", ["no key", "unknown", "eaten", "plain http", "rest_route"])
def test_trap_12_five_causes_look_alike(store: Store, case: str) -> None:
    options: dict[str, Any] = {"auth": (ADMIN_KEY, SECRET), "timeout": PATIENCE}
    address = f"{store.url}/wp-json/wc/v3/orders"
    if case == "no key":
        options["auth"] = None
    elif case == "unknown":
        options["auth"] = ("ck_unknown", SECRET)
    elif case == "eaten":
        store.shop.site = replace(store.shop.site, header_eaten=True)
    elif case == "plain http":
        store.shop.site = replace(store.shop.site, https=False)
    else:
        address = f"{store.url}/?rest_route=/wc/v3/orders"

    answer = requests.get(address, **options)

    assert (answer.status_code, answer.json()) == (
        401,
        {
            "code": "woocommerce_rest_cannot_view",
            "message": "Sorry, you cannot list resources.",
            "data": {"status": 401},
        },
    )
