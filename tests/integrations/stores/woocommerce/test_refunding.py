"""What can go back, computed from recorded orders."""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.stores.woocommerce.mapping import Gateways
from integrations.stores.woocommerce.mapping_refunds import receipt
from integrations.stores.woocommerce.refunding import Left, _share_of, body, plan, split
from integrations.stores.woocommerce.values import wire_text
from plugin.domain.money import Money
from plugin.domain.refunds import LineChoice, RefundChoice, RefundPlan
from plugin.errors import ActionRefused, Conflict, InvalidInput, Unsupported
from tests.integrations.stores.woocommerce import recorded

GATEWAYS: Gateways = {"cod": False, "lab_card": True, "mute": False}
ALL = RefundChoice(order_ref="21", mode="all")


def eur(text: str) -> Money:
    return Money.of(text, "EUR")


def lines(*chosen: tuple[str, int], shipping: bool = False, restock: bool = True) -> RefundChoice:
    units = tuple(LineChoice(line_ref=ref, quantity=quantity) for ref, quantity in chosen)
    return RefundChoice(
        order_ref="21", mode="lines", lines=units, shipping=shipping, restock=restock
    )


def amount(text: str, currency: str = "EUR") -> RefundChoice:
    return RefundChoice(order_ref="21", mode="amount", amount=Money.of(text, currency))


def planned(choice: RefundChoice, name: str = "orders-21", **changes: Any) -> RefundPlan:
    return plan(recorded.order(name, **changes), [], choice, gateways=GATEWAYS)


def test_the_recorded_refund_of_one_cup() -> None:
    sent = body(planned(lines(("1", 1))), "M-ABCDEFGH")

    real = recorded.recorded("refunds-02").sent
    assert sent == {
        **real,
        "reason": "[M-ABCDEFGH]",
        "meta_data": [{"key": "_mostrador_reference", "value": "M-ABCDEFGH"}],
    }


def test_all_takes_goods_delivery_and_fees_through_lines() -> None:
    found = planned(ALL, "orders-22")

    assert [line.kind for line in found.lines] == ["item", "item", "shipping", "fee"]
    assert found.amount == eur("42.17") == found.refundable
    assert (found.tax, found.shipping) == (eur("7.32"), eur("4.95"))
    assert found.remaining_after == eur("0")


def test_the_second_of_two_units_takes_all_that_is_left() -> None:
    payload = recorded.order("refunds-03")

    found = plan(payload, [recorded.refund()], lines(("1", 1)), gateways=GATEWAYS)

    assert found.amount == eur("11.98")
    assert (found.refunded_before, found.remaining_after) == (eur("11.98"), eur("13.97"))


def test_more_units_than_are_left_are_refused() -> None:
    payload = recorded.order("refunds-03")

    with pytest.raises(InvalidInput) as caught:
        plan(payload, [recorded.refund()], lines(("1", 2)), gateways=GATEWAYS)

    assert caught.value.code == "quantity_too_high"
    assert caught.value.parameters["left"] == 1


def test_one_line_chosen_twice_is_added_up() -> None:
    with pytest.raises(InvalidInput) as caught:
        planned(lines(("1", 2), ("1", 1)))

    assert caught.value.code == "quantity_too_high"


def test_delivery_alone() -> None:
    found = planned(lines(shipping=True))

    assert (found.amount, found.shipping, found.tax) == (eur("5.99"), eur("4.95"), eur("1.04"))


def test_lines_are_scaled_down_after_a_refund_without_lines() -> None:
    payload = recorded.order("orders-21")
    earlier = recorded.refund(amount="20.00", line_items=[])

    found = plan(payload, [earlier], ALL, gateways=GATEWAYS)

    given = sum((line.total.amount + line.tax.amount for line in found.lines), Decimal(0))
    assert found.amount.amount == given == Decimal("17.93")
    assert [line.quantity for line in found.lines if line.kind == "item"] == [2, 1]


def test_everything_chosen_by_hand_is_all() -> None:
    payload = recorded.order("orders-21", total="37.92")
    whole = lines(("1", 2), ("2", 1), shipping=True)

    found = plan(payload, [], whole, gateways=GATEWAYS)

    assert found.amount == eur("37.92") == found.refundable


def test_some_lines_above_the_rest_are_refused() -> None:
    earlier = recorded.refund(amount="35.00", line_items=[])

    with pytest.raises(InvalidInput) as caught:
        plan(recorded.order("orders-21"), [earlier], lines(("1", 1)), gateways=GATEWAYS)

    assert caught.value.code == "amount_above_refundable"
    assert caught.value.parameters["left"] == eur("2.93")


def test_an_amount_alone_has_no_lines_and_restocks_nothing() -> None:
    sent = body(planned(amount("3.5")), "M-ABCDEFGH")

    assert (sent["amount"], sent["line_items"]) == ("3.50", [])
    assert (sent["api_refund"], sent["api_restock"]) == (True, False)


def test_without_restocking_it_is_said_aloud() -> None:
    sent = body(planned(lines(("1", 1), restock=False)), "M-ABCDEFGH")

    assert sent["api_restock"] is False


def test_a_line_whose_stock_was_never_taken_is_not_put_back() -> None:
    cup, honey = planned(lines(("1", 1), ("2", 1))).lines

    assert (cup.restock, honey.restock) == ("cancel", "none")


@pytest.mark.parametrize(
    ("choice", "code"),
    [
        (amount("37.94"), "amount_above_refundable"),
        (amount("0"), "amount_zero"),
        (amount("-1"), "amount_negative"),
        (amount("0.333"), "amount_too_precise"),
        (amount("5", "USD"), "currency_mismatch"),
        (RefundChoice(order_ref="21", mode="amount"), "amount_missing"),
        (lines(), "nothing_chosen"),
        (lines(("999999", 1)), "line_not_in_order"),
        (lines(("3", 1)), "line_not_in_order"),
        (lines(("1", 0)), "quantity_invalid"),
        (lines(("1", 3)), "quantity_too_high"),
    ],
)
def test_what_cannot_be_asked(choice: RefundChoice, code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        planned(choice)

    assert caught.value.code == code


def test_a_shop_without_decimals_takes_none() -> None:
    with pytest.raises(InvalidInput) as caught:
        planned(amount("10.5"), total="38")

    assert caught.value.code == "amount_too_precise"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"date_paid_gmt": None}, "order_not_paid"),
        ({"payment_method": "cod"}, "payment_manual"),
        ({"payment_method": "mute"}, "payment_manual"),
        ({"payment_method": ""}, "payment_manual"),
        ({"payment_method": "stripe"}, "payment_gateway_gone"),
    ],
)
def test_what_the_shop_cannot_do(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(Unsupported) as caught:
        planned(ALL, **changes)

    assert caught.value.code == code


def test_nothing_is_left() -> None:
    with pytest.raises(Conflict) as caught:
        planned(ALL, "refunds-20")

    assert caught.value.code == "nothing_left"


def test_a_plan_whose_lines_exceed_its_amount_is_never_sent() -> None:
    whole = planned(lines(("1", 2)))

    with pytest.raises(ActionRefused):
        body(replace(whole, amount=eur("1")), "M-ABCDEFGH")


@pytest.mark.parametrize(
    ("text", "currency", "written"),
    [
        ("12.5", "EUR", "12.50"),
        ("12.500", "EUR", "12.50"),
        ("1980", "JPY", "1980"),
        ("1980.00", "JPY", "1980"),
        ("1980.5", "JPY", "1980.5"),
        ("0.125", "KWD", "0.125"),
        ("1000000", "EUR", "1000000.00"),
        ("-2.08", "EUR", "-2.08"),
    ],
)
def test_amounts_are_written_with_a_dot(text: str, currency: str, written: str) -> None:
    assert wire_text(Money.of(text, currency)) == written


@given(
    cents=st.integers(-100_000, 100_000),
    weights=st.lists(st.integers(0, 500), min_size=1, max_size=12),
    digits=st.integers(0, 3),
)
def test_parts_sum_to_the_whole(cents: int, weights: list[int], digits: int) -> None:
    whole = Decimal(cents).scaleb(-digits)

    parts = split(whole, [Decimal(weight) for weight in weights], digits)

    assert sum(parts, Decimal(0)) == (whole if any(weights) else 0)
    assert all(part * whole >= 0 for part in parts)


def _as_the_page_does(left: Left, units: int, digits: int) -> Decimal:
    """The shop's own page: net with six digits, each tax with the shop's, their sum rounded."""
    page, cent = Decimal("0.000001"), Decimal(1).scaleb(-digits)
    ratio = Decimal(units) / left.quantity
    net = (left.total * ratio).quantize(page, ROUND_HALF_UP)
    taxes = ((tax * ratio).quantize(cent, ROUND_HALF_UP) for tax in left.taxes.values())
    return sum(taxes, net).quantize(cent, ROUND_HALF_UP)


@given(
    digits=st.sampled_from((0, 2, 3)),
    net=st.integers(0, 100_000),
    taxes=st.lists(st.integers(0, 21_000), max_size=3),
    quantity=st.integers(1, 60),
    data=st.data(),
)
def test_some_units_of_a_line_cost_what_the_shops_own_page_says(
    digits: int, net: int, taxes: list[int], quantity: int, data: st.DataObject
) -> None:
    left = Left(
        ref="1", kind="item", title="", quantity=quantity, total=Decimal(net).scaleb(-digits),
        taxes={rate: Decimal(tax).scaleb(-digits) for rate, tax in enumerate(taxes)},
    )  # fmt: skip
    units = data.draw(st.integers(1, quantity))

    part = _share_of(left, units, digits)

    assert part.gross == _as_the_page_does(left, units, digits)
    assert 0 <= part.total <= left.total
    assert all(0 <= part.taxes[rate] <= tax for rate, tax in left.taxes.items())


def test_taxes_that_round_at_the_subtotal_never_go_above_the_order() -> None:
    """The lines show a cent more of tax than the order has: the order's total is what goes back."""
    whole = recorded.order("orders-22")
    less = str(Decimal(whole["total"]) - Decimal("0.01"))

    found = planned(ALL, "orders-22", total=less)

    given_back = sum((line.total.amount + line.tax.amount for line in found.lines), Decimal(0))
    assert found.amount.amount == Decimal(less) == given_back


@given(taken=st.lists(st.integers(1, 2), min_size=0, max_size=4))
def test_units_returned_one_by_one_cost_what_the_line_cost(taken: list[int]) -> None:
    left = Left(
        ref="1",
        kind="item",
        title="",
        quantity=7,
        total=Decimal("10.00"),
        taxes={1: Decimal("2.10"), 2: Decimal("0.01")},
    )
    paid = Decimal(0)
    for units in taken:
        if units >= left.quantity:
            break
        part = _share_of(left, units, 2)
        paid += part.gross
        left = Left(
            ref="1",
            kind="item",
            title="",
            quantity=left.quantity - units,
            total=left.total - part.total,
            taxes={rate: left.taxes[rate] - part.taxes[rate] for rate in left.taxes},
        )

    assert paid + _share_of(left, left.quantity, 2).gross == Decimal("12.11")


@pytest.mark.parametrize(
    ("changes", "state", "payment", "reference"),
    [
        ({"reason": "Rota [M-ABCDEFGH]"}, "final", "succeeded", "M-ABCDEFGH"),
        (
            {"reason": "Rota [M-ABCDEFGH]", "refunded_payment": False},
            "working",
            "pending",
            "M-ABCDEFGH",
        ),
        ({"refunded_payment": False}, "final", "none", ""),
        (
            {"reason": "", "meta_data": [{"key": "_mostrador_reference", "value": "M-ABCDEFGH"}]},
            "final",
            "succeeded",
            "M-ABCDEFGH",
        ),
        (
            {"meta_data": [{"key": "_mostrador_reference", "value": {"x": 1}}]},
            "final",
            "succeeded",
            "",
        ),
    ],
)
def test_what_a_recorded_refund_says(
    changes: dict[str, Any], state: str, payment: str, reference: str
) -> None:
    found = receipt(recorded.refund(**changes), "EUR")

    assert (found.state, found.payment, found.reference) == (state, payment, reference)
