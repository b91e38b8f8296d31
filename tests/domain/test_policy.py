"""What is above a limit, by table."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from plugin.domain.money import Money
from plugin.domain.policy import Limits, Spent, above, customer_key
from tests.builders import an_order

EUR = {
    "EUR": Limits(per_action=Decimal(50), per_day=Decimal(100), per_customer=Decimal(80)),
}


@pytest.mark.parametrize(
    ("amount", "today", "on_customer", "what"),
    [
        ("50", "0", "0", None),
        ("50.01", "0", "0", "per_action"),
        ("50", "50", "0", None),
        ("50", "50.01", "0", "per_day"),
        ("30", "0", "50", None),
        ("30", "0", "50.01", "per_customer"),
        ("0", "500", "500", None),
    ],
)
def test_a_limit_is_reached_and_not_passed(
    amount: str, today: str, on_customer: str, what: str | None
) -> None:
    spent = Spent(today=Decimal(today), on_customer=Decimal(on_customer))

    over = above(Money.of(amount, "EUR"), EUR, spent)

    assert (over.what if over else None) == what


def test_a_currency_without_its_own_limit_counts_as_above() -> None:
    over = above(Money.of("1", "MXN"), EUR, Spent())

    assert over is not None
    assert (over.what, over.limit, over.currency) == ("no_limit", None, "MXN")


def test_without_any_limit_everything_goes() -> None:
    assert above(Money.of("1000000", "MXN"), {}, Spent()) is None


def test_a_limit_of_nothing_asks_for_everything() -> None:
    limits = {"EUR": Limits(per_action=Decimal(0))}

    assert above(Money.of("0.01", "EUR"), limits, Spent()) is not None


def test_a_customer_is_one_over_all_shops_by_e_mail() -> None:
    order = an_order("o1", email="Carmen@Example.com")
    other = an_order("o2", email="carmen@example.com", customer_ref="c7")

    assert customer_key("co_blue", order) == customer_key("co_olive", other)


def test_without_an_e_mail_a_customer_is_of_one_shop() -> None:
    order = replace(an_order("o1", customer_ref="c1"), email="")

    assert customer_key("co_blue", order) != customer_key("co_olive", order)
    assert customer_key("co_blue", order) == customer_key("co_blue", replace(order, ref="o9"))
