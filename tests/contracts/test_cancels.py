"""What every shop must do when an order ends before it is sent."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from plugin.domain.cancels import CancelChoice, CancelPlan
from plugin.domain.orders import Order
from plugin.errors import (
    ActionRefused,
    GrantRevoked,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Unsupported,
)
from tests.builders import a_payment, an_order
from tests.contracts.shop import Catalogue, Running

KEY = "0b9f5e5c-6c3e-4b1b-8f0e-3f1a5d1c7a10"
REFERENCE = "M-ABCDEFGH"


def _plan(shop: Running, order: Order, **fields: object) -> CancelPlan:
    return shop.store.plan_cancel(CancelChoice(order_ref=order.ref, **fields))


def _maybe(call: Callable[[], CancelPlan]) -> CancelPlan | str:
    """The plan, else the code of what the platform lacks."""
    try:
        return call()
    except Unsupported as error:
        return error.code


def _paid(order: Order) -> bool:
    return order.paid and not any(payment.manual for payment in order.payments)


def _stock(shop: Running, order: Order) -> int:
    """Units for sale of the goods of an order, over all places."""
    variants = {line.variant_ref or line.product_ref for line in order.lines}
    products = {line.product_ref for line in order.lines}
    return sum(
        level.quantity or 0
        for ref in products
        for variant in shop.store.product(ref).variants
        if variant.ref in variants
        for level in variant.stock
    )


class TestPlan:
    def test_money_that_stays_is_said(self, shop: Running, seed: Catalogue) -> None:
        order = seed.able("cancel", _paid)

        plan = _plan(shop, order)

        assert (plan.kept_amount, plan.refund_amount.amount) == (order.remaining, 0)
        assert plan.warnings == ("cancel_keeps_money",)

    def test_what_was_never_paid_keeps_nothing(self, shop: Running, seed: Catalogue) -> None:
        order = seed.able("cancel", lambda item: not item.paid and not item.refunded)

        plan = _plan(shop, order)

        assert (plan.kept_amount.amount, plan.refund_amount.amount) == (0, 0)

    @pytest.mark.parametrize("reason", ["cancel_order_sent", "cancel_done_already"])
    def test_an_order_that_is_too_far(self, shop: Running, seed: Catalogue, reason: str) -> None:
        with pytest.raises(Unsupported) as caught:
            _plan(shop, seed.unable("cancel", reason))

        assert caught.value.code == reason

    def test_an_unknown_order(self, shop: Running) -> None:
        with pytest.raises(NotFound):
            shop.store.plan_cancel(CancelChoice(order_ref="999999999"))

    def test_money_goes_back_with_it_or_the_shop_says_how(
        self, shop: Running, seed: Catalogue
    ) -> None:
        order = seed.able("cancel", _paid)

        plan = _maybe(lambda: _plan(shop, order, refund="original"))

        if isinstance(plan, CancelPlan):
            assert (plan.refund_amount, plan.kept_amount.amount) == (order.remaining, 0)
        else:
            assert plan == "action_not_offered"

    def test_money_by_hand_does_not_go_back_with_it(self, shop: Running) -> None:
        order = an_order(payments=(a_payment(manual=True),))

        able = shop.platform.ability("cancel_refund", order)

        assert (able.available, able.reason) == (False, "cancel_refund_manual")


class TestCancel:
    def test_without_refund_no_money_moves(self, fresh: Running, seed: Catalogue) -> None:
        order = seed.able("cancel", _paid)
        plan = _plan(fresh, order)

        receipt = fresh.store.cancel(plan, key=KEY, reference=REFERENCE)

        after = fresh.store.order(order.ref)
        assert after.cancelled_at == receipt.cancelled_at
        assert (fresh.paid_out(), receipt.refunded.amount, after.refunded.amount) == ([], 0, 0)
        assert fresh.store.find_cancel(plan, REFERENCE) == receipt
        assert fresh.store.find_cancel(plan, "M-ZZZZZZZZ") is None

    def test_with_refund_all_of_it_goes_back_once(self, fresh: Running, seed: Catalogue) -> None:
        order = seed.able("cancel", _paid)
        plan = _maybe(lambda: _plan(fresh, order, refund="original"))
        if not isinstance(plan, CancelPlan):
            return

        receipt = fresh.store.cancel(plan, key=KEY, reference=REFERENCE)

        assert sum(fresh.paid_out()) == order.remaining.amount
        assert (receipt.refunded, receipt.payment) == (order.remaining, "succeeded")
        assert fresh.store.order(order.ref).payment_state == "refunded"
        found = fresh.store.find_cancel(plan, REFERENCE)
        assert found is not None
        assert (found.refunded, found.ended_as) == (receipt.refunded, receipt.ended_as)
        assert not fresh.platform.ability("cancel", fresh.store.order(order.ref)).available

    def test_with_refund_a_lost_answer_is_found_and_paid_once(
        self, fresh: Running, seed: Catalogue
    ) -> None:
        order = seed.able("cancel", _paid)
        plan = _plan(fresh, order, refund="original")
        if plan.by_refund is None:
            fresh.fault_in("cancel", "drop_after")
        else:
            fresh.fault("drop_after", "refund")

        with pytest.raises(OutcomeUnknown):
            fresh.store.cancel(plan, key=KEY, reference=REFERENCE)

        fresh.until(lambda: fresh.store.find_cancel(plan, REFERENCE))
        assert sum(fresh.paid_out()) == order.remaining.amount

    def test_with_refund_goods_stay_off_the_shelf_if_asked(
        self, fresh: Running, seed: Catalogue
    ) -> None:
        order = seed.able("cancel", lambda item: _paid(item) and item.lines[0].restockable)
        before = _stock(fresh, order)
        plan = _plan(fresh, order, refund="original", restock=False)

        fresh.store.cancel(plan, key=KEY, reference=REFERENCE)

        assert _stock(fresh, order) == before

    def test_goods_return_to_the_shelf(self, fresh: Running, seed: Catalogue) -> None:
        order = seed.able("cancel", lambda item: item.paid and bool(item.lines[0].restockable))
        before = _stock(fresh, order)

        fresh.store.cancel(_plan(fresh, order), key=KEY, reference=REFERENCE)

        counted = sum(line.quantity for line in order.lines if line.restockable)
        assert before < _stock(fresh, order) <= before + counted

    def test_goods_stay_off_the_shelf_where_the_shop_can(
        self, fresh: Running, seed: Catalogue
    ) -> None:
        order = seed.able("cancel", lambda item: item.paid and bool(item.lines[0].restockable))
        before = _stock(fresh, order)

        plan = _maybe(lambda: _plan(fresh, order, restock=False))

        if isinstance(plan, CancelPlan):
            fresh.store.cancel(plan, key=KEY, reference=REFERENCE)
            assert _stock(fresh, order) == before
        else:
            assert plan == "cancel_always_restocks"

    def test_a_note_stays_with_the_order(self, fresh: Running, seed: Catalogue) -> None:
        order = seed.able("cancel", _paid)

        fresh.store.cancel(
            _plan(fresh, order, note="Compró dos veces"), key=KEY, reference=REFERENCE
        )

        assert f"Compró dos veces [{REFERENCE}]" in str(fresh.record(order.ref))

    def test_an_order_cancelled_meanwhile_is_refused_or_as_it_was(
        self, fresh: Running, seed: Catalogue
    ) -> None:
        order = seed.able("cancel", _paid)
        first, second = _plan(fresh, order), _plan(fresh, order)
        fresh.store.cancel(first, key=KEY, reference=REFERENCE)

        try:
            fresh.store.cancel(second, key=KEY, reference="M-ZZZZZZZZ")
        except ActionRefused:
            assert fresh.store.find_cancel(second, "M-ZZZZZZZZ") is None
        assert fresh.paid_out() == []


class TestMishaps:
    @pytest.mark.parametrize("fault", ["drop_after", "error_after"])
    def test_a_lost_answer_is_unknown_and_then_found(
        self, fresh: Running, seed: Catalogue, fault: str
    ) -> None:
        order = seed.able("cancel", _paid)
        plan = _plan(fresh, order)
        fresh.fault_in("cancel", fault)

        with pytest.raises(OutcomeUnknown):
            fresh.store.cancel(plan, key=KEY, reference=REFERENCE)

        fresh.until(lambda: fresh.store.find_cancel(plan, REFERENCE))
        assert fresh.store.order(order.ref).cancelled_at

    @pytest.mark.parametrize("fault", ["drop_before", "error_before", "html"])
    def test_a_request_lost_on_the_way_is_unknown_and_not_found(
        self, fresh: Running, seed: Catalogue, fault: str
    ) -> None:
        order = seed.able("cancel", _paid)
        plan = _plan(fresh, order)
        before = fresh.record(order.ref)
        fresh.fault_in("cancel", fault)

        with pytest.raises(OutcomeUnknown):
            fresh.store.cancel(plan, key=KEY, reference=REFERENCE)

        assert fresh.store.find_cancel(plan, REFERENCE) is None
        assert fresh.record(order.ref) == before

    def test_a_busy_shop_did_it_once_or_not_at_all(self, fresh: Running, seed: Catalogue) -> None:
        order = seed.able("cancel", _paid)
        plan = _plan(fresh, order)
        fresh.fault_in("cancel", "throttled")

        try:
            done = bool(fresh.store.cancel(plan, key=KEY, reference=REFERENCE))
        except RateLimited:
            done = False

        assert bool(fresh.store.order(order.ref).cancelled_at) is done

    def test_a_refused_key_changes_nothing(self, fresh: Running, seed: Catalogue) -> None:
        order = seed.able("cancel", _paid)
        plan = _plan(fresh, order)
        fresh.fault_in("cancel", "bad_token")

        with pytest.raises(GrantRevoked):
            fresh.store.cancel(plan, key=KEY, reference=REFERENCE)

        assert not fresh.store.order(order.ref).cancelled_at
