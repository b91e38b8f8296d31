"""What the panel gets out of recorded orders."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from integrations.stores.woocommerce.mapping import Gateways, order
from integrations.stores.woocommerce.mapping_people import customer
from integrations.stores.woocommerce.payloads import CUSTOMERS
from plugin.domain.money import Money
from plugin.domain.orders import Tracking
from tests.integrations.stores.woocommerce import recorded

GATEWAYS: Gateways = {"bacs": False, "cheque": False, "cod": False, "lab_card": True}


def eur(text: str) -> Money:
    return Money.of(text, "EUR")


def _leaves(value: Any) -> Iterator[Any]:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        for entry in dataclasses.fields(value):
            yield from _leaves(getattr(value, entry.name))
    elif isinstance(value, tuple):
        for item in value:
            yield from _leaves(item)
    else:
        yield value


@pytest.mark.parametrize("name", ["orders-21", "orders-22", "orders-23", "orders-24", "refunds-20"])
def test_no_float_and_no_naive_time_comes_out(name: str) -> None:
    leaves = list(_leaves(order(recorded.order(name), recorded.refunds("refunds-05"))))

    assert not [leaf for leaf in leaves if isinstance(leaf, float)]
    assert all(leaf.tzinfo is UTC for leaf in leaves if isinstance(leaf, datetime))


def test_sums_add_up_to_the_total() -> None:
    found = order(recorded.order("orders-22"))

    assert found.total == eur("42.17")
    fees = sum((fee.total.amount for fee in found.fees), Decimal(0))
    parts = found.subtotal.amount + found.shipping_total.amount + fees + found.tax_total.amount
    assert parts == found.total.amount


def test_lines_are_without_tax_and_tell_what_was_chosen() -> None:
    cup, shirt = order(recorded.order("orders-22")).lines

    assert (cup.title, cup.sku, cup.total, cup.tax) == (
        "Taza “Ñandú” 350 ml",
        "TAZA-350",
        eur("9.90"),
        eur("2.08"),
    )
    assert (shirt.title, shirt.options) == ("Camiseta taller", "M / Azul")
    assert (shirt.product_ref, shirt.variant_ref) == ("16", "18")


def test_times_are_read_from_the_utc_fields() -> None:
    assert order(recorded.order("orders-21")).placed_at == datetime(
        2026, 11, 22, 15, 26, 11, tzinfo=UTC
    )


def test_a_refund_never_lowers_the_total() -> None:
    found = order(recorded.order("refunds-03"), [recorded.refund()])

    assert (found.total, found.refunded, found.remaining) == (
        eur("37.93"),
        eur("11.98"),
        eur("25.95"),
    )


def test_without_the_list_the_summaries_tell_what_went_back() -> None:
    assert order(recorded.order("refunds-20")).refunded == eur("42.17")


def test_a_summary_without_an_amount_counts_nothing() -> None:
    payload = recorded.order("orders-21", refunds=[{"id": 51, "reason": "", "total": "-"}])

    assert order(payload).refunded == eur("0")


def test_a_returned_unit_lowers_what_can_go_back() -> None:
    cup, honey = order(recorded.order("refunds-03"), [recorded.refund()]).lines

    assert (cup.quantity, cup.refundable_quantity) == (2, 1)
    assert (honey.quantity, honey.refundable_quantity) == (1, 1)


def test_a_refund_tells_its_lines_and_whether_they_went_back_into_stock() -> None:
    (refund,) = order(recorded.order("refunds-03"), [recorded.refund()]).refunds

    (line,) = refund.lines
    assert (line.line_ref, line.quantity, line.total, line.tax, line.restocked) == (
        "1",
        1,
        eur("9.90"),
        eur("2.08"),
        True,
    )
    assert (refund.payment, refund.reason, refund.reference) == ("succeeded", "Taza rota", "")


def test_refunds_are_told_oldest_first() -> None:
    found = order(recorded.order("refunds-03"), recorded.refunds("refunds-05"))

    assert [refund.ref for refund in found.refunds] == ["49", "50"]
    assert [refund.payment for refund in found.refunds] == ["succeeded", "none"]


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, "paid"),
        ({"status": "cancelled"}, "paid"),
        ({"date_paid_gmt": None, "status": "on-hold"}, "pending"),
        ({"date_paid_gmt": None, "status": "failed"}, "failed"),
        ({"date_paid_gmt": None, "status": "cancelled"}, "voided"),
        ({"refunds": [{"id": 1, "total": "-1.00"}]}, "partially_refunded"),
        ({"refunds": [{"id": 1, "total": "-37.93"}]}, "refunded"),
    ],
)
def test_payment_state(changes: dict[str, Any], state: str) -> None:
    assert order(recorded.order("orders-21", **changes)).payment_state == state


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, "unfulfilled"),
        ({"status": "on-hold"}, "on_hold"),
        ({"status": "completed"}, "fulfilled"),
        ({"needs_processing": False, "shipping_lines": []}, "not_required"),
        ({"status": "completed", "needs_processing": False, "shipping_lines": []}, "not_required"),
    ],
)
def test_fulfilment_state(changes: dict[str, Any], state: str) -> None:
    assert order(recorded.order("orders-21", **changes)).fulfilment_state == state


@pytest.mark.parametrize(("shipped", "state"), [("1", "in_transit"), ("2", "partial")])
def test_a_parcel_on_the_way(shipped: str, state: str) -> None:
    parcels = [{"tracking_number": "PK1", "status_shipped": shipped}]
    meta = [{"key": "_wc_shipment_tracking_items", "value": parcels}]

    found = order(recorded.order("orders-21", meta_data=meta))

    assert found.fulfilment_state == state
    assert found.lines[0].unfulfilled_quantity == 0


def test_tracking_comes_from_the_plugins_metadata() -> None:
    (parcel,) = order(recorded.order("orders-23")).fulfilments

    assert parcel.tracking == (Tracking(company="Correos", number="PK000000000ES"),)
    assert parcel.created_at == datetime(2026, 11, 21, tzinfo=UTC)


@pytest.mark.parametrize("value", ["text", {"a": 1}, [1, None], [{"tracking_number": None}], None])
def test_odd_metadata_of_plugins_breaks_nothing(value: Any) -> None:
    meta = [{"key": "_wc_shipment_tracking_items", "value": value}]

    assert order(recorded.order("orders-21", meta_data=meta)).number == "21"


def test_a_link_that_is_no_web_address_is_dropped() -> None:
    parcel = {"tracking_number": "1", "custom_tracking_link": "javascript:alert(1)"}
    meta = [{"key": "_wc_shipment_tracking_items", "value": [parcel]}]

    (shown,) = order(recorded.order("orders-21", meta_data=meta)).fulfilments

    assert shown.tracking[0].url == ""


@pytest.mark.parametrize(
    ("method", "manual", "ref"),
    [
        ("lab_card", False, "lab_txn_1"),
        ("cod", True, "lab_txn_1"),
        ("bacs", True, "lab_txn_1"),
        ("stripe", True, ""),
        ("", True, "lab_txn_1"),
    ],
)
def test_payments_that_refund_by_api(method: str, manual: bool, ref: str) -> None:
    payload = recorded.order("orders-21", payment_method=method)

    (payment,) = order(payload, gateways=GATEWAYS).payments

    assert (payment.manual, payment.ref) == (manual, ref)


def test_an_unknown_list_of_gateways_blames_nobody() -> None:
    (payment,) = order(recorded.order("orders-23"), gateways=None).payments

    assert not payment.manual


def test_coupons_are_discounts() -> None:
    (discount,) = order(recorded.order("orders-24")).discounts

    assert (discount.label, discount.amount, discount.percentage) == (
        "bienvenida10",
        eur("2.7"),
        "10",
    )


def test_a_custom_status_is_told_in_words() -> None:
    found = order(recorded.order("orders-21", status="listo-para-recoger"))

    assert found.status_text == "Listo para recoger"
    assert order(recorded.order("orders-21")).status_text == ""


def test_hostile_text_loses_its_tags_and_is_unescaped_once() -> None:
    note = "<script>alert(1)</script><b>Hola</b> &amp;lt; 3 &lt; 4\x00"

    assert order(recorded.order("orders-21", customer_note=note)).note == "alert(1)Hola &lt; 3 < 4"


def test_a_line_of_a_deleted_product_keeps_its_name() -> None:
    lines = recorded.recorded("orders-40").json["line_items"]

    _, honey = order(recorded.order("orders-21", line_items=lines)).lines

    assert (honey.title, honey.product_ref, honey.sku) == ("Miel de romero 500 g", "", "")


def test_half_a_unit_can_go_back_by_amount_only() -> None:
    lines = recorded.recorded("orders-21").json["line_items"]
    lines[0]["quantity"] = 0.5

    cloth, _ = order(recorded.order("orders-21", line_items=lines)).lines

    assert (cloth.quantity, cloth.refundable_quantity) == (1, 0)


def test_an_empty_shipping_address_is_the_billing_one() -> None:
    found = order(recorded.order("orders-23"))

    assert found.shipping_address == found.billing_address
    assert found.customer_ref == ""


def test_a_customer_with_another_address_at_the_checkout() -> None:
    (payload,) = CUSTOMERS.decode(recorded.recorded("customers-01").body)
    payload["billing"]["email"] = "otra@example.com"

    found = customer(payload)

    assert (found.name, found.email, found.other_emails) == (
        "Lucía Peña Ortiz",
        "lucia.pena@example.com",
        ("otra@example.com",),
    )
    assert found.phone == "+34 600 111 222"
