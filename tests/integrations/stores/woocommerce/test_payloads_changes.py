"""What changes read, against the shop's own recorded answers."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from integrations.stores.woocommerce import (
    discounting,
    payloads,
    payloads_changes,
    replacing,
    taxes,
)
from integrations.stores.woocommerce.addressing import receipt as address_receipt
from integrations.stores.woocommerce.annotating import receipt as note_receipt
from plugin.domain.discounts import DiscountPlan
from plugin.domain.money import Money
from tests.integrations.sandbox.woocommerce.recordings import body_of, names


def wire(name: str) -> bytes:
    return json.dumps(body_of(name)).encode()


def test_goods_of_both_kinds_are_read() -> None:
    simple = payloads_changes.GOODS.decode(wire("products-02-simple"))
    variation = body_of("products-04-variations")[0]
    # read by its own id it tells the same and its product
    one = payloads_changes.GOODS.decode(json.dumps({**variation, "parent_id": 16}).encode())

    assert (Decimal(simple["price"]) > 0, Decimal(one["price"]) > 0) == (True, True)


def test_every_recorded_coupon_is_read() -> None:
    made = [name for name in names("coupons-*") if isinstance(body_of(name), dict)]
    coupons = [name for name in made if "discount_type" in body_of(name)]

    assert len(coupons) > 5
    for name in coupons:
        assert payloads_changes.COUPON.decode(wire(name))["code"] == body_of(name)["code"]


def a_plan(**fields: Any) -> DiscountPlan:
    values: dict[str, Any] = {
        "code": "DISCULPA-7Q2K", "kind": "amount", "percentage": None,
        "amount": Money(Decimal("5.00"), "EUR"), "minimum": Money(Decimal("10.00"), "EUR"),
        "bound_to": "email", "email": "lucia.pena@example.com", "currency": "EUR",
        "expires_at": datetime(2027, 1, 31, 22, 59, 59, tzinfo=UTC),
    }  # fmt: skip
    return DiscountPlan(**{**values, **fields})


def test_the_recorded_coupon_came_out_as_it_was_asked() -> None:
    made = payloads_changes.COUPON.decode(wire("coupons-01-create"))

    assert discounting.differences(a_plan(), made) == []


def test_trap_8_the_recorded_coupon_for_everybody_is_seen() -> None:
    made = payloads_changes.COUPON.decode(wire("coupons-06-bad-email"))
    plan = a_plan(
        code="bademail", kind="percentage", percentage=Decimal(10), amount=None, minimum=None,
        expires_at=None, once=False,
    )  # fmt: skip

    assert discounting.differences(plan, made) == ["customer"]


def test_trap_8_the_recorded_coupon_that_never_ends_is_seen() -> None:
    made = payloads_changes.COUPON.decode(wire("coupons-14-expires-gmt-ignored"))
    plan = a_plan(
        code="CADUCA-GMT", kind="percentage", percentage=Decimal(5), amount=None, minimum=None,
        bound_to="anyone", email="", once=False,
        expires_at=datetime(2027, 1, 31, 23, tzinfo=UTC),
    )  # fmt: skip

    assert discounting.differences(plan, made) == ["expiry"]


def test_notes_and_version_are_read() -> None:
    notes = payloads_changes.NOTES.decode(wire("notes-04-list"))

    assert note_receipt(notes[0], "M-ABCDEFGH") is None
    status = payloads_changes.STATUS.decode(wire("store-03-system-status"))
    assert status["environment"]["version"].startswith("11.")


def test_trap_6_the_recorded_change_is_foretold_to_the_cent() -> None:
    """37.08 became 41.93 by moving a paid order to another region of taxes."""
    after = body_of("address-02-shipping-other-region")
    before = {**after, **body_of("address-01-before")}
    rates = [
        {**rate, "priority": 1, "compound": False, "order": rate["id"]}
        for rate in body_of("taxes-01")
    ]
    rules = taxes.TaxRules(
        enabled=True, based_on="shipping", shipping_class="inherit", round_at_end=False,
        base="ES:M", rates=payloads_changes.TAX_RATES.decode(json.dumps(rates).encode()),
    )  # fmt: skip
    order = payloads_changes.TAXED_ORDER.decode(json.dumps(before).encode())

    def total(of: dict[str, Any]) -> str:
        where = taxes.place(rules, of["shipping"], of["billing"])
        return str(taxes.sums(order, where, rules, 2).total)

    assert (total(before), total(after)) == (before["total"], after["total"]) == ("37.08", "41.93")


def test_the_recorded_new_order_is_read() -> None:
    made = payloads.ORDER.decode(wire("create-01-order"))

    assert made.get("payment_url", "").startswith("https://tienda-a.example/checkout/order-pay/")
    assert not replacing.is_ours(made, "M-ABCDEFGH")
    assert address_receipt(made, "M-ABCDEFGH").total == Money(Decimal("21.78"), "EUR")
