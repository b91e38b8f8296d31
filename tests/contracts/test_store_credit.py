"""Money that becomes store credit: whole where a platform can, or refused with its reason."""

from __future__ import annotations

import pytest

from plugin.domain.cancels import CancelChoice
from plugin.domain.money import Money
from plugin.domain.orders import Order
from plugin.domain.refunds import RefundChoice
from plugin.errors import ActionRefused, Conflict, OutcomeUnknown, Unsupported
from tests.contracts.shop import Catalogue, Running

KEY = "0b9f5e5c-6c3e-4b1b-8f0e-3f1a5d1c7a10"
REFERENCE = "M-ABCDEFGH"


def _credit(order: Order, text: str = "") -> RefundChoice:
    if not text:
        return RefundChoice(order_ref=order.ref, mode="all", to="store_credit")
    amount = Money.of(text, order.currency)
    return RefundChoice(order_ref=order.ref, mode="amount", amount=amount, to="store_credit")


def _able(seed: Catalogue, *, guest: bool = False) -> Order:
    return seed.refundable(
        lambda item: (
            item.currency == "EUR" and item.total.amount > 5 and bool(item.customer_ref) != guest
        )
    )


def _can(seed: Catalogue, order: Order) -> bool:
    return seed.platform.ability("refund_credit", order).available


def test_what_a_platform_lacks_has_its_reason_and_changes_nothing(
    fresh: Running, seed: Catalogue
) -> None:
    order = _able(seed, guest=True)
    reason = seed.platform.ability("refund_credit", order).reason

    with pytest.raises(ActionRefused) as caught:
        fresh.store.plan_refund(_credit(order))

    assert caught.value.code == reason
    assert reason in ("store_credit_no_customer", "store_credit_unsupported")
    assert fresh.recorded(order.ref) == []


def test_it_stands_in_the_shops_records_and_no_payment_gives(
    fresh: Running, seed: Catalogue
) -> None:
    order = _able(seed)
    if not _can(seed, order):
        with pytest.raises(Unsupported, match="store_credit_unsupported"):
            fresh.store.plan_refund(_credit(order))
        return

    plan = fresh.store.plan_refund(_credit(order))
    receipt = fresh.store.refund(plan, key=KEY, reference=REFERENCE)

    (record,) = fresh.recorded(order.ref)
    assert [item["payment"] for item in record["transactions"]] == ["shopify_store_credit"]
    assert fresh.paid_out() == []
    assert plan.amount == order.total == receipt.amount
    assert (receipt.to, receipt.payment) == ("store_credit", "succeeded")
    assert fresh.store.order(order.ref).payment_state == "refunded"
    with pytest.raises(Conflict):
        fresh.store.plan_refund(RefundChoice(order_ref=order.ref, mode="all"))


def test_the_rest_goes_back_to_the_payment(fresh: Running, seed: Catalogue) -> None:
    order = _able(seed)
    if not _can(seed, order):
        return
    plan = fresh.store.plan_refund(_credit(order, "1.50"))
    fresh.store.refund(plan, key=KEY, reference=REFERENCE)

    rest = fresh.store.plan_refund(RefundChoice(order_ref=order.ref, mode="all"))
    other = KEY.replace("0b9f", "1c8e")
    fresh.store.refund(rest, key=other, reference="M-HGFEDCBA")

    assert rest.amount.amount == order.total.amount - plan.amount.amount
    assert fresh.paid_out() == [rest.amount.amount]


def test_a_lost_answer_is_found_once(fresh: Running, seed: Catalogue) -> None:
    order = _able(seed)
    if not _can(seed, order):
        return
    plan = fresh.store.plan_refund(_credit(order, "2.00"))
    fresh.fault("drop_after", "refund")

    with pytest.raises(OutcomeUnknown):
        fresh.store.refund(plan, key=KEY, reference=REFERENCE)

    found = fresh.store.find_refund(order.ref, REFERENCE)
    again = fresh.store.refund(plan, key=KEY, reference=REFERENCE)
    assert found is not None
    assert (found.to, found.amount) == ("store_credit", plan.amount)
    assert (again.ref, len(fresh.recorded(order.ref))) == (found.ref, 1)


def test_a_cancelled_order_can_leave_credit(fresh: Running, seed: Catalogue) -> None:
    order = seed.able(
        "cancel", lambda item: item.paid and bool(item.customer_ref) and not item.refunded
    )
    if not _can(seed, order):
        return
    plan = fresh.store.plan_cancel(CancelChoice(order_ref=order.ref, refund="store_credit"))

    receipt = fresh.store.cancel(plan, key=KEY, reference=REFERENCE)

    assert (receipt.refunded, receipt.payment) == (plan.refund_amount, "succeeded")
    assert receipt.to == "store_credit"
    assert fresh.paid_out() == []
    assert fresh.store.order(order.ref).cancelled_at is not None
