"""`refundCreate` and the suggestion before it, the money asserted at the gateway."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.integrations.sandbox.shopify.client import Answer, Client, gid


def refused(shop: Client, given: Answer, key: str = "k") -> str:
    payload = shop.refund(key, given)
    assert payload["refund"] is None
    return str(payload["userErrors"][0]["message"])


def presentment(bag: Answer) -> str:
    return str(bag["presentmentMoney"]["amount"])


def test_full_refund_pays_once_and_changes_the_state(shop: Client) -> None:
    payload = shop.refund("k", shop.input(1038, full=True))

    order = shop.order(1038)
    assert payload["userErrors"] == []
    assert payload["refund"]["transactions"]["nodes"][0]["status"] == "SUCCESS"
    assert shop.paid_back(1038) == ["94.95"]
    assert order["displayFinancialStatus"] == "REFUNDED"
    assert not order["refundable"]
    assert presentment(order["currentTotalPriceSet"]) == "0.0"
    assert presentment(order["totalPriceSet"]) == "94.95"
    assert {line["refundableQuantity"] for line in order["lineItems"]["nodes"]} == {0}


def test_all_lines_one_unit_at_a_time_add_up_to_the_total(shop: Client) -> None:
    """A discount of 10 % and a price that does not divide: no cent is lost or made."""
    units = [
        line["id"]
        for line in shop.order(1038)["lineItems"]["nodes"]
        for _ in range(line["quantity"])
    ]
    for index, line in enumerate(units):
        wanted = {"lineItemId": line, "quantity": 1}
        shop.refund(f"k{index}", shop.input(1038, lines=[wanted]))
    shop.refund("last", shop.input(1038, refundShipping=True))

    assert sum(float(amount) for amount in shop.paid_back(1038)) == pytest.approx(94.95)
    assert shop.order(1038)["displayFinancialStatus"] == "REFUNDED"


def test_sent_goods_return_and_unsent_ones_are_cancelled(shop: Client) -> None:
    sent = shop.suggested(1038, full=True)["refundLineItems"]
    unsent = shop.suggested(1042, full=True)["refundLineItems"]

    assert {line["restockType"] for line in sent} <= {"RETURN", "NO_RESTOCK"}
    assert {line["restockType"] for line in unsent} <= {"CANCEL", "NO_RESTOCK"}
    assert any(line["restockType"] == "RETURN" for line in sent)
    assert any(line["restockType"] == "CANCEL" for line in unsent)


def test_restocked_goods_are_counted_at_their_location(shop: Client) -> None:
    given = shop.input(1042, full=True)
    line = next(item for item in given["refundLineItems"] if item["restockType"] == "CANCEL")
    before = stock(shop, line)

    shop.refund("k", given)

    assert stock(shop, line) == before + line["quantity"]


def stock(shop: Client, refunded: Answer) -> int:
    lines = shop.order(1042)["lineItems"]["nodes"]
    line = next(item for item in lines if item["id"] == refunded["lineItemId"])
    answer = shop.call("product_variant_inventory", id=line["variant"]["id"])["productVariant"]
    level = next(
        level
        for level in answer["inventoryItem"]["inventoryLevels"]["nodes"]
        if level["location"]["id"] == refunded["locationId"]
    )
    return int(next(i["quantity"] for i in level["quantities"] if i["name"] == "available"))


def test_split_payment_suggests_both_parts(shop: Client) -> None:
    parts = shop.suggested(1033, full=True)["suggestedTransactions"]

    assert [part["gateway"] for part in parts] in (
        ["gift_card", "shopify_payments"],
        ["shopify_payments"],
        ["gift_card"],
    )
    assert all(presentment(p["amountSet"]) <= presentment(p["maximumRefundableSet"]) for p in parts)


def test_amount_only_refund_needs_no_lines(shop: Client) -> None:
    given = shop.input(1038, full=True)
    transaction = {**given["transactions"][0], "amount": "10.00"}
    goodwill = {**given, "refundLineItems": [], "shipping": None, "transactions": [transaction]}

    shop.refund("k", goodwill)

    order = shop.order(1038)
    assert shop.paid_back(1038) == ["10.00"]
    assert order["displayFinancialStatus"] == "PARTIALLY_REFUNDED"
    assert presentment(order["totalOutstandingSet"]) == "0.0"
    assert presentment(shop.suggested(1038, full=True)["amountSet"]) == "84.95"


def test_currency_without_decimals_is_refunded_whole(shop: Client) -> None:
    shop.refund("k", shop.input(1040, full=True))

    assert shop.paid_back(1040) == ["56900"]


def test_decimals_the_currency_lacks_are_refused(shop: Client) -> None:
    given = shop.input(1040, full=True)
    given["transactions"][0]["amount"] = "10.50"

    assert "decimals" in refused(shop, given)
    assert shop.paid_back(1040) == []


def test_manual_payment_is_recorded_without_money(shop: Client) -> None:
    payload = shop.refund("k", shop.input(1015, full=True))

    assert payload["userErrors"] == []
    assert shop.paid_back(1015) == []
    assert shop.order(1015)["displayFinancialStatus"] == "REFUNDED"


def test_unpaid_order_has_nothing_to_refund(shop: Client) -> None:
    found = shop.suggested(1049, full=True)

    assert found["suggestedTransactions"] == []
    assert presentment(found["maximumRefundableSet"]) == "0.0"
    assert shop.order(1049)["displayFinancialStatus"] == "PENDING"


def test_declined_refund_records_nothing(shop: Client) -> None:
    shop.bank_fault("decline")

    message = refused(shop, shop.input(1038, full=True))

    assert "declined" in message
    assert shop.refunds(1038) == []
    assert shop.order(1038)["displayFinancialStatus"] == "PAID"


def test_silent_gateway_leaves_the_transaction_pending(shop: Client) -> None:
    shop.bank_fault("drop_after")

    payload = shop.refund("k", shop.input(1038, full=True))

    assert payload["refund"]["transactions"]["nodes"][0]["status"] == "PENDING"
    assert presentment(shop.order(1038)["totalRefundedSet"]) == "94.95"


def _first_transaction(**changes: Any) -> Any:
    return lambda given: given["transactions"][0].update(changes)


def _first_line(**changes: Any) -> Any:
    return lambda given: given["refundLineItems"][0].update(changes)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_first_transaction(amount="94.96"), "greater than"),
        (_first_transaction(amount="0.00"), "greater than 0"),
        (_first_transaction(amount="-1.00"), "greater than 0"),
        (_first_transaction(kind="SALE"), "refund"),
        (_first_transaction(parentId=gid("OrderTransaction", 10421)), "Parent"),
        (_first_transaction(parentId=None), "Parent"),
        (_first_transaction(gateway="paypal"), "Gateway"),
        (_first_line(quantity=99), "more items"),
        (_first_line(quantity=0), "greater than 0"),
        (_first_line(lineItemId=gid("LineItem", 104201)), "belong"),
        (_first_line(restockType="CANCEL"), "unfulfilled"),
        (_first_line(restockType="LEGACY_RESTOCK"), "not accepted"),
        (_first_line(restockType="RETURN", locationId=None), "Location"),
        (_first_line(restockType="NO_RESTOCK"), "blank"),
        (lambda given: given.update(shipping={"amount": "5.00"}), "Shipping"),
        (lambda given: given.update(currency="USD"), "presentment"),
        (lambda given: given.update(orderId=gid("Order", 1)), "exist"),
    ],
)
def test_input_that_does_not_fit_is_refused(shop: Client, change: Any, words: str) -> None:
    given = shop.input(1038, full=True)
    change(given)

    assert words in refused(shop, given)
    assert shop.paid_back(1038) == []
    assert shop.refunds(1038) == []


def test_currency_is_required_where_it_is_not_the_shops(shop: Client) -> None:
    given = {**shop.input(1040, full=True), "currency": None}

    assert "Currency is required" in refused(shop, given)


def test_second_full_refund_is_refused(shop: Client) -> None:
    given = shop.input(1038, full=True)
    shop.refund("k1", given)

    assert refused(shop, given, "k2")
    assert shop.paid_back(1038) == ["94.95"]


def test_refund_from_elsewhere_is_seen(shop: Client) -> None:
    body = {"order": gid("Order", 1038), "amount": "15.00"}
    answer = requests.post(f"{shop.base}/_control/refund", json=body, timeout=5)

    refunds = shop.call("order_refunds", id=gid("Order", 1038))["order"]["refunds"]
    assert answer.status_code == 200
    assert [presentment(item["totalRefundedSet"]) for item in refunds] == ["15.0"]
    assert shop.paid_back(1038) == ["15.00"]


def test_refund_from_elsewhere_above_the_rest_is_refused(shop: Client) -> None:
    body = {"order": "1038", "amount": "95.00"}
    answer = requests.post(f"{shop.base}/_control/refund", json=body, timeout=5)

    assert answer.status_code == 409
    assert shop.paid_back(1038) == []


def store_credit(number: int, amount: str, currency: str = "EUR") -> Any:
    money = {"amount": amount, "currencyCode": currency}
    return {
        "orderId": gid("Order", number), "currency": "EUR", "transactions": [],
        "refundMethods": [{"storeCreditRefund": {"amount": money}}],
    }  # fmt: skip


def test_store_credit_is_no_payment_and_counts_against_the_paid(shop: Client) -> None:
    made = shop.refund("k1", store_credit(1038, "90.00"))["refund"]

    (moved,) = made["transactions"]["nodes"]
    assert (moved["gateway"], moved["kind"], moved["status"]) == (
        "shopify_store_credit", "REFUND", "SUCCESS",
    )  # fmt: skip
    assert shop.paid_back(1038) == []
    assert presentment(shop.suggested(1038, full=True)["maximumRefundableSet"]) == "4.95"
    assert "cannot be more" in refused(shop, store_credit(1038, "4.96"), "k2")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (store_credit(1038, "1.00", "MXN"), "presentment currency"),
        (store_credit(1038, "0"), "greater than 0"),
    ],
)
def test_store_credit_that_does_not_fit_is_refused(shop: Client, given: Any, words: str) -> None:
    assert words in refused(shop, given)


def test_a_shop_with_old_customer_accounts_has_no_store_credit(shop: Client) -> None:
    body = {"version": "CLASSIC"}
    requests.post(f"{shop.base}/_control/accounts", json=body, timeout=5).raise_for_status()

    assert "not enabled" in refused(shop, store_credit(1038, "1.00"))
    asked = shop.suggested(1038, full=True, allocation="STORE_CREDIT")
    assert asked["suggestedRefundMethods"] == []
