"""What cannot be refunded is said before anything is asked of a gateway."""

from __future__ import annotations

import pytest

from plugin.errors import InvalidInput, MostradorError
from tests.money.conftest import Counter

# the refusals come before the database matters
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PLAIN = {"shopify": "1031", "woocommerce": "2012"}
BOTH = pytest.mark.parametrize("shop", sorted(PLAIN))


@BOTH
@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ({"amount": "0"}, "amount_zero"),
        ({"amount": "-1"}, "amount_negative"),
        ({"amount": "0,505"}, "amount_too_precise"),
        ({"amount": "1.234"}, "amount_ambiguous"),
        ({"amount": "cinco"}, "amount_not_a_number"),
        ({"amount": ""}, "amount_missing"),
        ({"amount": "99999"}, "amount_above_refundable"),
        ({"mode": "lines"}, "nothing_chosen"),
        ({"mode": "lines", "qty.777777": "1"}, "line_not_in_order"),
    ],
)
def test_bad_input_changes_nothing(
    counter: Counter, shop: str, typed: dict[str, str], code: str
) -> None:
    order = counter.order(shop, PLAIN[shop])
    seat, mark = counter.seat(order), counter.shops.mark()

    with pytest.raises(InvalidInput) as refused:
        counter.preview(shop, order, seat, **typed)

    assert refused.value.code == code
    assert counter.shops.paid_back(mark) == []


@BOTH
def test_a_comma_is_a_decimal_comma(counter: Counter, shop: str) -> None:
    order = counter.order(shop, PLAIN[shop])
    seat = counter.seat(order)

    assert counter.preview(shop, order, seat, amount="0,50").amount.text() == "0.50"


def test_an_unpaid_order_is_not_refunded(counter: Counter) -> None:
    order = counter.order("shopify", "1049")

    with pytest.raises(MostradorError) as refused:
        counter.preview("shopify", order, counter.seat(order))

    assert refused.value.code == "order_not_paid"


def test_cash_on_delivery_is_a_missing_capability(counter: Counter) -> None:
    order = counter.order("woocommerce", "2219")

    with pytest.raises(MostradorError) as refused:
        counter.preview("woocommerce", order, counter.seat(order))

    assert refused.value.code == "payment_manual"
