"""What every shop must do with money. Asserted at the gateway's own log, not at the shop's."""

from __future__ import annotations

from decimal import Decimal

import pytest

from plugin.domain.money import Money, currency_digits
from plugin.domain.orders import Order
from plugin.domain.refunds import LineChoice, RefundChoice, RefundPlan, RefundReceipt
from plugin.errors import ActionRefused, Conflict, InvalidInput, NotFound, Unsupported
from tests.contracts.shop import Catalogue, Running

KEY = "0b9f5e5c-6c3e-4b1b-8f0e-3f1a5d1c7a10"
REFERENCE = "M-ABCDEFGH"


def _all(order: Order) -> RefundChoice:
    return RefundChoice(order_ref=order.ref, mode="all", shipping=True)


def _amount(order: Order, text: str) -> RefundChoice:
    return RefundChoice(order_ref=order.ref, mode="amount", amount=Money.of(text, order.currency))


def _line(order: Order, quantity: int = 1, *, restock: bool = True) -> RefundChoice:
    line = next(item for item in order.lines if item.refundable_quantity and item.total)
    chosen = (LineChoice(line_ref=line.ref, quantity=quantity),)
    return RefundChoice(order_ref=order.ref, mode="lines", lines=chosen, restock=restock)


def _do(shop: Running, choice: RefundChoice) -> tuple[RefundPlan, RefundReceipt]:
    plan = shop.store.plan_refund(choice)
    return plan, shop.store.refund(plan, key=KEY, reference=REFERENCE)


def _cents(order: Order) -> bool:
    return currency_digits(order.currency) == 2


class TestPlan:
    def test_a_preview_moves_no_money(self, fresh: Running, seed: Catalogue) -> None:
        order = seed.refundable()

        fresh.store.plan_refund(_all(order))

        assert fresh.paid_out() == []
        assert fresh.recorded(order.ref) == []

    def test_a_preview_takes_at_most_two_calls(self, shop: Running, seed: Catalogue) -> None:
        order = seed.refundable()
        shop.store.plan_refund(_all(order))  # gateways and the like may be remembered
        before = len(shop.http.calls)

        shop.store.plan_refund(_all(order))

        assert len(shop.http.calls) - before <= 2

    def test_all_is_what_is_left(self, shop: Running, seed: Catalogue) -> None:
        order = seed.refundable()

        plan = shop.store.plan_refund(_all(order))

        assert plan.amount == order.remaining
        assert not plan.remaining_after

    def test_parts_sum_to_the_amount_within_their_maximum(
        self, shop: Running, seed: Catalogue
    ) -> None:
        order = seed.order(
            lambda item: seed.platform.refund_capability(item).available and len(item.payments) >= 1
        )

        plan = shop.store.plan_refund(_all(order))

        assert sum((p.amount for p in plan.parts), Money.zero(order.currency)) == plan.amount
        assert all(part.amount <= part.maximum for part in plan.parts)

    def test_a_line_costs_its_share_and_its_tax(self, shop: Running, seed: Catalogue) -> None:
        order = seed.refundable(lambda item: bool(item.lines[0].total))

        plan = shop.store.plan_refund(_line(order))

        goods = [line for line in plan.lines if line.kind == "item"]
        parts = sum((line.total + line.tax for line in goods), Money.zero(order.currency))
        assert sum(line.quantity for line in goods) == 1
        assert plan.amount == parts
        assert plan.remaining_after == plan.refundable - plan.amount

    def test_delivery_alone_can_go_back(self, shop: Running, seed: Catalogue) -> None:
        order = seed.refundable(lambda item: bool(item.shipping_total))

        plan = shop.store.plan_refund(
            RefundChoice(order_ref=order.ref, mode="lines", shipping=True)
        )

        assert plan.shipping == order.shipping_total
        assert plan.amount >= plan.shipping

    def test_it_tells_what_was_given_back_before(self, fresh: Running, seed: Catalogue) -> None:
        order = seed.refundable(_cents)
        fresh.refund_elsewhere(order.ref, "1.00")

        plan = fresh.store.plan_refund(_all(order))

        assert plan.refunded_before == Money.of("1.00", order.currency)
        assert plan.amount == order.total - plan.refunded_before

    def test_it_carries_what_the_order_was(self, shop: Running, seed: Catalogue) -> None:
        order = seed.refundable()

        plan = shop.store.plan_refund(_all(order))

        assert (plan.order_ref, plan.order_number) == (order.ref, order.number)
        assert plan.order_total == order.total
        assert plan.order_version


class TestRefused:
    def _code(self, shop: Running, choice: RefundChoice, kind: type[ActionRefused]) -> str:
        with pytest.raises(kind) as caught:
            shop.store.plan_refund(choice)
        return caught.value.code

    def test_more_than_is_left(self, shop: Running, seed: Catalogue) -> None:
        order = seed.refundable(_cents)
        choice = _amount(order, str(order.total.amount + 1))

        with pytest.raises(InvalidInput) as caught:
            shop.store.plan_refund(choice)

        assert caught.value.code == "amount_above_refundable"
        assert caught.value.parameters["left"] == order.total

    def test_more_units_than_are_left(self, shop: Running, seed: Catalogue) -> None:
        order = seed.refundable()

        assert self._code(shop, _line(order, 99), InvalidInput) == "quantity_too_high"

    @pytest.mark.parametrize("quantity", [0, -1])
    def test_no_units(self, shop: Running, seed: Catalogue, quantity: int) -> None:
        order = seed.refundable()

        assert self._code(shop, _line(order, quantity), InvalidInput) == "quantity_invalid"

    def test_a_line_of_another_order(self, shop: Running, seed: Catalogue) -> None:
        order = seed.refundable()
        other = seed.order(lambda item: item.ref != order.ref and bool(item.lines))
        chosen = (LineChoice(line_ref=other.lines[0].ref, quantity=1),)
        choice = RefundChoice(order_ref=order.ref, mode="lines", lines=chosen)

        assert self._code(shop, choice, InvalidInput) == "line_not_in_order"

    def test_nothing_chosen(self, shop: Running, seed: Catalogue) -> None:
        order = seed.refundable()
        choice = RefundChoice(order_ref=order.ref, mode="lines")

        assert self._code(shop, choice, InvalidInput) == "nothing_chosen"

    @pytest.mark.parametrize(("text", "code"), [("0", "amount_zero"), ("-5", "amount_negative")])
    def test_no_amount(self, shop: Running, seed: Catalogue, text: str, code: str) -> None:
        order = seed.refundable()

        assert self._code(shop, _amount(order, text), InvalidInput) == code

    def test_another_currency(self, shop: Running, seed: Catalogue) -> None:
        order = seed.refundable()
        money = Money.of("5", "XTS")
        choice = RefundChoice(order_ref=order.ref, mode="amount", amount=money)

        assert self._code(shop, choice, InvalidInput) == "currency_mismatch"

    def test_an_unpaid_order(self, shop: Running, seed: Catalogue) -> None:
        order = seed.refused("order_not_paid")

        assert self._code(shop, _all(order), Unsupported) == "order_not_paid"

    def test_a_payment_by_hand(self, shop: Running, seed: Catalogue) -> None:
        order = seed.refused("payment_manual")

        assert self._code(shop, _all(order), Unsupported) == "payment_manual"

    def test_an_order_given_back_whole(self, fresh: Running, seed: Catalogue) -> None:
        order = seed.refundable()
        _do(fresh, _all(order))

        assert self._code(fresh, _all(order), Conflict) == "nothing_left"

    def test_an_unknown_order(self, shop: Running) -> None:
        with pytest.raises(NotFound):
            shop.store.plan_refund(RefundChoice(order_ref="999999999", mode="all"))


class TestRefund:
    def test_a_full_refund_pays_once_and_leaves_nothing(
        self, fresh: Running, seed: Catalogue
    ) -> None:
        order = seed.refundable()

        _, receipt = _do(fresh, _all(order))

        after = fresh.store.order(order.ref)
        assert fresh.paid_out() == [order.total.amount]
        assert (receipt.amount, receipt.payment) == (order.total, "succeeded")
        assert (after.refunded, after.payment_state) == (order.total, "refunded")

    def test_a_currency_without_decimals_is_paid_whole(
        self, fresh: Running, seed: Catalogue
    ) -> None:
        order = seed.refundable(lambda item: currency_digits(item.currency) == 0)

        _do(fresh, _all(order))

        assert fresh.paid_out() == [order.total.amount]

    def test_a_line_goes_back_with_its_goods(self, fresh: Running, seed: Catalogue) -> None:
        order = seed.refundable(lambda item: item.lines[0].restockable)

        plan, _ = _do(fresh, _line(order, restock=True))

        after = fresh.store.order(order.ref)
        assert fresh.paid_out() == [plan.amount.amount]
        assert all(line.restock != "none" for line in plan.lines)
        assert [line.quantity for line in after.refunds[0].lines] == [1]
        assert after.lines[0].refundable_quantity == order.lines[0].refundable_quantity - 1

    def test_without_restocking_goods_stay_where_they_are(
        self, fresh: Running, seed: Catalogue
    ) -> None:
        order = seed.refundable()

        plan, _ = _do(fresh, _line(order, restock=False))

        after = fresh.store.order(order.ref)
        assert {line.restock for line in plan.lines} == {"none"}
        assert not any(line.restocked for line in after.refunds[0].lines)

    def test_an_amount_alone_touches_no_goods(self, fresh: Running, seed: Catalogue) -> None:
        order = seed.refundable(lambda item: _cents(item) and item.total.amount > 5)

        plan, receipt = _do(fresh, _amount(order, "1.50"))

        after = fresh.store.order(order.ref)
        assert fresh.paid_out() == [Decimal("1.50")]
        assert receipt.amount == plan.amount == after.refunded
        assert not any(refund.lines for refund in after.refunds)
        assert after.lines[0].refundable_quantity == order.lines[0].refundable_quantity
        assert after.payment_state == "partially_refunded"

    def test_delivery_alone_is_paid_back(self, fresh: Running, seed: Catalogue) -> None:
        order = seed.refundable(lambda item: bool(item.shipping_total))
        choice = RefundChoice(order_ref=order.ref, mode="lines", shipping=True)

        plan, _ = _do(fresh, choice)

        assert fresh.paid_out() == [plan.amount.amount]

    def test_the_rest_after_an_amount_is_all(self, fresh: Running, seed: Catalogue) -> None:
        order = seed.refundable(lambda item: _cents(item) and item.total.amount > 5)
        fresh.refund_elsewhere(order.ref, "2.00")

        plan, _ = _do(fresh, _all(order))

        assert sum(fresh.paid_out()) == order.total.amount
        assert plan.amount.amount == order.total.amount - 2

    def test_it_can_be_found_again_by_our_reference(self, fresh: Running, seed: Catalogue) -> None:
        order = seed.refundable()

        _, receipt = _do(fresh, _all(order))

        found = fresh.store.find_refund(order.ref, REFERENCE)
        assert found is not None
        assert (found.ref, found.amount) == (receipt.ref, receipt.amount)
        assert found.reference == REFERENCE
        assert fresh.store.find_refund(order.ref, "M-ZZZZZZZZ") is None

    def test_the_reason_is_kept_beside_it(self, fresh: Running, seed: Catalogue) -> None:
        order = seed.refundable()
        choice = RefundChoice(order_ref=order.ref, mode="all", reason="Llegó roto")

        _do(fresh, choice)

        refund = fresh.store.order(order.ref).refunds[0]
        assert (refund.reason, refund.reference) == ("Llegó roto", REFERENCE)

    def test_a_refund_made_elsewhere_has_no_reference(
        self, fresh: Running, seed: Catalogue
    ) -> None:
        order = seed.refundable(_cents)
        fresh.refund_elsewhere(order.ref, "1.00")

        assert [item.reference for item in fresh.store.refunds_of(order.ref)] == [""]

    def test_refunds_are_told_oldest_first(self, fresh: Running, seed: Catalogue) -> None:
        order = seed.refundable(lambda item: _cents(item) and item.total.amount > 5)
        for amount in ("1.00", "2.00"):
            fresh.refund_elsewhere(order.ref, amount)

        amounts = [item.amount.amount for item in fresh.store.refunds_of(order.ref)]

        assert amounts == [Decimal(1), Decimal(2)]

    def test_a_gateway_that_declines_moves_no_money(self, fresh: Running, seed: Catalogue) -> None:
        order = seed.refundable()
        plan = fresh.store.plan_refund(_all(order))
        fresh.decline_next()

        with pytest.raises(ActionRefused):
            fresh.store.refund(plan, key=KEY, reference=REFERENCE)

        assert fresh.paid_out() == []
        assert not fresh.store.order(order.ref).refunded
