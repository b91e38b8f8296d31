from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.stores.shopify import mapping, refunding
from plugin.domain.money import Money, currency_digits
from plugin.domain.orders import Order
from plugin.domain.refunds import LineChoice, RefundChoice, RefundMode, RefundPlan
from plugin.errors import BadAnswer, Conflict, InvalidInput, MostradorError, Unsupported
from tests.integrations.stores.shopify import wire


def eur(text: str) -> Money:
    return Money.of(text, "EUR")


def _order(**given: Any) -> Order:
    payload: Any = wire.order(**given)
    return mapping.order(payload)


def _lines(quantity: int = 1, *, restock: bool = True, shipping: bool = False) -> RefundChoice:
    chosen = (LineChoice(line_ref="11", quantity=quantity),) if quantity else ()
    return RefundChoice(
        order_ref="1001", mode="lines", lines=chosen, restock=restock, shipping=shipping
    )


def _amount(text: str) -> RefundChoice:
    return RefundChoice(order_ref="1001", mode="amount", amount=eur(text))


def _all(**given: Any) -> RefundChoice:
    return RefundChoice(order_ref="1001", mode="all", **given)


def _plan(choice: RefundChoice, order: Order | None = None, **given: Any) -> RefundPlan:
    payload: Any = wire.suggestion(**given)
    return refunding.plan(order or _order(), choice, payload)


def _caught(kind: type[MostradorError], choice: RefundChoice, **given: Any) -> MostradorError:
    with pytest.raises(kind) as caught:
        _plan(choice, **given)
    return caught.value


class TestCapability:
    @pytest.mark.parametrize(
        ("transactions", "given", "reason"),
        [
            ([wire.transaction()], {}, ""),
            ([], {}, "order_not_paid"),
            ([wire.transaction(status="PENDING")], {}, "order_not_paid"),
            ([wire.transaction(status="FAILURE")], {}, "order_not_paid"),
            ([wire.transaction(kind="AUTHORIZATION")], {}, "payment_not_captured"),
            ([wire.transaction(manualPaymentGateway=True)], {}, "payment_manual"),
            (
                [wire.transaction(manualPaymentGateway=True, status="PENDING")],
                {},
                "order_not_paid",
            ),
            (
                [wire.transaction(), wire.transaction(92, manualPaymentGateway=True)],
                {},
                "",
            ),
            ([wire.transaction()], {"totalRefundedSet": wire.bag("35.0")}, "nothing_left"),
        ],
    )
    def test_reason(
        self, transactions: list[dict[str, Any]], given: dict[str, Any], reason: str
    ) -> None:
        found = refunding.capability(_order(transactions=transactions, **given))

        assert (found.available, found.reason) == (not reason, reason)


class TestQuestion:
    @pytest.mark.parametrize(
        ("unfulfilled", "quantity", "entries"),
        [
            (0, 2, [("RETURN", 2)]),
            (3, 2, [("CANCEL", 2)]),
            (1, 3, [("CANCEL", 1), ("RETURN", 2)]),
        ],
    )
    def test_units_not_sent_are_cancelled_and_sent_ones_return(
        self, unfulfilled: int, quantity: int, entries: list[tuple[str, int]]
    ) -> None:
        order = _order(lineItems=wire.lines(wire.line(unfulfilledQuantity=unfulfilled)))

        lines: Any = refunding.question(order, _lines(quantity))["lines"]

        assert [(item["restockType"], item["quantity"]) for item in lines] == entries

    @pytest.mark.parametrize(
        ("restock", "restockable"), [(False, True), (True, False), (False, False)]
    )
    def test_goods_that_stay_away_are_one_entry(self, restock: bool, restockable: bool) -> None:
        line = wire.line(unfulfilledQuantity=1, restockable=restockable)
        order = _order(lineItems=wire.lines(line))

        lines: Any = refunding.question(order, _lines(3, restock=restock))["lines"]

        assert [(item["restockType"], item["quantity"]) for item in lines] == [("NO_RESTOCK", 3)]

    def test_all_takes_every_unit_left_and_the_delivery(self) -> None:
        order = _order(lineItems=wire.lines(wire.line(refundableQuantity=2)))

        asked: Any = refunding.question(order, _all())

        assert [item["quantity"] for item in asked["lines"]] == [2]
        assert (asked["refundShipping"], asked["full"]) == (True, False)

    def test_an_amount_asks_only_what_payments_can_give(self) -> None:
        asked = refunding.question(_order(), _amount("5"))

        assert (asked["lines"], asked["refundShipping"], asked["full"]) == ([], False, True)

    def test_all_of_an_order_without_goods_left_is_an_amount(self) -> None:
        order = _order(lineItems=wire.lines(wire.line(refundableQuantity=0)))

        assert refunding.question(order, _all())["full"] is True


class TestCheck:
    @pytest.mark.parametrize(
        ("choice", "code"),
        [
            (_lines(0), "nothing_chosen"),
            (_lines(4), "quantity_too_high"),
            (_lines(-1), "quantity_invalid"),
            (_amount("0"), "amount_zero"),
            (_amount("-1"), "amount_negative"),
            (RefundChoice(order_ref="1001", mode="amount"), "amount_missing"),
            (
                RefundChoice(order_ref="1001", mode="amount", amount=Money.of("1", "USD")),
                "currency_mismatch",
            ),
            (
                RefundChoice(
                    order_ref="1001",
                    mode="lines",
                    lines=(LineChoice(line_ref="12", quantity=1),),
                ),
                "line_not_in_order",
            ),
            (
                RefundChoice(
                    order_ref="1001",
                    mode="lines",
                    lines=(
                        LineChoice(line_ref="11", quantity=2),
                        LineChoice(line_ref="11", quantity=2),
                    ),
                ),
                "quantity_too_high",
            ),
        ],
    )
    def test_what_cannot_be_asked_is_refused(self, choice: RefundChoice, code: str) -> None:
        with pytest.raises(InvalidInput) as caught:
            refunding.check(_order(), choice)

        assert caught.value.code == code

    def test_how_many_units_are_left_is_told(self) -> None:
        with pytest.raises(InvalidInput) as caught:
            refunding.check(_order(), _lines(4))

        assert caught.value.parameters == {"field": "qty.11", "left": 3}


class TestPlan:
    def test_lines_take_place_and_restocking_from_the_suggestion(self) -> None:
        plan = _plan(_lines())

        assert [(item.restock, item.location_ref, item.restock_to) for item in plan.lines] == [
            ("return", "81", "Almacén Madrid")
        ]

    def test_without_a_place_nothing_is_restocked(self) -> None:
        plan = _plan(_lines(), refundLineItems=[wire.suggested_line(location=None)])

        assert [(item.restock, item.location_ref) for item in plan.lines] == [("none", "")]

    def test_a_suggestion_about_other_units_is_not_believed(self) -> None:
        suggested = [wire.suggested_line(quantity=2)]

        assert _caught(BadAnswer, _lines(), refundLineItems=suggested).code == "bad_answer"

    def test_delivery_is_a_line_of_its_own(self) -> None:
        shipping = {
            "amountSet": wire.bag("5.00"),
            "taxSet": wire.bag("0.87"),
            "maximumRefundableSet": wire.bag("5.00"),
        }
        plan = _plan(
            _lines(0, shipping=True),
            refundLineItems=[],
            shipping=shipping,
            amountSet=wire.bag("5.00"),
            suggestedTransactions=[wire.payout(amount="5.00")],
        )

        assert [(item.kind, item.title, item.total) for item in plan.lines] == [
            ("shipping", "Estándar", eur("5.00"))
        ]
        assert (plan.shipping, plan.amount) == (eur("5.00"), eur("5.00"))

    def test_all_is_the_maximum_even_if_goods_are_worth_less(self) -> None:
        order = _order(lineItems=wire.lines(wire.line(refundableQuantity=1)))

        plan = _plan(_all(), order, maximumRefundableSet=wire.bag("20.00"))

        assert (plan.amount, plan.remaining_after) == (eur("20.00"), eur("0.00"))

    def test_an_amount_leaves_goods_alone(self) -> None:
        plan = _plan(_amount("7.50"))

        assert (plan.lines, plan.shipping, plan.tax) == ((), eur("0"), eur("0"))
        assert [part.amount for part in plan.parts] == [eur("7.50")]
        assert plan.remaining_after == eur("27.50")

    def test_more_than_the_maximum_is_refused_with_what_is_left(self) -> None:
        caught = _caught(InvalidInput, _amount("35.01"))

        assert caught.code == "amount_above_refundable"
        assert caught.parameters["left"] == eur("35.00")

    def test_nothing_left_is_a_conflict(self) -> None:
        gone = {"maximumRefundableSet": wire.bag("0.0"), "suggestedTransactions": []}

        assert _caught(Conflict, _amount("1"), **gone).code == "nothing_left"

    def test_goods_worth_nothing_give_nothing_back(self) -> None:
        assert _caught(Conflict, _lines(), amountSet=wire.bag("0.0")).code == "nothing_left"

    def test_the_shops_own_split_is_kept(self) -> None:
        payouts = [
            wire.payout(91, "4.00", "10.00", gateway="gift_card"),
            wire.payout(92, "6.00", "25.00"),
        ]

        plan = _plan(_lines(), suggestedTransactions=payouts)

        assert [(part.payment_ref, part.amount) for part in plan.parts] == [
            ("91", eur("4.00")),
            ("92", eur("6.00")),
        ]

    def test_an_amount_fills_payments_in_the_shops_order(self) -> None:
        payouts = [wire.payout(91, "10.00", "10.00"), wire.payout(92, "25.00", "25.00")]

        plan = _plan(_amount("12.00"), suggestedTransactions=payouts)

        assert [part.amount for part in plan.parts] == [eur("10.00"), eur("2.00")]

    def test_money_by_hand_gives_nothing_by_api(self) -> None:
        order = _order(
            transactions=[
                wire.transaction(91, manualPaymentGateway=True),
                wire.transaction(92),
            ]
        )
        payouts: Any = wire.suggestion(
            suggestedTransactions=[
                wire.payout(91, "10.00", "10.00"),
                wire.payout(92, "0.00", "25.00"),
            ]
        )

        plan = refunding.plan(order, _amount("20"), payouts)

        assert [(part.payment_ref, part.amount) for part in plan.parts] == [("92", eur("20"))]
        assert plan.refundable == eur("25.00")
        with pytest.raises(Unsupported) as caught:
            refunding.plan(order, _amount("30"), payouts)
        assert caught.value.code == "payment_partly_manual"

    def test_taxes_on_top_stand_beside_the_total(self) -> None:
        plan = _plan(_lines(), _order(taxesIncluded=False))

        assert (plan.lines[0].total, plan.lines[0].tax) == (eur("10.00"), eur("1.74"))


amounts = st.decimals(min_value="0.01", max_value="999.99", places=2)


@given(
    maxima=st.lists(amounts, min_size=1, max_size=4),
    wanted=amounts,
    proposed=st.lists(amounts, min_size=4, max_size=4),
    mode=st.sampled_from(["amount", "all"]),
)
def test_parts_sum_to_the_amount_and_never_exceed_a_payment(
    maxima: Sequence[Decimal], wanted: Decimal, proposed: Sequence[Decimal], mode: RefundMode
) -> None:
    payouts = [
        wire.payout(90 + index, str(min(most, proposed[index])), str(most))
        for index, most in enumerate(maxima)
    ]
    whole = sum(maxima, Decimal(0))
    order = _order(lineItems=wire.lines(wire.line(refundableQuantity=0)))
    choice = RefundChoice(order_ref="1001", mode=mode, amount=eur(str(min(wanted, whole))))

    plan = _plan(
        choice,
        order,
        suggestedTransactions=payouts,
        maximumRefundableSet=wire.bag(str(whole)),
        amountSet=wire.bag(str(whole)),
    )

    assert sum((part.amount for part in plan.parts), eur("0")) == plan.amount
    assert all(eur("0") < part.amount <= part.maximum for part in plan.parts)


@given(
    coins=st.lists(st.integers(1, 10**6), min_size=1, max_size=4),
    wanted=st.integers(1, 10**6),
    currency=st.sampled_from(["JPY", "CLP", "EUR", "KWD", "BHD"]),
)
def test_parts_are_whole_coins_of_any_currency(
    coins: list[int], wanted: int, currency: str
) -> None:
    def text(coins: int) -> str:
        return str(Decimal(coins).scaleb(-currency_digits(currency)))

    def bag(coins: int) -> dict[str, Any]:
        return wire.bag(text(coins), currency)

    payouts = [
        wire.payout(90 + index, amountSet=bag(most), maximumRefundableSet=bag(most))
        for index, most in enumerate(coins)
    ]
    asked = Money.of(text(min(wanted, sum(coins))), currency)
    order = replace(
        _order(lineItems=wire.lines(wire.line(refundableQuantity=0))),
        currency=currency, total=Money.of(text(sum(coins)), currency),
        refunded=Money.zero(currency),
    )  # fmt: skip

    plan = _plan(
        RefundChoice(order_ref="1001", mode="amount", amount=asked),
        order,
        suggestedTransactions=payouts,
        maximumRefundableSet=bag(sum(coins)),
        amountSet=bag(sum(coins)),
    )

    assert sum((part.amount for part in plan.parts), Money.zero(currency)) == plan.amount == asked
    assert all(part.amount == part.amount.rounded() <= part.maximum for part in plan.parts)


class TestMutation:
    def test_it_says_exactly_the_plan(self) -> None:
        plan = _plan(
            RefundChoice(
                order_ref="1001",
                mode="lines",
                lines=(LineChoice(line_ref="11", quantity=1),),
                reason="Llegó roto",
                notify=True,
            )
        )

        assert refunding.mutation(plan, "key-1", "M-ABCDEFGH") == {
            "key": "key-1",
            "input": {
                "orderId": "gid://shopify/Order/1001",
                "note": "Llegó roto [M-ABCDEFGH]",
                "notify": True,
                "currency": "EUR",
                "refundLineItems": [
                    {
                        "lineItemId": "gid://shopify/LineItem/11",
                        "quantity": 1,
                        "restockType": "RETURN",
                        "locationId": "gid://shopify/Location/81",
                    }
                ],
                "transactions": [
                    {
                        "orderId": "gid://shopify/Order/1001",
                        "parentId": "gid://shopify/OrderTransaction/91",
                        "gateway": "shopify_payments",
                        "kind": "REFUND",
                        "amount": "10.00",
                    }
                ],
            },
        }

    def test_goods_that_stay_away_name_no_place(self) -> None:
        suggested = [wire.suggested_line("NO_RESTOCK")]
        plan = _plan(_lines(restock=False), refundLineItems=suggested)

        sent: Any = refunding.mutation(plan, "k", "M-ABCDEFGH")

        assert sent["input"]["refundLineItems"] == [
            {
                "lineItemId": "gid://shopify/LineItem/11",
                "quantity": 1,
                "restockType": "NO_RESTOCK",
            }
        ]

    def test_an_amount_alone_says_why_it_differs(self) -> None:
        sent: Any = refunding.mutation(_plan(_amount("5")), "k", "M-ABCDEFGH")

        assert sent["input"]["refundLineItems"] == []
        assert sent["input"]["discrepancyReason"] == "OTHER"

    def test_a_resend_says_the_same(self) -> None:
        plan = _plan(_lines())

        first = refunding.mutation(plan, "k", "M-ABCDEFGH")

        assert refunding.mutation(plan, "k", "M-ABCDEFGH") == first


class TestPlaces:
    def test_sent_units_come_back_to_the_chosen_place_unsent_ones_stay(self) -> None:
        order = _order()
        (line, *_) = order.lines
        sent = replace(line, quantity=3, refundable_quantity=3, unfulfilled_quantity=1)
        order = replace(order, lines=(sent,))

        asked: Any = refunding.question(order, replace(_lines(3), place_ref="402"))

        assert [(entry["restockType"], entry.get("locationId")) for entry in asked["lines"]] == [
            ("CANCEL", None),
            ("RETURN", "gid://shopify/Location/402"),
        ]

    def test_a_place_that_the_shop_does_not_take_is_refused(self) -> None:
        with pytest.raises(InvalidInput) as caught:
            _plan(replace(_lines(), place_ref="999"))

        assert caught.value.code == "place_unknown"


class TestStoreCredit:
    CREDIT = RefundChoice(order_ref="1001", mode="amount", amount=eur("20"), to="store_credit")

    def test_the_input_names_no_transaction(self) -> None:
        method = {
            "__typename": "SuggestedStoreCreditRefund", "maximumRefundable": wire.bag("20.00"),
        }  # fmt: skip
        plan = _plan(self.CREDIT, suggestedRefundMethods=[method])

        sent: Any = refunding.mutation(plan, "k", "M-ABCDEFGH")["input"]

        assert sent["transactions"] == []
        assert sent["refundMethods"] == [
            {"storeCreditRefund": {"amount": {"amount": "20.00", "currencyCode": "EUR"}}}
        ]

    def test_a_shop_that_suggests_none_is_refused(self) -> None:
        error = _caught(Unsupported, self.CREDIT, suggestedRefundMethods=[])

        assert error.code == "store_credit_not_offered"
